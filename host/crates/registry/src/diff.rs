//! What another version asks for, beside what a shop agreed to.
//!
//! Compared is not the text of sentences but what is asked for, one channel, secret, event and address at a time: a
//! renamed or widened one is new, a narrowed one is not.

use rulewright_domain::plugin::{Grant, HttpTarget, Package, PluginKind};
use serde::Serialize;

use crate::consent::{self, Given, Sentence, Verb};
use crate::words::{Detail, LINES};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diff {
    /// Somebody must agree to these before the version runs.
    pub added: Vec<Sentence>,
    /// It could do these, and no longer asks for them.
    pub removed: Vec<Sentence>,
    /// Agreed to before.
    pub same: Vec<Sentence>,
}

impl Diff {
    /// The shop must be asked again; the version before runs on until then.
    pub fn wider(&self) -> bool {
        !self.added.is_empty()
    }
}

/// What a shop that agreed to `grant` for `old` has to know about `new`.
pub fn diff(old: &Package, grant: &Grant, new: &Package) -> Diff {
    let less = as_granted(old, grant);
    let (old, granted) = (asks(old), asks(&less));
    let covered = |by: &[Ask], what: &What| by.iter().any(|ask| ask.what.covers(what));
    let mut told = Diff::default();
    let new = asks(new);
    for ask in &new {
        match covered(&granted, &ask.what) {
            true => told.same.push(ask.sentence.clone()),
            false => told.added.push(ask.sentence.clone()),
        }
    }
    // Of what it asked for, whether granted or not: a wish that is gone is worth knowing.
    let gone = old.into_iter().filter(|ask| !covered(&new, &ask.what));
    told.removed.extend(gone.map(|ask| ask.sentence));
    for sentences in [&mut told.added, &mut told.removed, &mut told.same] {
        sentences.sort_by_key(|sentence| (sentence.verb, !sentence.sensitive));
    }
    told
}

/// The package as if it asked for no more than it was granted.
pub fn as_granted(package: &Package, grant: &Grant) -> Package {
    let mut granted = package.clone();
    granted.imports.retain(|function| grant.functions.contains(function));
    let asked = &mut granted.manifest.permissions;
    asked.http.retain(|target| grant.http.iter().any(|given| target_covers(given, target)));
    asked.secrets.retain(|name| grant.secrets.contains(name));
    asked.channels.retain(|name| grant.channels.contains(name));
    asked.storage = asked.storage.min(grant.storage);
    granted
}

struct Ask<'a> {
    what: What<'a>,
    sentence: Sentence,
}

/// One thing that can be agreed to.
enum What<'a> {
    /// What a plugin sees because of what it is.
    Kind(PluginKind),
    Event(&'a str),
    /// That a provider is shown messages of a channel.
    Carries(&'a str),
    Function(&'static str),
    /// A function with a channel or a secret.
    Named(&'static str, &'a str),
    Bytes(&'static str, u64),
    Target(&'static str, &'a HttpTarget),
    AnyHost(&'static str),
    Limit(&'a str, u64),
}

impl What<'_> {
    fn covers(&self, other: &What<'_>) -> bool {
        match (self, other) {
            (What::Kind(one), What::Kind(two)) => one == two,
            (What::Event(one), What::Event(two)) | (What::Carries(one), What::Carries(two)) => one == two,
            (What::Function(one), What::Function(two)) => one == two,
            (What::Named(by, one), What::Named(with, two)) => (by, one) == (with, two),
            (What::Bytes(by, most), What::Bytes(with, wanted)) => by == with && wanted <= most,
            (What::Target(by, given), What::Target(with, asked)) => by == with && target_covers(given, asked),
            (What::AnyHost(by), What::AnyHost(with)) => by == with,
            (What::Limit(name, most), What::Limit(of, wanted)) => name == of && wanted <= most,
            _ => false,
        }
    }
}

/// Whether what may be reached by one target includes all of another.
pub fn target_covers(given: &HttpTarget, asked: &HttpTarget) -> bool {
    let methods =
        given.methods.is_empty() || (!asked.methods.is_empty() && asked.methods.is_subset(&given.methods));
    let prefix = given.path.trim_end_matches('/');
    let below = asked.path.strip_prefix(prefix).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    given.host == asked.host && methods && below
}

fn asks(package: &Package) -> Vec<Ask<'_>> {
    let manifest = &package.manifest;
    let permissions = &manifest.permissions;
    let mut asks = by_kind(package);
    for line in LINES.iter().filter(|line| line.verb != Verb::Always) {
        if !package.imports.contains(line.function) {
            continue;
        }
        let function = line.function;
        let mut ask = |what, detail: Given| asks.push(Ask { what, sentence: line.sentence(detail) });
        let named = |name: &String| Given::Names(vec![name.clone()]);
        match line.detail {
            Detail::None => ask(What::Function(function), Given::Nothing),
            Detail::Channels => {
                permissions.channels.iter().for_each(|name| ask(What::Named(function, name), named(name)));
            }
            Detail::Secrets => {
                permissions.secrets.iter().for_each(|name| ask(What::Named(function, name), named(name)));
            }
            Detail::Quota => {
                ask(What::Bytes(function, permissions.storage), Given::Bytes(permissions.storage))
            }
            Detail::Address => {
                for target in &permissions.http {
                    ask(What::Target(function, target), Given::Address(target.clone()));
                }
                if permissions.http_chosen_by_shop {
                    ask(What::AnyHost(function), Given::AnyHost);
                }
            }
        }
    }
    for (name, amount) in &manifest.limits {
        asks.push(Ask { what: What::Limit(name, *amount), sentence: consent::limit(name, *amount) });
    }
    asks
}

fn by_kind(package: &Package) -> Vec<Ask<'_>> {
    let manifest = &package.manifest;
    let kind = manifest.kind;
    let of = |what, names: &[&String]| Ask { what, sentence: consent::given(kind, names) };
    match kind {
        PluginKind::Rule => vec![of(What::Kind(kind), &[])],
        PluginKind::Trigger => {
            manifest.subscriptions.iter().map(|event| of(What::Event(event), &[event])).collect()
        }
        PluginKind::Provider => {
            let channels = manifest.permissions.channels.iter();
            let mut carried: Vec<Ask> =
                channels.map(|channel| of(What::Carries(channel), &[channel])).collect();
            if carried.is_empty() {
                carried.push(of(What::Kind(kind), &[]));
            }
            carried
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::package;

    fn asking(permissions: Value, imports: &[&str]) -> Package {
        package(json!({ "permissions": permissions }), imports)
    }

    fn whole(package: &Package) -> Grant {
        Grant::whole(&package.manifest, &package.imports, &[])
    }

    fn change(old: &Package, new: &Package) -> Diff {
        diff(old, &whole(old), new)
    }

    fn texts(sentences: &[Sentence]) -> Vec<&str> {
        sentences.iter().map(|sentence| sentence.text.as_str()).collect()
    }

    #[test]
    fn the_same_asks_are_no_change() {
        let one = asking(json!({ "storage": 1024 }), &["storage.set"]);
        let told = change(&one, &one);
        assert!(!told.wider() && told.removed.is_empty(), "{told:?}");
        assert_eq!(told.same.len(), 2);
    }

    #[test]
    fn more_of_anything_is_wider_and_less_is_not() {
        let http = |path: &str, methods: &[&str]| {
            asking(json!({ "http": [{ "host": "a.b", "path": path, "methods": methods }] }), &["http.send"])
        };
        let pairs = [
            (
                asking(json!({}), &["timeline.add-comment"]),
                asking(json!({}), &["timeline.add-comment", "orders-write.cancel"]),
            ),
            (
                asking(json!({ "storage": 1 }), &["storage.set"]),
                asking(json!({ "storage": 2 }), &["storage.set"]),
            ),
            (
                asking(json!({ "channels": ["sms"] }), &["messages.queue"]),
                asking(json!({ "channels": ["sms", "call"] }), &["messages.queue"]),
            ),
            (
                asking(json!({ "secrets": ["a"] }), &["secrets.open"]),
                asking(json!({ "secrets": ["a", "b"] }), &["secrets.open"]),
            ),
            (http("/v1", &["GET"]), http("/", &["GET"])),
            (http("/v1", &["GET"]), http("/v1", &["GET", "POST"])),
            (http("/v1", &["GET"]), http("/v1", &[])),
        ];
        for (less, more) in pairs {
            let up = change(&less, &more);
            assert_eq!(up.added.len(), 1, "{up:?}");
            let down = change(&more, &less);
            assert!(!down.wider() && !down.removed.is_empty(), "{down:?}");
        }
        assert!(change(&http("/v1", &[]), &http("/v10", &[])).wider(), "not a whole segment");
    }

    #[test]
    fn what_is_renamed_is_new_and_what_was_asked_for_is_gone() {
        let with = |permissions: Value, function: &str| asking(permissions, &[function]);
        let table = [
            (
                json!({ "http": [{ "host": "a.example" }] }),
                json!({ "http": [{ "host": "b.example" }] }),
                "http.send",
            ),
            (
                json!({ "http": [{ "host": "a.example" }] }),
                json!({ "http-chosen-by-shop": true }),
                "http.send",
            ),
            (json!({ "secrets": ["key"] }), json!({ "secrets": ["api-key"] }), "secrets.open"),
            (json!({ "channels": ["sms"] }), json!({ "channels": ["call"] }), "messages.queue"),
        ];
        for (before, after, function) in table {
            let told = change(&with(before, function), &with(after, function));
            assert_eq!((told.added.len(), told.removed.len()), (1, 1), "{told:?}");
        }
        let rule = asking(json!({}), &[]);
        let trigger = json!({ "kind": "trigger", "group": "trigger", "subscriptions": ["a.b"] });
        assert!(change(&rule, &package(trigger, &[])).wider(), "another kind of plugin sees other things");
    }

    #[test]
    fn a_difference_is_told_one_channel_at_a_time() {
        let old = asking(json!({ "channels": ["sms", "chat"] }), &["messages.queue"]);
        let new = asking(json!({ "channels": ["sms", "call"] }), &["messages.queue"]);
        let told = change(&old, &new);
        let by = |name: &str| format!("Send messages to clients, employees or any address by `{name}`.");
        assert_eq!(texts(&told.added), [by("call")]);
        assert_eq!(texts(&told.removed), [by("chat")]);
        assert_eq!(texts(&told.same)[1..], [by("sms")]);
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
        assert!(change(&small, &trigger(json!(["a.b", "c.d"]), json!({}))).wider());
        assert!(change(&small, &trigger(json!(["a.b"]), json!({ "fuel": 1 }))).wider());
        let less = change(
            &trigger(json!(["a.b"]), json!({ "fuel": 2 })),
            &trigger(json!(["a.b"]), json!({ "fuel": 1 })),
        );
        assert!(!less.wider(), "{less:?}");
    }

    #[test]
    fn a_version_is_measured_against_what_the_shop_granted() {
        let old = asking(json!({ "channels": ["sms"] }), &["messages.queue", "feed.publish"]);
        let mut grant = whole(&old);
        grant.functions.remove("feed.publish");
        let told = diff(&old, &grant, &old);
        assert_eq!(texts(&told.added).len(), 1, "{told:?}");
        assert!(told.removed.is_empty());
        grant = Grant { channels: Default::default(), ..whole(&old) };
        assert!(diff(&old, &grant, &old).wider());
    }

    #[test]
    fn functions_that_every_plugin_has_are_no_question() {
        let old = asking(json!({}), &["log.write"]);
        assert!(!change(&old, &asking(json!({}), &["log.write", "step.now"])).wider());
    }

    #[test]
    fn hosts_that_the_shop_chose_are_no_wish_of_the_plugin() {
        let old = asking(json!({ "http-chosen-by-shop": true }), &["http.send"]);
        let target = HttpTarget { host: "a.b".into(), methods: Default::default(), path: "/".into() };
        let grant = Grant::whole(&old.manifest, &old.imports, std::slice::from_ref(&target));
        assert!(!diff(&old, &grant, &old).wider());
        // Named by the shop for one thing, it is not agreed to for another.
        let fixed = asking(json!({ "http": [{ "host": "a.b" }] }), &["http.send"]);
        assert!(diff(&old, &grant, &fixed).wider());
    }
}
