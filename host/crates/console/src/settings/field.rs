//! The inputs of a form, each with its label and what helps.

use maud::{Markup, Render, html};
use rulewright_domain::{EmployeeId, ShopConfig};

use crate::{door::Look, forms::Posted};

/// What was sent of a field, without the blanks around it.
pub fn said<'p>(posted: &Posted<'p>, name: &str) -> &'p str {
    posted.last(name).unwrap_or_default().trim()
}

/// The same; None where it was left empty.
pub fn filled(posted: &Posted<'_>, name: &str) -> Option<String> {
    Some(said(posted, name).to_owned()).filter(|text| !text.is_empty())
}

/// What stands on the lines of a field, empty ones left out.
pub fn lines(posted: &Posted<'_>, name: &str) -> Vec<String> {
    let lines = said(posted, name).lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// One pair of a form.
pub fn pair(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// An input on one line, or a larger one.
pub struct Field<'f> {
    name: &'f str,
    label: String,
    value: &'f str,
    kind: &'static str,
    required: bool,
    help: Option<String>,
    hint: &'static str,
}

impl<'f> Field<'f> {
    pub fn new(posted: &Posted<'f>, name: &'f str, label: String) -> Field<'f> {
        let value = posted.last(name).unwrap_or_default();
        Field { name, label, value, kind: "text", required: false, help: None, hint: "" }
    }

    /// A type of HTML, or `area` for several lines. What is typed into a password is never shown again.
    pub fn kind(self, kind: &'static str) -> Field<'f> {
        Field { kind, ..self }
    }

    pub fn required(self) -> Field<'f> {
        Field { required: true, ..self }
    }

    pub fn help(self, help: String) -> Field<'f> {
        Field { help: Some(help), ..self }
    }

    /// An example of what can stand there.
    pub fn hint(self, hint: &'static str) -> Field<'f> {
        Field { hint, ..self }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let Field { name, label, value, kind, required, help, hint } = self;
        let id = format!("in-{name}");
        let helped = help.as_ref().map(|_| format!("{id}-help"));
        let hint = Some(*hint).filter(|hint| !hint.is_empty());
        html! {
            div.field {
                label for=(id) { (label) }
                @match *kind {
                    // Browsers leave the first line break out: one in front of it keeps that of the text.
                    "area" => {
                        textarea id=(id) name=(name) rows="6" required[*required] placeholder=[hint] aria-describedby=[helped.as_deref()] { "\n" (value) }
                    }
                    "password" => {
                        input id=(id) name=(name) type="password" autocomplete="new-password" required[*required] aria-describedby=[helped.as_deref()];
                    }
                    _ => {
                        input id=(id) name=(name) type=(kind) value=(value) required[*required] placeholder=[hint] autocomplete="off" aria-describedby=[helped.as_deref()];
                    }
                }
                @if let Some(help) = help { p.help id=[helped.as_deref()] { (help) } }
            }
        }
    }
}

/// A choice of one; options are value and name.
pub fn choice(posted: &Posted<'_>, name: &str, label: &str, options: &[(String, String)]) -> Markup {
    let chosen = said(posted, name);
    let id = format!("in-{name}");
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @if !chosen.is_empty() && !options.iter().any(|(value, _)| value == chosen) { option value=(chosen) selected { (chosen) } }
                @for (value, title) in options { option value=(value) selected[value == chosen] { (title) } }
            }
        }
    }
}

/// To choose from: nobody, and everybody but one.
pub fn employees(look: &Look, config: &ShopConfig, but: Option<EmployeeId>) -> Vec<(String, String)> {
    let others = config.employees.values().filter(|one| Some(one.id) != but);
    let others = others.map(|one| (one.id.to_string(), one.name.clone()));
    std::iter::once((String::new(), look.text("settings-nobody"))).chain(others).collect()
}

/// A box to tick.
pub fn tick(posted: &Posted<'_>, name: &str, label: &str, help: Option<&str>) -> Markup {
    let helped = help.map(|_| format!("in-{name}-help"));
    html! {
        div.field {
            label { input type="checkbox" name=(name) value="true" checked[posted.ticked(name)] aria-describedby=[helped.as_deref()]; " " (label) }
            @if let Some(help) = help { p.help id=[helped.as_deref()] { (help) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_was_typed_is_not_in_the_page_again() {
        let pairs = vec![pair("password", "a long secret"), pair("name", "<Ada>")];
        let posted = Posted::of(&pairs);
        let password =
            Field::new(&posted, "password", "Password".into()).kind("password").render().into_string();
        assert!(!password.contains("secret"), "{password}");
        let name = Field::new(&posted, "name", "Name".into()).help("Whole".into()).render().into_string();
        assert!(
            name.contains("value=\"&lt;Ada&gt;\"") && name.contains("aria-describedby=\"in-name-help\""),
            "{name}"
        );
    }

    #[test]
    fn lines_are_read_one_by_one() {
        let pairs = vec![pair("days", " 2026-12-25\r\n\r\n2026-12-26 ")];
        assert_eq!(lines(&Posted::of(&pairs), "days"), ["2026-12-25", "2026-12-26"]);
    }
}
