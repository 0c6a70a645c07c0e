use std::path::Path;

use rulewright_domain::EmployeeId;

use super::*;
use crate::{listing::tests::look, runs::sample};

/// String literals after each `mark` of the sources of a crate, up to the end of that statement.
pub fn literals(folder: &str, marks: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut |source| {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for mark in marks {
            for part in source.split(mark).skip(1) {
                let statement = part.split(';').next().unwrap_or_default();
                found.push(statement.split('"').skip(1).step_by(2).map(str::to_owned).collect());
            }
        }
    });
    assert!(!found.is_empty(), "{folder} says nothing of the kind any more: {marks:?}");
    found
}

fn visit(folder: &Path, look: &mut dyn FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, look);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            look(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

pub fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn text_of(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

#[test]
fn each_kind_of_event_has_german_words() {
    let german = look("de");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/event.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let kinds: Vec<&str> = source
        .lines()
        .filter(|line| line.trim().starts_with("pub const ") && line.contains(": &str = "))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(kinds.len() > 70, "{kinds:?}");
    for kind in kinds {
        assert_ne!(names::event(&german, kind), kind, "no German words");
    }
    assert_eq!(names::event(&german, "acme.thing-happened"), "acme.thing-happened");
    assert_eq!(names::event(&german, "payment.received"), "Zahlung eingegangen (payment.received)");
}

#[test]
fn each_kind_of_effect_has_german_words() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/command.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let list = source.split("pub enum Command {").nth(1).unwrap().split("\n}").next().unwrap();
    let variants: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(|line| line.split([' ', '(', ',']).next().unwrap_or_default())
        .collect();
    assert!(variants.len() > 10, "{variants:?}");
    for variant in variants.into_iter().chain(["Message", "Storage"]) {
        let mut name = String::new();
        for letter in variant.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        assert_ne!(names::effect(&look("de"), &name), name, "no German words");
    }
}

#[test]
fn why_a_run_was_ended_is_told_in_german_and_a_plugin_is_quoted() {
    let told = |text: &str| kept(&look("de"), &sample::config(), text).into_string();
    assert_eq!(told("order-deleted: the order was deleted"), "Der Auftrag wurde gelöscht.");
    assert_eq!(
        told("stage-left: Ada moved the order to `paid`"),
        "Ada hat den Auftrag nach Paid verschoben."
    );
    let away = Reason::ResponsibleAway { employee: EmployeeId(1), name: "Ada".to_owned(), absent: true };
    assert_eq!(told(&away.to_string()), "Ada ist abwesend.");
    let plugin = told("the client has no phone number");
    assert_eq!(plugin, "<span lang=\"en\">the client has no phone number</span>");
}

#[test]
fn a_failure_says_what_its_code_means_and_quotes_the_rest() {
    let failed =
        |language: &str| failure(&look(language), "out-of-time", "limit `wall`: 500 ms").into_string();
    let said = "<span lang=\"en\">limit `wall`: 500 ms</span>";
    assert_eq!(failed("de"), format!("Der Schritt dauerte zu lange. {said}"));
    assert_eq!(failed("en"), said, "in English the message says it all");
    let kept = error(&look("de"), "out-of-time: limit `wall`: 500 ms").into_string();
    assert_eq!(kept, failed("de"));
    assert_eq!(text_of(&error(&look("de"), "503: busy").into_string()), "503: busy");
}

#[test]
fn what_a_step_came_to_is_told_without_the_words_of_the_trace() {
    let told = |text: &str| result(&look("de"), &sample::config(), text).into_string();
    assert_eq!(told("done"), "");
    assert_eq!(told("done: sent 2"), "<span lang=\"en\">sent 2</span>");
    assert_eq!(told("waits for payment.received"), "auf Zahlung eingegangen (payment.received)");
    assert!(told("waits until 2026-03-29T13:00:00.000Z").starts_with("bis <time"));
    assert!(told("skipped: by-hand: somebody cancelled it").starts_with("Jemand"));
    assert!(told("retry: the server is busy").starts_with("Das Plugin bittet"));
}
