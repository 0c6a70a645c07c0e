//! `docs/installing.md` names every code with which a package is refused, beside its stage.

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources(dir: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(dir);
    let files = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// What is written in quotes right after `before`.
fn codes(text: &str, before: &str) -> BTreeSet<String> {
    let quoted = |rest: &str| {
        let rest = rest.trim_start().strip_prefix('"')?;
        let (code, _) = rest.split_once('"')?;
        let plain = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        plain.then(|| code.to_owned())
    };
    text.split(before).skip(1).filter_map(quoted).collect()
}

#[test]
fn every_refusal_of_a_package_is_named() {
    let docs = read("docs/installing.md");
    let mut all = BTreeSet::new();
    for file in ["refusal", "artifact", "signature", "trust"] {
        all.extend(codes(&read(&format!("host/crates/registry/src/{file}.rs")), "=> "));
    }
    let fetching =
        read("host/crates/outbound/src/packages.rs") + &sources("host/crates/outbound/src/packages");
    all.extend(codes(&fetching, "FetchRefusal::new("));
    all.extend(codes(&sources("host/crates/market/src/install"), "Refused::new("));
    assert!(
        all.contains("unsigned") && all.contains("too-slow") && all.len() > 40,
        "they are not found: {all:?}"
    );
    let missing: Vec<_> = all.iter().filter(|code| !docs.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/installing.md does not name {missing:?}");
}
