use std::sync::Arc;

use rulewright_domain::{
    ClientId, EventFilter, EventId, NewEvent, OrderId, PipelineId, RuleId, Run, RunId, RunState, ShopId,
    Timestamp, plugin::Digest, statistics::Chain,
};
use rulewright_ports::{
    Transaction,
    storage::{Page, ReadRuns, ReadyRun, Result, RunMark, RunQuery, Sequence, WriteRuns, build, chain_name},
};
use rusqlite::params;

use crate::{
    list::List,
    session::{Session, Writing, another_shops, encode, numbers, signed, unsigned},
};

impl<M> Session<'_, M> {
    /// The id of the shop's first run that began then or later, or one that none has yet. Ids are given in the order of
    /// time, so a moment is found as a word is in a dictionary, and needs no index that each run would be written to.
    fn first_run_since(&mut self, shop: ShopId, at: Timestamp) -> Result<i64> {
        let last = self.value("SELECT max(id) FROM runs WHERE shop = ?1", [shop.0])?.flatten();
        let (mut low, mut high): (i64, i64) = (0, last.unwrap_or(0) + 1);
        let at = at.to_string();
        while low < high {
            let middle = low + (high - low) / 2;
            let began = self.value(
                "SELECT body ->> '$.created' < ?3 FROM runs WHERE shop = ?1 AND id >= ?2 ORDER BY id LIMIT 1",
                (shop.0, middle, &at),
            )?;
            match began {
                Some(true) => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}

impl<M> ReadRuns for Session<'_, M> {
    fn run(&mut self, shop: ShopId, id: RunId) -> Result<Option<Run>> {
        if let Some(run) = self.late_run(id) {
            return Ok(Some(run).filter(|run| run.shop == shop));
        }
        let key = (id.0, shop.0);
        let stamp = self.value("SELECT stamp FROM runs WHERE id = ?1 AND shop = ?2", key)?;
        let Some(stamp) = stamp else { return Ok(None) };
        if let Some(run) = self.recent.runs.get(id.0, stamp) {
            return Ok(Some(Run::clone(&run)));
        }
        let found = self.sized("run", "SELECT body FROM runs WHERE id = ?1 AND shop = ?2", key)?.pop();
        Ok(found.map(|(run, size): (Run, usize)| {
            self.recent.runs.keep(id.0, stamp, Arc::new(run.clone()), size);
            run
        }))
    }

    fn runs(&mut self, shop: ShopId, query: &RunQuery, page: Page) -> Result<Vec<Run>> {
        // An order has few runs, so its index is the best one; of the others, that of the rule.
        let plus = |other: bool| if other { "+" } else { "" };
        let state = match query.state.as_deref() {
            // Few, and not in the index of states.
            Some("ready" | "blocked") => "open = 1 AND +state = ?",
            _ if query.order.is_some() || query.rule.is_some() => "+state = ?",
            _ => "state NOT IN ('ready', 'blocked') AND state = ?",
        };
        let rule = plus(query.order.is_some());
        let stage = "body ->> '$.workflow' IS NULL AND body ->> '$.stage' = ?";
        let pipeline = query.pipeline.as_ref().map(|pipeline| pipeline.0.clone());
        let digests = match query.digests.is_empty() {
            true => None,
            false => Some(encode("digests", &query.digests)?),
        };
        let from = query.from.map(|at| self.first_run_since(shop, at)).transpose()?;
        let to = query.to.map(|at| self.first_run_since(shop, at)).transpose()?;
        let select = match query.shadow {
            None => "SELECT body FROM runs WHERE shop = ?",
            Some(true) => "SELECT body FROM runs WHERE shadow = 1 AND shop = ?",
            Some(false) => "SELECT body FROM runs WHERE shadow = 0 AND shop = ?",
        };
        List::of_shop(select, shop)
            .with("order_id = ?", query.order.map(|order| order.0))
            .with(state, query.state.clone())
            .with(&format!("{rule}rule = ?"), query.rule.clone())
            .with(stage, query.stage.as_ref().map(|stage| stage.0.clone()))
            .with("body ->> '$.workflow' IS NULL AND body ->> '$.pipeline' = ?", pipeline)
            .with("body ->> '$.digest' IN (SELECT value FROM json_each(?))", digests)
            .with("id >= ?", from)
            .with("id < ?", to)
            .page(self, "run", "id", page)
    }

    fn has_run(
        &mut self,
        shop: ShopId,
        order: OrderId,
        visit: u64,
        rule: &RuleId,
        shadow: bool,
    ) -> Result<bool> {
        // Rules of workflows have ids of their own, which may be the same.
        let sql = "SELECT 1 FROM runs WHERE shop = ?1 AND order_id = ?2 AND visit = ?3 AND +rule = ?4
                   AND shadow <= ?5 AND body ->> '$.workflow' IS NULL LIMIT 1";
        let key = (shop.0, order.0, signed("visit", visit)?, &rule.0, shadow);
        Ok(self.value::<i64>(sql, key)?.is_some())
    }

    fn open_runs(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Run>> {
        self.many(
            "run",
            "SELECT body FROM runs WHERE shop = ?1 AND order_id = ?2 AND open = 1
             ORDER BY visit, position, id",
            (shop.0, order.0),
        )
    }

    fn run_marks(&mut self, shop: ShopId, order: OrderId, visit: u64) -> Result<Vec<RunMark>> {
        self.rows(
            "SELECT id, state, wake_at FROM runs WHERE shop = ?1 AND order_id = ?2 AND visit = ?3 ORDER BY id",
            (shop.0, order.0, signed("visit", visit)?),
            |row| {
                let wake_at: Option<i64> = row.get(2)?;
                Ok(RunMark {
                    run: RunId(row.get(0)?),
                    state: row.get(1)?,
                    wake_at: wake_at.map(Timestamp),
                })
            },
        )
    }

    fn orders_with_failures(&mut self, shop: ShopId, limit: u32) -> Result<Vec<OrderId>> {
        self.rows(
            "SELECT order_id FROM runs
             WHERE shop = ?1 AND state NOT IN ('ready', 'blocked') AND state = 'failed'
               AND visit = (SELECT body ->> '$.visit' FROM orders WHERE orders.id = runs.order_id)
             ORDER BY id DESC LIMIT ?2",
            (shop.0, limit),
            |row| Ok(OrderId(row.get(0)?)),
        )
    }

    fn open_runs_of_rule(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        rule: &RuleId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<RunId>> {
        // An index of its own would be written twice for each run, and this is asked when somebody publishes.
        self.rows(
            "SELECT id FROM runs INDEXED BY runs_open
             WHERE shop = ?1 AND open = 1 AND rule = ?2 AND body ->> '$.pipeline' = ?3
               AND body ->> '$.revision' < ?4 LIMIT ?5",
            (shop.0, &rule.0, &pipeline.0, signed("revision", before)?, limit),
            |row| Ok(RunId(row.get(0)?)),
        )
    }

    // As above: asked when somebody updates, removes or revokes a plugin.
    fn open_digests(&mut self, shop: ShopId) -> Result<Vec<(Digest, u64)>> {
        self.rows(
            "SELECT body ->> '$.digest' AS digest, count(*) FROM runs INDEXED BY runs_open
             WHERE shop = ?1 AND open = 1 GROUP BY digest",
            [shop.0],
            |row| Ok((row.get(0)?, unsigned(row.get(1)?))),
        )
    }

    fn open_runs_of_digest(
        &mut self,
        shop: ShopId,
        digest: &Digest,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<RunId>> {
        self.rows(
            "SELECT id FROM runs INDEXED BY runs_open
             WHERE shop = ?1 AND open = 1 AND id > ?2 AND body ->> '$.digest' = ?3 ORDER BY id LIMIT ?4",
            (shop.0, after.0, digest, limit),
            |row| Ok(RunId(row.get(0)?)),
        )
    }

    fn runs_waiting_for(
        &mut self,
        shop: ShopId,
        event: &NewEvent,
        since: EventId,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<Run>> {
        // Nobody waits for most kinds, and this is asked for every event.
        let anybody = "SELECT 1 FROM waits WHERE shop = ?1 AND kind = ?2 LIMIT 1";
        if self.value::<i64>(anybody, (shop.0, &event.kind))?.is_none() {
            return Ok(Vec::new());
        }
        self.many(
            "run",
            "SELECT body FROM runs WHERE id IN (
                 SELECT run FROM waits
                 WHERE shop = ?1 AND kind = ?2 AND subject IN ('*', ?3, ?4, ?5) AND run > ?6 AND since < ?7)
             ORDER BY id LIMIT ?8",
            (
                shop.0,
                &event.kind,
                event.correlation.as_deref().map(correlated),
                event.order.map(about_order),
                event.client.map(about_client),
                after.0,
                since.0,
                limit,
            ),
        )
    }

    fn ready_runs(&mut self) -> Result<Vec<ReadyRun>> {
        self.rows(
            "SELECT shop, order_id, visit, position, id FROM runs
             WHERE open = 1 AND state = 'ready' ORDER BY shop, order_id, visit, position, id",
            [],
            |row| {
                Ok(ReadyRun {
                    shop: ShopId(row.get(0)?),
                    order: OrderId(row.get(1)?),
                    visit: unsigned(row.get(2)?),
                    position: row.get(3)?,
                    run: RunId(row.get(4)?),
                })
            },
        )
    }

    fn due_runs(&mut self, now: Timestamp, except: &[ShopId], limit: u32) -> Result<Vec<(ShopId, RunId)>> {
        self.rows(
            "SELECT shop, id FROM runs
             WHERE wake_at <= ?1 AND shop NOT IN (SELECT value FROM json_each(?2))
             ORDER BY wake_at, shop, id LIMIT ?3",
            (now.0, numbers(except.iter().map(|shop| shop.0)), limit),
            |row| Ok((ShopId(row.get(0)?), RunId(row.get(1)?))),
        )
    }

    fn next_wake(&mut self, except: &[ShopId]) -> Result<Option<Timestamp>> {
        let sql = "SELECT wake_at FROM runs
                   WHERE wake_at IS NOT NULL AND shop NOT IN (SELECT value FROM json_each(?1))
                   ORDER BY wake_at LIMIT 1";
        Ok(self.value(sql, [numbers(except.iter().map(|shop| shop.0))])?.map(Timestamp))
    }

    fn run_counts(&mut self, shop: ShopId) -> Result<Vec<(String, u64)>> {
        self.rows(
            "SELECT state, count(*) FROM runs
             WHERE shop = ?1 AND state NOT IN ('ready', 'blocked') GROUP BY state
             UNION ALL SELECT state, count(*) FROM runs
             WHERE shop = ?1 AND open = 1 AND state IN ('ready', 'blocked') GROUP BY state",
            [shop.0],
            |row| Ok((row.get(0)?, unsigned(row.get(1)?))),
        )
    }

    fn journal(&mut self, run: RunId) -> Result<Vec<(u32, String, String)>> {
        self.rows("SELECT step, key, answer FROM journal WHERE run = ?1 ORDER BY step", [run.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
    }

    fn journaled(&mut self, run: RunId, step: u32, key: &str) -> Result<Option<String>> {
        self.value("SELECT answer FROM journal WHERE run = ?1 AND step = ?2 AND key = ?3", (run.0, step, key))
    }
}

const BEGINS: &str =
    "INSERT INTO runs (id, shop, order_id, visit, position, rule, state, open, wake_at, stamp, body, shadow,
         ended, chain, build, took, busy)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
     ON CONFLICT DO NOTHING";

/// What a run is never changes, so this leaves the indices of those columns alone. Of statistics, there is a row in the
/// index only of those that have ended. `OR FAIL`: there is a trigger, and what both would leave of an error goes with
/// their job anyway, so no page needs to be copied before it is written. For the same reason it is no part of the `INSERT`.
const GOES_ON: &str =
    "UPDATE OR FAIL runs SET state = ?7, open = ?8, wake_at = ?9, stamp = ?10, body = ?11, ended = ?13, chain = ?14,
         build = ?15, took = ?16, busy = ?17
     WHERE id = ?1 AND shop = ?2 AND order_id = ?3";

impl<M> Session<'_, M> {
    /// `likely_new` only says what is tried first.
    pub(crate) fn write_run(&self, run: &Run, likely_new: bool) -> Result<()> {
        let (stamp, body) = (self.recent.stamp(), encode("run", run)?);
        let size = body.len();
        // In shadow nothing was done that could be counted.
        let ended = run.ended.filter(|_| run.state.is_terminal() && !run.shadow);
        let columns = params![
            run.id.0,
            run.shop.0,
            run.order.0,
            signed("visit", run.visit)?,
            run.position,
            &run.rule.0,
            run.state.name(),
            !run.state.is_terminal(),
            run.state.wake_at().map(|at| at.0),
            stamp,
            body,
            run.shadow,
            // What is counted, once there is something to count.
            ended.map(|at| at.0),
            ended.map(|_| chain_name(&Chain::of(run))),
            ended.map(|_| build(&run.digest)),
            ended.map(|at| at.0.saturating_sub(run.ready_at.0).max(0)),
            ended.map(|_| i64::try_from(run.busy()).unwrap_or(i64::MAX)),
        ];
        let tried = if likely_new { [BEGINS, GOES_ON] } else { [GOES_ON, BEGINS] };
        if self.change(tried[0], columns)? == 0 && self.change(tried[1], columns)? == 0 {
            return Err(another_shops("run"));
        }
        self.recent.runs.keep(run.id.0, stamp, Arc::new(run.clone()), size);
        Ok(())
    }
}

impl WriteRuns for Writing<'_> {
    fn put_run(&mut self, run: &Run) -> Result<()> {
        self.taken(Sequence::Run, run.id.0);
        if !self.put_late(run)? {
            self.write_run(run, run.step == 0 && run.trace.is_empty())?;
        }
        if let RunState::Waiting { filter: Some(filter), .. } = &run.state {
            let since = self.last(Sequence::Event)?;
            for kind in &filter.kinds {
                for subject in subjects(filter) {
                    // Kinds and clients may be named twice.
                    self.execute(
                        "INSERT INTO waits (shop, kind, subject, run, since) VALUES (?1, ?2, ?3, ?4, ?5)
                         ON CONFLICT DO NOTHING",
                        (run.shop.0, kind, subject, run.id.0, since),
                    )?;
                }
            }
        }
        Ok(())
    }

    /// The last answer counts: a step that is tried again asks again.
    fn put_journaled(&mut self, run: RunId, step: u32, key: &str, answer: &str) -> Result<()> {
        self.store(
            "run",
            "INSERT INTO journal (shop, run, step, key, answer)
             SELECT shop, id, ?2, ?3, ?4 FROM runs WHERE id = ?1
             ON CONFLICT (run, step, key) DO UPDATE SET answer = excluded.answer",
            (run.0, step, key, answer),
        )
    }
}

/// The narrowest of what the filter names: the fewer runs an event finds, the less is checked in vain.
fn subjects(filter: &EventFilter) -> Vec<String> {
    match (&filter.correlation, filter.order) {
        (Some(correlation), _) => vec![correlated(correlation)],
        (None, Some(order)) => vec![about_order(order)],
        (None, None) if filter.clients.is_empty() => vec!["*".to_owned()],
        (None, None) => filter.clients.iter().copied().map(about_client).collect(),
    }
}

fn correlated(correlation: &str) -> String {
    format!("r:{correlation}")
}

fn about_order(order: OrderId) -> String {
    format!("o:{}", order.0)
}

fn about_client(client: ClientId) -> String {
    format!("c:{}", client.0)
}
