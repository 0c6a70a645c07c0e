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
    /// Also while runs of it have not ended: each of them ends, and says why
    #[arg(long)]
    force: bool,
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
        let removed = self.remove(&access, config).await;
        access.close().await?;
        removed?;
        match config.output.json {
            true => config.output.value(&json!({ "removed": self.plugin })),
            false => config.output.say(&format!("{} is removed", self.plugin)),
        }
        Ok(())
    }

    /// With runs that have not ended, whoever can be asked is asked.
    async fn remove(&self, access: &Access, config: &Config) -> Result<()> {
        let path = format!("/v1/plugins/{}", escaped(&self.plugin));
        let force = |force: bool| if force { format!("{path}?force=true") } else { path.clone() };
        let removed = access.delete(&force(self.force)).await;
        let error = match removed {
            Err(error) if error.code == "runs-open" => error,
            other => return other.map(drop),
        };
        match config.output.ask(&format!("{}. End them all?", error.message)) {
            Some(true) => access.delete(&force(true)).await.map(drop),
            _ => Err(error.hint("with --force each of them ends, and says why")),
        }
    }
}
