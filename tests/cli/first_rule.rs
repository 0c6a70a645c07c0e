//! The README's way from an empty folder to a rule's effect on an order's timeline, step by step.

use std::{path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

#[tokio::test]
async fn a_rule_written_from_the_readme_is_seen_on_an_orders_timeline() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&home.path().join("data"));
    output(rulewright().args(["plugin", "new", "acme.thank-you"]).current_dir(home.path()));
    let plugin = home.path().join("thank-you");
    // With the versions of this workspace, which are here already: the test needs no network.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, plugin.join("Cargo.lock")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = rulewright();
        command.args(arguments).current_dir(&plugin).env("CARGO_NET_OFFLINE", "true");
        command.env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token);
        output(&mut command)
    };
    run(&["plugin", "test"]);
    let built = run(&["plugin", "build"]);
    assert!(built.contains("timeline"), "the consent sentence is not shown: {built}");
    run(&["plugin", "install", "target/plugins/thank-you.wasm", "--yes"]);

    let rule = json!({ "id": "thanks", "name": "Thanks", "plugin": "acme.thank-you",
        "settings": { "text": "Thank you for order {{ order.number }}" } });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR" });
    let order = server.call(Method::POST, "/v1/orders", order).await;
    let id = order["order"].as_str().unwrap();
    server.call(Method::POST, &format!("/v1/orders/{id}/stage"), json!({ "stage": "paid" })).await;
    let written = |timeline: &Value| timeline.to_string().contains("Thank you for order 1001");
    server.until(&format!("/v1/orders/{id}/timeline"), written, Duration::from_secs(60)).await;
}
