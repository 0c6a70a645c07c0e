//! What a job works with: a connection inside a transaction, reading, or also writing ([`Writing`]).

use std::{
    cell::{Cell, RefCell},
    fmt::Display,
    sync::Arc,
};

use rulewright_domain::{Run, RunId};
use rulewright_ports::{
    StorageError, Transaction,
    storage::{Reads, Result, Seat, Sequence},
};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row, ffi, types::FromSql};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    counters::{self, Counters},
    known::{Known, Number},
    late::Late,
    open::Open,
    recent::Recent,
    vault::{Key, Place},
};

/// What all sessions of a database have beside their connections.
pub(crate) struct Shared {
    pub recent: Recent,
    /// That secrets are sealed with.
    pub key: Key,
}

pub(crate) struct Session<'c, M> {
    conn: &'c Connection,
    pub(crate) recent: &'c Recent,
    key: &'c Key,
    mode: M,
    /// Only where it writes.
    late: Option<&'c Late>,
    known: Option<&'c Known>,
    wrote: Cell<bool>,
    /// What the disk has not done for it.
    disk: RefCell<Option<StorageError>>,
}

pub(crate) type Writing<'c> = Session<'c, Write<'c>>;

/// What only a job of the writer has.
pub(crate) struct Write<'c> {
    pub counters: &'c mut Counters,
    /// The transaction that the job is in.
    pub open: &'c Arc<Open>,
}

impl<M> Reads for Session<'_, M> {}

impl Transaction for Writing<'_> {
    fn next(&mut self, sequence: Sequence) -> Result<i64> {
        Ok(self.mode.counters.next(sequence))
    }

    fn last(&mut self, sequence: Sequence) -> Result<i64> {
        Ok(self.mode.counters.last(sequence))
    }

    fn seat(&mut self) -> Option<Box<dyn Seat>> {
        self.mode.open.seat()
    }
}

impl<'c, M> Session<'c, M> {
    pub(crate) fn new(conn: &'c Connection, shared: &'c Shared, mode: M) -> Session<'c, M> {
        let Shared { recent, key } = shared;
        let (late, known, wrote, disk) = (None, None, Cell::new(false), RefCell::new(None));
        Session { conn, recent, key, mode, late, known, wrote, disk }
    }

    /// A run whose row is not written yet.
    pub(crate) fn late_run(&self, id: RunId) -> Option<Run> {
        self.late?.run(id)
    }

    /// Before somebody looks where they belong.
    fn write_due(&self, sql: &str) -> Result<()> {
        let Some(late) = self.late else { return Ok(()) };
        late.due(sql)
            .values()
            .try_for_each(|run| self.write_run(run, true))
            .inspect_err(|error| late.fail(error))
    }

    /// How many rows it changed. A full disk makes SQLite give up the whole transaction at once: what a job writes after
    /// that, not having looked at the error, would be committed alone.
    pub(crate) fn change(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.still_one_transaction()?;
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.refused(error))?;
        statement.execute(params).map_err(|error| self.refused(error))
    }

    pub(crate) fn seal(&self, place: &Place, plain: &[u8]) -> Result<String> {
        self.key.seal(place, plain)
    }

    /// The JSON of a value, sealed.
    pub(crate) fn sealed<T: Serialize>(
        &self,
        what: &'static str,
        place: &Place,
        value: &T,
    ) -> Result<String> {
        self.seal(place, encode(what, value)?.as_bytes())
    }

    /// What is sealed in a column.
    pub(crate) fn open(
        &self,
        what: &'static str,
        row: &Row<'_>,
        column: usize,
        place: &Place,
    ) -> Result<Vec<u8>> {
        let value = row.get_ref(column).map_err(refused)?;
        let sealed = value.as_bytes().map_err(|error| corrupt(what, error))?;
        self.key.open(place, sealed).map_err(|error| corrupt(what, error))
    }

    /// [`Session::many`] of a column that is sealed; `place` says of a row where that is.
    pub(crate) fn opened<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        params: impl Params,
        place: impl Fn(&Row<'_>) -> rusqlite::Result<Place>,
    ) -> Result<Vec<T>> {
        self.each(sql, params, |row| decode(what, &self.open(what, row, 0, &place(row).map_err(refused)?)?))
    }

    /// The JSON in the first column of the only row.
    pub(crate) fn one<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<T>> {
        Ok(self.many(what, sql, params)?.pop())
    }

    /// The JSON in the first column of every row.
    pub(crate) fn many<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Vec<T>> {
        self.each(sql, params, |row| body(what, row, 0))
    }

    /// The same, with the size of each JSON.
    pub(crate) fn sized<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Vec<(T, usize)>> {
        self.each(sql, params, |row| {
            let size = row.get_ref(0).map_err(refused)?.as_bytes().map_or(0, <[u8]>::len);
            Ok((body(what, row, 0)?, size))
        })
    }

    pub(crate) fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<Option<T>> {
        #[cfg(test)]
        plan::check(self.conn, sql);
        self.write_due(sql)?;
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.refused(error))?;
        let found = statement.query_row(params, |row| row.get(0)).optional();
        found.map_err(|error| self.refused(error))
    }

    /// In a transaction of the writer, each is asked for once.
    pub(crate) fn number(&self, number: Number, id: i64, shop: i64) -> Result<Option<i64>> {
        let ask = || self.value(number.sql(), (id, shop));
        let Some(known) = self.known else { return ask() };
        if let Some(found) = known.get(number, id, shop) {
            debug_assert!(
                ask().is_ok_and(|now| now == found) || self.conn.is_autocommit(),
                "{number:?} of {id}"
            );
            return Ok(found);
        }
        let found = ask()?;
        known.set(number, id, shop, found);
        Ok(found)
    }

    /// What is written here.
    pub(crate) fn knows(&self, number: Number, id: i64, shop: i64, value: Option<i64>) {
        if let Some(known) = self.known {
            known.set(number, id, shop, value);
        }
    }

    pub(crate) fn knows_nothing(&self) {
        if let Some(known) = self.known {
            known.forget();
        }
    }

    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.each(sql, params, |row| read(row).map_err(refused))
    }

    pub(crate) fn each<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        #[cfg(test)]
        plan::check(self.conn, sql);
        self.write_due(sql)?;
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.refused(error))?;
        let mut rows = statement.query(params).map_err(|error| self.refused(error))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.refused(error))? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    fn still_one_transaction(&self) -> Result<()> {
        match self.conn.is_autocommit() {
            false => Ok(()),
            true => Err(StorageError::Database("the transaction was given up".to_owned())),
        }
    }

    /// The disk's own fault is remembered: it takes the whole transaction with it, whatever the job makes of the error.
    fn refused(&self, error: rusqlite::Error) -> StorageError {
        let refused = refused(error);
        if refused.passes() || matches!(refused, StorageError::Unsure(_)) {
            *self.disk.borrow_mut() = Some(refused.clone());
        }
        refused
    }
}

impl<'c> Writing<'c> {
    pub(crate) fn writing(
        conn: &'c Connection,
        shared: &'c Shared,
        mode: Write<'c>,
        late: &'c Late,
        known: &'c Known,
    ) -> Writing<'c> {
        Session { late: Some(late), known: Some(known), ..Session::new(conn, shared, mode) }
    }

    /// Whether the run's row can wait.
    pub(crate) fn put_late(&self, run: &Run) -> Result<bool> {
        self.wrote.set(true);
        self.still_one_transaction()?;
        self.late.map_or(Ok(false), |late| late.put(run))
    }

    /// What is left of that at the end.
    pub(crate) fn write_late(&self) -> Result<()> {
        let Some(late) = self.late else { return Ok(()) };
        late.failed()?;
        late.take().values().try_for_each(|run| self.write_run(run, true))
    }

    /// Whether anything was tried that would have to be undone.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote.get()
    }

    /// What the disk has not done for it.
    pub(crate) fn disk(&self) -> Option<StorageError> {
        self.disk.take()
    }

    /// How many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.wrote.set(true);
        self.write_due(sql)?;
        self.change(sql, params)
    }

    /// Writes, and returns the first column of the row that `RETURNING` gives.
    pub(crate) fn execute_returning<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<T> {
        self.wrote.set(true);
        self.write_due(sql)?;
        self.still_one_transaction()?;
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.refused(error))?;
        statement.query_row(params, |row| row.get(0)).map_err(|error| self.refused(error))
    }

    /// Stores a row that must be the shop's own: `sql` changes none where its id belongs to another shop.
    pub(crate) fn store(&mut self, what: &'static str, sql: &str, params: impl Params) -> Result<()> {
        match self.execute(sql, params)? {
            0 => Err(another_shops(what)),
            _ => Ok(()),
        }
    }

    /// The row has this id: see [`Counters::taken`].
    pub(crate) fn taken(&mut self, sequence: Sequence, id: i64) {
        self.mode.counters.taken(sequence, id);
    }

    pub(crate) fn next_version(&mut self) -> i64 {
        self.mode.counters.next_version()
    }

    /// The row with this id goes, the id does not come back.
    pub(crate) fn departs(&mut self, sequence: Sequence, id: i64) -> Result<()> {
        self.execute(
            "INSERT INTO departed (sequence, id) VALUES (?1, ?2)
             ON CONFLICT (sequence) DO UPDATE SET id = max(id, excluded.id)",
            (counters::name(sequence), id),
        )
        .map(drop)
    }
}

pub(crate) fn another_shops(what: &str) -> StorageError {
    StorageError::Database(format!("this {what} belongs to another shop or order"))
}

pub(crate) fn refused(error: rusqlite::Error) -> StorageError {
    let Some(&ffi::Error { code, extended_code }) = error.sqlite_error() else {
        return StorageError::Database(error.to_string());
    };
    match (code, extended_code) {
        (ErrorCode::DiskFull, _) => StorageError::Full(error.to_string()),
        // After a sync that failed the system may take pages for written that are not: to sync once more proves
        // nothing.
        (ErrorCode::SystemIoFailure, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => {
            StorageError::Unsure(format!("{error}, when it was synced"))
        }
        // A write that failed is in the log without an end, and will be overwritten.
        (ErrorCode::SystemIoFailure, which) => StorageError::Disk(format!("{error} ({which})")),
        (ErrorCode::ReadOnly, _) => StorageError::NotWritable(error.to_string()),
        _ => StorageError::Database(error.to_string()),
    }
}

/// The JSON in a column.
pub(crate) fn body<T: DeserializeOwned>(what: &'static str, row: &Row<'_>, column: usize) -> Result<T> {
    let value = row.get_ref(column).map_err(refused)?;
    decode(what, value.as_bytes().map_err(|error| corrupt(what, error))?)
}

pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(json);
    // Payloads were bounded when they came in; wrapped into a run or an event, one at the bound is deeper.
    json.disable_recursion_limit();
    T::deserialize(&mut json).map_err(|error| corrupt(what, error))
}

pub(crate) fn encode<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StorageError::Database(format!("this {what} cannot be written down: {error}")))
}

/// A list as one parameter, for `json_each`.
pub(crate) fn numbers(all: impl IntoIterator<Item = i64>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    format!("[{}]", all.join(","))
}

/// SQLite's integers are signed.
pub(crate) fn signed(what: &'static str, number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StorageError::Database(format!("{number} is too large for a {what}")))
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(crate) fn corrupt(what: &'static str, error: impl Display) -> StorageError {
    StorageError::Corrupt { what, message: error.to_string() }
}

/// In tests, every query of every promise shows that it finds its rows by an index.
#[cfg(test)]
mod plan {
    use rusqlite::Connection;

    /// Small, and read whole.
    const WHOLE: &[&str] = &["SCAN shops", "SCAN packages", "SCAN revocations", "SCAN halts"];

    /// Sorted after all: few rows, which an index that sorts them would not be worth.
    const SORTED: &[&str] = &[
        "WHERE shop = ?1 AND order_id = ?2 AND open = 1",
        "WHERE open = 1 AND state = 'ready'",
        "WHERE shop = ?1 AND open = 1 GROUP BY digest",
        "WHERE shop = ?1 AND open = 1 AND id > ?2",
        "FROM outbox INDEXED BY outbox_in_state",
        "SELECT channel, state, count(*)",
        "AND open = 1 AND state IN (",
        "FROM employees",
        "FROM tokens",
        "SELECT state, count(*) FROM runs INDEXED BY runs_open",
        "SELECT rule, state, count(*) FROM runs INDEXED BY runs_ended",
    ];

    pub(super) fn check(conn: &Connection, sql: &str) {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            let found = sql.contains("/* find */");
            // The few that a finder counts to choose an index are what has been found already.
            let counted = found && step.starts_with("SCAN (subquery-");
            let reads_all = step.starts_with("SCAN ") && !step.contains(" INDEX ");
            // A filter that nothing meets ends before the first row, whatever the plan says.
            let nothing = found && sql.trim_end().ends_with("AND 0");
            assert!(!reads_all || counted || nothing || WHOLE.contains(&step.as_str()), "{sql}: {step}");
            let sorts = step.contains("TEMP B-TREE");
            // A finder's list may be sorted by anything.
            assert!(!sorts || found || SORTED.iter().any(|known| sql.contains(known)), "{sql}: {step}");
            // A restart reads it whole, so it must not lead to every row of the table.
            let covered = !sql.contains("state = 'ready'") || step.contains("COVERING") || sorts;
            assert!(covered, "{sql}: {step}");
        }
    }
}
