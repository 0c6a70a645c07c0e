//! `plugin offers`, `plugin accept` and `plugin decline`: what waits for somebody to agree.

use clap::Args;
use serde_json::{Value, json};

use super::consent::Agreement;
use super::follow::{self, Follow};
use super::install::settle;
use crate::access::Access;
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::{Column, cell};

#[derive(Args, Debug)]
pub struct Offers {}

impl Offers {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let page = access.get("/v1/offers").await;
        access.close().await?;
        let columns = [
            Column("PLUGIN", "/plugin"),
            Column("VERSION", "/version"),
            Column("IN USE", "/diff/from"),
            Column("FROM", "/source"),
            Column("SINCE", "/started_at"),
        ];
        config.output.list(&page?, &columns, "Nothing waits for consent.");
        Ok(())
    }
}

#[derive(Args, Debug)]
pub struct Accept {
    /// e.g. acme.greet
    plugin: String,
    #[command(flatten)]
    agreement: Agreement,
}

impl Accept {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let accepted = async {
            let job = offered(&access, &self.plugin).await?;
            let mut follow = Follow::new(&access, config.output);
            settle(&access, config.output, &mut follow, job, &self.agreement).await
        };
        let accepted = accepted.await;
        access.close().await?;
        accepted.map(drop)
    }
}

#[derive(Args, Debug)]
pub struct Decline {
    /// e.g. acme.greet
    plugin: String,
}

impl Decline {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let declined = async {
            let job = offered(&access, &self.plugin).await?;
            access.post(&follow::path(&job, "/decline"), &json!({})).await
        };
        let declined = declined.await;
        access.close().await?;
        let declined = declined?;
        let version = cell(&declined["version"]);
        match config.output.json {
            true => config.output.value(&json!({ "declined": self.plugin, "version": declined["version"] })),
            false => config
                .output
                .say(&format!("{} {version} is declined, and nothing of it is kept", self.plugin)),
        }
        Ok(())
    }
}

async fn offered(access: &Access, plugin: &str) -> Result<Value> {
    let mut page = access.get("/v1/offers").await?;
    let items = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    items.into_iter().find(|job| job["plugin"] == plugin).ok_or_else(|| {
        CliError::refused("not-found", format!("no version of {plugin} waits for consent"))
            .hint("`rulewright plugin offers` lists what does")
    })
}
