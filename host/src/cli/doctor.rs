//! Is everything well? Each finding says what to do.

use std::path::Path;
use std::process::Command;

use clap::Args;
use serde_json::{Value, json};

use crate::config::Config;
use crate::error::{CliError, Result};
use crate::{compose, shops};

#[derive(Args, Debug)]
pub struct Doctor {}

/// Name and finding.
type Check = (String, std::result::Result<String, String>);

impl Doctor {
    pub async fn run(self, config: Config) -> Result<()> {
        let checks = check(&config).await;
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
        match bad {
            0 => Ok(()),
            _ => Err(CliError::failed(format!("{bad} of {} checks found a problem", checks.len()))),
        }
    }
}

async fn check(config: &Config) -> Vec<Check> {
    let mut checks = vec![wasm_target()];
    let storage = match compose::existing_storage(&config.data) {
        Ok(storage) => storage,
        Err(error) => {
            let hint = error.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            checks.push(("data directory".to_owned(), Err(format!("{}{hint}", error.message))));
            return checks;
        }
    };
    checks.push(("data directory".to_owned(), Ok(config.data.display().to_string())));
    match storage.check().await {
        Ok(found) => checks.extend(found),
        Err(error) => checks.push(("database".to_owned(), Err(error.to_string()))),
    }
    let count = shops::all(&storage).await.map(|shops| format!("{} shop(s)", shops.len()));
    checks.push(("shops".to_owned(), count.map_err(|error| error.to_string())));
    let sandbox = compose::executor(&config.data, &storage).map(|_| "it starts on this machine".to_owned());
    checks.push(("sandbox".to_owned(), sandbox.map_err(|error| error.to_string())));
    checks
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
