//! `filter` of a list as a plain tree: what it means is the method's, which knows its fields.

use serde_json::Value;

use crate::{
    fault::Fault,
    wire::{brackets::index, node::Node},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Empty: everything.
    All(Vec<Filter>),
    /// Empty: nothing.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Cond {
        field: String,
        op: Op,
        value: Value,
    },
}

/// Negations are [`Filter::Not`] around these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Equal,
    Greater,
    AtLeast,
    Less,
    AtMost,
    /// The value is a list.
    In,
    /// The value is looked for as it is: a `%` in it is a character.
    Contains,
    /// `%` in the value stands for anything.
    Like,
}

/// Whether groups may stand in the filter, with `logic`. The classic methods take them for unknown fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    Flat,
    Nested,
}

/// Longest first: the first that fits is meant. What is no prefix belongs to the field's name, and is then unknown.
const PREFIXES: &[(&str, Op, bool)] = &[
    ("!=%", Op::Like, true),
    ("!%=", Op::Like, true),
    ("!=", Op::Equal, true),
    ("!@", Op::In, true),
    ("!%", Op::Contains, true),
    (">=", Op::AtLeast, false),
    ("<=", Op::AtMost, false),
    ("=%", Op::Like, false),
    ("%=", Op::Like, false),
    ("!", Op::Equal, true),
    (">", Op::Greater, false),
    ("<", Op::Less, false),
    ("@", Op::In, false),
    ("%", Op::Contains, false),
    ("=", Op::Equal, false),
];

/// Groups in groups. JSON and brackets end earlier.
const MAX_DEPTH: usize = 128;
/// Conditions of one filter; each may cost a comparison for each row.
const MAX_CONDITIONS: usize = 1_000;
/// Values of one list.
const MAX_VALUES: usize = 5_000;

/// Absent, null and empty: everything.
pub fn parse(filter: Option<&Node>, nesting: Nesting) -> Result<Filter, Fault> {
    let mut budget = MAX_CONDITIONS;
    match filter {
        None => Ok(Filter::All(Vec::new())),
        Some(Node::Scalar(value)) if crate::scalar::is_empty(value) => Ok(Filter::All(Vec::new())),
        Some(Node::Scalar(_)) => Err(Fault::classic("Parameter 'filter' must be array.")),
        Some(node) => group(node, nesting, 0, &mut budget),
    }
}

fn group(node: &Node, nesting: Nesting, depth: usize, budget: &mut usize) -> Result<Filter, Fault> {
    let members = node.members().unwrap_or_default();
    if depth > MAX_DEPTH {
        return Err(too_large("is nested too deeply"));
    }
    let mut parts = Vec::with_capacity(members.len());
    let mut any = false;
    for (key, node) in members {
        if *budget == 0 {
            return Err(too_large("has too many conditions"));
        }
        *budget -= 1;
        let grouped = matches!(node, Node::Map(_) | Node::List(_));
        match nesting {
            Nesting::Nested if key.eq_ignore_ascii_case("logic") => any = is_or(node)?,
            // A key without a name only numbers the groups.
            Nesting::Nested if index(&key).is_some() && grouped => {
                parts.push(group(node, nesting, depth + 1, budget)?);
            }
            Nesting::Flat if index(&key).is_some() || key.eq_ignore_ascii_case("logic") => {}
            _ => parts.push(condition(&key, node)?),
        }
    }
    Ok(if any { Filter::Any(parts) } else { Filter::All(parts) })
}

fn is_or(node: &Node) -> Result<bool, Fault> {
    let logic = crate::scalar::text(&node.value()).unwrap_or_default();
    match logic.to_ascii_uppercase().as_str() {
        "OR" => Ok(true),
        "AND" | "" => Ok(false),
        other => Err(Fault::coded(
            "INVALID_ARG_VALUE",
            format!("Invalid filter: logic '{other}' is not known, use AND or OR"),
        )),
    }
}

fn condition(key: &str, node: &Node) -> Result<Filter, Fault> {
    let fits = |(prefix, op, not): &(&str, Op, bool)| Some((key.strip_prefix(prefix)?, *op, *not));
    let (field, op, not) = PREFIXES.iter().find_map(fits).unwrap_or((key, Op::Equal, false));
    let values = match node {
        Node::Scalar(_) => None,
        Node::List(items) => Some(items.iter().map(Node::value).collect::<Vec<_>>()),
        Node::Map(members) => Some(members.values().map(Node::value).collect()),
    };
    if values.as_ref().is_some_and(|values| values.len() > MAX_VALUES) {
        return Err(too_large("has a list with too many values"));
    }
    let (op, value) = match (op, values) {
        (Op::Equal | Op::In, Some(values)) => (Op::In, Value::Array(values)),
        (Op::In, None) => (Op::In, Value::Array(vec![node.value()])),
        // No other comparison has a list: PHP would compare with its first value, or none.
        (op, Some(values)) => (op, values.into_iter().next().unwrap_or(Value::Null)),
        (op, None) => (op, node.value()),
    };
    let condition = Filter::Cond { field: field.trim().to_owned(), op, value };
    Ok(if not { Filter::Not(Box::new(condition)) } else { condition })
}

fn too_large(what: &str) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: it {what}; ask for less at once"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str, nesting: Nesting) -> Result<Filter, Fault> {
        parse(Some(&serde_json::from_str(text).unwrap()), nesting)
    }

    fn cond(field: &str, op: Op, value: Value) -> Filter {
        Filter::Cond { field: field.to_owned(), op, value }
    }

    fn not(filter: Filter) -> Filter {
        Filter::Not(Box::new(filter))
    }

    #[test]
    fn every_prefix_of_the_contract_has_its_comparison() {
        for (key, expected) in [
            ("F", cond("F", Op::Equal, json!("v"))),
            ("=F", cond("F", Op::Equal, json!("v"))),
            ("!F", not(cond("F", Op::Equal, json!("v")))),
            ("!=F", not(cond("F", Op::Equal, json!("v")))),
            (">F", cond("F", Op::Greater, json!("v"))),
            (">=F", cond("F", Op::AtLeast, json!("v"))),
            ("<F", cond("F", Op::Less, json!("v"))),
            ("<=F", cond("F", Op::AtMost, json!("v"))),
            ("@F", cond("F", Op::In, json!(["v"]))),
            ("!@F", not(cond("F", Op::In, json!(["v"])))),
            ("%F", cond("F", Op::Contains, json!("v"))),
            ("=%F", cond("F", Op::Like, json!("v"))),
            ("%=F", cond("F", Op::Like, json!("v"))),
            ("!%F", not(cond("F", Op::Contains, json!("v")))),
            ("!=%F", not(cond("F", Op::Like, json!("v")))),
            ("!%=F", not(cond("F", Op::Like, json!("v")))),
            ("?F", cond("?F", Op::Equal, json!("v"))),
        ] {
            let filter = json!({ key: "v" }).to_string();
            assert_eq!(read(&filter, Nesting::Flat), Ok(Filter::All(vec![expected])), "{key}");
        }
    }

    #[test]
    fn a_list_of_values_is_any_of_them() {
        for (text, expected) in [
            (r#"{"ID":[1,"2"]}"#, cond("ID", Op::In, json!([1, "2"]))),
            (r#"{"=ID":{"a":1,"b":2}}"#, cond("ID", Op::In, json!([1, 2]))),
            (r#"{"!ID":[1]}"#, not(cond("ID", Op::In, json!([1])))),
            (r#"{"ID":[]}"#, cond("ID", Op::In, json!([]))),
            (r#"{">ID":[3,4]}"#, cond("ID", Op::Greater, json!(3))),
            (r#"{">ID":""}"#, cond("ID", Op::Greater, json!(""))),
        ] {
            assert_eq!(read(text, Nesting::Flat), Ok(Filter::All(vec![expected])), "{text}");
        }
    }

    #[test]
    fn groups_nest_with_their_logic_where_they_may() {
        let text = r#"{"logic":"OR","0":{"a":1,"b":2},"1":{"LOGIC":"or","0":{"c":3}},"!d":4}"#;
        let equal = |field: &str, value: i64| cond(field, Op::Equal, json!(value));
        assert_eq!(
            read(text, Nesting::Nested),
            Ok(Filter::Any(vec![
                Filter::All(vec![equal("a", 1), equal("b", 2)]),
                Filter::Any(vec![Filter::All(vec![equal("c", 3)])]),
                not(equal("d", 4)),
            ]))
        );
        assert_eq!(read(text, Nesting::Flat), Ok(Filter::All(vec![not(equal("d", 4))])));
        let listed = read(r#"[{"logic":"OR","a":1,"b":2}]"#, Nesting::Nested);
        assert_eq!(listed, Ok(Filter::All(vec![Filter::Any(vec![equal("a", 1), equal("b", 2)])])));
        assert_eq!(read(r#"{"logic":"XOR"}"#, Nesting::Nested).unwrap_err().code, "INVALID_ARG_VALUE");
    }

    #[test]
    fn a_filter_is_bounded_and_an_empty_one_is_everything() {
        for text in ["null", "\"\"", "{}", "[]"] {
            assert_eq!(read(text, Nesting::Nested), Ok(Filter::All(Vec::new())), "{text}");
        }
        assert_eq!(read("5", Nesting::Flat).unwrap_err().status.as_u16(), 400);
        let many = |n: usize| {
            json!((0..n).map(|i| (format!("f{i}"), 1)).collect::<std::collections::BTreeMap<_, _>>())
        };
        assert!(read(&many(MAX_CONDITIONS).to_string(), Nesting::Flat).is_ok());
        assert!(read(&many(MAX_CONDITIONS + 1).to_string(), Nesting::Flat).is_err());
    }
}
