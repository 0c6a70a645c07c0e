//! `crm.deal.contact.*`: who a deal is with. The domain knows the contacts, the primary one first; in which order they
//! are shown, and in which role, is kept beside them.

use std::collections::BTreeSet;

use rulewright_domain::{ClientId, ClientKind, Fields, Order, OrderChange, OrderKind};
use serde_json::{Map, Value, json};

use super::deal::{Changed, Changes, change, found};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.deal.contact.add", "crm", add),
    method!("crm.deal.contact.delete", "crm", delete),
    method!("crm.deal.contact.fields", "crm", fields),
    method!("crm.deal.contact.items.get", "crm", items_get),
    method!("crm.deal.contact.items.set", "crm", items_set),
    method!("crm.deal.contact.items.delete", "crm", items_delete),
];

/// Among the order's own fields: `{"5": {"sort": 10, "role": 0}}` by the number of the contact.
const BINDINGS: &str = "contact-bindings";
const STEP: i64 = 10;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Binding {
    contact: ClientId,
    sort: i64,
    role: i64,
}

/// As they are shown: by their sorting.
fn bindings(order: &Order) -> Vec<Binding> {
    let kept = order.fields.get(BINDINGS);
    let binding = |(place, contact): (usize, &ClientId)| {
        let kept = kept.and_then(|kept| kept.get(contact.0.to_string()));
        let number = |name: &str| kept.and_then(|kept| kept.get(name)).and_then(Value::as_i64);
        let usual = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(STEP);
        Binding {
            contact: *contact,
            sort: number("sort").unwrap_or(usual),
            role: number("role").unwrap_or(0),
        }
    };
    let mut all: Vec<_> = order.contacts.iter().enumerate().map(binding).collect();
    all.sort_by_key(|binding| binding.sort);
    all
}

/// `primary` is among them, or there are none.
fn bind(order: &Order, mut all: Vec<Binding>, primary: Option<ClientId>) -> Vec<OrderChange> {
    all.sort_by_key(|binding| binding.sort);
    let others = all.iter().map(|binding| binding.contact).filter(|contact| Some(*contact) != primary);
    let contacts: Vec<ClientId> = primary.into_iter().chain(others).collect();
    let kept = |binding: &Binding| {
        (binding.contact.0.to_string(), json!({ "sort": binding.sort, "role": binding.role }))
    };
    let kept = match all.len() {
        0 => Value::Null,
        _ => Value::Object(all.iter().map(kept).collect()),
    };
    let mut changes = vec![OrderChange::SetClients { company: order.company, contacts }];
    if order.fields.get(BINDINGS).unwrap_or(&Value::Null) != &kept {
        changes.push(OrderChange::SetFields { fields: Fields::from([(BINDINGS.to_owned(), kept)]) });
    }
    changes
}

async fn add(call: Call) -> Outcome {
    let id = owner(&call, "'ownerEntityID'")?;
    let fields = fields_of(&call, "The parameter 'fields' must be array.")?;
    let contact = contact_of(&fields)?;
    existing(&call, id).await?;
    must_be_contacts(&call, &[contact]).await?;
    let first = fields_flag(&fields, "IS_PRIMARY")?;
    let sort = integer_of(&fields, "SORT")?;
    let role = integer_of(&fields, "ROLE_ID")?.unwrap_or(0);
    let changed = change(&call, OrderKind::Deal, id, not_found, |order| {
        if order.contacts.contains(&contact) {
            return Ok(Changes::These(Vec::new()));
        }
        let mut all = bindings(order);
        let last = all.iter().map(|binding| binding.sort).max().unwrap_or(0);
        all.push(Binding { contact, sort: sort.unwrap_or(last.saturating_add(STEP)), role });
        let primary = order.contacts.first().copied().filter(|_| !first).unwrap_or(contact);
        Ok(Changes::These(bind(order, all, Some(primary))))
    })
    .await?;
    Ok(Answer::of(done(&changed)))
}

async fn delete(call: Call) -> Outcome {
    let id = owner(&call, "'ownerEntityID'")?;
    let fields = fields_of(&call, "The parameter 'item' must be array.")?;
    let contact = contact_of(&fields)?;
    let changed = change(&call, OrderKind::Deal, id, not_found, |order| {
        if !order.contacts.contains(&contact) {
            return Ok(Changes::These(Vec::new()));
        }
        let mut all = bindings(order);
        all.retain(|binding| binding.contact != contact);
        let primary = order.contacts.first().copied().filter(|primary| *primary != contact);
        let primary = primary.or(all.first().map(|binding| binding.contact));
        Ok(Changes::These(bind(order, all, primary)))
    })
    .await?;
    Ok(Answer::of(done(&changed)))
}

async fn items_get(call: Call) -> Outcome {
    let order = existing(&call, owner(&call, "ownerEntityID")?).await?;
    let row = |binding: Binding| {
        let primary = order.contacts.first() == Some(&binding.contact);
        json!({
            "CONTACT_ID": binding.contact.0,
            "SORT": binding.sort,
            "ROLE_ID": binding.role,
            "IS_PRIMARY": if primary { "Y" } else { "N" },
        })
    };
    Ok(Answer::of(bindings(&order).into_iter().map(row).collect::<Vec<_>>()))
}

/// Replaces all of them.
async fn items_set(call: Call) -> Outcome {
    let id = owner(&call, "ownerEntityID")?;
    let is_list = call.params.value("items").is_some_and(|items| items.is_array() || items.is_object());
    if !is_list {
        return Err(Fault::classic("The parameter items must be array."));
    }
    existing(&call, id).await?;
    let (mut all, mut known, mut primary) = (Vec::new(), BTreeSet::new(), None);
    for (place, item) in call.params.list("items").iter().enumerate() {
        let item = item.as_object().ok_or_else(not_valid)?;
        let contact = contact_of(item)?;
        if !known.insert(contact) {
            continue;
        }
        let usual = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(STEP);
        let sort = integer_of(item, "SORT")?.filter(|sort| *sort > 0).unwrap_or(usual);
        if primary.is_none() && fields_flag(item, "IS_PRIMARY")? {
            primary = Some(contact);
        }
        all.push(Binding { contact, sort, role: integer_of(item, "ROLE_ID")?.unwrap_or(0) });
    }
    let contacts: Vec<ClientId> = all.iter().map(|binding| binding.contact).collect();
    must_be_contacts(&call, &contacts).await?;
    let primary = primary.or(contacts.first().copied());
    change(&call, OrderKind::Deal, id, not_found, |order| {
        Ok(Changes::These(bind(order, all.clone(), primary)))
    })
    .await?;
    Ok(Answer::of(true))
}

async fn items_delete(call: Call) -> Outcome {
    let id = owner(&call, "ownerEntityID")?;
    let none = |order: &Order| Ok(Changes::These(bind(order, Vec::new(), None)));
    change(&call, OrderKind::Deal, id, not_found, none).await?;
    Ok(Answer::of(true))
}

async fn fields(_: Call) -> Outcome {
    let line = |kind: &str, required: bool, title: &str| {
        json!({
            "type": kind, "isRequired": required, "isReadOnly": false, "isImmutable": false,
            "isMultiple": false, "isDynamic": false, "title": title,
        })
    };
    Ok(Answer::of(json!({
        "CONTACT_ID": line("integer", true, "Contact"),
        "SORT": line("integer", false, "Sorting"),
        "ROLE_ID": line("integer", false, "Role"),
        "IS_PRIMARY": line("char", false, "Primary"),
    })))
}

fn done(changed: &Changed) -> bool {
    matches!(changed, Changed::Done(Some(_)))
}

/// Some of the documentation's sentences quote the name, some do not.
fn owner(call: &Call, name: &str) -> Result<i64, Fault> {
    let missing = |_| Fault::classic(format!("The parameter {name} is invalid or not defined."));
    call.params.id("id").map_err(missing)
}

fn fields_of(call: &Call, sentence: &str) -> Result<Map<String, Value>, Fault> {
    call.params.map("fields").map_err(|_| Fault::classic(sentence))
}

fn not_valid() -> Fault {
    Fault::classic("The parameter 'fields' is not valid.")
}

fn member<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|value| !scalar::is_empty(value))
}

fn contact_of(fields: &Map<String, Value>) -> Result<ClientId, Fault> {
    let contact = member(fields, "CONTACT_ID").and_then(scalar::integer).filter(|id| *id > 0);
    contact.map(ClientId).ok_or_else(not_valid)
}

fn integer_of(fields: &Map<String, Value>, name: &str) -> Result<Option<i64>, Fault> {
    member(fields, name).map(|value| scalar::integer(value).ok_or_else(not_valid)).transpose()
}

fn fields_flag(fields: &Map<String, Value>, name: &str) -> Result<bool, Fault> {
    let flag = member(fields, name).map(|value| scalar::flag(value).ok_or_else(not_valid)).transpose()?;
    Ok(flag.unwrap_or(false))
}

async fn existing(call: &Call, id: i64) -> Result<std::sync::Arc<Order>, Fault> {
    found(call, OrderKind::Deal, id).await?.ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::classic("Not found.")
}

async fn must_be_contacts(call: &Call, contacts: &[ClientId]) -> Result<(), Fault> {
    let (shop, contacts) = (call.shop(), contacts.to_vec());
    let all = call
        .read(move |reads| {
            for contact in contacts {
                let client = reads.client(shop, contact)?;
                if client.is_none_or(|client| client.kind != ClientKind::Contact) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await?;
    if all { Ok(()) } else { Err(not_valid()) }
}
