//! The whole life of a stranger's plugin, against a real registry, by commands alone.

use std::{fs, path::Path, process::Command, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    docker_registry::{DockerRegistry, missing},
    install::remade::remade,
    output, rulewright,
    server::Server,
};

const PATIENCE: Duration = Duration::from_secs(60);

struct Shop {
    dir: tempfile::TempDir,
    registry: DockerRegistry,
    server: Server,
}

impl Shop {
    /// A shop that takes plugins from a registry of its own.
    fn open() -> Shop {
        let (dir, registry) = (tempfile::tempdir().unwrap(), DockerRegistry::start());
        let key = output(rulewright().current_dir(dir.path()).args([
            "plugin",
            "key",
            "new",
            "registry.key",
            "--json",
        ]));
        let key: Value = serde_json::from_str(&key).unwrap();
        let host = &registry.host;
        let settings = dir.path().join("rulewright.toml");
        let text = format!(
            "default-registry = \"{host}\"\n[registries.\"{host}\"]\nplain-http = true\nkey = {}\n",
            key["public"]
        );
        fs::write(&settings, text).unwrap();
        let server = Server::start_with(&dir.path().join("data"), &["--config", settings.to_str().unwrap()]);
        Shop { dir, registry, server }
    }

    fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = rulewright();
        command.current_dir(self.folder()).args(line.split(' '));
        command.env("RULEWRIGHT_SERVER", &self.server.url).env("RULEWRIGHT_TOKEN", &self.server.token);
        command
    }

    fn run(&self, line: &str) -> String {
        output(&mut self.command(line))
    }

    /// Exit code and what was said.
    fn refused(&self, line: &str) -> (i32, String) {
        let done = self.command(line).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
    }

    /// Signed by its publisher, and put into the index by the registry's operator.
    fn publish(&self, program: &str, version: &str) {
        let (_, bytes) = rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == program).unwrap();
        let made = remade(bytes, |manifest| {
            manifest["id"] = json!("acme.greet");
            manifest["version"] = json!(version);
            manifest["title"] = json!("Greet warmly");
        });
        fs::write(self.folder().join("greet.wasm"), made).unwrap();
        self.run("plugin publish acme/greet greet.wasm --key author.key");
        self.run(&format!("registry index add acme/greet:{version} --key registry.key --verified"));
    }

    async fn order(&self, number: &str) -> String {
        let order = json!({ "pipeline": "orders", "number": number, "currency": "EUR" });
        let order = self.server.call(Method::POST, "/v1/orders", order).await;
        let id = order["order"].as_str().unwrap().to_owned();
        self.server.call(Method::POST, &format!("/v1/orders/{id}/stage"), json!({ "stage": "paid" })).await;
        id
    }

    /// The first run of an order that came to its end.
    async fn ended(&self, order: &str) -> Value {
        let ended = |runs: &Value| {
            runs["items"][0]["state"]
                .as_str()
                .is_some_and(|state| !["ready", "running", "waiting"].contains(&state))
        };
        let runs = self.server.until(&format!("/v1/orders/{order}/runs"), ended, PATIENCE).await;
        let id = runs["items"][0]["id"].as_str().unwrap().to_owned();
        self.server.call(Method::GET, &format!("/v1/runs/{id}"), Value::Null).await
    }

    async fn installed(&self) -> Value {
        self.server.call(Method::GET, "/v1/plugins/acme.greet", Value::Null).await
    }
}

#[tokio::test]
async fn a_strangers_plugin_is_published_found_agreed_to_run_upgraded_taken_back_and_revoked() {
    if let Some(why) = missing() {
        println!("SKIPPED: {why}");
        return;
    }
    let shop = Shop::open();
    shop.run("plugin key new author.key");
    shop.publish("add-comment", "1.0.0");

    let found = shop.run("plugin search warmly --refresh");
    assert!(found.contains("acme.greet") && found.contains("1.0.0"), "{found}");
    // Nobody agreed yet: it waits, and nothing is installed.
    let (code, said) = shop.refused("plugin install acme.greet");
    assert!(code == 4 && said.contains("It changes"), "{said}");
    assert!(!shop.run("plugin list").contains("acme.greet"));
    let agreed = shop.run("plugin accept acme.greet --yes");
    assert!(agreed.contains("acme.greet 1.0.0 is installed"), "{agreed}");

    let text = json!({ "text": "Hello, {{ order.number }}" });
    let rule = json!({ "id": "greet", "name": "Greet", "plugin": "acme.greet", "settings": text });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    shop.server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    shop.server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let first = shop.order("1001").await;
    let greeted = |timeline: &Value| timeline.to_string().contains("Hello, 1001");
    shop.server.until(&format!("/v1/orders/{first}/timeline"), greeted, PATIENCE).await;

    // It asks for more: the version in use goes on until somebody agrees.
    shop.publish("feed-message", "2.0.0");
    let (code, said) = shop.refused("plugin upgrade acme.greet");
    assert!(code == 4 && said.contains("It asks for more") && said.contains("(feed.publish)"), "{said}");
    let second = shop.order("1002").await;
    let run = shop.ended(&second).await;
    assert_eq!(
        (&run["state"], &shop.installed().await["version"]),
        (&json!("done"), &json!("1.0.0")),
        "{run}"
    );

    // The tag is moved after the question was asked: what was read is what is agreed to.
    let asked = shop.server.call(Method::GET, "/v1/offers", Value::Null).await;
    let asked = asked["items"][0]["digest"].clone();
    assert!(asked.is_string());
    let (_, other) =
        rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "cancel-order").unwrap();
    let other = remade(other, |manifest| {
        manifest["id"] = json!("acme.greet");
        manifest["version"] = json!("2.0.0");
    });
    fs::write(shop.folder().join("greet.wasm"), other).unwrap();
    shop.run("plugin publish acme/greet greet.wasm --key author.key --replace");
    shop.run("plugin accept acme.greet --yes");
    let installed = shop.installed().await;
    assert_eq!((&installed["version"], &installed["digest"]), (&json!("2.0.0"), &asked));

    let back = shop.run("plugin rollback acme.greet");
    assert!(back.contains("acme.greet 1.0.0 is in use again"), "{back}");
    let third = shop.order("1003").await;
    assert_eq!(shop.ended(&third).await["state"], "done");

    // Revoked by the registry: it runs nowhere, and does not come back.
    let digest = shop.installed().await["digest"].as_str().unwrap().to_owned();
    shop.run(&format!("registry revoke {digest} --reason leaks --key registry.key --yes"));
    shop.server.call(Method::POST, "/v1/marketplace/refresh", Value::Null).await;
    let fourth = shop.order("1004").await;
    let run = shop.ended(&fourth).await;
    assert!(run["state"] == "cancelled" && run.to_string().contains("leaks"), "{run}");
    let (code, said) = shop
        .refused(&format!("plugin install {}/acme/greet:1.0.0 --yes --allow-downgrade", shop.registry.host));
    assert!(code == 3 && said.contains("revoked"), "{said}");
}
