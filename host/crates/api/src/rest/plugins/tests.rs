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

fn status(result: Result<Grant, Problem>) -> u16 {
    result.map_or_else(|problem| problem.status().as_u16(), |_| 201)
}

#[test]
fn nothing_is_installed_that_nobody_agreed_to() {
    let new = package(&["orders-write.move-stage"], false);
    assert_eq!(status(agreed(&new, None, None, Vec::new())), 428);
    assert_eq!(status(agreed(&new, None, Some("d1"), Vec::new())), 409);
    assert_eq!(status(agreed(&new, None, Some("d2"), Vec::new())), 201);
}

#[test]
fn an_update_that_asks_for_more_is_asked_about_again() {
    let old = installed(package(&["orders-write.move-stage"], true));
    let same = agreed(&package(&["orders-write.move-stage"], true), Some(&old), None, Vec::new());
    let grant = same.ok().unwrap();
    assert!(
        grant.http.iter().any(|target| target.host == "hooks.example.com"),
        "chosen hosts stay: {grant:?}"
    );
    let wider = package(&["orders-write.move-stage", "orders-write.delete"], true);
    assert_eq!(status(agreed(&wider, Some(&old), None, Vec::new())), 428);
    let mut narrowed = old;
    narrowed.0.grant.functions.clear();
    let again = package(&["orders-write.move-stage"], true);
    assert_eq!(status(agreed(&again, Some(&narrowed), None, Vec::new())), 428);
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
