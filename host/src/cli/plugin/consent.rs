//! The question before an installation, as a person reads it, and the answer.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use crate::error::{CliError, Result};
use crate::output::cell;

/// To what somebody agrees.
#[derive(Args, Debug, Default)]
pub struct Agreement {
    /// Agree without being asked
    #[arg(long, short)]
    pub yes: bool,
    /// Grant this function and no other, e.g. messages.queue; may be repeated
    #[arg(long, value_name = "FUNCTION", conflicts_with = "without")]
    pub grant: Vec<String>,
    /// Grant everything but this function; may be repeated
    #[arg(long, value_name = "FUNCTION")]
    pub without: Vec<String>,
    /// A host that the plugin may send to, where it lets the shop choose; may be repeated
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}

impl Agreement {
    /// The answer to this question. What was named and is not asked for is an error.
    pub fn answer(&self, consent: &Value) -> Result<Value> {
        let asked = functions(consent);
        let named = self.grant.iter().chain(&self.without);
        if let Some(unknown) = named.into_iter().find(|name| !asked.contains(name.as_str())) {
            let all = asked.iter().copied().collect::<Vec<_>>().join(", ");
            return Err(CliError::usage(format!(
                "{} does not ask for `{unknown}`",
                cell(&consent["plugin"])
            ))
            .hint(format!("it asks for: {all}")));
        }
        if !self.allow_host.is_empty() && consent["hosts_chosen_by_shop"] != true {
            let plugin = cell(&consent["plugin"]);
            return Err(CliError::usage(format!("{plugin} does not let the shop choose hosts"))
                .hint("leave --allow-host out: its hosts are part of what it asks for"));
        }
        let part: Option<BTreeSet<&str>> = match (self.grant.is_empty(), self.without.is_empty()) {
            (true, true) => None,
            (false, _) => Some(self.grant.iter().map(String::as_str).collect()),
            (true, false) => {
                Some(asked.into_iter().filter(|name| !self.without.iter().any(|left| left == name)).collect())
            }
        };
        let mut answer = json!({ "digest": consent["digest"], "hosts": self.allow_host });
        if let Some(part) = part {
            answer["functions"] = json!(part);
        }
        if consent["pin"].is_string() {
            answer["pin"] = consent["pin"].clone();
        }
        Ok(answer)
    }

    /// What the flags change of what is told.
    pub fn told(&self, consent: &Value) -> String {
        let mut text = String::new();
        for host in &self.allow_host {
            text.push_str(&format!("  - You let it send to `{host}`.\n"));
        }
        if consent["hosts_chosen_by_shop"] == true && self.allow_host.is_empty() {
            let hosts: Vec<String> = consent["hosts"].as_array().into_iter().flatten().map(cell).collect();
            text.push_str(&match hosts.is_empty() {
                true => {
                    "It sends to hosts that you name with --allow-host HOST. You named none, so it can send \
                         nowhere.\n"
                        .to_owned()
                }
                false => format!("It may go on sending to {}, which you named before.\n", hosts.join(", ")),
            });
        }
        let left: Vec<&str> = functions(consent)
            .into_iter()
            .filter(|name| {
                self.without.iter().any(|left| left == name)
                    || !self.grant.is_empty() && !self.grant.iter().any(|given| given == name)
            })
            .collect();
        if !left.is_empty() {
            text.push_str(&format!("You leave out {}: called, it answers `denied`.\n", left.join(", ")));
        }
        text
    }
}

/// Functions behind the sentences.
fn functions(consent: &Value) -> BTreeSet<&str> {
    let sentences = consent["sentences"].as_array().into_iter().flatten();
    sentences.filter_map(|sentence| sentence["function"].as_str()).collect()
}

/// What a person reads before agreeing.
pub fn question(consent: &Value, diff: &Value) -> String {
    let publisher = &consent["publisher"];
    let mut text = format!(
        "{} {} by {}: {}\n",
        cell(&consent["plugin"]),
        cell(&consent["version"]),
        cell(&publisher["name"]),
        cell(&consent["title"])
    );
    text.push_str(&match publisher["key"].as_str() {
        Some(_) => {
            let known = match (publisher["pinned"] == true, publisher["verified"].as_bool()) {
                (true, _) => ", which you trust",
                (false, Some(true)) => ", for which its registry vouches",
                (false, Some(false)) => ", for which its registry does not vouch",
                (false, None) => ", which you have not seen before",
            };
            format!("Publisher `{}`, key {}{known}\n", cell(&publisher["id"]), cell(&publisher["key"]))
        }
        None => format!("Publisher `{}`, not signed\n", cell(&publisher["id"])),
    });
    for warning in consent["warnings"].as_array().into_iter().flatten() {
        text.push_str(&format!("  ! {}\n", cell(warning)));
    }
    match diff.is_null() {
        true => text.push_str(&by_verb(&consent["sentences"])),
        false => {
            text.push_str(&format!("Beside version {}, which is in use\n", cell(&diff["from"])));
            for (heading, list) in [
                ("It asks for more", &diff["added"]),
                ("It no longer asks for", &diff["removed"]),
                ("As before", &diff["same"]),
            ] {
                if list.as_array().is_some_and(|list| !list.is_empty()) {
                    text.push_str(&format!("{heading}\n{}", lines(list, |_| true)));
                }
            }
        }
    }
    text.push_str(&format!("sha256 {}", cell(&consent["digest"])));
    text
}

/// Sentences under what they let a plugin do.
pub fn by_verb(sentences: &Value) -> String {
    let mut text = String::new();
    for (verbs, heading) in [
        (&["read"][..], "It reads"),
        (&["change"], "It changes"),
        (&["send"], "It sends"),
        (&["reach"], "It reaches"),
        (&["keep", "always"], "It keeps and uses"),
    ] {
        let of_verb =
            lines(sentences, |sentence| sentence["verb"].as_str().is_some_and(|verb| verbs.contains(&verb)));
        if !of_verb.is_empty() {
            text.push_str(&format!("{heading}\n{of_verb}"));
        }
    }
    text
}

fn lines(sentences: &Value, wanted: impl Fn(&Value) -> bool) -> String {
    let mut text = String::new();
    for sentence in sentences.as_array().into_iter().flatten().filter(|sentence| wanted(sentence)) {
        let mark = if sentence["sensitive"] == true { '!' } else { '-' };
        let function = sentence["function"].as_str().map(|name| format!("  ({name})")).unwrap_or_default();
        text.push_str(&format!("  {mark} {}{function}\n", cell(&sentence["text"])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent() -> Value {
        let sentence = |verb: &str, text: &str, function: Option<&str>| json!({ "verb": verb, "text": text, "function": function, "sensitive": verb == "change" });
        json!({
            "plugin": "acme.greet", "version": "1.1.0", "title": "Greet", "digest": "d", "pin": "9f86-d081",
            "publisher": { "id": "acme", "name": "Acme", "key": "9f86-d081", "pinned": false, "verified": null },
            "warnings": ["You have nothing signed by `acme` yet."], "hosts_chosen_by_shop": false,
            "sentences": [
                sentence("read", "Read the order.", None), sentence("change", "Delete any order.", Some("orders-write.delete")),
                sentence("send", "Send messages.", Some("messages.queue")),
            ],
        })
    }

    #[test]
    fn a_question_says_who_asks_for_what() {
        let text = question(&consent(), &Value::Null);
        for part in [
            "acme.greet 1.1.0 by Acme: Greet",
            "key 9f86-d081, which you have not seen",
            "! You have nothing",
            "It changes\n  ! Delete any order.  (orders-write.delete)",
            "It sends\n  - Send messages.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let diff = json!({ "from": "1.0.0", "added": consent()["sentences"], "removed": [], "same": [] });
        let text = question(&consent(), &diff);
        assert!(
            text.contains("Beside version 1.0.0")
                && text.contains("It asks for more")
                && !text.contains("As before")
        );
    }

    #[test]
    fn an_answer_is_to_all_or_to_the_part_that_is_named() {
        let all = Agreement::default().answer(&consent()).unwrap();
        assert_eq!(all, json!({ "digest": "d", "hosts": [], "pin": "9f86-d081" }));
        let without = Agreement { without: vec!["orders-write.delete".into()], ..Agreement::default() };
        assert_eq!(without.answer(&consent()).unwrap()["functions"], json!(["messages.queue"]));
        assert!(without.told(&consent()).contains("leave out orders-write.delete"));
        let only = Agreement { grant: vec!["orders-write.delete".into()], ..Agreement::default() };
        assert_eq!(only.answer(&consent()).unwrap()["functions"], json!(["orders-write.delete"]));
        for wrong in [
            Agreement { grant: vec!["feed.publish".into()], ..Agreement::default() },
            Agreement { allow_host: vec!["a.example".into()], ..Agreement::default() },
        ] {
            assert!(wrong.answer(&consent()).is_err());
        }
    }
}
