//! What was sent for a field, as it is stored: clients send numbers, flags and dates as texts, and forms nothing else.

use rulewright_domain::{Currency, Money, moment};
use serde_json::{Value, json};

use super::{Kind, Style, cell::rounded, list};
use crate::{fault::Fault, scalar};

/// For one of the shop's own fields. Null empties it; None: it is no value of the kind.
pub fn stored(kind: Kind, value: &Value, zone: &str) -> Option<Value> {
    if scalar::is_empty(value) {
        return Some(Value::Null);
    }
    Some(match kind {
        Kind::Flag => json!(scalar::flag(value)?),
        Kind::Integer => json!(scalar::integer(value)?),
        kind if kind.is_reference() => match scalar::integer(value)? {
            0 => Value::Null,
            id => json!(id),
        },
        // Amounts are exact: never a float.
        Kind::Double => json!(money(value, Currency::new(b"XXX"))?.decimal()),
        Kind::Date => json!(list::day(&scalar::text(value)?, zone)?),
        Kind::DateTime => json!(moment(scalar::text(value)?.trim(), zone).ok()?),
        _ => json!(scalar::text(value)?),
    })
}

/// What stands in a field that holds several. The classic methods also take one alone.
pub fn items(value: &Value, style: Style) -> Result<Vec<&Value>, Fault> {
    Ok(match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        value if scalar::is_empty(value) => Vec::new(),
        value if style == Style::Classic => vec![value],
        value => {
            let kind = match value {
                Value::String(_) => "string",
                Value::Bool(_) => "boolean",
                Value::Number(number) if number.is_f64() => "double",
                _ => "integer",
            };
            let message = format!("Expected iterable value for multiple field, but got `{kind}` instead");
            return Err(Fault::coded("100", message));
        }
    })
}

/// With cents, whatever was sent; nothing is 0.
pub fn cents(value: &Value, currency: Currency) -> Option<Money> {
    if scalar::is_empty(value) {
        return Some(Money::zero(currency));
    }
    Some(rounded(money(value, currency)?, 2))
}

/// With as many decimals as were sent, up to what an amount can have.
pub fn money(value: &Value, currency: Currency) -> Option<Money> {
    let text = scalar::text(value)?;
    Money::parse(text.trim(), currency).ok().or_else(|| {
        let number = scalar::number(value)?;
        Money::parse(&format!("{number:.6}"), currency).ok()
    })
}

/// 1.5 is 1500.
pub fn milli(value: &Value) -> Option<i64> {
    let thousandths = rounded(money(value, Currency::new(b"XXX"))?, 3);
    Some(thousandths.amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_stored_in_one_form() {
        let zone = "Europe/Berlin";
        for (kind, value, expected) in [
            (Kind::Flag, json!("Y"), Some(json!(true))),
            (Kind::Flag, json!("maybe"), None),
            (Kind::Flag, json!(""), Some(json!(null))),
            (Kind::Integer, json!("99"), Some(json!(99))),
            (Kind::Integer, json!("many"), None),
            (Kind::Lead, json!("0"), Some(json!(null))),
            (Kind::Double, json!(12.5), Some(json!("12.50"))),
            (Kind::Date, json!("2024-08-30T02:00:00+02:00"), Some(json!("2024-08-30"))),
            (Kind::Date, json!("2024-08-29T22:00:00Z"), Some(json!("2024-08-30"))),
            (Kind::Date, json!("2024-08-30"), Some(json!("2024-08-30"))),
            (Kind::Date, json!("30.08.2024"), None),
            (Kind::DateTime, json!("2024-08-30 10:00:00"), Some(json!("2024-08-30T08:00:00.000Z"))),
            (Kind::Text, json!(5), Some(json!("5"))),
            (Kind::Text, json!({"a": 1}), None),
        ] {
            assert_eq!(stored(kind, &value, zone), expected, "{kind:?} {value}");
        }
    }

    #[test]
    fn amounts_are_exact_and_large_ones_too() {
        let eur = Currency::new(b"EUR");
        for (value, expected) in [
            (json!("1000000"), Some("1000000.00")),
            (json!(999.9), Some("999.90")),
            (json!("0.005"), Some("0.01")),
            (json!("1e3"), Some("1000.00")),
            (json!(""), Some("0.00")),
            (json!(19999.99), Some("19999.99")),
            (json!("1,5"), None),
            (json!(1e30), None),
            (json!([1]), None),
        ] {
            assert_eq!(cents(&value, eur).map(Money::decimal).as_deref(), expected, "{value}");
        }
        assert_eq!(milli(&json!("1.5")), Some(1500));
        assert_eq!(milli(&json!(2)), Some(2000));
        assert_eq!(milli(&json!("0.0004")), Some(0));
    }
}
