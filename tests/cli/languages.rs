//! From `plugin new` to a component in the sandbox, in the languages that are not Rust.

use serde_json::Value;

use crate::{output, rulewright};

fn new_plugin_builds_and_runs(template: &str) {
    let home = tempfile::tempdir().unwrap();
    output(
        rulewright().args(["plugin", "new", "acme.greet", "--template", template]).current_dir(home.path()),
    );
    let plugin = home.path().join("greet");
    let mut build = rulewright();
    let built = build.args(["--json", "plugin", "build"]).current_dir(&plugin).output().unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    if said.contains("no-toolchain") {
        assert!(said.contains("install"), "it does not say what to install: {said}");
        println!("SKIPPED: {template} cannot be built here: {said}");
        return;
    }
    assert!(built.status.success(), "{said}");
    let built: Value = serde_json::from_slice(&built.stdout).unwrap();
    let imports = &built["package"]["imports"];
    assert_eq!(imports, &serde_json::json!(["timeline.add-comment"]), "it asks for something else");
    assert_eq!(built["limits"]["large"], template == "python");

    let component = "target/plugins/greet.wasm";
    let test = ["plugin", "test", component, "--settings", r#"{"text":"Packed"}"#];
    let tested = output(rulewright().args(test).current_dir(&plugin));
    assert!(tested.contains("Comment added") && tested.contains("Packed"), "{tested}");

    // Its fixture holds from the beginning.
    let fixtures = ["plugin", "test", component, "--fixtures", "tests/fixtures"];
    let tested = output(rulewright().args(fixtures).current_dir(&plugin));
    assert!(tested.contains("ok       first.json"), "{tested}");

    // A mistake is told with its place.
    let mistake = match template {
        "js" => Some(("src/rule.ts", "step.settings.text", "(step.settings as any).absent")),
        "python" => Some(("rule.py", "step.settings[\"text\"]", "step.settings[\"absent\"]")),
        _ => None,
    };
    if let Some((file, right, wrong)) = mistake {
        let source = std::fs::read_to_string(plugin.join(file)).unwrap();
        assert!(source.contains(right), "{source}");
        std::fs::write(plugin.join(file), source.replace(right, wrong)).unwrap();
        output(rulewright().args(["plugin", "build"]).current_dir(&plugin));
        let tested = rulewright().args(test).current_dir(&plugin).output().unwrap();
        let said = String::from_utf8_lossy(&tested.stderr);
        let line = if template == "js" { "bundle.js:" } else { "rule.py, line " };
        assert!(said.contains("exception: ") && said.contains(line), "{said}");
    }

    // What `uses` does not name is not there.
    let project = plugin.join("rulewright.json");
    let text = std::fs::read_to_string(&project).unwrap();
    std::fs::write(&project, text.replace("timeline.add-comment", "timeline.add-coment")).unwrap();
    let refused = rulewright().args(["plugin", "build"]).current_dir(&plugin).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("error[unknown-function]") && said.contains("`timeline.add-comment`"), "{said}");
}

#[test]
fn a_new_plugin_in_javascript_builds_and_runs() {
    new_plugin_builds_and_runs("js");
}

#[test]
fn a_new_plugin_in_python_builds_and_runs() {
    new_plugin_builds_and_runs("python");
}

#[test]
fn a_new_plugin_in_c_builds_and_runs() {
    new_plugin_builds_and_runs("c");
}
