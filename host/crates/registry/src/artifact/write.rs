//! From a package to what a registry stores. The same package gives the same bytes, whoever writes it and when.

use std::collections::BTreeMap;

use rulewright_domain::plugin::Package;
use rulewright_ports::{Upload, UploadBlob};
use serde_json::{Value, json};
use wasmparser::{Parser, Payload};

use super::{CHANGELOG, COMPONENT, CONFIG, ICON, MANIFEST, README, SIGNATURE};
use crate::inspect::digest;

/// What is published together.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    pub component: &'a [u8],
    /// The document of the signature.
    pub signature: Option<&'a [u8]>,
    /// PNG.
    pub icon: Option<&'a [u8]>,
    /// Markdown.
    pub readme: Option<&'a str>,
    /// Markdown: what is new in each version.
    pub changelog: Option<&'a str>,
}

/// A layer, and under which name tools write it into a folder.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    pub media_type: &'a str,
    pub title: String,
    pub bytes: &'a [u8],
}

/// The whole package under one manifest.
pub fn package(package: &Package, contents: &Contents) -> Upload {
    let component = component_layer(package, contents.component);
    let mut layers = vec![component];
    if let Some(bytes) = contents.signature {
        let title = format!("{}.wasm.sig", package.manifest.id);
        layers.push(Layer { media_type: SIGNATURE, title, bytes });
    }
    if let Some(readme) = contents.readme {
        layers.push(Layer { media_type: README, title: "README.md".to_owned(), bytes: readme.as_bytes() });
    }
    if let Some(changelog) = contents.changelog {
        let (title, bytes) = ("CHANGELOG.md".to_owned(), changelog.as_bytes());
        layers.push(Layer { media_type: CHANGELOG, title, bytes });
    }
    if let Some(bytes) = contents.icon {
        layers.push(Layer { media_type: ICON, title: "icon.png".to_owned(), bytes });
    }
    upload(CONFIG, &config(package, contents.component, &layers), &layers, &annotations(package))
}

/// The component alone: the tools of the component world (`wkg`) take artifacts of exactly one layer.
pub fn component_only(package: &Package, component: &[u8]) -> Upload {
    let layers = [component_layer(package, component)];
    upload(CONFIG, &config(package, component, &layers), &layers, &annotations(package))
}

/// Any artifact: an image manifest with these layers.
pub fn upload(
    config_type: &str,
    config: &[u8],
    layers: &[Layer],
    annotations: &BTreeMap<&str, String>,
) -> Upload {
    let described = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": format!("sha256:{}", digest(bytes)), "size": bytes.len() });
    let layer = |layer: &Layer| {
        let mut described = described(layer.media_type, layer.bytes);
        described["annotations"] = json!({ "org.opencontainers.image.title": layer.title });
        described
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described(config_type, config),
        "layers": layers.iter().map(layer).collect::<Vec<Value>>(),
        "annotations": annotations,
    });
    let manifest = manifest.to_string().into_bytes();
    let blob = |media_type: &str, bytes: &[u8]| UploadBlob {
        digest: digest(bytes),
        media_type: media_type.to_owned(),
        bytes: bytes.to_vec(),
    };
    let parts = layers.iter().map(|layer| blob(layer.media_type, layer.bytes));
    let blobs = parts.chain([blob(config_type, config)]).collect();
    Upload { digest: digest(&manifest), manifest, blobs }
}

fn component_layer<'a>(package: &Package, bytes: &'a [u8]) -> Layer<'a> {
    Layer { media_type: COMPONENT, title: format!("{}.wasm", package.manifest.id), bytes }
}

fn annotations(package: &Package) -> BTreeMap<&'static str, String> {
    let manifest = &package.manifest;
    BTreeMap::from([
        ("org.opencontainers.image.title", manifest.title.clone()),
        ("org.opencontainers.image.vendor", manifest.publisher.clone()),
        ("org.opencontainers.image.version", manifest.version.clone()),
    ])
}

/// As the tools of the component world write and demand it.
fn config(package: &Package, component: &[u8], layers: &[Layer]) -> Vec<u8> {
    let (imports, exports) = interfaces(component);
    let digests: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", digest(layer.bytes))).collect();
    let config = json!({
        // Not when it was made: the same component is the same artifact.
        "created": "1970-01-01T00:00:00Z",
        "author": package.manifest.publisher,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": digests,
        "component": { "exports": exports, "imports": imports, "target": null },
    });
    config.to_string().into_bytes()
}

/// Names of what a component imports and exports, its inner modules left out.
fn interfaces(component: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::ComponentImportSection(section)) if depth == 0 => {
                imports.extend(section.into_iter().flatten().map(|import| import.name.name.to_owned()));
            }
            Ok(Payload::ComponentExportSection(section)) if depth == 0 => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.name.to_owned()));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    (imports, exports)
}
