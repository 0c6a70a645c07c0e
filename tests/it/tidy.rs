//! The house keeps its shape: crates see only the floors below them, files stay readable, and no program of
//! `tests/programs` lies unused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rulewright_ports::planted::{PLANTED, planted};

/// Crates by floor; a crate may depend on lower floors only, and never on a neighbour.
const FLOORS: &[(u8, &[&str])] = &[
    (0, &["domain"]),
    (1, &["ports"]),
    (2, &["engine", "registry", "runtime", "storage", "outbound"]),
    (3, &["market"]),
    (4, &["api", "bitrix24", "console"]),
    (5, &["host"]),
];

/// What is no part of the building: built before it, seen by whoever includes the result.
const TOOLS: &[&str] = &["guest-build", "guest-languages", "bundled"];

/// What stands on the ground beside the building, below `guest-sdk`: plugins use it too.
const GROUND: &[&str] = &["docx"];

/// Libraries that open connections, and who may use them: the way out, and the command line towards its own server.
const CONNECT: &[(&str, &[&str])] = &[
    ("reqwest", &["outbound", "host"]),
    ("lettre", &["outbound"]),
    ("async-imap", &["outbound"]),
    // For who comes in: see `CONNECTS`.
    ("hyper", &["host"]),
    ("hyper-util", &["host"]),
    ("isahc", &[]),
    ("curl", &[]),
    ("ureq", &[]),
];

/// Where the host itself does: as a client of the server that it is told to talk to.
const CLIENT: &str = "host/src/access.rs";

/// What of these libraries opens connections: the host only takes them.
const CONNECTS: [&str; 2] = ["hyper::client", "hyper_util::client"];

/// Lines. At this length there is a second idea in the file.
const LONGEST: usize = 600;

const PREFIX: &str = "rulewright-";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every crate of the host and its manifest, by folder name.
fn manifests() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("host/crates")).unwrap() {
        let dir = entry.unwrap().path();
        let manifest = dir.join("Cargo.toml");
        if manifest.is_file() {
            let name = dir.file_name().unwrap().to_string_lossy().into_owned();
            found.insert(name, read(&manifest));
        }
    }
    found.insert("host".into(), read(&root().join("host/Cargo.toml")));
    found
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, crates)| crates.contains(&name)).map(|(floor, _)| *floor)
}

/// Each way in which manifests break the order of the floors.
fn violations(manifests: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in manifests {
        let tool = TOOLS.contains(&name.as_str());
        if floor(name).is_none() && !tool {
            found.push(format!("{name} has no floor: give it one in tests/it/tidy.rs"));
            continue;
        }
        for (kind, dependency) in ours(text) {
            let sees = floor(name);
            let allowed = match floor(&dependency) {
                Some(below) => sees.is_some_and(|above| below < above),
                // A tool runs before the building stands, so only build scripts, other tools and the top use it.
                None if TOOLS.contains(&dependency.as_str()) => {
                    tool || kind == "build-dependencies" || name == "host"
                }
                None => GROUND.contains(&dependency.as_str()),
            };
            if !allowed {
                found.push(format!("{name} must not see {dependency} ({kind})"));
            }
        }
    }
    found
}

/// The crates of this workspace that a manifest names, with the table that names them. Dev-dependencies
/// count: a test that needs an upper floor belongs into this crate.
fn ours(manifest: &str) -> Vec<(String, String)> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let mut found = Vec::new();
    let mut tables = vec![&manifest];
    // Also those of `[target.'cfg(..)'.dependencies]`.
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) else {
                continue;
            };
            for (key, value) in dependencies {
                // `alias = { package = ".." }` must not hide it.
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                if let Some(name) = package.strip_prefix(PREFIX) {
                    found.push((kind.to_owned(), name.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn dependencies_point_down_one_floor_at_least() {
    assert_eq!(violations(&manifests()), Vec::<String>::new());
}

#[test]
fn a_planted_violation_is_reported() {
    let planted = |name: &str, extra: &str| {
        let mut manifests = manifests();
        let text = manifests.entry(name.into()).or_default();
        text.push_str(extra);
        violations(&manifests)
    };
    for (name, extra, expected) in [
        (
            "domain",
            "\n[dev-dependencies]\nrulewright-ports.workspace = true",
            "domain must not see ports (dev-dependencies)",
        ),
        (
            "ports",
            "\n[target.'cfg(unix)'.dependencies]\nrulewright-engine.workspace = true",
            "ports must not see engine (dependencies)",
        ),
        (
            "outbound",
            "\n[target.x.dependencies]\nrulewright-storage.workspace = true",
            "outbound must not see storage (dependencies)",
        ),
        (
            "storage",
            "\n[target.x.dependencies]\ndb = { package = \"rulewright-api\", path = \"../api\" }",
            "storage must not see api (dependencies)",
        ),
        (
            "engine",
            "\n[target.x.dependencies]\nrulewright-guest-build.workspace = true",
            "engine must not see guest-build (dependencies)",
        ),
        (
            "bundled",
            "\n[target.x.dependencies]\nrulewright-domain.workspace = true",
            "bundled must not see domain (dependencies)",
        ),
        (
            "market",
            "\n[target.x.dependencies]\nrulewright-api.workspace = true",
            "market must not see api (dependencies)",
        ),
        (
            "console",
            "\n[target.x.dependencies]\nrulewright-api.workspace = true",
            "console must not see api (dependencies)",
        ),
        ("cellar", "", "cellar has no floor: give it one in tests/it/tidy.rs"),
    ] {
        assert_eq!(planted(name, extra), [expected]);
    }
}

/// Each crate that could get out by itself.
fn ways_out(manifests: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in manifests {
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for (key, value) in dependencies.into_iter().flatten() {
            let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
            let by = CONNECT.iter().find(|(library, _)| *library == package);
            if by.is_some_and(|(_, may)| !may.contains(&name.as_str())) {
                found.push(format!("{name} must not connect by itself ({package}): ask `outbound`"));
            }
        }
    }
    found
}

#[test]
fn there_is_one_way_out() {
    assert_eq!(ways_out(&manifests()), Vec::<String>::new());
    let planted = [(
        "engine".to_owned(),
        "[dependencies]\nweb = { package = \"reqwest\", version = \"0\" }".to_owned(),
    )];
    assert_eq!(ways_out(&planted.into()).len(), 1, "a planted way out is not seen");
    let host = root().join("host/src");
    let users: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|path| path.starts_with(&host) && read(path).contains("reqwest::"))
        .collect();
    assert_eq!(users, [root().join(CLIENT)], "all but this one ask `outbound`");
    let connecting = sources().into_iter().filter(|path| {
        path.starts_with(&host) && CONNECTS.iter().any(|library| read(path).contains(library))
    });
    assert_eq!(connecting.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// Every Rust file that people wrote, below the folders of the workspace.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> =
        ["host", "guest-sdk", "plugins", "tests"].iter().map(|dir| root().join(dir)).collect();
    while let Some(dir) = left.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// Each place where a bug is planted, by the name that it asks for.
fn planted_in(text: &str) -> impl Iterator<Item = &str> {
    text.split("planted(\"").skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_planted_bug_has_one_place_and_every_place_its_bug() {
    let host = root().join("host");
    let list = host.join("crates/ports/src/planted.rs");
    let (mut asked, mut named) = (Vec::new(), Vec::new());
    for path in sources().into_iter().filter(|path| path.starts_with(&host) && *path != list) {
        let text = read(&path);
        asked.extend(planted_in(&text).map(str::to_owned));
        let quoted = |name: &str| text.matches(&format!("\"{name}\"")).count();
        named.extend(PLANTED.iter().flat_map(|(name, _)| vec![(*name).to_owned(); quoted(name)]));
    }
    let mut names: Vec<String> = PLANTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    asked.sort();
    named.sort();
    assert_eq!(asked, names, "each bug is planted once");
    assert_eq!(named, names, "whoever asks for a bug asks for nothing else than whether it is planted");
}

#[test]
fn what_tests_arm_is_in_no_release_build() {
    let module = |name: &str| read(&root().join("host/crates/ports/src").join(name));
    for (name, armed) in [("fault.rs", "mod armed {"), ("planted.rs", "mod sown {")] {
        let only = format!("#[cfg(debug_assertions)]\n{armed}");
        assert!(module(name).contains(&only), "{name}: `{armed}` must not be in a release build");
    }
    // Holds while a release is compiled, where this test may never be.
    let proof = "#[cfg(not(debug_assertions))]\nconst _: () = assert!(!planted(";
    assert!(module("planted.rs").contains(proof), "nobody looks at a release");
    if !cfg!(debug_assertions) {
        assert!(PLANTED.iter().all(|(name, _)| !planted(name)));
    }
}

#[test]
fn no_file_is_longer_than_one_reading() {
    let sources = sources();
    assert!(sources.len() > 20, "the sources were not found: {}", sources.len());
    for path in sources {
        let lines = read(&path).lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines, at most {LONGEST} read well", path.display());
    }
}

#[test]
fn every_test_program_is_run_by_a_test() {
    let mut text = String::new();
    for path in sources() {
        if path.parent().is_some_and(|dir| dir.ancestors().any(|dir| dir.ends_with("tests/it"))) {
            text += &read(&path);
        }
    }
    let programs = std::fs::read_dir(root().join("tests/programs/examples")).unwrap();
    let mut unused = Vec::new();
    for program in programs {
        let name = program.unwrap().path().file_stem().unwrap().to_string_lossy().to_uppercase();
        // Whole names: `WAITS` is not run by running `WAITS_FOR_EVENT`.
        let whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if !text.split(&format!("programs::{name}")).skip(1).any(whole) {
            unused.push(name);
        }
    }
    assert!(unused.is_empty(), "no test in tests/it mentions programs::{unused:?}");
}
