//! Installing, upgrading and going back, as somebody at a terminal does it.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::{rulewright, server::Server};

#[path = "../remade.rs"]
pub mod remade;

struct Home {
    dir: tempfile::TempDir,
    server: Option<Server>,
}

impl Home {
    /// A data directory that nobody holds.
    fn alone() -> Home {
        let dir = tempfile::tempdir().unwrap();
        drop(Server::start(&dir.path().join("data")));
        Home { dir, server: None }
    }

    fn served() -> Home {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(&dir.path().join("data"));
        Home { dir, server: Some(server) }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = rulewright();
        command.arg("plugin").args(arguments).current_dir(self.path());
        match &self.server {
            Some(server) => {
                command.env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token)
            }
            None => command.env("RULEWRIGHT_DATA", self.path().join("data")),
        };
        command.output().unwrap()
    }

    /// Exit code, stdout and stderr.
    fn done(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.run(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn ok(&self, arguments: &[&str]) -> (String, String) {
        let (code, out, err) = self.done(arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}\n{err}");
        (out, err)
    }

    /// A version of acme.greet, made of a bundled program.
    fn version(&self, program: &str, version: &str) -> String {
        let (_, bytes) = rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == program).unwrap();
        let made = remade::remade(bytes, |manifest| {
            manifest["id"] = json!("acme.greet");
            manifest["version"] = json!(version);
        });
        let name = format!("greet-{version}.wasm");
        std::fs::write(self.path().join(&name), made).unwrap();
        name
    }
}

#[test]
fn a_plugin_is_installed_upgraded_rolled_back_and_removed_from_the_command_line() {
    for home in [Home::alone(), Home::served()] {
        let (one, two) = (home.version("add-comment", "1.0.0"), home.version("feed-message", "1.1.0"));
        let (out, err) = home.ok(&["install", &one, "--yes"]);
        assert!(out.contains("acme.greet 1.0.0 is installed"), "{out}");
        for told in ["ok fetch", "ok check", "ok compile", "ok self-test", "It changes", "! It is not signed"]
        {
            assert!(err.contains(told), "{told}: {err}");
        }
        // Wider, and nobody to ask: it waits, and the first goes on.
        let (code, _, err) = home.done(&["upgrade", "acme.greet", &two]);
        assert_eq!(code, 4, "{err}");
        assert!(err.contains("It asks for more") && err.contains("(feed.publish)"), "{err}");
        assert!(err.contains("rulewright plugin accept acme.greet"), "{err}");
        let (out, _) = home.ok(&["offers"]);
        assert!(out.contains("acme.greet") && out.contains("1.1.0"), "{out}");
        let (out, _) = home.ok(&["list", "--json"]);
        assert!(out.contains(r#""version":"1.0.0""#), "{out}");
        let (out, _) = home.ok(&["accept", "acme.greet", "--yes", "--without", "feed.publish"]);
        assert!(out.contains("acme.greet 1.1.0 is installed"), "{out}");
        let (out, _) = home.ok(&["permissions", "acme.greet"]);
        assert!(out.contains("Of that you left out") && out.contains("(feed.publish)"), "{out}");
        let (out, _) = home.ok(&["history", "acme.greet"]);
        assert!(out.contains("1.1.0") && out.contains("1.0.0"), "{out}");
        let (out, _) = home.ok(&["rollback", "acme.greet"]);
        assert!(out.contains("acme.greet 1.0.0 is in use again"), "{out}");
        let (out, _) = home.ok(&["migrate", "acme.greet", "--dry-run"]);
        assert!(out.contains("No runs wait"), "{out}");
        let (code, _, err) = home.done(&["rollback", "acme.greet"]);
        assert_eq!(code, 3, "{err}");
        home.ok(&["remove", "acme.greet", "--yes"]);
        let (code, _, err) = home.done(&["permissions", "acme.greet"]);
        assert!(code == 3 && err.contains("error[not-found]"), "{err}");
    }
}

#[test]
fn a_refusal_has_its_code_and_says_which_flag_would_help() {
    let home = Home::alone();
    let (old, new) = (home.version("add-comment", "1.0.0"), home.version("add-comment", "1.1.0"));
    home.ok(&["install", &new, "--yes"]);
    let (code, _, err) = home.done(&["install", &old, "--yes"]);
    assert!(code == 3 && err.contains("error[downgrade]") && err.contains("--allow-downgrade"), "{err}");
    let (out, _) = home.ok(&["install", &old, "--yes", "--allow-downgrade"]);
    assert!(out.contains("1.0.0 is installed"), "{out}");
    let (code, _, err) = home.done(&["upgrade", "rulewright.add-comment", &new, "--yes"]);
    assert!(code == 3 && err.contains("error[other-plugin]"), "{err}");
    let (code, _, err) = home.done(&["install", "greet", "--yes"]);
    assert!(code == 3 && err.contains("error[source]"), "{err}");
    let (code, _, err) = home.done(&["install", "missing.wasm", "--yes"]);
    assert!(code == 3 && err.contains("error[no-such-file]"), "{err}");
    let two = home.version("feed-message", "1.2.0");
    let (code, _, err) = home.done(&["upgrade", "acme.greet", &two, "--yes", "--without", "feed.publsh"]);
    assert!(code == 2 && err.contains("it asks for:"), "{err}");
    let (out, _) = home.ok(&["offers", "--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&out).unwrap()["items"],
        json!([]),
        "a mistake leaves nothing behind"
    );
}

#[test]
fn json_is_a_line_for_each_stage_and_one_for_the_end() {
    let home = Home::alone();
    let one = home.version("add-comment", "1.0.0");
    let (out, _) = home.ok(&["install", &one, "--yes", "--json"]);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stages: Vec<&str> = lines.iter().filter_map(|line| line["stage"]["name"].as_str()).collect();
    assert_eq!(stages, ["fetch", "verify", "check", "compile", "consent", "self-test", "active"]);
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["installed"]), (&json!("installed"), &json!("acme.greet")));
    assert!(last["digest"].is_string() && last["grant"]["functions"].is_array(), "{last}");
}

#[test]
fn what_is_quarantined_is_told_and_released_again() {
    let home = Home::alone();
    let one = home.version("add-comment", "1.0.0");
    home.ok(&["install", &one, "--yes"]);
    home.ok(&["quarantine", "acme.greet", "--reason", "it sends twice"]);
    let (out, _) = home.ok(&["quarantine", "--list"]);
    assert!(out.contains("it sends twice") && out.contains("operator"), "{out}");
    home.ok(&["quarantine", "acme.greet", "--release"]);
    let (_, err) = home.ok(&["quarantine", "--list"]);
    assert!(err.contains("Nothing is stopped"), "{err}");
    let (code, ..) = home.done(&["quarantine", "acme.greet"]);
    assert_eq!(code, 2, "a reason is needed");
}
