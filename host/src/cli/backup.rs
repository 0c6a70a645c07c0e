//! Backup and restore of a whole data directory.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::compose::{self, Durability};
use crate::config::Config;
use crate::error::{CliError, Doing, Result};

#[derive(Args, Debug)]
pub struct Backup {
    /// The file to write; it must not exist
    file: PathBuf,
}

#[derive(Args, Debug)]
pub struct Restore {
    /// A file that `backup` wrote
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, config: Config) -> Result<()> {
        only_here(&config)?;
        if self.file.exists() {
            return Err(CliError::refused("exists", format!("{} exists", self.file.display()))
                .hint("name another file: a backup never overwrites one"));
        }
        let storage = compose::existing_storage(&config.data)?;
        storage.backup(&self.file).await?;
        let size =
            std::fs::metadata(&self.file).doing(|| "the backup cannot be found again".to_owned())?.len();
        match config.output.json {
            true => config.output.value(&json!({ "file": self.file, "bytes": size })),
            false => config.output.say(&format!("{} holds everything ({size} bytes)", self.file.display())),
        }
        Ok(())
    }
}

impl Restore {
    pub async fn run(self, config: Config) -> Result<()> {
        only_here(&config)?;
        let database = compose::database(&config.data);
        if database.exists() {
            return Err(CliError::refused("exists", format!("{} holds data", config.data.display()))
                .hint("restore into an empty directory: --data DIR; move the old one away first"));
        }
        std::fs::create_dir_all(&config.data).doing(|| format!("cannot create {}", config.data.display()))?;
        // Checked before it gets the name under which a server would open it.
        let draft = database.with_extension("restoring");
        std::fs::copy(&self.file, &draft).doing(|| format!("cannot copy {}", self.file.display()))?;
        let checked = check(&draft).await;
        let moved = checked
            .and_then(|()| std::fs::rename(&draft, &database).doing(|| "cannot put it in place".to_owned()));
        for leftover in ["restoring", "restoring-wal", "restoring-shm", "restoring.lock"] {
            let _ = std::fs::remove_file(database.with_extension(leftover));
        }
        moved?;
        let storage = compose::storage(&config.data, Durability::PowerCut)?;
        let shops = crate::shops::all(&storage).await?.len();
        match config.output.json {
            true => config.output.value(&json!({ "data": config.data, "shops": shops })),
            false => {
                config.output.say(&format!("{} holds the backup: {shops} shop(s)", config.data.display()))
            }
        }
        Ok(())
    }
}

/// A backup is a whole database and nothing beside it, so it can be looked at as one.
async fn check(file: &std::path::Path) -> Result<()> {
    let storage = compose::open_file(file)?;
    for (name, finding) in storage.check().await? {
        if let Err(problem) = finding {
            return Err(CliError::refused("damaged", format!("the backup is damaged: {name}: {problem}"))
                .hint("use another backup"));
        }
    }
    Ok(())
}

fn only_here(config: &Config) -> Result<()> {
    match &config.server {
        None => Ok(()),
        Some(server) => {
            Err(CliError::usage(format!("this works on a data directory, not through {}", server.url))
                .hint("run it where the data is, without --server"))
        }
    }
}
