//! Opening connections with every setting that matters.

use std::path::Path;
use std::time::Duration;

use rulewright_ports::{StorageError, storage::Result};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{Durability, Options, functions, session::refused};

/// Distinct statements are about a hundred, plus the combinations of list filters.
const STATEMENTS: usize = 512;

/// The one connection that writes; creates the file.
pub(crate) fn writing(path: &Path, options: &Options) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    let synchronous = match options.durability {
        Durability::PowerCut => "FULL",
        Durability::Process => "NORMAL",
        Durability::Temporary => "OFF",
    };
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {synchronous};
         PRAGMA foreign_keys = ON;
         -- Else `INSERT OR REPLACE` would remove a row without asking the triggers.
         PRAGMA recursive_triggers = ON;
         PRAGMA wal_autocheckpoint = {};
         -- After a burst the log is cut back to this, in bytes.
         PRAGMA journal_size_limit = 67108864;",
        options.checkpoint_pages,
    ))
    .map_err(refused)?;
    Ok(conn)
}

/// Cannot write, whatever the statement.
pub(crate) fn reading(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    conn.execute_batch("PRAGMA query_only = ON").map_err(refused)?;
    Ok(conn)
}

/// For a file that nobody or another process may have open. Cannot write either; but where a killed process left its
/// log, SQLite itself has to recover that, which it cannot do through a read-only file.
pub(crate) fn looking(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    conn.execute_batch("PRAGMA query_only = ON").map_err(refused)?;
    Ok(conn)
}

fn open(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection> {
    let configured = || -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(Duration::from_millis(options.busy_ms.into()))?;
        // The file may come from a backup that somebody else had in hands: its schema is not trusted, and a
        // broken cell is an error instead of a wrong answer.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // Else it plans a query anew whenever a value is bound that its statistics might know something about.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.execute_batch(&format!(
            "PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -{};",
            options.cache_kib,
        ))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        functions::register(&conn)?;
        Ok(conn)
    };
    configured().map_err(|error| match refused(error) {
        StorageError::Database(message) => {
            StorageError::Database(format!("cannot open {}: {message}", path.display()))
        }
        other => other,
    })
}
