//! Reads the values at a path of a JSON text, and passes over everything else: most of a row is not asked for.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

pub(super) enum Seen<'a> {
    Null,
    Flag(bool),
    Number(f64),
    /// As it is written down: floats do not hold every whole number.
    Whole(i64),
    Text(&'a str),
}

pub(super) fn at(json: &str, path: &[String], see: &mut dyn FnMut(Seen<'_>)) {
    let mut json = serde_json::Deserializer::from_str(json);
    json.disable_recursion_limit();
    // What is no JSON has no values.
    let _ = At { path, see }.deserialize(&mut json);
}

struct At<'p, 's> {
    path: &'p [String],
    see: &'s mut dyn FnMut(Seen<'_>),
}

impl At<'_, '_> {
    fn value<E>(self, seen: Seen<'_>) -> Result<(), E> {
        if self.path.is_empty() {
            (self.see)(seen);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.value(Seen::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.value(Seen::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.value(Seen::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.value(i64::try_from(number).map_or(Seen::Number(number as f64), Seen::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.value(Seen::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.value(Seen::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(At { path: self.path, see: self.see })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let step = self.path.split_first();
        while let Some(wanted) = map.next_key_seed(Named(step.map(|(first, _)| first.as_str())))? {
            match step {
                Some((_, rest)) if wanted => map.next_value_seed(At { path: rest, see: self.see })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Whether a key is the wanted one.
struct Named<'n>(Option<&'n str>);

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Named<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(self.0 == Some(key))
    }
}
