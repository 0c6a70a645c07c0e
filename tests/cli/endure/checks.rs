//! What must be true in the end, asked of the database itself and of those who were told.

use std::collections::BTreeSet;

use rusqlite::{Connection, OpenFlags, Params, ToSql};
use serde_json::Value;

use super::{
    DELAY, RULES,
    clients::{Path, Story},
    outside::Log,
};

pub struct Database(Connection);

impl Database {
    pub fn open(data: &std::path::Path) -> Database {
        // As what looks at a file does: only whoever may write can take up a log that was left.
        let conn = Connection::open_with_flags(data.join("rulewright.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)
            .unwrap();
        conn.execute_batch("PRAGMA query_only = ON").unwrap();
        Database(conn)
    }

    fn count(&self, sql: &str, params: impl Params) -> usize {
        let count: i64 =
            self.0.query_row(sql, params, |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"));
        usize::try_from(count).unwrap()
    }

    /// Of an order's rows, by the index of orders: there are tens of thousands where ten thousand deaths were died.
    fn count_of(&self, order: &str, table: &str, what: &str, params: &[&dyn ToSql]) -> usize {
        let order = id(order);
        let sql = format!(
            "SELECT count(*) FROM {table} INDEXED BY {table}_of_order
             WHERE shop = (SELECT id FROM shops) AND order_id = {order} AND {what}"
        );
        self.count(&sql, params)
    }

    /// Of one column.
    fn texts(&self, sql: &str) -> Vec<String> {
        let mut statement = self.0.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let found = statement.query_map([], |row| row.get(0)).unwrap();
        found.collect::<rusqlite::Result<_>>().unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn none(&self, what: &str, sql: &str) {
        let found = self.texts(sql);
        assert!(found.is_empty(), "{what}: {} of them, e.g. {:?}", found.len(), &found[..found.len().min(5)]);
    }

    /// Every page and index.
    pub fn is_sound(&self) {
        assert_eq!(self.texts("PRAGMA integrity_check(10)"), ["ok"]);
    }

    /// Of what was accepted everything is there, and led to one run of each rule, which has ended.
    pub fn everything_accepted_came_to_its_end(&self, stories: &[Story]) {
        self.none("runs that have not ended", "SELECT id || ' ' || state FROM runs WHERE open = 1");
        self.none(
            "events that nobody has examined",
            "SELECT CAST(id AS TEXT) FROM matches WHERE pending = 1",
        );
        self.none(
            "runs of one rule for one visit",
            "SELECT order_id || ' ' || rule FROM runs GROUP BY order_id, visit, rule HAVING count(*) <> 1",
        );
        for story in stories {
            let order = &story.order;
            for event in &story.events {
                let there = self.count_of(order, "events", "id = ?1", &[&id(event)]);
                assert_eq!(there, 1, "{event} of {story:?} was answered and is gone");
            }
            for rule in RULES {
                let runs = self.count_of(order, "runs", "rule = ?1", &[&rule]);
                assert_eq!(runs, 1, "runs of `{rule}` for {story:?}");
            }
            if story.path != Path::MovedOn {
                let done = self.count_of(order, "runs", "state = 'done'", &[]);
                assert_eq!(done, RULES.len(), "{story:?}: {:?}", self.states(id(order)));
            }
        }
    }

    fn states(&self, order: i64) -> Vec<String> {
        self.texts(&format!("SELECT rule || ' ' || state || ' ' || body FROM runs WHERE order_id = {order}"))
    }

    /// However often it was asked for.
    pub fn each_request_was_done_once(&self, stories: &[Story]) {
        assert_eq!(self.count("SELECT count(*) FROM orders", []), stories.len(), "orders");
        let numbers = self.count("SELECT count(DISTINCT number) FROM orders", []);
        assert_eq!(numbers, stories.len(), "numbers of orders");
        for story in stories {
            let moves = match story.path {
                Path::Paid | Path::Moved => 1,
                Path::MovedOn => 2,
            };
            let paid = usize::from(story.path == Path::Paid);
            for (kind, expected) in
                [("order.created", 1), ("order.stage-changed", moves), ("payment.received", paid)]
            {
                let there = self.count_of(&story.order, "events", "kind = ?1", &[&kind]);
                assert_eq!(there, expected, "{kind} of {story:?}");
            }
        }
    }

    /// What a step asks for is there exactly if the step is committed.
    pub fn steps_are_whole(&self, stories: &[Story]) {
        for story in stories {
            let order = &story.order;
            for (rule, text) in [("note", "Called for"), ("later", "Later for")] {
                let done = self.count_of(order, "runs", "rule = ?1 AND state = 'done'", &[&rule]);
                let text = format!("{text} {}", story.number);
                let comment = "kind = 'comment' AND body ->> '$.text' = ?1";
                let written = self.count_of(order, "entries", comment, &[&text]);
                assert_eq!(done, written, "`{rule}` of {story:?}: runs done and comments written");
            }
        }
    }

    /// Never before its time, and in one step.
    pub fn timers_fired_once_and_not_early(&self) {
        let passed = "unixepoch(body ->> '$.ended', 'subsec') - unixepoch(body ->> '$.created', 'subsec')";
        let early = format!(
            "SELECT id || ' after ' || ({passed}) FROM runs
             WHERE rule = 'later' AND state = 'done' AND {passed} < {DELAY} - 0.001"
        );
        self.none("runs before their time", &early);
        let steps = "SELECT id || ' ' || (body ->> '$.step') FROM runs
                     WHERE rule = 'later' AND state = 'done' AND body ->> '$.step' <> 1";
        self.none("runs that began more than once", steps);
        assert!(self.count("SELECT count(*) FROM runs WHERE rule = 'later' AND state = 'done'", []) > 0);
    }

    /// A call has its key at every attempt, and no other call has it.
    pub fn each_call_has_its_key(&self, calls: &Log) {
        same_each_time(calls, "calls");
        let done = self.count("SELECT count(*) FROM runs WHERE rule = 'call' AND state = 'done'", []);
        let all = self.count("SELECT count(*) FROM runs WHERE rule = 'call'", []);
        // One that was cancelled may have called before.
        assert!(
            (done..=all).contains(&calls.len()),
            "{} calls of {done} runs, {all} with those cancelled",
            calls.len()
        );
        let orders: BTreeSet<&str> = calls.values().map(|heard| heard.body.as_str()).collect();
        assert_eq!(orders.len(), calls.len(), "an order was called for with two keys");
    }

    /// Of each event that they want, by one message, which has arrived.
    pub fn subscribers_were_told_of_everything(&self, hooks: &Log) {
        same_each_time(hooks, "webhooks");
        self.none(
            "messages that have not arrived",
            "SELECT id || ' ' || state || ' ' || body FROM outbox WHERE state <> 'sent'",
        );
        let queued: BTreeSet<String> =
            self.texts("SELECT body ->> '$.key' FROM outbox").into_iter().collect();
        let told: BTreeSet<String> = hooks.keys().cloned().collect();
        assert!(queued == told, "{} messages, {} that arrived", queued.len(), told.len());
        let wanted = "SELECT 'evt_' || id FROM events
                      WHERE kind IN ('order.created', 'order.stage-changed', 'payment.received')";
        let wanted: BTreeSet<String> = self.texts(wanted).into_iter().collect();
        let events = hooks.values().map(|heard| serde_json::from_str::<Value>(&heard.body).unwrap());
        let events: Vec<String> =
            events.map(|body| body["data"]["id"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(events.len(), wanted.len(), "webhooks, and events that somebody wanted to be told of");
        assert!(
            events.iter().all(|event| wanted.contains(event)),
            "somebody was told of what never happened"
        );
    }
}

fn same_each_time(log: &Log, what: &str) {
    assert!(!log.is_empty() && !log.contains_key(""), "{what} without a key");
    let differing = log.iter().find(|(_, heard)| heard.differs);
    assert!(differing.is_none(), "{what}: another body under the same key: {differing:?}");
}

/// As the database has it.
fn id(text: &str) -> i64 {
    text.rsplit('_').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}
