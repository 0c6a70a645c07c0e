//! `plugin install`: stage by stage, what it may do, a question, and only then it is there.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::consent::{Agreement, question};
use super::follow::{self, Follow};
use super::{build, read};
use crate::access::{Access, query};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Install {
    /// A component, the folder of a crate, which is built first, an id from the marketplace, a registry's reference, an
    /// https address, or `bundled:` and the id of a plugin that comes with this program
    source: String,
    #[command(flatten)]
    agreement: Agreement,
    #[command(flatten)]
    trust: Trust,
}

const EXAMPLES: &str = "\
Examples:
  rulewright plugin install target/plugins/greet.wasm
  rulewright plugin install acme.greet
  rulewright plugin install registry.example/acme/greet:1.2.0 --without orders-write.cancel
  rulewright plugin install https://example.com/greet.wasm --accept-key 9f86-d081-884c-7d65 --yes
Without --yes, and with nobody to ask, it waits: see `rulewright plugin offers`";

/// What whoever installs allows beyond the usual.
#[derive(Args, Debug, Default)]
pub struct Trust {
    /// Also if nobody has signed it; never where the publisher's key is known
    #[arg(long)]
    pub allow_unsigned: bool,
    /// Fingerprint of the key that it must be signed with, also where another one is known
    #[arg(long, value_name = "FINGERPRINT")]
    pub accept_key: Option<String>,
    /// Also if there was a higher version
    #[arg(long)]
    pub allow_downgrade: bool,
}

impl Install {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let installed =
            install(&access, config.output, &self.source, None, &self.agreement, &self.trust).await;
        access.close().await?;
        installed.map(drop)
    }
}

/// `plugin` is the one that it must be, where it matters.
pub async fn install(
    access: &Access,
    output: Output,
    source: &str,
    plugin: Option<&str>,
    agreement: &Agreement,
    trust: &Trust,
) -> Result<Value> {
    let job = begin(access, output, source, plugin, trust).await?;
    let mut follow = Follow::new(access, output);
    let job = follow.until_rest(job).await?;
    settle(access, output, &mut follow, job, agreement).await
}

async fn begin(
    access: &Access,
    output: Output,
    source: &str,
    plugin: Option<&str>,
    trust: &Trust,
) -> Result<Value> {
    let plugin = plugin.map(str::to_owned);
    let Some(file) = file(source, output)? else {
        let body = json!({
            "source": source, "plugin": plugin, "allow_unsigned": trust.allow_unsigned,
            "accept_key": trust.accept_key, "allow_downgrade": trust.allow_downgrade,
        });
        return access.post("/v1/installs", &body).await;
    };
    let query = query(&[
        ("name", Some(file.name)),
        ("plugin", plugin),
        ("accept_key", trust.accept_key.clone()),
        ("allow_downgrade", trust.allow_downgrade.then(|| "true".to_owned())),
    ]);
    access.post_component(&format!("/v1/installs{query}"), file.component, file.signature.as_deref()).await
}

struct File {
    name: String,
    component: Vec<u8>,
    /// As it lies beside the component.
    signature: Option<Vec<u8>>,
}

/// None: it is nothing on this machine.
fn file(source: &str, output: Output) -> Result<Option<File>> {
    let path = Path::new(source);
    if path.is_dir() {
        let (name, component) = built(path, output)?;
        return Ok(Some(File { name, component, signature: None }));
    }
    let looks = source.contains("://") || !source.ends_with(".wasm");
    if looks && !path.is_file() {
        return Ok(None);
    }
    // Judged here too, so that a mistake in it needs no server to be found.
    let (_, component) = read(path)?;
    let beside = PathBuf::from(format!("{source}.sig"));
    let signature = match beside.is_file() {
        true => Some(std::fs::read(&beside).map_err(|error| CliError::no_file(&beside, &error))?),
        false => None,
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Some(File { name, component, signature }))
}

/// The one component of a crate, and the name of its file.
fn built(path: &Path, output: Output) -> Result<(String, Vec<u8>)> {
    output.note(&format!("Building {}; the first time may take minutes", path.display()));
    let mut all = build::build(path, None)?;
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => {
            let name = one.file.file_name().map(|name| name.to_string_lossy().into_owned());
            Ok((name.unwrap_or_default(), one.component))
        }
        (last, _) => {
            let files = all.iter().chain(&last).map(|one| one.file.display().to_string());
            let files = files.collect::<Vec<_>>().join(", ");
            Err(CliError::usage(format!("{} has several plugins", path.display()))
                .hint(format!("they are built; install each: {files}")))
        }
    }
}

/// Answers the question where there is one, and sees it through.
pub async fn settle(
    access: &Access,
    output: Output,
    follow: &mut Follow<'_>,
    job: Value,
    agreement: &Agreement,
) -> Result<Value> {
    let job = match job["state"].as_str() {
        Some("waiting") => {
            let answer = ask(access, output, &job, agreement).await?;
            let job = access.post(&follow::path(&job, "/consent"), &answer).await?;
            follow.until_rest(job).await?
        }
        _ => job,
    };
    let plugin = job["plugin"].as_str().unwrap_or_default();
    let installed = access.get(&format!("/v1/plugins/{}", crate::access::escaped(plugin))).await?;
    match output.json {
        // As the shop has it now: hosts that were chosen earlier stay.
        true => output.value(&json!({
            "type": "installed", "installed": installed["id"], "version": installed["version"],
            "digest": installed["digest"], "grant": installed["grant"], "denied": installed["denied"],
        })),
        false => output.say(&told(&installed)),
    }
    Ok(installed)
}

/// The answer to its question; a no ends it.
async fn ask(access: &Access, output: Output, job: &Value, agreement: &Agreement) -> Result<Value> {
    let consent = &job["consent"];
    output.note(&question(consent, &job["diff"]));
    let answer = match agreement.answer(consent) {
        Ok(answer) => answer,
        Err(wrong) => {
            decline(access, job).await?;
            return Err(wrong);
        }
    };
    output.note(agreement.told(consent).trim_end());
    let plugin = cell(&job["plugin"]);
    let said = if agreement.yes { Some(true) } else { output.ask("Install it?") };
    match said {
        Some(true) => Ok(answer),
        Some(false) => {
            decline(access, job).await?;
            let message = format!("{plugin} was not installed");
            Err(CliError::new(Exit::Consent, "not-agreed", message).hint("nothing has changed"))
        }
        None => {
            if output.json {
                output.value(&json!({ "type": "consent", "install": job["id"], "consent": consent, "diff": job["diff"] }));
            }
            let message = format!("{plugin} {} waits for somebody to agree", cell(&job["version"]));
            Err(CliError::new(Exit::Consent, "not-agreed", message).hint(format!(
                "agree with --yes or `rulewright plugin accept {plugin}`; or give up with `rulewright plugin decline {plugin}`"
            )))
        }
    }
}

async fn decline(access: &Access, job: &Value) -> Result<()> {
    access.post(&follow::path(job, "/decline"), &json!({})).await.map(drop)
}

fn told(installed: &Value) -> String {
    let mut text = format!("{} {} is installed", cell(&installed["id"]), cell(&installed["version"]));
    let targets = installed["grant"]["http"].as_array().into_iter().flatten();
    let hosts: Vec<String> = targets.map(|target| cell(&target["host"])).collect();
    if !hosts.is_empty() {
        text.push_str(&format!("; it may send to {}", hosts.join(", ")));
    }
    let secrets = installed["secrets"].as_object().into_iter().flatten();
    let empty: Vec<&str> =
        secrets.filter(|(_, filled)| **filled != true).map(|(name, _)| name.as_str()).collect();
    if !empty.is_empty() {
        text.push_str(&format!("; it waits for the secrets {}", empty.join(", ")));
    }
    text
}
