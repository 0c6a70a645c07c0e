//! JSON from strangers, in one reading only: what two parsers could understand differently is refused.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Values within values. What a person could still follow; no document of ours comes near.
const DEPTH: usize = 32;

/// No key stands twice in one object, nothing is nested deeper than [`DEPTH`], nothing follows the value.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Walk { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| short(&error.to_string()))?;
    serde_json::from_slice(bytes).map_err(|error| short(&error.to_string()))
}

/// Errors quote what was found, and that may be long.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[derive(Clone, Copy)]
struct Walk {
    depth: usize,
}

impl Walk {
    fn deeper<E: Error>(self) -> Result<Walk, E> {
        if self.depth == DEPTH {
            return Err(E::custom(format!("it is nested more than {DEPTH} levels deep")));
        }
        Ok(Walk { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while list.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(inner)?;
            if !keys.insert(key.clone()) {
                let key: String = key.chars().take(40).collect();
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn one_document_has_one_reading() {
        assert!(parse::<Value>(br#"{"a":[1,-2,0.5,null,true,"x",{"a":{}}]}"#).is_ok());
        let table: &[(&[u8], &str)] = &[
            (br#"{"a":1,"a":1}"#, "twice"),
            (br#"{"a":{"b":1,"c":2,"b":3}}"#, "twice"),
            // The same key, written otherwise.
            (br#"{"a":1,"\u0061":2}"#, "twice"),
            (b"\xef\xbb\xbf{}", "expected value"),
            (b"{} {}", "trailing"),
            (b"{\"a\":\"\xff\"}", "unicode"),
            (b"", "EOF"),
        ];
        for (text, expected) in table {
            let error = parse::<Value>(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn depth_ends_the_reading_and_not_the_stack() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Value>(nested(DEPTH).as_bytes()).is_ok());
        for depth in [DEPTH + 1, 100_000] {
            assert!(parse::<Value>(nested(depth).as_bytes()).unwrap_err().contains("deep"));
        }
    }
}
