//! Small helpers on the plain data of `wit/types`.

use std::cmp::Ordering;
use std::fmt;

use crate::{Attr, Event, Instant, Issue, Money, Value};

/// Milliseconds, for durations.
pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// `at` plus a duration, without overflow.
pub fn later(at: Instant, by: u64) -> Instant {
    at.saturating_add_unsigned(by)
}

/// `at` minus a duration, without overflow.
pub fn earlier(at: Instant, by: u64) -> Instant {
    at.saturating_sub_unsigned(by)
}

/// A named value: `attr("line", "A")`.
pub fn attr(key: impl Into<String>, value: impl Into<Value>) -> Attr {
    Attr { key: key.into(), value: value.into() }
}

/// The value under a key, where it is there and not empty.
pub fn find<'a>(attrs: &'a [Attr], key: &str) -> Option<&'a Value> {
    attrs
        .iter()
        .find(|attr| attr.key == key)
        .map(|attr| &attr.value)
        .filter(|value| !matches!(value, Value::None))
}

/// The text, unless it is blank: for settings that may be left empty.
pub fn filled(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Whether a setting that may be left empty allows this: empty allows everything. Case does not matter, since
/// people type what other systems report.
pub fn allows(setting: &str, this: &str) -> bool {
    let setting = setting.trim();
    setting.is_empty() || setting.to_lowercase() == this.trim().to_lowercase()
}

/// The text in one line: for subjects and titles, into which anything may have been inserted.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Value {
    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The instant, where it is one.
    pub fn as_time(&self) -> Option<Instant> {
        match self {
            Value::Time(at) => Some(*at),
            _ => None,
        }
    }
}

/// What a person would read. Lists are joined with commas, times are milliseconds.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => Ok(()),
            Value::Text(text) | Value::Json(text) => f.write_str(text),
            Value::Integer(number) | Value::Time(number) => number.fmt(f),
            Value::Boolean(flag) => flag.fmt(f),
            Value::Money(money) => money.fmt(f),
            Value::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Boolean(flag)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Value::Money(money)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Value::Texts(texts)
    }
}

impl Money {
    /// `Money::new(1250, 2, "GBP")` is 12.50 GBP.
    pub fn new(amount: i64, scale: u8, currency: impl Into<String>) -> Self {
        Money { amount, scale, currency: currency.into() }
    }

    /// The amount without its currency, e.g. `12.50`; exact, never through a float.
    pub fn digits(&self) -> String {
        let sign = if self.amount < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.amount.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Which is more, whatever the scales. None for different currencies.
    pub fn compare(&self, other: &Money) -> Option<Ordering> {
        if self.currency != other.currency {
            return None;
        }
        let scale = self.scale.max(other.scale);
        let at = |money: &Money| {
            let factor = 10_i128.checked_pow(u32::from(scale - money.scale))?;
            i128::from(money.amount).checked_mul(factor)
        };
        Some(at(self)?.cmp(&at(other)?))
    }
}

/// E.g. `12.50 GBP`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.digits(), self.currency)
    }
}

impl Event {
    /// What the kind says about itself, e.g. `line` of a call.
    pub fn attr(&self, key: &str) -> Option<&Value> {
        find(&self.attrs, key)
    }

    /// The same as text; empty where there is none.
    pub fn attr_text(&self, key: &str) -> String {
        self.attr(key).map(Value::to_string).unwrap_or_default()
    }

    /// The same as a whole number, where it is one.
    pub fn attr_integer(&self, key: &str) -> Option<i64> {
        match self.attr(key) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// The same as a list, e.g. of the names of what changed. One text is a list of one.
    pub fn attr_texts(&self, key: &str) -> &[String] {
        match self.attr(key) {
            Some(Value::Texts(texts)) => texts,
            Some(Value::Text(text)) => std::slice::from_ref(text),
            _ => &[],
        }
    }
}

impl Issue {
    /// `path` is a JSON pointer such as `/text`; empty for the whole document.
    pub fn new(path: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Issue { path: path.into(), code: code.into(), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_exactly() {
        let written = |amount, scale| Money::new(amount, scale, "GBP").to_string();
        assert_eq!(written(1250, 2), "12.50 GBP");
        assert_eq!(written(-5, 2), "-0.05 GBP");
        assert_eq!(written(0, 2), "0.00 GBP");
        assert_eq!(written(700, 0), "700 GBP");
        assert_eq!(written(i64::MIN, 3), "-9223372036854775.808 GBP");
    }

    #[test]
    fn money_is_compared_across_scales() {
        let ten = Money::new(10, 0, "EUR");
        assert_eq!(ten.compare(&Money::new(1000, 2, "EUR")), Some(Ordering::Equal));
        assert_eq!(ten.compare(&Money::new(1001, 2, "EUR")), Some(Ordering::Less));
        assert_eq!(ten.compare(&Money::new(1000, 2, "USD")), None);
    }

    #[test]
    fn an_empty_setting_allows_everything() {
        assert!(allows("", "A") && allows(" ", "") && allows("Royal Mail", "royal mail "));
        assert!(!allows("A", "B") && !allows("A", "") && !allows("A", "AA"));
    }

    #[test]
    fn a_list_of_one_may_be_a_text() {
        let event =
            crate::testing::event("x").with_attr("one", "a").with_attr("two", vec!["a".into(), "b".into()]);
        assert_eq!((event.attr_texts("one").len(), event.attr_texts("two").len()), (1, 2));
        assert!(event.attr_texts("none").is_empty());
    }
}
