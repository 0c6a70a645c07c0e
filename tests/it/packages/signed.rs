//! What a signature is worth once a package has come (B16, B17): the codes that a shop is told.

use rulewright_domain::PackageSource;
use rulewright_ports::{FetchedPackage, Upload};
use rulewright_registry::{
    artifact::{self, Layer},
    inspect, keys,
    signature::{Trust, judge},
};
use serde_json::Value;

use crate::packages::shelf::{COMPONENT, Shelf, Stub, key, package, packed, refused, signature};
use crate::programs;

async fn fetch(upload: &Upload) -> (PackageSource, FetchedPackage) {
    let stub = Stub::honest(Shelf::with("1.0.0", upload)).await;
    let fetched = stub.fetch(":1.0.0").await.unwrap();
    (stub.at(":1.0.0"), fetched)
}

/// As an installation judges it, with the first key pinned.
async fn judged(upload: &Upload) -> &'static str {
    let (source, fetched) = fetch(upload).await;
    let pinned = key(1).public();
    let trust = Trust { pinned: Some(&pinned), ..Trust::default() };
    let component = inspect(&fetched.component).unwrap();
    match judge(&source, fetched.signature.as_deref(), &component, trust) {
        Ok(Some(found)) => {
            assert_eq!(found, pinned);
            "accepted"
        }
        Ok(None) => "accepted unsigned",
        Err(refusal) => refusal.code(),
    }
}

#[tokio::test]
async fn b16_a_package_is_accepted_from_the_key_that_is_pinned_and_from_no_other() {
    assert_eq!(judged(&package()).await, "accepted");
    let by_another = packed(COMPONENT, Some(&signature(COMPONENT, 2).document()));
    assert_eq!(judged(&by_another).await, "other-key");
    let stripped = packed(COMPONENT, None);
    assert_eq!(judged(&stripped).await, "unsigned");
    let foreign = signature(programs::KEEPS_COUNT, 1).document();
    assert_eq!(judged(&packed(COMPONENT, Some(&foreign))).await, "statement-mismatch");
    let mut forged = signature(COMPONENT, 2);
    forged.key = key(1).public();
    assert_eq!(judged(&packed(COMPONENT, Some(&forged.document()))).await, "bad-signature");
    assert_eq!(judged(&packed(COMPONENT, Some(b"{\"schema\":1}"))).await, "unreadable-signature");
}

#[tokio::test]
async fn b16_a_key_that_changed_is_accepted_when_its_fingerprint_is_said() {
    let (source, fetched) = fetch(&packed(COMPONENT, Some(&signature(COMPONENT, 2).document()))).await;
    let (old, new) = (key(1).public(), key(2).public());
    let component = inspect(&fetched.component).unwrap();
    let with = |said: &str| {
        let trust = Trust { pinned: Some(&old), accept_key: Some(said), ..Trust::default() };
        judge(&source, fetched.signature.as_deref(), &component, trust)
    };
    assert_eq!(with(&keys::fingerprint(&new).unwrap()), Ok(Some(new.clone())));
    assert_eq!(with(&keys::fingerprint(&old).unwrap()).unwrap_err().code(), "other-key");
}

#[tokio::test]
async fn b16_of_two_signatures_neither_is_believed() {
    let sound = package();
    let bad = signature(COMPONENT, 2).document();
    let media_type = "application/vnd.rulewright.signature.v1+json";
    let bytes = |kind: &str| sound.blobs.iter().find(|blob| blob.media_type == kind).unwrap().bytes.clone();
    let (component, good) = (bytes("application/wasm"), bytes(media_type));
    let layer = |media_type, bytes| Layer { media_type, title: "x".into(), bytes };
    for (first, second) in [(&good, &bad), (&bad, &good), (&good, &good)] {
        let layers = [
            layer("application/wasm", component.as_slice()),
            layer(media_type, first),
            layer(media_type, second),
        ];
        let upload = artifact::upload(artifact::CONFIG, b"{}", &layers, &Default::default());
        let stub = Stub::honest(Shelf::with("1.0.0", &upload)).await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), "several-signatures");
        assert_eq!(stub.asked_for_blobs(), 0);
    }
}

#[tokio::test]
async fn b17_a_good_signature_for_other_bytes_than_those_that_came_is_refused() {
    // Everything about the signature is right, but for what it signs.
    let document = signature(COMPONENT, 1).document();
    let statement: Value = serde_json::from_slice(&document).unwrap();
    assert!(statement["statement"].as_str().unwrap().contains(&rulewright_registry::digest(COMPONENT)));
    let mut other = COMPONENT.to_vec();
    // A custom section more: the same plugin, other bytes.
    other.extend_from_slice(b"\0\x05\x04note");
    assert_eq!(judged(&packed(&other, Some(&document))).await, "statement-mismatch");
}
