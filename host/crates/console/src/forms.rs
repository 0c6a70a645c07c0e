//! The forms of rules and triggers, drawn from what a plugin says of its settings, and read back.
//!
//! **Invariant:** pure. What can be chosen is handed in as [`Choices`], what is wrong as [`Problem`]s: a form neither asks
//! the shop nor judges what somebody wrote.
//!
//! Names of inputs are JSON pointers below a prefix. What is no value of its own has a `~` and a word behind the pointer, which
//! no pointer can have: `/fields~item` is there once for each line of a list, in the order of the lines.

mod act;
pub mod brief;
mod choices;
pub mod condition;
mod controls;
mod draw;
pub mod duration;
mod frame;
mod posted;
mod read;
mod schema;
pub mod sms;
mod spot;
pub mod submitted;
mod template;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod when;

use maud::{Markup, html};
use serde_json::Value;

pub use self::{
    act::act,
    choices::{Choice, Choices, Field, Kind},
    posted::Posted,
    read::{keep_secrets, read, read_at},
};
use crate::words::Words;

/// What a submit button posts that does something to the form itself.
pub const ACTION: &str = "form-action";

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer into the settings; empty is all of them.
    pub pointer: String,
    /// In the language of the page.
    pub message: String,
    /// What else was said of it, in English.
    pub foreign: Option<String>,
}

impl Problem {
    /// In words of the page alone.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { pointer: pointer.into(), message: message.into(), foreign: None }
    }

    /// `message` is what the page knows of it itself; without that, only what was said stands there.
    pub fn said(pointer: impl Into<String>, message: Option<String>, foreign: impl Into<String>) -> Problem {
        let message = message.unwrap_or_default();
        Problem { pointer: pointer.into(), message, foreign: Some(foreign.into()) }
    }

    pub(crate) fn shown(&self) -> Markup {
        html! { (self.message) @if let Some(said) = &self.foreign { " " span lang="en" { (said) } } }
    }
}

/// Settings that are to be filled in.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub schema: &'a Value,
    pub value: &'a Value,
    pub problems: &'a [Problem],
    pub choices: &'a dyn Choices,
    /// Before every name, e.g. `/settings`.
    pub names: &'a str,
}

impl Form<'_> {
    /// The fields, with a summary of what is wrong above them: everything between `<form>` and the button that saves.
    pub fn draw(&self, words: &Words) -> Markup {
        draw::form(self, words)
    }
}
