//! Who asks for a password may be told anything by a registry, and tells nothing to anybody else.

use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_outbound::{Credentials, PackageFetcher, PackageOptions};
use rulewright_registry::artifact;

use crate::packages::shelf::{
    COMPONENT, Shelf, Stub, fetch, options, package, redirect, refused, with_header,
};

const PASSWORD: &str = "canary-pass-51f";

fn challenge(realm: &str) -> Response {
    let wanted = format!(
        "Bearer realm=\"{realm}\",service=\"test\",scope=\"repository:other/secret:pull,push,delete\""
    );
    with_header(StatusCode::UNAUTHORIZED.into_response(), "www-authenticate", &wanted)
}

/// With a password for this registry.
fn with_password(host: &str, realm: Option<String>) -> PackageFetcher {
    let mut options: PackageOptions = options(&[host]);
    let said = options.registries.get_mut(host).unwrap();
    said.credentials = Some(Credentials::Password { user: "ada".into(), password: PASSWORD.into() });
    said.realm = realm;
    PackageFetcher::new(options, artifact::read)
}

fn authorized(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == "Bearer good-token")
}

#[tokio::test]
async fn b22_a_token_is_never_fetched_from_a_private_address() {
    let inside = Stub::honest(Shelf::default()).await;
    for realm in [
        "http://169.254.169.254/".to_owned(),
        "https://169.254.169.254/".to_owned(),
        "https://[::ffff:169.254.169.254]/".to_owned(),
        format!("http://{}/token", inside.host),
        format!("https://{}/token", inside.host),
        "http://example.com/token".to_owned(),
        "https://ada:x@example.com/token".to_owned(),
        "file:///etc/passwd".to_owned(),
        "/token".to_owned(),
        String::new(),
    ] {
        let told = realm.clone();
        let stub = Stub::start(move |_, _, _| challenge(&told)).await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), "realm-refused", "{realm}");
        let fetcher = with_password(&stub.host, None);
        assert_eq!(refused(fetch(&fetcher, &stub.at(":1.0.0")).await), "realm-refused", "{realm}");
        assert!(stub.heard().iter().all(|heard| heard.authorization.is_none()), "{realm}");
    }
    assert!(inside.heard().is_empty());
}

#[tokio::test]
async fn b22_a_password_goes_to_the_registry_itself_or_to_where_the_operator_says() {
    // To another host, however public, it does not.
    let stub = Stub::start(|_, _, _| challenge("https://example.com/token")).await;
    let fetcher = with_password(&stub.host, None);
    assert_eq!(refused(fetch(&fetcher, &stub.at(":1.0.0")).await), "realm-refused");

    let shelf = Shelf::with("1.0.0", &package());
    let tokens = Stub::start(|_, _, _| r#"{"token":"good-token"}"#.into_response()).await;
    let realm = format!("http://{}/token", tokens.host);
    let told = realm.clone();
    let stub = Stub::start(move |path, _, headers| match authorized(headers) {
        true => shelf.answer(path),
        false => challenge(&told),
    })
    .await;
    // Only https, also where the operator says so: a password does not travel in the open.
    let fetcher = with_password(&stub.host, Some(realm));
    assert_eq!(refused(fetch(&fetcher, &stub.at(":1.0.0")).await), "realm-refused");
    assert!(tokens.heard().is_empty());
}

#[tokio::test]
async fn a_token_is_fetched_once_for_what_is_needed_and_goes_nowhere_else() {
    let elsewhere = Stub::honest(Shelf::default()).await;
    let shelf = Shelf::with("1.0.0", &package());
    let away = format!("http://{}/x", elsewhere.host);
    let stub = Stub::start(move |path, query, headers| match path {
        "/token" => {
            let asked =
                query.contains("scope=repository%3Aacme%2Fcounts%3Apull") && query.contains("service=test");
            let basic =
                headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Basic "));
            match asked && basic {
                true => r#"{"access_token":"good-token"}"#.into_response(),
                false => StatusCode::FORBIDDEN.into_response(),
            }
        }
        _ if !authorized(headers) => {
            let host = headers["host"].to_str().unwrap();
            challenge(&format!("http://{host}/token"))
        }
        _ if path.ends_with("/gone") => redirect(&away),
        _ => shelf.answer(path),
    })
    .await;
    let fetcher = with_password(&stub.host, None);
    let fetched = fetch(&fetcher, &stub.at(":1.0.0")).await.unwrap();
    assert_eq!(&*fetched.component, COMPONENT);
    let tokens = stub.heard().iter().filter(|heard| heard.path == "/token").count();
    assert_eq!(tokens, 1);
    assert_eq!(refused(fetch(&fetcher, &stub.at(":gone")).await), "redirect-refused");
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_token_service_that_leads_on_or_answers_nonsense_is_refused() {
    for (answer, expected) in [
        ("redirect", "realm-refused"),
        ("nonsense", "registry-failed"),
        ("{}", "registry-failed"),
        ("no", "not-allowed"),
    ] {
        let stub = Stub::start(move |path, _, headers| match (path, answer) {
            ("/token", "redirect") => redirect("https://example.com/token"),
            ("/token", "no") => StatusCode::FORBIDDEN.into_response(),
            ("/token", body) => body.into_response(),
            _ => challenge(&format!("http://{}/token", headers["host"].to_str().unwrap())),
        })
        .await;
        assert_eq!(refused(stub.fetch(":1.0.0").await), expected, "{answer}");
    }
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_told_with_what_to_do() {
    let stub = Stub::start(|_, _, _| {
        with_header(StatusCode::UNAUTHORIZED.into_response(), "www-authenticate", "Basic realm=\"x\"")
    })
    .await;
    let error = stub.fetch(":1.0.0").await.unwrap_err();
    assert_eq!(error.code, "not-allowed");
    assert!(error.message.contains("password-env"), "{error}");
    let fetcher = with_password(&stub.host, None);
    let error = fetch(&fetcher, &stub.at(":1.0.0")).await.unwrap_err();
    assert_eq!(error.code, "not-allowed");
    assert!(!error.message.contains(PASSWORD));

    let mut options = options(&[&stub.host]);
    options.registries.get_mut(&stub.host).unwrap().absent = Some("ACME_PASSWORD".into());
    let heard = stub.heard().len();
    let error = fetch(&PackageFetcher::new(options, artifact::read), &stub.at(":1.0.0")).await.unwrap_err();
    assert_eq!(error.code, "no-credentials");
    assert!(error.message.contains("ACME_PASSWORD"), "{error}");
    assert_eq!(stub.heard().len(), heard);
}
