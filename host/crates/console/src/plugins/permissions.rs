//! What a plugin may do, in sentences by what they mean for the shop. Pure.

use std::collections::BTreeSet;

use maud::{Markup, html};
use rulewright_domain::plugin::HostFunction;
use rulewright_registry::{Given, Said, Sentence, Verb};

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

fn said(look: &Look, sentence: &Sentence) -> Markup {
    html! {
        @match &sentence.said {
            Some(said) => (quoted(&worded(look, said))),
            None => span lang="en" { (quoted(&sentence.text)) },
        }
        @if sentence.sensitive { " " (sensitive(look)) }
    }
}

/// In English it is the registry's own sentence: what is agreed to is the same wherever somebody reads it.
fn worded(look: &Look, said: &Said) -> String {
    match said {
        Said::Order => look.text("may-see-order"),
        Said::Events(kinds) => look.with("may-see-events", &[("what", listing(kinds).into())]),
        Said::Messages(channels) if channels.is_empty() => look.text("may-see-messages"),
        Said::Messages(channels) => look.with("may-see-messages-of", &[("what", listing(channels).into())]),
        Said::Limit { name, amount } => look
            .with("may-have-limit", &[("name", name.as_str().into()), ("amount", amount.to_string().into())]),
        Said::Function { function, detail } => {
            look.with(&key(function), &[("what", given(look, detail).into())])
        }
    }
}

fn key(function: &str) -> String {
    format!("may-do-{}", function.replace('.', "-"))
}

fn given(look: &Look, detail: &Given) -> String {
    match detail {
        Given::Nothing => String::new(),
        Given::Names(names) => listing(names),
        // Larger units are called the same everywhere.
        Given::Bytes(amount) if *amount > 0 && amount.is_multiple_of(1024) => detail.to_string(),
        Given::Bytes(amount) => look.with("may-bytes", &[("count", (*amount).into())]),
        Given::Address(target) => {
            let host = format!("`{}`", target.host);
            let address = match target.path.as_str() {
                "/" => host,
                path => look.with("may-reach-below", &[("host", host.into()), ("path", path.into())]),
            };
            if target.methods.is_empty() {
                return address;
            }
            let methods = target.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            look.with("may-reach-only", &[("address", address.into()), ("methods", methods.into())])
        }
        Given::AnyHost => look.text("may-reach-any"),
    }
}

fn listing(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
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
    use rulewright_domain::plugin::HttpTarget;
    use rulewright_registry::{Detail, LINES};

    use super::*;
    use crate::listing::tests::look;

    pub fn names(all: &[&str]) -> Given {
        Given::Names(all.iter().map(|name| (*name).to_owned()).collect())
    }

    pub fn sentence(function: &str, detail: Given) -> Sentence {
        Sentence::of(function, detail).unwrap()
    }

    fn to(host: &str, path: &str, methods: &[&str]) -> Given {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        Given::Address(HttpTarget { host: host.to_owned(), methods, path: path.to_owned() })
    }

    fn some() -> Vec<Sentence> {
        let order = Said::Order;
        vec![
            Sentence {
                verb: Verb::Read,
                sensitive: false,
                text: order.to_string(),
                function: None,
                said: Some(order),
            },
            sentence("segments.queue", names(&["sms"])),
            sentence("http.send", to("a.example", "/", &[])),
            sentence("http.send", to("b.example", "/", &[])),
            sentence("step.now", Given::Nothing),
        ]
    }

    /// Everything that could be said, with each kind of detail.
    fn all() -> Vec<Said> {
        let mut all = vec![
            Said::Order,
            Said::Events(vec!["order.created".to_owned(), "payment.received".to_owned()]),
            Said::Messages(Vec::new()),
            Said::Messages(vec!["sms".to_owned()]),
            Said::Limit { name: "fuel".to_owned(), amount: 5_000_000_000 },
        ];
        for line in LINES {
            let details = match line.detail {
                Detail::None => vec![Given::Nothing],
                Detail::Channels | Detail::Secrets => vec![names(&["one"]), names(&["one", "two"])],
                Detail::Quota => [0, 1, 100, 1024, 1500, 1 << 20, 3 << 19].map(Given::Bytes).into(),
                Detail::Address => vec![
                    to("a.example", "/", &[]),
                    to("a.example", "/v1", &["GET", "POST"]),
                    to("a.example", "/v1", &[]),
                    Given::AnyHost,
                ],
            };
            all.extend(details.into_iter().map(|detail| Said::Function { function: line.function, detail }));
        }
        all
    }

    #[test]
    fn in_english_each_sentence_is_the_one_of_the_registry() {
        for said in all() {
            assert_eq!(worded(&look("en"), &said), said.to_string());
        }
    }

    #[test]
    fn in_german_each_sentence_is_german_and_names_what_the_english_names() {
        for said in all() {
            let (english, german) = (said.to_string(), worded(&look("de"), &said));
            assert_ne!(english, german);
            assert!(!german.starts_with("may-"), "{said:?} has no German words");
            let named = |text: &str| -> Vec<String> {
                text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
            };
            assert_eq!(named(&english), named(&german), "{german}");
        }
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
        let html = choices(&look("en"), &some(), &|function| function != "segments.queue").into_string();
        assert_eq!(html.matches("value=\"http.send\"").count(), 1, "{html}");
        assert!(html.contains("value=\"http.send\" checked"), "{html}");
        assert!(html.contains("value=\"segments.queue\">"), "{html}");
        assert_eq!(html.matches("type=\"checkbox\"").count(), 2, "{html}");
    }

    #[test]
    fn what_strangers_write_stays_text() {
        let html = plain(&look("de"), &[&sentence("secrets.open", names(&["<i>"]))]).into_string();
        assert!(html.contains("<code>&lt;i&gt;</code>") && html.contains("Geheimnisse"), "{html}");
    }
}
