//! What a toolchain has made, on its way to being a plugin.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rulewright_guest_build::MANIFEST_SECTION;
use serde_json::Value;
use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::DecodedWasm;
use wit_parser::WorldItem;

use crate::Problem;

/// The imports are the permissions, so they are what the plugin says it uses, no more and no less.
pub fn check(component: &[u8], uses: &BTreeSet<String>) -> Result<(), Problem> {
    let imports = imports(component)?;
    if let Some(wasi) = imports.iter().find(|name| name.starts_with("wasi:")) {
        return Err(Problem::new(
            "wasi",
            format!("the toolchain left the import `{wasi}`, and plugins have no WASI"),
        )
        .hint("use the version of the toolchain that docs/languages.md names"));
    }
    match uses.iter().find(|name| !imports.contains(*name)) {
        Some(unused) => Err(never_called(unused)),
        None => Ok(()),
    }
}

pub fn never_called(function: &str) -> Problem {
    Problem::new("unused-permission", format!("`uses` names `{function}`, which the code never calls"))
        .hint("remove it, so that no shop is asked for what is not used")
}

pub fn not_listed(function: &str) -> Problem {
    Problem::new("undeclared-permission", format!("the code calls `{function}`, which `uses` does not name"))
        .hint(format!("add \"{function}\" to `uses` in {}", crate::FILE))
}

/// `interface.function` of the host's, and the whole name of what is not.
fn imports(component: &[u8]) -> Result<BTreeSet<String>, Problem> {
    let unreadable =
        |problem: String| Problem::new("toolchain", format!("what the toolchain made is {problem}"));
    let decoded =
        wit_component::decode(component).map_err(|error| unreadable(format!("no component: {error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(unreadable("a WIT package".into()));
    };
    let mut found = BTreeSet::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else { continue };
        let full = resolve.name_world_key(key);
        let ours = full.strip_prefix("rulewright:host/").and_then(|rest| rest.split('@').next());
        for function in resolve.interfaces[*id].functions.keys().filter(|name| !name.starts_with('[')) {
            found.insert(match ours {
                Some(interface) => format!("{interface}.{function}"),
                None => format!("{full}.{function}"),
            });
        }
    }
    Ok(found)
}

/// Outermost, where one pass over the file finds it.
pub fn with_manifest(mut component: Vec<u8>, manifest: &Value) -> Vec<u8> {
    let text = manifest.to_string();
    CustomSection { name: Cow::Borrowed(MANIFEST_SECTION), data: text.as_bytes().into() }
        .append_to_component(&mut component);
    component
}
