//! The file of the key: one in each line, the newest last. It lies beside the database where nobody says otherwise, and
//! belongs into none of its backups.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use rulewright_ports::{StorageError, storage::Result};

use crate::{sqlite::failed, vault::Key};

const NAME: &str = "secret.key";

pub(crate) fn beside(database: &Path) -> PathBuf {
    database.with_file_name(NAME)
}

/// None: there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<Key>>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(StorageError::Key(format!("cannot read the key in {}: {error}", path.display())));
        }
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<Key>> = lines.map(Key::read).collect();
    match keys.filter(|keys| !keys.is_empty()) {
        Some(keys) => Ok(Some(keys)),
        None => Err(StorageError::Key(format!(
            "{} holds no key: expected 32 bytes in Base64, a key in each line",
            path.display()
        ))),
    }
}

/// In the place of what is there: whenever that is cut off, either is there and whole.
pub(crate) fn write(path: &Path, keys: &[&Key]) -> Result<()> {
    let unfinished = with_end(path, ".unfinished");
    let written = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        for key in keys {
            writeln!(file, "{}", key.text())?;
        }
        file.sync_all()?;
        std::fs::rename(&unfinished, path)?;
        // What is sealed next cannot be opened without it, so its name is to survive a power cut as well.
        #[cfg(unix)]
        if let Some(folder) = path.canonicalize()?.parent() {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    written().map_err(|error| failed(&format!("write the key to {}", path.display()), error))
}

/// Where a key stays that nothing is sealed with any more, but for backups that were made before.
pub(crate) fn retired(path: &Path, key: &Key) -> PathBuf {
    with_end(path, &format!(".{}", key.id()))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written_by_nobody_but_their_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = beside(&dir.path().join("shop.db"));
        assert!(read(&path).unwrap().is_none());
        let (old, new) = (Key::random().unwrap(), Key::random().unwrap());
        write(&path, &[&old]).unwrap();
        write(&path, &[&old, &new]).unwrap();
        let found: Vec<String> = read(&path).unwrap().unwrap().iter().map(Key::text).collect();
        assert_eq!(found, [old.text(), new.text()]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "and nothing is left beside it");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_the_name_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        for text in ["", "\n\n", "secret", "AAAA\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nsecret"] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).err().unwrap();
            assert!(
                error.code() == "secret-key" && error.to_string().contains("secret.key"),
                "{text}: {error}"
            );
        }
    }
}
