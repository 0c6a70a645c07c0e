//! `plugin check`: what the file is, from its bytes alone.

use std::path::PathBuf;

use clap::Args;
use rulewright_registry::consent;
use serde_json::json;

use crate::config::Config;
use crate::error::Result;

#[derive(Args, Debug)]
pub struct Check {
    /// A component, e.g. target/plugins/greet.wasm
    file: PathBuf,
}

impl Check {
    pub fn run(self, config: &Config) -> Result<()> {
        let (package, _) = super::read(&self.file)?;
        match config.output.json {
            true => config.output.value(&json!({ "package": package, "consent": consent(&package) })),
            false => config.output.say(&super::told(&package)),
        }
        Ok(())
    }
}
