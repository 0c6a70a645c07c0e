//! What a plugin may do, in sentences by what they mean for the shop. Pure.

use std::collections::BTreeSet;

use maud::{Markup, html};
use rulewright_domain::plugin::HostFunction;
use rulewright_registry::{Sentence, Verb};

use crate::{door::Look, show::Tone};

/// In the order in which people should read them. What every plugin may is no news.
const VERBS: [(Verb, &str); 5] = [
    (Verb::Read, "may-read"),
    (Verb::Change, "may-change"),
    (Verb::Send, "may-contact"),
    (Verb::Reach, "may-send-to"),
    (Verb::Keep, "may-keep"),
];

/// All of them, by verb.
pub fn listed(look: &Look, sentences: &[Sentence]) -> Markup {
    html! {
        @for (key, part) in by_verb(sentences) {
            h3 { (look.text(key)) }
            (plain(look, &part))
        }
    }
}

/// As they come, without headings.
pub fn plain(look: &Look, sentences: &[&Sentence]) -> Markup {
    html! { ul.may { @for sentence in sentences { li { (said(look, sentence)) } } } }
}

/// The verbs alone, and whether anything of it is sensitive.
pub fn summary(look: &Look, sentences: &[Sentence]) -> Markup {
    let verbs: Vec<String> = by_verb(sentences).into_iter().map(|(key, _)| look.text(key)).collect();
    html! {
        (verbs.join(" · "))
        @if sentences.iter().any(|sentence| sentence.sensitive) { " " (sensitive(look)) }
    }
}

/// A box for each function, because a function is what can be left out.
pub fn choices(look: &Look, sentences: &[Sentence], ticked: &dyn Fn(&str) -> bool) -> Markup {
    html! {
        @for (key, part) in by_verb(sentences) {
            fieldset {
                legend { (look.text(key)) }
                @for alike in part.chunk_by(|a, b| a.function.is_some() && a.function == b.function) {
                    (choice(look, alike, ticked))
                }
            }
        }
    }
}

fn choice(look: &Look, alike: &[&Sentence], ticked: &dyn Fn(&str) -> bool) -> Markup {
    let words = html! { @for sentence in alike { (said(look, sentence)) " " } };
    match alike.first().and_then(|first| first.function.as_deref()) {
        Some(function) => html! {
            p.ask {
                label { input type="checkbox" name="function" value=(function) checked[ticked(function)]; " " (words) }
            }
        },
        None => html! { p.ask { (words) span.muted { (look.text("may-always-part")) } } },
    }
}

/// The functions that can be left out.
pub fn functions(sentences: &[Sentence]) -> BTreeSet<HostFunction> {
    sentences.iter().filter_map(|sentence| sentence.function.clone()).collect()
}

fn by_verb(sentences: &[Sentence]) -> Vec<(&'static str, Vec<&Sentence>)> {
    let of = |verb: Verb| sentences.iter().filter(|sentence| sentence.verb == verb).collect::<Vec<_>>();
    let all = VERBS.into_iter().map(|(verb, key)| (key, of(verb)));
    all.filter(|(_, part)| !part.is_empty()).collect()
}

/// Sentences are the registry's own, in English: what was agreed to is the same in every language.
fn said(look: &Look, sentence: &Sentence) -> Markup {
    html! {
        span lang="en" { (quoted(&sentence.text)) }
        @if sentence.sensitive { " " (sensitive(look)) }
    }
}

fn sensitive(look: &Look) -> Markup {
    Tone::Warn.pill(&look.text("may-sensitive"))
}

/// What stands in backticks is a name.
pub fn quoted(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::listing::tests::look;

    pub fn sentence(verb: Verb, text: &str, function: Option<&str>, sensitive: bool) -> Sentence {
        Sentence { verb, sensitive, text: text.to_owned(), function: function.map(str::to_owned) }
    }

    fn some() -> Vec<Sentence> {
        vec![
            sentence(Verb::Read, "Read the order.", None, false),
            sentence(Verb::Send, "Send messages by `sms`.", Some("messages.queue"), true),
            sentence(Verb::Reach, "Exchange data with `a.example`.", Some("http.send"), false),
            sentence(Verb::Reach, "Exchange data with `b.example`.", Some("http.send"), false),
            sentence(Verb::Always, "Know what time it is.", Some("step.now"), false),
        ]
    }

    #[test]
    fn sentences_stand_by_their_verb_and_the_sensitive_ones_are_marked_by_a_word() {
        let html = listed(&look("en"), &some()).into_string();
        let places: Vec<_> = ["Read", "Contact", "Send to"]
            .iter()
            .map(|verb| html.find(&format!("<h3>{verb}</h3>")))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{html}");
        assert!(
            html.contains("<code>sms</code>") && html.contains("▲") && html.contains("sensitive"),
            "{html}"
        );
        assert!(!html.contains("what time"), "what every plugin may is no part of the question: {html}");
    }

    #[test]
    fn one_box_stands_for_all_that_goes_with_a_function() {
        let html = choices(&look("en"), &some(), &|function| function != "messages.queue").into_string();
        assert_eq!(html.matches("value=\"http.send\"").count(), 1, "{html}");
        assert!(html.contains("value=\"http.send\" checked"), "{html}");
        assert!(html.contains("value=\"messages.queue\">"), "{html}");
        assert_eq!(html.matches("type=\"checkbox\"").count(), 2, "{html}");
    }

    #[test]
    fn what_strangers_write_stays_text() {
        let html = plain(&look("en"), &[&sentence(Verb::Read, "<b>`<i>`", None, false)]).into_string();
        assert!(html.contains("&lt;b&gt;<code>&lt;i&gt;</code>"), "{html}");
    }
}
