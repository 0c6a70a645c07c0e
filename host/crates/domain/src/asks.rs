//! Whether what is asked for is within what was agreed to. Decided here once; `rulewright-registry` says it in sentences.

use std::collections::{BTreeMap, BTreeSet};

use crate::plugin::{Grant, HostFunction, HttpTarget, Manifest, Package};

/// Whether nobody is asked for it, since it tells a plugin nothing of the shop and changes nothing: its own log, and its
/// step's clock and random numbers.
pub fn is_everybodys(function: &str) -> bool {
    ["log.", "step."].iter().any(|interface| function.starts_with(interface))
}

impl Package {
    /// Whether a shop that agreed to all that `old` asks for has to be asked again. A renamed permission and a widened
    /// parameter (host, path, method, channel, secret, quota, limit, subscription) are new ones.
    pub fn asks_more_than(&self, old: &Package) -> bool {
        !Asks::of(&old.manifest, &old.imports).cover(&Asks::of(&self.manifest, &self.imports))
    }
}

impl Grant {
    /// Whether it gives all that is asked for. Hosts that the shop chooses itself are in its grant, or it chose none;
    /// limits and subscriptions are no part of a grant.
    pub fn covers(&self, manifest: &Manifest, imports: &BTreeSet<HostFunction>) -> bool {
        let asked = Asks::of(manifest, imports);
        let given = Asks {
            functions: &self.functions,
            http: &self.http,
            any_host: true,
            secrets: &self.secrets,
            channels: &self.channels,
            storage: self.storage,
            subscriptions: asked.subscriptions,
            limits: asked.limits,
        };
        given.cover(&asked)
    }

    /// The first thing in it that is not asked for, in words. Nothing is granted that no consent sentence names.
    pub fn beyond(&self, package: &Package) -> Option<String> {
        let asked = &package.manifest.permissions;
        if let Some(name) = self.functions.difference(&package.imports).next() {
            return Some(format!("`{name}`"));
        }
        if let Some(name) = self.secrets.difference(&asked.secrets).next() {
            return Some(format!("the secret `{name}`"));
        }
        if let Some(name) = self.channels.difference(&asked.channels).next() {
            return Some(format!("the channel `{name}`"));
        }
        if self.storage > asked.storage {
            return Some(format!("{} bytes of storage", self.storage));
        }
        let within = |target: &&HttpTarget| asked.http.iter().any(|one| one.covers(target));
        let target = self.http.iter().find(|target| !asked.http_chosen_by_shop && !within(target));
        target.map(|target| format!("the host `{}`", target.host))
    }

    /// Without what was taken back between two grants: what a shop takes back is taken back from every version.
    pub fn without_lost(&self, before: &Grant, after: &Grant) -> Grant {
        fn left<T: Ord + Clone>(
            mine: &BTreeSet<T>,
            before: &BTreeSet<T>,
            after: &BTreeSet<T>,
        ) -> BTreeSet<T> {
            mine.iter().filter(|one| after.contains(one) || !before.contains(one)).cloned().collect()
        }
        let covered = |by: &[HttpTarget], target: &HttpTarget| by.iter().any(|one| one.covers(target));
        let lost: Vec<&HttpTarget> =
            before.http.iter().filter(|target| !covered(&after.http, target)).collect();
        // One that is wider than what was taken back reaches it too.
        let stays = |target: &&HttpTarget| {
            covered(&after.http, target) || !lost.iter().any(|lost| lost.host == target.host)
        };
        Grant {
            functions: left(&self.functions, &before.functions, &after.functions),
            http: self.http.iter().filter(stays).cloned().collect(),
            secrets: left(&self.secrets, &before.secrets, &after.secrets),
            channels: left(&self.channels, &before.channels, &after.channels),
            storage: if after.storage < before.storage {
                self.storage.min(after.storage)
            } else {
                self.storage
            },
        }
    }
}

impl HttpTarget {
    /// Whether everything that `other` reaches is reached by this. Paths are compared by whole segments.
    pub fn covers(&self, other: &HttpTarget) -> bool {
        let methods =
            self.methods.is_empty() || (!other.methods.is_empty() && other.methods.is_subset(&self.methods));
        let prefix = self.path.trim_end_matches('/');
        let below =
            other.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.host == other.host && methods && below
    }
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
    fn of(manifest: &'a Manifest, imports: &'a BTreeSet<HostFunction>) -> Asks<'a> {
        Asks {
            functions: imports,
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
        other.functions.difference(self.functions).all(|function| is_everybodys(function))
            && other.http.iter().all(|asked| self.http.iter().any(|given| given.covers(asked)))
            && (self.any_host || !other.any_host)
            && other.secrets.is_subset(self.secrets)
            && other.channels.is_subset(self.channels)
            && other.storage <= self.storage
            && other.subscriptions.is_subset(self.subscriptions)
            && other.limits.iter().all(|(k, v)| self.limits.get(k).is_some_and(|most| v <= most))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn package(permissions: Value, imports: &[&str]) -> Package {
        let manifest = serde_json::from_value(json!({
            "schema": 1, "id": "acme.test", "version": "1.0.0", "kind": "rule", "group": "employees",
            "publisher": "Acme", "title": "Test", "settings": {}, "host-api": "0.1",
            "permissions": permissions,
        }));
        let imports = imports.iter().map(|name| (*name).to_owned()).collect();
        Package { digest: "d".into(), manifest: manifest.unwrap(), imports, size: 1 }
    }

    fn target(host: &str, path: &str) -> HttpTarget {
        HttpTarget { host: host.into(), methods: Default::default(), path: path.into() }
    }

    #[test]
    fn a_renamed_permission_and_another_host_are_new_ones() {
        let old = package(json!({ "http": [{ "host": "a.com" }] }), &["http.send", "tasks.add"]);
        let renamed = package(json!({ "http": [{ "host": "a.com" }] }), &["http.send", "tasks.create"]);
        let moved = package(json!({ "http": [{ "host": "b.a.com" }] }), &["http.send", "tasks.add"]);
        let less = package(json!({ "http": [{ "host": "a.com", "path": "/v1" }] }), &["http.send"]);
        assert!(renamed.asks_more_than(&old) && moved.asks_more_than(&old));
        let chatty =
            package(json!({ "http": [{ "host": "a.com" }] }), &["http.send", "log.write", "step.now"]);
        assert!(!chatty.asks_more_than(&old), "nobody is asked for these");
        assert!(!old.asks_more_than(&old) && !less.asks_more_than(&old) && old.asks_more_than(&less));
    }

    #[test]
    fn a_grant_gives_at_most_what_is_asked_for() {
        let asks =
            json!({ "channels": ["sms"], "storage": 10, "http": [{ "host": "a.com", "path": "/v1" }] });
        let package = package(asks, &["messages.queue"]);
        let whole = Grant::whole(&package.manifest, &package.imports, &[]);
        assert_eq!(whole.beyond(&package), None);
        assert!(whole.covers(&package.manifest, &package.imports));
        assert!(!Grant::default().covers(&package.manifest, &package.imports));
        for (more, word) in [
            (
                Grant { functions: BTreeSet::from(["feed.publish".to_owned()]), ..whole.clone() },
                "feed.publish",
            ),
            (Grant { channels: BTreeSet::from(["call".to_owned()]), ..whole.clone() }, "call"),
            (Grant { secrets: BTreeSet::from(["key".to_owned()]), ..whole.clone() }, "key"),
            (Grant { storage: 11, ..whole.clone() }, "11 bytes"),
            (Grant { http: vec![target("a.com", "/")], ..whole.clone() }, "a.com"),
        ] {
            assert!(more.beyond(&package).unwrap().contains(word), "{more:?}");
        }
    }

    #[test]
    fn what_is_taken_back_is_taken_back_from_other_versions_too() {
        let functions = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let old = Grant {
            functions: functions(&["tasks.add", "feed.publish"]),
            http: vec![target("a.com", "/"), target("b.com", "/"), target("c.com", "/v1")],
            storage: 10,
            ..Grant::default()
        };
        let before = Grant {
            functions: functions(&["tasks.add", "timeline.add-comment"]),
            http: vec![target("a.com", "/v1"), target("c.com", "/v1")],
            storage: 20,
            ..Grant::default()
        };
        let after = Grant { http: vec![target("c.com", "/v1")], storage: 5, ..Grant::default() };
        let left = old.without_lost(&before, &after);
        assert_eq!(left.functions, functions(&["feed.publish"]), "the new version never had that one");
        assert_eq!(left.http, [target("b.com", "/"), target("c.com", "/v1")]);
        assert_eq!(left.storage, 5);
        assert_eq!(old.without_lost(&before, &before), old);
    }
}
