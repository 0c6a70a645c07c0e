//! Conditions over what a rule can see, evaluated when it starts, with both sides kept.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ConditionTrace, Timestamp,
    find::{composed, fold},
    run::Comparison,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    Equals,
    NotEquals,
    Contains,
    NotContains,
    Filled,
    Empty,
    GreaterThan,
    AtLeast,
    LessThan,
    AtMost,
    /// The value is a list.
    In,
    /// The value is a list of two, both included.
    Between,
}

/// `{"all": [..]}`, `{"any": [..]}` or one comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Condition {
    All {
        all: Vec<Condition>,
    },
    Any {
        any: Vec<Condition>,
    },
    Compare {
        /// Dotted path, e.g. `order.total` or `client.fields.vip`.
        field: String,
        operator: Operator,
        #[serde(default)]
        value: Value,
    },
}

impl Condition {
    pub fn evaluate(&self, view: &Value) -> ConditionTrace {
        let mut compared = Vec::new();
        let met = self.walk(view, &mut compared);
        ConditionTrace { met, compared }
    }

    /// Every field that the condition reads.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter().flat_map(Condition::fields).collect()
            }
            Condition::Compare { field, .. } => vec![field],
        }
    }

    /// Gives fields other names, where there is another.
    pub fn rename(&mut self, to: &dyn Fn(&str) -> Option<String>) {
        match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter_mut().for_each(|part| part.rename(to));
            }
            Condition::Compare { field, .. } => {
                if let Some(name) = to(field) {
                    *field = name;
                }
            }
        }
    }

    // Every part is evaluated, even where the result is known already: the trace shows all of them.
    fn walk(&self, view: &Value, compared: &mut Vec<Comparison>) -> bool {
        match self {
            Condition::All { all } => all.iter().filter(|part| !part.walk(view, compared)).count() == 0,
            Condition::Any { any } => any.iter().filter(|part| part.walk(view, compared)).count() > 0,
            Condition::Compare { field, operator, value } => {
                let actual = lookup(view, field).cloned().unwrap_or(Value::Null);
                let met = holds(&actual, *operator, value);
                compared.push(Comparison {
                    field: field.clone(),
                    operator: serde_json::to_value(operator)
                        .ok()
                        .and_then(|name| name.as_str().map(str::to_owned))
                        .unwrap_or_default(),
                    expected: value.clone(),
                    actual,
                    met,
                });
                met
            }
        }
    }
}

/// The value that a dotted path leads to.
pub fn lookup<'a>(view: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(view, |at, key| match at {
        Value::Object(map) => map.get(key),
        Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => None,
    })
}

fn holds(actual: &Value, operator: Operator, expected: &Value) -> bool {
    let ordered = |other: &Value| order(actual, other);
    match operator {
        Operator::Equals => equal(actual, expected),
        Operator::NotEquals => !equal(actual, expected),
        Operator::Contains => contains(actual, expected),
        Operator::NotContains => !contains(actual, expected),
        Operator::Filled => !is_empty(actual),
        Operator::Empty => is_empty(actual),
        Operator::GreaterThan => ordered(expected).is_some_and(Ordering::is_gt),
        Operator::AtLeast => ordered(expected).is_some_and(Ordering::is_ge),
        Operator::LessThan => ordered(expected).is_some_and(Ordering::is_lt),
        Operator::AtMost => ordered(expected).is_some_and(Ordering::is_le),
        Operator::In => expected.as_array().is_some_and(|all| all.iter().any(|one| equal(actual, one))),
        Operator::Between => match expected.as_array().map(Vec::as_slice) {
            Some([low, high]) => {
                ordered(low).is_some_and(Ordering::is_ge) && ordered(high).is_some_and(Ordering::is_le)
            }
            _ => false,
        },
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn contains(actual: &Value, expected: &Value) -> bool {
    match actual {
        Value::Array(items) => items.iter().any(|item| equal(item, expected)),
        Value::String(text) => {
            let wanted = fold(&text_of(expected));
            !wanted.is_empty() && fold(text).contains(&wanted)
        }
        _ => false,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    left == right || (!is_empty(left) && !is_empty(right) && order(left, right) == Some(Ordering::Equal))
}

/// Numbers (also written as text, so `5000` equals `5000.00`), then times, then text.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (decimal(left), decimal(right)) {
        return Some(left.cmp(&right));
    }
    let (Value::String(left), Value::String(right)) = (left, right) else {
        return None;
    };
    match (Timestamp::parse(left), Timestamp::parse(right)) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => Some(composed(left).cmp(&composed(right))),
    }
}

/// Millionths.
fn decimal(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || decimals.len() > 6 || !plain(digits) || !plain(decimals) {
        return None;
    }
    format!("{whole}{decimals:0<6}").parse().ok()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace(condition: Value) -> ConditionTrace {
        let view = json!({
            "order": { "total": "5000.00", "tags": ["vip"], "title": "Gift box", "fields": { "due": null } },
        });
        serde_json::from_value::<Condition>(condition).unwrap().evaluate(&view)
    }

    fn met(field: &str, operator: &str, value: Value) -> bool {
        trace(json!({ "field": field, "operator": operator, "value": value })).met
    }

    #[test]
    fn comparisons_read_numbers_lists_and_text() {
        assert!(!met("order.total", "greater-than", json!(5000)));
        assert!(met("order.total", "at-least", json!(5000)));
        assert!(met("order.total", "between", json!([1, "5000.00"])));
        assert!(met("order.tags", "contains", json!("vip")));
        assert!(met("order.title", "contains", json!("GIFT")));
        assert!(met("order.fields.due", "empty", Value::Null));
        assert!(met("order.fields.nothing", "empty", Value::Null));
        assert!(!met("order.fields.due", "less-than", json!(1)));
        assert!(met("order.title", "in", json!(["Gift box", "Other"])));
    }

    #[test]
    fn a_letter_is_the_same_however_it_is_written() {
        let view = json!({ "order": { "title": "Cafe\u{301}", "tags": ["n\u{303}u"] } });
        let met = |field: &str, operator: &str, value: &str| {
            let condition = json!({ "field": field, "operator": operator, "value": value });
            serde_json::from_value::<Condition>(condition).unwrap().evaluate(&view).met
        };
        assert!(met("order.title", "equals", "Caf\u{e9}") && met("order.title", "contains", "F\u{c9}"));
        assert!(met("order.tags", "contains", "\u{f1}u"));
        assert!(!met("order.title", "equals", "Cafe") && met("order.title", "not-equals", "caf\u{e9}"));
    }

    #[test]
    fn a_condition_shows_both_sides_of_every_comparison() {
        let trace = trace(json!({ "any": [
            { "field": "order.total", "operator": "greater-than", "value": 5000 },
            { "all": [{ "field": "order.tags", "operator": "contains", "value": "vip" }] },
        ]}));
        assert!(trace.met);
        assert_eq!(trace.compared.len(), 2);
        assert_eq!(trace.compared[0].actual, json!("5000.00"));
        assert!(!trace.compared[0].met);
    }
}
