//! JSON of strangers, read strictly: two readers must never see two different documents in it.
//!
//! **Invariant:** what passes means one thing to every parser: no name twice in an object, no mark before it, and
//! neither so deep nor so much that a reader gives up where another goes on.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Arrays and objects within one another.
pub const DEPTH: usize = 32;
/// What is wrong with the text, with the line where that is known; nothing is kept of it. `most` values and names
/// together: a form that a person would fill in has some hundreds.
pub fn strict(text: &[u8], most: usize) -> Result<(), String> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err("it begins with a byte order mark: save it as UTF-8 without one".into());
    }
    look(text, DEPTH, most)
}

/// The same where only names matter, because the reader bounds the rest: of one that stands twice, a map keeps the
/// last.
pub fn names_stand_once(text: &[u8]) -> Result<(), String> {
    look(text, usize::MAX, usize::MAX)
}

fn look(text: &[u8], deepest: usize, most: usize) -> Result<(), String> {
    let mut left = most;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let look = Look { deep: 0, deepest, most, left: &mut left };
    look.deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| short(&error.to_string()))
}

/// Read strictly. As many values as the text has room for: whoever calls has bounded its length.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    strict(text, usize::MAX)?;
    serde_json::from_slice(text).map_err(|error| short(&error.to_string()))
}

/// Errors quote what was found, and that may be long.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

struct Look<'a> {
    deep: usize,
    deepest: usize,
    most: usize,
    left: &'a mut usize,
}

impl Look<'_> {
    fn one<E: Error>(&mut self) -> Result<(), E> {
        let left = self.left.checked_sub(1);
        *self.left =
            left.ok_or_else(|| E::custom(format_args!("more than {} values and names", self.most)))?;
        Ok(())
    }

    fn deeper<E: Error>(&mut self) -> Result<Look<'_>, E> {
        if self.deep == self.deepest {
            return Err(E::custom(format_args!(
                "arrays and objects lie more than {} deep in one another",
                self.deepest
            )));
        }
        Ok(self.at(self.deep + 1))
    }

    fn at(&mut self, deep: usize) -> Look<'_> {
        Look { deep, deepest: self.deepest, most: self.most, left: self.left }
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, reader: D) -> Result<(), D::Error> {
        self.one()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut within = self.deeper()?;
        while items.next_element_seed(within.at(within.deep))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut within = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            within.one()?;
            if names.contains(&name) {
                let short: String = name.chars().take(80).collect();
                return Err(A::Error::custom(format_args!("the name `{short}` stands twice in one object")));
            }
            names.insert(name);
            members.next_value_seed(within.at(within.deep))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 20_000;

    fn problem(text: &str) -> String {
        strict(text.as_bytes(), MOST).expect_err(text)
    }

    #[test]
    fn what_is_plain_passes() {
        let text = r#"{"a": [1, -2, 1.5e3, true, null, "x"], "b": {"a": {}}, "": []}"#;
        assert_eq!(strict(text.as_bytes(), MOST), Ok(()));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_at_its_line_however_it_is_written() {
        let told = problem("{\"a\": 1,\n\"b\": {\"c\": 1, \"\\u0063\": 2}}");
        assert!(told.contains("`c` stands twice") && told.contains("line 2"), "{told}");
        assert_eq!(strict(br#"[{"a": 1}, {"a": 2}]"#, MOST), Ok(()));
    }

    #[test]
    fn names_alone_are_looked_at_however_deep_they_lie() {
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(DEPTH + 9), "]".repeat(DEPTH + 9));
        assert_eq!(names_stand_once(deep(r#"{"a": 1, "b": 2}"#).as_bytes()), Ok(()));
        let told = names_stand_once(deep(r#"{"a": 1, "a": 2}"#).as_bytes()).unwrap_err();
        assert!(told.contains("`a` stands twice"), "{told}");
    }

    #[test]
    fn depth_and_amount_are_bounded() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(strict(deep(DEPTH).as_bytes(), MOST), Ok(()));
        assert!(problem(&deep(DEPTH + 1)).contains("deep"));
        assert!(problem(&deep(100_000)).contains("deep"));
        assert!(problem(&"[".repeat(100_000)).contains("deep"));
        let members: String = (0..1_000_000).map(|n| format!("\"{n}\":0,")).collect();
        assert!(problem(&format!("{{{members}\"x\":0}}")).contains("more than"));
    }

    #[test]
    fn marks_rests_and_other_texts_are_refused() {
        assert!(problem("\u{feff}{}").contains("byte order mark"));
        for text in ["", "{} {}", "{'a': 1}", "{\"a\": NaN}", "{\"a\": 1,}", "// {}\n{}"] {
            problem(text);
        }
        assert!(strict(b"{\"a\": \"\xff\"}", MOST).is_err());
    }
}
