//! `plugin replay`: a real run once more, here, with the component that lies here.

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_domain::Package;
use rulewright_engine::{Recording, Replayed};
use serde_json::{Value, json};

use super::test::{built, compiled};
use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Doing, Result};
use crate::fixture::{self, Bench, Played};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Replay {
    /// e.g. run_5
    run: String,
    /// Folder of the plugin, which is built first, or a component file: the one that ran, or a changed one
    #[arg(default_value = ".")]
    path: PathBuf,
    /// With the names, numbers and addresses of real people; needs a token that may read orders
    #[arg(long)]
    unmasked: bool,
    /// Write it down as a fixture for `plugin test`, with what comes of it here
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Replay {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        let recording = self.recording(config).await?;
        let (package, component) = self.component(&recording, output)?;
        let keep = self.path.is_dir().then(|| compiled(&self.path));
        let bench = Bench::new(config, package, component, keep.as_deref()).await?;
        // The very component that ran may do what it might then; of another one nobody has said what it may.
        let other = (bench.package.digest != recording.digest).then_some(&bench.package);
        let steps = recording.again(&**bench.executor(), other).await;
        let written = match &self.out {
            Some(file) => Some(write(file, &recording, &bench).await?),
            None => None,
        };
        if output.json {
            let told: Vec<Value> = steps.iter().map(as_json).collect();
            output.value(&json!({
                "run": recording.run, "plugin": recording.plugin, "masked": recording.masked,
                "same_component": other.is_none(), "same": steps.iter().all(Replayed::is_alike), "steps": told,
                "fixture": self.out, "notes": written.unwrap_or_default(),
            }));
            return Ok(());
        }
        let what = if other.is_none() { "the component that it began with" } else { "another component" };
        output.say(&format!(
            "{} of rule \"{}\", with {what}",
            recording.run,
            cell(&json!(recording.rule_name))
        ));
        if recording.masked {
            output.note("People in it are masked; --unmasked shows them to who may read orders.");
        }
        steps.iter().for_each(|step| output.say(&told(step, output)));
        let changed = steps.iter().filter(|step| !step.is_alike()).count();
        output.say(&match changed {
            0 => "It ends as it did then.".to_owned(),
            changed => format!("{changed} of {} steps end otherwise than then.", steps.len()),
        });
        if let (Some(file), Some(notes)) = (&self.out, written) {
            output.say(&format!("{} is written", file.display()));
            notes.iter().for_each(|note| output.note(&format!("note: {note}")));
        }
        Ok(())
    }

    async fn recording(&self, config: &Config) -> Result<Recording> {
        let access = Access::open(config).await?;
        let query = if self.unmasked { "?unmasked=true" } else { "" };
        let answer = access.get(&format!("/v1/runs/{}/recording{query}", escaped(&self.run))).await;
        access.close().await?;
        let mut answer = answer?;
        if answer["format"] != json!(Recording::FORMAT) {
            let message = format!(
                "the server records runs in format {}, and this program reads {}",
                answer["format"],
                Recording::FORMAT
            );
            return Err(CliError::refused("other-format", message)
                .hint("use the program in the version of the server"));
        }
        serde_json::from_value(answer["recording"].take()).doing(|| "the recording cannot be read".to_owned())
    }

    fn component(&self, recording: &Recording, output: Output) -> Result<(Package, Vec<u8>)> {
        let all = match self.path.is_file() {
            true => vec![super::read(&self.path)?],
            false => {
                std::fs::metadata(&self.path).map_err(|error| CliError::no_file(&self.path, &error))?;
                built(&self.path, output)?
            }
        };
        let ids: Vec<String> = all.iter().map(|(package, _)| package.manifest.id.clone()).collect();
        all.into_iter().find(|(package, _)| package.manifest.id == recording.plugin).ok_or_else(|| {
            let message = format!(
                "the run is of `{}`, and {} is {}",
                recording.plugin,
                self.path.display(),
                ids.join(", ")
            );
            CliError::refused("other-plugin", message).hint("name the folder or the component of that plugin")
        })
    }
}

fn as_json(step: &Replayed) -> Value {
    json!({
        "step": step.step, "attempt": step.attempt, "same": step.is_alike(),
        "then": { "ended": step.ended_then, "effects": step.then, "fuel": step.fuel_then },
        "now": { "ended": step.ended, "effects": step.now, "fuel": step.fuel_now },
    })
}

fn told(step: &Replayed, output: Output) -> String {
    let mut lines = vec![format!("step {}   {}", step.step, cell(&json!(step.ended)))];
    let view = |ended: &str, effects: &[Value]| json!({ "ended": ended, "effects": effects.iter().map(fixture::pruned).collect::<Vec<_>>() });
    let (then, now) = (view(&step.ended_then, &step.then), view(&step.ended, &step.now));
    match fixture::difference(&then, &now, output) {
        Some(difference) => lines.extend(difference.lines().map(|line| format!("    {line}"))),
        None => lines.extend(step.now.iter().map(|effect| format!("    {}", fixture::effect_told(effect)))),
    }
    lines.push(match step.fuel_now == step.fuel_then {
        true => format!("    {} instructions, as then", step.fuel_now),
        false => format!("    {} instructions, then {}", step.fuel_now, step.fuel_then),
    });
    lines.join("\n")
}

/// With what comes of it here as what it expects. Returns what it could not hold.
async fn write(file: &Path, recording: &Recording, bench: &Bench) -> Result<Vec<String>> {
    let (mut fixture, mut notes) = fixture::fixture_of(recording);
    let played = Played::of(bench, &fixture).await?;
    notes.extend(played.notes);
    fixture.expect = Some(played.outcome);
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).doing(|| format!("cannot create {}", parent.display()))?;
    }
    let text = serde_json::to_string_pretty(&fixture).doing(|| "the fixture cannot be written".to_owned())?;
    std::fs::write(file, format!("{text}\n")).doing(|| format!("cannot write {}", file.display()))?;
    Ok(notes)
}
