use std::{borrow::Cow, cmp::Ordering};

use super::{
    Field, Kind, Scalar, Test, fold, like,
    look::{self, Seen},
};
use crate::Timestamp;

/// A value in the form in which its kind is compared.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Key {
    /// Moments in milliseconds since the Unix epoch; flags are 0 or 1.
    Number(f64),
    /// Folded.
    Text(String),
}

impl Key {
    /// None where it is no value of the kind, as null never is.
    pub fn new(kind: Kind, value: &Scalar) -> Option<Key> {
        Key::of(
            kind,
            &match value {
                Scalar::Null => Seen::Null,
                Scalar::Flag(flag) => Seen::Flag(*flag),
                Scalar::Number(number) => Seen::Number(*number),
                Scalar::Text(text) => Seen::Text(text),
            },
        )
    }

    pub(super) fn of(kind: Kind, seen: &Seen<'_>) -> Option<Key> {
        match kind {
            Kind::Text => text(seen).map(|text| Key::Text(fold(&text))),
            Kind::Number => match seen {
                Seen::Null => None,
                Seen::Flag(flag) => Some(Key::Number(f64::from(u8::from(*flag)))),
                Seen::Number(number) => Some(Key::Number(*number)),
                Seen::Whole(number) => Some(Key::Number(*number as f64)),
                Seen::Text(text) => number(text).map(Key::Number),
            },
            Kind::Moment => match seen {
                Seen::Text(text) => moment(text).map(|at| Key::Number(at.0 as f64)),
                _ => None,
            },
            Kind::Flag => match seen {
                Seen::Flag(flag) => Some(Key::Number(f64::from(u8::from(*flag)))),
                Seen::Whole(number @ (0 | 1)) => Some(Key::Number(*number as f64)),
                Seen::Text("true" | "1") => Some(Key::Number(1.0)),
                Seen::Text("false" | "0") => Some(Key::Number(0.0)),
                Seen::Number(number) if *number == 0.0 || *number == 1.0 => Some(Key::Number(*number)),
                _ => None,
            },
        }
    }

    fn compare(&self, other: &Key) -> Option<Ordering> {
        match (self, other) {
            (Key::Number(one), Key::Number(other)) => one.partial_cmp(other),
            (Key::Text(one), Key::Text(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

fn text<'s>(seen: &Seen<'s>) -> Option<Cow<'s, str>> {
    match seen {
        Seen::Null => None,
        Seen::Flag(flag) => Some(flag.to_string().into()),
        Seen::Number(number) => Some(number.to_string().into()),
        Seen::Whole(number) => Some(number.to_string().into()),
        Seen::Text(text) => Some((*text).into()),
    }
}

/// Of a text: a decimal number, or the one in an id.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = match text.split_once('_') {
        Some((prefix, digits))
            if prefix.bytes().all(|byte| byte.is_ascii_lowercase()) && is_digits(digits) =>
        {
            digits
        }
        _ => text,
    };
    // Else `nan`, `inf` and `infinity` would be numbers.
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    digits.parse().ok().filter(|number: &f64| decimal && number.is_finite())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Of a text with or without a zone, or of a day.
pub fn moment(text: &str) -> Option<Timestamp> {
    crate::moment(text.trim(), "UTC").ok()
}

/// A test made ready to be put to many rows.
#[derive(Clone, Debug)]
pub struct Probe {
    path: Vec<String>,
    kind: Kind,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Missing,
    In {
        keys: Vec<Key>,
        or_missing: bool,
    },
    /// None: nothing compares with it.
    Compares(Option<Key>, fn(Ordering) -> bool),
    Contains(String),
    Like(String),
}

impl Probe {
    pub fn new(field: &Field, test: &Test) -> Probe {
        let kind = field.kind;
        let key = |value: &Scalar| Key::new(kind, value);
        let what = match test {
            Test::Missing | Test::Equal(Scalar::Null) => What::Missing,
            Test::Equal(value) => What::In { keys: key(value).into_iter().collect(), or_missing: false },
            Test::In(values) => What::In {
                keys: values.iter().filter_map(key).collect(),
                or_missing: values.contains(&Scalar::Null),
            },
            Test::Below(value) => What::Compares(key(value), Ordering::is_lt),
            Test::AtMost(value) => What::Compares(key(value), Ordering::is_le),
            Test::Above(value) => What::Compares(key(value), Ordering::is_gt),
            Test::AtLeast(value) => What::Compares(key(value), Ordering::is_ge),
            Test::Contains(text) => What::Contains(fold(text)),
            Test::Like(pattern) => What::Like(fold(pattern)),
        };
        Probe { path: field.path.clone(), kind, what }
    }

    pub fn holds(&self, json: &str) -> bool {
        let (mut missing, mut holds) = (true, false);
        look::at(json, &self.path, &mut |seen| {
            missing &= matches!(seen, Seen::Null | Seen::Text(""));
            holds = holds || self.holds_for(&seen);
        });
        match &self.what {
            What::Missing | What::In { or_missing: true, .. } => holds || missing,
            _ => holds,
        }
    }

    fn holds_for(&self, seen: &Seen<'_>) -> bool {
        match &self.what {
            What::Missing => false,
            What::In { keys, .. } => Key::of(self.kind, seen).is_some_and(|key| keys.contains(&key)),
            What::Compares(to, wanted) => {
                let key = Key::of(self.kind, seen);
                key.zip(to.as_ref()).and_then(|(key, to)| key.compare(to)).is_some_and(wanted)
            }
            What::Contains(part) => text(seen).is_some_and(|text| fold(&text).contains(part)),
            What::Like(pattern) => text(seen).is_some_and(|text| like(&fold(&text), pattern)),
        }
    }
}
