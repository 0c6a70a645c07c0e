//! Who runs a registry, and who looks into it, by the program alone.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    docker_registry::{DockerRegistry, missing},
    output, rulewright,
    server::Server,
};

struct Place {
    dir: tempfile::TempDir,
    registry: DockerRegistry,
}

impl Place {
    fn command(&self, line: &str) -> Command {
        let mut command = rulewright();
        command.current_dir(self.dir.path()).args(line.split(' ')).args(["--json", "--data", "data"]);
        command
    }

    fn run(&self, line: &str) -> Value {
        let out = output(&mut self.command(line));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
    }

    /// Exit code and code of the error.
    fn refused(&self, line: &str) -> (i32, String) {
        let done = self.command(line).output().unwrap();
        assert!(done.stdout.is_empty(), "{line}: {}", String::from_utf8_lossy(&done.stdout));
        let said = String::from_utf8_lossy(&done.stderr);
        let error: Value = serde_json::from_str(said.lines().last().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{line}: {error}: {said}"));
        assert!(error["hint"].as_str().is_some_and(|hint| hint.len() > 9), "{said}");
        (done.status.code().unwrap(), error["code"].as_str().unwrap().to_owned())
    }
}

/// A bundled plugin, as if a stranger had made it: with another version in its manifest.
fn component(version: &str) -> Vec<u8> {
    let (_, bytes) = rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
    let mut bytes = bytes.to_vec();
    let from = br#""version":""#;
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap() + from.len();
    bytes[at..at + version.len()].copy_from_slice(version.as_bytes());
    bytes
}

fn settings(folder: &Path, host: &str, key: &str) {
    let text = format!(
        "default-registry = \"{host}\"\n[registries.\"{host}\"]\nplain-http = true\nkey = \"{key}\"\n"
    );
    fs::write(folder.join("rulewright.toml"), text).unwrap();
}

#[tokio::test]
async fn a_registry_is_filled_looked_into_and_revokes_by_commands_alone() {
    if let Some(why) = missing() {
        println!("SKIPPED: {why}");
        return;
    }
    let place = Place { dir: tempfile::tempdir().unwrap(), registry: DockerRegistry::start() };
    let (folder, host) = (place.dir.path(), place.registry.host.clone());
    drop(Server::start(&folder.join("data")));
    let public = place.run("plugin key new registry.key")["public"].as_str().unwrap().to_owned();
    settings(folder, &host, &public);
    for author in ["one", "two"] {
        place.run(&format!("plugin key new {author}.key"));
    }
    for version in ["1.0.1", "1.0.2", "1.0.3"] {
        fs::write(folder.join(format!("{version}.wasm")), component(version)).unwrap();
    }
    place.run("plugin publish rulewright/add-comment 1.0.1.wasm --key one.key");
    place.run("plugin publish rulewright/add-comment 1.0.2.wasm --key one.key");
    place.run("plugin publish rulewright/add-comment 1.0.3.wasm --key two.key");

    assert_eq!(place.run("registry index list")["plugins"], json!([]));
    let add = |rest: &str| format!("registry index add rulewright/add-comment:{rest} --key registry.key");
    assert_eq!(place.run(&add("1.0.1 --dry-run"))["published"], false);
    assert_eq!(place.run("registry index list")["sequence"], 0);
    assert_eq!(place.run(&add("1.0.1 --verified"))["sequence"], 1);
    assert_eq!(place.run(&add("1.0.2"))["sequence"], 2);
    assert_eq!(place.refused(&add("1.0.3")), (3, "other-key".to_owned()));
    assert_eq!(place.refused(&add("9.9.9")), (3, "not-found".to_owned()));
    let stolen = "registry index add rulewright/add-comment:1.0.2 --key one.key";
    assert_eq!(place.refused(stolen), (3, "list-other-key".to_owned()));

    let found = place.run(&format!("plugin search comment --source {host}"));
    let item = &found["items"][0];
    assert_eq!((&item["version"], &item["trust"]), (&json!("1.0.2"), &json!("verified")), "{found}");
    let shown = place.run(&format!("plugin show rulewright.add-comment --source {host}"));
    assert_eq!(shown["versions"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["also_from"], json!(["bundled"]));
    let told = String::from_utf8(
        rulewright()
            .current_dir(folder)
            .args(["plugin", "show", "rulewright.add-comment", "--data", "data", "--source", &host])
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap();
    assert!(
        told.contains("verified by the registry's operator") && told.contains("plugin install"),
        "{told}"
    );

    let digest = shown["versions"][0]["digest"].as_str().unwrap();
    let revoke = |rest: &str| format!("registry revoke {rest} --key registry.key");
    assert_eq!(place.refused(&revoke(&format!("{digest} --reason bad"))), (4, "not-agreed".to_owned()));
    assert_eq!(place.refused(&revoke("abc --reason bad --yes")), (3, "list-bad".to_owned()));
    assert_eq!(place.run(&revoke(&format!("{digest} --reason bad --yes")))["revoked"], 1);
    assert_eq!(place.run("registry revocations")["revoked"][0]["digest"], digest);
    let found = place.run(&format!("plugin search comment --source {host} --refresh"));
    assert_eq!(found["items"][0]["version"], "1.0.1", "{found}");
    assert_eq!(place.run(&revoke("--renew"))["sequence"], 2);
    assert_eq!(place.run(&revoke(&format!("{digest} --undo")))["revoked"], 0);
    assert_eq!(place.refused(&revoke(&format!("{digest} --undo"))), (3, "not-found".to_owned()));

    let remove =
        |rest: &str| format!("registry index remove rulewright.add-comment {rest} --key registry.key --yes");
    assert_eq!(place.run(&remove("1.0.1"))["sequence"], 3);
    assert_eq!(place.refused(&remove("1.0.1")), (3, "not-found".to_owned()));
    assert_eq!(place.run("registry index sign --key registry.key")["sequence"], 4);
    let new = place.run("plugin key new new.key")["public"].as_str().unwrap().to_owned();
    let renewed = format!("registry index sign --key new.key --signed-by {public}");
    assert_eq!(place.run(&renewed)["sequence"], 5);
    assert_eq!(place.refused("registry index list"), (3, "list-other-key".to_owned()));
    settings(folder, &host, &new);
    assert_eq!(place.run("registry index list")["sequence"], 5);
}
