//! `plugin resume`.

use clap::Args;
use serde_json::json;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;

#[derive(Args, Debug)]
pub struct Resume {
    /// e.g. acme.greet
    plugin: String,
}

impl Resume {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let path = format!("/v1/plugins/{}/resume", escaped(&self.plugin));
        let resumed = access.post(&path, &json!({})).await;
        access.close().await?;
        let resumed = resumed?;
        match config.output.json {
            true => config.output.value(&resumed),
            false => {
                config.output.say(&format!("{} goes on, and so do the runs that waited for it", self.plugin))
            }
        }
        Ok(())
    }
}
