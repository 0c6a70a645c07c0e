use std::collections::BTreeMap;

use rulewright_domain::{
    ShopId, Timestamp, Usage,
    plugin::Digest,
    statistics::{Chain, Counts, EndedRun, Outcome},
};
use rulewright_ports::storage::{EndedRow, ReadStatistics, Result, build, chain_name};
use rusqlite::Row;

use crate::session::{Session, corrupt, encode, refused, unsigned};

impl<M> ReadStatistics for Session<'_, M> {
    fn each_ended_run(
        &mut self,
        shop: ShopId,
        from: Timestamp,
        to: Timestamp,
        each: &mut dyn FnMut(&EndedRow<'_>),
    ) -> Result<()> {
        self.each(
            "SELECT ended, state, chain, rule, build, took, busy FROM runs
             WHERE shop = ?1 AND ended >= ?2 AND ended < ?3 ORDER BY ended",
            (shop.0, from.0, to.0),
            |row| {
                let outcome = outcome(text(row, 1)?)?;
                let number =
                    |column: usize| -> Result<u64> { Ok(unsigned(row.get(column).map_err(refused)?)) };
                let ended = Timestamp(row.get(0).map_err(refused)?);
                let run = EndedRun { ended, outcome, took: number(5)?, busy: number(6)? };
                each(&EndedRow { run, chain: text(row, 2)?, rule: text(row, 3)?, build: text(row, 4)? });
                Ok(())
            },
        )
        .map(drop)
    }

    fn ended_counts(
        &mut self,
        shop: ShopId,
        chain: &Chain,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<String, Counts>> {
        let found: Vec<(String, String, i64)> = self.rows(
            "SELECT rule, state, count(*) FROM runs INDEXED BY runs_ended
             WHERE shop = ?1 AND ended >= ?2 AND ended < ?3 AND chain = ?4 GROUP BY rule, state",
            (shop.0, from.0, to.0, chain_name(chain)),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        for (rule, state, runs) in found {
            counts.entry(rule).or_default().add_all(outcome(&state)?, unsigned(runs));
        }
        Ok(counts)
    }

    fn step_usage(&mut self, shop: ShopId, digests: &[Digest], runs: u32) -> Result<Vec<Usage>> {
        let builds: Vec<&str> = digests.iter().map(|digest| build(digest)).collect();
        // By the index of what has ended, from its end: of a body only the usage is taken.
        let found: Vec<Vec<Option<Usage>>> = self.many(
            "usage",
            "SELECT (SELECT json_group_array(value -> '$.usage') FROM json_each(runs.body, '$.trace'))
             FROM runs INDEXED BY runs_ended
             WHERE shop = ?1 AND ended IS NOT NULL AND build IN (SELECT value FROM json_each(?2))
             ORDER BY ended DESC LIMIT ?3",
            (shop.0, encode("digests", &builds)?, runs),
        )?;
        Ok(found.into_iter().flatten().flatten().filter(|usage| usage.fuel_limit > 0).collect())
    }

    fn last_ended(&mut self, shop: ShopId) -> Result<Option<Timestamp>> {
        let sql = "SELECT ended FROM runs WHERE shop = ?1 AND ended IS NOT NULL ORDER BY ended DESC LIMIT 1";
        Ok(self.value(sql, [shop.0])?.map(Timestamp))
    }

    fn open_counts(&mut self, shop: ShopId) -> Result<Vec<(String, u64)>> {
        self.rows(
            "SELECT state, count(*) FROM runs INDEXED BY runs_open
             WHERE shop = ?1 AND open = 1 GROUP BY state",
            [shop.0],
            |row| Ok((row.get(0)?, unsigned(row.get(1)?))),
        )
    }

    fn oldest_ready(&mut self, shop: ShopId) -> Result<Option<Timestamp>> {
        // `IN`, because plans are tested for a restart's question, which is known by its `=`.
        let oldest = self.value::<Option<i64>>(
            "SELECT min(instant(body ->> '$.ready_at')) FROM runs INDEXED BY runs_open
             WHERE shop = ?1 AND open = 1 AND state IN ('ready')",
            [shop.0],
        )?;
        Ok(oldest.flatten().map(Timestamp))
    }

    fn oldest_unsent(&mut self, shop: ShopId) -> Result<Option<Timestamp>> {
        let pending = "SELECT min(instant(body ->> '$.created')) FROM outbox INDEXED BY outbox_due
                       WHERE shop = ?1 AND state = 'pending'";
        let sending = "SELECT min(instant(body ->> '$.created')) FROM outbox INDEXED BY outbox_sending
                       WHERE shop = ?1 AND state = 'sending'";
        let oldest = [pending, sending].map(|sql| self.value::<Option<i64>>(sql, [shop.0]));
        let [pending, sending] = oldest;
        Ok(pending?.flatten().into_iter().chain(sending?.flatten()).min().map(Timestamp))
    }
}

fn outcome(state: &str) -> Result<Outcome> {
    Outcome::named(state).ok_or_else(|| corrupt("run", format!("`{state}` is no state in which a run ends")))
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    row.get_ref(column).map_err(refused)?.as_str().map_err(|error| corrupt("run", error))
}
