//! `$result[key][field][0]` in a parameter of a later command.

use serde_json::Value;

use crate::{scalar, wire::node::Node};

/// What earlier commands answered, in their order.
pub type Results = Vec<(String, Value)>;

/// How a command of a batch refers to one before it.
pub const RESULT: &str = "$result";

/// Replaces every reference with this mark in a parameter. What leads nowhere is empty. None: it would become larger
/// than the budget.
pub fn resolve(mark: &str, node: &mut Node, results: &Results, budget: &mut usize) -> Option<()> {
    match node {
        Node::List(items) => items.iter_mut().try_for_each(|item| resolve(mark, item, results, budget)),
        Node::Map(members) => {
            members.values_mut().try_for_each(|member| resolve(mark, member, results, budget))
        }
        Node::Scalar(Value::String(text)) if text.contains(mark) => {
            *node = replaced(mark, text, results, budget)?;
            Some(())
        }
        Node::Scalar(_) => Some(()),
    }
}

fn replaced(mark: &str, text: &str, results: &Results, budget: &mut usize) -> Option<Node> {
    if let Some((path, "")) = text.strip_prefix(mark).and_then(path) {
        let found = find(&path, results);
        spend(budget, found.map_or(0, size))?;
        return Some(found.map_or_else(|| Node::text(""), node));
    }
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(mark) {
        whole.push_str(before);
        rest = match path(after) {
            Some((path, after)) => {
                let found = find(&path, results).and_then(scalar::text).unwrap_or_default();
                spend(budget, found.len())?;
                whole.push_str(&found);
                after
            }
            None => {
                whole.push_str(mark);
                after
            }
        };
    }
    whole.push_str(rest);
    Some(Node::text(whole))
}

fn spend(budget: &mut usize, bytes: usize) -> Option<()> {
    *budget = budget.checked_sub(bytes)?;
    Some(())
}

/// `[a][b]`, and what follows. None: it begins with no bracket that is closed.
fn path(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut keys, mut rest) = (Vec::new(), text);
    while let Some((key, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        keys.push(key);
        rest = after;
    }
    (!keys.is_empty()).then_some((keys, rest))
}

fn find<'a>(path: &[&str], results: &'a Results) -> Option<&'a Value> {
    let (label, fields) = path.split_first()?;
    let (_, result) = results.iter().rev().find(|(known, _)| known == label)?;
    fields.iter().try_fold(result, |value, field| match value {
        Value::Object(members) => members.get(*field),
        Value::Array(items) => items.get(field.parse::<usize>().ok()?),
        _ => None,
    })
}

fn node(value: &Value) -> Node {
    match value {
        Value::Array(items) => Node::List(items.iter().map(node).collect()),
        Value::Object(members) => {
            Node::Map(members.iter().map(|(key, value)| (key.clone(), node(value))).collect())
        }
        scalar => Node::Scalar(scalar.clone()),
    }
}

/// About as many bytes as it has in JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => {
            2 + members.iter().map(|(key, value)| key.len() + 3 + size(value)).sum::<usize>()
        }
        _ => 8,
    }
}
