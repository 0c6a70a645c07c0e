//! How packages travel: through a real registry, and past one that means ill.

mod hostile;
mod nothing_left;
mod realm;
pub mod shelf;
mod signed;
mod slow;
mod travel;

use std::{collections::BTreeSet, fs, path::Path};

/// What stands in quotes after each of these words.
fn quoted_after(text: &str, word: &str) -> Vec<String> {
    fn quoted(part: &str) -> Option<String> {
        let (code, _) = part.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(code.to_owned())
    }
    text.split(word).skip(1).filter_map(quoted).collect()
}

#[test]
fn every_code_is_told_in_the_docs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let mut codes = BTreeSet::new();
    for file in ["", "/body", "/session", "/refused", "/push"] {
        let text = read(&format!("host/crates/outbound/src/packages{file}.rs"));
        codes.extend(quoted_after(&text, "FetchRefusal::new("));
        codes.extend(quoted_after(&text, "Way::Asked =>"));
        codes.extend(quoted_after(&text, "Way::Redirected =>"));
        codes.extend(quoted_after(&text, "Way::Realm =>"));
    }
    for file in ["artifact", "signature"] {
        let text = read(&format!("host/crates/registry/src/{file}.rs"));
        let (_, told) = text.split_once("pub fn code(&self)").unwrap();
        let (told, _) = told.split_once("\n}\n").unwrap();
        codes.extend(quoted_after(told, "=>"));
    }
    // Of a caller that asks for what is not to be fetched.
    codes.remove("not-elsewhere");
    assert!(codes.len() > 25, "{codes:?}");
    let docs = read("docs/publishing.md");
    let missing: Vec<&String> = codes.iter().filter(|code| !docs.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/publishing.md does not explain {missing:?}");
}
