//! Texts into which values are inserted: the button that offers the fields, and what comes out for the sample order.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rulewright_domain::template::render;

use super::{
    Choices,
    choices::sample_of,
    draw::Page,
    frame::Tied,
    schema::told,
    sms,
    spot::{Spot, id},
};
use crate::words::Words;

/// A text with the button beside it. One list of fields serves all texts of a form.
pub fn text(page: &Page<'_>, tied: &Tied, code: bool, input: Markup) -> Markup {
    let list = list_id(&id(page.form.names));
    html! {
        rw-template .form-template data-code=[code.then_some("true")] {
            (input)
            button type="button" .form-insert id={ (tied.id) "-insert" } popovertarget=(list) aria-haspopup="dialog"
                aria-describedby={ (tied.id) "-insert-what" } {
                span aria-hidden="true" { "{{ }}" } " "
                span id={ (tied.id) "-insert-what" } { (page.words.text("form-insert")) }
            }
        }
    }
}

fn list_id(form: &str) -> String {
    format!("{form}-fields")
}

/// The fields, each with the sample order's value: opened by the buttons, and by `{{` in a text.
pub fn fields(choices: &dyn Choices, words: &Words, form: &str) -> Markup {
    let mut roots: Vec<(&str, Vec<_>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for field in choices.fields() {
        let root = field.path.split('.').next().unwrap_or_default();
        let place = *places.entry(root).or_insert_with(|| {
            roots.push((root, Vec::new()));
            roots.len() - 1
        });
        roots[place].1.push(field);
    }
    let list = list_id(form);
    html! {
        div .form-fields popover hx-morph-skip="" id=(list) role="dialog" aria-label=(words.text("form-fields")) {
            label .form-quiet for={ (list) "-filter" } { (words.text("form-filter-fields")) }
            input type="search" id={ (list) "-filter" } autocomplete="off" placeholder=(words.text("form-filter-fields"));
            @for (root, fields) in &roots {
                div role="group" aria-label=(root) {
                    h3 { (root) }
                    @for field in fields {
                        button type="button" .form-field-choice data-path=(field.path) {
                            span .form-field-label { (field.label) }
                            code { (field.path) }
                            @if let Some(sample) = sample_of(choices, &field.path) { span .form-sample { (sample) } }
                        }
                    }
                }
            }
            p .form-empty hidden { (words.text("form-no-fields")) }
        }
    }
}

/// What a text becomes for the sample order, and how long it is.
pub fn note(page: &Page<'_>, spot: &Spot<'_>, text: &str) -> Option<Markup> {
    let inserts = spot.node.writing().is_some() && text.contains("{{");
    let rendered = page.form.choices.sample().filter(|_| inserts).and_then(|view| render(text, view).ok());
    let sent = rendered.as_ref().map_or(text, |(text, _)| text);
    let counted = count(page.words, spot, sent);
    if rendered.is_none() && counted.is_none() {
        return None;
    }
    Some(html! {
        @if let Some((text, missing)) = &rendered {
            p .form-preview { span { (page.words.text("form-preview")) } " " q { (text) } }
            @if !missing.is_empty() {
                p .form-warning { (page.words.with("form-empty-fields", &[("fields", missing.join(", ").into())])) }
            }
        }
        @if let Some(counted) = counted { (counted) }
    })
}

/// `x-characters`: the most that may be sent, inserted values included.
fn count(words: &Words, spot: &Spot<'_>, text: &str) -> Option<Markup> {
    let most = ["x-characters", "maxLength"].into_iter().find_map(|key| spot.node.get(key)).map(told);
    let is_sms = spot.node.widget() == "sms";
    if most.is_none() && !is_sms {
        return None;
    }
    let sms::Sms { characters, parts, unicode } = sms::count(text);
    let long = match most {
        Some(most) => {
            words.with("form-characters-of", &[("count", characters.into()), ("most", most.into())])
        }
        None => words.with("form-characters", &[("count", characters.into())]),
    };
    let alphabet = if unicode { "UCS-2" } else { "GSM-7" };
    let messages =
        is_sms.then(|| words.with("form-sms", &[("parts", parts.into()), ("alphabet", alphabet.into())]));
    Some(html! {
        p .form-count { (long) @if let Some(messages) = messages { " · " (messages) } }
    })
}
