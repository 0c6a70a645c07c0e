//! The code in docs/webhooks.md does what it says: it is run, on a signature of ours.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rulewright_domain::hook;
use rulewright_engine::SystemClock;
use rulewright_ports::Clock;
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"type": "order.created", "data": {"title": "Zoë"}}"#;

/// The first block of this language.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhooks.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, code) = page.split_once(&format!("```{language}\n")).unwrap_or_else(|| panic!("no {language}"));
    code.split_once("\n```").unwrap().0.to_owned()
}

/// Calls with what the function says of each, and whether it should.
fn calls() -> Value {
    let now = SystemClock.now().0 / 1000;
    let call = |secret: &str, at: i64, signatures: &dyn Fn(String) -> String, body: &str, right: bool| {
        let signature = hook::sign(SECRET, "msg_1", &at.to_string(), BODY.as_bytes()).unwrap();
        json!({
            "secret": secret, "body": STANDARD.encode(body), "right": right,
            "headers": { "webhook-id": "msg_1", "webhook-timestamp": at.to_string(), "webhook-signature": signatures(signature) },
        })
    };
    let (plain, rotated) = (|one: String| one, |one: String| format!("v1,bm9uc2Vuc2U= {one}"));
    let other = hook::shown(&[7; 32]);
    json!([
        call(SECRET, now, &plain, BODY, true),
        call(SECRET, now, &rotated, BODY, true),
        call(&other, now, &plain, BODY, false),
        call(SECRET, now, &plain, "{}", false),
        call(SECRET, now - 600, &plain, BODY, false),
        call(SECRET, now, &|_| "v1,".to_owned(), BODY, false),
    ])
}

fn said_by(program: &str, code: &str, harness: &str) -> Option<Vec<bool>> {
    let mut command = Command::new(program);
    command.arg(if program == "node" { "-e" } else { "-c" }).arg(format!("{code}\n{harness}"));
    let Ok(mut child) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        println!("SKIPPED: {program} is not installed, so its code in docs/webhooks.md is not run");
        return None;
    };
    child.stdin.take().unwrap().write_all(calls().to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} stopped with {}", output.status);
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_code_for_receivers_takes_what_is_ours_and_nothing_else() {
    let expected: Vec<bool> =
        calls().as_array().unwrap().iter().map(|call| call["right"].as_bool().unwrap()).collect();
    let python = "import json, sys
print(json.dumps([verify(c['secret'], c['headers'], base64.b64decode(c['body'])) for c in json.load(sys.stdin)]))";
    let javascript = "const calls = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(calls.map((c) => verify(c.secret, c.headers, Buffer.from(c.body, 'base64')))));";
    for (language, program, harness) in [("python", "python3", python), ("javascript", "node", javascript)] {
        if let Some(said) = said_by(program, &block(language), harness) {
            assert_eq!(said, expected, "{language}");
        }
    }
    assert!(block("rust").contains("standardwebhooks::Webhook::new(secret)"), "as tests/it/webhooks.rs does");
}
