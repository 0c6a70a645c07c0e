//! Is everything well? Each finding says what to do.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clap::Args;
use rulewright_runtime::Guests;
use serde_json::{Value, json};

use crate::access::Access;
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::{compose, shops};

#[derive(Args, Debug)]
pub struct Doctor {}

/// For processes that guests run in.
const START: Duration = Duration::from_secs(30);

/// Name and finding.
type Check = (String, std::result::Result<String, String>);

impl Doctor {
    pub async fn run(self, config: Config) -> Result<()> {
        let (checks, reached) = match &config.server {
            Some(server) => of_server(&config, &server.url).await,
            None => of_directory(&config).await,
        };
        let bad = checks.iter().filter(|(_, finding)| finding.is_err()).count();
        if config.output.json {
            let items: Vec<Value> = checks
                .iter()
                .map(|(name, finding)| match finding {
                    Ok(text) => json!({ "check": name, "ok": true, "finding": text }),
                    Err(text) => json!({ "check": name, "ok": false, "finding": text }),
                })
                .collect();
            config.output.value(&json!({ "items": items, "next": null }));
        } else {
            for (name, finding) in &checks {
                let (mark, text) = match finding {
                    Ok(text) => ("ok  ", text),
                    Err(text) => ("BAD ", text),
                };
                config.output.say(&format!("{mark} {name}: {text}"));
            }
        }
        let found = || format!("{bad} of {} checks found a problem", checks.len());
        match (reached, bad) {
            (false, _) => Err(CliError::new(Exit::Unreachable, "unreachable", found())),
            (true, 0) => Ok(()),
            (true, _) => Err(CliError::failed(found()).hint("each finding above says what to do")),
        }
    }
}

/// Findings, and whether there was anything to look at.
async fn of_server(config: &Config, url: &str) -> (Vec<Check>, bool) {
    let ready = async {
        let access = Access::open(config).await?;
        access.get("/readyz").await
    };
    let (finding, reached) = match ready.await {
        Ok(health) => {
            (Ok(format!("{url} is ready, version {}", health["version"].as_str().unwrap_or("?"))), true)
        }
        Err(error) => (Err(told(&error)), error.exit != Exit::Unreachable),
    };
    (vec![wasm_target(), ("server".to_owned(), finding)], reached)
}

async fn of_directory(config: &Config) -> (Vec<Check>, bool) {
    let mut checks = vec![wasm_target()];
    if let Some(holder) = compose::holder(&config.data) {
        let whose = format!("{}, held by {holder}", config.data.display());
        checks.push(("data directory".to_owned(), Ok(whose)));
        found(&mut checks, compose::check(config));
        return (checks, true);
    }
    let storage = match compose::existing_storage(config) {
        Ok(storage) => storage,
        Err(error) => {
            checks.push(("data directory".to_owned(), Err(told(&error))));
            return (checks, false);
        }
    };
    checks.push(("data directory".to_owned(), Ok(config.data.display().to_string())));
    found(&mut checks, storage.check().await.map_err(CliError::from));
    let count = shops::all(&storage).await.map(|shops| format!("{} shop(s)", shops.len()));
    checks.push(("shops".to_owned(), count.map_err(|error| told(&error))));
    let place = config.guests.unwrap_or_default();
    match compose::executor_at(place, config, &config.data, &storage) {
        Ok((_executor, guests)) => {
            checks.push(("sandbox".to_owned(), Ok("it starts on this machine".to_owned())));
            checks.push(("guests".to_owned(), walled(guests).await));
        }
        Err(error) => checks.push(("sandbox".to_owned(), Err(told(&error)))),
    }
    (checks, true)
}

/// Where guests would run, and what keeps them there. Fewer walls than there could be are no problem: the finding says why.
async fn walled(guests: Option<Guests>) -> std::result::Result<String, String> {
    let Some(guests) = guests else {
        return Ok("they run in the server's own process, behind the sandbox alone".to_owned());
    };
    let advice = "`serve --guests in-process` runs them without";
    let there = guests.all_there(START).await;
    let there = there.map_err(|why| format!("no process for them: {why}; {advice}"))?;
    let walls = there.walls.map(|walls| walls.to_string()).unwrap_or_default();
    Ok(format!("they run in processes of their own, {} here, {walls}", there.wanted))
}

fn found(checks: &mut Vec<Check>, findings: Result<Vec<Check>>) {
    match findings {
        Ok(findings) => checks.extend(findings),
        Err(error) => checks.push(("database".to_owned(), Err(told(&error)))),
    }
}

fn told(error: &CliError) -> String {
    format!("{}; {}", error.message, error.hint)
}

/// Only authors of plugins need it, so it is not a problem where it is missing.
fn wasm_target() -> Check {
    let target = rulewright_guest_build::TARGET;
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    let there = asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir());
    let finding = match there {
        true => format!("{target} is there: `rulewright plugin build` works"),
        false => format!(
            "{target} is not there; only `rulewright plugin build` needs it: rustup target add {target}"
        ),
    };
    ("Rust for plugins".to_owned(), Ok(finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Durability;
    use crate::config::Flags;

    #[tokio::test]
    async fn a_held_directory_is_well_and_a_missing_one_cannot_be_reached() {
        let dir = tempfile::tempdir().unwrap();
        let at = |data: &Path| Flags { data: Some(data.to_owned()), json: true, ..Flags::default() };
        let held = compose::storage(dir.path(), Durability::Process).unwrap();
        Doctor {}.run(Config::read(at(dir.path())).unwrap()).await.unwrap();
        drop(held);
        let nowhere = Config::read(at(&dir.path().join("nowhere"))).unwrap();
        assert_eq!(Doctor {}.run(nowhere).await.unwrap_err().exit, Exit::Unreachable);
    }
}
