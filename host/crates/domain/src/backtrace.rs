//! Where a plugin was when it broke: functions of its own code, and nothing of the host's.

use serde::{Deserialize, Serialize};

/// Frames that are kept of one failure: a loop's beginning is not worth more.
pub const FRAMES: usize = 20;
/// Bytes of their names, all together.
pub const BYTES: usize = 4 << 10;
/// Bytes of one name: those of generic functions have no end.
const NAME: usize = 256;

/// A function that had not returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Of the component's module.
    pub function: u32,
    /// Where the component was built with names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl std::fmt::Display for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "function {}", self.function),
        }
    }
}

impl Frame {
    /// Whether it is what a language does once something has gone wrong, or its library, and not the author's.
    fn is_of_language(&self) -> bool {
        const OF_LANGUAGES: [&str; 9] = [
            "core::",
            "std::",
            "alloc::",
            "<core::",
            "<std::",
            "<alloc::",
            "rust_",
            "__rust",
            "rulewright_sdk::",
        ];
        self.name.as_ref().is_some_and(|name| OF_LANGUAGES.iter().any(|prefix| name.starts_with(prefix)))
    }
}

/// The innermost of them, as many as are kept.
pub fn bounded(frames: impl IntoIterator<Item = Frame>) -> Vec<Frame> {
    let mut left = BYTES;
    let mut kept = Vec::new();
    for mut frame in frames.into_iter().take(FRAMES) {
        if let Some(name) = &mut frame.name {
            let most = NAME.min(left);
            if name.len() > most {
                name.truncate(name.floor_char_boundary(most));
            }
            left -= name.len();
        }
        // An index is told where there is no more room for a name.
        frame.name = frame.name.filter(|name| !name.is_empty());
        kept.push(frame);
    }
    kept
}

/// The function that the failure is put down to: the innermost that the author has written, as far as names tell.
pub fn blamed(frames: &[Frame]) -> Option<&Frame> {
    frames.iter().find(|frame| !frame.is_of_language()).or(frames.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(function: u32, name: &str) -> Frame {
        Frame { function, name: Some(name.to_owned()) }
    }

    #[test]
    fn what_a_panic_does_is_not_to_blame() {
        let frames = [
            named(9, "__rustc::rust_begin_unwind"),
            named(8, "core::panicking::panic_fmt"),
            named(7, "<core::option::Option<T>>::unwrap"),
            named(3, "acme_sms::send"),
            named(2, "acme_sms::step"),
        ];
        assert_eq!(blamed(&frames).unwrap().to_string(), "acme_sms::send");
        assert_eq!(blamed(&frames[1..2]).unwrap().function, 8, "better than nothing");
        assert_eq!(blamed(&[]), None);
    }

    #[test]
    fn without_names_a_function_has_its_index() {
        let frames = [Frame { function: 12, name: None }];
        assert_eq!(blamed(&frames).unwrap().to_string(), "function 12");
        assert_eq!(serde_json::to_string(&frames).unwrap(), r#"[{"function":12}]"#);
    }

    #[test]
    fn a_deep_one_with_long_names_stays_small() {
        let long = "ä".repeat(4_000);
        let kept = bounded((0..500).map(|index| named(index, &long)));
        assert_eq!(kept.len(), FRAMES);
        let bytes: usize = kept.iter().filter_map(|frame| frame.name.as_ref()).map(String::len).sum();
        assert!(bytes <= BYTES, "{bytes}");
        assert_eq!(kept[0].function, 0, "the innermost are kept");
        assert_eq!(kept[FRAMES - 1].to_string(), "function 19", "there was no room for its name");
    }
}
