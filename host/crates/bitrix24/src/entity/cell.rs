//! One value, and how each set of methods writes it.

use std::sync::Arc;

use rulewright_domain::{FieldDefinition, Money, Timestamp, moment};
use serde_json::{Value, json};

use crate::{user_field::value::shown, wire::envelope};

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    /// Null in classic rows, 0 in universal ones.
    NoId,
    Integer(i64),
    Double(f64),
    Money(Money),
    Text(String),
    Flag(bool),
    At(Timestamp),
    /// `2026-03-02`
    Day(String),
    Ids(Vec<i64>),
    /// As it is stored.
    Raw(Value),
    /// Of a field that the shop has defined.
    User {
        field: Arc<FieldDefinition>,
        value: Value,
    },
    /// As it is answered, in every row.
    Ready(Value),
}

impl Cell {
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    pub fn id(id: Option<i64>) -> Cell {
        id.map_or(Cell::NoId, Cell::Integer)
    }

    pub fn at(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Null, Cell::At)
    }

    pub fn maybe(text: Option<&str>) -> Cell {
        text.map_or(Cell::Null, Cell::text)
    }

    /// Every scalar is a text.
    pub fn classic(self, zone: &str) -> Value {
        match self {
            Cell::NoId => Value::Null,
            Cell::Integer(number) => json!(number.to_string()),
            Cell::Double(number) => json!(number.to_string()),
            Cell::Money(money) => json!(cents(money)),
            Cell::Ids(ids) => ids.iter().map(ToString::to_string).collect(),
            Cell::Raw(value) => texts(value),
            Cell::User { field, value } => shown(&field, Some(&value), zone, true),
            other => other.universal(zone),
        }
    }

    /// Numbers are numbers.
    pub fn universal(self, zone: &str) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::NoId => json!(0),
            Cell::Integer(number) => json!(number),
            Cell::Double(number) => plain(number),
            Cell::Money(money) => amount(money),
            Cell::Text(text) => json!(text),
            Cell::Flag(flag) => json!(if flag { "Y" } else { "N" }),
            Cell::At(at) => json!(envelope::date(at, zone)),
            Cell::Day(day) => midnight(&day, zone),
            Cell::Ids(ids) => json!(ids),
            Cell::User { field, value } => shown(&field, Some(&value), zone, false),
            Cell::Raw(value) | Cell::Ready(value) => value,
        }
    }
}

/// With two decimals, rounded half away from zero.
pub fn cents(money: Money) -> String {
    rounded(money, 2).decimal()
}

/// No more decimals than these, and no fewer.
pub fn rounded(money: Money, scale: u8) -> Money {
    let surplus = money.scale.saturating_sub(scale);
    let divisor = 10_i64.pow(surplus.into());
    let (whole, rest) = (money.amount / divisor, money.amount % divisor);
    // Never beyond the range: a divisor of 1 leaves no rest.
    let up = if rest.abs() * 2 >= divisor && divisor > 1 { money.amount.signum() } else { 0 };
    let less = Money { amount: whole + up, scale: money.scale - surplus, ..money };
    less.at_scale(less.scale.max(scale)).unwrap_or(less)
}

/// As a JSON number: 10000, 999.9.
pub fn amount(money: Money) -> Value {
    plain(money.decimal().parse().unwrap_or_default())
}

/// A whole number is written without decimals.
pub fn plain(number: f64) -> Value {
    match crate::scalar::integer(&json!(number)) {
        Some(whole) => json!(whole),
        None => json!(number),
    }
}

/// A day is written as the moment when it begins.
fn midnight(day: &str, zone: &str) -> Value {
    match moment(day, zone) {
        Ok(at) => json!(envelope::date(at, zone)),
        // Somebody wrote there what is no day: shown as it is.
        Err(_) => json!(day),
    }
}

/// Scalars become texts, also within lists.
fn texts(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(if flag { "1" } else { "0" }),
        Value::Array(items) => items.into_iter().map(texts).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Currency;

    use super::*;

    const ZONE: &str = "Europe/Berlin";

    fn euros(text: &str) -> Money {
        Money::parse(text, Currency::new(b"EUR")).unwrap()
    }

    #[test]
    fn a_value_is_a_text_in_classic_rows_and_itself_in_universal_ones() {
        for (cell, classic, universal) in [
            (Cell::Null, json!(null), json!(null)),
            (Cell::id(None), json!(null), json!(0)),
            (Cell::Integer(7), json!("7"), json!(7)),
            (Cell::Double(2.5), json!("2.5"), json!(2.5)),
            (Cell::Money(euros("1000000")), json!("1000000.00"), json!(1_000_000)),
            (Cell::Money(euros("999.9")), json!("999.90"), json!(999.9)),
            (Cell::Flag(true), json!("Y"), json!("Y")),
            (Cell::Ids(vec![4, 5]), json!(["4", "5"]), json!([4, 5])),
            (
                Cell::At(Timestamp(1_722_848_533_500)),
                json!("2024-08-05T11:02:13+02:00"),
                json!("2024-08-05T11:02:13+02:00"),
            ),
            (
                Cell::Day("2024-08-05".into()),
                json!("2024-08-05T00:00:00+02:00"),
                json!("2024-08-05T00:00:00+02:00"),
            ),
            (Cell::Day("soon".into()), json!("soon"), json!("soon")),
            (
                Cell::Raw(json!([1, true, "a", null])),
                json!(["1", "1", "a", null]),
                json!([1, true, "a", null]),
            ),
        ] {
            assert_eq!(cell.clone().classic(ZONE), classic, "{cell:?}");
            assert_eq!(cell.clone().universal(ZONE), universal, "{cell:?}");
        }
    }

    #[test]
    fn amounts_are_rounded_half_away_from_zero() {
        for (money, cents_of) in [
            ("0.005", "0.01"),
            ("-0.005", "-0.01"),
            ("0.0049", "0.00"),
            ("2.5", "2.50"),
            ("1.999999", "2.00"),
        ] {
            assert_eq!(cents(euros(money)), cents_of, "{money}");
        }
        let least = Money { amount: i64::MIN, scale: 6, currency: Currency::new(b"EUR") };
        assert_eq!(cents(least), "-9223372036854.78");
        assert_eq!(cents(Money { amount: i64::MAX, scale: 0, ..least }), "9223372036854775807");
    }
}
