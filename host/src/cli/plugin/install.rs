//! `plugin install`: what it may do, a question, and only then it is there.

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_domain::Package;
use rulewright_domain::plugin::HttpTarget;
use serde_json::{Value, json};

use super::build;
use crate::access::{Access, query};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Install {
    /// A component, e.g. target/plugins/greet.wasm, or the folder of a crate, which is built first
    path: PathBuf,
    /// Agree without being asked
    #[arg(long, short)]
    yes: bool,
    /// A host that the plugin may send to, where it lets the shop choose; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

impl Install {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        let (package, bytes) = match self.path.is_dir() {
            true => built(&self.path, output)?,
            false => super::read(&self.path)?,
        };
        let hosts = hosts(&package, &self.allow_host)?;
        agree(&package, &hosts, self.yes, output)?;
        let access = Access::open(config).await?;
        // The digest says that exactly these bytes were agreed to.
        let hosts = (!self.allow_host.is_empty()).then(|| self.allow_host.join(","));
        let query = query(&[("accept", Some(package.digest.clone())), ("hosts", hosts)]);
        let working = output.working("Compiling it for the processor that runs it");
        let installed = access.post_bytes(&format!("/v1/plugins{query}"), "application/wasm", bytes).await;
        working.finish_and_clear();
        access.close().await?;
        let installed = installed?;
        match output.json {
            // As the shop has it now: hosts that were chosen earlier stay.
            true => output.value(&json!({
                "installed": installed["id"], "digest": installed["digest"], "grant": installed["grant"],
            })),
            false => output.say(&told(&installed)),
        }
        Ok(())
    }
}

/// The one component of a crate.
fn built(path: &Path, output: Output) -> Result<(Package, Vec<u8>)> {
    output.note(&format!("Building {}; the first time may take minutes", path.display()));
    let mut all = build::build(path, None)?;
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Ok((one.package, one.component)),
        (last, _) => {
            let files = all.iter().chain(&last).map(|one| one.file.display().to_string());
            let files = files.collect::<Vec<_>>().join(", ");
            Err(CliError::usage(format!("{} has several plugins", path.display()))
                .hint(format!("they are built; install each: {files}")))
        }
    }
}

fn told(installed: &Value) -> String {
    let mut text = format!("{} {} is installed", cell(&installed["id"]), cell(&installed["version"]));
    let targets = installed["grant"]["http"].as_array().into_iter().flatten();
    let hosts: Vec<String> = targets.map(|target| cell(&target["host"])).collect();
    if !hosts.is_empty() {
        text.push_str(&format!("; it may send to {}", hosts.join(", ")));
    }
    text
}

fn hosts(package: &Package, named: &[String]) -> Result<Vec<HttpTarget>> {
    if !named.is_empty() && !package.manifest.permissions.http_chosen_by_shop {
        return Err(CliError::usage(format!("{} does not let the shop choose hosts", package.manifest.id))
            .hint("leave --allow-host out: its hosts are part of what it asks for"));
    }
    let target =
        |host: &String| HttpTarget { host: host.clone(), methods: Default::default(), path: "/".to_owned() };
    Ok(named.iter().map(target).collect())
}

fn agree(package: &Package, hosts: &[HttpTarget], yes: bool, output: Output) -> Result<()> {
    output.note(&super::told(package));
    for target in hosts {
        output.note(&format!("  - You let it send to `{}`.", target.host));
    }
    if package.manifest.permissions.http_chosen_by_shop && hosts.is_empty() {
        output.note(
            "It sends to hosts that you name with --allow-host HOST. You named none, so it can send nowhere.",
        );
    }
    if yes || output.ask("Install it?") == Some(true) {
        return Ok(());
    }
    let message = format!("{} was not installed", package.manifest.id);
    Err(CliError::new(Exit::Consent, "not-agreed", message)
        .hint("say yes, or use --yes where nobody can answer"))
}
