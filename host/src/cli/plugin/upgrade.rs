//! `plugin upgrade`: what another version asks for beside the one in use, and who is concerned.

use clap::Args;
use serde_json::{Value, json};

use super::consent::Agreement;
use super::install::{Trust, install};
use super::migrate;
use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Upgrade {
    /// e.g. acme.greet
    plugin: String,
    /// As for `plugin install`; if left out, the marketplace's newest, or where the version in use came from, the tag
    /// `latest`
    source: Option<String>,
    /// Move the runs that wait to the new version, where its `upgrade` can take them
    #[arg(long)]
    migrate: bool,
    #[command(flatten)]
    agreement: Agreement,
    #[command(flatten)]
    trust: Trust,
}

impl Upgrade {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let upgraded = self.upgrade(&access, config.output).await;
        access.close().await?;
        upgraded
    }

    async fn upgrade(&self, access: &Access, output: Output) -> Result<()> {
        let plugin = escaped(&self.plugin);
        let before = access.get(&format!("/v1/plugins/{plugin}")).await?;
        let versions = access.get(&format!("/v1/plugins/{plugin}/versions")).await?;
        let source = match &self.source {
            Some(source) => source.clone(),
            None => {
                // What came out since the lists were read last counts; a registry that is away is told below.
                let _ = access.post("/v1/marketplace/refresh", &json!({})).await;
                match access.get(&format!("/v1/marketplace/{plugin}")).await {
                    Ok(listed) if !listed["update"].is_null() => self.plugin.clone(),
                    _ => newest(&self.plugin, &before)?,
                }
            }
        };
        if let Some(told) = concerned(&versions, self.migrate) {
            output.note(&told);
        }
        let after =
            install(access, output, &source, Some(&self.plugin), &self.agreement, &self.trust).await?;
        if before["digest"] == after["digest"] {
            output.note("It was in use already.");
        } else if self.migrate {
            migrate::migrate(access, output, &self.plugin, false).await?;
        }
        Ok(())
    }
}

/// Who will go on with the version that they began with.
fn concerned(versions: &Value, migrates: bool) -> Option<String> {
    let waiting: Vec<String> = versions["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let runs = version["runs"].as_u64().filter(|runs| *runs > 0)?;
            Some(format!("{runs} with {}", cell(&version["version"])))
        })
        .collect();
    let fate = match migrates {
        true => "they are moved to the new version where it can take them",
        false => {
            "they go on with what they began with, or move with --migrate or `rulewright plugin migrate`"
        }
    };
    (!waiting.is_empty()).then(|| format!("Runs that have not ended: {}; {fate}.", waiting.join(", ")))
}

/// Where a newer version would be.
fn newest(plugin: &str, installed: &Value) -> Result<String> {
    let source = installed["source"].as_str().unwrap_or_default();
    let unknown = |why: &str| {
        CliError::usage(format!("where is the new version of {plugin}? {why}"))
            .hint(format!("name it: rulewright plugin upgrade {plugin} SOURCE"))
    };
    if source == "this program" {
        return Ok(format!("bundled:{plugin}"));
    }
    if source.contains("://") {
        return Err(unknown("The one in use came from an address"));
    }
    let repository = source.split_once('@').map_or(source, |(repository, _)| repository);
    let Some((host, path)) = repository.split_once('/') else {
        return Err(unknown("The one in use came from a file"));
    };
    let path = path.split_once(':').map_or(path, |(path, _)| path);
    Ok(format!("{host}/{path}:latest"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_newer_version_is_where_the_one_in_use_came_from() {
        let newest = |source: &str| newest("acme.greet", &json!({ "source": source }));
        assert_eq!(newest("localhost:5000/acme/greet:1.2.0").unwrap(), "localhost:5000/acme/greet:latest");
        assert_eq!(newest("r.example/acme/greet@sha256:ab").unwrap(), "r.example/acme/greet:latest");
        assert_eq!(newest("this program").unwrap(), "bundled:acme.greet");
        assert!(newest("greet.wasm").is_err() && newest("https://a.example/greet.wasm").is_err());
    }

    #[test]
    fn runs_that_wait_are_counted_before_anything_is_asked() {
        let versions =
            json!({ "items": [{ "version": "1.1.0", "runs": 3 }, { "version": "1.0.0", "runs": 0 }] });
        assert!(concerned(&versions, false).unwrap().contains("3 with 1.1.0; they go on"));
        assert_eq!(concerned(&json!({ "items": [] }), false), None);
    }
}
