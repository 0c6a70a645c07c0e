//! What a schema makes of one place of the settings: strangers write schemas, so whatever is not understood is still
//! something that can be filled in.

use rulewright_domain::template::Writing;
use serde_json::{Map, Value};

use super::spot::label;

/// Schemas that are put together for one place: an accepted one has no circle, and this one holds for any.
const DEPTH: usize = 40;
const PARTS: usize = 500;

/// One place, with all that is said of it anywhere put together.
#[derive(Clone, Debug)]
pub(super) struct Node {
    keys: Map<String, Value>,
    /// Whether nothing may stand there.
    nullable: bool,
}

/// How it is filled in.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Const(Value),
    /// One of several values.
    One(Vec<Offered>),
    /// Any of several values, each once.
    Many(Vec<Offered>),
    YesNo,
    Number {
        whole: bool,
    },
    /// `mixed`: a number or yes or no is taken as such, else as a text.
    Text {
        mixed: bool,
    },
    /// Of items that are alike.
    List(Value),
    Object(Vec<Property>),
    /// Of names that whoever fills it in makes up.
    Map(Value),
    Variants(Vec<Variant>),
    /// Anything: as JSON.
    Json,
}

#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub value: Value,
    pub title: String,
}

#[derive(Clone, Debug)]
pub(super) struct Property {
    pub key: String,
    pub schema: Value,
    pub required: bool,
}

/// One of several forms.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub title: String,
    pub help: String,
    pub schema: Value,
    /// The property that says so, with its value. None: it is told by what stands there.
    pub tag: Option<(String, Value)>,
}

impl Node {
    pub fn of(root: &Value, schema: &Value) -> Node {
        let mut node = Node { keys: Map::new(), nullable: false };
        node.take(root, schema, 0, &mut 0);
        node
    }

    /// What stands nearer is said of this place, what is referred to of many.
    fn take(&mut self, root: &Value, schema: &Value, depth: usize, parts: &mut usize) {
        *parts += 1;
        let Some(keys) = schema.as_object().filter(|_| depth < DEPTH && *parts < PARTS) else { return };
        let target = keys.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        if let Some(target) = target.and_then(|pointer| root.pointer(pointer)) {
            self.take(root, target, depth + 1, parts);
        }
        for part in array(keys.get("allOf")) {
            self.take(root, part, depth + 1, parts);
        }
        for either in ["anyOf", "oneOf"] {
            let (nothing, something): (Vec<_>, Vec<_>) =
                array(keys.get(either)).iter().partition(|one| one["type"] == "null");
            if let ([_], [only]) = (&*nothing, &*something) {
                self.nullable = true;
                self.take(root, only, depth + 1, parts);
            }
        }
        for (key, value) in keys {
            match (key.as_str(), value, self.keys.get_mut(key)) {
                ("$ref" | "allOf" | "$defs", ..) => {}
                ("anyOf" | "oneOf", Value::Array(all), _) if self.nullable && all.len() == 2 => {}
                ("properties", Value::Object(more), Some(Value::Object(all))) => {
                    all.extend(more.clone());
                }
                ("required", Value::Array(more), Some(Value::Array(all))) => all.extend(more.clone()),
                _ => {
                    self.keys.insert(key.clone(), value.clone());
                }
            }
        }
    }

    pub fn text(&self, key: &str) -> &str {
        self.keys.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.get(key)
    }

    pub fn default(&self) -> Option<&Value> {
        self.keys.get("default").filter(|value| !value.is_null())
    }

    /// Of a text: what its name in the schema is, or the format that says as much.
    pub fn widget(&self) -> &str {
        let unread = self.keys.get("writeOnly") == Some(&Value::Bool(true));
        if unread || self.text("format") == "password" || self.text("x-widget") == "password" {
            return "secret";
        }
        match (self.text("x-widget"), self.text("format")) {
            ("", "uri") => "url",
            ("", format @ ("date" | "time" | "date-time" | "email" | "duration")) => format,
            // The plugin's word for it is not a picker's.
            ("", _) if self.keys.get("x-field") == Some(&Value::Bool(true)) => "order-field",
            (widget, _) => widget,
        }
    }

    pub fn writing(&self) -> Option<Writing> {
        self.keys.get("x-template").and_then(|mark| {
            // `Writing` reads it from a schema.
            Writing::of(&Value::Object(Map::from_iter([("x-template".to_owned(), mark.clone())])))
        })
    }

    /// Whether it can be left open: nothing then stands for something of the plugin's.
    pub fn nullable(&self) -> bool {
        self.nullable || self.types().contains(&"null")
    }

    fn types(&self) -> Vec<&str> {
        match self.keys.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub fn shape(&self, root: &Value) -> Shape {
        if let Some(value) = self.keys.get("const") {
            return Shape::Const(value.clone());
        }
        if let Some(offered) = self.offered(root) {
            return Shape::One(offered);
        }
        if let Some(variants) = self.variants(root) {
            return Shape::Variants(variants);
        }
        let types: Vec<&str> = self.types().into_iter().filter(|name| *name != "null").collect();
        match types.as_slice() {
            ["boolean"] => Shape::YesNo,
            ["integer"] => Shape::Number { whole: true },
            ["number"] | ["integer", "number"] | ["number", "integer"] => Shape::Number { whole: false },
            ["string"] => Shape::Text { mixed: false },
            ["array"] => self.list(root),
            ["object"] => self.object(),
            [] if self.keys.contains_key("properties") => self.object(),
            [] if self.keys.contains_key("x-template") => Shape::Text { mixed: false },
            several if several.contains(&"string") && !several.iter().any(|one| is_whole(one)) => {
                Shape::Text { mixed: true }
            }
            _ => Shape::Json,
        }
    }

    /// Values by `enum`, or `oneOf` with a title each.
    fn offered(&self, root: &Value) -> Option<Vec<Offered>> {
        if let Some(Value::Array(values)) = self.keys.get("enum") {
            let values = values.iter().filter(|value| !value.is_null());
            return Some(values.map(|value| Offered { value: value.clone(), title: told(value) }).collect());
        }
        let all = ["oneOf", "anyOf"].into_iter().find_map(|key| self.keys.get(key))?.as_array()?;
        let mut offered = Vec::new();
        for one in all {
            let node = Node::of(root, one);
            // Values with and without a comment stand apart.
            match (node.keys.get("const"), node.keys.get("enum")) {
                (Some(value), _) => {
                    let title = node.text("title");
                    let title = if title.is_empty() { told(value) } else { title.to_owned() };
                    offered.push(Offered { value: value.clone(), title });
                }
                (None, Some(Value::Array(values))) => {
                    offered.extend(
                        values.iter().map(|value| Offered { value: value.clone(), title: told(value) }),
                    );
                }
                _ => return None,
            }
        }
        (!offered.is_empty()).then_some(offered)
    }

    fn variants(&self, root: &Value) -> Option<Vec<Variant>> {
        let all = ["oneOf", "anyOf"].into_iter().find_map(|key| self.keys.get(key))?.as_array()?;
        let variant = |one: &Value| {
            let node = Node::of(root, one);
            let of = node.keys.get("properties").and_then(Value::as_object);
            let tag = of
                .into_iter()
                .flatten()
                .find_map(|(key, property)| Some((key.clone(), property.get("const")?.clone())));
            let title = match (node.text("title"), &tag) {
                ("", Some((_, value))) => label(&told(value)),
                ("", None) => node.types().first().copied().unwrap_or_default().to_owned(),
                (title, _) => title.to_owned(),
            };
            Variant { title, help: node.text("description").to_owned(), schema: one.clone(), tag }
        };
        (!all.is_empty()).then(|| all.iter().map(variant).collect())
    }

    fn list(&self, root: &Value) -> Shape {
        let mut items = self.keys.get("items").cloned().unwrap_or_default();
        let unique = self.keys.get("uniqueItems") == Some(&Value::Bool(true));
        if let Some(offered) = Node::of(root, &items).offered(root)
            && (unique || self.widget() == "checkboxes")
        {
            return Shape::Many(offered);
        }
        // Several of what one is chosen from.
        if self.widget() == "employees" && Node::of(root, &items).widget().is_empty() && items.is_object() {
            items["x-widget"] = "employee".into();
        }
        Shape::List(items)
    }

    fn object(&self) -> Shape {
        let required: Vec<&str> = array(self.keys.get("required")).iter().filter_map(Value::as_str).collect();
        let all = self.keys.get("properties").and_then(Value::as_object);
        match (all, self.keys.get("additionalProperties")) {
            (None, Some(of @ Value::Object(_))) => Shape::Map(of.clone()),
            (None, Some(Value::Bool(true))) => Shape::Json,
            (all, _) => Shape::Object(
                all.into_iter()
                    .flatten()
                    .map(|(key, schema)| Property {
                        key: key.clone(),
                        schema: schema.clone(),
                        required: required.contains(&key.as_str()),
                    })
                    .collect(),
            ),
        }
    }

    /// Properties that nobody needs to see while this one is empty.
    pub fn dependents(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.keys.get("dependentRequired").and_then(Value::as_object);
        all.into_iter().flatten().flat_map(|(key, others)| {
            array(Some(others)).iter().filter_map(Value::as_str).map(move |other| (key.as_str(), other))
        })
    }
}

/// Which of the variants a value is, or was chosen to be: the first where nothing tells.
pub(super) fn variant_of(root: &Value, variants: &[Variant], value: &Value) -> usize {
    let tagged = variants
        .iter()
        .position(|variant| variant.tag.as_ref().is_some_and(|(key, tag)| value.get(key) == Some(tag)));
    let fits = |variant: &Variant| {
        let node = Node::of(root, &variant.schema);
        match (node.shape(root), value) {
            (Shape::Object(all), Value::Object(there)) => {
                there.keys().all(|key| all.iter().any(|property| property.key == *key))
                    && all.iter().all(|property| !property.required || there.contains_key(&property.key))
            }
            (Shape::Map(_), Value::Object(_))
            | (Shape::List(_) | Shape::Many(_), Value::Array(_))
            | (Shape::YesNo, Value::Bool(_))
            | (Shape::Number { whole: false }, Value::Number(_))
            | (Shape::Text { .. }, Value::String(_)) => true,
            (Shape::Number { whole: true }, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (Shape::Const(one), value) => one == *value,
            (Shape::One(offered), value) => offered.iter().any(|one| one.value == *value),
            _ => false,
        }
    };
    tagged.or_else(|| variants.iter().position(fits)).unwrap_or_default()
}

/// A value as it stands in a form.
pub(super) fn told(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_whole(of: &str) -> bool {
    matches!(of, "array" | "object")
}

pub(super) fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A step of a JSON pointer.
pub(super) fn step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
