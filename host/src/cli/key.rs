//! The key that opens the secrets in a data directory.

use clap::Subcommand;
use serde_json::json;

use crate::compose;
use crate::config::Config;
use crate::error::{CliError, Result};

#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Seal all secrets with a new key; the server is stopped meanwhile
    Rotate,
}

impl KeyCommand {
    pub fn run(self, config: &Config) -> Result<()> {
        if let Some(server) = &config.server {
            return Err(CliError::usage(format!(
                "this works on a data directory, not through {}",
                server.url
            ))
            .hint("run it where the data is, without --server, while the server is stopped"));
        }
        match self {
            KeyCommand::Rotate => rotate(config),
        }
    }
}

fn rotate(config: &Config) -> Result<()> {
    let done = compose::rotate_key(config)?;
    match config.output.json {
        true => config.output.value(&json!({
            "before": done.before, "now": done.now, "values": done.values,
            "key_file": done.file, "before_file": done.kept,
        })),
        false => config.output.say(&format!(
            "{} values are sealed with key {} now, in {}.\n\
             Backups that were made until now need key {}: put {} where you keep those, or remove it with them.",
            done.values,
            done.now,
            done.file.display(),
            done.before,
            done.kept.display()
        )),
    }
    Ok(())
}
