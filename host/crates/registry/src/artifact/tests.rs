use serde_json::{Value, json};

use super::*;
use crate::inspect;
use crate::testing::{component, manifest_json};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn layer(media_type: &str) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{HEX}"), "size": 10 })
}

fn manifest(layers: Value) -> Value {
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": layer(CONFIG), "layers": layers })
}

fn code(manifest: &Value) -> &'static str {
    match parts(manifest.to_string().as_bytes()) {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn what_is_written_is_read_back_part_by_part() {
    let component = component(
        "world w { import rulewright:host/timeline@0.1.0; export rulewright:plugin/rule@0.1.0; }",
        &[manifest_json(json!({}))],
    );
    let read = inspect(&component).unwrap();
    let icon = [BEGINS_PNG, b"rest"].concat();
    let contents = Contents {
        component: &component,
        signature: Some(b"{\"schema\":1}"),
        icon: Some(&icon),
        readme: Some("# Greet"),
        changelog: Some("## 1.1.0"),
    };
    let upload = package(&read, &contents);
    let found = parts(&upload.manifest).unwrap();
    assert_eq!(found.component.digest, read.digest);
    let bytes = |blob: &Blob| {
        let held = upload.blobs.iter().find(|held| held.digest == blob.digest).unwrap();
        assert_eq!(held.bytes.len() as u64, blob.size);
        assert!(held.bytes.starts_with(blob.begins));
        held.bytes.clone()
    };
    assert_eq!(bytes(&found.component), component);
    assert_eq!(bytes(&found.signature.unwrap()), b"{\"schema\":1}");
    assert_eq!(bytes(&found.icon.unwrap()), icon);
    assert_eq!(bytes(&found.readme.unwrap()), b"# Greet");
    assert_eq!(bytes(&found.changelog.unwrap()), b"## 1.1.0");
    assert_eq!(upload, package(&read, &contents), "the same package, the same artifact");
}

/// What the component tools ask of an artifact that they pull.
#[test]
fn the_component_alone_is_what_component_tools_take() {
    let bytes = component(
        "world w { import rulewright:host/timeline@0.1.0; export rulewright:plugin/rule@0.1.0; }",
        &[manifest_json(json!({}))],
    );
    let upload = component_only(&inspect(&bytes).unwrap(), &bytes);
    let manifest: Value = serde_json::from_slice(&upload.manifest).unwrap();
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let config: Value = serde_json::from_slice(&upload.blobs[1].bytes).unwrap();
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["layerDigests"], json!([manifest["layers"][0]["digest"]]));
    let names = |side: &str| config["component"][side].as_array().unwrap().clone();
    assert!(names("imports").contains(&json!("rulewright:host/timeline@0.1.0")), "{config}");
    assert_eq!(names("exports"), [json!("rulewright:plugin/rule@0.1.0")]);
}

#[test]
fn what_other_tools_push_is_a_package_without_signature() {
    assert_eq!(code(&manifest(json!([layer(COMPONENT)]))), "accepted");
    for config in NO_CONFIG {
        let mut general = manifest(json!([layer(COMPONENT), layer("application/vnd.acme.notes")]));
        general["config"] = layer(config);
        assert_eq!(code(&general), "accepted", "{config}");
    }
}

#[test]
fn every_other_shape_is_refused_by_its_own_name() {
    let with = |layers: Value| manifest(layers);
    let urls = json!({ "mediaType": COMPONENT, "digest": format!("sha256:{HEX}"), "size": 1, "urls": ["https://a.b/c"] });
    let sized = |media_type: &str, size: Value| {
        let mut layer = layer(media_type);
        layer["size"] = size;
        with(json!([layer]))
    };
    let mut sizeless = layer(COMPONENT);
    sizeless.as_object_mut().unwrap().remove("size");
    let mut md5 = layer(COMPONENT);
    md5["digest"] = json!("md5:0123456789abcdef0123456789abcdef");
    let mut image = manifest(json!([layer(COMPONENT)]));
    image["config"] = layer("application/vnd.oci.image.config.v1+json");
    let index = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [] });
    let mut docker = manifest(json!([layer(COMPONENT)]));
    docker["mediaType"] = json!("application/vnd.docker.distribution.manifest.v2+json");
    let mut old = manifest(json!([layer(COMPONENT)]));
    old["schemaVersion"] = json!(1);
    let table = [
        (with(json!([])), "component-layers"),
        (with(json!([layer(COMPONENT), layer(COMPONENT)])), "component-layers"),
        (with(json!([layer(COMPONENT), layer(SIGNATURE), layer(SIGNATURE)])), "several-signatures"),
        (with(json!([layer(COMPONENT), layer(README), layer(README)])), "several-layers"),
        (with(json!([layer(COMPONENT), layer(CHANGELOG), layer(CHANGELOG)])), "several-layers"),
        (with(json!([urls])), "foreign-layer"),
        (with(json!([layer(COMPONENT), urls])), "foreign-layer"),
        (with(json!([layer("application/vnd.oci.image.layer.nondistributable.v1.tar")])), "foreign-layer"),
        (with(json!([layer("application/wasm+gzip")])), "compressed-layer"),
        (with(json!([layer(COMPONENT), layer("application/wasm+zstd")])), "compressed-layer"),
        (with(json!([layer("application/gzip")])), "compressed-layer"),
        (with(json!([layer("application/x-gzip")])), "compressed-layer"),
        (with(json!([layer("application/vnd.oci.image.layer.v1.tar")])), "archive-layer"),
        (
            with(json!([layer(COMPONENT), layer("application/vnd.oci.image.layer.v1.tar+gzip")])),
            "archive-layer",
        ),
        (with(json!([layer("application/zip")])), "archive-layer"),
        (with(json!([layer("application/x-tar")])), "archive-layer"),
        (sized(COMPONENT, json!(500 << 20)), "too-large"),
        (sized(COMPONENT, json!(u64::MAX)), "too-large"),
        (sized(COMPONENT, json!(-1)), "bad-artifact"),
        (sized(COMPONENT, json!("10")), "bad-artifact"),
        (with(json!([sizeless])), "bad-artifact"),
        (with(json!([md5])), "bad-artifact"),
        (with(Value::Array(vec![layer(COMPONENT); 17])), "bad-artifact"),
        (image, "not-a-package"),
        (index, "not-a-package"),
        (docker, "not-a-package"),
        (old, "bad-artifact"),
        (json!([]), "bad-artifact"),
        (json!({ "schemaVersion": 2 }), "bad-artifact"),
    ];
    for (manifest, expected) in table {
        assert_eq!(code(&manifest), expected, "{manifest}");
    }
}

#[test]
fn a_manifest_that_can_be_read_in_two_ways_or_never_ends_is_refused() {
    let good = manifest(json!([layer(COMPONENT)])).to_string();
    let twice = good.replacen('{', "{\"layers\":[],", 1);
    let deep = good.replacen('{', &format!("{{\"x\":{}1{},", "[".repeat(20_000), "]".repeat(20_000)), 1);
    let long = format!("{}{good}", " ".repeat(MAX_MANIFEST));
    let mut marked = vec![0xef, 0xbb, 0xbf];
    marked.extend_from_slice(good.as_bytes());
    for text in [twice.as_bytes(), deep.as_bytes(), long.as_bytes(), &marked, b"", b"null"] {
        assert_eq!(parts(text).map_err(|refusal| refusal.code()), Err("bad-artifact"));
    }
}
