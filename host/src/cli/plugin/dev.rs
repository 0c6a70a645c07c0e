//! `plugin dev`: builds on every save, and shows at once what the plugin does now.

mod shop;
mod watch;

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_domain::Package;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::build;
use super::test::{Benches, compiled, play, told_of};
use crate::config::Config;
use crate::error::{CliError, Doing, Result};
use crate::fixture;
use crate::output::Output;
use crate::serve;
use shop::{DevShop, Own};

#[derive(Args, Debug)]
pub struct Dev {
    /// Folder of the plugin
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Do it once, and end
    #[arg(long)]
    once: bool,
}

impl Dev {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        if !self.path.is_dir() {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(CliError::no_file(&self.path, &error).hint("name the folder of a plugin"));
        }
        let stop = serve::stop_on_signal();
        let own = match &config.server {
            Some(_) => None,
            None => Some(Own::start(config).await?),
        };
        let config = own.as_ref().map_or_else(|| config.clone(), |own| own.config(config));
        let shop = DevShop::open(&config).await;
        let ended = match shop {
            Ok(shop) => {
                if let (Some(server), false) = (&config.server, output.json) {
                    output.note(&format!(
                        "The shop is at {}{}",
                        server.url,
                        if own.is_some() {
                            format!(", token {}; it is gone when this ends", server.token)
                        } else {
                            String::new()
                        }
                    ));
                }
                self.rounds(&config, shop, &stop).await
            }
            Err(error) => Err(error),
        };
        if let Some(own) = own {
            own.end().await;
        }
        ended
    }

    async fn rounds(&self, config: &Config, shop: DevShop, stop: &CancellationToken) -> Result<()> {
        let output = config.output;
        let mut changes = watch::Changes::of(&self.path)?;
        let mut last: Option<Value> = None;
        for number in 1_u32.. {
            changes.begin();
            let round = tokio::select! {
                round = self.round(config, &shop, number) => round,
                () = stop.cancelled() => break,
            };
            match round {
                Ok(now) => {
                    told(number, last.as_ref(), &now, output);
                    last = Some(now);
                }
                Err(error) if self.once => return Err(error),
                Err(error) => error.print(output.json),
            }
            if self.once {
                break;
            }
            output.note(&format!("Waiting for changes in {} (Ctrl-C ends)", self.path.display()));
            tokio::select! {
                changed = changes.next() => changed?,
                () = stop.cancelled() => break,
            }
        }
        Ok(())
    }

    /// Builds, plays the fixtures, installs, and lets an order in. Returns what came of it in the shop.
    async fn round(&self, config: &Config, shop: &DevShop, number: u32) -> Result<Value> {
        let output = config.output;
        output.note(&format!("Building {}", self.path.display()));
        let path = self.path.clone();
        let built = tokio::task::spawn_blocking(move || build::build(&path, None)).await;
        let built = built.doing(|| "the build broke".to_owned())??;
        let components: Vec<(Package, Vec<u8>)> =
            built.into_iter().map(|one| (one.package, one.component)).collect();
        let fixtures = self.fixtures(config, &components).await?;
        let mut seen = Vec::new();
        for (package, component) in components {
            output.note(&format!(
                "Installing {} {} ({} bytes)",
                package.manifest.id, package.manifest.version, package.size
            ));
            seen.push(shop.try_out(&package, component, number, &self.first_settings()).await?);
        }
        Ok(json!({ "fixtures": fixtures, "shop": seen }))
    }

    async fn fixtures(&self, config: &Config, components: &[(Package, Vec<u8>)]) -> Result<Vec<Value>> {
        let files = self.fixture_files()?;
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let keep = compiled(&self.path);
        let benches = Benches::of(config, components.to_vec(), Some(&keep)).await?;
        let mut all = Vec::new();
        for file in files {
            // A fixture that is being written is no reason to stop.
            match play(&benches, &file, false).await {
                Ok(ended) => all.push(told_of(&ended, config.output)),
                Err(error) => {
                    all.push(json!({ "fixture": name(&file), "end": "broken", "error": error.message }))
                }
            }
        }
        Ok(all)
    }

    fn fixture_files(&self) -> Result<Vec<PathBuf>> {
        let folder = self.path.join(fixture::FOLDER);
        if folder.is_dir() { fixture::files(&folder) } else { Ok(Vec::new()) }
    }

    /// Of the first fixture that has any: with them the author tries it.
    fn first_settings(&self) -> Option<Value> {
        let files = self.fixture_files().ok()?;
        files.iter().find_map(|file| {
            let text = std::fs::read_to_string(file).ok()?;
            fixture::Fixture::parse(&text, "").ok()?.settings
        })
    }
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn told(number: u32, last: Option<&Value>, now: &Value, output: Output) {
    if output.json {
        let same = last.map(|last| last["shop"] == now["shop"]);
        return output.value(
            &json!({ "round": number, "fixtures": now["fixtures"], "shop": now["shop"], "same": same }),
        );
    }
    for fixture in now["fixtures"].as_array().into_iter().flatten() {
        let text = |name: &str| fixture[name].as_str().unwrap_or_default().to_owned();
        let line = format!("{:8} {}  {}{}", text("end"), text("fixture"), text("about"), text("error"));
        output.say(&if ["failed", "broken"].contains(&text("end").as_str()) {
            output.red(&line)
        } else {
            line
        });
        if !fixture["difference"].is_null() {
            output.say(&text("difference"));
        }
    }
    let nothing = Value::Array(Vec::new());
    match fixture::difference(last.map_or(&nothing, |last| &last["shop"]), &now["shop"], output) {
        Some(difference) if last.is_some() => output.say(&difference),
        None if last.is_some() => output.say("In the shop it does what it did."),
        _ => output.say(&format!("{:#}", now["shop"])),
    }
}
