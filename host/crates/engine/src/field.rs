//! The shop's own fields: their definitions, and what stands in orders and clients by them.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;
use rulewright_domain::{
    Actor, Cause, Client, Definitions, EmployeeId, FieldDefinition, FieldId, FieldKind, FieldOf, Fields,
    NewEvent, NewOrder, Order, OrderChange, Rejection, ShopConfig, ShopId,
    field::{Surroundings, Writing},
    kind,
};
use rulewright_ports::{
    Issue, Reads,
    storage::{PutRecords, Record, Records, Sequence},
};
use serde_json::Value;

use crate::{Asked, Engine, Refusal, change::Change};

/// Read again only when one of them has changed.
#[derive(Default)]
pub(crate) struct FieldsOfShops(RwLock<HashMap<ShopId, (i64, Arc<Definitions>)>>);

impl FieldsOfShops {
    fn of(&self, reads: &mut dyn Reads, shop: ShopId) -> Result<Arc<Definitions>, Refusal> {
        let clock = reads.record_clock(shop, FieldDefinition::KIND)?;
        if let Some((_, known)) = self.0.read().get(&shop).filter(|(read, _)| *read == clock) {
            return Ok(known.clone());
        }
        let all = match clock {
            0 => Vec::new(),
            _ => reads.all_records::<FieldDefinition>(shop, None)?,
        };
        let all = Arc::new(Definitions::from(all));
        self.0.write().insert(shop, (clock, all.clone()));
        Ok(all)
    }
}

impl Engine {
    /// The id, and those of new options, are chosen here.
    pub async fn add_field(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        field: FieldDefinition,
    ) -> Result<FieldId, Refusal> {
        let Asked { shop, key } = asked.into();
        let added = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.add_field(field.clone(), &by))
        });
        Ok(added.await?.answer)
    }

    /// Whose it is, its name and its kind stay as they are. Values that are there already stay too: what they keep to is
    /// asked when they are written.
    pub async fn change_field(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        id: FieldId,
        patch: impl Fn(&mut FieldDefinition) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        let changed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.change_field(id, &patch, &by))
        });
        changed.await.map(drop)
    }

    /// Its values stay where they are, and are no longer checked.
    pub async fn remove_field(&self, shop: ShopId, by: Actor, id: FieldId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let field = change.field(id)?;
            change.tx.remove_record::<FieldDefinition>(shop, id.0)?;
            change.tell_of_field(kind::FIELD_REMOVED, &field, &by)
        })
        .await
    }

    /// Keeps the bytes of a file, so that a field can name them by their digest.
    pub async fn keep_file(&self, shop: ShopId, bytes: Vec<u8>) -> Result<String, Refusal> {
        if bytes.is_empty() || bytes.len() > MAX_FILE {
            let message = format!("a file has 1 to {MAX_FILE} bytes, and this one {}", bytes.len());
            return Err(Refusal::invalid("/content", "size", message));
        }
        let digest = crate::hash::hash_of(&bytes);
        let named = digest.clone();
        self.change(shop, move |change| Ok(change.tx.put_template_file(shop, &named, &bytes)?)).await?;
        Ok(digest)
    }
}

/// Bytes of one file.
pub const MAX_FILE: usize = 8 << 20;

impl Change<'_> {
    fn definitions(&mut self) -> Result<Arc<Definitions>, Refusal> {
        self.engine.inner.fields.of(self.tx, self.shop)
    }

    fn field(&mut self, id: FieldId) -> Result<FieldDefinition, Refusal> {
        let found = self.tx.record(self.shop, id.0)?;
        found.ok_or_else(|| Refusal::not_found("field", id))
    }

    fn add_field(&mut self, mut field: FieldDefinition, by: &Actor) -> Result<FieldId, Refusal> {
        check(&field)?;
        let all = self.definitions()?;
        if all.find(field.of, &field.name).is_some() {
            let message = format!("a {} has a field `{}` already", field.of.name(), field.name);
            return Err(Refusal::Conflict { message });
        }
        if all.of(field.of).count() >= FieldDefinition::MOST {
            let message = format!("a {} has at most {} fields", field.of.name(), FieldDefinition::MOST);
            return Err(Refusal::Conflict { message });
        }
        field.id = FieldId(self.tx.next(Sequence::Record)?);
        self.number_options(&mut field, &[])?;
        self.tx.put_record(self.shop, &field)?;
        self.tell_of_field(kind::FIELD_ADDED, &field, by)?;
        Ok(field.id)
    }

    fn change_field(
        &mut self,
        id: FieldId,
        patch: impl Fn(&mut FieldDefinition) -> Result<(), Refusal>,
        by: &Actor,
    ) -> Result<(), Refusal> {
        let before = self.field(id)?;
        let mut field = before.clone();
        patch(&mut field)?;
        field = FieldDefinition { id, of: before.of, name: before.name.clone(), kind: before.kind, ..field };
        check(&field)?;
        let known: Vec<i64> = before.options.iter().map(|option| option.id).collect();
        self.number_options(&mut field, &known)?;
        if field == before {
            return Ok(());
        }
        self.tx.put_record(self.shop, &field)?;
        if field.options != before.options {
            self.tell_of_field(kind::FIELD_OPTIONS_CHANGED, &field, by)?;
        }
        self.tell_of_field(kind::FIELD_CHANGED, &field, by)
    }

    /// Ids that are not among the known ones are new.
    fn number_options(&mut self, field: &mut FieldDefinition, known: &[i64]) -> Result<(), Refusal> {
        let mut taken = Vec::with_capacity(field.options.len());
        for (index, option) in field.options.iter_mut().enumerate() {
            if option.id != 0 && (!known.contains(&option.id) || taken.contains(&option.id)) {
                let message = format!("the field has no option {}, or it stands there twice", option.id);
                return Err(Refusal::invalid(&format!("/options/{index}/id"), "no-such-option", message));
            }
            if option.id == 0 {
                option.id = self.tx.next(Sequence::Record)?;
            }
            taken.push(option.id);
        }
        Ok(())
    }

    fn tell_of_field(&mut self, kind: &str, field: &FieldDefinition, by: &Actor) -> Result<(), Refusal> {
        let event = NewEvent::new(kind)
            .attr("field", field.id.to_string())
            .attr("of", field.of.name())
            .attr("name", field.name.as_str());
        self.record(event, &Cause::from_outside(by.clone()), None, None).map(drop)
    }

    /// With its own fields as they are stored.
    pub fn checked_order(&mut self, mut new: NewOrder, cause: &Cause) -> Result<NewOrder, Refusal> {
        let writing = match new.historical {
            // What it did not have then, it does not get now.
            true => Writing::Change { by_hand: false },
            false => Writing::New { by_hand: is_by_hand(cause), at: self.now },
        };
        new.fields = self.checked(new.kind.into(), new.fields, writing)?;
        if new.historical {
            new.fields.retain(|_, value| !value.is_null());
        }
        Ok(new)
    }

    fn keeping(&mut self) -> Result<Keeping, Refusal> {
        self.engine.keeping(self.tx, &self.config)
    }

    /// The same for a change of an order.
    pub fn checked_change(
        &mut self,
        order: &Order,
        change: OrderChange,
        cause: &Cause,
    ) -> Result<OrderChange, Refusal> {
        self.keeping()?.change(order, change, cause)
    }

    /// Puts the fields of a client as they are stored; of one that is there already those that differ.
    pub fn check_client(
        &mut self,
        before: Option<&Client>,
        client: &mut Client,
        cause: &Cause,
    ) -> Result<(), Refusal> {
        let Some(before) = before else {
            let of = client.kind.into();
            let writing = Writing::New { by_hand: is_by_hand(cause), at: self.now };
            client.fields = self.checked(of, std::mem::take(&mut client.fields), writing)?;
            return Ok(());
        };
        self.keeping()?.client(before, client, cause)
    }

    fn checked(&mut self, of: FieldOf, given: Fields, writing: Writing) -> Result<Fields, Refusal> {
        self.keeping()?.checked(of, given, writing)
    }
}

impl Engine {
    pub(crate) fn keeping(
        &self,
        reads: &mut dyn Reads,
        config: &Arc<ShopConfig>,
    ) -> Result<Keeping, Refusal> {
        Ok(Keeping { all: self.inner.fields.of(reads, config.shop.id)?, config: config.clone() })
    }
}

/// What the values of a shop's fields keep to, read once: whoever asks it afterwards reads nothing.
pub(crate) struct Keeping {
    all: Arc<Definitions>,
    config: Arc<ShopConfig>,
}

impl Keeping {
    /// A change of an order with its own fields as they are stored.
    pub fn change(&self, order: &Order, change: OrderChange, cause: &Cause) -> Result<OrderChange, Refusal> {
        let writing = Writing::Change { by_hand: is_by_hand(cause) };
        Ok(match change {
            OrderChange::SetFields { fields } => {
                OrderChange::SetFields { fields: self.checked(order.kind.into(), fields, writing)? }
            }
            OrderChange::AppendFields { fields } => {
                OrderChange::AppendFields { fields: self.appended(order.kind.into(), fields, writing)? }
            }
            OrderChange::Several { changes } => {
                let checked = changes.into_iter().map(|change| self.change(order, change, cause));
                OrderChange::Several { changes: checked.collect::<Result<_, _>>()? }
            }
            other => other,
        })
    }

    /// A changed client, whose fields that differ are put as they are stored.
    pub fn client(&self, before: &Client, client: &mut Client, cause: &Cause) -> Result<(), Refusal> {
        let differs = |(name, value): &(&String, &Value)| before.fields.get(*name) != Some(*value);
        let mut given: Fields =
            client.fields.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect();
        let gone = before.fields.keys().filter(|name| !client.fields.contains_key(*name));
        given.extend(gone.map(|name| (name.clone(), Value::Null)));
        if given.is_empty() {
            return Ok(());
        }
        for (name, value) in
            self.checked(client.kind.into(), given, Writing::Change { by_hand: is_by_hand(cause) })?
        {
            match value.is_null() {
                true => client.fields.remove(&name),
                false => client.fields.insert(name, value),
            };
        }
        Ok(())
    }

    /// What is added to a field must be what the field holds, and the field hold several.
    fn appended(&self, of: FieldOf, fields: Fields, writing: Writing) -> Result<Fields, Refusal> {
        for name in fields.keys() {
            let one = self.all.find(of, name).is_some_and(|field| !field.multiple);
            if one {
                let message = "it holds one value: set it instead of adding to it".to_owned();
                return Err(Rejection::invalid(format!("field `{name}`"), message).into());
            }
        }
        self.checked(of, fields, writing)
    }

    fn checked(&self, of: FieldOf, given: Fields, writing: Writing) -> Result<Fields, Refusal> {
        if self.all.of(of).next().is_none() {
            return Ok(given);
        }
        let shop = &self.config.shop;
        let surroundings = Surroundings { zone: &shop.time_zone, currency: shop.currency };
        let fields = self.all.check(of, given, writing, &surroundings)?;
        for field in self.all.of(of).filter(|field| field.kind == FieldKind::Employee) {
            let Some(value) = fields.get(&field.name) else { continue };
            let named = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for employee in named.iter().filter_map(Value::as_str) {
                let known =
                    employee.parse::<EmployeeId>().is_ok_and(|id| self.config.employees.contains_key(&id));
                if !known {
                    let message = format!("there is no employee `{employee}`");
                    return Err(Rejection::invalid(format!("field `{}`", field.name), message).into());
                }
            }
        }
        Ok(fields)
    }
}

/// By somebody who can be told what is missing.
fn is_by_hand(cause: &Cause) -> bool {
    cause.by.is_holder()
}

fn check(field: &FieldDefinition) -> Result<(), Refusal> {
    let issue = |(path, message)| Issue { path, code: "field".to_owned(), message };
    let issues: Vec<Issue> = field.issues().into_iter().map(issue).collect();
    if issues.is_empty() { Ok(()) } else { Err(Refusal::Invalid(issues)) }
}
