//! The README's way from an empty folder to a rule's effect on an order's timeline, step by step; and what an author does
//! next, with a run that went wrong.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

/// What the README promises. Of that, most goes into compiling what a plugin is made with, once.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// `rulewright plugin new`, with the versions of this workspace, which are here already: the test needs no network.
pub fn new_plugin(home: &Path, arguments: &[&str]) -> PathBuf {
    let made = output(rulewright().args(["plugin", "new", "--json"]).args(arguments).current_dir(home));
    let made: Value = serde_json::from_str(&made).unwrap();
    let plugin = home.join(made["path"].as_str().unwrap());
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, plugin.join("Cargo.lock")).unwrap();
    plugin
}

pub fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", file.display());
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// Exit code, stdout and stderr.
fn ended(command: &mut Command) -> (i32, String, String) {
    let done = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code().unwrap(), text(&done.stdout), text(&done.stderr))
}

#[tokio::test]
async fn a_rule_written_from_the_readme_is_seen_on_an_orders_timeline_in_five_minutes() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&home.path().join("data"));
    let plugin = new_plugin(home.path(), &["acme.thank-you"]);
    // What it is made with is compiled twice, for its own tests here and into the component; it counts once.
    let mut natively = Command::new("cargo");
    natively.args(["test", "--no-run", "--quiet"]).current_dir(&plugin).env("CARGO_NET_OFFLINE", "true");
    assert!(natively.status().unwrap().success());
    let begun = Instant::now();
    let command = |arguments: &[&str]| {
        let mut command = rulewright();
        command.args(arguments).current_dir(&plugin).env("CARGO_NET_OFFLINE", "true");
        command.env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token);
        command
    };
    let run = |arguments: &[&str]| output(&mut command(arguments));
    let read =
        |text: String| serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    edit(&plugin.join("src/lib.rs"), "done(\"Comment added\")", "done(\"Thanked\")");
    edit(
        &plugin.join("src/lib.rs"),
        "assert_eq!(end.summary(), \"Comment added\")",
        "assert_eq!(end.summary(), \"Thanked\")",
    );
    // Its fixture says what came before: the difference is told, and then written down.
    let (code, told, error) = ended(&mut command(&["plugin", "test"]));
    assert_eq!(code, 1, "{told}\n{error}");
    let lines: Vec<&str> = told.lines().map(str::trim).collect();
    assert!(lines.iter().any(|line| line.starts_with('-') && line.contains("done: Comment added")), "{told}");
    assert!(lines.iter().any(|line| line.starts_with('+') && line.contains("done: Thanked")), "{told}");
    assert!(error.contains("--update"), "{error}");
    run(&["plugin", "test", "--no-cargo", "--update"]);
    let told = run(&["plugin", "test", "--no-cargo"]);
    assert!(told.contains("ok       first.json") && told.contains("of 50,000,000 instructions"), "{told}");
    let built = run(&["plugin", "build"]);
    assert!(
        built.contains("timeline") && built.contains("bytes"),
        "the consent sentence is not shown: {built}"
    );
    let checked = read(run(&["plugin", "check", "--json"]));
    assert_eq!(checked["accepted"], true, "{checked}");
    let checks = checked["checks"].as_array().unwrap();
    assert!(checks.len() >= 5 && checks.iter().all(|check| check["result"] == "ok"), "{checked}");
    run(&["plugin", "install", "target/plugins/thank-you.wasm", "--yes"]);

    let rule = json!({ "id": "thanks", "name": "Thanks", "plugin": "acme.thank-you",
        "settings": { "text": "Thank you for order {{ order.number }}, {{ client.name }}" } });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let client = json!({ "kind": "contact", "name": "Ada Lovelace", "phones": [{ "kind": "mobile", "value": "+447911123456" }] });
    let client = server.call(Method::POST, "/v1/clients", client).await["client"].clone();
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR", "contacts": [client] });
    let order = server.call(Method::POST, "/v1/orders", order).await;
    let id = order["order"].as_str().unwrap();
    server.call(Method::POST, &format!("/v1/orders/{id}/stage"), json!({ "stage": "paid" })).await;
    let written = |timeline: &Value| timeline.to_string().contains("Thank you for order 1001");
    server.until(&format!("/v1/orders/{id}/timeline"), written, Duration::from_secs(60)).await;
    let taken = begun.elapsed();
    println!("from nothing to a rule on an order's timeline: {} s", taken.as_secs());
    assert!(taken < FIVE_MINUTES, "it took {} s", taken.as_secs());

    // The run once more, here; nobody in it can be recognised.
    let runs = server.call(Method::GET, &format!("/v1/orders/{id}/runs"), Value::Null).await;
    let run_id = runs["items"][0]["id"].as_str().unwrap();
    let component = "target/plugins/thank-you.wasm";
    let fixture = plugin.join("tests/fixtures/real.json");
    let again = run(&["plugin", "replay", run_id, component, "--json", "--out", "tests/fixtures/real.json"]);
    let again = read(again);
    assert_eq!(
        (&again["same"], &again["same_component"], &again["masked"]),
        (&json!(true), &json!(true), &json!(true))
    );
    let kept = std::fs::read_to_string(&fixture).unwrap();
    for personal in ["Ada", "Lovelace", "7911123456"] {
        assert!(
            !again.to_string().contains(personal) && !kept.contains(personal),
            "{personal}: {again} {kept}"
        );
    }
    assert!(again.to_string().contains("Thank you for order 1001, "), "{again}");
    assert!(kept.contains("+447700900"), "{kept}");
    let unmasked = run(&["plugin", "replay", run_id, component, "--unmasked"]);
    assert!(unmasked.contains("Ada Lovelace") && unmasked.contains("ends as it did then"), "{unmasked}");
    let played = read(run(&["plugin", "test", component, "--fixtures", "tests/fixtures", "--json"]));
    assert_eq!(
        (&played["passed"], played["fixtures"].as_array().unwrap().len()),
        (&json!(true), 2),
        "{played}"
    );

    // Whoever may read runs and no orders gets no names.
    let token =
        server.call(Method::POST, "/v1/tokens", json!({ "name": "dev", "scopes": ["runs-read"] })).await;
    let token = token["secret"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned();
    let with_token = |arguments: &[&str]| {
        let mut command = command(arguments);
        ended(command.env("RULEWRIGHT_TOKEN", &token))
    };
    assert_eq!(with_token(&["plugin", "replay", run_id, component]).0, 0);
    let (code, _, error) = with_token(&["plugin", "replay", run_id, component, "--unmasked"]);
    assert!(code == 3 && error.contains("missing-scope"), "{error}");
}
