//! Deals are searched by text that was folded when they were written. Where an older program folded it otherwise, it is
//! computed anew before anybody is served: what is searched for is folded as this program does it.
//!
//! Some deals in each transaction, together with how far it has come: a start that is cut off loses nothing, and the next
//! one goes on from there.

use rulewright_ports::storage::Result;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::session::refused;

/// Deals in one transaction.
const AT_ONCE: i64 = 500;
/// Deals between two lines of the log.
const TOLD: usize = 50_000;

/// As they would be written today. The title in a body that cannot be read stays as it was: it is for a check to name.
const NEXT: &str = "SELECT deals.shop, deals.id, fold(orders.pipeline), fold(orders.stage),
         ifnull(CASE WHEN json_valid(orders.body) THEN fold(orders.body ->> '$.title') END, deals.title)
     FROM deals JOIN orders ON orders.id = deals.id AND orders.shop = deals.shop
     WHERE (deals.shop, deals.id) > (?1, ?2) ORDER BY deals.shop, deals.id LIMIT ?3";
const SET: &str = "UPDATE deals SET pipeline = ?3, stage = ?4, title = ?5
     WHERE shop = ?1 AND id = ?2 AND (pipeline, stage, title) <> (?3, ?4, ?5)";

type Deal = (i64, i64, String, String, String);

/// Without room on the disk the rest is done at the next start.
pub(crate) fn refold(conn: &mut Connection) -> Result<()> {
    match all(conn).map_err(refused) {
        Err(error) if error.passes() => {
            tracing::warn!(%error, "searches may miss deals whose text an older program has folded");
            Ok(())
        }
        done => done,
    }
}

fn all(conn: &mut Connection) -> rusqlite::Result<()> {
    let (mut seen, mut changed) = (0_usize, 0_usize);
    while let Some((deals, of_them)) = batch(conn)? {
        seen += deals;
        changed += of_them;
        if deals == 0 || seen.is_multiple_of(TOLD) {
            tracing::info!(
                deals = seen,
                changed,
                all = deals == 0,
                "text that deals are searched by is folded anew"
            );
        }
    }
    Ok(())
}

/// How many deals it has looked at, at last none, and how many it has changed. None: nothing is left to do.
fn batch(conn: &mut Connection) -> rusqlite::Result<Option<(usize, usize)>> {
    let last: Option<(i64, i64)> =
        conn.query_row("SELECT shop, id FROM refold", [], |row| row.try_into()).optional()?;
    let Some((shop, id)) = last else { return Ok(None) };
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let deals: Vec<Deal> = tx
        .prepare_cached(NEXT)?
        .query_map((shop, id, AT_ONCE), |row| row.try_into())?
        .collect::<rusqlite::Result<_>>()?;
    match deals.last() {
        Some((shop, id, ..)) => tx.execute("UPDATE refold SET shop = ?1, id = ?2", (shop, id))?,
        None => tx.execute("DELETE FROM refold", [])?,
    };
    let (seen, mut changed) = (deals.len(), 0);
    for deal in deals {
        changed += tx.prepare_cached(SET)?.execute(deal)?;
    }
    tx.commit()?;
    Ok(Some((seen, changed)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rulewright_domain::{
        Order, OrderKind,
        find::{Field, Filter, Test},
    };
    use rulewright_ports::{
        StorageExt,
        storage::{Find, Found},
    };

    use super::*;
    use crate::{
        Durability, Options, Sqlite,
        conformance::sample::{self, ONE},
        connect, migrate,
    };

    /// Not all of them fit into two transactions.
    const MANY: i64 = 1_200;
    /// As an older program folded it.
    const OLD: &str = "UPDATE deals SET stage = 'pru\u{308}fen', title = 'cafe\u{301} ' || id";

    fn options() -> Options {
        Options { durability: Durability::Process, readers: 1, ..Options::default() }
    }

    /// As a program left it that took a letter and its accent for two.
    fn older(path: &Path) {
        let mut conn = Connection::open(path).unwrap();
        migrate::tests::older(&mut conn, 23);
        let tx = conn.transaction().unwrap();
        for id in 1..=MANY {
            let title = format!("CAFE\u{301} {id}");
            let deal = Order { kind: OrderKind::Deal, title, ..sample::order(id) };
            tx.execute(
                "INSERT INTO orders (id, shop, pipeline, stage, number, clients, stamp, body)
                 VALUES (?1, 1, 'sales', 'PRU\u{308}FEN', ?1, '', 1, ?2)",
                (id, serde_json::to_string(&deal).unwrap()),
            )
            .unwrap();
            tx.execute(
                "INSERT INTO deals (shop, id, pipeline, stage, created, updated, title)
                 VALUES (1, ?1, 'sales', '', 0, 0, '')",
                [id],
            )
            .unwrap();
        }
        tx.execute(OLD, []).unwrap();
        tx.commit().unwrap();
    }

    /// How many deals are found by letters in one piece.
    async fn found(storage: &Sqlite) -> i64 {
        let filter = Filter::All(vec![
            Field::text(["title"]).is(Test::Contains("caf\u{e9}".into())),
            Field::text(["stage"]).is(Test::Equal("pr\u{fc}fen".into())),
        ]);
        let find = Find { count: true, limit: 0, ..Find::first(filter) };
        let found: Result<Found<Order>> =
            storage.read(move |reads| reads.find_orders(ONE, Some(OrderKind::Deal), &find)).await;
        found.unwrap().total.unwrap().try_into().unwrap()
    }

    #[tokio::test]
    async fn deals_of_an_older_program_are_found_however_their_letters_are_written_and_folded_anew_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.db");
        older(&path);
        let damaged = "UPDATE orders SET body = '{' WHERE id = 7";
        Connection::open(&path).unwrap().execute(damaged, []).unwrap();
        let storage = Sqlite::open(&path, options()).unwrap();
        assert_eq!(found(&storage).await, MANY - 1, "all but the one that cannot be read");
        drop(storage);
        Connection::open(&path).unwrap().execute(OLD, []).unwrap();
        assert_eq!(found(&Sqlite::open(&path, options()).unwrap()).await, 0, "no start does it again");
    }

    #[tokio::test]
    async fn a_start_that_was_cut_off_is_gone_on_with_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.db");
        older(&path);
        let mut conn = connect::writing(&path, &options()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        let at_once = AT_ONCE as usize;
        assert_eq!(batch(&mut conn).unwrap(), Some((at_once, at_once)));
        conn.execute(OLD, []).unwrap();
        drop(conn);
        let storage = Sqlite::open(&path, options()).unwrap();
        assert_eq!(found(&storage).await, MANY - AT_ONCE, "those that were done are not looked at again");
    }
}
