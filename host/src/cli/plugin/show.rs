//! `plugin show`: one that is installed, or one that could be.

use clap::Args;
use serde_json::Value;

use crate::access::{Access, escaped, query};
use crate::config::Config;
use crate::error::{Doing, Result};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Show {
    /// e.g. rulewright.send-sms
    plugin: String,
    /// Of one that is not installed: `bundled`, or the host of a registry
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
}

impl Show {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let found = self.find(&access, config.output).await;
        access.close().await?;
        let (installed, plugin) = found?;
        let output = config.output;
        match (output.json, installed) {
            (true, _) => output.value(&plugin),
            (false, true) => {
                output.say(&serde_json::to_string_pretty(&plugin).doing(|| "cannot print".to_owned())?);
            }
            (false, false) => output.say(told(&plugin).trim_end()),
        }
        Ok(())
    }

    /// Whether it is installed, and what is known of it.
    async fn find(&self, access: &Access, output: Output) -> Result<(bool, Value)> {
        let id = escaped(&self.plugin);
        if self.source.is_none() {
            match access.get(&format!("/v1/plugins/{id}")).await {
                Err(error) if error.status == Some(404) => {}
                found => return Ok((true, found?)),
            }
        }
        let working = output.working("Asking the registries");
        let query = query(&[("source", self.source.clone())]);
        let found = access.get(&format!("/v1/marketplace/{id}{query}")).await;
        working.finish_and_clear();
        Ok((false, found?))
    }
}

/// What a person wants to know before deciding.
fn told(plugin: &Value) -> String {
    let mut lines = Vec::new();
    let version = match plugin["version"].as_str() {
        Some(version) => version.to_owned(),
        None => "(no version that could be installed here)".to_owned(),
    };
    lines.push(format!("{} {version}: {}", cell(&plugin["id"]), cell(&plugin["title"])));
    if let Some(text) = plugin["description"].as_str().filter(|text| !text.is_empty()) {
        lines.extend(text.lines().map(|line| format!("  {}", cell(&line.into()))));
    }
    lines.push(format!("From      {}", cell(&plugin["source"])));
    lines.push(format!("Publisher {}", publisher(plugin)));
    if let Some(downloads) = plugin["downloads"].as_u64() {
        lines.push(format!("Fetched   {downloads} times, by the registry's count"));
    }
    if let Some(version) = plugin["installed"]["version"].as_str() {
        lines.push(format!("Installed {version}"));
    }
    lines.push("It may".to_owned());
    for sentence in plugin["sentences"].as_array().into_iter().flatten() {
        let mark = if sentence["sensitive"] == true { '!' } else { '-' };
        lines.push(format!("  {mark} {}", cell(&sentence["text"])));
    }
    lines.push("Versions".to_owned());
    for one in plugin["versions"].as_array().into_iter().flatten() {
        lines.push(format!("  {}", release(one)));
    }
    for text in ["readme", "changelog"].iter().filter_map(|name| plugin[*name].as_str()) {
        lines.push(String::new());
        lines.extend(text.lines().map(|line| cell(&line.into())));
        lines.push(String::new());
    }
    if let Some(problem) = plugin["readme_problem"]["message"].as_str() {
        lines.push(format!("Its readme cannot be shown: {problem}"));
    }
    for source in plugin["also_from"].as_array().into_iter().flatten() {
        lines.push(format!("{} has one of this name too: --source {0}", cell(source)));
    }
    if let Some(reference) = plugin["reference"].as_str() {
        lines.push(format!("Install it: rulewright plugin install {reference}"));
    }
    lines.join("\n")
}

fn publisher(plugin: &Value) -> String {
    let name = cell(&plugin["publisher"]["name"]);
    let trust = match plugin["trust"].as_str() {
        Some("bundled") => return format!("{name}, part of this program"),
        Some("verified") => "verified by the registry's operator",
        _ => "NOT verified: compare the key with what the publisher says by another way",
    };
    format!("{name}, key {}, {trust}", cell(&plugin["publisher"]["fingerprint"]))
}

fn release(one: &Value) -> String {
    let mut text =
        format!("{}  {}  {} bytes", cell(&one["version"]), cell(&one["named"]), cell(&one["size"]));
    if one["fits"] == false {
        text.push_str(&format!("  needs host API {}", cell(&one["host_api"])));
    }
    if let Some(reason) = one["revoked"].as_str() {
        text.push_str(&format!("  REVOKED: {}", cell(&reason.into())));
    }
    if one["installed"] == true {
        text.push_str("  installed");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_verified_not_fitting_or_revoked_is_said_and_nothing_reaches_the_terminal_raw() {
        let plugin = json!({
            "id": "acme.greet", "title": "Greet", "version": null, "description": "Says hello\u{1b}[2J", "source": "registry.example",
            "publisher": { "name": "Acme", "fingerprint": "9f86-d081-884c-7d65" }, "trust": "unverified",
            "sentences": [{ "sensitive": true, "text": "Send SMS." }], "readme": "# Hi\n\u{1b}]0;x", "changelog": "## 2.0.0\n\u{1b}[2J", "also_from": ["other.example"],
            "versions": [
                { "version": "2.0.0", "named": "registry.example/acme/greet:2.0.0", "size": 7, "fits": false, "host_api": "0.9.0" },
                { "version": "1.0.0", "named": "registry.example/acme/greet:1.0.0", "size": 7, "fits": true, "revoked": "It lies" },
            ],
        });
        let text = told(&plugin);
        for part in [
            "no version that could be installed",
            "NOT verified",
            "9f86-d081-884c-7d65",
            "! Send SMS.",
            "needs host API 0.9.0",
            "REVOKED: It lies",
            "--source other.example",
            "## 2.0.0",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
