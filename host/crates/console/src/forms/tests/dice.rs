//! Settings at random, as a form would write them: what has a default is there, and what is empty is left out where it may be.

use serde_json::{Map, Value, json};

use crate::forms::{
    read::is_blank,
    schema::{Node, Shape},
};

pub struct Dice(u64);

const LETTERS: &[&str] = &[
    "a",
    "Z",
    "0",
    " ",
    "\"",
    "<",
    ">",
    "&",
    "&amp;",
    "'",
    "ä",
    "я",
    "🚚",
    "{{ order.number }}",
    "{{",
    ",",
    "/",
    "\\",
    "true",
    "-",
];

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    fn text(&mut self, lines: bool) -> String {
        let mut text = String::new();
        for _ in 0..self.below(6) {
            match lines && self.below(6) == 0 {
                true => text.push('\n'),
                false => text.push_str(LETTERS[self.below(LETTERS.len())]),
            }
        }
        text
    }

    /// None: left out.
    pub fn value(&mut self, root: &Value, schema: &Value, required: bool) -> Option<Value> {
        let node = Node::of(root, schema);
        let open = !required && node.default().is_none();
        let leaves = !required && node.default().is_none_or(is_blank);
        match node.shape(root) {
            Shape::Const(value) => required.then_some(value),
            _ if node.widget() == "secret" => None,
            Shape::Number { .. } if !required && self.below(3) == 0 => None,
            Shape::One(_) | Shape::YesNo | Shape::Variants(_) | Shape::Json if open && self.below(3) == 0 => {
                None
            }
            Shape::One(offered) => Some(offered[self.below(offered.len())].value.clone()),
            Shape::Many(offered) => {
                let values = offered.into_iter().filter(|_| self.below(2) == 0).map(|one| one.value);
                let values: Vec<Value> = values.collect();
                (!(leaves && values.is_empty())).then_some(Value::Array(values))
            }
            Shape::YesNo => Some((self.below(2) == 0).into()),
            Shape::Number { whole: true } => Some(json!(self.below(100_000) as i64 - 500)),
            Shape::Number { whole: false } => Some(json!(self.below(1000) as f64 / 8.0 + 0.5)),
            Shape::Text { mixed } => {
                let long = matches!(node.widget(), "textarea" | "sms" | "code");
                let text = self.text(long);
                if text.is_empty() && (leaves || node.nullable()) {
                    return None;
                }
                Some(match self.below(3) {
                    0 if mixed => self.scalar(&node),
                    // A text that says the same as a number or a flag is taken for one.
                    _ if mixed => format!("x{text}").into(),
                    _ => text.into(),
                })
            }
            Shape::List(items) => {
                let values: Vec<Value> =
                    (0..self.below(4)).filter_map(|_| self.value(root, &items, true)).collect();
                (!(leaves && values.is_empty())).then_some(Value::Array(values))
            }
            Shape::Object(properties) => {
                let mut map = Map::new();
                for property in properties {
                    if let Some(value) = self.value(root, &property.schema, property.required) {
                        map.insert(property.key, value);
                    }
                }
                let value = Value::Object(map);
                (required || !is_blank(&value)).then_some(value)
            }
            Shape::Map(of) => {
                let keys: Vec<&str> =
                    ["a", "b/c", "d~e"].into_iter().filter(|_| self.below(2) == 0).collect();
                let entry = |key: &&str| Some(((*key).to_owned(), self.value(root, &of, true)?));
                let map: Map<String, Value> = keys.iter().filter_map(entry).collect();
                (required || !map.is_empty()).then_some(Value::Object(map))
            }
            Shape::Variants(variants) => {
                let variant = &variants[self.below(variants.len())];
                let mut value = self.value(root, &variant.schema, true)?;
                if let Some((key, tag)) = &variant.tag {
                    value[key] = tag.clone();
                }
                // A whole number and a fraction that is whole are the same to JSON.
                Some(value)
            }
            Shape::Json => Some(
                [json!(null), json!(7), json!("x"), json!("7"), json!(""), json!({ "a": [1] })]
                    [self.below(5) + 1]
                    .clone(),
            ),
        }
    }

    fn scalar(&mut self, node: &Node) -> Value {
        let may = |name: &str| {
            node.get("type").and_then(Value::as_array).is_some_and(|all| all.contains(&name.into()))
        };
        match may("boolean") {
            true => (self.below(2) == 0).into(),
            false => json!(self.below(100)),
        }
    }
}
