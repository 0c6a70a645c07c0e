//! `plugin quarantine`: a component stops at once, in every shop.

use clap::Args;
use serde_json::json;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::Column;

#[derive(Args, Debug)]
pub struct Quarantine {
    /// An installed plugin, e.g. acme.greet, or the SHA-256 of a component; if left out, what is stopped is listed
    what: Option<String>,
    /// What staff read wherever it would have run
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["release", "list"])]
    reason: Option<String>,
    /// Let it run again
    #[arg(long, conflicts_with = "reason")]
    release: bool,
    /// List what must not run
    #[arg(long, conflicts_with_all = ["reason", "release", "what"])]
    list: bool,
}

impl Quarantine {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let done = self.apply(&access, config).await;
        access.close().await?;
        done
    }

    async fn apply(&self, access: &Access, config: &Config) -> Result<()> {
        let Some(what) = self.what.as_deref().filter(|_| !self.list) else {
            if self.release || self.reason.is_some() {
                return Err(CliError::usage("name a plugin or the SHA-256 of a component"));
            }
            let columns = [Column("DIGEST", "/digest"), Column("BY", "/by"), Column("REASON", "/reason")];
            let page = access.get("/v1/quarantine").await?;
            config.output.list(&page, &columns, "Nothing is stopped.");
            return Ok(());
        };
        let digest = digest(access, what).await?;
        let path = format!("/v1/quarantine/{}", escaped(&digest));
        match (self.release, access.engine()) {
            // Whoever holds the data answers for all its shops.
            (false, Some(engine)) => {
                engine.quarantine(&digest, self.reason.as_deref().unwrap_or_default()).await?;
            }
            (true, Some(engine)) => engine.release(&digest).await?,
            (false, None) => drop(access.put(&path, &json!({ "reason": self.reason })).await?),
            (true, None) => drop(access.delete(&path).await?),
        }
        let (key, told) = match self.release {
            true => ("released", "may run again"),
            false => ("quarantined", "is stopped in every shop, and its runs have ended with this reason"),
        };
        match config.output.json {
            true => config.output.value(&json!({ (key): digest, "reason": self.reason })),
            false => config.output.say(&format!("{digest} {told}")),
        }
        Ok(())
    }
}

/// Of a component, or of the version in use of a plugin.
async fn digest(access: &Access, what: &str) -> Result<String> {
    if what.len() == 64 && what.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(what.to_ascii_lowercase());
    }
    let plugin = access.get(&format!("/v1/plugins/{}", escaped(what))).await?;
    plugin["digest"].as_str().map(str::to_owned).ok_or_else(|| CliError::failed("the answer has no digest"))
}
