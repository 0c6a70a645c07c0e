//! Patterns that texts keep to.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// Bytes of a compiled pattern: one that is larger is a mistake, or meant to cost.
const LARGEST: usize = 1 << 20;

/// A regular expression that a text must match somewhere. Without look-around and back-references: matching takes time in
/// proportion to the text, whatever it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern {
    text: String,
    /// When it is first asked for: most definitions are read to be shown.
    #[serde(skip)]
    compiled: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    pub fn new(text: impl Into<String>) -> Pattern {
        Pattern { text: text.into(), compiled: OnceLock::new() }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The error says why it is no pattern.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        Ok(self.compiled.get_or_init(|| compile(&self.text)).as_ref()?.is_match(text))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(LARGEST).build().map_err(|error| {
        let told = error.to_string();
        // Above it stands the pattern, with a mark below the place.
        let why = told.lines().last().unwrap_or_default();
        format!("`{text}` is no pattern: {}", why.trim_start_matches("error: "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_anywhere_and_is_stored_as_its_text() {
        let pattern = Pattern::new(r"^[A-Z]{2}\d+$");
        assert_eq!((pattern.matches("AB12"), pattern.matches("xAB12")), (Ok(true), Ok(false)));
        assert_eq!(Pattern::new("ö").matches("schön"), Ok(true));
        let stored = serde_json::to_string(&pattern).unwrap();
        assert_eq!(stored, r#""^[A-Z]{2}\\d+$""#);
        assert_eq!(serde_json::from_str::<Pattern>(&stored).unwrap(), pattern);
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_is_no_pattern() {
        for (wrong, why) in [
            ("(?=x)", "look-around"),
            (r"(a)\1", "backreferences"),
            ("(", "unclosed group"),
            (r"\w{1000}{1000}", "size limit"),
        ] {
            let told = Pattern::new(wrong).matches("x").unwrap_err();
            assert!(told.contains(why) && told.contains(wrong) && !told.contains('\n'), "{told}");
        }
    }
}
