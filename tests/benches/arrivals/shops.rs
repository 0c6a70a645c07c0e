//! Several shops on one server, and what its database says of them: read without the program.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    time::Duration,
};

use rulewright_domain::{Shop, ShopId};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_storage::Sqlite;
use rusqlite::Connection;

/// A shop beside the first, in the database of a server that is stopped. There is no command that makes one; the next start
/// gives it its plugins and pipelines.
pub async fn add(database: &Path, id: i64) {
    let storage = Sqlite::open(database, Default::default()).unwrap();
    let added = storage.write(move |tx| {
        let first = tx.shop(ShopId(1))?.unwrap();
        tx.put_shop(&Shop { id: ShopId(id), name: format!("Shop {id}"), ..first })?;
        Ok::<_, StorageError>(())
    });
    added.await.unwrap();
}

/// What became of the orders of a shop whose numbers begin so.
#[derive(Debug, Default)]
pub struct Became {
    /// Number, and how many orders have it.
    pub orders: HashMap<String, usize>,
    /// Of these, the ones whose only run is done.
    pub done: BTreeSet<String>,
    /// From ready to ended, of each run.
    pub took: Vec<Duration>,
}

pub fn became(database: &Path, shop: i64, prefix: &str) -> Became {
    let open = Connection::open(database).unwrap();
    let sql =
        "SELECT number, (SELECT group_concat(state) FROM runs WHERE runs.shop = ?1 AND order_id = orders.id),
                   (SELECT max(took) FROM runs WHERE runs.shop = ?1 AND order_id = orders.id)
               FROM orders WHERE shop = ?1 AND number >= ?2 AND number < ?2 || x'7f'";
    let mut rows = open.prepare(sql).unwrap();
    let rows = rows.query_map((shop, prefix), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<i64>>(2)?))
    });
    let mut became = Became::default();
    for row in rows.unwrap() {
        let (number, states, took) = row.unwrap();
        *became.orders.entry(number.clone()).or_default() += 1;
        if states.as_deref() == Some("done") {
            became.done.insert(number);
        }
        became.took.extend(took.and_then(|took| u64::try_from(took).ok()).map(Duration::from_millis));
    }
    became
}

impl Became {
    /// What is wrong with it, where these were accepted and these refused.
    pub fn wrong(&self, accepted: &[String], refused: &[String]) -> Vec<String> {
        let lost = accepted.iter().filter(|one| !self.orders.contains_key(*one));
        let unfinished =
            accepted.iter().filter(|one| self.orders.contains_key(*one) && !self.done.contains(*one));
        let kept = refused.iter().filter(|one| self.orders.contains_key(*one));
        let twice = self.orders.iter().filter(|(_, count)| **count > 1).map(|(number, _)| number);
        let told = |what: &'static str| move |number: &String| format!("{number}: {what}");
        lost.map(told("accepted, and lost"))
            .chain(unfinished.map(told("accepted, and its rule has not run")))
            .chain(kept.map(told("refused, and done")))
            .chain(twice.map(told("done twice")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_lost_left_undone_done_twice_or_done_unaccepted_is_told() {
        let numbers = |all: &[&str]| -> Vec<String> { all.iter().map(|one| (*one).to_owned()).collect() };
        let became = Became {
            orders: [("a", 1), ("b", 1), ("c", 2), ("r", 1)]
                .map(|(one, count)| (one.to_owned(), count))
                .into(),
            done: ["a", "c", "r"].map(str::to_owned).into(),
            took: Vec::new(),
        };
        assert_eq!(became.wrong(&numbers(&["a"]), &numbers(&["s"])), ["c: done twice"]);
        let wrong = became.wrong(&numbers(&["a", "b", "d"]), &numbers(&["r"]));
        let told = ["d: accepted, and lost", "b: accepted, and its rule has not run", "r: refused, and done"];
        assert_eq!(wrong, [&told[..], &["c: done twice"]].concat());
    }
}
