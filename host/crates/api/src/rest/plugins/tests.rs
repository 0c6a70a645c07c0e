use rulewright_domain::Manifest;
use serde_json::json;

use super::*;

fn package(imports: &[&str], http_chosen_by_shop: bool) -> Package {
    let manifest: Manifest = serde_json::from_value(json!({
        "schema": 1, "id": "acme.test", "version": "1.0.0", "kind": "rule", "group": "employees",
        "publisher": "Acme", "title": "Test", "settings": {"type": "object"}, "host-api": "0.1",
        "permissions": {
            "http": [{"host": "api.example.com", "methods": ["POST"], "path": "/v1"}],
            "http-chosen-by-shop": http_chosen_by_shop,
            "channels": ["sms"],
        },
    }))
    .unwrap();
    let imports = imports.iter().map(|name| (*name).to_owned()).collect();
    Package { digest: "d2".into(), manifest, imports, size: 1 }
}

fn asking(package: Package, old: Option<(Installation, Package)>) -> Question {
    Question {
        package,
        provenance: Default::default(),
        trusted: Default::default(),
        pinned: None,
        verified: None,
        installed: old,
        since: rulewright_domain::Timestamp(0),
    }
}

fn installed(old: Package) -> (Installation, Package) {
    let grant = Grant::whole(&old.manifest, &old.imports, &hosts(Some("hooks.example.com")).ok().unwrap());
    (
        Installation {
            plugin: "acme.test".into(),
            digest: "d1".into(),
            grant,
            installed_at: 0,
            provenance: Default::default(),
        },
        old,
    )
}

fn status(result: Result<Agreed, Problem>) -> u16 {
    result.map_or_else(|problem| problem.status().as_u16(), |_| 201)
}

#[test]
fn nothing_is_installed_that_nobody_agreed_to() {
    let new = asking(package(&["orders-write.move-stage"], false), None);
    assert_eq!(status(agreed(&new, None, None, &[])), 428);
    assert_eq!(status(agreed(&new, Some("d1"), None, &[])), 409);
    assert_eq!(status(agreed(&new, Some("d2"), None, &[])), 201);
    let host = hosts(Some("hooks.example.com")).ok().unwrap();
    assert_eq!(status(agreed(&new, Some("d2"), None, &host)), 422, "it does not let the shop choose");
}

#[test]
fn an_update_that_asks_for_more_is_asked_about_again() {
    let old = installed(package(&["orders-write.move-stage", "http.send"], true));
    let new = package(&["orders-write.move-stage", "http.send"], true);
    let same = agreed(&asking(new.clone(), Some(old.clone())), None, None, &[]);
    let grant = same.ok().unwrap().grant;
    assert!(
        grant.http.iter().any(|target| target.host == "hooks.example.com"),
        "chosen hosts stay: {grant:?}"
    );
    let wider = package(&["orders-write.move-stage", "http.send", "orders-write.delete"], true);
    assert_eq!(status(agreed(&asking(wider, Some(old.clone())), None, None, &[])), 428);
    let mut narrowed = old;
    narrowed.0.grant.functions.clear();
    assert_eq!(status(agreed(&asking(new, Some(narrowed)), None, None, &[])), 428);
}

#[test]
fn another_key_is_agreed_to_by_its_name() {
    const KEY: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let old = installed(package(&[], false));
    let mut new = asking(package(&[], false), Some(old));
    new.trusted.pins = Some(KEY.to_owned());
    new.trusted.asks = true;
    assert_eq!(status(agreed(&new, None, None, &[])), 428);
    assert_eq!(status(agreed(&new, Some("d2"), None, &[])), 409);
    assert_eq!(status(agreed(&new, Some("d2"), Some("0000-0000-0000-0000"), &[])), 409);
    let yes = agreed(&new, Some("d2"), Some(&walk::fingerprint(KEY)), &[]).ok().unwrap();
    assert_eq!(yes.pin.as_deref(), Some(KEY));
}

#[test]
fn a_grant_gives_no_more_than_is_asked_for() {
    let asked = package(&["http.send"], false);
    let grant = |value: serde_json::Value| Grant::from(serde_json::from_value::<view::Grant>(value).unwrap());
    let table = [
        (json!({"functions": []}), true),
        (json!({"functions": ["http.send"], "channels": ["sms"]}), true),
        (
            json!({"functions": [], "http": [{"host": "api.example.com", "methods": ["POST"], "path": "/v1/a"}]}),
            true,
        ),
        (json!({"functions": [], "http": [{"host": "api.example.com", "path": "/v1"}]}), false),
        (
            json!({"functions": [], "http": [{"host": "api.example.com", "methods": ["POST"], "path": "/v10"}]}),
            false,
        ),
        (json!({"functions": [], "http": [{"host": "evil.com", "methods": ["POST"], "path": "/v1"}]}), false),
        (json!({"functions": ["orders-write.delete"]}), false),
        (json!({"functions": [], "secrets": ["key"]}), false),
        (json!({"functions": [], "storage": 1}), false),
    ];
    for (given, expected) in table {
        assert_eq!(within(&grant(given.clone()), &asked).is_ok(), expected, "{given}");
    }
    let any_host = grant(json!({"functions": [], "http": [{"host": "evil.com"}]}));
    assert!(within(&any_host, &package(&["http.send"], true)).is_ok());
    for host in ["EVIL.com", "a b", "http://x", "x/y", "*.example.com"] {
        assert!(hosts(Some(host)).is_err(), "{host}");
    }
}
