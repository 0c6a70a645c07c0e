//! Fields of orders, payments and shipments: what they hold, who may set them, and which of them our domain only keeps.

use std::collections::BTreeMap;

use rulewright_domain::{
    Timestamp,
    find::{self, Test},
    moment,
};
use serde_json::{Value, json};

use crate::{
    entity::cell::plain,
    fault::Fault,
    filter::Op,
    methods::parts,
    scalar,
    seek::{Column, Holds, Row, column, same_name, test},
    select::Select,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Double,
    /// `Y` or `N`
    Char,
    Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Free,
    ReadOnly,
    Required,
    /// Set once.
    Immutable,
    /// Set once, and then it must be.
    Given,
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Type,
    pub rule: Rule,
    /// Our domain has no word for it: it is kept as it is sent, among the shop's own fields.
    pub kept: bool,
}

pub const fn own(name: &'static str, kind: Type, rule: Rule) -> Field {
    Field { name, kind, rule, kept: false }
}

pub const fn kept(name: &'static str, kind: Type) -> Field {
    Field { name, kind, rule: Rule::Free, kept: true }
}

impl Field {
    /// Under which it is kept: `additional-info`.
    pub fn key(&self) -> String {
        self.name.chars().fold(String::new(), |mut key, letter| {
            if letter.is_ascii_uppercase() {
                key.push('-');
            }
            key.push(letter.to_ascii_lowercase());
            key
        })
    }

    pub fn holds(&self) -> Holds {
        match self.kind {
            Type::Text => Holds::Text,
            Type::Integer | Type::Double => Holds::Number,
            Type::Char => Holds::Flag,
            Type::Date => Holds::Moment,
        }
    }

    /// What is kept, as it is answered.
    pub fn shown(&self, kept: Option<&Value>, zone: &str) -> Value {
        match (self.kind, kept.filter(|value| !value.is_null())) {
            (Type::Text, None) => json!(""),
            (Type::Text, Some(value)) => json!(scalar::text(value).unwrap_or_default()),
            (Type::Integer, None) | (Type::Date, None) => Value::Null,
            (Type::Integer, Some(value)) => json!(scalar::integer(value)),
            (Type::Double, None) => json!(0),
            (Type::Double, Some(value)) => scalar::number(value).map_or(Value::Null, plain),
            (Type::Char, value) => parts::yes(value.and_then(scalar::flag).unwrap_or(false)),
            (Type::Date, Some(value)) => {
                let at = value.as_str().and_then(|text| Timestamp::parse(text).ok());
                parts::date(at, zone)
            }
        }
    }

    /// What is sent, as it is kept; null empties.
    pub fn keeps(&self, sent: &Value, zone: &str) -> Result<Value, Fault> {
        if scalar::is_empty(sent) {
            return Ok(Value::Null);
        }
        let wrong = |expected: &str| parts::invalid(self.name, expected);
        Ok(match self.kind {
            Type::Text => json!(scalar::text(sent).ok_or_else(|| wrong("a text"))?),
            Type::Integer => json!(scalar::integer(sent).ok_or_else(|| wrong("a whole number"))?),
            Type::Double => plain(scalar::number(sent).ok_or_else(|| wrong("a number"))?),
            Type::Char => json!(scalar::flag(sent).ok_or_else(|| wrong("Y or N"))?),
            Type::Date => json!(date(self.name, sent, zone)?),
        })
    }

    fn described(&self) -> Value {
        let kind = match self.kind {
            Type::Text => "string",
            Type::Integer => "integer",
            Type::Double => "double",
            Type::Char => "char",
            Type::Date => "datetime",
        };
        json!({
            "type": kind,
            "isRequired": matches!(self.rule, Rule::Required | Rule::Given),
            "isReadOnly": self.rule == Rule::ReadOnly,
            "isImmutable": matches!(self.rule, Rule::Immutable | Rule::Given),
        })
    }

    /// The test of a condition on what is kept. What was never said is `N`.
    pub fn kept_is(&self, outer: &str, op: Op, value: &Value, zone: &str) -> find::Filter {
        let path = [outer.to_owned(), self.key()];
        if self.kind != Type::Char {
            return find::Field::new(path, crate::seek::kind(self.holds())).is(test(
                op,
                value,
                self.holds(),
                zone,
            ));
        }
        let flag = |wanted: &Value| {
            let field = || find::Field::flag(path.clone());
            match scalar::flag(wanted) {
                Some(true) => field().is(Test::Equal(true.into())),
                Some(false) => find::Filter::Not(Box::new(field().is(Test::Equal(true.into())))),
                None => find::Filter::Any(Vec::new()),
            }
        };
        match value {
            Value::Array(values) => find::Filter::Any(values.iter().map(flag).collect()),
            one => flag(one),
        }
    }
}

pub fn date(name: &str, sent: &Value, zone: &str) -> Result<Timestamp, Fault> {
    let text = scalar::text(sent).unwrap_or_default();
    moment(text.trim(), zone).map_err(|_| parts::invalid(name, "a date such as 2026-03-02T10:00:00+01:00"))
}

/// What of the table is kept, of what was sent.
pub fn keep(table: &[Field], sent: &parts::Fields, zone: &str) -> Result<BTreeMap<String, Value>, Fault> {
    let mut all = BTreeMap::new();
    for field in table.iter().filter(|field| field.kept) {
        if let Some(value) = parts::field(sent, field.name) {
            all.insert(field.key(), field.keeps(value, zone)?);
        }
    }
    Ok(all)
}

/// Somebody marked it as having a problem: since when.
pub fn mark(fields: &mut BTreeMap<String, Value>, now: Timestamp) {
    match fields.get("marked").map(|marked| *marked == json!(true)) {
        Some(true) => drop(fields.insert("marked-at".to_owned(), json!(now))),
        Some(false) => drop(fields.insert("marked-at".to_owned(), Value::Null)),
        None => {}
    }
}

pub fn described(table: &[Field]) -> Value {
    Value::Object(table.iter().map(|field| (field.name.to_owned(), field.described())).collect())
}

pub fn columns(table: &'static [Field]) -> Vec<Column> {
    table.iter().map(|field| column(field.name, field.holds())).collect()
}

pub fn find<'t>(table: &'t [Field], name: &str) -> Option<&'t Field> {
    table.iter().find(|field| same_name(field.name, name))
}

/// What was selected of a row.
pub fn selected(row: Row, select: &Select) -> Value {
    let named = |name: &str| select.named.iter().any(|one| same_name(one, name));
    Value::Object(row.into_iter().filter(|(name, _)| name == "id" || select.plain || named(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was_sent() {
        let zone = "Europe/Berlin";
        for (kind, sent, shown, empty) in [
            (Type::Text, json!("a"), json!("a"), json!("")),
            (Type::Text, json!(7), json!("7"), json!("")),
            (Type::Integer, json!("7"), json!(7), json!(null)),
            (Type::Double, json!("2.50"), json!(2.5), json!(0)),
            (Type::Char, json!("Y"), json!("Y"), json!("N")),
            (Type::Char, json!(false), json!("N"), json!("N")),
            (Type::Date, json!("2026-03-02T10:00"), json!("2026-03-02T10:00:00+01:00"), json!(null)),
        ] {
            let field = kept("additionalInfo", kind);
            let stored = field.keeps(&sent, zone).unwrap();
            assert_eq!(field.shown(Some(&stored), zone), shown, "{sent}");
            assert_eq!(field.shown(None, zone), empty);
            assert_eq!(field.keeps(&json!(""), zone), Ok(Value::Null));
        }
        for (kind, wrong) in
            [(Type::Integer, json!("x")), (Type::Date, json!("soon")), (Type::Char, json!("?"))]
        {
            assert_eq!(kept("x", kind).keeps(&wrong, zone).unwrap_err().code, "0");
        }
        assert_eq!(kept("additionalInfo", Type::Text).key(), "additional-info");
        assert_eq!(kept("id1c", Type::Text).key(), "id1c");
    }
}
