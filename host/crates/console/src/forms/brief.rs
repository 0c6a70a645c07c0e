//! Settings and conditions in a few words, for whoever reads what a rule does and does not change it. Pure.

use rulewright_domain::{Condition, condition::Operator, secret::without_secrets};
use serde_json::Value;

use super::{
    Choices, Field, Kind, controls,
    duration::{DAY, HOUR, MINUTE},
    read::is_blank,
    schema::{Node, Property, Shape, array, told, variant_of},
    spot::label,
};
use crate::words::Words;

/// Characters of a value that are told.
const LONGEST: usize = 80;

/// Settings that are told: what matters most is among what has to be filled in.
const MOST: usize = 3;

/// Forms within forms.
const DEPTH: usize = 3;

/// One setting by its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub title: String,
    pub value: String,
}

/// The main ones: what has to be filled in first, then what is not as it is for everybody. What holds a secret anywhere is
/// left out as a whole.
pub fn settings(words: Words, schema: &Value, value: &Value, choices: &dyn Choices) -> Vec<Said> {
    let shown = without_secrets(value, schema);
    let teller = Teller { words, root: schema, choices };
    let Shape::Object(mut all) = Node::of(schema, schema).shape(schema) else { return Vec::new() };
    all.retain(|property| shown.get(&property.key) == value.get(&property.key));
    all.sort_by_key(|property| !property.required);
    let said = all.iter().filter_map(|property| teller.property(property, &shown));
    said.take(MOST).collect()
}

struct Teller<'t> {
    words: Words,
    root: &'t Value,
    choices: &'t dyn Choices,
}

impl Teller<'_> {
    fn property(&self, property: &Property, of: &Value) -> Option<Said> {
        let value = of.get(&property.key).filter(|value| !is_blank(value))?;
        let node = Node::of(self.root, &property.schema);
        let usual = node.default() == Some(value) || *value == Value::Bool(false);
        if !property.required && usual {
            return None;
        }
        let title = match node.text("title") {
            "" => label(&property.key),
            title => title.to_owned(),
        };
        let value = self.value(&node, value, 0)?;
        Some(Said { title, value: cut(&value) }).filter(|said| !said.value.is_empty())
    }

    fn value(&self, node: &Node, value: &Value, depth: usize) -> Option<String> {
        if node.widget() == "secret" || depth > DEPTH {
            return None;
        }
        let (currency, digits) = self.choices.money();
        Some(match node.shape(self.root) {
            Shape::Const(_) | Shape::Json => return None,
            Shape::One(offered) => offered
                .iter()
                .find(|one| one.value == *value)
                .map_or_else(|| told(value), |one| one.title.clone()),
            Shape::Many(offered) => {
                let chosen = offered.iter().filter(|one| array(Some(value)).contains(&one.value));
                chosen.map(|one| one.title.as_str()).collect::<Vec<_>>().join(", ")
            }
            Shape::YesNo => self.words.text(if *value == Value::Bool(true) { "yes" } else { "no" }),
            Shape::Number { .. } => match (node.widget(), value.as_i64()) {
                ("minutes", Some(minutes)) => length(self.words, minutes.saturating_mul(MINUTE)),
                ("duration", Some(seconds)) => length(self.words, seconds),
                ("money", Some(amount)) => format!("{} {currency}", controls::decimal(amount, digits)),
                _ => told(value),
            },
            Shape::Text { .. } => {
                let text = told(value);
                let offered = self.choices.of(node.widget()).unwrap_or_default();
                offered.into_iter().find(|one| one.value == text).map_or(text, |one| one.label)
            }
            Shape::List(items) => self.list(&Node::of(self.root, &items), array(Some(value)), depth),
            Shape::Object(all) => self.parts(&all, value, depth),
            Shape::Map(_) => value.as_object().map_or(0, serde_json::Map::len).to_string(),
            Shape::Variants(variants) => {
                let variant = variants.get(variant_of(self.root, &variants, value))?;
                let node = Node::of(self.root, &variant.schema);
                match node.shape(self.root) {
                    Shape::Object(all) => {
                        let parts = self.parts(&all, value, depth);
                        let parts: Vec<&str> = [variant.title.as_str(), parts.as_str()]
                            .into_iter()
                            .filter(|part| !part.is_empty())
                            .collect();
                        parts.join(": ")
                    }
                    _ => self.value(&node, value, depth + 1)?,
                }
            }
        })
    }

    /// What people write is told; of what has parts of its own, how many there are.
    fn list(&self, of: &Node, values: &[Value], depth: usize) -> String {
        if values.iter().any(|value| value.is_object() || value.is_array()) {
            return values.len().to_string();
        }
        let all = values.iter().filter_map(|value| self.value(of, value, depth + 1));
        all.collect::<Vec<_>>().join(", ")
    }

    fn parts(&self, all: &[Property], value: &Value, depth: usize) -> String {
        let part = |property: &Property| {
            let value = value.get(&property.key).filter(|value| !is_blank(value))?;
            self.value(&Node::of(self.root, &property.schema), value, depth + 1)
        };
        all.iter().filter_map(part).collect::<Vec<_>>().join(", ")
    }
}

/// On one line, and no longer than is read at a glance.
pub fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// A length of time as people say it: `2 hours`, `1 day 4 hours`.
pub fn length(words: Words, seconds: i64) -> String {
    let mut left = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (one, key) in
        [(DAY, "length-days"), (HOUR, "length-hours"), (MINUTE, "length-minutes"), (1, "length-seconds")]
    {
        let one = one.unsigned_abs();
        if left >= one || (one == 1 && parts.is_empty()) {
            parts.push(words.with(key, &[("count", (left / one).into())]));
            left %= one;
        }
    }
    parts.join(" ")
}

/// What staff call a field: of the order's own without saying whose it is.
pub fn field(choices: &dyn Choices, path: &str) -> String {
    // Its choices are stages by their names, whatever the order keeps.
    let named = if path == "order.stage" { "order.stage-name" } else { path };
    let known = |path: &str| choices.fields().iter().find(|field| field.path == path);
    match known(named).or_else(|| known(path)) {
        Some(Field { label, .. }) if path.starts_with("order.") => {
            label.split_once(": ").map_or(label.as_str(), |(_, own)| own).to_owned()
        }
        Some(Field { label, .. }) => label.clone(),
        None => label(path.rsplit('.').next().unwrap_or(path)),
    }
}

/// `total is at least 50 EUR and tags contains vip`.
pub fn condition(words: Words, condition: &Condition, choices: &dyn Choices) -> String {
    let (key, parts) = match condition {
        Condition::Compare { field, operator, value } => {
            return compared(words, choices, field, *operator, value);
        }
        Condition::All { all } => ("condition-and", all),
        Condition::Any { any } => ("condition-or", any),
    };
    let said = parts.iter().map(|part| {
        let said = self::condition(words, part, choices);
        let several = match part {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.len() > 1,
            Condition::Compare { .. } => false,
        };
        if several { format!("({said})") } else { said }
    });
    let said = said.filter(|said| !said.is_empty());
    said.reduce(|first, second| words.with(key, &[("first", first.into()), ("second", second.into())]))
        .unwrap_or_default()
}

fn compared(words: Words, choices: &dyn Choices, path: &str, operator: Operator, value: &Value) -> String {
    let fields = choices.fields();
    let kind = fields.iter().find(|field| field.path == path).map_or(&Kind::Any, |field| &field.kind);
    let name = serde_json::to_value(operator).map(|name| told(&name)).unwrap_or_default();
    let one = |value: &Value| side(words, choices, kind, value);
    let value = match (operator, value) {
        (Operator::Filled | Operator::Empty, _) => String::new(),
        (Operator::Between, Value::Array(sides)) if sides.len() == 2 => words
            .with("condition-and", &[("first", one(&sides[0]).into()), ("second", one(&sides[1]).into())]),
        (_, Value::Array(all)) => all.iter().map(one).collect::<Vec<_>>().join(", "),
        (_, value) => one(value),
    };
    let said = [field(choices, path), words.text(&format!("form-operator-{name}")), value];
    said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One side of a comparison.
fn side(words: Words, choices: &dyn Choices, kind: &Kind, value: &Value) -> String {
    let text = told(value);
    match (kind, value) {
        (_, Value::Null) => words.text("form-nothing"),
        (Kind::YesNo, Value::Bool(true)) => words.text("yes"),
        (Kind::YesNo, Value::Bool(false)) => words.text("no"),
        (Kind::Money, _) => format!("{text} {}", choices.money().0),
        (Kind::Choice(known) | Kind::Several(known), _) => {
            known.iter().find(|one| one.value == text).map_or(text, |one| one.label.clone())
        }
        (Kind::Time, _) => {
            let zone = choices.clock().map_or("UTC", |(_, zone)| zone);
            controls::civil(&text, zone).map_or(text, |shown| shown.replace('T', " "))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::forms::testing::{shop, words};

    fn german() -> Words {
        Words::of("de").unwrap()
    }

    fn fixture(name: &str) -> Value {
        let path = format!("{}/src/forms/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["schema"].take()
    }

    fn told_of(name: &str, value: Value) -> Vec<String> {
        let said = settings(words(), &fixture(name), &value, &shop());
        said.into_iter().map(|one| format!("{} = {}", one.title, one.value)).collect()
    }

    #[test]
    fn what_has_to_be_filled_in_comes_first_and_what_is_usual_is_not_told() {
        let sms =
            json!({ "text": "Hello {{ client.name }},\n  it is packed.", "phone": "mobile", "provider": "" });
        assert_eq!(
            told_of("send-sms", sms),
            ["Message text = Hello {{ client.name }}, it is packed.", "Phone number = Mobile"]
        );
        assert_eq!(
            told_of("send-sms", json!({ "text": "Hi", "phone": "auto", "provider": "twilio" })),
            ["Message text = Hi", "Provider = Twilio"]
        );
        let wait = json!({ "until": { "kind": "before", "field": "delivery-date", "days": 2 } });
        assert_eq!(told_of("wait", wait), ["Wait = On a date: 2, Delivery date"]);
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let said = told_of("send-sms", json!({ "text": "ä".repeat(200) }));
        assert_eq!(said, [format!("Message text = {}…", "ä".repeat(LONGEST))]);
        assert_eq!(cut(" two\n lines "), "two lines");
    }

    #[test]
    fn a_secret_is_never_told_wherever_it_stands() {
        let schema = json!({ "type": "object", "required": ["key", "headers", "to"], "properties": {
            "key": { "title": "Key", "type": "string", "writeOnly": true },
            "password": { "title": "Password", "type": "string", "format": "password" },
            "headers": { "title": "Headers", "type": "array", "items": { "type": "string", "writeOnly": true } },
            "login": { "title": "Login", "type": "object", "properties": {
                "name": { "type": "string" }, "pin": { "type": "string", "writeOnly": true },
            } },
            "to": { "title": "To", "type": "string" },
        } });
        let value = json!({
            "key": "s3cret-a", "password": "s3cret-b", "headers": ["s3cret-c"],
            "login": { "name": "ada", "pin": "s3cret-d" }, "to": "ada@example.com",
        });
        let said = settings(words(), &schema, &value, &shop());
        assert_eq!(said, [Said { title: "To".into(), value: "ada@example.com".into() }]);
    }

    #[test]
    fn lengths_are_told_in_every_language() {
        assert_eq!(length(words(), 2 * HOUR), "2 hours");
        assert_eq!(length(words(), DAY + 90 * MINUTE), "1 day 1 hour 30 minutes");
        assert_eq!(length(words(), 0), "0 seconds");
        assert_eq!(length(german(), -(2 * DAY + 1)), "2 Tage 1 Sekunde");
    }

    #[test]
    fn a_condition_reads_as_a_sentence() {
        let said =
            |words: Words, value: Value| condition(words, &serde_json::from_value(value).unwrap(), &shop());
        let total = json!({ "field": "order.total", "operator": "at-least", "value": "50" });
        assert_eq!(said(words(), total.clone()), "Total is at least 50 EUR");
        assert_eq!(said(german(), total.clone()), "Total ist mindestens 50 EUR");
        let paid = json!({ "field": "order.stage", "operator": "in", "value": ["paid", "gone"] });
        let filled = json!({ "field": "client.name", "operator": "filled" });
        let both = json!({ "any": [total, { "all": [paid, filled] }] });
        assert_eq!(
            said(words(), both.clone()),
            "Total is at least 50 EUR or (Stage is one of Paid, gone and Name is filled in)"
        );
        assert!(
            said(german(), both).contains(" oder (Stage ist eines von Paid, gone und Name ist ausgefüllt)")
        );
        let between = json!({ "field": "order.line-count", "operator": "between", "value": [2, 5] });
        assert_eq!(said(words(), between), "Lines is between 2 and 5");
        let canceled = json!({ "field": "order.canceled", "operator": "equals", "value": false });
        assert_eq!(said(words(), canceled), "Canceled is No");
        assert_eq!(said(words(), json!({ "all": [] })), "");
        let own = json!({ "field": "order.fields.gift-wrap", "operator": "equals", "value": "red" });
        assert_eq!(said(words(), own), "Gift wrap is red");
    }
}
