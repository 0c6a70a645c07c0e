//! A recipe gets into a shop with one command, through a running server and into a directory that nobody holds.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

#[tokio::test]
async fn a_recipe_is_installed_with_one_command_and_its_rule_writes_to_the_client() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = Server::start(&data);
    let through_server = |arguments: &[&str]| {
        let mut command = rulewright();
        command.args(arguments).current_dir(home.path());
        command.env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token);
        output(&mut command)
    };
    let read =
        |text: String| serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let listed = read(through_server(&["recipe", "list", "--json"]));
    assert!(listed["items"].as_array().unwrap().len() >= 10, "{listed}");
    let shown = through_server(&["recipe", "show", "order-confirmation"]);
    assert!(shown.contains("then Confirm by SMS (rulewright.send-sms)"), "{shown}");
    let install =
        ["recipe", "install", "order-confirmation", "--set", "subject=Thanks for {{ order.number }}"];
    let preview = through_server(&[&install[..], &["--preview"]].concat());
    assert!(preview.contains("added      rule \"Confirm by mail\" on new"), "{preview}");
    let mut unanswered = rulewright();
    unanswered.args(install).env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token);
    assert_eq!(unanswered.output().unwrap().status.code(), Some(4), "nobody agreed");
    let done = through_server(&[&install[..], &["--yes"]].concat());
    assert!(done.contains("order-confirmation runs in orders as of revision 1"), "{done}");

    let client =
        json!({ "kind": "contact", "name": "Ada", "emails": [{ "kind": "home", "value": "ada@x.example" }] });
    let client = server.call(Method::POST, "/v1/clients", client).await["client"].clone();
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR", "contacts": [client] });
    server.call(Method::POST, "/v1/orders", order).await;
    // The run follows the answer; how soon is not promised.
    let sent = |deliveries: &Value| deliveries.to_string().contains("Thanks for 1001");
    server.until("/v1/deliveries", sent, Duration::from_secs(60)).await;
    drop(server);

    let on_data = |arguments: &[&str]| {
        let mut command = rulewright();
        command.args(arguments).args(["--json", "--data"]).arg(&data).current_dir(home.path());
        read(output(&mut command))
    };
    let again = on_data(&["recipe", "install", "order-confirmation", "--yes"]);
    assert!(again["rules"].as_array().unwrap().iter().all(|rule| rule["fate"] == "unchanged"), "{again}");
    assert_eq!(again["parameters"]["subject"], "Thanks for {{ order.number }}", "as it was set");
    let removed = on_data(&["recipe", "remove", "order-confirmation", "--yes"]);
    assert_eq!(removed["revision"], 2, "{removed}");
    let listed = on_data(&["recipe", "list"]);
    assert!(listed["items"].as_array().unwrap().iter().all(|one| one["installed"] == json!([])), "{listed}");
}
