//! The REST interface against its own description, by schemathesis: whatever it sends, no answer is a mistake of the
//! server, and each is one that the document has.

use std::{path::Path, process::Command};

use crate::server::Server;

/// Of the demo's orders: every kind of thing is among what they left.
const ORDERS: &str = "60";

/// Found on the PATH; `RULEWRIGHT_SCHEMATHESIS` adds arguments, e.g. `--max-examples 200` for a long run.
const PROGRAM: &str = "schemathesis";

fn missing() -> Option<String> {
    let found = Command::new(PROGRAM).arg("--version").output();
    match found {
        Ok(found) if found.status.success() => None,
        _ => Some(format!(
            "{PROGRAM} is not on the PATH: python3 -m pip install {PROGRAM}, in an environment of its own"
        )),
    }
}

#[tokio::test]
async fn no_request_finds_a_5xx_or_an_answer_that_the_document_does_not_have() {
    if let Some(why) = missing() {
        println!("SKIPPED: {why}");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::demo(data.path(), ORDERS);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/schemathesis");
    let more = std::env::var("RULEWRIGHT_SCHEMATHESIS").unwrap_or_default();
    let done = Command::new(PROGRAM)
        .env("SCHEMATHESIS_HOOKS", folder.join("hooks.py"))
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", "--no-color", "--header"])
        .arg(format!("Authorization: Bearer {}", server.token))
        .args(more.split_whitespace())
        .arg(format!("{}/v1/openapi.json", server.url))
        .current_dir(data.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}\n{}", String::from_utf8_lossy(&done.stderr));
    // A run whose token was revoked on the way would have found nothing more.
    server.send(reqwest::Method::GET, "/v1/tokens", None).await;
    let summary: Vec<&str> = told.lines().skip_while(|line| !line.contains("SUMMARY")).collect();
    println!("{}", summary.join("\n"));
}
