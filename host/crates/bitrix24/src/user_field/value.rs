//! Values of user fields: as clients send them, as they are stored, as they are answered.

use base64::{Engine, engine::general_purpose::STANDARD};
use rulewright_domain::{
    ClientId, EmployeeId, FieldDefinition, FieldKind, FieldOf, OrderId, Timestamp, field::Reference,
};
use serde_json::{Value, json};

use crate::{scalar, wire::envelope};

/// A file that came with a value: it is kept before the value is.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What one value of a field was sent as.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    Value(Value),
    File(NewFile),
    /// The file with this number, which is there already.
    Kept(i64),
}

/// Each value that was sent, in the domain's form.
pub fn received(field: &FieldDefinition, sent: &Value) -> Result<Vec<Sent>, String> {
    let several = match sent {
        value if scalar::is_empty(value) => Vec::new(),
        Value::Array(items) if field.kind == FieldKind::File && is_file(items) => vec![sent],
        Value::Array(items) if field.multiple => items.iter().collect(),
        // Rows of a form have names of their own.
        Value::Object(members) if field.multiple && !is_one(field.kind, members) => {
            members.values().collect()
        }
        one => vec![one],
    };
    several.into_iter().filter(|value| !scalar::is_empty(value)).map(|value| one(field, value)).collect()
}

fn is_file(items: &[Value]) -> bool {
    matches!(items, [Value::String(_), Value::String(content)] if STANDARD.decode(content.trim()).is_ok())
}

fn is_one(kind: FieldKind, members: &serde_json::Map<String, Value>) -> bool {
    let has = |name: &str| members.keys().any(|key| key.eq_ignore_ascii_case(name));
    match kind {
        FieldKind::File => has("fileData") || has("id"),
        FieldKind::Money => has("amount"),
        _ => false,
    }
}

fn one(field: &FieldDefinition, value: &Value) -> Result<Sent, String> {
    Ok(match field.kind {
        FieldKind::Money => Sent::Value(money(value)),
        FieldKind::Reference => Sent::Value(reference(field, value)),
        FieldKind::File => return file(value),
        _ => Sent::Value(value.clone()),
    })
}

/// `12.5|EUR`
pub fn money(value: &Value) -> Value {
    match value.as_str().and_then(|text| text.split_once('|')) {
        Some((amount, currency)) => json!({ "amount": amount.trim(), "currency": currency.trim() }),
        None => value.clone(),
    }
}

/// `D_42`, `C_7`, `CO_9`; the number alone where there is only one thing that it can be.
pub fn reference(field: &FieldDefinition, value: &Value) -> Value {
    let text = scalar::text(value).unwrap_or_default();
    let (of, number) = match text.trim().rsplit_once('_') {
        Some(("D" | "DEAL", number)) => (FieldOf::Deal, number),
        Some(("C" | "CONTACT", number)) => (FieldOf::Contact, number),
        Some(("CO" | "COMPANY", number)) => (FieldOf::Company, number),
        _ => match Vec::from_iter(&field.rules.refers_to).as_slice() {
            [only] => (**only, text.trim()),
            _ => return value.clone(),
        },
    };
    let Ok(number) = number.parse::<i64>() else { return value.clone() };
    let reference = match of {
        FieldOf::Deal => Reference::Deal(OrderId(number)),
        FieldOf::Order => Reference::Order(OrderId(number)),
        FieldOf::Contact => Reference::Contact(ClientId(number)),
        FieldOf::Company => Reference::Company(ClientId(number)),
    };
    json!(reference.to_string())
}

/// `{"fileData": [name, content]}`, `[name, content]`, or `{"id": 5}` of one that stays.
fn file(value: &Value) -> Result<Sent, String> {
    let wanted = "a file is sent as {\"fileData\": [\"name\", \"content in Base64\"]}";
    let of = |name: &str| {
        let members = value.as_object()?;
        members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let parts = of("fileData").or(Some(value).filter(|value| value.is_array())).and_then(Value::as_array);
    if let Some(parts) = parts {
        let [Value::String(name), Value::String(content)] = parts.as_slice() else {
            return Err(wanted.to_owned());
        };
        let bytes = STANDARD.decode(content.trim()).map_err(|_| wanted.to_owned())?;
        // What is left of a path is no name.
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
        return Ok(Sent::File(NewFile { name, bytes }));
    }
    let id = of("id").unwrap_or(value);
    scalar::integer(id).map(Sent::Kept).ok_or_else(|| wanted.to_owned())
}

/// Its number: as many digits of its digest as a JSON number can hold.
pub fn file_number(digest: &str) -> i64 {
    digest.get(..12).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

pub fn stored_file(file: &NewFile, digest: &str) -> Value {
    json!({ "digest": digest, "name": file.name, "size": file.bytes.len(), "id": file_number(digest) })
}

/// As rows have it: in the classic ones every scalar is a text.
pub fn shown(field: &FieldDefinition, stored: Option<&Value>, zone: &str, classic: bool) -> Value {
    let one = |value: &Value| shown_one(field, value, zone, classic);
    match stored {
        None | Some(Value::Null) if field.multiple => json!([]),
        None | Some(Value::Null) => Value::Null,
        Some(Value::Array(items)) if field.multiple => items.iter().map(one).collect(),
        Some(value) if field.multiple => json!([one(value)]),
        // It held several once.
        Some(Value::Array(items)) => items.first().map_or(Value::Null, one),
        Some(value) => one(value),
    }
}

fn shown_one(field: &FieldDefinition, value: &Value, zone: &str, classic: bool) -> Value {
    let number = |number: i64| if classic { json!(number.to_string()) } else { json!(number) };
    let as_it_is = || match value {
        Value::Number(number) if classic => json!(number.to_string()),
        other => other.clone(),
    };
    let text = value.as_str();
    let known = match field.kind {
        FieldKind::Integer | FieldKind::Choice | FieldKind::ListSection | FieldKind::ListItem => {
            scalar::integer(value).map(number)
        }
        FieldKind::Number => scalar::number(value).map(|value| match scalar::integer(&json!(value)) {
            Some(whole) => number(whole),
            None if classic => json!(value.to_string()),
            None => json!(value),
        }),
        FieldKind::YesNo => scalar::flag(value).map(|flag| match (classic, flag) {
            (true, flag) => json!(if flag { "1" } else { "0" }),
            (false, flag) => json!(if flag { "Y" } else { "N" }),
        }),
        FieldKind::Date | FieldKind::Time => text
            .and_then(|text| rulewright_domain::moment(text, zone).ok())
            .map(|at: Timestamp| json!(envelope::date(at, zone))),
        FieldKind::Money => {
            let part = |name: &str| value.get(name).and_then(Value::as_str);
            part("amount")
                .zip(part("currency"))
                .map(|(amount, currency)| json!(format!("{amount}|{currency}")))
        }
        FieldKind::Employee => {
            text.and_then(|text| text.parse::<EmployeeId>().ok()).map(|employee| number(employee.0))
        }
        FieldKind::Reference => text
            .and_then(|text| text.parse::<Reference>().ok())
            .map(|reference| referred(field, reference, number)),
        FieldKind::File => value.get("digest").and_then(Value::as_str).map(|digest| {
            let url = format!("/v1/files/{digest}");
            json!({ "id": number(file_number(digest)), "showUrl": url, "downloadUrl": url })
        }),
        FieldKind::Text | FieldKind::Link | FieldKind::Address | FieldKind::Dictionary => None,
    };
    known.unwrap_or_else(as_it_is)
}

fn referred(field: &FieldDefinition, reference: Reference, number: impl Fn(i64) -> Value) -> Value {
    if field.rules.refers_to.len() == 1 {
        return number(reference.number());
    }
    let letters = match reference {
        Reference::Deal(_) => "D",
        Reference::Order(_) => "O",
        Reference::Contact(_) => "C",
        Reference::Company(_) => "CO",
    };
    json!(format!("{letters}_{}", reference.number()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "Europe/Berlin";

    fn field(kind: FieldKind) -> FieldDefinition {
        FieldDefinition::new(FieldOf::Deal, "UF_CRM_F", kind)
    }

    #[test]
    fn values_are_sent_in_the_clients_forms() {
        let one = |kind, sent: Value| match received(&field(kind), &sent).unwrap().as_slice() {
            [Sent::Value(value)] => value.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(one(FieldKind::Money, json!("12.5|EUR")), json!({ "amount": "12.5", "currency": "EUR" }));
        assert_eq!(one(FieldKind::Reference, json!("CO_9")), json!("company/cli_9"));
        assert_eq!(one(FieldKind::Reference, json!("D_42")), json!("deal/ord_42"));
        let mut only = field(FieldKind::Reference);
        only.rules.refers_to.insert(FieldOf::Contact);
        assert_eq!(received(&only, &json!("7")), Ok(vec![Sent::Value(json!("contact/cli_7"))]));
        assert_eq!(one(FieldKind::Text, json!("x|y")), json!("x|y"));
        assert_eq!(received(&field(FieldKind::Text), &json!("")), Ok(Vec::new()));
        let many = FieldDefinition { multiple: true, ..field(FieldKind::Text) };
        let both = Ok(vec![Sent::Value(json!("a")), Sent::Value(json!("b"))]);
        assert_eq!(received(&many, &json!(["a", "", "b"])), both);
        assert_eq!(received(&many, &json!({ "n0": "a", "n1": "b" })), both);
    }

    #[test]
    fn a_file_comes_with_its_bytes_or_stays_as_it_is() {
        let file = NewFile { name: "a.txt".into(), bytes: b"tea".to_vec() };
        for sent in [
            json!({ "fileData": ["a.txt", "dGVh"] }),
            json!(["a.txt", "dGVh"]),
            json!({ "fileData": ["/x/a.txt", "dGVh"] }),
        ] {
            assert_eq!(
                received(&field(FieldKind::File), &sent),
                Ok(vec![Sent::File(file.clone())]),
                "{sent}"
            );
        }
        let many = FieldDefinition { multiple: true, ..field(FieldKind::File) };
        let sent = json!([["a.txt", "dGVh"], { "id": "5" }]);
        assert_eq!(received(&many, &sent), Ok(vec![Sent::File(file), Sent::Kept(5)]));
        for wrong in [json!("x"), json!({ "fileData": "x" }), json!({ "fileData": ["a", "?"] })] {
            assert!(received(&field(FieldKind::File), &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_answered_as_texts_in_classic_rows_and_as_themselves_in_others() {
        use FieldKind::*;
        for (kind, stored, classic, universal) in [
            (Text, json!("x"), json!("x"), json!("x")),
            (Integer, json!(42), json!("42"), json!(42)),
            (Number, json!(2.5), json!("2.5"), json!(2.5)),
            (Number, json!(3.0), json!("3"), json!(3)),
            (YesNo, json!(true), json!("1"), json!("Y")),
            (Choice, json!(5), json!("5"), json!(5)),
            (
                Date,
                json!("2026-03-02"),
                json!("2026-03-02T00:00:00+01:00"),
                json!("2026-03-02T00:00:00+01:00"),
            ),
            (
                Time,
                json!("2026-03-02T09:00:00.000Z"),
                json!("2026-03-02T10:00:00+01:00"),
                json!("2026-03-02T10:00:00+01:00"),
            ),
            (Money, json!({ "amount": "12.50", "currency": "EUR" }), json!("12.50|EUR"), json!("12.50|EUR")),
            (Employee, json!("emp_1"), json!("1"), json!(1)),
            (Reference, json!("company/cli_9"), json!("CO_9"), json!("CO_9")),
            // What was there before the field was defined.
            (Integer, json!("seven"), json!("seven"), json!("seven")),
        ] {
            assert_eq!(shown(&field(kind), Some(&stored), ZONE, true), classic, "{kind:?}");
            assert_eq!(shown(&field(kind), Some(&stored), ZONE, false), universal, "{kind:?}");
        }
        assert_eq!(shown(&field(Text), None, ZONE, true), Value::Null);
        let many = FieldDefinition { multiple: true, ..field(Integer) };
        assert_eq!(shown(&many, None, ZONE, true), json!([]));
        assert_eq!(shown(&many, Some(&json!([1, 2])), ZONE, true), json!(["1", "2"]));
        assert_eq!(shown(&many, Some(&json!(1)), ZONE, false), json!([1]));
    }
}
