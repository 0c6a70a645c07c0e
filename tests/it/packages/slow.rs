//! A registry that takes its time (B23). The limits are short here, so that the tests are.

use std::time::{Duration, Instant};

use axum::response::IntoResponse;
use rulewright_outbound::FetchLimits;

use crate::packages::shelf::{Shelf, Stub, drip, fetch, fetcher, package, refused};

fn short() -> FetchLimits {
    FetchLimits {
        total: Duration::from_secs(30),
        answer: Duration::from_millis(300),
        window: Duration::from_millis(300),
        floor: 1000,
        ..FetchLimits::default()
    }
}

#[tokio::test]
async fn b23_a_body_that_drips_is_given_up() {
    let upload = package();
    let readme = upload.blobs.iter().find(|blob| blob.media_type.contains("readme")).unwrap().digest.clone();
    for dripping in ["/manifests/", readme.as_str()] {
        let (shelf, part) = (Shelf::with("1.0.0", &upload), dripping.to_owned());
        let stub = Stub::start(move |path, _, _| match path.contains(&part) {
            true => drip(Duration::from_millis(100)),
            false => shelf.answer(path),
        })
        .await;
        let begun = Instant::now();
        let code = refused(fetch(&fetcher(&[&stub.host], short()), &stub.at(":1.0.0")).await);
        assert_eq!(code, "too-slow", "{dripping}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn b23_however_steadily_it_drips_the_whole_has_a_limit() {
    let shelf = Shelf::with("1.0.0", &package());
    let stub = Stub::start(move |path, _, _| match path.contains("/manifests/") {
        true => drip(Duration::from_millis(20)),
        false => shelf.answer(path),
    })
    .await;
    let limits = FetchLimits { total: Duration::from_secs(1), floor: 1, ..short() };
    let code = refused(fetch(&fetcher(&[&stub.host], limits), &stub.at(":1.0.0")).await);
    assert_eq!(code, "timeout");
}

#[tokio::test]
async fn b23_a_registry_that_takes_the_request_and_says_nothing_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let source = rulewright_domain::PackageSource::Registry(format!("{host}/acme/counts:1.0.0"));
    let code = refused(fetch(&fetcher(&[&host], short()), &source).await);
    assert_eq!(code, "timeout");
    silent.abort();
}

#[tokio::test]
async fn a_registry_that_is_not_there_or_breaks_off_is_told_as_such() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let source = rulewright_domain::PackageSource::Registry(format!("{host}/acme/counts:1.0.0"));
    assert_eq!(refused(fetch(&fetcher(&[&host], short()), &source).await), "unreachable");

    for (status, expected) in
        [(500, "registry-failed"), (429, "busy"), (403, "not-allowed"), (404, "not-found")]
    {
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        let stub = Stub::start(move |_, _, _| status.into_response()).await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), expected);
    }
}
