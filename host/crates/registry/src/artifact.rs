//! A package as an OCI artifact: which of a manifest's layers are its parts, and how a manifest is written.
//!
//! The layout is that of the component tools (`application/wasm` under the config of WebAssembly artifacts); signature,
//! readme, changelog and icon are further layers. Nothing is ever unpacked: a part is a layer, and a layer is a part.

use rulewright_ports::{Artifact, Blob, FetchRefusal};
use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::binary::MAX_BYTES;
use crate::json;
use crate::signature::MAX_SIGNATURE;

mod write;

pub use write::{Contents, Layer, component_only, package, upload};

pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// What general tools write where there is no config. A config is never fetched.
const NO_CONFIG: [&str; 2] = ["application/vnd.oci.empty.v1+json", "application/vnd.unknown.config.v1+json"];
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const COMPONENT: &str = "application/wasm";
const SIGNATURE: &str = "application/vnd.rulewright.signature.v1+json";
const README: &str = "application/vnd.rulewright.readme.v1+markdown";
const CHANGELOG: &str = "application/vnd.rulewright.changelog.v1+markdown";
const ICON: &str = "image/png";

/// Bytes of a manifest. A package needs two thousand.
const MAX_MANIFEST: usize = 64 << 10;
const MAX_LAYERS: usize = 16;
/// Bytes. More than an icon on a dense screen, and than anybody reads.
pub const MAX_ICON: usize = 512 << 10;
pub const MAX_README: usize = 256 << 10;
pub const MAX_CHANGELOG: usize = 256 << 10;

const BEGINS_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const BEGINS_PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Why what lies in a registry is no package.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArtifactRefusal {
    #[error("its manifest in the registry is wrong: {0}; publish it again with `rulewright plugin publish`")]
    BadManifest(String),
    #[error(
        "it is {0}, not a plugin's package: name one that `rulewright plugin publish` made, or a component that other \
         tools pushed as `{COMPONENT}`"
    )]
    NotAPackage(String),
    #[error("it has {0} layers `{COMPONENT}`, and a package has exactly one: publish each plugin by itself")]
    Components(usize),
    #[error("it has {found} layers `{media_type}`, and may have one: publish it again")]
    Several { media_type: &'static str, found: usize },
    #[error(
        "its layer `{0}` lies elsewhere: what is fetched from other addresses than the registry is no part of a package"
    )]
    Foreign(String),
    #[error("its layer `{0}` is compressed, and nothing is unpacked here: publish the component as it is")]
    Compressed(String),
    #[error("its layer `{0}` is an archive, and nothing is unpacked here: publish the component as it is")]
    Archive(String),
    #[error("its {part} has {size} bytes, and may have {most}: make it smaller")]
    TooLarge { part: &'static str, size: u64, most: usize },
}

impl ArtifactRefusal {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            ArtifactRefusal::BadManifest(_) => "bad-artifact",
            ArtifactRefusal::NotAPackage(_) => "not-a-package",
            ArtifactRefusal::Components(_) => "component-layers",
            ArtifactRefusal::Several { media_type: SIGNATURE, .. } => "several-signatures",
            ArtifactRefusal::Several { .. } => "several-layers",
            ArtifactRefusal::Foreign(_) => "foreign-layer",
            ArtifactRefusal::Compressed(_) => "compressed-layer",
            ArtifactRefusal::Archive(_) => "archive-layer",
            ArtifactRefusal::TooLarge { .. } => "too-large",
        }
    }
}

impl From<ArtifactRefusal> for FetchRefusal {
    fn from(refusal: ArtifactRefusal) -> FetchRefusal {
        FetchRefusal::new(refusal.code(), refusal.to_string())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    /// Of an index of several images.
    manifests: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    urls: Vec<String>,
}

/// [`rulewright_ports::ReadArtifact`].
pub fn read(manifest: &[u8]) -> Result<Artifact, FetchRefusal> {
    Ok(parts(manifest)?)
}

fn parts(bytes: &[u8]) -> Result<Artifact, ArtifactRefusal> {
    let layers = layers(bytes)?;
    let mut found = Artifact {
        component: only(&layers, COMPONENT, "component", MAX_BYTES, BEGINS_COMPONENT)?
            .ok_or(ArtifactRefusal::Components(0))?,
        signature: None,
        icon: None,
        readme: None,
        changelog: None,
    };
    found.signature = only(&layers, SIGNATURE, "signature", MAX_SIGNATURE, b"{")?;
    found.icon = only(&layers, ICON, "icon", MAX_ICON, BEGINS_PNG)?;
    found.readme = only(&layers, README, "readme", MAX_README, b"")?;
    found.changelog = only(&layers, CHANGELOG, "changelog", MAX_CHANGELOG, b"")?;
    Ok(found)
}

/// Those of an image manifest that could be a package's. Of other kinds there may be some: they are never fetched.
fn layers(bytes: &[u8]) -> Result<Vec<Descriptor>, ArtifactRefusal> {
    let wrong = |problem: String| ArtifactRefusal::BadManifest(problem);
    if bytes.len() > MAX_MANIFEST {
        return Err(wrong(format!("it has {} bytes, and may have {MAX_MANIFEST}", bytes.len())));
    }
    let manifest: Manifest = json::parse(bytes).map_err(wrong)?;
    if manifest.schema_version != 2 {
        return Err(wrong(format!("its schemaVersion is {}, not 2", manifest.schema_version)));
    }
    if manifest.manifests.is_some() {
        return Err(ArtifactRefusal::NotAPackage("an index of several images".to_owned()));
    }
    if let Some(other) = manifest.media_type.filter(|media_type| media_type != MANIFEST) {
        return Err(ArtifactRefusal::NotAPackage(format!("of the kind {}", shown(&other))));
    }
    let (Some(config), Some(layers)) = (manifest.config, manifest.layers) else {
        return Err(wrong("it names no config or no layers".to_owned()));
    };
    if config.media_type != CONFIG && !NO_CONFIG.contains(&config.media_type.as_str()) {
        let kind = shown(&config.media_type);
        return Err(ArtifactRefusal::NotAPackage(format!("an artifact with a config of the kind {kind}")));
    }
    if layers.len() > MAX_LAYERS {
        return Err(wrong(format!("it has {} layers, and may have {MAX_LAYERS}", layers.len())));
    }
    layers.iter().chain([&config]).try_for_each(plain)?;
    Ok(layers)
}

/// Whether a layer is bytes of this registry, as they are.
fn plain(layer: &Descriptor) -> Result<(), ArtifactRefusal> {
    let kind = layer.media_type.to_ascii_lowercase();
    let name = || shown(&layer.media_type);
    if !layer.urls.is_empty() || kind.contains("foreign") || kind.contains("nondistributable") {
        return Err(ArtifactRefusal::Foreign(name()));
    }
    let (_, ending) = kind.rsplit_once(['+', '.', '/', '-']).unwrap_or_default();
    if ["tar", "zip", "7z", "rar", "jar"].contains(&ending) || kind.contains(".tar") || kind.contains("x-tar")
    {
        return Err(ArtifactRefusal::Archive(name()));
    }
    if ["gzip", "gz", "zstd", "zst", "bzip2", "xz", "br", "lz4"].contains(&ending) {
        return Err(ArtifactRefusal::Compressed(name()));
    }
    Ok(())
}

fn only(
    layers: &[Descriptor],
    media_type: &'static str,
    part: &'static str,
    most: usize,
    begins: &'static [u8],
) -> Result<Option<Blob>, ArtifactRefusal> {
    let of_kind: Vec<&Descriptor> = layers.iter().filter(|layer| layer.media_type == media_type).collect();
    let layer = match of_kind.as_slice() {
        [] => return Ok(None),
        [layer] => layer,
        several if media_type == COMPONENT => return Err(ArtifactRefusal::Components(several.len())),
        several => return Err(ArtifactRefusal::Several { media_type, found: several.len() }),
    };
    if layer.size > most as u64 {
        return Err(ArtifactRefusal::TooLarge { part, size: layer.size, most });
    }
    let digest = rulewright_domain::reference::sha256(&layer.digest).map_err(ArtifactRefusal::BadManifest)?;
    Ok(Some(Blob { digest, size: layer.size, begins }))
}

/// Media types are what somebody wrote.
fn shown(media_type: &str) -> String {
    media_type.chars().filter(char::is_ascii_graphic).take(100).collect()
}

#[cfg(test)]
mod tests;
