//! What names, titles and lines of text look like, wherever they come in.

use crate::Refusal;

/// Characters of a name that stands in addresses and settings.
const NAME: usize = 64;
/// Characters of a title that people read.
const TITLE: usize = 200;

pub(crate) fn name(path: &str, name: &str) -> Result<(), Refusal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if (1..=NAME).contains(&name.len()) && name.chars().all(plain) {
        return Ok(());
    }
    let message = format!("a name has 1 to {NAME} of a-z, 0-9, `-`, `_` and `.`");
    Err(Refusal::invalid(path, "name", message))
}

/// What a template leads to by a dot, such as a field: without dots of its own.
pub(crate) fn key(path: &str, key: &str) -> Result<(), Refusal> {
    match key.contains('.') {
        true => Err(Refusal::invalid(
            path,
            "name",
            format!("`{key}` has a dot, which templates take for a step down"),
        )),
        false => name(path, key),
    }
}

pub(crate) fn title(title: &str) -> Result<(), Refusal> {
    line("/title", title, TITLE)
}

/// Text on one line that holds something.
pub(crate) fn line(path: &str, text: &str, most: usize) -> Result<(), Refusal> {
    let held = !text.trim().is_empty() && text.chars().count() <= most;
    if held && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(Refusal::invalid(path, "line", format!("it is one line of 1 to {most} characters")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address() {
        assert!(name("/name", "whats-app_2.x").is_ok());
        for bad in ["", "Tele gram", "a/b", "ä", &"x".repeat(NAME + 1)] {
            assert!(name("/name", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_has_no_dot_that_a_template_would_take_for_a_step_down() {
        assert!(key("/name", "post-code_2").is_ok());
        assert!(key("/name", "post.code").is_err() && key("/name", "").is_err());
    }

    #[test]
    fn a_line_is_one_line_that_holds_something() {
        assert!(line("/peer", "Zoë 7", 9).is_ok());
        for bad in ["", "  ", "a\nb", "0123456789"] {
            assert!(line("/peer", bad, 9).is_err(), "{bad:?}");
        }
    }
}
