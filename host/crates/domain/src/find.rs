//! Which of many, by any part of what is stored of them: the filter of a list, and how it is sorted.
//!
//! A filter says what it means without a database: [`Filter::matches`]. A storage may answer it by an index.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

mod look;
mod test;

pub use test::{Key, Probe, moment, number};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// The empty one matches everything.
    All(Vec<Filter>),
    /// The empty one matches nothing.
    Any(Vec<Filter>),
    /// What is missing is not equal to anything, so `Not` of `Equal` matches it.
    Not(Box<Filter>),
    Is {
        field: Field,
        test: Test,
    },
}

/// A part of the stored JSON. Where the path leads through lists or ends in one, each element is a value of the
/// field, and a test holds when it holds for one of them. An object is no value: name a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Keys from the outside to the inside; they may hold any character.
    pub path: Vec<String>,
    pub kind: Kind,
}

/// How values are compared. What cannot be read as the kind is no value of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// In any case, of any script; numbers by their digits.
    Text,
    /// As 64-bit floats, also those that are text such as `12.50`. An id such as `ord_7` is its number.
    Number,
    /// RFC 3339. A day, and a time without a zone, is taken for UTC.
    Moment,
    Flag,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// To null: missing.
    Equal(Scalar),
    In(Vec<Scalar>),
    Below(Scalar),
    AtMost(Scalar),
    Above(Scalar),
    AtLeast(Scalar),
    /// As text, whatever the kind.
    Contains(String),
    /// As text, whatever the kind: `%` is any text, `_` one character.
    Like(String),
    /// Absent, null, empty text or an empty list.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// What is missing first.
    Up,
    Down,
}

impl Field {
    pub fn new<S: Into<String>>(path: impl IntoIterator<Item = S>, kind: Kind) -> Field {
        Field { path: path.into_iter().map(Into::into).collect(), kind }
    }

    pub fn text<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Field {
        Field::new(path, Kind::Text)
    }

    pub fn number<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Field {
        Field::new(path, Kind::Number)
    }

    pub fn moment<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Field {
        Field::new(path, Kind::Moment)
    }

    pub fn flag<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Field {
        Field::new(path, Kind::Flag)
    }

    pub fn is(self, test: Test) -> Filter {
        Filter::Is { field: self, test }
    }

    /// As a key to sort by: the first value, where there are several.
    pub fn key(&self, json: &str) -> Option<Key> {
        let mut first = None;
        look::at(json, &self.path, &mut |seen| {
            if first.is_none() {
                first = Key::of(self.kind, &seen);
            }
        });
        first
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Scalar {
        Scalar::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Scalar {
        Scalar::Text(text)
    }
}

impl From<f64> for Scalar {
    fn from(number: f64) -> Scalar {
        Scalar::Number(number)
    }
}

impl From<bool> for Scalar {
    fn from(flag: bool) -> Scalar {
        Scalar::Flag(flag)
    }
}

impl From<Timestamp> for Scalar {
    fn from(at: Timestamp) -> Scalar {
        Scalar::Text(at.to_string())
    }
}

impl Filter {
    /// Tests in all of it. Each costs time at every row, so a caller is not free to send any number.
    pub const MOST: usize = 200;
    /// Levels of `All`, `Any` and `Not`: far below what a database can nest.
    pub const DEEPEST: usize = 16;
    /// Characters of a pattern, or of a text that is looked for.
    pub const LONGEST: usize = 1_000;
    /// Values of one `In`.
    pub const VALUES: usize = 1_000;

    /// What is wrong with it, for whoever sent it.
    pub fn check(&self) -> Result<(), String> {
        let mut tests = 0;
        self.check_at(1, &mut tests)?;
        match tests > Self::MOST {
            true => Err(format!("the filter has {tests} conditions: {} are the most", Self::MOST)),
            false => Ok(()),
        }
    }

    fn check_at(&self, depth: usize, tests: &mut usize) -> Result<(), String> {
        if depth > Self::DEEPEST {
            return Err(format!(
                "the filter is nested more than {} levels deep: write it flatter",
                Self::DEEPEST
            ));
        }
        match self {
            Filter::All(parts) | Filter::Any(parts) => {
                parts.iter().try_for_each(|part| part.check_at(depth + 1, tests))
            }
            Filter::Not(part) => part.check_at(depth + 1, tests),
            Filter::Is { field, test } => {
                *tests += 1;
                test.check().map_err(|wrong| format!("condition on `{}`: {wrong}", field.path.join(".")))
            }
        }
    }

    /// Whether it is true of what is stored as this JSON.
    pub fn matches(&self, json: &str) -> bool {
        match self {
            Filter::All(parts) => parts.iter().all(|part| part.matches(json)),
            Filter::Any(parts) => parts.iter().any(|part| part.matches(json)),
            Filter::Not(part) => !part.matches(json),
            Filter::Is { field, test } => Probe::new(field, test).holds(json),
        }
    }
}

impl Test {
    fn check(&self) -> Result<(), String> {
        let finite = |value: &Scalar| match value {
            Scalar::Number(number) if !number.is_finite() => Err(format!("`{number}` is no number")),
            _ => Ok(()),
        };
        match self {
            Test::Equal(value)
            | Test::Below(value)
            | Test::AtMost(value)
            | Test::Above(value)
            | Test::AtLeast(value) => finite(value),
            Test::In(values) if values.len() > Filter::VALUES => {
                Err(format!("{} values: {} are the most", values.len(), Filter::VALUES))
            }
            Test::In(values) => values.iter().try_for_each(finite),
            Test::Contains(text) | Test::Like(text) if text.chars().count() > Filter::LONGEST => {
                Err(format!("the text is longer than {} characters", Filter::LONGEST))
            }
            Test::Contains(_) | Test::Like(_) | Test::Missing => Ok(()),
        }
    }
}

/// What is the same in any case: `Straße` and `STRASSE`, `Ὀδυσσεύς` and `ὈΔΥΣΣΕΎΣ`; and however its letters are
/// written: see [`composed`].
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // First up: some letters have two small forms, or a large one of two letters. Composed last: on the way they may
    // have come apart.
    let small: String = text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    composed(&small).into_owned()
}

/// With each letter in one piece (Unicode's form C). Some systems write `é` as an `e` and an accent; nobody sees it.
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Whether the text is as the pattern says; both are folded.
pub fn like(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    // Where the last `%` stood, and what it has not swallowed yet.
    let mut resume = None;
    loop {
        let (mut next_text, mut next_pattern) = (text.clone(), pattern.clone());
        match (next_text.next(), next_pattern.next()) {
            (None, None) => return true,
            (_, Some('%')) => {
                pattern = next_pattern;
                resume = Some((text.clone(), pattern.clone()));
                continue;
            }
            (Some(one), Some(other)) if other == '_' || one == other => {
                (text, pattern) = (next_text, next_pattern);
                continue;
            }
            (None, Some(_)) => return false,
            _ => {}
        }
        // One more character for the last `%`.
        let Some((rest, after)) = &mut resume else { return false };
        if rest.next().is_none() {
            return false;
        }
        (text, pattern) = (rest.clone(), after.clone());
    }
}

#[cfg(test)]
mod tests;
