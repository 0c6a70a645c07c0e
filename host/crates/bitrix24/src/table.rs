//! Lists of things that there are few of: `filter` and `order` over the rows as they are answered.

use std::cmp::Ordering;

use rulewright_domain::find::{Field, Filter, Key, Kind, Scalar, Test};
use serde_json::Value;

use crate::{
    fault::Fault,
    filter::{self, Nesting, Op},
    order::Sort,
    params::Params,
    scalar,
};

/// What a row has that can be asked for, and how it compares.
pub type Columns = [(&'static str, Kind)];

/// The rows that `filter` means, sorted by `order`. What is no column is ignored, as the classic methods do.
pub fn listed(params: &Params, columns: &Columns, rows: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let filter = matching(&filter::parse(params.node("filter"), Nesting::Flat)?, columns);
    params.maybe_map("order")?;
    let order = crate::order::lenient(&params.pairs("order"));
    let keys: Vec<(Field, bool)> = order.iter().filter_map(|sort| key(sort, columns)).collect();
    let mut found: Vec<(Vec<Option<Key>>, Value)> = Vec::new();
    for row in rows {
        let json = row.to_string();
        if filter.matches(&json) {
            found.push((keys.iter().map(|(field, _)| field.key(&json)).collect(), row));
        }
    }
    found.sort_by(|(left, _), (right, _)| {
        let each = keys.iter().zip(left.iter().zip(right));
        let compared = each.map(|((_, descending), (left, right))| {
            let order = compared(left.as_ref(), right.as_ref());
            if *descending { order.reverse() } else { order }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// What is missing comes first.
fn compared(left: Option<&Key>, right: Option<&Key>) -> Ordering {
    match (left, right) {
        (Some(Key::Number(left)), Some(Key::Number(right))) => left.total_cmp(right),
        (Some(Key::Text(left)), Some(Key::Text(right))) => left.cmp(right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn column(name: &str, columns: &Columns) -> Option<Field> {
    let found = columns.iter().find(|(column, _)| column.eq_ignore_ascii_case(name));
    found.map(|(column, kind)| Field::new([*column], *kind))
}

fn key(sort: &Sort, columns: &Columns) -> Option<(Field, bool)> {
    Some((column(&sort.field, columns)?, sort.descending))
}

fn matching(filter: &filter::Filter, columns: &Columns) -> Filter {
    let all = |parts: &[filter::Filter]| parts.iter().map(|part| matching(part, columns)).collect();
    match filter {
        filter::Filter::All(parts) => Filter::All(all(parts)),
        filter::Filter::Any(parts) => Filter::Any(all(parts)),
        filter::Filter::Not(part) => match part.as_ref() {
            filter::Filter::Cond { field, .. } if column(field, columns).is_none() => Filter::All(Vec::new()),
            part => Filter::Not(Box::new(matching(part, columns))),
        },
        filter::Filter::Cond { field, op, value } => match column(field, columns) {
            Some(field) => tested(field, *op, value),
            None => Filter::All(Vec::new()),
        },
    }
}

fn tested(field: Field, op: Op, value: &Value) -> Filter {
    let one = |value: &Value| scalar_of(field.kind, value);
    let test = match op {
        Op::Equal if scalar::is_empty(value) => Test::Missing,
        Op::Equal => Test::Equal(one(value)),
        Op::Greater => Test::Above(one(value)),
        Op::AtLeast => Test::AtLeast(one(value)),
        Op::Less => Test::Below(one(value)),
        Op::AtMost => Test::AtMost(one(value)),
        Op::In => Test::In(value.as_array().into_iter().flatten().map(one).collect()),
        Op::Contains => Test::Contains(scalar::text(value).unwrap_or_default()),
        Op::Like => Test::Like(scalar::text(value).unwrap_or_default()),
    };
    field.is(test)
}

fn scalar_of(kind: Kind, value: &Value) -> Scalar {
    match kind {
        Kind::Number => scalar::number(value).map_or(Scalar::Null, Scalar::Number),
        _ => scalar::text(value).map_or(Scalar::Null, Scalar::Text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::brackets::decode;

    const COLUMNS: &Columns = &[("ID", Kind::Number), ("NAME", Kind::Text), ("AT", Kind::Moment)];

    fn ids(query: &str) -> Vec<String> {
        let rows = vec![
            json!({ "ID": "9", "NAME": "b", "AT": "2026-03-02T10:00:00+01:00" }),
            json!({ "ID": "10", "NAME": "A", "AT": "" }),
            json!({ "ID": "11", "NAME": "a", "AT": "2026-03-03T10:00:00+01:00" }),
        ];
        let params = Params::new(decode(query.as_bytes()).unwrap());
        let rows = listed(&params, COLUMNS, rows).unwrap();
        rows.iter().map(|row| row["ID"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn rows_are_filtered_and_sorted_by_what_their_columns_mean() {
        for (query, expected) in [
            ("", ["9", "10", "11"].as_slice()),
            ("order[ID]=DESC", &["11", "10", "9"]),
            ("order[NAME]=ASC&order[ID]=DESC", &["11", "10", "9"]),
            ("filter[>ID]=9", &["10", "11"]),
            ("filter[@ID][]=9&filter[@ID][]=11", &["9", "11"]),
            ("filter[NAME]=a", &["10", "11"]),
            ("filter[!NAME]=a", &["9"]),
            ("filter[%3E%3DAT]=2026-03-03", &["11"]),
            ("filter[AT]=", &["10"]),
            ("filter[COLOUR]=red&filter[!SIZE]=1", &["9", "10", "11"]),
        ] {
            assert_eq!(ids(query), expected, "{query}");
        }
        let wrong = Params::new(decode(b"filter=x").unwrap());
        assert!(listed(&wrong, COLUMNS, Vec::new()).is_err());
    }
}
