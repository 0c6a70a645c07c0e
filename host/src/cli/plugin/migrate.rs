//! `plugin migrate`: runs that wait go over to the version in use.

use clap::Args;
use serde_json::{Value, json};

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Migrate {
    /// e.g. acme.greet
    plugin: String,
    /// Only count the runs that would be moved
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let migrated = migrate(&access, config.output, &self.plugin, self.dry_run).await;
        access.close().await?;
        migrated
    }
}

pub async fn migrate(access: &Access, output: Output, plugin: &str, dry_run: bool) -> Result<()> {
    let path = format!("/v1/plugins/{}/migrate", escaped(plugin));
    let migrated = access.post(&path, &json!({ "dry_run": dry_run })).await?;
    match output.json {
        true => output.value(&migrated),
        false => output.say(&told(&migrated, dry_run)),
    }
    Ok(())
}

fn told(migrated: &Value, dry_run: bool) -> String {
    let (waiting, to) = (migrated["waiting"].as_u64().unwrap_or_default(), cell(&migrated["to"]));
    let mut text = match (waiting, dry_run) {
        (0, _) => return format!("No runs wait with another version than {to}"),
        (_, true) => format!("{waiting} runs would be moved to {to}"),
        (_, false) => format!("{} of {waiting} runs go on with {to}", cell(&migrated["moved"])),
    };
    if dry_run {
        for from in migrated["from"].as_array().into_iter().flatten() {
            text.push_str(&format!("\n  {} began with {}", cell(&from["runs"]), cell(&from["version"])));
        }
    }
    for refused in migrated["refused"].as_array().into_iter().flatten() {
        text.push_str(&format!("\n  {} stays: {}", cell(&refused["run"]), cell(&refused["reason"])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_says_why() {
        let migrated = json!({ "to": "1.1.0", "waiting": 2, "moved": 1, "from": [{ "version": "1.0.0", "runs": 2 }],
            "refused": [{ "run": "run_7", "reason": "its state is too old" }] });
        assert_eq!(
            told(&migrated, false),
            "1 of 2 runs go on with 1.1.0\n  run_7 stays: its state is too old"
        );
        let counted =
            json!({ "to": "1.1.0", "waiting": 2, "moved": 0, "from": [{ "version": "1.0.0", "runs": 2 }] });
        assert_eq!(told(&counted, true), "2 runs would be moved to 1.1.0\n  2 began with 1.0.0");
    }
}
