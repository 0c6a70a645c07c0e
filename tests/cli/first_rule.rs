//! The README's way from an empty folder to a rule's effect on an order's timeline, step by step.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::{output, rulewright};

/// Killed with the test, however that ends.
pub struct Server {
    child: Child,
    pub url: String,
    pub token: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn start(data: &Path) -> Server {
        let mut child = rulewright()
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Server { url: text("url"), token: text("token"), child }
    }

    pub async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = reqwest::Client::builder()
            .build()
            .unwrap()
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        let request = match body {
            Value::Null => request,
            body => request.header("content-type", "application/json").body(body.to_string()),
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[tokio::test]
async fn a_rule_written_from_the_readme_is_seen_on_an_orders_timeline() {
    let _ = rustls::crypto::ring::default_provider().install_default();
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

    use reqwest::Method;
    let rule = json!({ "id": "thanks", "name": "Thanks", "plugin": "acme.thank-you",
        "settings": { "text": "Thank you for order {{ order.number }}" } });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR" });
    let order = server.call(Method::POST, "/v1/orders", order).await;
    let id = order["order"].as_str().unwrap();
    server.call(Method::POST, &format!("/v1/orders/{id}/stage"), json!({ "stage": "paid" })).await;
    // The run follows the answer; how soon is not promised.
    for _ in 0..1_000 {
        let timeline = server.call(Method::GET, &format!("/v1/orders/{id}/timeline"), Value::Null).await;
        if timeline.to_string().contains("Thank you for order 1001") {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{}", run(&["run", "list", "--json"]));
}
