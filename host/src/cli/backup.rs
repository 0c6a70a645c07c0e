//! Backup and restore of a whole data directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rulewright_ports::{Storage, StorageError, StorageExt};
use serde_json::json;

use crate::compose;
use crate::config::Config;
use crate::error::{CliError, Doing, Exit, Result};

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
        compose::backup(&config.data, &self.file)?;
        let size =
            std::fs::metadata(&self.file).doing(|| "the backup cannot be found again".to_owned())?.len();
        let key = compose::key_file(&config);
        match config.output.json {
            true => {
                config.output.value(&json!({ "file": self.file, "bytes": size, "key_file": key }));
            }
            false => config.output.say(&format!(
                "{} holds everything ({size} bytes), but for the key that opens the secrets in it: keep a copy of {} apart \
                 from it",
                self.file.display(),
                key.display()
            )),
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
        // Before anything is made: a backup that is not there leaves nothing behind.
        std::fs::File::open(&self.file).map_err(|error| CliError::no_file(&self.file, &error))?;
        let made = !config.data.exists();
        let restored = self.put_in_place(&config, &database).await;
        if made && restored.is_err() {
            // Only if it is empty.
            let _ = std::fs::remove_dir(&config.data);
        }
        restored?;
        let storage = compose::own_storage(&config)?;
        let (shops, numerators) = (crate::shops::all(&storage).await?.len(), numerators(&storage).await?);
        let data = config.data.display();
        config
            .output
            .say(&format!("{data} holds the backup: {shops} shop(s). New ids begin far behind those in it."));
        if !numerators.is_empty() {
            config.output.say(&format!(
                "Documents are numbered on from the last in the backup. Where more were made since, no number may come \
                 twice: set `start` of the numerator behind it first ({}).",
                numerators.join(", ")
            ));
        }
        if config.output.json {
            config.output.value(&json!({ "data": config.data, "shops": shops, "numerators": numerators }));
        }
        Ok(())
    }
}

impl Restore {
    async fn put_in_place(&self, config: &Config, database: &Path) -> Result<()> {
        let data = &config.data;
        std::fs::create_dir_all(data).map_err(|error| {
            CliError::new(Exit::Unreachable, "data", format!("cannot create {}: {error}", data.display()))
                .hint("name a directory that this user may make: --data DIR")
        })?;
        // Checked before it gets the name under which a server would open it.
        let draft = database.with_extension("restoring");
        std::fs::copy(&self.file, &draft).doing(|| format!("cannot copy {}", self.file.display()))?;
        // With the key that the server is to have, in its place or named: nobody finds out later that it is another one.
        let checked = check(&draft, &compose::key_file(config)).await;
        let moved = checked
            .and_then(|()| compose::set_ahead(&draft))
            .and_then(|()| std::fs::rename(&draft, database).doing(|| "cannot put it in place".to_owned()));
        for leftover in ["restoring", "restoring-wal", "restoring-shm", "restoring.lock"] {
            let _ = std::fs::remove_file(database.with_extension(leftover));
        }
        moved
    }
}

/// Of all shops: nobody can know which numbers were given after the backup.
async fn numerators(storage: &Arc<dyn Storage>) -> Result<Vec<String>> {
    let found = storage.read(|reads| {
        let mut names = BTreeSet::new();
        for shop in reads.shops()? {
            let config = reads.config(shop.id)?;
            names.extend(config.iter().flat_map(|config| config.numerators.keys().cloned()));
        }
        Ok::<_, StorageError>(names)
    });
    Ok(found.await?.into_iter().collect())
}

/// A backup is a whole database and nothing beside it, so it can be looked at as one.
async fn check(file: &Path, key: &Path) -> Result<()> {
    let storage = compose::open_file(file, Some(key))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    fn config(data: &Path) -> Config {
        Config::read(Flags { data: Some(data.to_owned()), ..Flags::default() }).unwrap()
    }

    #[tokio::test]
    async fn a_directory_that_a_server_holds_is_backed_up_and_found_well() {
        let dir = tempfile::tempdir().unwrap();
        let (data, file) = (dir.path().join("data"), dir.path().join("copy.db"));
        let held = compose::own_storage(&config(&data)).unwrap();
        assert!(compose::existing_storage(&config(&data)).is_err(), "it is held");
        assert!(compose::holder(&data).unwrap().contains(&std::process::id().to_string()));
        Backup { file: file.clone() }.run(config(&data)).await.unwrap();
        assert!(compose::check(&config(&data)).unwrap().iter().all(|(_, finding)| finding.is_ok()));
        drop(held);
        assert_eq!(compose::holder(&data), None);
        let other = dir.path().join("other");
        let without = Restore { file: file.clone() }.run(config(&other)).await.unwrap_err();
        assert_eq!((without.exit, without.code.as_str()), (Exit::Refused, "secret-key"), "{without}");
        assert!(!other.exists(), "and nothing is left of the attempt");
        std::fs::create_dir(&other).unwrap();
        std::fs::copy(data.join("secret.key"), other.join("secret.key")).unwrap();
        Restore { file }.run(config(&other)).await.unwrap();
        assert!(compose::check(&config(&other)).unwrap().iter().all(|(_, finding)| finding.is_ok()));
    }

    #[tokio::test]
    async fn what_cannot_be_restored_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let missing = Restore { file: dir.path().join("missing.bak") }.run(config(&data)).await.unwrap_err();
        assert_eq!((missing.exit, missing.code.as_str()), (Exit::Refused, "no-such-file"));
        let notes = dir.path().join("notes.txt");
        std::fs::write(&notes, "dear diary, ".repeat(500)).unwrap();
        let damaged = Restore { file: notes }.run(config(&data)).await.unwrap_err();
        assert_eq!((damaged.exit, damaged.code.as_str()), (Exit::Refused, "damaged"));
        assert!(!data.exists());
    }
}
