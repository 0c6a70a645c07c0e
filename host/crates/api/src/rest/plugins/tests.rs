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
}
