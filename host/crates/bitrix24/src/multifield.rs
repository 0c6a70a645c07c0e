//! Phones, addresses of mail and the like: `PHONE: [{ID, VALUE, VALUE_TYPE, TYPE_ID}]`, or `fm` of the universal methods.
//!
//! Only what is sent changes: without ID it is added, with ID changed, with `DELETE: Y` or an empty value removed.

use rulewright_domain::{Client, ClientChange, ClientId, ContactPoint, PointList, address};
use serde_json::{Map, Value, json};

use crate::{fault::Fault, scalar};

/// Name in the classic methods, the list that it stands for, and the kind of one that says none.
pub const TYPES: [(&str, PointList, &str); 5] = [
    ("PHONE", PointList::Phones, "WORK"),
    ("EMAIL", PointList::Emails, "WORK"),
    ("WEB", PointList::Websites, "WORK"),
    ("IM", PointList::Messengers, "OTHER"),
    ("LINK", PointList::Links, "USER"),
];

/// Ids are numbers of the whole shop here: those of a client begin at its own times this.
const OF_A_CLIENT: i64 = 10_000;

fn id(client: ClientId, point: &ContactPoint) -> i64 {
    client.0 * OF_A_CLIENT + i64::from(point.id)
}

/// The client's own number of the point. None: it is another client's.
fn point_of(client: ClientId, id: i64) -> Option<u32> {
    (id.div_euclid(OF_A_CLIENT) == client.0)
        .then(|| id.rem_euclid(OF_A_CLIENT))
        .and_then(|id| id.try_into().ok())
}

/// The client's points must have their ids.
pub fn classic(client: &Client, name: &str) -> Value {
    let of_type = TYPES.iter().filter(|(known, ..)| *known == name);
    of_type
        .flat_map(|(name, list, _)| client.points(*list).iter().map(move |point| (name, point)))
        .map(|(name, point)| {
            json!({
                "ID": id(client.id, point).to_string(),
                "VALUE_TYPE": point.kind.to_uppercase(),
                "VALUE": point.value,
                "TYPE_ID": name,
            })
        })
        .collect()
}

pub fn universal(client: &Client) -> Value {
    let points =
        TYPES.iter().flat_map(|(name, list, _)| client.points(*list).iter().map(move |point| (name, point)));
    points
        .map(|(name, point)| {
            json!({
                "id": id(client.id, point),
                "typeId": name,
                "valueType": point.kind.to_uppercase(),
                "value": point.value,
            })
        })
        .collect()
}

/// What `PHONE`, `EMAIL` .. and `fm` of the sent fields ask for. `client` is as it is now; of a new one it is empty.
pub fn changes(client: &Client, fields: &Map<String, Value>) -> Result<Vec<ClientChange>, Fault> {
    let mut changes = Vec::new();
    for (name, value) in fields {
        if let Some(of_type) = TYPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name)) {
            for (key, item) in items(value) {
                changes.extend(change(client, of_type, &key, item)?);
            }
        } else if name.eq_ignore_ascii_case("fm") {
            for (key, item) in items(value) {
                let named = part(item, &["TYPE_ID", "typeId"]).unwrap_or_default();
                let of_type = TYPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(named.trim()));
                let sent = part(item, &["ID"]).and_then(|id| scalar::integer(&json!(id)));
                let of_type = of_type.or_else(|| TYPES.iter().find(|one| known(client, one, sent).is_some()));
                let of_type = of_type.ok_or_else(|| crate::entity::not_valid_named("fm"))?;
                changes.extend(change(client, of_type, &key, item)?);
            }
        }
    }
    Ok(changes)
}

/// One value, a list of them, or a map with keys of the caller's.
fn items(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(members) if is_item(members) => vec![(String::new(), value)],
        Value::Object(members) => members.iter().map(|(key, item)| (key.clone(), item)).collect(),
        value if scalar::is_empty(value) => Vec::new(),
        value => vec![(String::new(), value)],
    }
}

fn is_item(members: &Map<String, Value>) -> bool {
    members.keys().any(|key| {
        ["VALUE", "VALUE_TYPE", "ID", "DELETE", "valueType"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(key))
    })
}

fn part(item: &Value, names: &[&str]) -> Option<String> {
    let Value::Object(members) = item else { return None };
    let found = members.iter().find(|(key, _)| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
    found.and_then(|(_, value)| if value.is_null() { Some(String::new()) } else { scalar::text(value) })
}

fn known<'a>(
    client: &'a Client,
    (_, list, _): &(&str, PointList, &str),
    sent: Option<i64>,
) -> Option<&'a ContactPoint> {
    let point = point_of(client.id, sent?)?;
    client.points(*list).iter().find(|known| known.id == point)
}

/// `key` is what it was called in a map, which may be its id.
fn change(
    client: &Client,
    of_type: &(&str, PointList, &str),
    key: &str,
    item: &Value,
) -> Result<Option<ClientChange>, Fault> {
    let (name, list, usual) = *of_type;
    let sent = part(item, &["ID"]).filter(|id| !id.is_empty()).unwrap_or_else(|| key.to_owned());
    let there = known(client, of_type, scalar::integer(&json!(sent)));
    let value = match item {
        Value::Object(_) => part(item, &["VALUE"]),
        item => scalar::text(item),
    };
    let value = value.map(|value| value.trim().to_owned());
    let kind = part(item, &["VALUE_TYPE", "valueType"]).map(|kind| kind.trim().to_uppercase());
    let kind = kind.filter(|kind| !kind.is_empty());
    let deleted = part(item, &["DELETE"]).is_some_and(|flag| scalar::flag(&json!(flag)) == Some(true));
    let gone = deleted || value.as_deref() == Some("");
    if let Some(value) = value.as_deref().filter(|_| !gone && name == "EMAIL") {
        must_be_mail(value, kind.as_deref().unwrap_or(usual))?;
    }
    Ok(match (there, value) {
        (Some(there), _) if gone => Some(ClientChange::RemovePoint { point: there.id }),
        (Some(there), value) => Some(ClientChange::EditPoint {
            point: there.id,
            kind: kind.filter(|kind| *kind != there.kind.to_uppercase()).map(|kind| kind.to_lowercase()),
            value,
        }),
        // It is not there, and nothing is to be there.
        (None, _) if gone => None,
        (None, Some(value)) => {
            let kind = kind.unwrap_or_else(|| usual.to_owned()).to_lowercase();
            Some(ClientChange::AddPoint { list, kind, value })
        }
        (None, None) => None,
    })
}

fn must_be_mail(value: &str, kind: &str) -> Result<(), Fault> {
    let title = match kind {
        "HOME" => "Personal e-mail",
        "MAILING" => "Newsletter e-mail",
        "WORK" => "Work e-mail",
        _ => "Other e-mail",
    };
    match address::check("email", value) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(Fault::coded("ERROR_CORE", format!("The field `{title}` contains an invalid address.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::ClientKind;

    use super::*;

    fn ada() -> Client {
        let mut ada = Client::new(ClientId(7), ClientKind::Contact, "Ada");
        ada.phones = vec![ContactPoint::new("work", "1"), ContactPoint::new("home", "2")];
        ada.number_points();
        ada
    }

    fn after(fields: Value) -> Vec<Value> {
        let mut ada = ada();
        for change in changes(&ada, fields.as_object().unwrap()).unwrap() {
            ada.change(change).unwrap();
        }
        TYPES
            .iter()
            .flat_map(|(name, ..)| classic(&ada, name).as_array().cloned().unwrap_or_default())
            .map(|row| json!([row["ID"], row["TYPE_ID"], row["VALUE_TYPE"], row["VALUE"]]))
            .collect()
    }

    #[test]
    fn points_are_added_changed_by_id_and_removed_in_either_way() {
        let one = json!(["70001", "PHONE", "WORK", "1"]);
        let two = json!(["70002", "PHONE", "HOME", "2"]);
        for (fields, expected) in [
            (json!({}), vec![one.clone(), two.clone()]),
            (
                json!({"PHONE": [{"VALUE": "3"}]}),
                vec![one.clone(), two.clone(), json!(["70003", "PHONE", "WORK", "3"])],
            ),
            (
                json!({"phone": {"n0": {"VALUE": "3", "VALUE_TYPE": "MOBILE"}}}),
                vec![one.clone(), two.clone(), json!(["70003", "PHONE", "MOBILE", "3"])],
            ),
            (
                json!({"PHONE": [{"ID": "70002", "VALUE": "9"}]}),
                vec![one.clone(), json!(["70002", "PHONE", "HOME", "9"])],
            ),
            (
                json!({"PHONE": [{"ID": 70002, "VALUE_TYPE": "MOBILE"}]}),
                vec![one.clone(), json!(["70002", "PHONE", "MOBILE", "2"])],
            ),
            (
                json!({"PHONE": {"70002": {"VALUE": "9"}}}),
                vec![one.clone(), json!(["70002", "PHONE", "HOME", "9"])],
            ),
            (json!({"PHONE": [{"ID": 70001, "DELETE": "Y"}]}), vec![two.clone()]),
            (json!({"PHONE": [{"ID": 70001, "VALUE": ""}, {"ID": 70002, "VALUE": ""}]}), vec![]),
            (json!({"PHONE": ""}), vec![one.clone(), two.clone()]),
            (json!({"PHONE": [{"ID": 80001, "DELETE": "Y"}, {"VALUE": ""}]}), vec![one.clone(), two.clone()]),
            (
                json!({"EMAIL": [{"VALUE": "a@example.com", "VALUE_TYPE": "MAILING"}]}),
                vec![one.clone(), two.clone(), json!(["70003", "EMAIL", "MAILING", "a@example.com"])],
            ),
            (
                json!({"fm": [{"typeId": "IM", "valueType": "TELEGRAM", "value": "ada"}, {"id": 70001, "value": "5"}]}),
                vec![
                    json!(["70001", "PHONE", "WORK", "5"]),
                    two.clone(),
                    json!(["70003", "IM", "TELEGRAM", "ada"]),
                ],
            ),
            (
                json!({"WEB": "https://example.com"}),
                vec![one.clone(), two.clone(), json!(["70003", "WEB", "WORK", "https://example.com"])],
            ),
        ] {
            assert_eq!(after(fields.clone()), expected, "{fields}");
        }
    }

    #[test]
    fn an_address_of_mail_that_is_none_is_refused_with_its_field() {
        let fields = json!({"EMAIL": [{"VALUE": "not an address"}]});
        let refused = changes(&ada(), fields.as_object().unwrap()).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.status.as_u16()), ("ERROR_CORE", 400));
        assert!(refused.description.contains("Work e-mail"), "{}", refused.description);
    }
}
