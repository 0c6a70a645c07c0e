//! What a shop is asked to agree to, in sentences.

use rulewright_domain::plugin::{HostFunction, HttpTarget, Package, PluginKind};
use serde::{Deserialize, Serialize};

use crate::words::{Detail, LINES, Line};

/// What a permission lets a plugin do. In the order in which people should read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    Read,
    Change,
    Send,
    Reach,
    /// Its own data, secrets and share of the machine.
    Keep,
    /// Granted to every plugin and harmless: never part of the question.
    Always,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sentence {
    pub verb: Verb,
    /// Personal data, money, deletion, or a secret in the open.
    pub sensitive: bool,
    pub text: String,
    /// The host function behind it; none for what comes with the kind of plugin.
    pub function: Option<HostFunction>,
}

/// Everything that a package asks for, by verb, the sensitive first.
pub fn consent(package: &Package) -> Vec<Sentence> {
    let manifest = &package.manifest;
    let names: Vec<&String> = match manifest.kind {
        PluginKind::Trigger => manifest.subscriptions.iter().collect(),
        _ => manifest.permissions.channels.iter().collect(),
    };
    let mut sentences = vec![given(manifest.kind, &names)];
    for line in LINES {
        if line.verb != Verb::Always && package.imports.contains(line.function) {
            sentences.extend(tell(line, package));
        }
    }
    sentences.extend(package.manifest.limits.iter().map(|(name, amount)| limit(name, *amount)));
    sentences.sort_by_key(|sentence| (sentence.verb, !sentence.sensitive));
    sentences
}

/// What a plugin sees because of what it is: `names` are a trigger's events, or a provider's channels.
pub(crate) fn given(kind: PluginKind, names: &[&String]) -> Sentence {
    let read = |text: String| Sentence { verb: Verb::Read, sensitive: false, text, function: None };
    let quoted = quoted(names.iter().copied());
    match kind {
        PluginKind::Rule => read(
            "Read the order that it runs for, with its lines, payments and shipments; of people it sees \
             only numbers."
                .into(),
        ),
        PluginKind::Trigger => {
            read(format!("Read every event of these kinds, and the order concerned: {quoted}."))
        }
        PluginKind::Provider => {
            let what = "Read the messages that it delivers, and the addresses they go to";
            let of = if names.is_empty() { String::new() } else { format!(": {quoted}") };
            Sentence { sensitive: true, ..read(format!("{what}{of}.")) }
        }
    }
}

pub(crate) fn limit(name: &str, amount: u64) -> Sentence {
    Sentence {
        verb: Verb::Keep,
        sensitive: false,
        text: format!("Have a limit of its own: `{name}` = {amount}, if the operator allows it."),
        function: None,
    }
}

impl Line {
    pub(crate) fn sentence(&self, detail: &str) -> Sentence {
        Sentence {
            verb: self.verb,
            sensitive: self.sensitive,
            text: self.text.replace("{}", detail),
            function: Some(self.function.into()),
        }
    }
}

/// Stands for an address.
pub(crate) const ANY_HOST: &str = "hosts that you name yourself";

fn tell(line: &Line, package: &Package) -> Vec<Sentence> {
    let asked = &package.manifest.permissions;
    let details: Vec<String> = match line.detail {
        Detail::None => vec![String::new()],
        Detail::Channels => vec![quoted(&asked.channels)],
        Detail::Secrets => vec![quoted(&asked.secrets)],
        Detail::Quota => vec![bytes(asked.storage)],
        Detail::Address => {
            let mut addresses: Vec<String> = asked.http.iter().map(address).collect();
            if asked.http_chosen_by_shop {
                addresses.push(ANY_HOST.into());
            }
            addresses
        }
    };
    details.into_iter().map(|detail| line.sentence(&detail)).collect()
}

pub(crate) fn address(target: &HttpTarget) -> String {
    let mut text = format!("`{}`", target.host);
    if target.path != "/" {
        text += &format!(" below `{}`", target.path);
    }
    if !target.methods.is_empty() {
        let methods: Vec<&str> = target.methods.iter().map(String::as_str).collect();
        text += &format!(" ({} only)", methods.join(", "));
    }
    text
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn bytes(amount: u64) -> String {
    match amount {
        1024.. if amount.is_multiple_of(1 << 20) => format!("{} MiB", amount >> 20),
        1024.. if amount.is_multiple_of(1 << 10) => format!("{} KiB", amount >> 10),
        1 => "1 byte".into(),
        _ => format!("{amount} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::package;

    fn texts(package: &Package) -> Vec<String> {
        consent(package).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn a_rule_that_asks_for_nothing_only_sees_its_order() {
        let told = consent(&package(json!({}), &["log.write", "step.now"]));
        assert_eq!(told.len(), 1);
        assert!(told[0].text.starts_with("Read the order that it runs for"));
    }

    #[test]
    fn parameters_are_part_of_the_sentence() {
        let permissions = json!({
            "http": [
                { "host": "api.example.com", "methods": ["POST"], "path": "/v1" },
                { "host": "example.org:8443" }
            ],
            "http-chosen-by-shop": true,
            "secrets": ["token"],
            "channels": ["call", "sms"],
            "storage": 65536
        });
        let imports = ["http.send", "secrets.open", "messages.queue", "storage.set"];
        let told = texts(&package(json!({ "permissions": permissions }), &imports));
        assert_eq!(
            told[1..],
            [
                "Send messages to clients, employees or any address by `call`, `sms`.",
                "Exchange data with `api.example.com` below `/v1` (POST only).",
                "Exchange data with `example.org:8443`.",
                "Exchange data with hosts that you name yourself.",
                "Use secrets that you enter, without ever seeing them: `token`.",
                "Keep up to 64 KiB of its own data in this shop.",
            ]
        );
    }

    #[test]
    fn within_a_verb_the_sensitive_comes_first() {
        let imports = ["orders-write.add-tags", "orders-write.delete", "clients-read.get"];
        let told = consent(&package(json!({}), &imports));
        let order: Vec<_> = told.iter().filter_map(|s| s.function.as_deref()).collect();
        assert_eq!(order, ["clients-read.get", "orders-write.delete", "orders-write.add-tags"]);
    }

    #[test]
    fn a_trigger_names_the_events_that_it_reads() {
        let change = json!({
            "kind": "trigger", "group": "trigger", "subscriptions": ["payment.received"]
        });
        assert!(texts(&package(change, &[]))[0].contains("`payment.received`"));
    }

    #[test]
    fn amounts_are_told_in_the_largest_unit_that_is_exact() {
        let told: Vec<String> = [1, 100, 1024, 1500, 1 << 20, 3 << 19].map(bytes).into();
        assert_eq!(told, ["1 byte", "100 bytes", "1 KiB", "1500 bytes", "1 MiB", "1536 KiB"]);
    }
}
