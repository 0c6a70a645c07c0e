//! Lists of what is in memory: rows that a filter lets through, sorted, and a page of them.

use std::cmp::Ordering;

use serde_json::Value;

use crate::{
    call::{Answer, PAGE},
    filter::{Filter, Op},
    order::Sort,
    scalar,
};

/// As the classic lists answer it. A field that no row has is ignored.
pub fn page(mut rows: Vec<Value>, filter: &Filter, order: &[Sort], start: i64, known: &[&str]) -> Answer {
    rows.retain(|row| matches(row, filter, known));
    rows.sort_by(|one, other| {
        let compared = order.iter().map(|sort| {
            let compared = compare(value(one, &sort.field), value(other, &sort.field));
            if sort.descending { compared.reverse() } else { compared }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    let total = rows.len() as u64;
    let begin = usize::try_from(start).unwrap_or(0);
    let shown: Vec<Value> = rows.into_iter().skip(begin).take(PAGE as usize).collect();
    Answer::page(shown, start, total)
}

fn matches(row: &Value, filter: &Filter, known: &[&str]) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| matches(row, part, known)),
        Filter::Any(parts) => parts.iter().any(|part| matches(row, part, known)),
        Filter::Not(part) => match part.as_ref() {
            Filter::Cond { field, .. } if !is_known(field, known) => true,
            part => !matches(row, part, known),
        },
        Filter::Cond { field, .. } if !is_known(field, known) => true,
        Filter::Cond { field, op, value: wanted } => match value(row, field) {
            // Several values: one of them.
            Value::Array(items) => items.iter().any(|item| holds(item, *op, wanted)),
            one => holds(one, *op, wanted),
        },
    }
}

fn is_known(field: &str, known: &[&str]) -> bool {
    known.iter().any(|name| name.eq_ignore_ascii_case(field))
}

fn value<'r>(row: &'r Value, field: &str) -> &'r Value {
    let members = row.as_object();
    let found = members.and_then(|members| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)));
    found.map_or(&Value::Null, |(_, value)| value)
}

fn holds(value: &Value, op: Op, wanted: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Bool(flag) => flag.to_string(),
        value => scalar::text(value).unwrap_or_default().to_lowercase(),
    };
    match op {
        Op::Equal => match value {
            Value::Bool(flag) => scalar::flag(wanted) == Some(*flag),
            value if scalar::is_empty(wanted) => scalar::is_empty(value),
            value => compare(value, wanted) == Ordering::Equal,
        },
        Op::In => wanted.as_array().is_some_and(|all| all.iter().any(|one| holds(value, Op::Equal, one))),
        Op::Contains => text(value).contains(&text(wanted)),
        Op::Like => rulewright_domain::find::like(&text(value), &text(wanted)),
        Op::Greater => compare(value, wanted) == Ordering::Greater,
        Op::AtLeast => compare(value, wanted) != Ordering::Less,
        Op::Less => compare(value, wanted) == Ordering::Less,
        Op::AtMost => compare(value, wanted) != Ordering::Greater,
    }
}

/// Numbers as numbers, whatever they are written as; everything else as text in any case.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (scalar::number(one), scalar::number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => {
            let text = |value: &Value| scalar::text(value).unwrap_or_default().to_lowercase();
            text(one).cmp(&text(other))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        filter::{Nesting, parse},
        order::lenient,
    };

    fn ids(filter: &Value, order: &[(String, Value)]) -> Vec<String> {
        let rows = vec![
            json!({"ID": "1", "NAME": "Ada", "ACTIVE": true, "UF_DEPARTMENT": [1, 2]}),
            json!({"ID": "2", "NAME": "grace", "ACTIVE": false, "UF_DEPARTMENT": [1]}),
            json!({"ID": "10", "NAME": "Alan", "ACTIVE": true, "UF_DEPARTMENT": []}),
        ];
        let node = serde_json::from_value(filter.clone()).unwrap();
        let filter = parse(Some(&node), Nesting::Flat).unwrap();
        let known = ["ID", "NAME", "ACTIVE", "UF_DEPARTMENT"];
        let answer = page(rows, &filter, &lenient(order), 0, &known);
        answer.result.as_array().unwrap().iter().map(|row| row["ID"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn rows_are_filtered_as_the_contract_says() {
        for (filter, expected) in [
            (json!({}), vec!["1", "2", "10"]),
            (json!({"ID": 2}), vec!["2"]),
            (json!({">ID": "1"}), vec!["2", "10"]),
            (json!({"!ID": ["1", 2]}), vec!["10"]),
            (json!({"%name": "A"}), vec!["1", "2", "10"]),
            (json!({"=%NAME": "a%"}), vec!["1", "10"]),
            (json!({"ACTIVE": "Y"}), vec!["1", "10"]),
            (json!({"UF_DEPARTMENT": "2"}), vec!["1"]),
            (json!({"UNKNOWN": 1, "!OTHER": 2}), vec!["1", "2", "10"]),
        ] {
            assert_eq!(ids(&filter, &[]), expected, "{filter}");
        }
        assert_eq!(ids(&json!({}), &[("ID".into(), json!("DESC"))]), ["10", "2", "1"]);
        assert_eq!(ids(&json!({}), &[("NAME".into(), json!("ASC"))]), ["1", "10", "2"]);
    }
}
