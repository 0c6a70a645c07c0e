//! `plugin rollback`.

use clap::Args;
use serde_json::json;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;
use crate::output::cell;

#[derive(Args, Debug)]
pub struct Rollback {
    /// e.g. acme.greet
    plugin: String,
}

impl Rollback {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let path = format!("/v1/plugins/{}/rollback", escaped(&self.plugin));
        let rolled = access.post(&path, &json!({})).await;
        access.close().await?;
        let rolled = rolled?;
        match config.output.json {
            true => config.output.value(&rolled),
            false => config.output.say(&format!(
                "{} {} is in use again, with what it was granted then; runs stay with the version that they began with",
                self.plugin,
                cell(&rolled["version"])
            )),
        }
        Ok(())
    }
}
