//! Brings the schema to what this program knows: numbered files, each applied once and never edited again.

use rulewright_ports::{StorageError, fault, storage::Result};
use rusqlite::{Connection, TransactionBehavior};

use crate::{functions, session::refused};

/// In order; the place in this list is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_init.sql"),
    include_str!("../migrations/sqlite/0002_lists.sql"),
    include_str!("../migrations/sqlite/0003_alarms.sql"),
    include_str!("../migrations/sqlite/0004_channels.sql"),
    include_str!("../migrations/sqlite/0005_documents.sql"),
    include_str!("../migrations/sqlite/0006_connections.sql"),
    include_str!("../migrations/sqlite/0007_recipes.sql"),
    include_str!("../migrations/sqlite/0008_mailboxes.sql"),
    include_str!("../migrations/sqlite/0009_plugin_life.sql"),
    include_str!("../migrations/sqlite/0010_records.sql"),
    include_str!("../migrations/sqlite/0011_find.sql"),
    include_str!("../migrations/sqlite/0012_webhooks.sql"),
    include_str!("../migrations/sqlite/0013_entries.sql"),
    include_str!("../migrations/sqlite/0014_deals.sql"),
    include_str!("../migrations/sqlite/0015_accounts.sql"),
    include_str!("../migrations/sqlite/0016_shadow.sql"),
    include_str!("../migrations/sqlite/0017_statistics.sql"),
    include_str!("../migrations/sqlite/0018_changelog.sql"),
    include_str!("../migrations/sqlite/0019_extras_of_shops.sql"),
    include_str!("../migrations/sqlite/0020_halts.sql"),
    include_str!("../migrations/sqlite/0021_spent.sql"),
    include_str!("../migrations/sqlite/0022_turns.sql"),
    include_str!("../migrations/sqlite/0023_seal.sql"),
    include_str!("../migrations/sqlite/0024_refold.sql"),
    include_str!("../migrations/sqlite/0025_webhook_turns.sql"),
];

/// "RWrt" in the header of the file, so that nobody's other database is taken for ours.
const APPLICATION: i64 = 0x5257_7274;

pub(crate) const VERSION: usize = MIGRATIONS.len();

pub(crate) fn migrate(conn: &mut Connection) -> Result<()> {
    functions::register(conn).map_err(refused)?;
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
        let number = index + 1;
        apply(conn, sql, number).map_err(|error| match refused(error) {
            StorageError::Database(message) => {
                StorageError::Database(format!("migration {number} failed, nothing changed: {message}"))
            }
            other => other,
        })?;
        fault::point("migrate.after");
        tracing::info!(version = number, "database migrated");
    }
    Ok(())
}

fn apply(conn: &mut Connection, sql: &str, version: usize) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(sql)?;
    tx.pragma_update(None, "user_version", version as i64)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    fault::point("migrate.before");
    tx.commit()
}

pub(crate) fn version(conn: &Connection) -> Result<usize> {
    Ok(usize::try_from(pragma(conn, "user_version")?).unwrap_or(usize::MAX))
}

fn pragma(conn: &Connection, name: &str) -> Result<i64> {
    conn.pragma_query_value(None, name, |row| row.get(0)).map_err(refused)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As a program left it that knew so many.
    pub(crate) fn older(conn: &mut Connection, version: usize) {
        functions::register(conn).unwrap();
        for (index, sql) in MIGRATIONS[..version].iter().enumerate() {
            apply(conn, sql, index + 1).unwrap();
        }
    }

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

    #[test]
    fn numbers_that_were_given_before_are_not_given_again() {
        let mut conn = Connection::open_in_memory().unwrap();
        older(&mut conn, 4);
        conn.execute_batch(
            "INSERT INTO shops (id, config_version, body) VALUES (1, 1, '{}');
             INSERT INTO numerators_state (shop, numerator, last) VALUES (1, 'invoices', 46)",
        )
        .unwrap();
        migrate(&mut conn).unwrap();
        let sql =
            "SELECT last FROM numerators_state WHERE shop = 1 AND numerator = 'invoices' AND period = ''";
        assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(46));
    }

    /// As the files lie there when the process dies: what no commit has ended is not in them.
    #[test]
    fn a_migration_that_dies_on_its_way_is_done_again_from_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.db");
        let mut conn = Connection::open(&file).unwrap();
        conn.pragma_update(None, "journal_mode", "wal").unwrap();
        // It writes into its files before the end, as a large one does.
        conn.pragma_update(None, "cache_size", 5).unwrap();
        functions::register(&conn).unwrap();
        for (index, sql) in MIGRATIONS.iter().enumerate() {
            let died = dir.path().join(format!("died-{index}.db"));
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            tx.execute_batch(sql).unwrap();
            for end in ["", "-wal"] {
                let name = |path: &std::path::Path| format!("{}{end}", path.display());
                if std::path::Path::new(&name(&file)).exists() {
                    std::fs::copy(name(&file), name(&died)).unwrap();
                }
            }
            tx.rollback().unwrap();
            let mut again = Connection::open(&died).unwrap();
            assert_eq!(version(&again).unwrap(), index);
            migrate(&mut again).unwrap();
            assert_eq!(version(&again).unwrap(), VERSION);
            let sound: String = again.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok", "after migration {}", index + 1);
            apply(&mut conn, sql, index + 1).unwrap();
        }
    }

    #[test]
    fn runs_that_ended_before_are_counted_as_those_that_end_later() {
        let mut conn = Connection::open_in_memory().unwrap();
        older(&mut conn, 14);
        let body = serde_json::json!({
            "pipeline": "sales", "digest": "0123456789abcdef0123", "ready_at": "2026-11-20T09:00:00.000Z",
            "ended": "2026-11-20T09:00:01.500Z",
            "trace": [{ "usage": { "microseconds": 300 } }, { "usage": { "microseconds": 40 } }],
        });
        let store = "INSERT INTO runs (id, shop, order_id, visit, position, rule, state, open, stamp, body)
                     VALUES (?1, 3, 1, 1, 0, 'r1', ?2, ?3, 1, ?4)";
        conn.execute(store, (7, "done", 0, body.to_string())).unwrap();
        let mut open = body.clone();
        open["ended"] = serde_json::Value::Null;
        conn.execute(store, (8, "ready", 1, open.to_string())).unwrap();
        migrate(&mut conn).unwrap();
        let sql = "SELECT ended, chain, build, took, busy FROM runs WHERE id = ?1";
        type Row = (Option<i64>, Option<String>, Option<String>, Option<i64>, Option<i64>);
        let of = |id: i64| -> Row {
            conn.query_row(sql, [id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .unwrap()
        };
        let ended = rulewright_domain::Timestamp::parse("2026-11-20T09:00:01.500Z").unwrap().0;
        let (chain, build) = (Some("p:sales".to_owned()), Some("0123456789abcdef".to_owned()));
        assert_eq!(of(7), (Some(ended), chain, build, Some(1_500), Some(340)));
        assert_eq!(of(8), (None, None, None, None, None));
    }

    #[test]
    fn deals_that_were_there_before_are_found_as_those_that_come_later() {
        let mut conn = Connection::open_in_memory().unwrap();
        older(&mut conn, 9);
        let body = serde_json::json!({
            "id": "ord_7", "kind": "deal", "title": "Straße", "responsible": "emp_12", "company": null,
            "total": { "amount": "1234.55", "currency": "GBP" }, "pipeline": "Sales", "stage": "C1:NEW",
            "created": "2026-11-20T09:00:00.000Z", "updated": "1969-12-31T23:59:59.999Z",
        });
        let store = "INSERT INTO orders (id, shop, pipeline, stage, number, clients, stamp, body)
                     VALUES (?1, 3, 'Sales', 'C1:NEW', '7', '', 1, ?2)";
        conn.execute(store, (7, body.to_string())).unwrap();
        conn.execute(store, (8, body.to_string().replace("deal", "order"))).unwrap();
        migrate(&mut conn).unwrap();
        let sql = "SELECT shop, id, pipeline, stage, responsible, company, total, created, updated, title FROM deals";
        type Row = (i64, i64, String, String, i64, Option<i64>, f64, i64, i64, String);
        let deals: Vec<Row> = conn
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.try_into())
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let (stage, title) = ("c1:new".to_owned(), "strasse".to_owned());
        let at = 1_795_165_200_000;
        assert_eq!(deals, [(3, 7, "sales".to_owned(), stage, 12, None, 1234.55, at, -1, title)]);
    }

    #[test]
    fn phone_numbers_that_were_there_before_are_found_by_their_end() {
        let mut conn = Connection::open_in_memory().unwrap();
        older(&mut conn, 1);
        conn.execute_batch("INSERT INTO clients (id, shop, body) VALUES (1, 1, '{}'), (2, 1, '{}')").unwrap();
        let numbers = ["+1 (202) 555-0100", "2025550100", "030/123.45-67", "anonymous", "112"];
        for (phone, client) in numbers.iter().zip([1, 1, 2, 2, 2]) {
            let sql =
                "INSERT INTO client_addresses (shop, kind, address, client) VALUES (1, 'phone', ?1, ?2)";
            conn.execute(sql, (phone, client)).unwrap();
        }
        migrate(&mut conn).unwrap();
        let sql = "SELECT address FROM client_addresses WHERE kind = 'phone-end' ORDER BY client";
        let mut statement = conn.prepare(sql).unwrap();
        let found = statement.query_map([], |row| row.get(0)).unwrap();
        let found: Vec<String> = found.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(found, ["5550100", "1234567"]);
        for (phone, end) in
            numbers.iter().zip([Some("5550100"), Some("5550100"), Some("1234567"), None, None])
        {
            assert_eq!(rulewright_domain::phone::end(phone).as_deref(), end, "as for those that come later");
        }
    }
}
