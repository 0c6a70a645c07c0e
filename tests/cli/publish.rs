//! An author's way from a component to a registry, and what is refused on it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;

use crate::docker_registry::{DockerRegistry, missing};
use crate::{output, rulewright};

const SKOPEO: &str = "/usr/bin/skopeo";
/// Two of the bundled ones, as files.
const NAMES: [&str; 2] = ["add-comment", "wait"];

struct Author {
    home: tempfile::TempDir,
}

impl Author {
    fn new() -> Author {
        let home = tempfile::tempdir().unwrap();
        for name in NAMES {
            let (_, component) = rulewright_bundled::PLUGINS.iter().find(|(id, _)| *id == name).unwrap();
            fs::write(home.path().join(format!("{name}.wasm")), component).unwrap();
        }
        let author = Author { home };
        output(&mut author.plugin(&["key", "new", "author.key"]));
        author
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn plugin(&self, arguments: &[&str]) -> Command {
        let mut command = rulewright();
        command.arg("plugin").args(arguments).current_dir(self.home.path()).env_remove("RULEWRIGHT_KEY");
        command
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&output(self.plugin(arguments).arg("--json"))).unwrap()
    }

    /// Code and exit of what is refused.
    fn refused(&self, arguments: &[&str]) -> (String, i32) {
        let done = self.plugin(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(done.stderr).unwrap();
        assert!(done.stdout.is_empty(), "{arguments:?}");
        let error: Value =
            serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(error["hint"].as_str().is_some_and(|hint| hint.len() > 9), "{error}");
        (error["code"].as_str().unwrap().to_owned(), done.status.code().unwrap())
    }
}

#[test]
fn a_key_is_for_its_owner_alone_and_never_overwritten_or_printed() {
    let author = Author::new();
    let file = author.path("author.key");
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    let secret = fs::read_to_string(&file).unwrap();
    let secret = secret.lines().last().unwrap().strip_prefix("ed25519-secret:").unwrap();
    let shown = output(&mut author.plugin(&["key", "show", "author.key"]));
    assert!(
        shown.contains("ed25519:") && shown.contains("fingerprint") && !shown.contains(secret),
        "{shown}"
    );
    assert_eq!(author.refused(&["key", "new", "author.key"]), ("not-written".to_owned(), 3));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    for arguments in [&["key", "show", "author.key"][..], &["sign", "wait.wasm", "--key", "author.key"]] {
        assert_eq!(author.refused(arguments), ("open-key".to_owned(), 3));
    }
}

#[test]
fn a_signature_is_verified_for_its_component_and_key() {
    let author = Author::new();
    output(&mut author.plugin(&["key", "new", "other.key"]));
    let signed = author.json(&["sign", "add-comment.wasm", "--key", "author.key"]);
    let print = signed["fingerprint"].as_str().unwrap();
    let verified = author.json(&["verify", "add-comment.wasm", "--key", print]);
    assert_eq!(verified["key"], signed["key"]);
    let other = author.json(&["key", "show", "other.key"]);
    let other = other["fingerprint"].as_str().unwrap();
    let (code, _) = author.refused(&["verify", "add-comment.wasm", "--key", other]);
    assert_eq!(code, "other-key");
    let (code, _) = author.refused(&["verify", "wait.wasm", "--signature", "add-comment.wasm.sig"]);
    assert_eq!(code, "statement-mismatch");
    assert_eq!(author.refused(&["verify", "wait.wasm"]).0, "no-such-file");
    // A signature of the build before is not published.
    fs::copy(author.path("add-comment.wasm.sig"), author.path("wait.wasm.sig")).unwrap();
    assert_eq!(author.refused(&["pack", "wait.wasm"]).0, "statement-mismatch");
}

#[test]
fn a_packed_folder_holds_what_its_index_names() {
    let author = Author::new();
    fs::write(author.path("README.md"), "# Hello").unwrap();
    fs::write(author.path("CHANGELOG.md"), "## 0.1.0").unwrap();
    let packed = author.json(&["pack", "add-comment.wasm", "--key", "author.key", "--out", "folder"]);
    let folder = author.path("folder");
    let read = |path: &str| fs::read(folder.join(path)).unwrap();
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    assert_eq!(json(&read("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&read("index.json"));
    assert_eq!(index["manifests"][0]["digest"], packed["digest"]);
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let bytes = read(&format!("blobs/sha256/{digest}"));
        assert_eq!(descriptor["size"], bytes.len());
        assert_eq!(sha256(&bytes), digest);
        bytes
    };
    let manifest = json(&blob(&index["manifests"][0]));
    blob(&manifest["config"]);
    let kinds: Vec<(&str, Vec<u8>)> = manifest["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| (layer["mediaType"].as_str().unwrap(), blob(layer)))
        .collect();
    assert_eq!(kinds[0], ("application/wasm", fs::read(author.path("add-comment.wasm")).unwrap()));
    assert_eq!(kinds[1].0, "application/vnd.rulewright.signature.v1+json");
    assert_eq!(kinds[2], ("application/vnd.rulewright.readme.v1+markdown", b"# Hello".to_vec()));
    assert_eq!(kinds[3], ("application/vnd.rulewright.changelog.v1+markdown", b"## 0.1.0".to_vec()));
    assert_eq!(author.refused(&["pack", "add-comment.wasm", "--out", "folder"]).0, "is-there");
}

#[test]
fn a_package_is_published_once_under_its_version_and_says_what_comes_next() {
    if let Some(why) = missing() {
        println!("SKIPPED: {why}");
        return;
    }
    let (author, registry) = (Author::new(), DockerRegistry::start());
    let settings = format!(
        "default-registry = \"{host}\"\n[registries.\"{host}\"]\nplain-http = true\n",
        host = registry.host
    );
    fs::write(author.path("rulewright.toml"), settings).unwrap();
    let publish = |file: &'static str, more: &[&'static str]| {
        [&["publish", "acme/plugin", file, "--key", "author.key"], more].concat()
    };
    assert_eq!(author.refused(&["publish", "acme/plugin", "wait.wasm"]).0, "unsigned");
    assert_eq!(author.refused(&["publish", "acme/plugin:0.0.7", "wait.wasm", "--unsigned"]).0, "usage");
    let dry = author.json(&publish("add-comment.wasm", &["--dry-run"]));
    assert_eq!(dry["published"], false);
    let done = author.json(&publish("add-comment.wasm", &[]));
    assert_eq!(done["digest"], dry["digest"], "what was announced is what was sent");
    assert_eq!(done["published"], true);
    let version = done["version"].as_str().unwrap();
    assert_eq!(done["reference"], format!("{}/acme/plugin:{version}", registry.host));
    assert_eq!(done["component_reference"], format!("{}/acme/plugin:{version}-component", registry.host));
    // Again is nothing new; something else under the same version is refused.
    assert_eq!(author.json(&publish("add-comment.wasm", &[]))["digest"], done["digest"]);
    assert_eq!(author.refused(&publish("wait.wasm", &[])).0, "already-published");
    let text = output(&mut author.plugin(&publish("wait.wasm", &["--replace"])));
    assert!(text.contains("@sha256:"), "{text}");
    let said = author.plugin(&publish("wait.wasm", &[])).output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("rulewright plugin install"), "{said}");
}

/// The folder is what it says it is to tools that know nothing of us.
#[test]
fn a_packed_folder_is_carried_into_a_registry_by_another_tool_and_is_the_same_package() {
    let absent =
        (!Path::new(SKOPEO).is_file()).then(|| format!("{SKOPEO} is not installed: apt-get install skopeo"));
    if let Some(why) = missing().or(absent) {
        println!("SKIPPED: {why}");
        return;
    }
    let (author, registry) = (Author::new(), DockerRegistry::start());
    let host = &registry.host;
    let settings = format!("[registries.\"{host}\"]\nplain-http = true\n");
    fs::write(author.path("rulewright.toml"), settings).unwrap();
    let packed = author.json(&["pack", "wait.wasm", "--key", "author.key", "--out", "folder"]);
    let version = packed["version"].as_str().unwrap();
    let to = format!("{host}/acme/carried:{version}");
    let mut copy = Command::new(SKOPEO);
    copy.args(["copy", "--insecure-policy", "--dest-tls-verify=false"]);
    copy.args([format!("oci:folder:{version}"), format!("docker://{to}")]).current_dir(author.home.path());
    output(&mut copy);
    // Were it another one by a single byte, it would be refused here.
    let again = ["publish", to.as_str(), "wait.wasm", "--key", "author.key", "--no-component-tag"];
    assert_eq!(author.json(&again)["digest"], packed["digest"]);
}

#[test]
fn a_registry_that_is_not_named_in_the_settings_is_not_reached_at_a_private_address() {
    let author = Author::new();
    let publish = ["publish", "127.0.0.1:9/acme/plugin", "wait.wasm", "--key", "author.key"];
    assert_eq!(author.refused(&publish), ("not-public".to_owned(), 3));
    assert_eq!(author.refused(&["publish", "acme/plugin", "wait.wasm", "--unsigned"]).0, "usage");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
