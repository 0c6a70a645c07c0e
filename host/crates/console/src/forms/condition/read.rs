//! From what a browser sends back to the condition.

use rulewright_domain::{Condition, condition::Operator};
use serde_json::Value;

use super::{DEPTH, group, json, row, shown_as, text};
use crate::forms::{Field, Kind, Posted, Problem};

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// `Ok(None)`: the rule always runs. Where it is an error, what was written is in `text`.
    pub condition: Result<Option<Condition>, Problem>,
    /// Some: it is to be drawn as JSON again, as it was written.
    pub text: Option<String>,
}

/// Reads either way of writing it down, and switches from one to the other where a button asked for that. `fields` say what a
/// value is.
pub fn read_condition(pairs: &[(String, String)], names: &str, fields: &[Field]) -> Read {
    let posted = Posted::of(pairs);
    let as_text = posted.last(&shown_as(names)) == Some("text");
    let condition = match posted.last(&text(names)) {
        None => Ok(rows(&posted, names, fields)),
        Some(written) => parsed(written, names),
    };
    let text = match (posted.last(&text(names)), &condition) {
        (Some(written), _) if as_text || condition.is_err() => Some(written.replace("\r\n", "\n")),
        (None, Ok(condition)) if as_text => Some(json(condition.as_ref())),
        _ => None,
    };
    Read { condition, text }
}

fn parsed(written: &str, names: &str) -> Result<Option<Condition>, Problem> {
    if written.trim().is_empty() {
        return Ok(None);
    }
    let problem = |said: String| Problem::said(names, None, said);
    // The parser says where; what is no condition says only that it is none.
    let value: Value = serde_json::from_str(written).map_err(|error| problem(error.to_string()))?;
    let condition = serde_json::from_value(value).map_err(|_| {
        let shapes = r#"{"all": [..]}, {"any": [..]} or {"field": .., "operator": .., "value": ..}"#;
        problem(format!("expected {shapes}"))
    })?;
    Ok(Some(condition))
}

/// All of one is that one, and a group of none says nothing.
fn rows(posted: &Posted<'_>, names: &str, fields: &[Field]) -> Option<Condition> {
    let (any, mut parts) = parts(posted, names, fields, 0);
    match parts.len() {
        0 => None,
        _ if any => Some(Condition::Any { any: parts }),
        1 => parts.pop(),
        _ => Some(Condition::All { all: parts }),
    }
}

fn parts(posted: &Posted<'_>, name: &str, fields: &[Field], depth: usize) -> (bool, Vec<Condition>) {
    let any = posted.last(&group(name)) == Some("any");
    let one = |line: &str| {
        let name = format!("{name}/{line}");
        if posted.last(&group(&name)).is_none() {
            return Some(compare(posted, &name, fields));
        }
        if depth >= DEPTH {
            return None;
        }
        match parts(posted, &name, fields, depth + 1) {
            (_, parts) if parts.is_empty() => None,
            (true, any) => Some(Condition::Any { any }),
            (false, all) => Some(Condition::All { all }),
        }
    };
    (any, posted.items(name).into_iter().filter_map(one).collect())
}

fn compare(posted: &Posted<'_>, name: &str, fields: &[Field]) -> Condition {
    let field = posted.last(&format!("{name}/field")).unwrap_or_default().trim().to_owned();
    let kind = fields.iter().find(|one| one.path == field).map_or(&Kind::Any, |one| &one.kind);
    let operator = posted.last(&format!("{name}/operator")).map(Value::from);
    let operator = operator.and_then(|name| serde_json::from_value(name).ok()).unwrap_or(Operator::Equals);
    let at = format!("{name}/value");
    let value = match operator {
        Operator::Filled | Operator::Empty => Value::Null,
        Operator::Between => {
            let side = |side: usize| row::typed(kind, posted, &format!("{at}/{side}"));
            Value::Array(vec![side(0), side(1)])
        }
        Operator::In => Value::Array(row::several(kind, posted, &at)),
        _ => row::typed(kind, posted, &at),
    };
    Condition::Compare { field, operator, value }
}
