//! Golden files: `golden/METHOD.json` holds requests and the answers that they get, each file on a fresh shop, through
//! the real router, engine and database. `RULEWRIGHT_BLESS=1 cargo test -p rulewright-bitrix24 golden` writes the
//! answers again; then look at the difference.
//!
//! `{"given": [request ..], "steps": [{"request": {..}, "status": 200, "answer": {..}} ..]}`; a request is
//! `{"method": "POST", "path": "crm.deal.add.json", "query": "a=1", "json": {..}}`, or `"form": "a=1"` instead of `json`.
//! What is given may also be a command of the domain, `{"command": {"type": "create-client", ..}}`, for what other methods
//! would make.
//! A path that begins with `/` is a whole one, in it CODE is the webhook's. What is given must succeed.
//!
//! With `"application": true` an application is installed first. Its tokens are `rwa_1_golden0access0token`, of an
//! administrator, and `rwa_1_golden0plain0token`.
//!
//! Ids are the same every time. What is not, is named by its step in `"unpredictable": ["/result/token"]`, JSON pointers
//! into the answer; a later request has it as `$answer[2][result][token]`: of the third request of the file.

mod application;
mod outside;
mod shop;

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::{Value, json};
use similar::TextDiff;

use crate::{
    batch::{Results, resolve},
    method::{self, Edition},
    wire::node::{Members, Node},
};

pub(crate) use application::{ACCESS, PLAIN};
pub(crate) use shop::{CODE, Reply, Shop};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden"))
}

/// Every golden file: the method, and where it is.
fn files() -> Vec<(String, PathBuf)> {
    let found = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = found
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    files.sort();
    files
}

fn methods() -> BTreeSet<&'static str> {
    [Edition::Classic, Edition::Three].into_iter().flat_map(method::all).map(|method| method.name).collect()
}

#[test]
fn every_method_has_a_golden_file_and_every_file_a_method() {
    let files: BTreeSet<String> = files().into_iter().map(|(name, _)| name).collect();
    let methods = methods();
    let without: Vec<_> = methods.iter().filter(|name| !files.contains(**name)).collect();
    assert!(without.is_empty(), "methods without golden/METHOD.json: {without:?}");
    let strange: Vec<_> = files.iter().filter(|name| !methods.contains(name.as_str())).collect();
    assert!(strange.is_empty(), "golden files of no method: {strange:?}");
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a switch for whoever runs this test")]
async fn every_golden_request_is_answered_as_its_file_says() {
    let bless = std::env::var_os("RULEWRIGHT_BLESS").is_some();
    let mut differences = Vec::new();
    for (name, path) in files() {
        let stored = std::fs::read_to_string(&path).unwrap();
        let file: Node =
            serde_json::from_str(&stored).unwrap_or_else(|error| panic!("golden/{name}.json: {error}"));
        let Node::Map(file) = file else { panic!("golden/{name}.json holds no object") };
        let now = written(&Node::Map(played(&name, &file).await));
        if bless && now != stored {
            std::fs::write(&path, now).unwrap();
        } else if now != stored {
            let diff = TextDiff::from_lines(&stored, &now);
            differences
                .push(format!("{}", diff.unified_diff().header(&format!("golden/{name}.json"), "answered")));
        }
    }
    assert!(
        differences.is_empty(),
        "{}\nrun this test with RULEWRIGHT_BLESS=1 where the difference is meant",
        differences.join("\n")
    );
}

/// The file with the answers of today.
async fn played(name: &str, file: &Members) -> Members {
    let shop = Shop::open().await;
    if file.get("application").is_some() {
        shop.quiet_application().await;
    }
    let mut answers: Results = Vec::new();
    for (place, request) in items(file.get("given")).into_iter().enumerate() {
        if let Some(command) = request.value().get("command") {
            let receipt = shop.command(&name_of(name, place), command).await;
            answers.push((answers.len().to_string(), receipt));
            continue;
        }
        let Reply { status, answer, .. } = shop.send(&resolved(request, &answers)).await;
        let failed = &answer["result"]["result_error"];
        let went = status == 200 && failed.as_object().is_none_or(|failed| failed.is_empty());
        assert!(went, "golden/{name}.json: given {place} was answered {status} {answer}");
        answers.push((answers.len().to_string(), answer));
    }
    let mut played = file.clone();
    let mut steps = Vec::new();
    for step in items(file.get("steps")) {
        let Node::Map(mut step) = step else { panic!("golden/{name}.json: a step is an object") };
        let request = step.get("request").cloned();
        let request = request.unwrap_or_else(|| panic!("golden/{name}.json: a step has a `request`"));
        let Reply { status, mut answer, times } = shop.send(&resolved(request, &answers)).await;
        times.iter().for_each(|time| check(name, time));
        answers.push((answers.len().to_string(), answer.clone()));
        for pointer in items(step.get("unpredictable")) {
            let pointer = pointer.value();
            let place = pointer.as_str().and_then(|pointer| answer.pointer_mut(pointer));
            *place.unwrap_or_else(|| panic!("golden/{name}.json: nothing is at {pointer}")) =
                "unpredictable".into();
        }
        step.insert("status".to_owned(), Node::Scalar(json!(status)));
        step.insert("answer".to_owned(), serde_json::from_value(answer).unwrap());
        steps.push(Node::Map(step));
    }
    assert!(!steps.is_empty(), "golden/{name}.json has no steps: it holds nothing");
    played.insert("steps".to_owned(), Node::List(steps));
    played
}

fn name_of(file: &str, place: usize) -> String {
    format!("golden/{file}.json: given {place}")
}

/// What it refers to, put in.
fn resolved(mut request: Node, answers: &Results) -> Node {
    let mut budget = usize::MAX;
    resolve("$answer", &mut request, answers, &mut budget).expect("a file is no attack");
    request
}

fn items(node: Option<&Node>) -> Vec<Node> {
    match node {
        Some(Node::List(items)) => items.clone(),
        _ => Vec::new(),
    }
}

/// `time` differs every time; its shape does not.
fn check(name: &str, time: &Value) {
    for number in ["start", "finish", "duration", "processing", "operating", "operating_reset_at"] {
        assert!(time[number].is_number(), "golden/{name}.json: time.{number} in {time}");
    }
    for date in ["date_start", "date_finish"] {
        assert_eq!(time[date].as_str().map(str::len), Some(25), "golden/{name}.json: time.{date} in {time}");
    }
}

/// Like `serde_json` writes it, members in their order.
fn written(node: &Node) -> String {
    let mut text = serde_json::to_string_pretty(&Ordered(node)).unwrap();
    text.push('\n');
    text
}

struct Ordered<'a>(&'a Node);

impl serde::Serialize for Ordered<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::Scalar(value) => value.serialize(to),
            Node::List(items) => to.collect_seq(items.iter().map(Ordered)),
            Node::Map(members) => to.collect_map(members.iter().map(|(key, node)| (key, Ordered(node)))),
        }
    }
}
