//! `{{ ... }}` in the text of a paragraph, wherever its runs begin and end.

use crate::REPEATED;

/// As it is written between the braces, with single spaces: `order.total | money`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Placeholder {
    pub text: String,
    /// What the row that it stands in is repeated for.
    pub repeated: Option<&'static str>,
}

impl Placeholder {
    fn new(inside: &str) -> Placeholder {
        let text = inside.split_whitespace().collect::<Vec<_>>().join(" ");
        Placeholder { repeated: repeated(&text), text }
    }
}

/// What a row with this placeholder is repeated for.
pub fn repeated(text: &str) -> Option<&'static str> {
    let root = text.split(['.', '|', ' ']).next().unwrap_or_default();
    REPEATED.into_iter().find(|name| *name == root)
}

/// A placeholder and the bytes of the text that it takes, braces included.
#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub placeholder: Placeholder,
}

/// Stands where something else than text lies between two texts, such as a tab or a picture.
pub(crate) const OTHER: char = '\u{fffc}';

/// What is wrong, and the place in the text.
pub(crate) type Wrong = (&'static str, usize);

pub(crate) fn find(text: &str) -> Result<Vec<Found>, Wrong> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| from + at) {
        let inside = &text[start + 2..];
        let Some(length) = inside.find("}}") else {
            return Err(("`{{` is never closed by `}}` in its paragraph", start));
        };
        let inside = &inside[..length];
        if inside.contains(OTHER) {
            return Err(("a tab, a line break or a picture stands between `{{` and `}}`", start));
        }
        let placeholder = Placeholder::new(inside);
        if placeholder.text.is_empty() {
            return Err(("there is nothing between `{{` and `}}`", start));
        }
        from = start + 2 + length + 2;
        found.push(Found { start, end: from, placeholder });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_known_by_its_words_however_they_are_spaced() {
        let found = find("No. {{order.number}} of {{  order.created\u{a0}| date }}").unwrap();
        let texts: Vec<&str> = found.iter().map(|one| one.placeholder.text.as_str()).collect();
        assert_eq!(texts, ["order.number", "order.created | date"]);
        assert_eq!((found[0].start, found[0].end), (4, 20));
        assert_eq!(find("{{line.title}}").unwrap()[0].placeholder.repeated, Some("line"));
        assert_eq!(find("{{lines}}").unwrap()[0].placeholder.repeated, None);
    }

    #[test]
    fn braces_that_are_no_placeholder_are_told() {
        for (text, place) in [("a {{ b", 2), ("{{ a \u{fffc} b }}", 0), ("ä{{ }}", 2)] {
            assert_eq!(find(text).unwrap_err().1, place, "{text}");
        }
        assert_eq!(find("{ a } }} {").unwrap(), []);
    }
}
