//! Reading and changing orders, their payments and shipments.

use super::*;

pub mod orders_read {
    use super::*;

    pub fn get(id: &str) -> Done<Order> {
        granted("orders-read.get", |world| Ok(order_of(world, id)?.clone()))
    }

    pub fn list_of_client(id: &str, limit: u32) -> Done<Vec<String>> {
        granted("orders-read.list-of-client", |world| {
            let mut orders: Vec<&Order> =
                world.orders.values().filter(|order| order.clients().any(|client| client == id)).collect();
            orders.sort_by_key(|order| std::cmp::Reverse(order.created));
            let ids = orders.iter().map(|order| order.id.clone());
            Ok(ids.take(limit as usize).collect())
        })
    }
}

pub mod orders_write {
    use super::*;

    pub fn move_stage(id: &str, stage: &str) -> Done {
        granted("orders-write.move-stage", |world| {
            order_of(world, id)?.stage = stage.into();
            world.effects.push(Effect::MoveStage { order: id.into(), stage: stage.into() });
            Ok(())
        })
    }

    pub fn set_fields(id: &str, fields: &[Attr]) -> Done {
        granted("orders-write.set-fields", |world| {
            put(&mut order_of(world, id)?.fields, fields);
            world.effects.push(Effect::SetFields { order: id.into(), fields: fields.to_vec() });
            Ok(())
        })
    }

    pub fn append_fields(id: &str, fields: &[Attr]) -> Done {
        granted("orders-write.append-fields", |world| {
            let order = order_of(world, id)?;
            for field in fields {
                let mut texts = match order.field(&field.key) {
                    Some(Value::Texts(texts)) => texts.clone(),
                    Some(other) => vec![other.to_string()],
                    None => Vec::new(),
                };
                match &field.value {
                    Value::Texts(more) => texts.extend(more.iter().cloned()),
                    more => texts.push(more.to_string()),
                }
                put(&mut order.fields, &[attr(&*field.key, texts)]);
            }
            world.effects.push(Effect::AppendFields { order: id.into(), fields: fields.to_vec() });
            Ok(())
        })
    }

    pub fn add_tags(id: &str, tags: &[String]) -> Done {
        granted("orders-write.add-tags", |world| {
            let order = order_of(world, id)?;
            for tag in tags {
                if !order.tags.contains(tag) {
                    order.tags.push(tag.clone());
                }
            }
            world.effects.push(Effect::AddTags { order: id.into(), tags: owned(tags) });
            Ok(())
        })
    }

    pub fn set_responsible(id: &str, to: &str) -> Done {
        granted("orders-write.set-responsible", |world| {
            if !world.employees.contains_key(to) {
                return Err(HostError::NotFound);
            }
            order_of(world, id)?.responsible = Some(to.into());
            world.effects.push(Effect::SetResponsible { order: id.into(), to: to.into() });
            Ok(())
        })
    }

    pub fn cancel(id: &str, reason: Option<&str>) -> Done {
        granted("orders-write.cancel", |world| {
            order_of(world, id)?.canceled = true;
            world.effects.push(Effect::Cancel { order: id.into(), reason: reason.map(Into::into) });
            Ok(())
        })
    }

    pub fn delete(id: &str) -> Done {
        granted("orders-write.delete", |world| {
            if order_of(world, id)?.paid.amount != 0 {
                return Err(refusal("paid", "money has been paid for this order"));
            }
            // The run's own order stays readable for the test.
            if id != world.order {
                world.orders.remove(id);
            }
            world.effects.push(Effect::Delete { order: id.into() });
            Ok(())
        })
    }
}

pub mod payments_write {
    use super::*;

    pub fn mark_paid(id: &str) -> Done {
        granted("payments-write.mark-paid", |world| {
            let now = world.now;
            let order = order_of(world, id)?;
            order.paid = order.total.clone();
            for payment in order.payments.iter_mut().filter(|payment| !payment.paid) {
                payment.paid = true;
                payment.paid_at = Some(now);
            }
            world.effects.push(Effect::MarkPaid { order: id.into() });
            Ok(())
        })
    }
}

pub mod shipments_write {
    use super::*;

    pub fn allow_delivery(id: &str) -> Done<u32> {
        granted("shipments-write.allow-delivery", |world| {
            let shipments = &mut order_of(world, id)?.shipments;
            let new = shipments.iter_mut().filter(|shipment| !shipment.allowed);
            let count = new.map(|shipment| shipment.allowed = true).count();
            world.effects.push(Effect::AllowDelivery { order: id.into() });
            Ok(count as u32)
        })
    }

    pub fn mark_shipped(id: &str) -> Done<u32> {
        granted("shipments-write.mark-shipped", |world| {
            let shipments = &mut order_of(world, id)?.shipments;
            let new = shipments.iter_mut().filter(|shipment| !shipment.shipped);
            let count = new.map(|shipment| shipment.shipped = true).count();
            world.effects.push(Effect::MarkShipped { order: id.into() });
            Ok(count as u32)
        })
    }

    pub fn edit(id: &str, shipment: Option<&str>, fields: &[Attr]) -> Done<u32> {
        granted("shipments-write.edit", |world| {
            let shipments = &mut order_of(world, id)?.shipments;
            let mut count = 0;
            for found in shipments.iter_mut() {
                if shipment.is_some_and(|id| id != found.id) {
                    continue;
                }
                count += 1;
                for field in fields {
                    let text = (field.value != Value::None).then(|| field.value.to_string());
                    match field.key.as_str() {
                        "status" => found.status = text,
                        "tracking-number" => found.tracking_number = text,
                        "service" => found.service = text,
                        _ => put(&mut found.attrs, std::slice::from_ref(field)),
                    }
                }
            }
            if count == 0 && shipment.is_some() {
                return Err(HostError::NotFound);
            }
            world.effects.push(Effect::EditShipments {
                order: id.into(),
                shipment: shipment.map(Into::into),
                fields: fields.to_vec(),
            });
            Ok(count)
        })
    }
}
