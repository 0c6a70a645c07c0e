//! `plugin test`: a crate's own tests, or a component in the sandbox that a shop would run it in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clap::Args;
use rulewright_domain::plugin::PluginKind;
use rulewright_domain::{Grant, Package, Wake};
use rulewright_ports::{Completion, ExamineTask, Invocation, StepTask, Task};
use serde_json::{Value, json};

use super::fixture::{self, Fixture};
use crate::compose;
use crate::config::Config;
use crate::error::{CliError, Doing, Result};
use crate::output::Output;

#[derive(Args, Debug)]
pub struct Test {
    /// Folder of a crate, or a component file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Settings of the plugin as JSON, for a component
    #[arg(long, value_name = "JSON", default_value = "{}")]
    settings: String,
    /// The event that a trigger examines [default: the first that it subscribes to]
    #[arg(long, value_name = "KIND")]
    event: Option<String>,
}

impl Test {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self.path.is_file() {
            true => self.component(config.output).await,
            false => {
                std::fs::metadata(&self.path).map_err(|error| CliError::no_file(&self.path, &error))?;
                cargo_test(&self.path, config.output)
            }
        }
    }

    async fn component(self, output: Output) -> Result<()> {
        let (package, bytes) = super::read(&self.path)?;
        let settings: Value = serde_json::from_str(&self.settings)
            .map_err(|error| CliError::usage(format!("--settings is not JSON: {error}")))?;
        let order = Arc::new(fixture::order().doing(|| "the made-up order".to_owned())?);
        let task = match package.manifest.kind {
            PluginKind::Rule => Task::Step(Box::new(StepTask {
                run: "run_1".to_owned(),
                rule: "rule-1".into(),
                rule_name: package.manifest.title.clone(),
                step: 0,
                attempt: 0,
                order: order.clone(),
                stages: fixture::stages(),
                settings: settings.to_string(),
                previous: None,
                wake: Wake::Started,
                started_by: fixture::event(None),
                state: None,
            })),
            PluginKind::Trigger => {
                let first = package.manifest.subscriptions.first().map(String::as_str);
                Task::Examine(Box::new(ExamineTask {
                    trigger_name: package.manifest.title.clone(),
                    settings: settings.to_string(),
                    order: order.clone(),
                    event: fixture::event(self.event.as_deref().or(first)),
                }))
            }
            PluginKind::Provider => {
                return Err(CliError::refused("provider", "a provider cannot be run on an order")
                    .hint("test it with `cargo test`"));
            }
        };
        let completion = run(&package, bytes, task, Fixture { order }).await?;
        match output.json {
            true => output.value(&json!(completion)),
            false => output.say(&told(&completion)),
        }
        match completion.result {
            Ok(_) => Ok(()),
            Err(failure) => Err(CliError::refused(&failure.code, failure.message)
                .hint("nothing of the step would have been kept")),
        }
    }
}

async fn run(package: &Package, bytes: Vec<u8>, task: Task, world: Fixture) -> Result<Completion> {
    // The runtime keeps compiled code in a folder; this one is gone with the test.
    let cache = tempfile::tempdir().doing(|| "no temporary folder".to_owned())?;
    let executor = compose::executor_alone(cache.path())?;
    let refused = |failure: rulewright_ports::Failure| CliError::refused(&failure.code, failure.message);
    executor.prepare(&package.digest, Arc::from(bytes)).await.map_err(refused)?;
    let invocation = Invocation {
        shop: fixture::SHOP,
        plugin: package.manifest.id.clone(),
        digest: package.digest.clone(),
        grant: Grant::whole(&package.manifest, &package.imports, &[]),
        limits: package.manifest.limits.clone(),
        seed: "plugin test".to_owned(),
        now: fixture::NOW,
        locale: "en-GB".to_owned(),
        time_zone: "Europe/London".to_owned(),
        hours: Default::default(),
        task,
    };
    Ok(executor.run(invocation, Arc::new(world)).await)
}

fn told(completion: &Completion) -> String {
    let mut lines = Vec::new();
    match &completion.result {
        Ok(answer) => lines.push(format!("outcome  {}", json!(answer))),
        Err(failure) => lines.push(format!("failed   {failure}")),
    }
    for effect in &completion.effects {
        lines.push(format!("effect   {}", json!(effect)));
    }
    for log in &completion.logs {
        lines.push(format!("log      {} {}", log.level, crate::output::cell(&json!(log.message))));
    }
    let usage = &completion.usage;
    lines.push(format!(
        "used     {} of {} instructions, {} of {} bytes, {} host calls, {} us",
        usage.fuel, usage.fuel_limit, usage.memory, usage.memory_limit, usage.host_calls, usage.microseconds
    ));
    lines.push("Nothing was sent and nothing was kept.".to_owned());
    lines.join("\n")
}

fn cargo_test(path: &Path, output: Output) -> Result<()> {
    let manifest = super::build::manifest(path)?;
    let mut cargo = Command::new("cargo");
    cargo.arg("test").arg("--manifest-path").arg(manifest);
    if output.json {
        // Stdout is for JSON.
        cargo.stdout(std::process::Stdio::null());
    }
    let status = cargo.status().doing(|| "cannot start cargo: is Rust installed?".to_owned())?;
    if output.json {
        output.value(&json!({ "passed": status.success() }));
    }
    match status.success() {
        true => Ok(()),
        false => Err(CliError::new(crate::error::Exit::Failed, "tests", "the tests do not pass")
            .hint("what cargo printed above says which, and why")),
    }
}
