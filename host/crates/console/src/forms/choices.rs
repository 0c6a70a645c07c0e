//! What a shop offers where something is chosen.

use rulewright_domain::{Timestamp, condition::lookup};
use serde_json::Value;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the settings hold.
    pub value: String,
    /// What staff read.
    pub label: String,
    /// What else helps to tell it apart, e.g. `owner@example.org`. May be empty.
    pub note: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into(), note: String::new() }
    }
}

/// What a field holds: which operators and which input it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// Decimal, in the currency beside it.
    Money,
    YesNo,
    Date,
    Time,
    /// One of them.
    Choice(Vec<Choice>),
    /// A list of texts; the choices are empty where anything can stand in it.
    Several(Vec<Choice>),
    /// Nobody knows.
    Any,
}

/// What texts can insert and conditions compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `order.total`
    pub path: String,
    pub label: String,
    pub kind: Kind,
}

/// What pickers offer. Everything is asked for while a form is drawn, and nothing may have to be waited for.
pub trait Choices {
    /// By the `x-widget` of the schema, e.g. `employee`. A choice whose value is empty says what no choice means. None: there
    /// is no such list, and the name is written by hand.
    fn of(&self, widget: &str) -> Option<Vec<Choice>>;

    /// The fields of one of the shop's lists, for settings marked `x-list-fields`.
    fn list_fields(&self, list: &str) -> Option<Vec<Choice>>;

    /// In the order in which they are offered.
    fn fields(&self) -> &[Field];

    /// What conditions and texts of a sample order see, by root: `{"order": .., "client": ..}`.
    fn sample(&self) -> Option<&Value>;

    /// The time at which the sample is looked at, and the shop's zone.
    fn clock(&self) -> Option<(Timestamp, &str)>;

    /// The shop's currency, and how many digits are behind the point of its amounts.
    fn money(&self) -> (&str, u8);
}

/// A value of the sample order, as short as a line needs it. None: there is no sample, or it has nothing there.
pub(super) fn sample_of(choices: &dyn Choices, path: &str) -> Option<String> {
    const LONGEST: usize = 60;
    let value = lookup(choices.sample()?, path)?;
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(super::schema::told).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let short: String = text.chars().take(LONGEST).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    (!text.is_empty()).then(|| format!("{short}{more}"))
}
