//! `plugin install`: what it may do, a question, and only then it is there.

use std::path::PathBuf;

use clap::Args;
use rulewright_domain::Package;
use rulewright_domain::plugin::HttpTarget;
use serde_json::{Value, json};

use crate::access::{Access, query};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Install {
    /// A component, e.g. target/plugins/greet.wasm
    file: PathBuf,
    /// Agree without being asked
    #[arg(long, short)]
    yes: bool,
    /// A host that the plugin may send to, where it lets the shop choose; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

impl Install {
    pub async fn run(self, config: &Config) -> Result<()> {
        let (package, bytes) = super::read(&self.file)?;
        let hosts = hosts(&package, &self.allow_host)?;
        let output = config.output;
        agree(&package, &hosts, self.yes, output)?;
        let access = Access::open(config).await?;
        // The digest says that exactly these bytes were agreed to.
        let hosts = (!self.allow_host.is_empty()).then(|| self.allow_host.join(","));
        let query = query(&[("accept", Some(package.digest.clone())), ("hosts", hosts)]);
        let installed = access.post_bytes(&format!("/v1/plugins{query}"), "application/wasm", bytes).await;
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
