//! Plugins made up on the spot: manifests from JSON, components from WIT.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rulewright_domain::plugin::{Manifest, Package};
use serde_json::{Value, json};
use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use crate::inspect::MANIFEST_SECTION;

/// A plain rule's manifest, with some of its top-level members replaced.
pub fn manifest(change: Value) -> Manifest {
    serde_json::from_value(manifest_json(change)).unwrap()
}

pub fn manifest_json(change: Value) -> Value {
    let mut json = json!({
        "schema": 1,
        "id": "acme.greet",
        "version": "1.0.0",
        "kind": "rule",
        "group": "client-communications",
        "publisher": "Acme",
        "title": "Greet",
        "settings": { "type": "object" },
        "host-api": "0.1.0"
    });
    for (key, value) in change.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

pub fn package(change: Value, imports: &[&str]) -> Package {
    Package {
        digest: "0".repeat(64),
        manifest: manifest(change),
        imports: imports.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>(),
        size: 1,
    }
}

/// A component for the world that `wit` (one `world` called `w`, beside the real packages) describes.
pub fn component(wit: &str, sections: &[Value]) -> Vec<u8> {
    component_of(Resolve::clone(crate::Contract::current().resolve()), wit, sections)
}

pub fn component_of(mut resolve: Resolve, wit: &str, sections: &[Value]) -> Vec<u8> {
    let text = format!("package test:made-up@1.0.0; {wit}");
    let package = resolve.push_str("made-up.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut core = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut component = ComponentEncoder::default().validate(true).module(&core).unwrap().encode().unwrap();
    for section in sections {
        let text = section.to_string();
        CustomSection { name: Cow::Borrowed(MANIFEST_SECTION), data: text.as_bytes().into() }
            .append_to_component(&mut component);
    }
    component
}
