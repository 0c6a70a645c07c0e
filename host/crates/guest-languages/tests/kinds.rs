//! The SDK of each language fits triggers and providers too, and what does not compile is told with what to do.

use std::path::Path;

use rulewright_guest_languages::{Problem, Project, build};
use serde_json::{Value, json};

fn made(
    language: &str,
    file: &str,
    source: &str,
    uses: &[&str],
    manifest: Value,
) -> Option<Result<Vec<u8>, Problem>> {
    let dir = tempfile::tempdir().unwrap();
    let project = json!({ "language": language, "main": file, "uses": uses, "manifest": manifest });
    std::fs::write(dir.path().join("rulewright.json"), project.to_string()).unwrap();
    std::fs::write(dir.path().join(file), source).unwrap();
    let project = Project::read(dir.path()).unwrap();
    let made = build(&project, &dir.path().join("work"));
    if let Err(problem) = &made
        && problem.code == "no-toolchain"
    {
        println!("SKIPPED: {language} cannot be built here: {problem}");
        return None;
    }
    Some(made)
}

fn trigger() -> Value {
    json!({ "id": "acme.trigger", "version": "1.0.0", "kind": "trigger", "subscriptions": ["payment.received"] })
}

fn provider() -> Value {
    json!({ "id": "acme.provider", "version": "1.0.0", "kind": "provider",
        "permissions": { "channels": ["sms"], "http": [{ "host": "a.b" }], "secrets": ["token"] } })
}

fn builds(language: &str, file: &str, source: &str, uses: &[&str], manifest: Value) {
    if let Some(made) = made(language, file, source, uses, manifest) {
        let component = made.unwrap_or_else(|problem| panic!("{}: {problem}", problem.code));
        let decoded = wit_component::decode(&component).unwrap();
        assert!(matches!(decoded, wit_component::DecodedWasm::Component(..)));
    }
}

fn source(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugins").join(name);
    std::fs::read_to_string(path).unwrap()
}

const USES: [&str; 2] = ["http.send", "secrets.open"];

#[test]
fn a_trigger_in_each_language() {
    builds("c", "t.c", &source("trigger.c"), &["log.write"], trigger());
    builds("js", "t.ts", &source("trigger.ts"), &[], trigger());
    builds("python", "t.py", &source("trigger.py"), &[], trigger());
}

#[test]
fn a_provider_with_secrets_in_each_language() {
    builds("c", "t.c", &source("provider.c"), &USES, provider());
    builds("js", "t.ts", &source("provider.ts"), &USES, provider());
    builds("python", "t.py", &source("provider.py"), &USES, provider());
}

#[test]
fn what_is_called_but_not_listed_does_not_compile_and_says_what_to_add() {
    for (language, file, uses) in [
        ("c", "provider.c", &["secrets.open"][..]),
        ("js", "provider.ts", &["secrets.open"]),
        ("python", "provider.py", &["secrets.open"]),
    ] {
        let Some(made) = made(language, file, &source(file), uses, provider()) else { continue };
        let problem = made.unwrap_err();
        let hint = problem.hint.clone().unwrap_or_default();
        assert!(hint.contains("`uses`"), "{language}: {}: {problem}", problem.code);
        assert!(problem.message.contains("http"), "{language}: {problem}");
    }
}

#[test]
fn what_is_listed_but_not_called_is_refused() {
    for (language, file) in [("c", "provider.c"), ("js", "provider.ts"), ("python", "provider.py")] {
        let uses = ["http.send", "secrets.open", "signatures.sign"];
        let Some(made) = made(language, file, &source(file), &uses, provider()) else { continue };
        let problem = made.unwrap_err();
        assert_eq!(problem.code, "unused-permission", "{language}: {problem}");
        assert!(problem.message.contains("`signatures.sign`"), "{language}: {problem}");
    }
}

#[test]
fn a_module_without_the_plugin_is_refused_before_it_runs() {
    for (language, file, text) in
        [("js", "p.ts", "export const nothing = 1;"), ("python", "p.py", "nothing = 1")]
    {
        let Some(made) = made(language, file, text, &[], provider()) else { continue };
        let problem = made.unwrap_err();
        assert!(problem.hint.clone().unwrap_or_default().contains("rovider"), "{language}: {problem}");
    }
}
