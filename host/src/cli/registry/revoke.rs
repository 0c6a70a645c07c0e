//! `registry revoke`: what must run nowhere.

use clap::Args;
use rulewright_registry::SignedList;
use rulewright_registry::revocations::Revocations;
use serde_json::json;

use super::desk::{self, Reading, Signing};
use super::index::say;
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::Column;

/// Without a digest the list is signed anew, so that hosts know it is still the newest.
#[derive(Args, Debug)]
pub struct Revoke {
    /// SHA-256 of the component, as `plugin show` and `registry index list --json` tell it
    #[arg(required_unless_present = "renew")]
    digest: Option<String>,
    /// What staff read where it no longer runs
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["undo", "renew"])]
    reason: Option<String>,
    /// It may run again
    #[arg(long, conflicts_with_all = ["reason", "renew"])]
    undo: bool,
    /// Change nothing, only sign the list anew
    #[arg(long, conflicts_with_all = ["digest", "reason"])]
    renew: bool,
    #[command(flatten)]
    signing: Signing,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    pub async fn run(self, config: &Config) -> Result<()> {
        let (desk, secret) = self.signing.desk(config)?;
        let list = desk.read::<Revocations>().await?.unwrap_or_default();
        let now = desk::now();
        let digest = self.digest.clone().unwrap_or_default();
        let digest = digest.strip_prefix("sha256:").unwrap_or(&digest).to_owned();
        let (next, question, done) = if self.renew {
            (list.renewed(now), None, "The list is signed anew".to_owned())
        } else if self.undo {
            let next = list.without(&digest, now).ok_or_else(|| {
                CliError::refused("not-found", format!("`{digest}` is not revoked by {}", desk.host))
                    .hint("rulewright registry revocations")
            })?;
            (next, None, format!("{digest} may run again"))
        } else {
            let reason = self.reason.clone().unwrap_or_default();
            let next = list.with(digest.clone(), reason, now);
            let question = format!(
                "Revoke {digest}? Wherever the list of {} is followed, it stops within an hour, and what waits of it ends.",
                desk.host
            );
            (next, Some(question), format!("{digest} is revoked"))
        };
        // Whatever is wrong with it is told before anybody is asked.
        next.seal(&secret).map_err(|refusal| {
            CliError::refused(refusal.code(), refusal.to_string())
                .hint("a digest is 64 hex digits in lower case; a reason is one line")
        })?;
        if let Some(question) = question.filter(|_| !self.yes)
            && config.output.ask(&question) != Some(true)
        {
            return Err(CliError::new(Exit::Consent, "not-agreed", "nothing was revoked"));
        }
        desk.publish(&next, &secret).await?;
        let value = json!({
            "registry": desk.host, "sequence": next.sequence, "revoked": next.revoked.len(),
        });
        say(config.output, &value, &format!("{done} ({}, number {})", desk.host, next.sequence));
        Ok(())
    }
}

#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    reading: Reading,
}

impl List {
    pub async fn run(self, config: &Config) -> Result<()> {
        let desk = self.reading.desk(config)?;
        let list = desk.read::<Revocations>().await?.unwrap_or_default();
        if config.output.json {
            config.output.value(&list);
            return Ok(());
        }
        let columns = [Column("COMPONENT", "/digest"), Column("REASON", "/reason")];
        let page = json!({ "items": list.revoked, "next": null });
        config.output.list(&page, &columns, "Nothing is revoked.");
        if list.sequence > 0 {
            config.output.note(&format!("Number {}, signed {}", list.sequence, list.issued_at));
        }
        Ok(())
    }
}
