//! Who has a phone number or a mail address, and what multifields are made of.

use rulewright_domain::{ClientKind, ShopId};
use rulewright_engine::clients_at;
use rulewright_ports::Reads;
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    scalar,
};

pub(crate) const METHODS: &[Method] =
    &[method!("crm.duplicate.findbycomm", "crm", find), method!("crm.multifield.fields", "crm", fields)];

/// Values of one call.
const MOST: usize = 20;
/// Clients of each kind.
const FOUND: usize = 20;

async fn find(call: Call) -> Outcome {
    let kind = call.params.text("type").unwrap_or_default().to_ascii_uppercase();
    if !["PHONE", "EMAIL"].contains(&kind.as_str()) {
        return Err(Fault::classic("Communication type is not defined or invalid: send PHONE or EMAIL."));
    }
    let values: Vec<String> = call.params.list("values").iter().filter_map(scalar::text).collect();
    let mut values: Vec<String> =
        values.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
    if values.is_empty() {
        return Err(Fault::classic("Parameter 'values' must be array, with what is looked for in it."));
    }
    let wanted = call.params.text("entity_type").unwrap_or_default().to_ascii_uppercase();
    if !["", "CONTACT", "COMPANY", "LEAD"].contains(&wanted.as_str()) {
        return Err(Fault::classic(
            "Entity type is not valid: send CONTACT, COMPANY or LEAD, or leave it out.",
        ));
    }
    // An address is looked for in both: what cannot be of the kind is of nobody.
    values.retain(|value| value.contains('@') == (kind == "EMAIL"));
    let shop = call.shop();
    let found = call.read(move |reads| Ok(matches(reads, shop, &values)?)).await?;
    let mut answer = Map::new();
    for (name, kind) in [("CONTACT", ClientKind::Contact), ("COMPANY", ClientKind::Company)] {
        let mut ids: Vec<i64> = found.iter().filter(|(its, _)| *its == kind).map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(FOUND);
        if !ids.is_empty() && (wanted.is_empty() || wanted == name) {
            answer.insert(name.to_owned(), json!(ids));
        }
    }
    // PHP writes a map without members as a list.
    Ok(Answer::of(if answer.is_empty() { json!([]) } else { Value::Object(answer) }))
}

fn matches(
    reads: &mut dyn Reads,
    shop: ShopId,
    values: &[String],
) -> rulewright_ports::storage::Result<Vec<(ClientKind, i64)>> {
    let mut found = Vec::new();
    for value in values.iter().take(MOST) {
        for id in clients_at(reads, shop, value)? {
            found.extend(reads.client(shop, id)?.map(|client| (client.kind, client.id.0)));
        }
    }
    Ok(found)
}

async fn fields(_: Call) -> Outcome {
    let line = |kind: &str, required: bool, fixed: bool, title: &str| {
        json!({
            "type": kind, "isRequired": required, "isReadOnly": fixed && kind == "integer",
            "isImmutable": fixed, "isMultiple": false, "isDynamic": false, "title": title,
        })
    };
    Ok(Answer::of(json!({
        "ID": line("integer", false, true, "ID"),
        "TYPE_ID": line("string", false, true, "Type"),
        "VALUE": line("string", true, false, "Value"),
        "VALUE_TYPE": line("string", false, false, "Type of the value"),
    })))
}
