//! Reading and changing orders, their payments and shipments.

use super::*;

/// Fields of the order itself.
const OWN: [&str; 2] = ["title", "comments"];

fn is_text(value: &Value) -> bool {
    matches!(value, Value::None | Value::Text(_))
}

fn append_to(order: &mut Order, field: &Attr) {
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

pub mod orders_read {
    use super::*;

    pub fn get(id: &str) -> Done<Order> {
        granted("orders-read.get", |world| Ok(order_of(world, id)?.clone()))
    }

    pub fn list_of_client(id: &str, limit: u32) -> Done<Vec<String>> {
        granted("orders-read.list-of-client", |world| {
            super::limit(limit)?;
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
            let known = world.stages.as_ref().is_none_or(|known| known.contains(stage));
            if !known && id == world.order {
                let message = format!("the order's pipeline has no stage `{stage}`");
                return Err(refusal("no-such-stage", &message));
            }
            let moved = Effect::MoveStage { order: id.into(), stage: stage.into() };
            change(world, id, moved, |order| order.stage = stage.into());
            Ok(())
        })
    }

    pub fn set_fields(id: &str, fields: &[Attr]) -> Done {
        granted("orders-write.set-fields", |world| {
            if fields.iter().any(|field| OWN.contains(&&*field.key) && !is_text(&field.value)) {
                return Err(invalid("/fields", "title and comments are texts"));
            }
            let set = Effect::SetFields { order: id.into(), fields: fields.to_vec() };
            change(world, id, set, |order| {
                for field in fields {
                    match field.key.as_str() {
                        "title" => order.title = field.value.to_string(),
                        "comments" => put(&mut order.attrs, std::slice::from_ref(field)),
                        _ => put(&mut order.fields, std::slice::from_ref(field)),
                    }
                }
            });
            Ok(())
        })
    }

    pub fn append_fields(id: &str, fields: &[Attr]) -> Done {
        granted("orders-write.append-fields", |world| {
            if fields.iter().any(|field| OWN.contains(&&*field.key)) {
                return Err(invalid("/fields", "title and comments hold one text"));
            }
            let append = Effect::AppendFields { order: id.into(), fields: fields.to_vec() };
            change(world, id, append, |order| fields.iter().for_each(|field| append_to(order, field)));
            Ok(())
        })
    }

    pub fn add_tags(id: &str, tags: &[String]) -> Done {
        granted("orders-write.add-tags", |world| {
            tags.iter().try_for_each(|tag| line("/tags", Some(tag), KEY))?;
            change(world, id, Effect::AddTags { order: id.into(), tags: owned(tags) }, |order| {
                order.tags.extend(owned(tags));
                order.tags.sort();
                order.tags.dedup();
            });
            Ok(())
        })
    }

    pub fn set_responsible(id: &str, to: &str) -> Done {
        granted("orders-write.set-responsible", |world| {
            if !world.employees.contains_key(to) {
                world.refuse(format!("there is no employee `{to}`"));
            }
            let set = Effect::SetResponsible { order: id.into(), to: to.into() };
            change(world, id, set, |order| order.responsible = Some(to.into()));
            Ok(())
        })
    }

    pub fn cancel(id: &str, reason: Option<&str>) -> Done {
        granted("orders-write.cancel", |world| {
            let cancel = Effect::Cancel { order: id.into(), reason: reason.map(Into::into) };
            change(world, id, cancel, |order| order.canceled = true);
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
            change(world, id, Effect::MarkPaid { order: id.into() }, |order| {
                order.paid = order.total.clone();
                for payment in order.payments.iter_mut().filter(|payment| !payment.paid) {
                    payment.paid = true;
                    payment.paid_at = Some(now);
                }
            });
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
            let known = ["status", "tracking-number", "service", "comment", "date", "responsible"];
            if fields.iter().any(|field| !known.contains(&&*field.key) || !is_text(&field.value)) {
                return Err(invalid(
                    "/fields",
                    "a shipment has the texts status, tracking-number, service, comment, date, responsible",
                ));
            }
            let responsible = fields.iter().find(|field| field.key == "responsible");
            if let Some(who) = responsible.and_then(|field| field.value.as_text())
                && !world.employees.contains_key(who)
            {
                world.refuse(format!("there is no employee `{who}`"));
            }
            let shipments = &mut order_of(world, id)?.shipments;
            if shipment.is_some_and(|id| shipments.iter().all(|one| one.id != id)) {
                return Err(HostError::NotFound);
            }
            let mut count = 0;
            for found in shipments.iter_mut().filter(|one| shipment.is_none_or(|id| id == one.id)) {
                let before = found.clone();
                for field in fields {
                    let text = field.value.as_text().map(Into::into);
                    match field.key.as_str() {
                        "status" => found.status = text,
                        "tracking-number" => found.tracking_number = text,
                        "service" => found.service = text,
                        _ => put(&mut found.attrs, std::slice::from_ref(field)),
                    }
                }
                count += u32::from(before != *found);
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
