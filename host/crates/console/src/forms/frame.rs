//! What stands around every input: its label, its help, what is wrong with it, and the ties between them.

use maud::{Markup, html};

use super::{ACTION, posted};
use crate::words::Words;

/// One field, as staff see it.
pub(super) struct Frame<'f> {
    pub id: String,
    pub label: &'f str,
    pub help: &'f str,
    pub required: bool,
    pub problems: Vec<Markup>,
    /// Whether a label beside it says already what it is.
    pub quiet: bool,
    /// Of label and help, where it is not that of the page.
    pub lang: Option<&'static str>,
}

/// What ties an input to its frame.
pub(super) struct Tied {
    pub id: String,
    /// Ids of the texts that belong to it.
    pub described: Option<String>,
    pub invalid: Option<&'static str>,
    pub required: Option<&'static str>,
}

impl Frame<'_> {
    fn described(&self, after: &str) -> Option<String> {
        let mut ids = Vec::new();
        if !self.help.is_empty() {
            ids.push(format!("{}-help", self.id));
        }
        if !after.is_empty() {
            ids.push(after.to_owned());
        }
        if !self.problems.is_empty() {
            ids.push(format!("{}-problem", self.id));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn texts(&self) -> Markup {
        html! {
            @if !self.help.is_empty() { p .form-help id={ (self.id) "-help" } lang=[self.lang] { (self.help) } }
            @if !self.problems.is_empty() {
                p .form-problem id={ (self.id) "-problem" } {
                    @for problem in &self.problems { span { (problem) } " " }
                }
            }
        }
    }

    fn named(&self) -> Markup {
        match self.lang {
            Some(lang) => html! { span lang=(lang) { (self.label) } },
            None => html! { (self.label) },
        }
    }

    fn mark(&self, words: &Words) -> Markup {
        html! { @if self.required { " " span .form-required { (words.text("form-required")) } } }
    }

    /// An input with its label above it. `notes` follow it and belong to what describes it.
    pub fn field(self, words: &Words, notes: Option<Markup>, input: impl FnOnce(&Tied) -> Markup) -> Markup {
        let note = notes.as_ref().map(|_| format!("{}-note", self.id)).unwrap_or_default();
        let tied = self.tied(&note);
        html! {
            div .form-field data-invalid=[tied.invalid] {
                label for=(self.id) .form-quiet[self.quiet] { (self.named()) (self.mark(words)) }
                (input(&tied))
                @if let Some(notes) = notes { div .form-note id=(note) { (notes) } }
                (self.texts())
            }
        }
    }

    /// A box with its label behind it. No tick is posted as `false`.
    pub fn tick(self, name: &str, ticked: bool) -> Markup {
        let tied = self.tied("");
        html! {
            div .form-field.form-tick data-invalid=[tied.invalid] {
                input type="hidden" name=(name) value="false";
                label {
                    input type="checkbox" id=(tied.id) name=(name) value="true" checked[ticked]
                        aria-describedby=[tied.described] aria-invalid=[tied.invalid];
                    " " (self.named())
                }
                (self.texts())
            }
        }
    }

    /// Several inputs that are one thing together.
    pub fn group(self, words: &Words, body: Markup) -> Markup {
        let invalid = (!self.problems.is_empty()).then_some("true");
        html! {
            fieldset .form-group id=(self.id) tabindex="-1" data-invalid=[invalid] aria-describedby=[self.described("")] {
                legend .form-quiet[self.quiet] { (self.named()) (self.mark(words)) }
                (self.texts())
                (body)
            }
        }
    }

    fn tied(&self, note: &str) -> Tied {
        let invalid = !self.problems.is_empty();
        Tied {
            id: self.id.clone(),
            described: self.described(note),
            invalid: invalid.then_some("true"),
            required: self.required.then_some("true"),
        }
    }
}

/// A button that does something to the form, and saves nothing.
pub(super) fn button(action: &str, label: &str, id: &str) -> Markup {
    html! {
        button type="submit" .form-action id=(id) name=(ACTION) value=(action) formnovalidate { (label) }
    }
}

/// For whoever has no script: shows what belongs to what was chosen.
pub(super) fn show(words: &Words) -> Markup {
    html! { noscript { button type="submit" .form-action name=(ACTION) value="show" { (words.text("form-show")) } } }
}

/// Lines that can be added, removed and moved. Each is named after what it is.
pub(super) struct Lines<'l> {
    pub words: &'l Words,
    pub name: &'l str,
    pub lines: Vec<(String, Markup)>,
}

impl Lines<'_> {
    pub fn draw(self, add: &Markup) -> Markup {
        let Lines { words, name, lines } = self;
        let last = lines.len().saturating_sub(1);
        let id = super::spot::id(name);
        html! {
            input type="hidden" name=(posted::there(name)) value="true";
            @if lines.is_empty() { p .form-empty { (words.text("form-no-lines")) } }
            ol .form-lines role="list" {
                @for (index, (label, line)) in lines.iter().enumerate() {
                    li .form-line {
                        input type="hidden" name=(posted::item(name)) value=(index);
                        div .form-line-body { (line) }
                        div .form-line-buttons {
                            @for (verb, key, off) in [
                                ("up", "form-move-up", index == 0),
                                ("down", "form-move-down", index == last),
                                ("remove", "form-remove", false),
                            ] {
                                @let said = words.with(key, &[("name", label.as_str().into())]);
                                button type="submit" .form-action id={ (id) "-" (index) "-" (verb) }
                                    name=(ACTION) value={ (verb) ":" (name) ":" (index) }
                                    formnovalidate disabled[off] title=(said) aria-label=(said) {
                                    span .form-icon data-icon=(verb) aria-hidden="true" {}
                                }
                            }
                        }
                    }
                }
            }
            div .form-add { (add) }
        }
    }
}
