use rulewright_ports::{Failure, StorageError};

use super::*;
use crate::{
    listing::tests::look,
    reasons::tests::{is_code, literals},
};

/// One of each that is made of more than a sentence.
fn typed() -> Vec<Refusal> {
    let text = |text: &str| text.to_owned();
    let rejected = [
        Rejection::NoSuchStage { stage: "x".into(), pipeline: text("orders"), known: text("new, paid") },
        Rejection::NoSuchPipeline(text("x")),
        Rejection::NotFound { what: "employee", id: text("emp_9") },
        Rejection::Conflict { expected: 3, current: 4 },
        Rejection::Paid { paid: text("12.50 GBP") },
        Rejection::Settled { what: "payment", id: text("pay_1"), why: "is paid: take that back first" },
        Rejection::Money(MoneyError::Currency(text("euro"))),
        Rejection::Money(MoneyError::Amount(text("much"))),
        Rejection::Money(MoneyError::Mixed(text("EUR"), text("GBP"))),
        Rejection::Money(MoneyError::Overflow),
        Rejection::Loop { depth: 16, culprits: text("Thank, Remind") },
    ];
    let mut all: Vec<Refusal> = rejected.into_iter().map(Refusal::Rejected).collect();
    all.extend([
        Refusal::NotFound { what: "contact point", id: text("7") },
        Refusal::KeyReused { key: text("abc") },
        Refusal::RunsOpen { plugin: text("acme.greet"), count: 2 },
    ]);
    all
}

/// One of each that is a sentence, with what kind of one it is.
fn sentences() -> Vec<Refusal> {
    let message = "somebody has to look at it".to_owned();
    let untrusted = |code| Refusal::Untrusted { code, message: message.clone() };
    let denied = |code| Refusal::Denied { code, message: message.clone() };
    vec![
        Refusal::Rejected(Rejection::invalid("text", message.as_str())),
        Refusal::Invalid(vec![Issue { path: "/x".into(), code: "range".into(), message: message.clone() }]),
        Refusal::OutOfPlan(vec![Issue {
            path: "/x".into(),
            code: "not-available-on-plan".into(),
            message: message.clone(),
        }]),
        Refusal::Conflict { message: message.clone() },
        denied(SIGN_IN),
        denied(TOO_MANY_TRIES),
        denied("wrong-code"),
        untrusted("unsigned"),
        untrusted("other-key"),
        untrusted("downgrade"),
        untrusted("revoked"),
        untrusted("stale-list"),
    ]
}

fn text_of(html: &Markup) -> String {
    html.0.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

#[test]
fn in_english_the_engine_is_taken_at_its_word() {
    for refusal in typed().into_iter().chain(sentences()) {
        assert_eq!(text_of(&what(&look("en"), &refusal)), refusal.to_string());
        assert_eq!(next(&look("en"), &refusal), refusal.hint());
    }
    for retryable in [true, false] {
        let failed = Refusal::Failed(Failure::new("trap", "it stopped", retryable));
        assert_eq!(next(&look("en"), &failed), failed.hint());
    }
}

#[test]
fn in_german_what_has_a_shape_is_german_and_what_is_a_sentence_is_quoted() {
    for refusal in typed() {
        let told = what(&look("de"), &refusal);
        assert!(!told.0.contains("lang=\"en\""), "{}", told.0);
        assert!(!told.0.contains("refusal-") && text_of(&told) != refusal.to_string(), "{}", told.0);
    }
    for refusal in sentences() {
        let told = what(&look("de"), &refusal);
        assert!(told.0.contains("<span lang=\"en\">somebody has to look at it</span>"), "{}", told.0);
        assert!(!told.0.starts_with("<span"), "it says first what kind of refusal it is: {}", told.0);
    }
    for refusal in typed().into_iter().chain(sentences()) {
        let next = next(&look("de"), &refusal);
        assert!(next != refusal.hint() && !next.starts_with("refusal-"), "{next}");
    }
    let storage = Refusal::Storage(StorageError::Closed);
    assert!(
        text_of(&what(&look("de"), &storage)).contains("Nichts"),
        "what the database says is for the log"
    );
}

#[test]
fn what_a_page_has_found_itself_is_in_its_own_words() {
    let refusal = own("Summe".to_owned(), "total", "„viel“ ist kein Betrag.".to_owned());
    assert_eq!(what(&look("de"), &refusal).0, "Summe: „viel“ ist kein Betrag.");
    let Refusal::Invalid(issues) = &refusal else { panic!("{refusal:?}") };
    assert_eq!(own_field(&issues[0]), Some("total"));
    assert_eq!(problem(&look("de"), "/total", &issues[0]).foreign, None);
    let other = Issue { path: "/x".into(), code: "total".into(), message: "no".into() };
    assert_eq!(own_field(&other), None);
}

#[test]
fn everything_that_can_be_absent_has_a_german_name() {
    for folder in ["engine/src", "domain/src"] {
        for all in literals(folder, &["not_found(", "NotFound { what: "]) {
            let is_name = |text: &&String| {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ')
            };
            if let Some(what) = all.first().filter(is_name) {
                assert_ne!(thing(&look("de"), what), *what, "{folder}: no German name");
            }
        }
    }
}

#[test]
fn every_code_of_an_issue_has_german_words() {
    for all in literals("engine/src", &["Refusal::invalid(", " issue(", "(issue("]) {
        if let Some(code) = all.into_iter().find(|text| is_code(text)) {
            let issue = Issue { path: String::new(), code, message: String::new() };
            assert!(short(&look("de"), &issue).is_some(), "no German words for `{}`", issue.code);
        }
    }
}

#[test]
fn whatever_settles_a_part_of_an_order_is_told_in_german() {
    for all in literals("domain/src", &["let why = ", "settled(self, "]) {
        if let Some(why) = all.first() {
            let told = settled(&look("de"), why).into_string();
            assert!(!told.contains("lang=\"en\""), "no German words for: {told}");
        }
    }
}
