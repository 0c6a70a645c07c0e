//! Whatever a registry does, a refused package leaves the shop as it was: no row, no file, no plugin.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{http::StatusCode, response::IntoResponse};
use rulewright_outbound::FetchLimits;
use rulewright_ports::{StorageExt, Upload};
use serde_json::{Value, json};

use crate::{
    gateway::Api,
    packages::shelf::{COMPONENT, Shelf, Stub, drip, fetcher, package, packed, signature, with_header},
    support::TestShop,
};

/// The state of a shop as far as plugins go: rows, and files beside the database.
async fn left(shop: &TestShop) -> (usize, usize, usize, usize, BTreeSet<String>) {
    let id = shop.id;
    let rows = shop.engine.storage().read(move |reads| {
        Ok::<_, rulewright_ports::StorageError>((
            reads.packages()?.len(),
            reads.installations(id)?.len(),
            reads.offers(id)?.len(),
            reads.pinned_keys(id)?.len(),
        ))
    });
    let (packages, installations, offers, keys) = rows.await.unwrap();
    let files = std::fs::read_dir(shop.dir.path()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    (packages, installations, offers, keys, files.collect())
}

async fn installed(shop: &TestShop, api: &Api, reference: &str) -> Value {
    let (status, begun) = api.staff(shop, "POST", "/v1/installs", json!({ "source": reference })).await;
    assert_eq!(status, 202, "{begun}");
    at_rest(shop, api, &begun).await
}

/// The job, once it neither works nor can go on by itself.
async fn at_rest(shop: &TestShop, api: &Api, job: &Value) -> Value {
    let path = format!("/v1/installs/{}", job["id"].as_str().unwrap());
    let ended = async {
        loop {
            let (_, job) = api.staff(shop, "GET", &path, json!({})).await;
            if job["state"] != "working" {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it does not end")
}

async fn shop_with(stub: &Stub) -> (TestShop, Api) {
    let short = FetchLimits {
        answer: Duration::from_millis(500),
        window: Duration::from_millis(300),
        floor: 1000,
        ..FetchLimits::default()
    };
    let shop = TestShop::with(&[]).await;
    let packages = Arc::new(fetcher(&[&stub.host], short));
    let api = Api::over(shop.router_from(shop.market(&[], &[]), packages)).await;
    (shop, api)
}

fn changed(change: impl FnOnce(&mut Value)) -> Upload {
    let sound = package();
    let mut manifest: Value = serde_json::from_slice(&sound.manifest).unwrap();
    change(&mut manifest);
    let manifest = manifest.to_string().into_bytes();
    Upload { digest: rulewright_registry::digest(&manifest), manifest, ..sound }
}

fn other_bytes() -> Vec<u8> {
    [COMPONENT, b"\0\x05\x04note"].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_is_refused_at_any_stage_leaves_no_row_and_no_file() {
    let swapped = {
        let mut shelf = Shelf::with("1.0.0", &package());
        let component = rulewright_registry::digest(COMPONENT);
        shelf.blobs.insert(component, other_bytes());
        shelf
    };
    // Of the size that was told, and other bytes: nothing but the digest tells.
    let flipped = {
        let mut shelf = Shelf::with("1.0.0", &package());
        let component = shelf.blobs.get_mut(&rulewright_registry::digest(COMPONENT)).unwrap();
        *component.last_mut().unwrap() ^= 1;
        shelf
    };
    let huge = changed(|manifest| manifest["layers"][0]["size"] = json!(500 << 20));
    let zipped = changed(|manifest| manifest["layers"][0]["mediaType"] = json!("application/wasm+gzip"));
    let stripped = packed(COMPONENT, None);
    let forged = packed(&other_bytes(), Some(&signature(COMPONENT, 1).document()));
    let held = |upload: &Upload| Shelf::with("1.0.0", upload);
    let shelves = [
        (Shelf::default(), "fetch", "not-found"),
        (swapped, "fetch", "size-mismatch"),
        (flipped, "fetch", "digest-mismatch"),
        (held(&huge), "fetch", "too-large"),
        (held(&zipped), "fetch", "compressed-layer"),
        (held(&stripped), "verify", "unsigned"),
        (held(&forged), "verify", "statement-mismatch"),
    ];
    let mut stubs = Vec::new();
    for (shelf, stage, code) in shelves {
        stubs.push((Stub::honest(shelf).await, stage, code));
    }
    let realm = Stub::start(|_, _, _| {
        let asks = "Bearer realm=\"http://169.254.169.254/\",service=\"test\"";
        with_header(StatusCode::UNAUTHORIZED.into_response(), "www-authenticate", asks)
    });
    stubs.push((realm.await, "fetch", "realm-refused"));
    stubs.push((Stub::start(|_, _, _| drip(Duration::from_millis(100))).await, "fetch", "too-slow"));

    for (stub, stage, code) in &stubs {
        let (shop, api) = shop_with(stub).await;
        let before = left(&shop).await;
        let job = installed(&shop, &api, &format!("{}/acme/counts:1.0.0", stub.host)).await;
        assert_eq!(
            (&job["refusal"]["stage"], &job["refusal"]["code"]),
            (&json!(stage), &json!(code)),
            "{job}"
        );
        assert_eq!(left(&shop).await, before, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_another_key_changes_nothing_of_what_the_shop_agreed_to() {
    let document = signature(&other_bytes(), 2).document();
    let shelf = Shelf::with("1.0.0", &package()).and("2.0.0", &packed(&other_bytes(), Some(&document)));
    let stub = Stub::honest(shelf).await;
    let (shop, api) = shop_with(&stub).await;
    let asked = installed(&shop, &api, &format!("{}/acme/counts:1.0.0", stub.host)).await;
    assert_eq!(asked["state"], "waiting", "{asked}");
    let path = format!("/v1/installs/{}/consent", asked["id"].as_str().unwrap());
    let yes = json!({ "digest": asked["digest"], "pin": asked["publisher"]["key"] });
    let (status, agreed) = api.staff(&shop, "POST", &path, yes).await;
    assert!(status < 300, "{agreed}");
    let agreed = at_rest(&shop, &api, &agreed).await;
    assert_eq!(agreed["state"], "active", "{agreed}");
    let before = left(&shop).await;
    assert_eq!((before.1, before.2, before.3), (1, 0, 1), "{agreed}");
    let job = installed(&shop, &api, &format!("{}/acme/counts:2.0.0", stub.host)).await;
    assert_eq!((&job["refusal"]["stage"], &job["refusal"]["code"]), (&json!("verify"), &json!("other-key")));
    assert_eq!(left(&shop).await, before);
}
