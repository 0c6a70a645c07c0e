//! A value as it comes in, and as it is stored.

use std::{fmt, str::FromStr};

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde_json::{Map, Value, json};

use super::{FieldDefinition, FieldKind, FieldOf, Surroundings};
use crate::{ClientId, Currency, EmployeeId, ItemId, Money, OrderId, Timestamp, moment};

/// Values of one field.
const MAX_VALUES: usize = 1_000;
/// Characters of a text.
const MAX_TEXT: usize = 65_000;
/// Characters of a link, an address, a name.
const MAX_LINE: usize = 2_000;

impl FieldDefinition {
    /// As it is stored; null where it is empty. The error says what was expected.
    pub fn stored(&self, value: Value, surroundings: &Surroundings<'_>) -> Result<Value, String> {
        match (self.multiple, value) {
            (_, value) if is_empty(&value) => Ok(Value::Null),
            (true, value) => {
                let values = match value {
                    Value::Array(values) => values,
                    one => vec![one],
                };
                if values.len() > MAX_VALUES {
                    return Err(format!("{} values, at most {MAX_VALUES}", values.len()));
                }
                let filled = values.into_iter().filter(|value| !is_empty(value));
                let stored =
                    filled.map(|value| self.one(value, surroundings)).collect::<Result<Vec<_>, _>>()?;
                Ok(if stored.is_empty() { Value::Null } else { Value::Array(stored) })
            }
            (false, Value::Array(mut values)) if values.len() == 1 => {
                let only = values.pop().unwrap_or_default();
                if is_empty(&only) { Ok(Value::Null) } else { self.one(only, surroundings) }
            }
            (false, Value::Array(values)) => {
                Err(format!("{} values were sent, and it is a field for one", values.len()))
            }
            (false, value) => self.one(value, surroundings),
        }
    }

    fn one(&self, value: Value, here: &Surroundings<'_>) -> Result<Value, String> {
        match self.kind {
            FieldKind::Text => self.text(&value).map(Value::String),
            FieldKind::Integer => self.integer(&value).map(Value::from),
            FieldKind::Number => self.number(&value).map(Value::from),
            FieldKind::YesNo => yes_no(&value).map(Value::Bool),
            FieldKind::Date => day(&value, here.zone).map(Value::String),
            FieldKind::Time => time(&value, here.zone).map(Value::String),
            FieldKind::Money => {
                money(&value, self.rules.currency.unwrap_or(here.currency)).map(|money| json!(money))
            }
            FieldKind::Link => link(&value).map(Value::String),
            FieldKind::Address => line(&value, "an address").map(Value::String),
            FieldKind::Choice => self.choice(&value).map(Value::from),
            FieldKind::File => kept_file(&value),
            FieldKind::Employee => employee(&value).map(|employee| json!(employee)),
            FieldKind::Dictionary => line(&value, "the id of an entry").map(Value::String),
            FieldKind::ListSection => positive(&value).map(Value::from),
            FieldKind::ListItem => list_item(&value).map(Value::from),
            FieldKind::Reference => self.reference(&value).map(|reference| json!(reference.to_string())),
        }
    }

    fn text(&self, value: &Value) -> Result<String, String> {
        let text = written(value).ok_or_else(|| expected("text", value))?;
        let length = text.chars().count();
        let most = self.rules.max_length.filter(|most| *most > 0).map_or(MAX_TEXT, |most| most as usize);
        let least = self.rules.min_length.map_or(0, |least| least as usize);
        if length > most.min(MAX_TEXT) {
            return Err(format!("it has {length} characters, at most {}", most.min(MAX_TEXT)));
        }
        if length < least {
            return Err(format!("it has {length} characters, at least {least}"));
        }
        if let Some(pattern) = &self.rules.pattern
            && !pattern.matches(&text)?
        {
            return Err(expected(&format!("a text that matches `{}`", pattern.as_str()), value));
        }
        Ok(text)
    }

    fn integer(&self, value: &Value) -> Result<i64, String> {
        let number = whole(value).ok_or_else(|| expected("a whole number such as 42", value))?;
        self.within(number as f64)?;
        Ok(number)
    }

    fn number(&self, value: &Value) -> Result<f64, String> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            // A comma for the point, as half of the world writes it.
            Value::String(text) => text.trim().replacen(',', ".", 1).parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        let number = number.ok_or_else(|| expected("a number such as 2.5", value))?;
        self.within(number)?;
        Ok(match self.rules.decimals {
            Some(decimals) => {
                let factor = 10_f64.powi(decimals.into());
                let rounded = (number * factor).round() / factor;
                if rounded.is_finite() { rounded } else { number }
            }
            None => number,
        })
    }

    fn within(&self, number: f64) -> Result<(), String> {
        if self.rules.min.is_some_and(|min| number < min) {
            return Err(format!("{number} is less than {}", self.rules.min.unwrap_or_default()));
        }
        if self.rules.max.is_some_and(|max| number > max) {
            return Err(format!("{number} is more than {}", self.rules.max.unwrap_or_default()));
        }
        Ok(())
    }

    /// By its id, its text or its external id.
    fn choice(&self, value: &Value) -> Result<i64, String> {
        let id = whole(value);
        let text = written(value).unwrap_or_default();
        let by_id = self.options.iter().find(|option| Some(option.id) == id);
        let by_text = || self.options.iter().find(|option| option.value == text);
        let by_external = || {
            let is = |option: &&super::FieldOption| option.external_id.as_ref() == Some(&text);
            self.options.iter().find(is)
        };
        by_id.or_else(by_text).or_else(by_external).map(|option| option.id).ok_or_else(|| {
            let known = self.options.iter().map(|option| format!("{} ({})", option.id, option.value));
            let known = known.take(20).collect::<Vec<_>>().join(", ");
            format!("{} is none of its options: {known}", shown(value))
        })
    }

    fn reference(&self, value: &Value) -> Result<Reference, String> {
        let wanted = "another record such as deal/ord_42 or contact/cli_7";
        let text = value.as_str().ok_or_else(|| expected(wanted, value))?;
        let reference: Reference = text.trim().parse().map_err(|()| expected(wanted, value))?;
        let allowed = &self.rules.refers_to;
        if !allowed.is_empty() && !allowed.contains(&reference.of()) {
            let names = allowed.iter().map(|of| of.name()).collect::<Vec<_>>().join(", ");
            return Err(format!("`{text}` is a {}, expected one of: {names}", reference.of().name()));
        }
        Ok(reference)
    }
}

/// What a field of kind [`FieldKind::Reference`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    Deal(OrderId),
    Order(OrderId),
    Contact(ClientId),
    Company(ClientId),
}

impl Reference {
    pub fn of(self) -> FieldOf {
        match self {
            Reference::Deal(_) => FieldOf::Deal,
            Reference::Order(_) => FieldOf::Order,
            Reference::Contact(_) => FieldOf::Contact,
            Reference::Company(_) => FieldOf::Company,
        }
    }

    pub fn number(self) -> i64 {
        match self {
            Reference::Deal(id) | Reference::Order(id) => id.0,
            Reference::Contact(id) | Reference::Company(id) => id.0,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.of().name();
        match self {
            Reference::Deal(id) | Reference::Order(id) => write!(f, "{name}/{id}"),
            Reference::Contact(id) | Reference::Company(id) => write!(f, "{name}/{id}"),
        }
    }
}

impl FromStr for Reference {
    type Err = ();

    fn from_str(text: &str) -> Result<Reference, ()> {
        let (of, id) = text.split_once('/').ok_or(())?;
        let order = || id.parse::<OrderId>().map_err(drop);
        let client = || id.parse::<ClientId>().map_err(drop);
        match of {
            "deal" => order().map(Reference::Deal),
            "order" => order().map(Reference::Order),
            "contact" => client().map(Reference::Contact),
            "company" => client().map(Reference::Company),
            _ => Err(()),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn expected(what: &str, value: &Value) -> String {
    format!("{} is not {what}", shown(value))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let short: String = text.chars().take(60).collect();
    format!("`{short}`")
}

/// Of a scalar.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    // Above this, not every integer is a float any more.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let of_float = |number: f64| (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| of_float(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| of_float(text.parse().ok()?))
        }
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

fn positive(value: &Value) -> Result<i64, String> {
    whole(value).filter(|number| *number > 0).ok_or_else(|| expected("a number above 0", value))
}

fn list_item(value: &Value) -> Result<i64, String> {
    match value.as_str().and_then(|text| text.trim().parse::<ItemId>().ok()) {
        Some(item) => Ok(item.0),
        None => positive(value),
    }
}

fn yes_no(value: &Value) -> Result<bool, String> {
    let text = written(value).unwrap_or_default();
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "y" | "yes" => Ok(true),
        "false" | "0" | "n" | "no" => Ok(false),
        _ => Err(expected("yes or no: true, false, Y, N, 1 or 0", value)),
    }
}

/// A moment is the day that it is in the shop's zone; a day that is written with a time and without a zone is that day.
fn day(value: &Value, zone: &str) -> Result<String, String> {
    let wrong = || expected("a day such as 2026-11-20", value);
    let text = value.as_str().ok_or_else(wrong)?.trim();
    if let Ok(at) = Timestamp::parse(text) {
        let zone = TimeZone::get(zone).map_err(|_| format!("`{zone}` is no IANA time zone"))?;
        let day = at.civil().ok_or_else(wrong)?.to_zoned(zone).date();
        return Ok(day.to_string());
    }
    let day = text.parse::<Date>().ok().or_else(|| Some(text.parse::<DateTime>().ok()?.date()));
    let day = day.filter(|day| day.year() > 0).ok_or_else(wrong)?;
    Ok(day.to_string())
}

fn time(value: &Value, zone: &str) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| expected("a time such as 2026-11-20T09:30:00Z", value))?;
    moment(text.trim(), zone).map(|at| at.to_string())
}

/// `{"amount": .., "currency": ..}`, `12.50 EUR`, or a number in the usual currency.
fn money(value: &Value, usual: Currency) -> Result<Money, String> {
    let wanted = "an amount such as {\"amount\": \"12.50\", \"currency\": \"EUR\"}";
    let parse = |amount: &str, currency: Option<&str>| {
        let currency = match currency.map(str::trim).filter(|code| !code.is_empty()) {
            Some(code) => Currency::parse(code).map_err(|error| error.to_string())?,
            None => usual,
        };
        Money::parse(amount.trim(), currency).map_err(|error| error.to_string())
    };
    match value {
        Value::Object(members) => {
            let amount = members.get("amount").and_then(written).ok_or_else(|| expected(wanted, value))?;
            parse(&amount, members.get("currency").and_then(Value::as_str))
        }
        Value::Number(number) => parse(&number.to_string(), None),
        Value::String(text) => match text.trim().split_once(' ') {
            Some((amount, currency)) => parse(amount, Some(currency)),
            None => parse(text, None),
        },
        _ => Err(expected(wanted, value)),
    }
}

fn line(value: &Value, what: &str) -> Result<String, String> {
    let text = written(value).ok_or_else(|| expected(what, value))?;
    if text.chars().count() > MAX_LINE {
        return Err(format!("it has more than {MAX_LINE} characters"));
    }
    Ok(text)
}

/// Somebody will click on it.
fn link(value: &Value) -> Result<String, String> {
    let text = line(value, "a link")?.trim().to_owned();
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let runs = scheme.is_some_and(|scheme| matches!(scheme.as_str(), "javascript" | "data" | "vbscript"));
    if runs || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(expected("a link such as https://example.com/page", value));
    }
    Ok(text)
}

/// A file whose bytes are kept, as it is stored.
pub(crate) fn kept_file(value: &Value) -> Result<Value, String> {
    let wrong = || expected("a file: {\"digest\": .., \"name\": .., \"size\": ..}", value);
    let members = value.as_object().ok_or_else(wrong)?;
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (digest, name, size) = (text("digest"), text("name"), members.get("size").and_then(Value::as_u64));
    let (Some(digest), Some(name), Some(size)) = (digest, name, size) else { return Err(wrong()) };
    let hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex || name.chars().count() > 255 || name.contains(|c: char| c.is_control() || c == '/') {
        return Err(wrong());
    }
    let mut stored = Map::new();
    stored.insert("digest".to_owned(), digest.into());
    stored.insert("name".to_owned(), name.into());
    stored.insert("size".to_owned(), size.into());
    if let Some(id) = members.get("id").and_then(Value::as_i64) {
        stored.insert("id".to_owned(), id.into());
    }
    Ok(Value::Object(stored))
}

fn employee(value: &Value) -> Result<EmployeeId, String> {
    let by_id = value.as_str().and_then(|text| text.trim().parse::<EmployeeId>().ok());
    let by_number = || whole(value).filter(|number| *number > 0).map(EmployeeId);
    by_id.or_else(by_number).ok_or_else(|| expected("an employee such as emp_1", value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{FieldOption, FieldRules};

    const HERE: Surroundings<'static> =
        Surroundings { zone: "Europe/Berlin", currency: Currency::new(b"EUR") };

    fn field(kind: FieldKind) -> FieldDefinition {
        let option = |id, value: &str| FieldOption {
            id,
            value: value.into(),
            sort: 0,
            default: false,
            external_id: Some(format!("x{id}")),
        };
        let options = match kind {
            FieldKind::Choice => vec![option(5, "Red"), option(6, "7")],
            _ => Vec::new(),
        };
        FieldDefinition { options, ..FieldDefinition::new(FieldOf::Deal, "f", kind) }
    }

    #[test]
    fn every_kind_is_stored_in_one_form_whatever_it_was_written_as() {
        use FieldKind::*;
        let digest = "ab".repeat(32);
        let stored_file = json!({ "digest": digest, "name": "a.pdf", "size": 3 });
        for (kind, given, stored) in [
            (Text, json!(7), json!("7")),
            (Text, json!(" x "), json!(" x ")),
            (Integer, json!("42"), json!(42)),
            (Integer, json!(42.0), json!(42)),
            (Number, json!("2,5"), json!(2.5)),
            (Number, json!("-3"), json!(-3.0)),
            (YesNo, json!("Y"), json!(true)),
            (YesNo, json!(0), json!(false)),
            (YesNo, json!(true), json!(true)),
            (Date, json!("2026-11-20"), json!("2026-11-20")),
            (Date, json!("2026-11-20T23:30:00Z"), json!("2026-11-21")),
            (Date, json!("2026-11-20 23:30:00"), json!("2026-11-20")),
            (Time, json!("2026-11-20T09:30"), json!("2026-11-20T08:30:00.000Z")),
            (Time, json!("2026-11-20"), json!("2026-11-19T23:00:00.000Z")),
            (
                Money,
                json!({ "amount": "12.5", "currency": "GBP" }),
                json!({ "amount": "12.50", "currency": "GBP" }),
            ),
            (Money, json!("12.5 GBP"), json!({ "amount": "12.50", "currency": "GBP" })),
            (Money, json!(3), json!({ "amount": "3.00", "currency": "EUR" })),
            (Link, json!(" https://example.com/a?b "), json!("https://example.com/a?b")),
            (Address, json!("Baker Street 221b|51.5;-0.1"), json!("Baker Street 221b|51.5;-0.1")),
            (Choice, json!("5"), json!(5)),
            (Choice, json!("Red"), json!(5)),
            (Choice, json!("7"), json!(6)),
            (Choice, json!("x6"), json!(6)),
            (File, json!({ "digest": digest, "name": "a.pdf", "size": 3, "more": 1 }), stored_file),
            (Employee, json!("1"), json!("emp_1")),
            (Employee, json!("emp_1"), json!("emp_1")),
            (Dictionary, json!("WEB"), json!("WEB")),
            (ListSection, json!("3"), json!(3)),
            (ListItem, json!("item_5"), json!(5)),
            (Reference, json!("contact/cli_7"), json!("contact/cli_7")),
        ] {
            assert_eq!(field(kind).stored(given.clone(), &HERE), Ok(stored.clone()), "{kind:?} {given}");
            assert_eq!(
                field(kind).stored(stored.clone(), &HERE),
                Ok(stored),
                "{kind:?}: what is stored stays"
            );
        }
    }

    #[test]
    fn what_no_value_of_a_kind_is_gets_an_error_that_names_it() {
        use FieldKind::*;
        for (kind, given) in [
            (Text, json!({ "a": 1 })),
            (Integer, json!("4.5")),
            (Integer, json!("x")),
            (Number, json!("inf")),
            (Number, json!("1e999")),
            (YesNo, json!("maybe")),
            (Date, json!("20.11.2026")),
            (Date, json!(5)),
            (Time, json!("tomorrow")),
            (Money, json!("12.5 euro")),
            (Money, json!({ "currency": "EUR" })),
            (Link, json!("javascript:alert(1)")),
            (Choice, json!("Green")),
            (File, json!("a.pdf")),
            (File, json!({ "digest": "x", "name": "a", "size": 1 })),
            (Employee, json!("ord_1")),
            (ListSection, json!(0)),
            (ListItem, json!("x")),
            (Reference, json!("lead/1")),
            (Reference, json!("deal/cli_1")),
            (Text, json!(["a", "b"])),
        ] {
            assert!(field(kind).stored(given.clone(), &HERE).is_err(), "{kind:?} {given}");
        }
    }

    #[test]
    fn many_values_are_a_list_and_none_is_null() {
        let many = FieldDefinition { multiple: true, ..field(FieldKind::Integer) };
        assert_eq!(many.stored(json!(["1", 2, "", null]), &HERE), Ok(json!([1, 2])));
        assert_eq!(many.stored(json!("3"), &HERE), Ok(json!([3])));
        for empty in [json!([]), json!([""]), json!(null), json!("")] {
            assert_eq!(many.stored(empty, &HERE), Ok(Value::Null));
        }
        assert!(many.stored(json!([1, "x"]), &HERE).is_err());
        assert!(many.stored(json!(vec![1; MAX_VALUES + 1]), &HERE).is_err());
        assert_eq!(field(FieldKind::Integer).stored(json!(["1"]), &HERE), Ok(json!(1)));
        assert_eq!(field(FieldKind::YesNo).stored(json!(false), &HERE), Ok(json!(false)), "no is not empty");
    }

    #[test]
    fn values_keep_to_the_rules_of_their_field() {
        let with = |kind, rules: Value| FieldDefinition {
            rules: serde_json::from_value::<FieldRules>(rules).unwrap(),
            ..field(kind)
        };
        let text = with(FieldKind::Text, json!({ "min_length": 2, "max_length": 3 }));
        assert!(text.stored(json!("ab"), &HERE).is_ok());
        assert!(text.stored(json!("a"), &HERE).is_err() && text.stored(json!("äöüß"), &HERE).is_err());
        let postcode = with(FieldKind::Text, json!({ "pattern": "^[0-9]{5}$" }));
        assert_eq!(postcode.stored(json!(10115), &HERE), Ok(json!("10115")));
        assert!(postcode.stored(json!("1011"), &HERE).unwrap_err().contains("^[0-9]{5}$"));
        let several = FieldDefinition { multiple: true, ..postcode.clone() };
        assert!(several.stored(json!(["10115", "x"]), &HERE).is_err());
        assert_eq!(postcode.stored(json!(""), &HERE), Ok(Value::Null), "what is empty has nothing to match");
        let age = with(FieldKind::Integer, json!({ "min": 18, "max": 99 }));
        assert!(age.stored(json!(18), &HERE).is_ok());
        assert!(age.stored(json!(17), &HERE).is_err() && age.stored(json!(100), &HERE).is_err());
        let rounded = with(FieldKind::Number, json!({ "decimals": 2 }));
        assert_eq!(rounded.stored(json!("2.345678"), &HERE), Ok(json!(2.35)));
        let pounds = with(FieldKind::Money, json!({ "currency": "GBP" }));
        assert_eq!(pounds.stored(json!("5"), &HERE).unwrap()["currency"], "GBP");
        let contact = with(FieldKind::Reference, json!({ "refers_to": ["contact"] }));
        assert!(contact.stored(json!("contact/cli_1"), &HERE).is_ok());
        assert!(contact.stored(json!("company/cli_1"), &HERE).unwrap_err().contains("contact"));
    }
}
