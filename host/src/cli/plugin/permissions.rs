//! `plugin permissions`: what an installed plugin may do, and what it asked for and may not.

use clap::Args;
use serde_json::{Value, json};

use super::consent::by_verb;
use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;
use crate::output::cell;

#[derive(Args, Debug)]
pub struct Permissions {
    /// e.g. acme.greet
    plugin: String,
}

impl Permissions {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let plugin = access.get(&format!("/v1/plugins/{}", escaped(&self.plugin))).await;
        access.close().await?;
        let plugin = plugin?;
        match config.output.json {
            true => config.output.value(&json!({
                "plugin": plugin["id"], "version": plugin["version"], "sentences": plugin["sentences"],
                "denied": plugin["denied"], "grant": plugin["grant"], "secrets": plugin["secrets"],
                "source": plugin["source"], "signed_by": plugin["signed_by"],
            })),
            false => config.output.say(&told(&plugin)),
        }
        Ok(())
    }
}

fn told(plugin: &Value) -> String {
    let signed = match plugin["signed_by"].as_str() {
        Some(_) => format!("signed with the key {}", cell(&plugin["signed_by"])),
        None => "not signed".to_owned(),
    };
    let mut text = format!(
        "{} {} from {}, {signed}\n{}",
        cell(&plugin["id"]),
        cell(&plugin["version"]),
        cell(&plugin["source"]),
        by_verb(&plugin["sentences"])
    );
    let hosts = plugin["grant"]["http"].as_array().into_iter().flatten();
    let hosts: Vec<String> = hosts.map(|target| cell(&target["host"])).collect();
    if !hosts.is_empty() {
        text.push_str(&format!("It may send to {}\n", hosts.join(", ")));
    }
    if plugin["denied"].as_array().is_some_and(|denied| !denied.is_empty()) {
        text.push_str(&format!("Of that you left out\n{}", by_verb(&plugin["denied"])));
    }
    text.trim_end().to_owned()
}
