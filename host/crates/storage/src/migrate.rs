//! Brings the schema to what this program knows: numbered files, each applied once and never edited again.

use rulewright_ports::{StorageError, storage::Result};
use rusqlite::{Connection, TransactionBehavior};

use crate::session::refused;

/// In order; the place in this list is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_init.sql"),
    include_str!("../migrations/sqlite/0002_channels.sql"),
];

/// "RWrt" in the header of the file, so that nobody's other database is taken for ours.
const APPLICATION: i64 = 0x5257_7274;

pub(crate) const VERSION: usize = MIGRATIONS.len();

pub(crate) fn migrate(conn: &mut Connection) -> Result<()> {
    let version = version(conn)?;
    let application = pragma(conn, "application_id")?;
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(refused)?;
    if application != APPLICATION && (application != 0 || tables != 0) {
        return Err(StorageError::Database(
            "this is a database of another program: name a new file, or one of Rulewright".to_owned(),
        ));
    }
    if version > VERSION {
        return Err(StorageError::Database(format!(
            "this database has schema {version}, and this program knows {VERSION} at most: it was \
             written by a newer Rulewright. Use that one, or restore a backup made before the upgrade",
        )));
    }
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        apply(conn, sql, index + 1).map_err(|error| {
            let number = index + 1;
            StorageError::Database(format!("migration {number} failed, nothing changed: {error}"))
        })?;
        tracing::info!(version = index + 1, "database migrated");
    }
    Ok(())
}

fn apply(conn: &mut Connection, sql: &str, version: usize) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(sql)?;
    tx.pragma_update(None, "user_version", version as i64)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.commit()
}

pub(crate) fn version(conn: &Connection) -> Result<usize> {
    Ok(usize::try_from(pragma(conn, "user_version")?).unwrap_or(usize::MAX))
}

fn pragma(conn: &Connection, name: &str) -> Result<i64> {
    conn.pragma_query_value(None, name, |row| row.get(0)).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_or_a_foreign_database_is_refused_with_a_reason() {
        let mut newer = Connection::open_in_memory().unwrap();
        migrate(&mut newer).unwrap();
        migrate(&mut newer).unwrap();
        newer.pragma_update(None, "user_version", 1_000).unwrap();
        let error = migrate(&mut newer).unwrap_err().to_string();
        assert!(error.contains("schema 1000") && error.contains("newer"), "{error}");

        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE moz_places (id)").unwrap();
        let error = migrate(&mut foreign).unwrap_err().to_string();
        assert!(error.contains("another program"), "{error}");
    }
}
