//! What a shop is asked to agree to, in sentences.

use std::fmt;

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
    /// What the text says, for whoever says it in another language. None where it was read from a list, which holds the
    /// text only.
    #[serde(skip)]
    pub said: Option<Said>,
}

/// What a sentence is about. Its Display is the sentence in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What a rule sees of its order.
    Order,
    /// What a trigger hears of: kinds of events.
    Events(Vec<String>),
    /// What a provider delivers: channels.
    Messages(Vec<String>),
    /// Asked of the operator.
    Limit { name: String, amount: u64 },
    /// One of [`LINES`](crate::LINES).
    Function { function: &'static str, detail: Given },
}

/// What a manifest says about a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    Nothing,
    /// Channels, or secrets.
    Names(Vec<String>),
    Bytes(u64),
    Address(HttpTarget),
    /// Addresses that the shop chooses.
    AnyHost,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Order => f.write_str(
                "Read the order that it runs for, with its lines, payments and shipments; of people it sees \
                 only numbers.",
            ),
            Said::Events(kinds) => {
                write!(f, "Read every event of these kinds, and the order concerned: {}.", quoted(kinds))
            }
            Said::Messages(channels) => {
                f.write_str("Read the messages that it delivers, and the addresses they go to")?;
                match channels.is_empty() {
                    true => f.write_str("."),
                    false => write!(f, ": {}.", quoted(channels)),
                }
            }
            Said::Limit { name, amount } => {
                write!(f, "Have a limit of its own: `{name}` = {amount}, if the operator allows it.")
            }
            Said::Function { function, detail } => {
                let line = LINES.iter().find(|line| line.function == *function);
                f.write_str(
                    &line.map_or_else(String::new, |line| line.text.replace("{}", &detail.to_string())),
                )
            }
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Given::Nothing => Ok(()),
            Given::Names(names) => f.write_str(&quoted(names)),
            Given::Bytes(amount) => f.write_str(&bytes(*amount)),
            Given::Address(target) => f.write_str(&address(target)),
            Given::AnyHost => f.write_str("hosts that you name yourself"),
        }
    }
}

impl Sentence {
    fn new(verb: Verb, sensitive: bool, said: Said) -> Sentence {
        let function = match &said {
            Said::Function { function, .. } => Some((*function).to_owned()),
            _ => None,
        };
        Sentence { verb, sensitive, text: said.to_string(), function, said: Some(said) }
    }

    /// What a function means for the shop; None where the host has no such function.
    pub fn of(function: &str, detail: Given) -> Option<Sentence> {
        LINES.iter().find(|line| line.function == function).map(|line| line.sentence(detail))
    }
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
    let names = names.iter().copied().cloned().collect();
    match kind {
        PluginKind::Rule => Sentence::new(Verb::Read, false, Said::Order),
        PluginKind::Trigger => Sentence::new(Verb::Read, false, Said::Events(names)),
        PluginKind::Provider => Sentence::new(Verb::Read, true, Said::Messages(names)),
    }
}

pub(crate) fn limit(name: &str, amount: u64) -> Sentence {
    Sentence::new(Verb::Keep, false, Said::Limit { name: name.to_owned(), amount })
}

impl Line {
    pub(crate) fn sentence(&self, detail: Given) -> Sentence {
        Sentence::new(self.verb, self.sensitive, Said::Function { function: self.function, detail })
    }
}

fn tell(line: &Line, package: &Package) -> Vec<Sentence> {
    let asked = &package.manifest.permissions;
    let details: Vec<Given> = match line.detail {
        Detail::None => vec![Given::Nothing],
        Detail::Channels => vec![Given::Names(asked.channels.iter().cloned().collect())],
        Detail::Secrets => vec![Given::Names(asked.secrets.iter().cloned().collect())],
        Detail::Quota => vec![Given::Bytes(asked.storage)],
        Detail::Address => {
            let mut addresses: Vec<Given> = asked.http.iter().cloned().map(Given::Address).collect();
            if asked.http_chosen_by_shop {
                addresses.push(Given::AnyHost);
            }
            addresses
        }
    };
    details.into_iter().map(|detail| line.sentence(detail)).collect()
}

fn address(target: &HttpTarget) -> String {
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

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn bytes(amount: u64) -> String {
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
    fn a_sentence_can_be_had_by_the_name_of_its_function() {
        let one = Sentence::of("secrets.open", Given::Names(vec!["token".into()])).unwrap();
        assert_eq!(one.text, "Use secrets that you enter, without ever seeing them: `token`.");
        assert_eq!((one.verb, one.function.as_deref()), (Verb::Keep, Some("secrets.open")));
        assert_eq!(Sentence::of("orders-write.invent", Given::Nothing), None);
    }

    #[test]
    fn amounts_are_told_in_the_largest_unit_that_is_exact() {
        let told: Vec<String> = [1, 100, 1024, 1500, 1 << 20, 3 << 19].map(bytes).into();
        assert_eq!(told, ["1 byte", "100 bytes", "1 KiB", "1500 bytes", "1 MiB", "1536 KiB"]);
    }
}
