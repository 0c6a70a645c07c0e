//! `plugin show`.

use clap::Args;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{Doing, Result};

#[derive(Args, Debug)]
pub struct Show {
    /// e.g. rulewright.send-sms
    plugin: String,
}

impl Show {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let plugin = access.get(&format!("/v1/plugins/{}", escaped(&self.plugin))).await;
        access.close().await?;
        let plugin = plugin?;
        match config.output.json {
            true => config.output.value(&plugin),
            false => {
                config.output.say(&serde_json::to_string_pretty(&plugin).doing(|| "cannot print".to_owned())?)
            }
        }
        Ok(())
    }
}
