//! Whether a new version, or a package against an old agreement, asks for more.

use rulewright_domain::plugin::{Grant, Package};
use serde::{Deserialize, Serialize};

use crate::consent::{Sentence, consent};

/// The difference between what two versions ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The shop must be asked again; the old version runs on until then.
    pub wider: bool,
    pub added: Vec<Sentence>,
    pub removed: Vec<Sentence>,
}

/// What a shop that agreed to `old` has to know about `new`.
pub fn diff(old: &Package, new: &Package) -> Change {
    let (before, after) = (consent(old), consent(new));
    let missing = |from: &[Sentence], other: &[Sentence]| {
        from.iter().filter(|s| !other.iter().any(|o| o.text == s.text)).cloned().collect()
    };
    Change {
        wider: new.asks_more_than(old),
        added: missing(&after, &before),
        removed: missing(&before, &after),
    }
}

/// Whether a package asks for anything that a grant does not give.
pub fn exceeds(grant: &Grant, package: &Package) -> bool {
    !grant.covers(&package.manifest, &package.imports)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::package;

    fn asks(permissions: Value, imports: &[&str]) -> Package {
        package(json!({ "permissions": permissions }), imports)
    }

    #[test]
    fn the_same_asks_are_no_change() {
        let one = asks(json!({ "storage": 1024 }), &["storage.set"]);
        let same = Change { wider: false, added: vec![], removed: vec![] };
        assert_eq!(diff(&one, &one), same);
    }

    #[test]
    fn more_of_anything_is_wider_and_less_is_not() {
        let http = |path: &str, methods: &[&str]| {
            asks(json!({ "http": [{ "host": "a.b", "path": path, "methods": methods }] }), &["http.send"])
        };
        let pairs = [
            (
                asks(json!({}), &["timeline.add-comment"]),
                asks(json!({}), &["timeline.add-comment", "orders-write.cancel"]),
            ),
            (
                asks(json!({ "storage": 1 }), &["storage.set"]),
                asks(json!({ "storage": 2 }), &["storage.set"]),
            ),
            (
                asks(json!({ "channels": ["sms"] }), &["messages.queue"]),
                asks(json!({ "channels": ["sms", "call"] }), &["messages.queue"]),
            ),
            (
                asks(json!({ "secrets": ["a"] }), &["secrets.open"]),
                asks(json!({ "secrets": ["a", "b"] }), &["secrets.open"]),
            ),
            (http("/v1", &["GET"]), http("/", &["GET"])),
            (http("/v1", &["GET"]), http("/v1", &["GET", "POST"])),
            (http("/v1", &["GET"]), http("/v1", &[])),
        ];
        for (less, more) in pairs {
            let up = diff(&less, &more);
            assert!(up.wider, "{:?}", up);
            assert!(!up.added.is_empty());
            assert!(!diff(&more, &less).wider, "{:?}", diff(&more, &less));
        }
        assert!(diff(&http("/v1", &[]), &http("/v10", &[])).wider, "not a whole segment");
    }

    #[test]
    fn new_subscriptions_and_limits_are_asked_for_too() {
        let trigger = |kinds: Value, limits: Value| {
            package(
                json!({ "kind": "trigger", "group": "trigger", "subscriptions": kinds, "limits": limits }),
                &[],
            )
        };
        let small = trigger(json!(["a.b"]), json!({}));
        assert!(diff(&small, &trigger(json!(["a.b", "c.d"]), json!({}))).wider);
        assert!(diff(&small, &trigger(json!(["a.b"]), json!({ "fuel": 1 }))).wider);
    }

    #[test]
    fn a_package_is_measured_against_what_the_shop_granted() {
        let old = asks(json!({ "http-chosen-by-shop": true }), &["http.send"]);
        let grant = Grant::whole(&old.manifest, &old.imports, &[]);
        assert!(!exceeds(&grant, &old));
        let new = asks(json!({ "http": [{ "host": "a.b" }] }), &["http.send"]);
        assert!(exceeds(&grant, &new));
        let more = asks(json!({ "http-chosen-by-shop": true }), &["http.send", "feed.publish"]);
        assert!(exceeds(&grant, &more));
    }
}
