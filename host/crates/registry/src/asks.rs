//! Whether a new version, or a package against an old agreement, asks for more.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::plugin::{Grant, HostFunction, HttpTarget, Package};
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
        wider: !Asks::of(old).cover(&Asks::of(new)),
        added: missing(&after, &before),
        removed: missing(&before, &after),
    }
}

/// Whether a package asks for anything that a grant does not give.
pub fn exceeds(grant: &Grant, package: &Package) -> bool {
    let asked = Asks::of(package);
    // Hosts that the shop chooses are in its grant, or it chose none; limits and subscriptions are no part of one.
    let given = Asks {
        functions: &grant.functions,
        http: &grant.http,
        any_host: true,
        secrets: &grant.secrets,
        channels: &grant.channels,
        storage: grant.storage,
        subscriptions: asked.subscriptions,
        limits: asked.limits,
    };
    !given.cover(&asked)
}

struct Asks<'a> {
    functions: &'a BTreeSet<HostFunction>,
    http: &'a [HttpTarget],
    any_host: bool,
    secrets: &'a BTreeSet<String>,
    channels: &'a BTreeSet<String>,
    storage: u64,
    subscriptions: &'a BTreeSet<String>,
    limits: &'a BTreeMap<String, u64>,
}

impl<'a> Asks<'a> {
    fn of(package: &'a Package) -> Asks<'a> {
        let manifest = &package.manifest;
        Asks {
            functions: &package.imports,
            http: &manifest.permissions.http,
            any_host: manifest.permissions.http_chosen_by_shop,
            secrets: &manifest.permissions.secrets,
            channels: &manifest.permissions.channels,
            storage: manifest.permissions.storage,
            subscriptions: &manifest.subscriptions,
            limits: &manifest.limits,
        }
    }

    fn cover(&self, other: &Asks) -> bool {
        other.functions.is_subset(self.functions)
            && other.http.iter().all(|asked| self.http.iter().any(|given| covers(given, asked)))
            && (self.any_host || !other.any_host)
            && other.secrets.is_subset(self.secrets)
            && other.channels.is_subset(self.channels)
            && other.storage <= self.storage
            && other.subscriptions.is_subset(self.subscriptions)
            && other.limits.iter().all(|(k, v)| self.limits.get(k).is_some_and(|most| v <= most))
    }
}

fn covers(given: &HttpTarget, asked: &HttpTarget) -> bool {
    let methods =
        given.methods.is_empty() || (!asked.methods.is_empty() && asked.methods.is_subset(&given.methods));
    let prefix = given.path.trim_end_matches('/');
    let below = asked.path.strip_prefix(prefix).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    given.host == asked.host && methods && below
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
