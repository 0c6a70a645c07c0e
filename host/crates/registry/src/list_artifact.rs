//! How a signed list lies in a registry: an OCI artifact with one layer, under a name that is the same everywhere.

use rulewright_domain::reference::{BadReference, Reference, sha256};
use rulewright_ports::{Blob, Upload, UploadBlob};
use serde::Deserialize;
use serde_json::json;

use crate::envelope::{ListKind, ListRefusal, MAX_LIST};
use crate::inspect::digest;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What an artifact that needs no configuration has as one, by the OCI image specification.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const NOTHING: &[u8] = b"{}";

fn media_type(kind: ListKind) -> &'static str {
    match kind {
        ListKind::Index => "application/vnd.rulewright.index.v1+json",
        ListKind::Revocations => "application/vnd.rulewright.revocations.v1+json",
    }
}

/// Where a registry keeps it: `rulewright/index:latest`, `rulewright/revocations:latest`.
pub fn reference(registry: &str, kind: ListKind) -> Result<Reference, BadReference> {
    Reference::parse(&format!("{registry}/rulewright/{}:latest", kind.name()), None)
}

/// What is pushed to publish it.
pub fn upload(kind: ListKind, list: Vec<u8>) -> Upload {
    let of = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": format!("sha256:{}", digest(bytes)), "size": bytes.len() });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": media_type(kind),
        "config": of(EMPTY, NOTHING),
        "layers": [of(media_type(kind), &list)],
    });
    let manifest = manifest.to_string().into_bytes();
    let blob = |media_type: &str, bytes: Vec<u8>| UploadBlob {
        digest: digest(&bytes),
        media_type: media_type.to_owned(),
        bytes,
    };
    Upload {
        digest: digest(&manifest),
        manifest,
        blobs: vec![blob(EMPTY, NOTHING.to_vec()), blob(media_type(kind), list)],
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
    size: u64,
}

/// The one layer that a registry's manifest describes.
pub fn locate(kind: ListKind, manifest: &[u8]) -> Result<Blob, ListRefusal> {
    let unreadable = |problem: String| ListRefusal::Unreadable(format!("its OCI manifest: {problem}"));
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| unreadable(error.to_string()))?;
    let [layer] = manifest.layers.as_slice() else {
        return Err(unreadable(format!("it has {} layers, and should have one", manifest.layers.len())));
    };
    if layer.media_type != media_type(kind) {
        let found = layer.media_type.chars().take(100).collect::<String>();
        return Err(unreadable(format!("its layer is `{found}`, and should be `{}`", media_type(kind))));
    }
    if layer.size > MAX_LIST as u64 {
        let size = usize::try_from(layer.size).unwrap_or(usize::MAX);
        return Err(ListRefusal::TooLarge { size, most: MAX_LIST });
    }
    let digest = sha256(&layer.digest).map_err(unreadable)?;
    Ok(Blob { digest, size: layer.size, begins: b"{" })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_pushed_is_found_again_and_is_what_the_oci_specification_asks_for() {
        let list = br#"{"schema":1}"#.to_vec();
        let upload = upload(ListKind::Index, list.clone());
        let blob = locate(ListKind::Index, &upload.manifest).unwrap();
        assert_eq!((blob.digest.clone(), blob.size), (digest(&list), list.len() as u64));
        assert!(upload.blobs.iter().any(|one| one.digest == blob.digest && one.bytes == list));
        let json: Value = serde_json::from_slice(&upload.manifest).unwrap();
        assert_eq!(json["schemaVersion"], 2);
        for part in [&json["config"], &json["layers"][0]] {
            let name = part["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
            let blob = upload.blobs.iter().find(|one| one.digest == name).unwrap();
            assert_eq!(part["size"], blob.bytes.len());
            assert_eq!(part["mediaType"], blob.media_type);
        }
        let place = reference("registry.example", ListKind::Revocations).unwrap();
        assert_eq!(place.to_string(), "registry.example/rulewright/revocations:latest");
    }

    #[test]
    fn a_manifest_of_anything_else_is_refused() {
        let good: Value = serde_json::from_slice(&upload(ListKind::Index, b"{}".to_vec()).manifest).unwrap();
        let changed = |place: &str, value: Value| {
            let mut json = good.clone();
            *json.pointer_mut(place).unwrap() = value;
            locate(ListKind::Index, json.to_string().as_bytes()).unwrap_err().code()
        };
        assert_eq!(changed("/layers/0/mediaType", json!("application/wasm")), "list-unreadable");
        assert_eq!(changed("/layers/0/size", json!(500_000_000)), "list-too-large");
        assert_eq!(changed("/layers/0/size", json!(-1)), "list-unreadable");
        assert_eq!(changed("/layers/0/digest", json!("md5:00")), "list-unreadable");
        assert_eq!(changed("/layers", json!([])), "list-unreadable");
        let two = json!([good["layers"][0], good["layers"][0]]);
        assert_eq!(changed("/layers", two), "list-unreadable");
        let other = locate(ListKind::Revocations, good.to_string().as_bytes()).unwrap_err();
        assert_eq!(other.code(), "list-unreadable");
    }
}
