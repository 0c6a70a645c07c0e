//! One place of a form: what is said of it, what stands there, and how its parts are named and tied together.

use serde_json::Value;

use super::{Choice, schema::Node};

pub(super) struct Spot<'s> {
    /// Of its input.
    pub name: String,
    /// Into the settings, without what is before every name.
    pub pointer: String,
    pub node: Node,
    pub value: Option<&'s Value>,
    pub required: bool,
    /// Where the schema does not say.
    pub label: String,
    /// What it is chosen from, whatever the schema says.
    pub offered: Option<Vec<Choice>>,
    /// Whether something beside it says already what it is.
    pub quiet: bool,
    pub depth: usize,
}

impl Spot<'_> {
    pub fn title(&self) -> &str {
        match self.node.text("title") {
            "" => &self.label,
            title => title,
        }
    }

    /// Of its title and help: plugins write their schemas in English.
    pub fn lang(&self) -> Option<&'static str> {
        (!self.node.text("title").is_empty()).then_some("en")
    }

    /// What stands there, or else what the plugin takes where nothing does.
    pub fn shown(&self) -> Option<&Value> {
        self.value.or_else(|| self.node.default())
    }

    /// Whether "nothing" has to be among what can be chosen.
    pub fn may_be_open(&self) -> bool {
        self.node.nullable() || !self.required && self.node.default().is_none()
    }

    pub fn id(&self) -> String {
        id(&self.name)
    }
}

/// An id that no other name has, and that needs no escape in a selector.
pub(super) fn id(name: &str) -> String {
    let mut id = String::from("f");
    for c in name.chars() {
        match c {
            '/' => id.push_str("__"),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => id.push(c),
            other => id.push_str(&format!("_{:x}-", u32::from(other))),
        }
    }
    id
}

/// A key as a label: `delivery-date` is `Delivery date`.
pub(super) fn label(key: &str) -> String {
    let words = key.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
