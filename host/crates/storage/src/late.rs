//! Runs that the open transaction has begun, until their rows are written: when somebody looks at the table, at the latest
//! before the commit. Most have come to their end by then, and their row is written once in place of twice.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use rulewright_domain::{Run, RunId};
use rulewright_ports::{StorageError, storage::Result};

use crate::session::another_shops;

/// More would only take memory.
const MOST: usize = 1_000;

/// What a statement about these rows names: the table, and those that refer to it.
const CONCERNED: [&str; 3] = ["runs", "waits", "journal"];

pub(crate) struct Late {
    /// What has a higher id is in no table.
    written: Cell<i64>,
    runs: RefCell<BTreeMap<i64, Run>>,
    /// Why one could not be written: those who put it there have not been told.
    failed: RefCell<Option<StorageError>>,
}

impl Late {
    /// `written` is the highest id before the transaction.
    pub fn new(written: i64) -> Late {
        Late { written: Cell::new(written), runs: RefCell::default(), failed: RefCell::default() }
    }

    pub fn run(&self, id: RunId) -> Option<Run> {
        self.runs.borrow().get(&id.0).cloned()
    }

    /// Whether its row can wait.
    pub fn put(&self, run: &Run) -> Result<bool> {
        let mut runs = self.runs.borrow_mut();
        let waits = match runs.get(&run.id.0) {
            Some(known) if (known.shop, known.order) != (run.shop, run.order) => {
                return Err(another_shops("run"));
            }
            Some(_) => true,
            None => run.id.0 > self.written.get() && runs.len() < MOST,
        };
        match waits {
            true => drop(runs.insert(run.id.0, run.clone())),
            false => self.written.set(run.id.0.max(self.written.get())),
        }
        Ok(waits)
    }

    /// Those whose rows have to be written before the statement.
    pub fn due(&self, sql: &str) -> BTreeMap<i64, Run> {
        let concerned = !self.runs.borrow().is_empty() && CONCERNED.iter().any(|table| sql.contains(table));
        if concerned { self.take() } else { BTreeMap::new() }
    }

    /// The transaction cannot be committed.
    pub fn fail(&self, error: &StorageError) {
        self.failed.borrow_mut().get_or_insert_with(|| error.clone());
    }

    pub fn failed(&self) -> Result<()> {
        self.failed.borrow().clone().map_or(Ok(()), Err)
    }

    /// Of a transaction that begins anew.
    pub fn forget(&self) {
        self.failed.take();
        self.take();
    }

    pub fn take(&self) -> BTreeMap<i64, Run> {
        let runs = self.runs.take();
        let last = runs.last_key_value().map_or(0, |(id, _)| *id);
        self.written.set(last.max(self.written.get()));
        runs
    }
}
