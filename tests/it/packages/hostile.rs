//! A registry that means ill: what it does is refused by its own name, and it learns nothing.

use axum::response::IntoResponse;
use rulewright_domain::PackageSource;
use rulewright_outbound::{EgressOptions, FetchLimits, PackageFetcher, PackageOptions};
use rulewright_ports::Upload;
use rulewright_registry::artifact::{self, Layer};
use serde_json::{Value, json};

use crate::packages::shelf::{
    COMPONENT, Shelf, Stub, fetch, fetcher, flood, package, packed, redirect, refused, signature, with_header,
};

/// The package, with its manifest changed.
fn changed(change: impl FnOnce(&mut Value)) -> Upload {
    let sound = package();
    let mut manifest: Value = serde_json::from_slice(&sound.manifest).unwrap();
    change(&mut manifest);
    let manifest = manifest.to_string().into_bytes();
    Upload { digest: rulewright_registry::digest(&manifest), manifest, ..sound }
}

async fn fetched(upload: &Upload) -> (&'static str, usize) {
    let stub = Stub::honest(Shelf::with("1.0.0", upload)).await;
    let code = refused(stub.fetch(":1.0.0").await);
    (code, stub.asked_for_blobs())
}

#[tokio::test]
async fn b10_a_compressed_layer_is_refused_before_any_of_it_comes() {
    for media_type in ["application/wasm+gzip", "application/wasm+zstd", "application/gzip"] {
        let upload = changed(|manifest| manifest["layers"][0]["mediaType"] = json!(media_type));
        assert_eq!(fetched(&upload).await, ("compressed-layer", 0), "{media_type}");
    }
}

#[tokio::test]
async fn b10_an_answer_that_would_have_to_be_inflated_is_refused() {
    let shelf = Shelf::with("1.0.0", &package());
    let stub = Stub::start(move |path, _, _| match path.contains("/blobs/") {
        true => with_header(shelf.answer(path), "content-encoding", "gzip"),
        false => shelf.answer(path),
    })
    .await;
    assert_eq!(refused(stub.fetch(":1.0.0").await), "compressed");
}

#[tokio::test]
async fn b11_a_file_of_another_kind_is_refused_at_its_first_bytes() {
    let zip = [b"PK\x03\x04".as_slice(), &[0; 5000]].concat();
    let layer = Layer { media_type: "application/wasm", title: "x.wasm".into(), bytes: &zip };
    let upload = artifact::upload(artifact::CONFIG, b"{}", &[layer], &Default::default());
    assert_eq!(fetched(&upload).await, ("media-type", 1));
}

#[tokio::test]
async fn b11_several_components_and_layers_elsewhere_are_refused_and_never_fetched() {
    let twice = changed(|manifest| {
        let first = manifest["layers"][0].clone();
        manifest["layers"].as_array_mut().unwrap().push(first);
    });
    assert_eq!(fetched(&twice).await, ("component-layers", 0));

    let elsewhere = Stub::honest(Shelf::default()).await;
    let url = format!("http://{}/x", elsewhere.host);
    let foreign = changed(|manifest| manifest["layers"][0]["urls"] = json!([url]));
    assert_eq!(fetched(&foreign).await, ("foreign-layer", 0));
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn b12_b13_archives_are_refused_and_names_of_files_mean_nothing() {
    for media_type in ["application/vnd.oci.image.layer.v1.tar", "application/zip", "application/x-tar"] {
        let upload = changed(|manifest| manifest["layers"][0]["mediaType"] = json!(media_type));
        assert_eq!(fetched(&upload).await, ("archive-layer", 0), "{media_type}");
    }
    let there = tempfile::tempdir().unwrap();
    let aimed = there.path().join("planted");
    for name in ["../../../etc/cron.d/x", "C:\\x", "..%2fx", &aimed.display().to_string()] {
        let upload = changed(|manifest| {
            manifest["layers"][0]["annotations"]["org.opencontainers.image.title"] = json!(name);
        });
        assert_eq!(fetched(&upload).await.0, "fetched", "{name}");
    }
    assert!(!aimed.exists());
}

#[tokio::test]
async fn b15_what_is_not_what_the_manifest_names_is_refused() {
    let sound = package();
    let component = rulewright_registry::digest(COMPONENT);
    let mut other = COMPONENT.to_vec();
    *other.last_mut().unwrap() ^= 1;
    let shorter = COMPONENT[..COMPONENT.len() - 1].to_vec();
    let longer = [COMPONENT, &[0]].concat();
    for (bytes, expected) in [
        (other, "digest-mismatch"),
        (shorter, "size-mismatch"),
        (longer, "size-mismatch"),
        (vec![], "size-mismatch"),
    ] {
        let mut shelf = Shelf::with("1.0.0", &sound);
        shelf.blobs.insert(component.clone(), bytes);
        let stub = Stub::honest(shelf).await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), expected);
    }
}

#[tokio::test]
async fn b15_a_manifest_is_what_was_asked_for_and_what_the_registry_says_it_is() {
    let (asked, other) = (package(), packed(COMPONENT, None));
    let manifest = other.manifest.clone();
    let stub = Stub::start(move |_, _, _| manifest.clone().into_response()).await;
    let code = refused(stub.fetch(&format!("@sha256:{}", asked.digest)).await);
    assert_eq!((code, stub.asked_for_blobs()), ("digest-mismatch", 0));

    let lie = format!("sha256:{}", "0".repeat(64));
    let shelf = Shelf::with("1.0.0", &asked);
    let stub =
        Stub::start(move |path, _, _| with_header(shelf.answer(path), "docker-content-digest", &lie)).await;
    assert_eq!(refused(stub.fetch(":1.0.0").await), "digest-mismatch");
}

#[tokio::test]
async fn b18_a_tag_that_moves_changes_nothing_that_was_asked_for_before() {
    let old = package();
    let document = signature(crate::programs::KEEPS_COUNT, 2).document();
    let new = packed(crate::programs::KEEPS_COUNT, Some(&document));
    // Between manifest and blobs.
    let (before, after) = (Shelf::with("1.0.0", &old), Shelf::with("1.0.0", &new));
    let first = std::sync::atomic::AtomicBool::new(true);
    let (one, two) = (before.clone(), after.clone());
    let stub = Stub::start(move |path, _, _| match first.swap(false, std::sync::atomic::Ordering::SeqCst) {
        true => one.answer(path),
        false => two.answer(path),
    })
    .await;
    assert_eq!(
        refused(stub.fetch(":1.0.0").await),
        "not-found",
        "the new component came under the old manifest"
    );

    // After somebody agreed: what was agreed to is named by its digest.
    let stub = Stub::honest(before.clone().and("1.0.0", &new)).await;
    let agreed = stub.fetch(&format!("@sha256:{}", old.digest)).await.unwrap();
    assert_eq!(&*agreed.component, COMPONENT);
    assert_eq!(agreed.artifact.as_deref(), Some(old.digest.as_str()));
    let gone = Stub::honest(after).await;
    assert_eq!(refused(gone.fetch(&format!("@sha256:{}", old.digest)).await), "not-found");
}

#[tokio::test]
async fn b24_a_blob_that_leads_on_to_a_private_address_is_not_followed() {
    let inside = Stub::honest(Shelf::default()).await;
    for to in [
        format!("http://{}/secret", inside.host),
        format!("https://{}/secret", inside.host),
        format!("https://localhost:{}/secret", inside.host.split(':').next_back().unwrap()),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::ffff:127.0.0.1]/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "https://user:password@example.com/".to_owned(),
    ] {
        let (shelf, target) = (Shelf::with("1.0.0", &package()), to.clone());
        let stub = Stub::start(move |path, _, _| match path.contains("/blobs/") {
            true => redirect(&target),
            false => shelf.answer(path),
        })
        .await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), "redirect-refused", "{to}");
    }
    assert!(inside.heard().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_registry_is_followed_and_one_that_never_ends_is_not() {
    let shelf = Shelf::with("1.0.0", &package());
    let stub = Stub::start(move |path, query, _| match path.contains("/blobs/") && query.is_empty() {
        true => redirect(&format!("{path}?moved")),
        false => shelf.answer(path),
    })
    .await;
    assert_eq!(&*stub.fetch(":1.0.0").await.unwrap().component, COMPONENT);

    let shelf = Shelf::with("1.0.0", &package());
    let stub = Stub::start(move |path, _, _| match path.contains("/blobs/") {
        true => redirect(path),
        false => shelf.answer(path),
    })
    .await;
    assert_eq!(refused(stub.fetch(":1.0.0").await), "redirect-refused");
    assert_eq!(stub.asked_for_blobs(), 4);
}

#[tokio::test]
async fn b02_what_is_too_large_is_refused_by_what_is_declared_and_by_what_comes() {
    let huge = changed(|manifest| manifest["layers"][0]["size"] = json!(500 << 20));
    assert_eq!(fetched(&huge).await, ("too-large", 0));

    // More than the manifest says, without a length in front.
    let shelf = Shelf::with("1.0.0", &package());
    let component = rulewright_registry::digest(COMPONENT);
    let stub = Stub::start(move |path, _, _| match path.ends_with(&component) {
        true => flood(),
        false => shelf.answer(path),
    })
    .await;
    assert_eq!(refused(stub.fetch(":1.0.0").await), "size-mismatch");

    // From an address, where nothing is declared at all, and where 500 MB are.
    let stub = Stub::start(|path, _, _| match path {
        "/declared.wasm" => with_header(flood(), "content-length", "524288000"),
        _ => flood(),
    })
    .await;
    let options = PackageOptions {
        egress: EgressOptions { allow_http: true, allow_private: vec![stub.host.clone()] },
        limits: FetchLimits { component: 1 << 20, ..FetchLimits::default() },
        ..PackageOptions::default()
    };
    let fetcher = PackageFetcher::new(options, artifact::read);
    for path in ["declared", "endless"] {
        let source = PackageSource::Url(format!("http://{}/{path}.wasm", stub.host));
        assert_eq!(refused(fetch(&fetcher, &source).await), "too-large", "{path}");
    }
}

#[tokio::test]
async fn a_registry_at_a_private_address_is_reached_only_where_the_operator_says_so() {
    let stub = Stub::honest(Shelf::with("1.0.0", &package())).await;
    let stranger = fetcher(&[], FetchLimits::default());
    assert_eq!(refused(fetch(&stranger, &stub.at(":1.0.0")).await), "not-public");
    let url = PackageSource::Url(format!("https://{}/x.wasm", stub.host));
    assert_eq!(refused(fetch(&stranger, &url).await), "not-public");
    for wrong in ["http://example.com/x.wasm", "ftp://example.com/x", "https://u:p@example.com/x", "x.wasm"] {
        let code = refused(fetch(&stranger, &PackageSource::Url(wrong.to_owned())).await);
        assert_eq!(code, "bad-url", "{wrong}");
    }
    let code = refused(fetch(&stranger, &PackageSource::Registry("acme/counts".into())).await);
    assert_eq!(code, "bad-reference");
    assert!(stub.heard().is_empty());
}
