//! There and back through Debian's docker-registry.

use axum::response::IntoResponse;
use rulewright_domain::{PackageSource, reference::Reference};
use rulewright_outbound::{Credentials, EgressOptions, FetchLimits, PackageFetcher, PackageOptions};
use rulewright_ports::{Packages, Registries, Upload};
use rulewright_registry::{
    artifact::{self, Contents},
    inspect,
};

use crate::docker_registry::{DockerRegistry, PASSWORD, USER, missing};
use crate::packages::shelf::{COMPONENT, Stub, fetch, fetcher, options, package, packed, refused, signature};

fn reference(registry: &DockerRegistry, rest: &str) -> Reference {
    Reference::parse(&format!("{}/acme/counts{rest}", registry.host), None).unwrap()
}

fn skipped() -> bool {
    missing().inspect(|why| println!("SKIPPED: {why}")).is_some()
}

async fn push(fetcher: &PackageFetcher, to: &Reference, upload: &Upload) {
    let told = std::sync::Mutex::new(Vec::new());
    fetcher.push(to, upload, &|sent, total| told.lock().unwrap().push((sent, total.unwrap()))).await.unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.last().is_some_and(|(sent, total)| sent == total), "{told:?}");
}

#[tokio::test]
async fn what_is_pushed_comes_back_byte_by_byte_by_tag_and_by_digest() {
    if skipped() {
        return;
    }
    let registry = DockerRegistry::start();
    let fetcher = fetcher(&[&registry.host], FetchLimits::default());
    let document = signature(COMPONENT, 1).document();
    let icon = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 4000]].concat();
    let contents = Contents {
        component: COMPONENT,
        signature: Some(&document),
        icon: Some(&icon),
        readme: Some("# Counts\n\nIt counts: \u{1f9ee}"),
        changelog: Some("## 1.0.0\n\nIt counts."),
    };
    let upload = artifact::package(&inspect(COMPONENT).unwrap(), &contents);
    let tag = reference(&registry, ":1.0.0");
    push(&fetcher, &tag, &upload).await;
    // Again: it is there, and nothing is sent twice.
    push(&fetcher, &tag, &upload).await;
    for from in [tag.clone(), tag.at(&upload.digest)] {
        let fetched = fetch(&fetcher, &PackageSource::Registry(from.to_string())).await.unwrap();
        assert_eq!(&*fetched.component, COMPONENT);
        assert_eq!(fetched.signature.as_deref(), Some(document.as_slice()));
        assert_eq!(fetched.icon.as_deref(), Some(icon.as_slice()));
        assert_eq!(fetched.readme.as_deref(), contents.readme);
        assert_eq!(fetched.changelog.as_deref(), contents.changelog);
        assert_eq!(fetched.artifact.as_deref(), Some(upload.digest.as_str()));
    }
    // By its default registry.
    let options =
        PackageOptions { default_registry: Some(registry.host.clone()), ..options(&[&registry.host]) };
    let short = PackageFetcher::new(options, artifact::read);
    let source = PackageSource::Registry("acme/counts:1.0.0".into());
    assert_eq!(&*fetch(&short, &source).await.unwrap().component, COMPONENT);
    let missing = PackageSource::Registry(reference(&registry, ":2.0.0").to_string());
    assert_eq!(refused(fetch(&fetcher, &missing).await), "not-found");
}

#[tokio::test]
async fn b15_a_blob_that_was_swapped_on_the_registrys_disk_is_refused() {
    if skipped() {
        return;
    }
    let registry = DockerRegistry::start();
    let fetcher = fetcher(&[&registry.host], FetchLimits::default());
    let tag = reference(&registry, ":1.0.0");
    push(&fetcher, &tag, &package()).await;
    let mut other = COMPONENT.to_vec();
    *other.last_mut().unwrap() ^= 1;
    registry.swap_blob(&rulewright_registry::digest(COMPONENT), &other);
    let source = PackageSource::Registry(tag.to_string());
    assert_eq!(refused(fetch(&fetcher, &source).await), "digest-mismatch");
}

#[tokio::test]
async fn b18_a_tag_that_was_moved_leaves_what_was_agreed_to_where_it_was() {
    if skipped() {
        return;
    }
    let registry = DockerRegistry::start();
    let fetcher = fetcher(&[&registry.host], FetchLimits::default());
    let tag = reference(&registry, ":1.0.0");
    let (old, new) = (package(), packed(COMPONENT, None));
    push(&fetcher, &tag, &old).await;
    push(&fetcher, &tag, &new).await;
    assert_eq!(fetcher.manifest(&tag).await.unwrap().digest, new.digest);
    let agreed = PackageSource::Registry(tag.at(&old.digest).to_string());
    let fetched = fetcher.fetch(&agreed, &|_, _| {}).await.unwrap();
    assert!(fetched.signature.is_some());
    assert_eq!(fetched.artifact.as_deref(), Some(old.digest.as_str()));
}

#[tokio::test]
async fn a_private_registry_gives_and_takes_with_the_right_password_only() {
    if skipped() {
        return;
    }
    let registry = DockerRegistry::start_closed();
    let with = |password: Option<&str>| {
        let mut options = options(&[&registry.host]);
        let credentials =
            password.map(|text| Credentials::Password { user: USER.to_owned(), password: text.to_owned() });
        options.registries.get_mut(&registry.host).unwrap().credentials = credentials;
        PackageFetcher::new(options, artifact::read)
    };
    let (tag, upload) = (reference(&registry, ":1.0.0"), package());
    let source = PackageSource::Registry(tag.to_string());
    for wrong in [None, Some("wrong")] {
        let refusal = with(wrong).push(&tag, &upload, &|_, _| {}).await.unwrap_err();
        assert_eq!(refusal.code, "not-allowed", "{refusal}");
    }
    push(&with(Some(PASSWORD)), &tag, &upload).await;
    assert_eq!(refused(fetch(&with(None), &source).await), "not-allowed");
    assert_eq!(&*fetch(&with(Some(PASSWORD)), &source).await.unwrap().component, COMPONENT);
}

#[tokio::test]
async fn a_component_at_an_address_comes_with_the_signature_beside_it() {
    let document = signature(COMPONENT, 1).document();
    let beside = document.clone();
    let stub = Stub::start(move |path, _, _| match path {
        "/counts.wasm" | "/bare.wasm" => COMPONENT.into_response(),
        "/counts.wasm.sig" => beside.clone().into_response(),
        "/page.wasm" => "<html>not here</html>".into_response(),
        _ => axum::http::StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let egress = EgressOptions { allow_http: true, allow_private: vec![stub.host.clone()] };
    let options = PackageOptions { egress, ..PackageOptions::default() };
    let fetcher = PackageFetcher::new(options, artifact::read);
    let at = |name: &str| PackageSource::Url(format!("http://{}/{name}.wasm", stub.host));
    let fetched = fetch(&fetcher, &at("counts")).await.unwrap();
    assert_eq!((&*fetched.component, fetched.signature), (COMPONENT, Some(document)));
    assert_eq!(fetch(&fetcher, &at("bare")).await.unwrap().signature, None);
    assert_eq!(refused(fetch(&fetcher, &at("page")).await), "media-type");
    assert_eq!(refused(fetch(&fetcher, &at("gone")).await), "not-found");
}
