//! What a client's filter and order mean: as tests of a storage, or of rows that were looked at whole.

use std::cmp::Ordering;

use rulewright_domain::{
    find::{self, Field, Key, Kind, Scalar, Test},
    moment,
};
use serde_json::{Map, Value};

use crate::{
    fault::Fault,
    filter::{Filter, Op},
    order::Sort,
    scalar,
};

pub type Row = Map<String, Value>;

/// What a list does with a field that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Ignored,
    Refused,
}

/// How the values of a field are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Text,
    Number,
    /// `Y` and `N`.
    Flag,
    Moment,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub holds: Holds,
}

pub const fn column(name: &'static str, holds: Holds) -> Column {
    Column { name, holds }
}

/// What a condition of a method's own means; None: the field is not known.
pub(crate) type Meaning<'m> = dyn FnMut(&str, Op, &Value) -> Result<Option<find::Filter>, Fault> + 'm;

/// The filter with each of its conditions as `meaning` has it; None: no such field.
pub fn translated(
    filter: &Filter,
    unknown: Unknown,
    meaning: &mut Meaning<'_>,
) -> Result<find::Filter, Fault> {
    Ok(match filter {
        Filter::All(parts) => find::Filter::All(all(parts, unknown, meaning)?),
        Filter::Any(parts) => find::Filter::Any(all(parts, unknown, meaning)?),
        Filter::Not(part) if is_unknown(part, unknown, meaning)? => find::Filter::All(Vec::new()),
        Filter::Not(part) => find::Filter::Not(Box::new(translated(part, unknown, meaning)?)),
        Filter::Cond { field, op, value } => match meaning(field, *op, value)? {
            Some(meant) => meant,
            None if unknown == Unknown::Ignored => find::Filter::All(Vec::new()),
            None => return Err(not_in_filter(field)),
        },
    })
}

fn all(parts: &[Filter], unknown: Unknown, meaning: &mut Meaning<'_>) -> Result<Vec<find::Filter>, Fault> {
    parts.iter().map(|part| translated(part, unknown, meaning)).collect()
}

/// What is ignored is ignored whichever way round it is asked.
fn is_unknown(filter: &Filter, unknown: Unknown, meaning: &mut Meaning<'_>) -> Result<bool, Fault> {
    match filter {
        Filter::Cond { field, op, value } if unknown == Unknown::Ignored => {
            Ok(meaning(field, *op, value)?.is_none())
        }
        _ => Ok(false),
    }
}

pub fn not_in_filter(field: &str) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: field '{field}' is not allowed in filter"))
}

pub fn not_in_order(field: &str) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid order: field '{field}' is not allowed in order"))
}

/// The test of a condition on a field that holds such values.
pub fn test(op: Op, value: &Value, holds: Holds, zone: &str) -> Test {
    let one = |value: &Value| one(value, holds, zone);
    match op {
        Op::Equal if scalar::is_empty(value) => Test::Missing,
        Op::Equal => Test::Equal(one(value)),
        Op::Greater => Test::Above(one(value)),
        Op::AtLeast => Test::AtLeast(one(value)),
        Op::Less => Test::Below(one(value)),
        Op::AtMost => Test::AtMost(one(value)),
        Op::In => {
            Test::In(value.as_array().map_or_else(|| vec![one(value)], |all| all.iter().map(one).collect()))
        }
        Op::Contains => Test::Contains(scalar::text(value).unwrap_or_default()),
        Op::Like => Test::Like(scalar::text(value).unwrap_or_default()),
    }
}

fn one(value: &Value, holds: Holds, zone: &str) -> Scalar {
    if holds == Holds::Flag {
        return match scalar::flag(value) {
            Some(true) => "Y".into(),
            Some(false) => "N".into(),
            None => scalar::text(value).unwrap_or_default().into(),
        };
    }
    match value {
        Value::Null => Scalar::Null,
        Value::Bool(flag) => Scalar::Flag(*flag),
        Value::Number(number) => Scalar::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) if holds == Holds::Moment => match moment(text.trim(), zone) {
            Ok(at) => at.into(),
            Err(_) => text.clone().into(),
        },
        other => scalar::text(other).unwrap_or_default().into(),
    }
}

pub fn kind(holds: Holds) -> Kind {
    match holds {
        Holds::Text | Holds::Flag => Kind::Text,
        Holds::Number => Kind::Number,
        Holds::Moment => Kind::Moment,
    }
}

/// `ORDER_ID` and `orderId` are one name.
pub fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    one == other || plain(one) == plain(other)
}

pub fn find_column<'c>(columns: &'c [Column], name: &str) -> Option<&'c Column> {
    columns.iter().find(|column| same_name(column.name, name))
}

/// Those that match, sorted.
pub fn matching(
    rows: Vec<Row>,
    columns: &[Column],
    (filter, sorts): (&Filter, &[Sort]),
    unknown: Unknown,
    zone: &str,
) -> Result<Vec<Row>, Fault> {
    let meaning = &mut |name: &str, op, value: &Value| {
        let column = find_column(columns, name);
        let is = |column: &Column| {
            Field::new([column.name], kind(column.holds)).is(test(op, value, column.holds, zone))
        };
        Ok(column.map(is))
    };
    let filter = translated(filter, unknown, meaning)?;
    let mut fields = Vec::new();
    for sort in sorts {
        match find_column(columns, &sort.field) {
            Some(column) => fields.push((Field::new([column.name], kind(column.holds)), sort.descending)),
            None if unknown == Unknown::Ignored => {}
            None => return Err(not_in_order(&sort.field)),
        }
    }
    let mut found: Vec<(Vec<Option<Key>>, Row)> = Vec::new();
    for row in rows {
        let json = Value::Object(row.clone()).to_string();
        if filter.matches(&json) {
            found.push((fields.iter().map(|(field, _)| field.key(&json)).collect(), row));
        }
    }
    found.sort_by(|(one, _), (other, _)| {
        let pairs = one.iter().zip(other).zip(&fields);
        let mut orders = pairs.map(|((one, other), (_, descending))| {
            let order = compare(one.as_ref(), other.as_ref());
            if *descending { order.reverse() } else { order }
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// What is missing comes first.
fn compare(one: Option<&Key>, other: Option<&Key>) -> Ordering {
    match (one, other) {
        (Some(Key::Number(one)), Some(Key::Number(other))) => one.total_cmp(other),
        (Some(Key::Text(one)), Some(Key::Text(other))) => one.cmp(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::filter::{Nesting, parse};

    const COLUMNS: &[Column] = &[
        column("id", Holds::Number),
        column("paid", Holds::Flag),
        column("datePaid", Holds::Moment),
        column("name", Holds::Text),
    ];

    fn ids(filter: Value, sorts: &[(&str, bool)]) -> Result<Vec<i64>, Fault> {
        let rows = json!([
            {"id": 1, "paid": "Y", "datePaid": "2026-03-02T10:00:00+01:00", "name": "Tea"},
            {"id": 2, "paid": "N", "datePaid": null, "name": "tee"},
            {"id": 10, "paid": "Y", "datePaid": "2026-03-03T00:00:00+01:00", "name": ""},
        ]);
        let rows = rows.as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone()).collect();
        let filter = parse(Some(&serde_json::from_value(filter).unwrap()), Nesting::Nested)?;
        let sort =
            |(field, descending): &(&str, bool)| Sort { field: (*field).into(), descending: *descending };
        let sorts: Vec<Sort> = sorts.iter().map(sort).collect();
        let found = matching(rows, COLUMNS, (&filter, &sorts), Unknown::Refused, "Europe/Berlin")?;
        Ok(found.iter().map(|row| row["id"].as_i64().unwrap()).collect())
    }

    #[test]
    fn rows_are_compared_as_what_they_hold() {
        for (filter, expected) in [
            (json!({}), vec![1, 2, 10]),
            (json!({"ID": "10"}), vec![10]),
            (json!({">id": 1, "<id": "10"}), vec![2]),
            (json!({">id": ""}), vec![]),
            (json!({"@ID": [1, "2", 7]}), vec![1, 2]),
            (json!({"paid": true}), vec![1, 10]),
            (json!({"!PAID": "y"}), vec![2]),
            (json!({"<DATE_PAID": "2026-03-03"}), vec![1]),
            (json!({">=datePaid": "2026-03-03"}), vec![10]),
            (json!({"datePaid": ""}), vec![2]),
            (json!({"%name": "T"}), vec![1, 2]),
            (json!({"=%name": "t_e"}), vec![2]),
            (json!({"logic": "OR", "0": {"id": 1}, "1": {"name": "TEE"}}), vec![1, 2]),
        ] {
            assert_eq!(ids(filter.clone(), &[]), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn rows_are_sorted_by_numbers_as_numbers_and_what_is_missing_comes_first() {
        assert_eq!(ids(json!({}), &[("ID", true)]), Ok(vec![10, 2, 1]));
        assert_eq!(ids(json!({}), &[("datePaid", false)]), Ok(vec![2, 1, 10]));
        assert_eq!(ids(json!({}), &[("paid", true), ("id", true)]), Ok(vec![10, 1, 2]));
        assert_eq!(ids(json!({}), &[("size", true)]).unwrap_err().code, "INVALID_ARG_VALUE");
        assert_eq!(ids(json!({"size": 1}), &[]).unwrap_err().code, "INVALID_ARG_VALUE");
    }
}
