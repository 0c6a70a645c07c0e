//! One process per file: two would each hand out the same ids and send the same messages.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use rulewright_ports::{StorageError, storage::Result};

use crate::sqlite;

/// Held as long as it lives; the kernel lets go of it when the process dies.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// `path` is the database; the lock is a file beside it, which stays there. The database itself cannot be
    /// locked this way: SQLite's own locks would be lost.
    pub(crate) fn take(path: &Path) -> Result<Lock> {
        let beside = beside(path);
        let failed = |error| sqlite::failed(&format!("lock {}", beside.display()), error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&beside).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only to name the culprit: empty will do.
                let _ = file.take(32).read_to_string(&mut holder);
                return Err(StorageError::Database(format!(
                    "{} is in use by another process ({}): stop it first, or use another file",
                    path.display(),
                    holder.trim(),
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let named = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "process {}", std::process::id()));
        named.map_err(failed)?;
        Ok(Lock { _file: file })
    }
}

/// The process that has the database open; None if nobody has.
pub fn holder(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    let file = File::open(beside(&real)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(32).read_to_string(&mut holder);
            Some(holder.trim().to_owned())
        }
        _ => None,
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
