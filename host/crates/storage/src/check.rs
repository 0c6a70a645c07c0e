//! What an operator should know about the file.

use std::path::Path;

use rulewright_domain::{ShopId, audit::Entry};
use rulewright_ports::storage::Result;
use rusqlite::Connection;

use crate::{Options, connect, migrate, sealed, session::refused, table::accounts::entry};

/// Name and finding.
pub type Finding = (String, std::result::Result<String, String>);

/// Counts that are 0 in a sound database: name, what a row of it would be, how it is counted.
const AGREEMENTS: &[(&str, &str, &str)] = &[
    (
        "runs and orders",
        "orders that have runs, but do not exist and were never deleted",
        "SELECT count(*) FROM (SELECT DISTINCT shop, order_id FROM runs) AS had
         WHERE NOT EXISTS (SELECT 1 FROM orders WHERE id = had.order_id AND shop = had.shop)
           AND NOT EXISTS (SELECT 1 FROM events WHERE shop = had.shop AND order_id = had.order_id
                                                  AND kind = 'order.deleted')",
    ),
    (
        "waiting runs",
        "runs that wait for an event without being listed, or are listed without waiting",
        "SELECT (SELECT count(*) FROM runs WHERE open = 1 AND state = 'waiting'
                   AND json_array_length(body, '$.state.filter.kinds') > 0
                   AND id NOT IN (SELECT run FROM waits))
              + (SELECT count(*) FROM waits JOIN runs ON runs.id = waits.run
                 WHERE runs.state <> 'waiting' OR runs.shop <> waits.shop)",
    ),
    (
        "clients of orders",
        "orders that are not listed under their clients",
        "SELECT count(*) FROM orders WHERE clients <> (
             SELECT ifnull(group_concat(client ORDER BY client), '') FROM order_clients
             WHERE order_id = orders.id AND order_clients.shop = orders.shop)",
    ),
    (
        "deals and orders",
        "deals that lists do not find, or find without their order",
        "SELECT (SELECT count(*) FROM orders WHERE body ->> '$.kind' = 'deal'
                   AND NOT EXISTS (SELECT 1 FROM deals WHERE deals.shop = orders.shop AND deals.id = orders.id))
              + (SELECT count(*) FROM deals
                 WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = deals.id AND orders.shop = deals.shop))",
    ),
    (
        "entries and places",
        "places of entries that do not exist, or belong to another shop",
        "SELECT count(*) FROM entry_places WHERE NOT EXISTS (
             SELECT 1 FROM entries WHERE entries.id = entry AND entries.shop = place_shop)",
    ),
    (
        "messages and runs",
        "messages of runs that do not exist",
        "SELECT count(*) FROM outbox WHERE run IS NOT NULL AND run NOT IN (SELECT id FROM runs)",
    ),
    (
        "shops",
        "rows of shops that do not exist",
        "SELECT count(*) FROM (
             SELECT DISTINCT shop FROM orders UNION ALL SELECT DISTINCT shop FROM clients
             UNION ALL SELECT DISTINCT shop FROM events UNION ALL SELECT DISTINCT shop FROM matches
             UNION ALL SELECT DISTINCT shop FROM runs UNION ALL SELECT DISTINCT shop FROM outbox
             UNION ALL SELECT DISTINCT shop FROM entries UNION ALL SELECT DISTINCT shop FROM documents
             UNION ALL SELECT DISTINCT shop FROM alarms
             UNION ALL SELECT DISTINCT shop FROM items
             UNION ALL SELECT DISTINCT shop FROM chat_sessions UNION ALL SELECT DISTINCT shop FROM chat_messages
             UNION ALL SELECT DISTINCT shop FROM records)
         WHERE shop NOT IN (SELECT id FROM shops)",
    ),
];

/// On a connection of its own: reading every page takes a while.
pub(crate) fn check(path: &Path, options: &Options) -> Result<Vec<Finding>> {
    let conn = connect::looking(path, options)?;
    // One snapshot, or counts would disagree about what was written between them.
    conn.execute_batch("BEGIN").map_err(refused)?;
    let mut findings = vec![
        ("schema".to_owned(), schema(&conn)?),
        ("journal".to_owned(), journal(&conn)?),
        ("integrity".to_owned(), integrity(&conn)?),
        ("references".to_owned(), references(&conn)?),
    ];
    for (name, what, sql) in AGREEMENTS {
        let count: i64 = conn.query_row(sql, [], |row| row.get(0)).map_err(refused)?;
        let finding = match count {
            0 => Ok("agree".to_owned()),
            count => Err(format!("{count} {what}")),
        };
        findings.push(((*name).to_owned(), finding));
    }
    findings.push(("audit log".to_owned(), audit(&conn)?));
    // Where the schema is another, that is what has to be mended first.
    if migrate::version(&conn)? == migrate::VERSION {
        findings.push(("secrets".to_owned(), sealed::check(&conn, &options.key_of(path))?));
    }
    Ok(findings)
}

/// Whoever changes an entry, or takes one out, breaks the chain behind it.
fn audit(conn: &Connection) -> Result<std::result::Result<String, String>> {
    let mut all =
        conn.prepare("SELECT body, hash, shop FROM audit ORDER BY shop, number").map_err(refused)?;
    let mut rows = all.query([]).map_err(refused)?;
    let (mut count, mut last): (u64, Option<(ShopId, Entry)>) = (0, None);
    while let Some(row) = rows.next().map_err(refused)? {
        let (shop, entry) = (ShopId(row.get(2).map_err(refused)?), entry(row)?);
        let before = last.as_ref().filter(|(of, _)| *of == shop).map(|(_, entry)| entry);
        if !entry.follows(before) {
            return Ok(Err(format!(
                "entry {} of {shop} is not what was written after the one before it: somebody has changed the file",
                entry.number
            )));
        }
        last = Some((shop, entry));
        count += 1;
    }
    Ok(Ok(format!("{count} entries, each as it was written")))
}

fn schema(conn: &Connection) -> Result<std::result::Result<String, String>> {
    let version = migrate::version(conn)?;
    Ok(match version == migrate::VERSION {
        true => Ok(format!("version {version}, SQLite {}", rusqlite::version())),
        false => Err(format!("version {version}, but this program works with {}", migrate::VERSION)),
    })
}

fn journal(conn: &Connection) -> Result<std::result::Result<String, String>> {
    let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(refused)?;
    Ok(match mode.as_str() {
        "wal" => Ok("write-ahead log".to_owned()),
        other => Err(format!("journal mode is {other} instead of wal: readers and writer block each other")),
    })
}

fn integrity(conn: &Connection) -> Result<std::result::Result<String, String>> {
    let findings = texts(conn, "PRAGMA integrity_check(10)")?;
    Ok(match findings.as_slice() {
        [only] if only == "ok" => Ok("every page and index is sound".to_owned()),
        damage => Err(format!("{}: restore a backup", damage.join("; "))),
    })
}

fn references(conn: &Connection) -> Result<std::result::Result<String, String>> {
    let broken = texts(conn, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")?;
    Ok(match broken.is_empty() {
        true => Ok("all lead somewhere".to_owned()),
        false => Err(format!("rows without what they refer to in {}", broken.join(", "))),
    })
}

fn texts(conn: &Connection, sql: &str) -> Result<Vec<String>> {
    let read =
        || -> rusqlite::Result<Vec<String>> { conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
    read().map_err(refused)
}
