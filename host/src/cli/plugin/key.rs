//! `plugin key`: the key that an author signs with.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rulewright_registry::keys::{self, SecretKey};
use serde_json::json;

use crate::config::Config;
use crate::error::{CliError, Doing, Result};

#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Make a new key and write it into a file that only you can read
    New(New),
    /// Print the public key of a file, and its fingerprint
    Show(Show),
}

#[derive(Args, Debug)]
pub struct New {
    /// Where to write it; keep it out of the plugin's folder
    file: PathBuf,
}

#[derive(Args, Debug)]
pub struct Show {
    /// A file that `plugin key new` wrote
    file: PathBuf,
}

impl KeyCommand {
    pub fn run(self, config: &Config) -> Result<()> {
        let (key, written) = match &self {
            KeyCommand::New(new) => (make(&new.file)?, Some(&new.file)),
            KeyCommand::Show(show) => (read(&show.file)?, None),
        };
        let public = key.public();
        let fingerprint = keys::fingerprint(&public).doing(|| "the key is of no use".to_owned())?;
        if config.output.json {
            config.output.value(&json!({ "public": public, "fingerprint": fingerprint, "file": written }));
            return Ok(());
        }
        if let Some(file) = written {
            config.output.note(&format!(
                "Wrote {}. Keep it secret and keep a copy: shops that have your plugins take new versions only from this key.",
                file.display()
            ));
        }
        config.output.say(&format!("{public}\nfingerprint {fingerprint}"));
        Ok(())
    }
}

fn make(file: &Path) -> Result<SecretKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).doing(|| "this machine gives no random numbers".to_owned())?;
    let key = SecretKey::from_seed(&seed);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // From the beginning: there is no moment in which others could read it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).map_err(|error| {
        CliError::refused("not-written", format!("{} is not written: {error}", file.display()))
            .hint("name a file that is not there yet, in a folder that is: a key is never overwritten")
    })?;
    opened
        .write_all(key.file().as_bytes())
        .and_then(|()| opened.sync_all())
        .doing(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}

/// The secret key of a file that nobody else can read.
pub fn read(file: &Path) -> Result<SecretKey> {
    let text = std::fs::read_to_string(file).map_err(|error| CliError::no_file(file, &error))?;
    private(file)?;
    SecretKey::parse(&text).map_err(|error| {
        CliError::refused("no-key", format!("{} holds no key: {error}", file.display()))
            .hint("make one with `rulewright plugin key new FILE`")
    })
}

#[cfg(unix)]
fn private(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = std::fs::metadata(file).map_err(|error| CliError::no_file(file, &error))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("{} can be read by others (mode {mode:o}), so it is no secret", file.display());
    Err(CliError::refused("open-key", message)
        .hint(format!("chmod 600 {}; if others may have read it, make a new key", file.display())))
}

#[cfg(not(unix))]
fn private(_file: &Path) -> Result<()> {
    Ok(())
}
