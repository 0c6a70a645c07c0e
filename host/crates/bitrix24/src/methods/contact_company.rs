//! `crm.contact.company.*`: the companies of a contact.

use rulewright_domain::{Affiliation, Client, ClientChange, ClientId, ClientKind, Command};
use serde_json::{Map, Value, json};

use super::client::{COMPANY, CONTACT};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.contact.company.add", "crm", add),
    method!("crm.contact.company.delete", "crm", delete),
    method!("crm.contact.company.fields", "crm", fields),
    method!("crm.contact.company.items.get", "crm", items_get),
    method!("crm.contact.company.items.set", "crm", items_set),
    method!("crm.contact.company.items.delete", "crm", items_delete),
];

/// False: it was bound already, and stays as it was.
async fn add(call: Call) -> Outcome {
    let contact = contact(&call, "The parameter 'ownerEntityID' is invalid or not defined.").await?;
    let fields = sent_fields(&call)?;
    let company = company(&call, &fields, "fields").await?;
    let change = ClientChange::BindCompany {
        company,
        primary: part(&fields, "IS_PRIMARY").and_then(scalar::flag).unwrap_or(false),
        sort: part(&fields, "SORT").and_then(scalar::integer),
    };
    changed(&call, contact.id, change).await
}

/// False: it was not bound.
async fn delete(call: Call) -> Outcome {
    let contact = contact(&call, "The parameter 'ownerEntityID' is invalid or not defined.").await?;
    let fields = sent_fields(&call)?;
    let company = part(&fields, "COMPANY_ID").and_then(scalar::integer).filter(|id| *id > 0);
    let company = ClientId(company.ok_or_else(|| not_valid("fields"))?);
    changed(&call, contact.id, ClientChange::UnbindCompany { company }).await
}

async fn fields(_: Call) -> Outcome {
    let line = |kind: &str, required: bool, title: &str| {
        json!({
            "type": kind, "isRequired": required, "isReadOnly": false, "isImmutable": false,
            "isMultiple": false, "isDynamic": false, "title": title,
        })
    };
    Ok(Answer::of(json!({
        "COMPANY_ID": line("integer", true, "Company"),
        "IS_PRIMARY": line("char", false, "Primary"),
        "SORT": line("integer", false, "Sorting"),
    })))
}

async fn items_get(call: Call) -> Outcome {
    let contact = contact(&call, "The parameter ownerEntityID is invalid or not defined.").await?;
    let primary = contact.companies.first().map(|one| one.company);
    let mut companies = contact.companies;
    companies.sort_by_key(|one| one.sort);
    let row = |one: &Affiliation| {
        json!({
            "COMPANY_ID": one.company.0,
            "SORT": one.sort,
            "ROLE_ID": 0,
            "IS_PRIMARY": if Some(one.company) == primary { "Y" } else { "N" },
        })
    };
    Ok(Answer::of(companies.iter().map(row).collect::<Vec<_>>()))
}

/// In place of those that there are.
async fn items_set(call: Call) -> Outcome {
    let contact = contact(&call, "The parameter ownerEntityID is invalid or not defined.").await?;
    let is_list = call.params.node("items").is_some_and(|items| items.members().is_some());
    if !is_list {
        return Err(Fault::classic("The parameter items must be array."));
    }
    let mut companies: Vec<Affiliation> = Vec::new();
    let mut primary = None;
    for (place, item) in (1..).zip(call.params.list("items")) {
        let item = item.as_object().ok_or_else(|| not_valid("items"))?;
        let company = company(&call, item, "items").await?;
        let sent = part(item, "SORT").and_then(scalar::integer);
        let sort = sent.unwrap_or(place * Affiliation::STEP);
        if part(item, "IS_PRIMARY").and_then(scalar::flag) == Some(true) {
            primary = primary.or(Some(company));
        }
        if companies.iter().all(|one| one.company != company) {
            companies.push(Affiliation { company, sort });
        }
    }
    if let Some(place) = companies.iter().position(|one| Some(one.company) == primary) {
        let first = companies.remove(place);
        companies.insert(0, first);
    }
    changed(&call, contact.id, ClientChange::SetCompanies { companies }).await?;
    Ok(Answer::of(true))
}

async fn items_delete(call: Call) -> Outcome {
    let contact = contact(&call, "The parameter ownerEntityID is invalid or not defined.").await?;
    changed(&call, contact.id, ClientChange::SetCompanies { companies: Vec::new() }).await?;
    Ok(Answer::of(true))
}

async fn contact(call: &Call, no_id: &str) -> Result<Client, Fault> {
    let id = call.params.id("id").map_err(|_| Fault::classic(no_id))?;
    CONTACT.find(call, id).await?.ok_or_else(|| Fault::classic("Not found."))
}

fn sent_fields(call: &Call) -> Result<Map<String, Value>, Fault> {
    call.params.map("fields").map_err(|_| Fault::classic("The parameter 'fields' must be array."))
}

/// The company that an item names.
async fn company(call: &Call, item: &Map<String, Value>, parameter: &str) -> Result<ClientId, Fault> {
    let id = part(item, "COMPANY_ID").and_then(scalar::integer).filter(|id| *id > 0);
    let id = id.ok_or_else(|| not_valid(parameter))?;
    let known = COMPANY.find(call, id).await?;
    let known = known.filter(|client| client.kind == ClientKind::Company);
    known.map(|client| client.id).ok_or_else(|| not_valid(parameter))
}

fn not_valid(parameter: &str) -> Fault {
    Fault::classic(format!("The parameter '{parameter}' is not valid."))
}

fn part<'a>(item: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    item.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

async fn changed(call: &Call, contact: ClientId, change: ClientChange) -> Outcome {
    let command = Command::EditClient { id: contact, changes: vec![change] };
    Ok(Answer::of(!call.execute(command).await?.events.is_empty()))
}
