//! The REST interface against its own description, by schemathesis: whatever it sends, no answer is a mistake of the
//! server, and each is one that the document has.

use std::{path::Path, process::Command};

use reqwest::Method;
use serde_json::Value;

use crate::{rulewright, server::Server};

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
    // It shows wrong tokens everywhere, and looks for the answer that the first of them gets.
    let settings = data.path().join("patient.toml");
    std::fs::write(&settings, "[door]\nwrong-secrets = 0\n").unwrap();
    let mut demo = rulewright();
    demo.args(["demo", "--first", ORDERS, "--config"]).arg(settings);
    let server = Server::of(&mut demo, &data.path().join("shop"));
    make_what_the_examples_name(&server).await;
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
    server.send(Method::GET, "/v1/tokens", None).await;
    let summary: Vec<&str> = told.lines().skip_while(|line| !line.contains("SUMMARY")).collect();
    println!("{}", summary.join("\n"));
}

/// Sends the examples of the document once, so that what they name is there: a list that is not has no items to be seen.
async fn make_what_the_examples_name(server: &Server) {
    let document = server.call(Method::GET, "/v1/openapi.json", Value::Null).await;
    let (client, mut made) = (reqwest::Client::builder().build().unwrap(), 0);
    for method in [Method::PUT, Method::POST] {
        for (template, item) in document["paths"].as_object().unwrap() {
            let described = &item[method.as_str().to_lowercase()];
            let body = &described["requestBody"]["content"]["application/json"]["example"];
            if described["security"].is_null() || body.is_null() {
                continue;
            }
            let mut path = template.clone();
            let parameters = described["parameters"].as_array().into_iter().flatten();
            for one in parameters.filter(|one| one["in"] == "path") {
                let name = one["name"].as_str().unwrap();
                path = path.replace(&format!("{{{name}}}"), one["example"].as_str().unwrap());
            }
            let request = client.request(method.clone(), format!("{}{path}", server.url));
            let request = request.bearer_auth(&server.token).header("content-type", "application/json");
            let answer = request.body(body.to_string()).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "{method} {path}: {}", answer.text().await.unwrap());
            made += usize::from(answer.status().is_success());
        }
    }
    assert!(made > 30, "only {made} examples were taken");
}
