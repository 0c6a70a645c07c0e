//! `plugin publishers`: whose keys are trusted.

use clap::Args;
use serde_json::json;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::Column;

#[derive(Args, Debug)]
pub struct Publishers {
    /// Forget the key of this publisher: the next package of it is taken as the first one
    #[arg(long, value_name = "PUBLISHER")]
    forget: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Publishers {
    pub async fn run(self, config: &Config) -> Result<()> {
        let Some(publisher) = &self.forget else { return list(config).await };
        let question = format!(
            "Forget the key of `{publisher}`? Whoever signs its next package is believed when you agree to it."
        );
        if !self.yes && config.output.ask(&question) != Some(true) {
            return Err(CliError::new(Exit::Consent, "not-agreed", "nothing was forgotten")
                .hint("say yes, or use --yes where nobody can answer"));
        }
        let access = Access::open(config).await?;
        let forgotten = access.delete(&format!("/v1/publishers/{}", escaped(publisher))).await;
        access.close().await?;
        forgotten?;
        match config.output.json {
            true => config.output.value(&json!({ "forgotten": publisher })),
            false => config.output.say(&format!("The key of `{publisher}` is forgotten")),
        }
        Ok(())
    }
}

async fn list(config: &Config) -> Result<()> {
    let access = Access::open(config).await?;
    let page = access.get("/v1/publishers").await;
    access.close().await?;
    let columns = [
        Column("PUBLISHER", "/publisher"),
        Column("KEY", "/fingerprint"),
        Column("SINCE", "/pinned_at"),
        Column("PLUGINS", "/plugins"),
    ];
    config.output.list(
        &page?,
        &columns,
        "No publisher's key is known: the first signed package of one brings it.",
    );
    Ok(())
}
