//! A copy while work goes on.

use std::path::{Path, PathBuf};

use rulewright_ports::{StorageError, fault, storage::Result};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use crate::{Options, connect, session::refused};

/// All pages in one step, on one snapshot: in smaller steps the copy begins again whenever something is
/// written in between, and on a busy shop would never end. The writer does not wait for it; only its log
/// grows meanwhile.
const ALL: std::ffi::c_int = -1;

/// Under its own name only once it is whole.
pub(crate) fn backup(from: &Path, to: &Path, options: &Options) -> Result<()> {
    if to.exists() {
        return Err(StorageError::Database(format!(
            "{} exists already: a backup never replaces a file",
            to.display()
        )));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".unfinished");
    let unfinished = PathBuf::from(name);
    let failed = |error: std::io::Error| {
        StorageError::Database(format!("cannot back up to {}: {error}", to.display()))
    };
    // Left over from a backup that did not end.
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(failed)?;
    }
    let mut create = std::fs::OpenOptions::new();
    create.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut create, 0o600);
    let file = create.open(&unfinished).map_err(failed)?;

    let done = copy(from, &unfinished, options).and_then(|()| {
        fault::point("backup.copied");
        file.sync_all().and_then(|()| std::fs::rename(&unfinished, to)).map_err(failed)
    });
    // Half a copy is of no use, and would keep a full disk full.
    if done.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    done
}

fn copy(from: &Path, to: &Path, options: &Options) -> Result<()> {
    let source = connect::looking(from, options)?;
    let mut copy = Connection::open(to).map_err(refused)?;
    let step = Backup::new(&source, &mut copy).and_then(|backup| backup.step(ALL));
    match step.map_err(refused)? {
        StepResult::Done => {}
        other => {
            return Err(StorageError::Database(format!("the copy was not finished: {other:?}")));
        }
    }
    // One file that needs no other; the first to open it turns the log on again.
    copy.pragma_update(None, "journal_mode", "DELETE").map_err(refused)?;
    let sound: String = copy.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(refused)?;
    match sound.as_str() {
        "ok" => copy.close().map_err(|(_, error)| refused(error)),
        finding => Err(StorageError::Database(format!("the copy is damaged: {finding}"))),
    }
}
