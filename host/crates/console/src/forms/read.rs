//! From what a browser sends back to the settings.
//!
//! What the page did not have is not in the settings, and what was left empty and may be left out is left out. What cannot be
//! read as what it should be stays the text that it is: the schema says what is wrong with it, and nobody loses what they
//! wrote.

use rulewright_domain::Timestamp;
use serde_json::{Map, Number, Value};

use super::{
    duration,
    posted::{Posted, entry, key, scale, there, variant, zone},
    schema::{Node, Offered, Shape, Variant, step, told},
};

/// Settings within settings: the registry accepts no deeper schema.
pub(super) const DEPTH: usize = 32;

pub fn read(schema: &Value, pairs: &[(String, String)]) -> Value {
    read_at(schema, pairs, "")
}

/// The same where every name has something in front, as in [`Form::names`](super::Form::names).
pub fn read_at(schema: &Value, pairs: &[(String, String)], names: &str) -> Value {
    let reading = Reading { root: schema, posted: Posted::of(pairs) };
    let read = reading.value(schema, names, true, 0);
    read.unwrap_or_else(|| Value::Object(Map::new()))
}

struct Reading<'r> {
    root: &'r Value,
    posted: Posted<'r>,
}

impl Reading<'_> {
    /// None: nothing is said.
    fn value(&self, schema: &Value, name: &str, required: bool, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        let node = Node::of(self.root, schema);
        let leaves = |empty: bool| empty && !required && node.default().is_none_or(is_blank);
        match node.shape(self.root) {
            Shape::Const(value) => {
                (required || self.posted.last(name) == Some(&*told(&value))).then_some(value)
            }
            Shape::One(offered) => one(&offered, self.posted.last(name)?),
            Shape::Many(offered) => {
                let ticked = self.posted.all(name);
                if ticked.is_empty() && self.posted.last(&there(name)).is_none() {
                    return None;
                }
                let known = offered.iter().filter(|one| ticked.contains(&&*told(&one.value)));
                let mut values: Vec<Value> = known.map(|one| one.value.clone()).collect();
                let strange =
                    ticked.iter().filter(|text| !offered.iter().any(|one| told(&one.value) == **text));
                values.extend(strange.map(|text| Value::from(*text)));
                (!leaves(values.is_empty())).then_some(Value::Array(values))
            }
            Shape::YesNo => match self.posted.last(name)? {
                "" => None,
                "true" => Some(true.into()),
                "false" => Some(false.into()),
                other => Some(other.into()),
            },
            Shape::Number { whole } => match self.posted.last(name)?.trim() {
                "" => required.then(|| Value::from("")),
                text => Some(self.number(&node, name, whole, text)),
            },
            Shape::Text { mixed } => {
                let text = self.posted.last(name)?.replace("\r\n", "\n");
                if leaves(text.is_empty())
                    || text.is_empty() && (node.nullable() || node.widget() == "secret")
                {
                    return None;
                }
                Some(match node.widget() {
                    _ if mixed => scalar(&node, &text),
                    "date-time" => self.moment(name, text).into(),
                    _ => text.into(),
                })
            }
            Shape::List(items) => {
                let lines = self.posted.items(name);
                if lines.is_empty() && self.posted.last(&there(name)).is_none() {
                    return None;
                }
                let read = |line: &&str| {
                    let read = self.value(&items, &format!("{name}/{line}"), true, depth + 1);
                    read.unwrap_or_else(|| self.fresh(&items))
                };
                let values: Vec<Value> = lines.iter().map(read).collect();
                (!leaves(values.is_empty())).then_some(Value::Array(values))
            }
            Shape::Object(properties) => {
                let mut map = Map::new();
                for property in properties {
                    let name = format!("{name}{}", step(&property.key));
                    if let Some(value) = self.value(&property.schema, &name, property.required, depth + 1) {
                        map.insert(property.key, value);
                    }
                }
                let value = Value::Object(map);
                (required || !is_blank(&value)).then_some(value)
            }
            Shape::Map(of) => {
                let lines = self.posted.items(name);
                let mut map = Map::new();
                for line in lines {
                    let entry = entry(name, line);
                    let read = self.value(&of, &entry, true, depth + 1);
                    let key = self.posted.last(&key(&entry)).unwrap_or_default().trim();
                    map.insert(key.to_owned(), read.unwrap_or_else(|| self.fresh(&of)));
                }
                (required && self.posted.last(&there(name)).is_some() || !map.is_empty())
                    .then_some(Value::Object(map))
            }
            Shape::Variants(variants) => {
                let chosen = self.chosen(&variants, name)?;
                let mut value = self.value(&chosen.schema, name, true, depth + 1)?;
                if let (Some((key, tag)), Some(map)) = (&chosen.tag, value.as_object_mut()) {
                    map.insert(key.clone(), tag.clone());
                }
                Some(value)
            }
            Shape::Json => match self.posted.last(name)?.trim() {
                "" => None,
                text => Some(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
            },
        }
    }

    fn chosen<'v>(&self, variants: &'v [Variant], name: &str) -> Option<&'v Variant> {
        let by_tag = variants.iter().find(|one| {
            let tag = one.tag.as_ref();
            tag.is_some_and(|(key, value)| {
                self.posted.last(&format!("{name}{}", step(key))) == Some(&*told(value))
            })
        });
        by_tag.or_else(|| variants.get(self.posted.last(&variant(name))?.parse::<usize>().ok()?))
    }

    fn number(&self, node: &Node, name: &str, whole: bool, text: &str) -> Value {
        let read = match node.widget() {
            "minutes" => duration::parse(text)
                .map(|seconds| Value::from(seconds / duration::MINUTE))
                .or_else(|| number(text, true)),
            "duration" => duration::parse(text).map(Value::from).or_else(|| number(text, true)),
            "money" => {
                let digits = self.posted.last(&scale(name)).and_then(|digits| digits.parse().ok());
                minor(text, digits.unwrap_or_default())
            }
            _ => number(text, whole),
        };
        read.unwrap_or_else(|| text.into())
    }

    /// What a clock of the shop shows, as a moment; as it is, where it is one or none.
    fn moment(&self, name: &str, text: String) -> String {
        let zone = self.posted.last(&zone(name)).unwrap_or_default();
        clock(&text, zone).map_or(text, |at| at.to_string())
    }

    /// What a line begins with.
    fn fresh(&self, schema: &Value) -> Value {
        let node = Node::of(self.root, schema);
        node.default().cloned().unwrap_or_else(|| match node.shape(self.root) {
            Shape::Text { .. } => "".into(),
            Shape::One(offered) => offered.first().map(|one| one.value.clone()).unwrap_or_default(),
            Shape::YesNo => false.into(),
            Shape::List(_) | Shape::Many(_) => Value::Array(Vec::new()),
            Shape::Object(_) | Shape::Map(_) => Value::Object(Map::new()),
            Shape::Const(value) => value,
            Shape::Number { .. } | Shape::Variants(_) | Shape::Json => Value::Null,
        })
    }
}

/// `2026-12-01T09:30` on the clocks of a zone.
pub(super) fn clock(text: &str, zone: &str) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.trim().parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::get(zone).ok()?).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

fn one(offered: &[Offered], text: &str) -> Option<Value> {
    match offered.iter().find(|one| told(&one.value) == text) {
        Some(one) => Some(one.value.clone()),
        None => (!text.is_empty()).then(|| text.into()),
    }
}

/// A comma is taken for the point where there is no other.
pub(super) fn number(text: &str, whole: bool) -> Option<Value> {
    let text = text.replace('\u{2212}', "-");
    let text = text.strip_prefix('+').unwrap_or(&text);
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    if whole {
        return None;
    }
    let point = if text.matches(',').count() == 1 && !text.contains('.') {
        text.replace(',', ".")
    } else {
        text.into()
    };
    serde_json::from_str::<Number>(&point).ok().map(Value::Number)
}

/// An amount in the smallest unit of its currency.
fn minor(text: &str, digits: u8) -> Option<Value> {
    let digits = usize::from(digits.min(6));
    let text = text.replace(',', ".");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || cents.len() > digits || !plain(cents) || !plain(whole.trim_start_matches('-')) {
        return None;
    }
    format!("{whole}{cents:0<digits$}").parse::<i64>().ok().map(Value::from)
}

/// Of a text that may stand for a number, or for yes or no.
fn scalar(node: &Node, text: &str) -> Value {
    let types = node.get("type").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let may = |name: &str| types.iter().any(|one| one == name);
    match text.trim() {
        "true" if may("boolean") => true.into(),
        "false" if may("boolean") => false.into(),
        trimmed if may("integer") || may("number") => {
            number(trimmed, !may("number")).unwrap_or_else(|| text.into())
        }
        _ => text.into(),
    }
}

/// Whether it says nothing.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(is_blank),
        Value::Number(_) => false,
    }
}

/// Secrets are never shown: those that were left empty stay what they were before.
pub fn keep_secrets(schema: &Value, before: &Value, after: &mut Value) {
    keep(schema, schema, before, after, 0);
}

fn keep(root: &Value, schema: &Value, before: &Value, after: &mut Value, depth: usize) {
    let (Shape::Object(properties), Some(map)) =
        (Node::of(root, schema).shape(root), after.as_object_mut().filter(|_| depth <= DEPTH))
    else {
        return;
    };
    for property in properties {
        let Some(was) = before.get(&property.key) else { continue };
        let node = Node::of(root, &property.schema);
        match map.get_mut(&property.key) {
            None if node.widget() == "secret" => {
                map.insert(property.key, was.clone());
            }
            Some(is) => keep(root, &property.schema, was, is, depth + 1),
            None => {}
        }
    }
}
