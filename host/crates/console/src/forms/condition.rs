//! The condition of a rule: rows of field, operator and value in groups that are met by all or by any of them, or the JSON
//! that says the same.

mod read;
mod row;

use maud::{Markup, html};
use rulewright_domain::Condition;

pub use self::read::{Read, read_condition};
use super::{
    ACTION, Choices, Problem,
    frame::{self, Frame, Lines},
    spot::id,
};
use crate::words::Words;

/// Groups within groups that a form shows; deeper ones are JSON.
const DEPTH: usize = 6;

/// A condition that is to be filled in.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// None: always.
    pub condition: Option<&'a Condition>,
    /// As it is written, where it is shown as JSON: see [`Read`].
    pub text: Option<&'a str>,
    pub problems: &'a [Problem],
    pub choices: &'a dyn Choices,
    /// Before every name, e.g. `/condition`.
    pub names: &'a str,
}

/// Whether a group is met by `all` or by `any` of its rows.
pub(super) fn group(name: &str) -> String {
    format!("{name}~group")
}

/// How it is shown: `text` or `rows`.
fn shown_as(name: &str) -> String {
    format!("{name}~as")
}

fn text(name: &str) -> String {
    format!("{name}~text")
}

impl Conditions<'_> {
    pub fn draw(&self, words: &Words) -> Markup {
        self.draw_as(words, &words.text("form-condition"), &words.text("form-condition-help"))
    }

    /// With what it is a condition of, where that is no rule.
    pub fn draw_as(&self, words: &Words, label: &str, help: &str) -> Markup {
        let frame = Frame {
            id: id(self.names),
            label,
            help,
            required: false,
            problems: self.problems.iter().map(Problem::shown).collect(),
            quiet: false,
            lang: None,
        };
        let deep = self.condition.is_some_and(|condition| depth(condition) > DEPTH);
        let written = match self.text {
            None if deep => Some(json(self.condition)),
            text => text.map(str::to_owned),
        };
        let body = match &written {
            Some(text) => self.as_text(words, text, deep),
            None => self.as_rows(words),
        };
        frame.group(words, html! { div .form { (body) } })
    }

    fn as_text(&self, words: &Words, written: &str, deep: bool) -> Markup {
        let label = words.text("form-condition-json");
        let name = text(self.names);
        let frame = Frame {
            id: id(&name),
            label: &label,
            help: "",
            required: false,
            problems: Vec::new(),
            quiet: false,
            lang: None,
        };
        let invalid = (!self.problems.is_empty()).then_some("true");
        // What is wrong stands at the head of the group.
        let described = invalid.map(|_| format!("{}-problem", id(self.names)));
        html! {
            input type="hidden" name=(shown_as(self.names)) value="text";
            (frame.field(words, None, |tied| html! {
                rw-code {
                    textarea id=(tied.id) name=(name) rows="10" spellcheck="false" aria-invalid=[invalid] aria-describedby=[described] {
                        "\n" (written)
                    }
                }
            }))
            @if deep { p .form-note { (words.text("form-condition-deep")) } }
            @else { (self.switch(words, "rows", "form-condition-as-rows")) }
        }
    }

    fn switch(&self, words: &Words, to: &str, key: &str) -> Markup {
        let action = format!("set:{}={to}", shown_as(self.names));
        frame::button(&action, &words.text(key), &format!("{}-as-{to}", id(self.names)))
    }

    fn as_rows(&self, words: &Words) -> Markup {
        let (any, parts) = match self.condition {
            None => (false, &[][..]),
            Some(Condition::All { all }) => (false, &**all),
            Some(Condition::Any { any }) => (true, &**any),
            Some(one) => (false, std::slice::from_ref(one)),
        };
        let whole = self.condition.and_then(|condition| row::truth(condition, self.choices));
        html! {
            (self.rows(words, self.names, any, parts, 0))
            @if self.condition.is_some() { p .form-whole { (row::badge(words, whole.as_ref(), true)) } }
            (self.switch(words, "text", "form-condition-as-json"))
        }
    }

    fn rows(&self, words: &Words, name: &str, any: bool, parts: &[Condition], depth: usize) -> Markup {
        let line = |(index, part): (usize, &Condition)| {
            let said = words.with("form-condition-row", &[("number", (index + 1).into())]);
            let name = format!("{name}/{index}");
            let body = match part {
                Condition::All { all } => self.within(words, &name, &said, false, all, depth),
                Condition::Any { any } => self.within(words, &name, &said, true, any, depth),
                Condition::Compare { field, operator, value } => row::draw(
                    self,
                    words,
                    &row::Row { name: &name, said: &said, field, operator: *operator, value },
                ),
            };
            (said, body)
        };
        let lines = parts.iter().enumerate().map(line).collect();
        let own = id(&group(name));
        let add = html! {
            (frame::button(&format!("add:{name}"), &words.text("form-condition-add"), &format!("{own}-add")))
            @if depth + 1 < DEPTH {
                (frame::button(&format!("group:{name}"), &words.text("form-condition-add-group"), &format!("{own}-add-group")))
            }
        };
        html! {
            div .form-all-any role="radiogroup" aria-label=(words.text("form-condition-met")) {
                @for (value, key, chosen) in [("all", "form-condition-all", !any), ("any", "form-condition-any", any)] {
                    label .form-choice {
                        input type="radio" id={ (own) "-" (value) } name=(group(name)) value=(value) checked[chosen];
                        " " (words.text(key))
                    }
                }
            }
            (Lines { words, name, lines }.draw(&add))
        }
    }

    fn within(
        &self,
        words: &Words,
        name: &str,
        said: &str,
        any: bool,
        parts: &[Condition],
        depth: usize,
    ) -> Markup {
        html! {
            div .form-condition-group role="group" aria-label=(said) {
                (self.rows(words, name, any, parts, depth + 1))
            }
        }
    }
}

fn depth(condition: &Condition) -> usize {
    match condition {
        Condition::All { all: parts } | Condition::Any { any: parts } => {
            1 + parts.iter().map(depth).max().unwrap_or_default()
        }
        Condition::Compare { .. } => 0,
    }
}

fn json(condition: Option<&Condition>) -> String {
    condition.and_then(|condition| serde_json::to_string_pretty(condition).ok()).unwrap_or_default()
}

/// For whoever has no script: shows the operators of the field that was chosen.
fn refresh(words: &Words) -> Markup {
    html! { noscript { button type="submit" .form-action name=(ACTION) value="show" { (words.text("form-show")) } } }
}

#[cfg(test)]
mod tests;
