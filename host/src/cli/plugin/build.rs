//! `plugin build`: from a crate to components.

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_domain::Package;
use rulewright_guest_build::{self as guests, Spec, What};
use rulewright_registry::{consent, inspect};
use serde_json::json;

use crate::config::Config;
use crate::error::{CliError, Doing, Result};

#[derive(Args, Debug)]
pub struct Build {
    /// Folder of the crate
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Folder for the components [default: target/plugins in the crate]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Build {
    pub fn run(self, config: &Config) -> Result<()> {
        for Built { file, package, .. } in build(&self.path, self.out)? {
            match config.output.json {
                true => config
                    .output
                    .value(&json!({ "file": file, "package": package, "consent": consent(&package) })),
                false => config.output.say(&format!("{}\n{}", file.display(), super::told(&package))),
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

/// Cargo tells on stderr how far it is.
pub fn build(path: &Path, out: Option<PathBuf>) -> Result<Vec<Built>> {
    let manifest_path = manifest(path)?;
    let target_dir = path.join("target");
    let out = out.unwrap_or_else(|| target_dir.join("plugins"));
    let spec = Spec { manifest_path, target_dir, profile: "release".to_owned(), what: What::Own };
    let guests = guests::build(&spec).doing(|| "the plugin was not built".to_owned())?;
    std::fs::create_dir_all(&out).doing(|| format!("cannot create {}", out.display()))?;
    let mut built = Vec::new();
    for guest in guests {
        let package = inspect(&guest.component).map_err(|refusal| {
            CliError::refused(refusal.code(), format!("{} would not be accepted: {refusal}", guest.name))
        })?;
        let file = out.join(format!("{}.wasm", guest.name.replace('_', "-")));
        std::fs::write(&file, &guest.component).doing(|| format!("cannot write {}", file.display()))?;
        built.push(Built { file, package, component: guest.component });
    }
    Ok(built)
}

pub fn manifest(path: &Path) -> Result<PathBuf> {
    let manifest = path.join("Cargo.toml");
    match manifest.is_file() {
        true => Ok(manifest),
        false => Err(CliError::refused("no-crate", format!("{} has no Cargo.toml", path.display()))
            .hint("name the crate's folder, or make one with `rulewright plugin new NAME`")),
    }
}
