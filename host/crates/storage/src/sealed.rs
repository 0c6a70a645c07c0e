//! What of the database is sealed, and with which key.
//!
//! Whole columns, whatever of them is secret: which settings are is said by the schema of a plugin, which may change or be
//! gone, and a column that is always sealed leaves no doubt whether a text is one that was sealed or one that somebody
//! wrote.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use rulewright_domain::{Application, Package, Run, Subscription, plugin::Digest, secret::without_secrets};
use rulewright_ports::{
    StorageError, fault,
    storage::{Record, Result},
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params_from_iter, types::Value};
use serde_json::json;

use crate::{
    key_file,
    session::{corrupt, decode, encode, refused},
    vault::{Key, Place, id_of},
};

/// A column whose values are sealed.
pub(crate) struct Column {
    table: &'static str,
    column: &'static str,
    /// What a row is found by, and its place is made of.
    keys: &'static [&'static str],
}

const fn column(table: &'static str, column: &'static str, keys: &'static [&'static str]) -> Column {
    Column { table, column, keys }
}

/// Keys of webhooks that come in, and the seed of what rules get as random.
pub(crate) const SHOPS: Column = column("shops", "body", &["id"]);
/// Settings of rules and triggers.
pub(crate) const DRAFTS: Column = column("drafts", "body", &["shop", "pipeline"]);
pub(crate) const REVISIONS: Column =
    column("automation_revisions", "body", &["shop", "pipeline", "revision"]);
pub(crate) const WORKFLOWS: Column = column("workflow_revisions", "body", &["shop", "name", "revision"]);
pub(crate) const RECIPES: Column = column("recipes", "body", &["shop", "pipeline", "recipe"]);
/// Settings, and the address at which a gateway reports.
pub(crate) const CONNECTIONS: Column = column("connections", "body", &["shop", "id"]);
pub(crate) const OF_CONNECTIONS: Column =
    column("connection_secrets", "value", &["shop", "connection", "name"]);
pub(crate) const OF_PLUGINS: Column = column("secrets", "value", &["shop", "plugin", "name"]);
pub(crate) const SMTP: Column = column("mailboxes", "smtp_password", &["shop", "id"]);
pub(crate) const IMAP: Column = column("mailboxes", "imap_password", &["shop", "id"]);
/// Of [`RECORDS_OF`].
pub(crate) const RECORDS: Column = column("records", "body", &["shop", "kind", "id"]);

const COLUMNS: [&Column; 11] = [
    &SHOPS,
    &DRAFTS,
    &REVISIONS,
    &WORKFLOWS,
    &RECIPES,
    &CONNECTIONS,
    &OF_CONNECTIONS,
    &OF_PLUGINS,
    &SMTP,
    &IMAP,
    &RECORDS,
];

/// Kinds of records that hold secrets: keys that webhooks are signed with, and tokens of applications.
pub(crate) const RECORDS_OF: [&str; 2] = [Subscription::KIND, Application::KIND];

/// Of the row that tells the key.
const SEAL: Column = column("seal", "value", &[]);
const SEALED: &[u8] = b"rulewright";

impl Column {
    /// In the order of the keys.
    pub(crate) fn at<const N: usize>(&self, keys: [&dyn ToString; N]) -> Place {
        self.place(keys.into_iter().map(|key| key.to_string()))
    }

    fn place(&self, keys: impl IntoIterator<Item = String>) -> Place {
        Place::of(&format!("{}.{}", self.table, self.column), keys)
    }

    /// Of every row that has a value, its keys.
    fn rows(&self, conn: &Connection) -> rusqlite::Result<Vec<Vec<Value>>> {
        let Column { table, column, keys } = self;
        let kinds = RECORDS_OF.map(|kind| format!("'{kind}'")).join(", ");
        let only = if keys.contains(&"kind") { format!("AND kind IN ({kinds})") } else { String::new() };
        let sql = format!("SELECT {} FROM {table} WHERE {column} IS NOT NULL {only}", keys.join(", "));
        let mut select = conn.prepare(&sql)?;
        let rows = select.query_map([], |row| (0..keys.len()).map(|key| row.get(key)).collect())?;
        rows.collect()
    }

    /// Puts what `work` makes of each value in its place; None leaves it. How many there were.
    fn each(&self, conn: &Connection, work: impl Fn(&Place, &[u8]) -> Result<Option<String>>) -> Result<u64> {
        let Column { table, column, keys } = self;
        let found = keys.iter().enumerate().map(|(key, name)| format!("{name} = ?{}", key + 1));
        let found = found.collect::<Vec<_>>().join(" AND ");
        let select = format!("SELECT {column} FROM {table} WHERE {found}");
        let update = format!("UPDATE {table} SET {column} = ?{} WHERE {found}", keys.len() + 1);
        let mut select = conn.prepare(&select).map_err(refused)?;
        let mut count = 0;
        for row in self.rows(conn).map_err(refused)? {
            let place = self.place(row.iter().map(text));
            let value: Value = select.query_row(params_from_iter(&row), |row| row.get(0)).map_err(refused)?;
            let bytes: &[u8] = match &value {
                Value::Text(text) => text.as_bytes(),
                Value::Blob(bytes) => bytes,
                _ => return Err(corrupt("secret", format!("{place} is neither text nor bytes"))),
            };
            if let Some(made) = work(&place, bytes)? {
                // As the column wants it.
                let made = match value {
                    Value::Blob(_) => Value::Blob(made.into_bytes()),
                    _ => Value::Text(made),
                };
                let mut update = conn.prepare_cached(&update).map_err(refused)?;
                update.execute(params_from_iter(row.iter().chain([&made]))).map_err(refused)?;
            }
            count += 1;
        }
        Ok(count)
    }
}

fn text(key: &Value) -> String {
    match key {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// The key that opens the secrets of a database. One that has none yet gets them sealed: with the key in the file, or with
/// a new one, where there is no file.
pub(crate) fn unlock(conn: &mut Connection, file: &Path) -> Result<Key> {
    let keys = key_file::read(file)?;
    if let Some(seal) = seal(conn)? {
        return opening(&seal, keys, file);
    }
    let key = match keys.and_then(|mut keys| keys.pop()) {
        Some(key) => key,
        None => {
            let key = Key::random()?;
            // Before anything is sealed with it.
            key_file::write(file, &[&key])?;
            tracing::info!(id = key.id(), file = %file.display(), "a key was made that secrets are sealed with");
            key
        }
    };
    let count = seal_all(conn, &key)?;
    fault::point("seal.after");
    tracing::info!(key = key.id(), values = count, "secrets are sealed");
    Ok(key)
}

/// What tells the key, as it is stored.
fn seal(conn: &Connection) -> Result<Option<String>> {
    let found = conn.query_row("SELECT value FROM seal", [], |row| row.get(0)).optional();
    found.map_err(refused)
}

fn opening(seal: &str, keys: Option<Vec<Key>>, file: &Path) -> Result<Key> {
    let wanted = id_of(seal.as_bytes()).ok_or_else(|| corrupt("seal", "it names no key"))?;
    let there = keys.is_some();
    let opens = |key: &Key| key.open(&SEAL.at([]), seal.as_bytes()).is_ok_and(|plain| plain == SEALED);
    match keys.into_iter().flatten().find(opens) {
        Some(key) => Ok(key),
        None => {
            let file = file.display();
            let what = if there { format!("{file} holds another") } else { format!("there is no {file}") };
            Err(StorageError::Key(format!(
                "the secrets in the database are sealed with key {wanted}, and {what}"
            )))
        }
    }
}

fn seal_all(conn: &mut Connection, key: &Key) -> Result<u64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(refused)?;
    let count = each(&tx, |place, plain| key.seal(place, plain).map(Some))?;
    forget_told(&tx)?;
    // Nothing was there that could have left anything.
    put_seal(&tx, key, count > 0)?;
    fault::point("seal.before");
    tx.commit().map_err(refused)?;
    Ok(count)
}

/// Of all columns, in a transaction. What a published revision says stays; how it is written down may change, so what
/// keeps its row as it is stands aside meanwhile.
fn each(tx: &Connection, work: impl Fn(&Place, &[u8]) -> Result<Option<String>>) -> Result<u64> {
    let keeping =
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '*_revisions_stay'";
    let mut keeping = tx.prepare(keeping).map_err(refused)?;
    let keeping = keeping.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(refused)?;
    let keeping: Vec<(String, String)> = keeping.collect::<rusqlite::Result<_>>().map_err(refused)?;
    for (name, _) in &keeping {
        tx.execute_batch(&format!("DROP TRIGGER {name}")).map_err(refused)?;
    }
    let mut count = 0;
    for column in COLUMNS {
        count += column.each(tx, &work)?;
    }
    for (_, made) in &keeping {
        tx.execute_batch(made).map_err(refused)?;
    }
    Ok(count)
}

fn put_seal(conn: &Connection, key: &Key, remains: bool) -> Result<()> {
    let value = key.seal(&SEAL.at([]), SEALED)?;
    let sql = "INSERT INTO seal (one, value, remains) VALUES (1, ?1, ?2)
               ON CONFLICT (one) DO UPDATE SET value = excluded.value, remains = excluded.remains";
    conn.execute(sql, (value, remains)).map(drop).map_err(refused)
}

/// Traces of steps have kept the settings with the secrets in them. They are with the rule, where a replay finds them.
fn forget_told(conn: &Connection) -> Result<()> {
    let mut schemas: HashMap<Digest, serde_json::Value> = HashMap::new();
    let ids = "SELECT id FROM runs WHERE body LIKE '%\"settings\":\"%'";
    let mut ids = conn.prepare(ids).map_err(refused)?;
    let ids = ids.query_map([], |row| row.get(0)).map_err(refused)?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>().map_err(refused)?;
    for id in ids {
        let body: String =
            conn.query_row("SELECT body FROM runs WHERE id = ?1", [id], |row| row.get(0)).map_err(refused)?;
        // One that cannot be read is nothing new, and for a check to name.
        let Ok(mut run) = decode::<Run>("run", body.as_bytes()) else { continue };
        let schema = match schemas.entry(run.digest.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(schema(conn, &run.digest)?),
        };
        for told in run.trace.iter_mut().filter_map(|step| step.settings.as_mut()) {
            let settings = serde_json::from_str(told).unwrap_or_default();
            *told = without_secrets(&settings, schema).to_string();
        }
        let left = encode("run", &run)?;
        if left != body {
            conn.execute("UPDATE runs SET body = ?2 WHERE id = ?1", (id, left)).map_err(refused)?;
        }
    }
    Ok(())
}

/// Of a plugin's settings. Of one that is gone all is secret: nobody knows what of it is not.
fn schema(conn: &Connection, digest: &Digest) -> Result<serde_json::Value> {
    let sql = "SELECT body FROM packages WHERE digest = ?1";
    let body: Option<String> = conn.query_row(sql, [digest], |row| row.get(0)).optional().map_err(refused)?;
    match body {
        Some(body) => Ok(decode::<Package>("package", body.as_bytes())?.manifest.settings),
        None => Ok(json!({ "writeOnly": true })),
    }
}

/// Everything sealed anew, in one transaction with what tells the key.
pub(crate) fn reseal(conn: &mut Connection, from: &Key, to: &Key) -> Result<u64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(refused)?;
    let count = each(&tx, |place, sealed| {
        let plain = from.open(place, sealed).map_err(|error| corrupt("secret", error))?;
        to.seal(place, &plain).map(Some)
    })?;
    put_seal(&tx, to, true)?;
    tx.commit().map_err(refused)?;
    Ok(count)
}

/// Writes the file anew where parts of it that nothing uses may still hold what was there before it was sealed. Without
/// room for that it is done at the next start.
pub(crate) fn sweep(conn: &Connection) -> Result<()> {
    let remains = conn.query_row("SELECT remains FROM seal", [], |row| row.get(0)).optional();
    if remains.map_err(refused)? != Some(true) {
        return Ok(());
    }
    // A copy of all of it, which may be larger than the memory.
    let swept = conn.execute_batch("PRAGMA temp_store = FILE; VACUUM; UPDATE seal SET remains = 0");
    let swept = swept.map_err(refused);
    conn.execute_batch("PRAGMA temp_store = MEMORY").map_err(refused)?;
    match swept {
        Err(error) if error.passes() => {
            tracing::warn!(%error, "what was there before it was sealed may still be in unused parts of the file");
            Ok(())
        }
        swept => swept,
    }
}

/// For whoever checks: each sealed value opens, and nothing of what they were remains. A finding.
pub(crate) fn check(conn: &Connection, file: &Path) -> Result<std::result::Result<String, String>> {
    let Some(seal) = seal(conn)? else {
        return Ok(Err("they lie there as they are: the next start of the server seals them".to_owned()));
    };
    let keys = match key_file::read(file) {
        Ok(keys) => keys,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let others = keys.as_ref().map_or(0, Vec::len).saturating_sub(1);
    let key = match opening(&seal, keys, file) {
        Ok(key) => key,
        Err(StorageError::Key(message)) => return Ok(Err(message)),
        Err(error) => return Err(error),
    };
    let mut count = 0;
    for column in COLUMNS {
        let opened = column.each(conn, |place, sealed| match key.open(place, sealed) {
            Ok(_) => Ok(None),
            Err(message) => Err(corrupt("secret", message)),
        });
        match opened {
            Ok(opened) => count += opened,
            Err(StorageError::Corrupt { message, .. }) => return Ok(Err(message)),
            Err(error) => return Err(error),
        }
    }
    let id = key.id();
    let more = match others {
        0 => String::new(),
        others => format!("; {others} more in the file, which `rulewright key rotate` clears away"),
    };
    Ok(Ok(format!("{count} values, each opens with key {id}{more}")))
}

#[cfg(test)]
mod tests;
