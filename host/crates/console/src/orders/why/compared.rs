//! A condition that was not met, in words: both sides of each comparison.

use rulewright_domain::ConditionTrace;
use serde_json::Value;

use crate::{door::Look, effect};

/// Only those that were not met: the others are no reason.
pub fn compared(look: &Look, condition: &ConditionTrace) -> Vec<String> {
    let unmet = condition.compared.iter().filter(|one| !one.met);
    unmet
        .map(|one| {
            let (actual, expected) = (plain(look, &one.actual), plain(look, &one.expected));
            let all: [(&str, crate::words::Value<'_>); 4] = [
                ("field", one.field.as_str().into()),
                ("actual", actual.into()),
                ("expected", expected.into()),
                ("sign", sign(&one.operator).into()),
            ];
            match one.operator.as_str() {
                "filled" => look.with("why-empty", &all),
                "empty" => look.with("why-filled", &all),
                "equals" => look.with("why-differs", &all),
                "not-equals" => look.with("why-same", &all),
                "contains" => look.with("why-contains-not", &all),
                "not-contains" => look.with("why-contains", &all),
                "in" => look.with("why-not-in", &all),
                "between" => look.with("why-not-between", &all),
                _ => look.with("why-is-not", &all),
            }
        })
        .collect()
}

fn sign(operator: &str) -> &str {
    match operator {
        "greater-than" => ">",
        "at-least" => ">=",
        "less-than" => "<",
        "at-most" => "<=",
        other => other,
    }
}

fn plain(look: &Look, value: &Value) -> String {
    match value {
        Value::Null => look.text("why-nothing"),
        Value::String(text) if text.is_empty() => look.text("why-nothing"),
        other => effect::plain(other),
    }
}
