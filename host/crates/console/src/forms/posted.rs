//! What a browser sends, by name.

use std::collections::HashMap;

/// The pairs of a form, looked through once: there may be many, and a form asks for each of its names.
pub struct Posted<'p> {
    by_name: HashMap<&'p str, Vec<&'p str>>,
}

impl<'p> Posted<'p> {
    pub fn of(pairs: &'p [(String, String)]) -> Posted<'p> {
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, value) in pairs {
            by_name.entry(name).or_default().push(value);
        }
        Posted { by_name }
    }

    /// The last of that name: a tick follows the hidden input that says what no tick means.
    pub fn last(&self, name: &str) -> Option<&'p str> {
        self.all(name).last().copied()
    }

    pub fn all(&self, name: &str) -> &[&'p str] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a box was there, and ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.last(name) == Some("true")
    }

    /// The lines of a list, as they are named, in their order; each once.
    pub fn items(&self, name: &str) -> Vec<&'p str> {
        let mut items: Vec<&str> = Vec::new();
        for item in self.all(&item(name)) {
            let plain = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_digit());
            if plain && items.len() < MOST && !items.contains(item) {
                items.push(item);
            }
        }
        items
    }
}

/// Lines of a list: more than anybody fills in, and few enough to be looked through for each other.
const MOST: usize = 500;

/// Names of what is no value of its own.
pub(super) fn item(name: &str) -> String {
    format!("{name}~item")
}

/// Says that a list was there, though it may have no lines.
pub(super) fn there(name: &str) -> String {
    format!("{name}~there")
}

/// Which of several forms, where no property says so.
pub(super) fn variant(name: &str) -> String {
    format!("{name}~is")
}

/// Line and name of a line whose name is made up by whoever fills it in.
pub(super) fn entry(name: &str, index: impl std::fmt::Display) -> String {
    format!("{name}~:{index}")
}

pub(super) fn key(entry: &str) -> String {
    format!("{entry}~key")
}

/// Digits behind the point of an amount.
pub(super) fn scale(name: &str) -> String {
    format!("{name}~scale")
}

/// Where a clock shows this time.
pub(super) fn zone(name: &str) -> String {
    format!("{name}~zone")
}
