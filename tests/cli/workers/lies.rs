//! Programs that begin as processes for guests, and lie.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rulewright_domain::{Draft, Effect, Grant, OrderId, Outcome, Recipient, Usage};
use rulewright_ports::{Answer, Completion, Executor};
use rulewright_runtime::Limits;
use serde_json::json;

use super::{Outside, PATIENCE, guests::Guest, invocation, limits, runtime, step};

/// What a process says, as bytes of a frame.
fn frame(kind: u8, id: u64, body: &str) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_le_bytes()[..], &[kind], &id.to_le_bytes(), body.as_bytes()].concat()
}

fn asks(question: &str) -> Vec<u8> {
    frame(12, 1, question)
}

/// Step number `id` is.
pub(super) fn is_done(id: u64, effects: serde_json::Value) -> Vec<u8> {
    let done = Answer::Outcome(Outcome::Done { summary: None, output: Default::default() });
    let done = json!({ "result": { "Ok": done }, "effects": effects, "logs": [], "usage": Usage::default() });
    frame(13, id, &done.to_string())
}

fn is_done_with(effects: serde_json::Value) -> Vec<u8> {
    is_done(1, effects)
}

/// A command that says these bytes.
pub(super) fn say(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let file = dir.join(name);
    std::fs::write(&file, bytes).unwrap();
    format!("cat {} >&0", file.display())
}

/// A program that begins as processes for guests do, and goes on with these commands.
pub(super) fn program(dir: &Path, commands: &str) -> PathBuf {
    let ready = frame(11, 0, r#"{"seccomp":false,"landlock":null,"missing":[]}"#);
    let (begins, program) = (say(dir, "begins", &ready), dir.join("program"));
    std::fs::write(&program, format!("#!/bin/sh\n{begins}\n{commands}\nexec sleep 600\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    program
}

/// A program that answers whatever it is asked first with that.
fn liar(dir: &Path, lie: &[u8]) -> PathBuf {
    program(dir, &format!("head -c 13 >/dev/null\n{}", say(dir, "lie", lie)))
}

/// What comes of a step that may use these functions.
async fn told(lie: &[u8], functions: &[&str]) -> Completion {
    let component = Guest::DONE.component();
    let dir = tempfile::tempdir().unwrap();
    let one = Limits { workers: 1, ..limits(9_005) };
    let apart = runtime(&dir.path().join("cache"), &one).with_workers(liar(dir.path(), lie)).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    let mut invocation = invocation(&component, step(&json!({})));
    invocation.grant = Grant {
        functions: functions.iter().map(|name| (*name).to_owned()).collect(),
        channels: ["sms".to_owned()].into(),
        ..Grant::default()
    };
    apart.prepare(&invocation.digest, component.as_slice().into()).await.unwrap();
    apart.run(invocation, Arc::new(Outside::default())).await
}

async fn is_not_believed(lie: &[u8], functions: &[&str], says: &str) {
    let completion = told(lie, functions).await;
    assert!(completion.effects.is_empty(), "{completion:?}");
    let failure = completion.result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("worker-died", true), "{failure}");
    assert!(failure.message.contains(says), "{says}: {failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_says_beyond_the_grant_is_not_believed_and_it_is_ended() {
    let stored = json!([{ "storage": { "key": "k", "value": "AA==" } }]);
    let cancelled = json!([{ "command": {
        "command": { "type": "change-order", "id": "ord_1", "expected": null,
            "change": { "change": "cancel", "reason": null } },
    } }]);
    let mut endless = frame(13, 1, "");
    endless[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    for (lie, says) in [
        (is_done_with(stored), "storage.set does, which is not granted"),
        (is_done_with(cancelled), "orders-write.cancel does, which is not granted"),
        (asks(r#"{"Reveal":"first"}"#), "a secret, which is not granted"),
        (asks(r#"{"Order":"ord_2"}"#), "an order, which is not granted"),
        (asks(r#""Employees""#), "employees, which is not granted"),
        (frame(13, 1, &"[".repeat(100_000)), "nests deeper"),
        (frame(13, 1, "{}"), "missing field"),
        (frame(99, 1, ""), "a frame of kind 99"),
        (endless, "a frame of 4294967295 bytes"),
    ] {
        is_not_believed(&lie, &[], says).await;
    }
    // The same program is believed where it says what a sandbox says.
    assert!(told(&is_done_with(json!([])), &[]).await.result.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_guest_may_write_to_people_and_change_orders_sees_neither() {
    let functions = ["messages.queue", "history.write", "shipments-write.edit", "orders-write.delete"];
    let to = |address: &str| {
        is_done_with(json!([Effect::Message(Draft {
            channel: "sms".into(),
            to: Recipient::ClientOf(OrderId(1)),
            address: address.into(),
            about: None,
            sender: None,
            subject: None,
            text: "Hello".into(),
            params: Default::default(),
            correlation: None,
        })]))
    };
    for (lie, says) in [
        (asks(r#"{"Client":"cli_1"}"#), "a client, which is not granted"),
        (asks(r#"{"Order":"ord_2"}"#), "an order, which is not granted"),
        (asks(r#""Employees""#), "employees, which is not granted"),
        (
            asks(r#"{"Recipient":{"channel":"email","to":{"client":"cli_1"},"kind":null,"reads":9}}"#),
            "a recipient, beyond what is granted",
        ),
        (
            asks(r#"{"Change":{"id":"ord_2","since":[],"change":{"change":"restore"}}}"#),
            "a change of an order, which is not granted",
        ),
        (to("+449098790000"), "an address that was not found for it"),
        (to("0"), "an address that was not found for it"),
    ] {
        is_not_believed(&lie, &functions, says).await;
    }
}
