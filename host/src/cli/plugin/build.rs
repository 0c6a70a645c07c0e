//! `plugin build`: from sources to components.

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_domain::Package;
use rulewright_guest_build::{self as guests, Spec, What};
use rulewright_guest_languages::{self as languages, Problem, Project};
use rulewright_registry::{consent, inspect};
use rulewright_runtime::Limits;
use serde_json::{Value, json};

use crate::config::Config;
use crate::error::{CliError, Doing, Exit, Result};

#[derive(Args, Debug)]
pub struct Build {
    /// Folder of a crate, or of a plugin in JavaScript, Python or C (one with a rulewright.json)
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Folder for the components [default: target/plugins in the plugin's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Build {
    pub fn run(self, config: &Config) -> Result<()> {
        if Project::is_in(&self.path) {
            config.output.note(&format!("Building {}; Python takes ten seconds", self.path.display()));
        }
        for Built { file, package, .. } in build(&self.path, self.out)? {
            let limits = limits(&package);
            match config.output.json {
                true => config.output.value(
                    &json!({ "file": file, "package": package, "consent": consent(&package), "limits": limits }),
                ),
                false => {
                    let told = super::told(&package);
                    config.output.say(&format!("{}\n{told}\n{}", file.display(), said(&package, &limits)));
                }
            }
        }
        Ok(())
    }
}

/// A component that would be accepted, and where it lies.
pub struct Built {
    pub file: PathBuf,
    pub package: Package,
    pub component: Vec<u8>,
}

/// Toolchains tell on stderr how far they are, or why they stopped.
pub fn build(path: &Path, out: Option<PathBuf>) -> Result<Vec<Built>> {
    let out = out.unwrap_or_else(|| path.join("target/plugins"));
    let made = match Project::is_in(path) {
        true => {
            let project = Project::read(path).map_err(problem)?;
            let component = languages::build(&project, &out.join(".build")).map_err(problem)?;
            vec![(project.name, component)]
        }
        false => crates(path)?,
    };
    std::fs::create_dir_all(&out).doing(|| format!("cannot create {}", out.display()))?;
    let mut built = Vec::new();
    for (name, component) in made {
        let package = inspect(&component).map_err(|refusal| {
            CliError::refused(refusal.code(), format!("{name} would not be accepted: {refusal}"))
        })?;
        let file = out.join(format!("{name}.wasm"));
        std::fs::write(&file, &component).doing(|| format!("cannot write {}", file.display()))?;
        built.push(Built { file, package, component });
    }
    Ok(built)
}

fn crates(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let spec = Spec {
        manifest_path: manifest(path)?,
        target_dir: path.join("target"),
        profile: "release".to_owned(),
        what: What::Own,
    };
    let guests = guests::build(&spec).doing(|| "the plugin was not built".to_owned())?;
    Ok(guests.into_iter().map(|guest| (guest.name.replace('_', "-"), guest.component)).collect())
}

fn problem(problem: Problem) -> CliError {
    let exit = match problem.code {
        "compile" | "toolchain" | "internal" | "file" => Exit::Failed,
        _ => Exit::Refused,
    };
    let error = CliError::new(exit, problem.code, problem.message);
    match problem.hint {
        Some(hint) => error.hint(hint),
        None => error.hint("correct what the message names, and build again"),
    }
}

pub fn manifest(path: &Path) -> Result<PathBuf> {
    let manifest = path.join("Cargo.toml");
    match manifest.is_file() {
        true => Ok(manifest),
        false => Err(CliError::refused(
            "no-crate",
            format!("{} has neither a Cargo.toml nor a {}", path.display(), languages::FILE),
        )
        .hint("name the plugin's folder, or make one with `rulewright plugin new NAME`")),
    }
}

/// What a step of it may use, where the operator has changed nothing.
fn limits(package: &Package) -> Value {
    let limits = Limits::default();
    let of = |name: &str, most: &str| {
        let usual = limits.get(name).unwrap_or_default();
        let most = limits.get(most).unwrap_or_default();
        package.manifest.limits.get(name).map_or(usual, |wish| (*wish).min(most))
    };
    let large = package.size > limits.component;
    let most = |name: &str| if large { format!("large-{name}-max") } else { format!("{name}-max") };
    json!({
        "fuel": of("fuel", &most("fuel")),
        "memory": of("memory", &most("memory")),
        "wall": of("wall", "wall-max"),
        "large": large,
    })
}

fn said(package: &Package, limits: &Value) -> String {
    let large = match limits["large"].as_bool() {
        Some(true) => "; it is large: few of its steps run at a time",
        _ => "",
    };
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!(
        "{:.2} MiB{large}; a step may take {} instructions, {} MiB and {} ms",
        mib(package.size),
        limits["fuel"],
        limits["memory"].as_u64().unwrap_or_default() >> 20,
        limits["wall"],
    )
}
