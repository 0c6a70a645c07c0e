//! `halt`: what comes in or goes out stops at once, in every shop.

use clap::{Args, ValueEnum};
use rulewright_domain::Flow;
use serde_json::json;

use crate::access::Access;
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::Column;

#[derive(Args, Debug)]
pub struct Halt {
    /// What to halt, or to let go on
    flow: Option<Way>,
    /// What staff and callers read meanwhile
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["resume", "list"])]
    reason: Option<String>,
    /// Let it go on
    #[arg(long, conflicts_with = "reason")]
    resume: bool,
    /// List what is halted
    #[arg(long, conflicts_with_all = ["reason", "resume", "flow"])]
    list: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    /// Events and changes from outside: 503 until it goes on; reading and settings go on
    Intake,
    /// Messages and webhooks: they wait, and go out afterwards
    Outbox,
    /// Requests of plugins: refused as if there were no network
    Egress,
}

impl Way {
    fn flow(self) -> Flow {
        match self {
            Way::Intake => Flow::Intake,
            Way::Outbox => Flow::Outbox,
            Way::Egress => Flow::Egress,
        }
    }
}

impl Halt {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let done = self.apply(&access, &config).await;
        access.close().await?;
        done
    }

    async fn apply(&self, access: &Access, config: &Config) -> Result<()> {
        let Some(flow) = self.flow.map(Way::flow) else {
            if !self.list {
                return Err(CliError::usage("name what to halt: intake, outbox or egress"));
            }
            let columns = [
                Column("FLOW", "/flow"),
                Column("SINCE", "/since"),
                Column("BY", "/by"),
                Column("REASON", "/reason"),
            ];
            let page = access.get("/v1/halts").await?;
            config.output.list(&page, &columns, "Nothing is halted.");
            return Ok(());
        };
        let (path, reason) =
            (format!("/v1/halts/{}", flow.name()), self.reason.as_deref().unwrap_or_default());
        match (self.resume, access.engine()) {
            // Whoever holds the data answers for all its shops.
            (false, Some(engine)) => engine.halt(flow, reason).await?,
            (true, Some(engine)) => engine.resume(flow).await?,
            (false, None) => drop(access.put(&path, &json!({ "reason": reason })).await?),
            (true, None) => drop(access.delete(&path).await?),
        }
        let (key, told) = match self.resume {
            true => ("resumed", "goes on".to_owned()),
            false => (
                "halted",
                format!("is halted in every shop, until `rulewright halt {} --resume`", flow.name()),
            ),
        };
        match config.output.json {
            true => config.output.value(&json!({ (key): flow.name(), "reason": self.reason })),
            false => config.output.say(&format!("{} {told}", flow.name())),
        }
        Ok(())
    }
}
