//! `plugin remove`.

use clap::Args;
use serde_json::json;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};

#[derive(Args, Debug)]
pub struct Remove {
    /// e.g. acme.greet
    plugin: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Remove {
    pub async fn run(self, config: &Config) -> Result<()> {
        let question = format!("Remove {}? Rules can no longer use it.", self.plugin);
        if !self.yes && config.output.ask(&question) != Some(true) {
            return Err(CliError::new(Exit::Consent, "not-agreed", "nothing was removed")
                .hint("say yes, or use --yes where nobody can answer"));
        }
        let access = Access::open(config).await?;
        let removed = access.delete(&format!("/v1/plugins/{}", escaped(&self.plugin))).await;
        access.close().await?;
        removed?;
        match config.output.json {
            true => config.output.value(&json!({ "removed": self.plugin })),
            false => config.output.say(&format!("{} is removed", self.plugin)),
        }
        Ok(())
    }
}
