//! What an author is helped with while writing a plugin.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use crate::{
    first_rule::{edit, new_plugin},
    rulewright,
};

/// A round is a build and little else; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(400);

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines(of: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    let read = move || BufReader::new(of).lines().map_while(Result::ok).try_for_each(|line| tell.send(line));
    std::thread::spawn(read);
    told
}

#[test]
fn what_is_saved_is_built_and_tried_in_a_shop_at_once_until_ctrl_c() {
    let home = tempfile::tempdir().unwrap();
    let plugin = new_plugin(home.path(), &["acme.greet"]);
    let mut command = rulewright();
    command
        .args(["plugin", "dev", "--json"])
        .current_dir(&plugin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Quick to build is what counts here.
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_PROFILE_RELEASE_LTO", "off");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    let mut dev = Killed(command.spawn().unwrap());
    let (told, errors) = (lines(dev.0.stdout.take().unwrap()), lines(dev.0.stderr.take().unwrap()));
    let round = || {
        let line = told.recv_timeout(PATIENCE).expect("nothing was told in time");
        serde_json::from_str::<Value>(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    let first = round();
    assert_eq!(first["fixtures"][0]["end"], "ok", "{first}");
    assert_eq!(first["shop"][0]["came"]["state"], "done", "{first}");
    assert!(first["shop"].to_string().contains("done: Comment added"), "{first}");

    // A mistake ends nothing: the next save mends it.
    let source = plugin.join("src/lib.rs");
    edit(&source, "done(\"Comment added\")", "done(\"Greeted\"");
    // Between what cargo says.
    let is_error = |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|line| line["type"] == "error");
    while !is_error(&errors.recv_timeout(PATIENCE).expect("the mistake was not told in time")) {}
    edit(&source, "done(\"Greeted\"", "done(\"Greeted\")");
    let second = round();
    assert_eq!(
        (second["same"].as_bool(), second["fixtures"][0]["end"].as_str()),
        (Some(false), Some("failed"))
    );
    assert!(second["shop"].to_string().contains("done: Greeted"), "{second}");
    assert!(second["fixtures"][0]["difference"].as_str().unwrap().contains("+"), "{second}");

    let id = dev.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ended = dev.0.wait().unwrap();
    assert!(ended.success(), "{ended}");
}

/// The component of the example in a language. None where this machine has no toolchain for it.
fn thanks(language: &str, home: &Path) -> Option<std::path::PathBuf> {
    let example = Path::new(EXAMPLES).join(format!("thanks-{language}"));
    let mut build = rulewright();
    build.args(["plugin", "build", "--json"]);
    if language == "rust" {
        // Out of the workspace, where its author is.
        let plugin = new_plugin(home, &["acme.thanks"]);
        std::fs::copy(example.join("src/lib.rs"), plugin.join("src/lib.rs")).unwrap();
        build.arg(plugin).env("CARGO_NET_OFFLINE", "true").env("CARGO_PROFILE_RELEASE_LTO", "off");
    } else {
        build.arg(example).arg("--out").arg(home.join(language));
    }
    let built = build.output().unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    if said.contains("no-toolchain") {
        println!("SKIPPED: thanks-{language} cannot be built here: {said}");
        return None;
    }
    assert!(built.status.success(), "{said}");
    let built: Value = serde_json::from_slice(&built.stdout).unwrap();
    Some(built["file"].as_str().unwrap().into())
}

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/examples");

#[test]
fn the_same_fixtures_hold_for_the_same_rule_in_every_language() {
    let home = tempfile::tempdir().unwrap();
    let fixtures = Path::new(EXAMPLES).join("thanks-fixtures");
    for language in ["rust", "js", "python", "c"] {
        let Some(component) = thanks(language, home.path()) else { continue };
        let mut test = rulewright();
        test.args(["plugin", "test", "--json", "--fixtures"]).arg(&fixtures).arg(component);
        let done = test.output().unwrap();
        let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{language}: {out}\n{error}");
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["fixtures"].as_array().unwrap().len(), 4, "{language}: {told}");
    }
}

/// A crate of three lines.
fn a_crate(folder: &Path, name: &str, kind: &str, dependencies: &str, source: &str) {
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{kind}\n[dependencies]\n{dependencies}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.join("src/lib.rs"), source).unwrap();
}

#[test]
fn a_dependency_that_takes_the_target_for_a_browser_is_named_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    // As the real ones do it: an import that only a browser's tools understand.
    let bindgen = "#[link(wasm_import_module = \"__wbindgen_placeholder__\")]\nunsafe extern \"C\" { fn __wbindgen_throw(); }\n\
                   pub fn call() { unsafe { __wbindgen_throw() } }\n";
    a_crate(&home.path().join("wasm-bindgen"), "wasm-bindgen", "", "", bindgen);
    let on = |name: &str| format!("{name} = {{ path = \"../{name}\" }}");
    a_crate(&home.path().join("js-sys"), "js-sys", "", &on("wasm-bindgen"), "pub use wasm_bindgen::call;\n");
    a_crate(&home.path().join("chrono"), "chrono", "", &on("js-sys"), "pub use js_sys::call;\n");
    let plugin = home.path().join("dates");
    let kind = "[workspace]\n\n[lib]\ncrate-type = [\"cdylib\"]\n";
    let source = "#[unsafe(no_mangle)]\npub extern \"C\" fn run() { chrono::call() }\n";
    a_crate(&plugin, "dates", kind, &on("chrono"), source);

    let mut check = rulewright();
    check.args(["plugin", "check", "--json"]).current_dir(&plugin).env("CARGO_NET_OFFLINE", "true");
    let done = check.output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(3), "{out}\n{error}");
    let checked: Value =
        serde_json::from_str(&out).unwrap_or_else(|problem| panic!("{problem}: {out}\n{error}"));
    assert_eq!(checked["accepted"], false);
    let found = checked["checks"].as_array().unwrap().iter().find(|one| one["check"] == "dependencies");
    let found = found.unwrap_or_else(|| panic!("{checked}"));
    assert!(
        found["message"].as_str().unwrap().contains("wasm-bindgen <- js-sys <- chrono <- dates"),
        "{found}"
    );
    assert!(found["hint"].as_str().unwrap().contains("wasmbind"), "{found}");
}
