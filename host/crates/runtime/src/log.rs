//! What a step says.
//!
//! **Invariant:** bounded, and honest about it: a cut line ends with how long it was, and dropped lines are
//! counted in the last one. Too much log never fails a step.

use rulewright_domain::LogLine;
use serde_json::{Map, Value};

use crate::{
    options::{Limits, bytes},
    weight,
};

/// Bytes that a line takes beside its text, so that empty ones are bounded too.
pub(crate) const LINE: u64 = 16;

#[derive(Default)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    used: u64,
    dropped: u64,
}

impl Log {
    /// Asked before a line is made: what is dropped anyway is not looked at.
    pub fn is_full(&self, limits: &Limits) -> bool {
        self.used >= limits.log
    }

    pub fn drop_one(&mut self) {
        self.dropped += 1;
    }

    pub fn push(&mut self, limits: &Limits, level: &str, message: String, fields: Map<String, Value>) {
        if self.is_full(limits) {
            return self.drop_one();
        }
        let longest = usize::try_from(limits.log_line).unwrap_or(usize::MAX);
        let message = cut(plain(cut(message, longest)), longest);
        self.used += LINE + message.len() as u64 + weight::of_fields(&fields);
        self.lines.push(LogLine { level: level.to_owned(), message, fields });
    }

    /// The last line that tells of an error: where a panic has left its message.
    pub fn last_error(&self) -> Option<&str> {
        self.lines.iter().rev().find(|line| line.level == "error").map(|line| line.message.as_str())
    }

    pub fn finish(mut self, limits: &Limits) -> Vec<LogLine> {
        if self.dropped > 0 {
            self.lines.push(LogLine {
                level: "warn".to_owned(),
                message: format!(
                    "{} lines dropped: the log of a step holds {}",
                    self.dropped,
                    bytes(limits.log)
                ),
                fields: Map::new(),
            });
        }
        self.lines
    }
}

/// Whatever would move a cursor, end a text or turn around what follows is written out: logs are read in terminals too.
fn plain(text: String) -> String {
    let acts = |c: char| match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    };
    if !text.contains(acts) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

/// The text within `longest` bytes; what is cut says so.
pub(crate) fn cut(mut text: String, longest: usize) -> String {
    if text.len() <= longest {
        return text;
    }
    let note = format!("... ({} bytes)", text.len());
    let mut end = longest.saturating_sub(note.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text + &note
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_characters_and_says_so() {
        let text = cut("ä".repeat(1000), 100);
        assert!(text.len() <= 100 && text.ends_with("ä... (2000 bytes)"), "{text}");
        assert_eq!(cut("short".into(), 100), "short");
        assert_eq!(cut("äää".into(), 1), "... (6 bytes)");
    }

    #[test]
    fn what_acts_on_a_terminal_is_written_out_and_other_text_stays() {
        assert_eq!(plain("a\u{1b}[2J\r\0\u{9b}\u{202e}b".into()), "a\\u{1b}[2J\\r\\u{0}\\u{9b}\\u{202e}b");
        for text in ["panicked at lib.rs:\n\tno stock", "Zoë \u{200f}שלום 😀"] {
            assert_eq!(plain(text.into()), text);
        }
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let limits = Limits { log: 100, ..Limits::default() };
        let mut log = Log::default();
        for _ in 0..1000 {
            log.push(&limits, "info", "0123456789".into(), Map::new());
        }
        let lines = log.finish(&limits);
        assert_eq!(lines.len(), 5);
        assert!(lines[4].message.starts_with("996 lines dropped"));
    }

    #[test]
    fn empty_lines_count_as_well() {
        let limits = Limits { log: 100, ..Limits::default() };
        let mut log = Log::default();
        for _ in 0..10_000 {
            log.push(&limits, "info", String::new(), Map::new());
        }
        assert_eq!(log.lines.len(), 7);
    }
}
