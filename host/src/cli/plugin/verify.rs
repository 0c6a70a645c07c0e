//! `plugin verify`: whether a component is what somebody signed.

use std::path::PathBuf;

use clap::Args;
use rulewright_domain::PackageSource;
use rulewright_registry::keys;
use rulewright_registry::signature::{self, MAX_SIGNATURE, SignatureRefusal, Trust};
use serde_json::json;

use super::parcel;
use crate::config::Config;
use crate::error::{CliError, Result};

#[derive(Args, Debug)]
pub struct Verify {
    /// A component, e.g. target/plugins/greet.wasm
    file: PathBuf,
    /// Its signature [default: FILE.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// The public key, or its fingerprint, that it must be signed with [default: any, which is shown]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Verify {
    pub fn run(self, config: &Config) -> Result<()> {
        let (package, _) = super::read(&self.file)?;
        let beside = self.signature.unwrap_or_else(|| parcel::signature_of(&self.file));
        let document = parcel::bytes(&beside, MAX_SIGNATURE)?;
        let source = PackageSource::File(self.file.display().to_string());
        let trust = Trust { accept_key: self.key.as_deref(), ..Trust::default() };
        let judged = signature::judge(&source, Some(&document), &package, trust);
        let key = judged
            .map_err(|refusal| refused(&self.file.display().to_string(), &refusal))?
            .unwrap_or_default();
        let fingerprint = keys::fingerprint(&key).unwrap_or_default();
        let manifest = &package.manifest;
        match config.output.json {
            true => config.output.value(&json!({
                "plugin": manifest.id, "version": manifest.version, "component": package.digest,
                "key": key, "fingerprint": fingerprint, "expected": self.key.is_some(),
            })),
            false => {
                config
                    .output
                    .say(&format!("{} {}: signed with {fingerprint}\n{key}", manifest.id, manifest.version));
                if self.key.is_none() {
                    config.output.note(
                        "Whose key this is, the signature cannot say: compare it with what the publisher tells elsewhere, \
                         and give it as --key.",
                    );
                }
            }
        }
        Ok(())
    }
}

fn refused(file: &str, refusal: &SignatureRefusal) -> CliError {
    let hint = match refusal {
        SignatureRefusal::OtherKey { .. } => "compare the key with what its publisher tells elsewhere",
        _ => "do not install it; get component and signature again from the publisher",
    };
    CliError::refused(refusal.code(), format!("{file}: {refusal}")).hint(hint)
}
