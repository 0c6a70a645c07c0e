//! JSON text of a guest. Read, it takes many times its length, so it is measured before.

use serde_json::Value as Json;

use crate::options::{Limits, bytes, grouped};

/// Why a text was not read.
pub(crate) enum Unread {
    /// Names the limit.
    Limit(String),
    Broken(String),
}

/// Reads the text, and takes its values from what is left of `values`.
pub(crate) fn read(text: &str, limits: &Limits, values: &mut u64) -> Result<Json, Unread> {
    let size = text.len() as u64;
    if size > limits.json {
        return Err(Unread::Limit(format!("json: {} of at most {}", bytes(size), bytes(limits.json))));
    }
    take(count(text), limits, values).map_err(Unread::Limit)?;
    serde_json::from_str(text).map_err(|error| Unread::Broken(error.to_string()))
}

pub(crate) fn take(some: u64, limits: &Limits, values: &mut u64) -> Result<(), String> {
    *values = values
        .checked_sub(some)
        .ok_or_else(|| format!("values: a call carries at most {}", grouped(limits.values)))?;
    Ok(())
}

/// As many values, keys included, as the text can hold, or more where it is no JSON.
fn count(text: &str) -> u64 {
    let (mut found, mut quoted, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => found += 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_without_being_read() {
        for (text, expected) in
            [("1", 1), ("[1,2,3]", 4), (r#"{"a":1,"b":[2]}"#, 6), (r#""a,b:[{\",""#, 1), (r#"["\\",1]"#, 3)]
        {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_would_swell_is_not_read() {
        let limits = Limits { values: 1_000, ..Limits::default() };
        let read = |text: &str| match read(text, &limits, &mut limits.values.clone()) {
            Err(Unread::Limit(name)) => name,
            Err(Unread::Broken(_)) => "broken".to_owned(),
            Ok(_) => "read".to_owned(),
        };
        assert_eq!(read(&format!("[{}0]", "0,".repeat(900))), "read");
        assert!(read(&format!("[{}0]", "0,".repeat(1_000))).starts_with("values"));
        assert!(read(&format!("\"{}\"", "x".repeat(65_535))).starts_with("json"));
        assert_eq!(read("{"), "broken");
    }
}
