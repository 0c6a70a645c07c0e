//! `plugin sign`: a publisher's word for a component, in a file beside it.

use std::path::PathBuf;

use clap::Args;
use rulewright_registry::{keys, signature};
use serde_json::json;

use super::{key, parcel};
use crate::config::Config;
use crate::error::{Doing, Result};

#[derive(Args, Debug)]
pub struct Sign {
    /// A component, e.g. target/plugins/greet.wasm
    file: PathBuf,
    /// A file that `plugin key new` wrote
    #[arg(long, value_name = "FILE", env = "RULEWRIGHT_KEY")]
    key: PathBuf,
}

impl Sign {
    pub fn run(self, config: &Config) -> Result<()> {
        let (package, _) = super::read(&self.file)?;
        let signature = signature::sign(&package, &key::read(&self.key)?);
        let beside = parcel::signature_of(&self.file);
        parcel::write(&beside, &signature.document())?;
        let fingerprint = keys::fingerprint(&signature.key).doing(|| "the key is of no use".to_owned())?;
        match config.output.json {
            true => config.output.value(&json!({
                "file": beside, "key": signature.key, "fingerprint": fingerprint, "statement": signature.statement,
            })),
            false => {
                config.output.note(&super::told(&package));
                config.output.say(&format!("{}: signed with {fingerprint}", beside.display()));
            }
        }
        Ok(())
    }
}
