//! `plugin check`: whether a shop would take it, and what to do where not. Asks no server.

mod culprit;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rulewright_domain::Package;
use rulewright_domain::plugin::PluginKind;
use rulewright_engine::Nowhere;
use rulewright_ports::{Answer, Invocation, Task, component};
use rulewright_registry::{Contract, Foreign, HOST_API, Origin, consent, foreign_imports, inspect};
use serde::Serialize;
use serde_json::{Value, json};

use super::build;
use super::test::compiled;
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::fixture::Bench;
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Check {
    /// A component, e.g. target/plugins/greet.wasm, or the folder of a plugin, which is built first
    #[arg(default_value = ".")]
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Ends {
    Ok,
    Warning,
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    result: Ends,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, result: Ends::Ok, message: message.into(), hint: None }
    }

    fn warning(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { check, result: Ends::Warning, message: message.into(), hint: Some(hint.into()) }
    }

    fn error(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { check, result: Ends::Error, message: message.into(), hint: Some(hint.into()) }
    }
}

/// What was found in one component.
struct Checked {
    file: PathBuf,
    code: Option<String>,
    package: Option<Package>,
    findings: Vec<Finding>,
}

impl Check {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        let all = match self.path.is_dir() {
            true => folder(config, &self.path).await?,
            false => {
                let bytes =
                    std::fs::read(&self.path).map_err(|error| CliError::no_file(&self.path, &error))?;
                vec![component_of(config, &self.path, bytes, None).await?]
            }
        };
        for checked in &all {
            tell(checked, output);
        }
        match all.iter().find_map(|checked| Some((checked, checked.code.as_deref()?))) {
            None => Ok(()),
            Some((checked, code)) => {
                Err(CliError::refused(code, format!("{} would not be accepted", checked.file.display()))
                    .hint("mend what is marked as error above"))
            }
        }
    }
}

async fn folder(config: &Config, folder: &Path) -> Result<Vec<Checked>> {
    config.output.note(&format!("Building {}; the first time may take minutes", folder.display()));
    let built = match build::build(folder, None) {
        Ok(built) => built,
        // What cannot be built often has one dependency too many.
        Err(error) => {
            let findings = crates(folder);
            if findings.is_empty() {
                return Err(error);
            }
            let mut all = vec![Finding::error("build", error.message.clone(), error.hint)];
            all.extend(findings);
            let code = Some(error.code);
            return Ok(vec![Checked { file: folder.to_owned(), code, package: None, findings: all }]);
        }
    };
    let mut all = Vec::new();
    for one in built {
        let mut checked = component_of(config, &one.file, one.component, Some(folder)).await?;
        if checked.package.is_none() {
            checked.findings.extend(crates(folder));
        }
        all.push(checked);
    }
    Ok(all)
}

/// Dependencies of a crate that believe to be in a browser.
fn crates(folder: &Path) -> Vec<Finding> {
    let found = culprit::of_browser(folder);
    let told = found.into_iter().map(|one| {
        let message = format!("`{}` brings wasm-bindgen in: {}", one.name, one.chain.join(" <- "));
        Finding::error("dependencies", message, one.advice())
    });
    told.collect()
}

async fn component_of(
    config: &Config,
    file: &Path,
    bytes: Vec<u8>,
    folder: Option<&Path>,
) -> Result<Checked> {
    let foreign = foreign_imports(&bytes);
    let size = bytes.len();
    let package = match inspect(&bytes) {
        Ok(package) => package,
        Err(refusal) => {
            let mut findings =
                vec![Finding::error("component", refusal.to_string(), "it says above what to do")];
            findings.extend(foreign.iter().map(of_foreign));
            if foreign.is_empty() {
                if let Some(Finding { hint, .. }) = findings.first_mut() {
                    *hint = Some("build it with `rulewright plugin build`".to_owned());
                }
            } else if let Some(Finding { hint, .. }) = findings.first_mut() {
                *hint = Some("what it imports from elsewhere is listed below".to_owned());
            }
            let code = Some(refusal.code().to_owned());
            return Ok(Checked { file: file.to_owned(), code, package: None, findings });
        }
    };
    let mut findings = vec![Finding::ok("component", "it is a sound component with one manifest")];
    findings.push(of_size(size));
    findings.push(of_version(&package));
    findings.push(Finding::ok(
        "imports",
        format!("{} host functions, and the manifest says what they need", package.imports.len()),
    ));
    findings.extend(foreign.iter().map(|one| {
        Finding::warning(
            "imports",
            format!("it imports `{}`", one.from),
            "the host answers it with next to nothing",
        )
    }));
    let mut code = None;
    for finding in of_settings(config, &package, bytes, folder).await? {
        if finding.result == Ends::Error {
            code = Some("settings".to_owned());
        }
        findings.push(finding);
    }
    Ok(Checked { file: file.to_owned(), code, package: Some(package), findings })
}

fn of_size(size: usize) -> Finding {
    let told = format!("{size} bytes of at most {}", component::BYTES);
    match size > component::BYTES {
        false => Finding::ok("size", told),
        true => Finding::warning(
            "size",
            format!(
                "{size} bytes; above {} each step gets memory of its own, and few run at a time",
                component::BYTES
            ),
            "build it optimised for size, and leave dependencies out that it hardly uses",
        ),
    }
}

fn of_version(package: &Package) -> Finding {
    let offered = Contract::current().host_functions();
    let missing: Vec<&String> = package.imports.iter().filter(|name| !offered.contains(name)).collect();
    match missing.is_empty() {
        true => Finding::ok(
            "contract",
            format!("made for rulewright:host {}, and this is {HOST_API}", package.manifest.host_api),
        ),
        false => Finding::error(
            "contract",
            format!("this host lacks {missing:?}"),
            "build it with an older SDK, or run a newer host",
        ),
    }
}

/// The plugin's own answer to its example, in the sandbox.
async fn of_settings(
    config: &Config,
    package: &Package,
    bytes: Vec<u8>,
    folder: Option<&Path>,
) -> Result<Vec<Finding>> {
    let manifest = &package.manifest;
    let mut findings = Vec::new();
    let Some(example) = &manifest.example else {
        let empty = manifest.settings["properties"].as_object().is_none_or(serde_json::Map::is_empty);
        if !empty {
            let hint =
                "add an `example`: staff begin with it, and a new version is tried with it before it is used";
            findings.push(Finding::warning("settings", "the manifest has no example of its settings", hint));
        }
        return Ok(findings);
    };
    for problem in rulewright_registry::settings_problems(&manifest.settings, example) {
        let hint = "make the example and the type of the settings agree";
        findings.push(Finding::error(
            "settings",
            format!("its own example does not fit its schema: {problem}"),
            hint,
        ));
    }
    let keep = folder.map(compiled);
    let bench = Bench::new(config, package.clone(), bytes, keep.as_deref()).await?;
    let invocation = Invocation {
        shop: rulewright_domain::ShopId(1),
        plugin: manifest.id.clone(),
        digest: package.digest.clone(),
        grant: rulewright_domain::Grant::whole(manifest, &package.imports, &[]),
        limits: manifest.limits.clone(),
        seed: "check".to_owned(),
        now: rulewright_domain::Timestamp(0),
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
        hours: Default::default(),
        task: Task::Validate { settings: example.to_string(), kind: manifest.kind },
    };
    let done = bench.executor().run(invocation, Arc::new(Nowhere)).await;
    match done.result {
        Ok(Answer::Issues(issues)) => findings.extend(issues.iter().map(|issue| {
            let message = format!("it refuses its own example at `{}`: {}", issue.path, issue.message);
            Finding::error("settings", message, "make the example one that it accepts")
        })),
        Ok(_) => {}
        Err(failure) => findings.push(Finding::error(
            "settings",
            format!("it breaks when it looks at its own example: {failure}"),
            "run its tests; a shop would refuse it at its self-test",
        )),
    }
    if findings.is_empty() {
        let what = match manifest.kind {
            PluginKind::Rule | PluginKind::Trigger => {
                "its example fits its schema, and it accepts it in the sandbox"
            }
            PluginKind::Provider => "its example fits its schema, and it accepts it as a connection",
        };
        findings.push(Finding::ok("settings", what));
    }
    Ok(findings)
}

/// What of the standard library usually asks for it.
const WASI: [(&str, &str); 8] = [
    ("filesystem", "std::fs: keep data in `storage`, and put files into the component with include_bytes!"),
    ("clocks", "std::time: use step.now(), which a replay can repeat"),
    ("random", "getrandom or a HashMap with random seeds: use step.random()"),
    ("sockets", "std::net: send requests with `http`"),
    ("http", "an HTTP client: send requests with the SDK's `http`"),
    ("cli/environment", "std::env, or a panic that prints: settings come from the shop"),
    ("cli", "printing, or std of a WASI target: write with `log`"),
    ("io", "printing, or std of a WASI target: write with `log`"),
];

fn of_foreign(one: &Foreign) -> Finding {
    let hint = match one.origin {
        Origin::Browser => {
            "some dependency takes the target for a browser; `rulewright plugin check FOLDER` names it"
                .to_owned()
        }
        Origin::Wasi => {
            let name = one.from.strip_prefix("wasi:").unwrap_or(&one.from);
            let cause = WASI.iter().find(|(part, _)| name.starts_with(part)).map(|(_, cause)| *cause);
            let cause = cause.unwrap_or("std of a WASI target");
            format!(
                "it comes from {cause}. Compile for wasm32-unknown-unknown, as `rulewright plugin build` does"
            )
        }
        Origin::Undefined => "nothing defines it, usually a C library: use a crate in pure Rust".to_owned(),
        Origin::Other => "use what the SDK offers, or leave the dependency out that needs it".to_owned(),
    };
    Finding::error("imports", format!("it imports from `{}`", one.from), hint)
}

fn tell(checked: &Checked, output: Output) {
    let accepted = checked.code.is_none();
    if output.json {
        let consent = checked.package.as_ref().map(consent);
        output.value(&json!({
            "file": checked.file, "accepted": accepted, "code": checked.code, "checks": checked.findings,
            "package": checked.package, "consent": consent,
        }));
        return;
    }
    if let Some(package) = &checked.package {
        output.say(&super::told(package));
    }
    for Finding { check, result, message, hint } in &checked.findings {
        let word = match result {
            Ends::Ok => "ok",
            Ends::Warning => "warning",
            Ends::Error => "error",
        };
        let line = format!("{word:8} {check:13} {}", cell(&Value::String(message.clone())));
        output.say(&if *result == Ends::Error { output.red(&line) } else { line });
        if let Some(hint) = hint {
            output.say(&format!("         = help: {}", cell(&Value::String(hint.clone()))));
        }
    }
}
