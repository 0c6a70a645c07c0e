use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Hands out gapless numbers: the next one is taken in the transaction that stores the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numerator {
    pub name: String,
    /// `{number}` is replaced, and `{year}`, `{month}` and `{day}` of the day where the shop is: `INV-{year}-{number}`.
    pub pattern: String,
    pub start: u64,
    #[serde(default = "one")]
    pub step: u64,
    /// The number is filled up in front to this length.
    pub pad: u8,
    #[serde(default = "zero")]
    pub pad_with: char,
    #[serde(default)]
    pub reset: Reset,
}

/// When numbers begin anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    #[default]
    Never,
    Year,
    Month,
    Day,
}

fn one() -> u64 {
    1
}

fn zero() -> char {
    '0'
}

/// Parts of a pattern, and how the calendar writes them.
const DATE: [(&str, &str); 3] = [("{year}", "%Y"), ("{month}", "%m"), ("{day}", "%d")];
const NUMBER: &str = "{number}";

impl Numerator {
    /// Where a numerator may begin, and how far apart its numbers may be. Numbers are stored as 64 bits with a sign;
    /// from here nobody counts to their end.
    pub const MAX: u64 = 1_000_000_000_000_000;
    /// Characters of a pattern: its numbers become names of files.
    const LONGEST: usize = 100;
    /// Digits of a 64-bit number.
    const PAD: u8 = 20;

    /// One that counts from 1, without anything else.
    pub fn new(name: impl Into<String>, pattern: impl Into<String>) -> Numerator {
        let (name, pattern) = (name.into(), pattern.into());
        Numerator { name, pattern, start: 1, step: 1, pad: 0, pad_with: '0', reset: Reset::Never }
    }

    /// What is wrong with it: the field, and what to do.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        let mut rest = self.pattern.clone();
        for known in DATE.iter().map(|(part, _)| *part).chain([NUMBER]) {
            rest = rest.replace(known, "");
        }
        let missing = match self.reset {
            Reset::Never => &[][..],
            Reset::Year => &DATE[..1],
            Reset::Month => &DATE[..2],
            Reset::Day => &DATE[..],
        };
        // A number would come again after each beginning.
        let missing = missing.iter().find(|(part, _)| !self.pattern.contains(part));
        if self.pattern.matches(NUMBER).count() != 1 {
            Some(("pattern", format!("it needs `{NUMBER}` once, e.g. INV-{NUMBER}")))
        } else if rest.contains(['{', '}']) {
            Some(("pattern", format!("`{rest}` is left: it knows {{year}}, {{month}}, {{day}} and {NUMBER}")))
        } else if self.pattern.chars().count() > Self::LONGEST || self.pattern.contains(char::is_control) {
            Some(("pattern", format!("it is one line of at most {} characters", Self::LONGEST)))
        } else if let Some((part, _)) = missing {
            let message = format!("numbers that begin anew need `{part}` in it, or one would be given twice");
            Some(("pattern", message))
        } else if self.start > Self::MAX {
            Some(("start", format!("{} is beyond {}, where a numerator may begin", self.start, Self::MAX)))
        } else if !(1..=Self::MAX).contains(&self.step) {
            Some(("step", format!("{} is not from 1 to {}", self.step, Self::MAX)))
        } else if self.pad > Self::PAD {
            Some(("pad", format!("{} is beyond {}, the most digits of a number", self.pad, Self::PAD)))
        } else if matches!(self.pad_with, '1'..='9' | '{' | '}') || self.pad_with.is_control() {
            // 11 and 1 filled up with 1 would be one number.
            Some(("pad_with", "it is 0, or a sign that is neither digit nor brace".to_owned()))
        } else {
            None
        }
    }

    /// What counts for itself: one counter for each, the empty one where numbers never begin anew.
    pub fn period(&self, at: Timestamp, zone: &str) -> String {
        let pattern = match self.reset {
            Reset::Never => return String::new(),
            Reset::Year => "%Y",
            Reset::Month => "%Y-%m",
            Reset::Day => "%Y-%m-%d",
        };
        at.written(zone, pattern).unwrap_or_default()
    }

    /// The number after the last of its period. A start that has been raised above it counts; one below it would give a
    /// number twice.
    pub fn after(&self, last: Option<u64>) -> u64 {
        last.map_or(self.start, |last| last.saturating_add(self.step).max(self.start))
    }

    pub fn format(&self, number: u64, at: Timestamp, zone: &str) -> String {
        let digits = number.to_string();
        let missing = usize::from(self.pad).saturating_sub(digits.len());
        let padded: String = std::iter::repeat_n(self.pad_with, missing).chain(digits.chars()).collect();
        let mut text = self.pattern.replace(NUMBER, &padded);
        for (part, written) in DATE {
            if text.contains(part) {
                text = text.replace(part, &at.written(zone, written).unwrap_or_default());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONDON: &str = "Europe/London";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_number_has_the_parts_of_the_day_where_the_shop_is() {
        let numerator = Numerator { pad: 4, ..Numerator::new("n", "INV/{day}.{month}.{year}/{number}") };
        // Summer time: it is the first of July there.
        let evening = at("2026-06-30T23:30:00Z");
        assert_eq!(numerator.format(7, evening, LONDON), "INV/01.07.2026/0007");
        assert_eq!(numerator.format(7, evening, "UTC"), "INV/30.06.2026/0007");
        assert_eq!(numerator.format(12_345, evening, "UTC"), "INV/30.06.2026/12345");
        let spaced = Numerator { pad: 3, pad_with: '.', ..Numerator::new("n", "{number}") };
        assert_eq!(spaced.format(7, evening, "UTC"), "..7");
    }

    #[test]
    fn periods_begin_where_the_shop_is() {
        for (reset, london, utc) in [
            (Reset::Never, "", ""),
            (Reset::Year, "2026", "2026"),
            (Reset::Month, "2026-07", "2026-06"),
            (Reset::Day, "2026-07-01", "2026-06-30"),
        ] {
            let numerator = Numerator { reset, ..Numerator::new("n", "{number}") };
            assert_eq!(numerator.period(at("2026-06-30T23:30:00Z"), LONDON), london);
            assert_eq!(numerator.period(at("2026-06-30T23:30:00Z"), "UTC"), utc);
        }
    }

    #[test]
    fn numbers_go_on_in_steps_and_never_back() {
        let numerator = Numerator { start: 100, step: 5, ..Numerator::new("n", "{number}") };
        assert_eq!(numerator.after(None), 100);
        assert_eq!(numerator.after(Some(100)), 105);
        assert_eq!(numerator.after(Some(7)), 100, "a start that was raised counts");
        assert_eq!(numerator.after(Some(300)), 305);
    }

    #[test]
    fn a_numerator_that_would_give_a_number_twice_is_refused() {
        let good = Numerator::new("n", "INV-{number}");
        assert_eq!(good.problem(), None);
        let yearly = |pattern: &str| Numerator { reset: Reset::Year, ..Numerator::new("n", pattern) };
        assert_eq!(yearly("{year}-{number}").problem(), None);
        for (numerator, field) in [
            (Numerator::new("n", "INV"), "pattern"),
            (Numerator::new("n", "{number}-{number}"), "pattern"),
            (Numerator::new("n", "{number}-{client}"), "pattern"),
            (yearly("INV-{number}"), "pattern"),
            (Numerator { reset: Reset::Day, ..Numerator::new("n", "{year}-{month}-{number}") }, "pattern"),
            (Numerator { start: u64::MAX, ..good.clone() }, "start"),
            (Numerator { step: 0, ..good.clone() }, "step"),
            (Numerator { pad: 21, ..good.clone() }, "pad"),
            (Numerator { pad_with: '1', ..good.clone() }, "pad_with"),
        ] {
            assert_eq!(numerator.problem().map(|(field, _)| field), Some(field), "{numerator:?}");
        }
    }

    #[test]
    fn a_numerator_of_before_counts_on() {
        let stored = r#"{"name":"invoices","pattern":"INV-{number}","start":1,"pad":4}"#;
        let read: Numerator = serde_json::from_str(stored).unwrap();
        assert_eq!(read, Numerator { pad: 4, ..Numerator::new("invoices", "INV-{number}") });
    }
}
