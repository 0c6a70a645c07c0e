//! The threads that read, each with its own connection: they never wait for the writer, nor the writer for them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use rulewright_ports::{
    StorageError,
    storage::{ReadJob, Result},
};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    session::{Session, Shared, refused},
    writer::panicked,
};

/// Not tokio's blocking pool: a query takes microseconds, and there would be a thread without a connection, or
/// a lock to wait for, as soon as more of them come at once than there are connections.
pub(crate) struct Readers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
    /// For those who look something up themselves.
    own: Vec<Mutex<Connection>>,
}

struct Query {
    work: ReadJob,
    answer: oneshot::Sender<Result<()>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Query>,
    closed: bool,
}

impl Readers {
    pub(crate) fn start(
        connections: Vec<Connection>,
        own: Vec<Connection>,
        shared: Arc<Shared>,
    ) -> std::io::Result<Readers> {
        let own = own.into_iter().map(Mutex::new).collect();
        let mut readers = Readers { queue: Arc::default(), threads: Vec::new(), shared, own };
        for conn in connections {
            let (queue, shared) = (readers.queue.clone(), readers.shared.clone());
            let thread = std::thread::Builder::new().name("storage-reader".into());
            readers.threads.push(thread.spawn(move || queue.serve(&conn, &shared))?);
        }
        Ok(readers)
    }

    pub(crate) fn look(&self, work: ReadJob) -> Result<()> {
        let free = self.own.iter().find_map(Mutex::try_lock);
        // Whoever has one gives it back within microseconds.
        let conn = free.or_else(|| self.own.first().map(Mutex::lock)).ok_or(StorageError::Closed)?;
        snapshot(&conn, &self.shared, work)
    }

    /// Bounded by those who ask: each waits for its answer.
    pub(crate) async fn query(&self, work: ReadJob) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.queue.state.lock().waiting.push_back(Query { work, answer });
        self.queue.changed.notify_one();
        answered.await.map_err(|_| StorageError::Closed)?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.state.lock().closed = true;
        self.queue.changed.notify_all();
        for thread in self.threads.drain(..) {
            crate::sqlite::join(thread);
        }
    }
}

impl Queue {
    fn serve(&self, conn: &Connection, shared: &Shared) {
        while let Some(query) = self.next() {
            let result = snapshot(conn, shared, query.work);
            // Nobody may be waiting any more.
            let _ = query.answer.send(result);
        }
    }

    fn next(&self) -> Option<Query> {
        let mut state = self.state.lock();
        loop {
            if let Some(query) = state.waiting.pop_front() {
                return Some(query);
            }
            if state.closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}

/// In WAL mode a read transaction is a snapshot, from its first look to its end.
fn snapshot(conn: &Connection, shared: &Shared, work: ReadJob) -> Result<()> {
    let execute = |sql| conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    execute("BEGIN").map_err(refused)?;
    let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Session::new(conn, shared, ()))));
    // A page that the disk does not give ends the transaction by itself.
    if !conn.is_autocommit() {
        execute("ROLLBACK").map_err(refused)?;
    }
    ran.map_err(|panic| panicked(&*panic))
}
