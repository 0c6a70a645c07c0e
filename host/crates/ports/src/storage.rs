//! What is kept: one trait to read and one to write for each table, and one [`Transaction`] over all of them.
//!
//! A transaction is a closure that runs where the data is, so that reading, deciding and writing are one
//! serial step without round trips. It must not block, wait or call a plugin.

use std::sync::Arc;

use async_trait::async_trait;

use crate::planted::planted;

mod accounts;
mod alarms;
mod automation;
mod channels;
mod content;
mod events;
mod find;
mod halts;
mod lists;
mod mailboxes;
mod orders;
mod outbox;
mod plugins;
mod records;
mod recurring;
mod runs;
mod shops;
mod statistics;

pub use accounts::{Login, ReadAccounts, ReadAudit, WriteAccounts, WriteAudit};
pub use alarms::{ReadAlarms, WriteAlarms};
pub use automation::{ReadAutomation, Stages, WriteAutomation};
pub use channels::{ReadChannels, SessionQuery, WriteChannels};
pub use content::{EntryQuery, ReadContent, WriteContent};
pub use events::{EventQuery, ReadEvents, WriteEvents};
pub use find::{Find, Found};
pub use halts::{ReadHalts, WriteHalts};
pub use lists::{ReadLists, WriteLists};
pub use mailboxes::{ReadMailboxes, WriteMailboxes};
pub use orders::{OrderQuery, ReadClients, ReadOrders, StageTotal, WriteClients, WriteOrders};
pub use outbox::{MessageQuery, ReadOutbox, WriteOutbox};
pub use plugins::{ReadPlugins, WritePlugins};
pub use records::{PutRecords, RawRecord, ReadRecords, Record, Records, WriteRecords};
pub use recurring::order_or_template;
pub use runs::{ReadRuns, ReadyRun, RunMark, RunQuery, WriteRuns};
pub use shops::{ReadShops, WriteShops};
pub use statistics::{EndedRow, ReadStatistics, build, chain, chain_name};

#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the database refused: {0}")]
    Database(String),
    #[error("a stored {what} cannot be read: {message}")]
    Corrupt { what: &'static str, message: String },
    /// There is no room: nothing of it was written, and the same will do once there is.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The disk has not read or written: nothing of it was kept, and the same may do later.
    #[error("the disk failed: {0}")]
    Disk(String),
    /// The disk has not confirmed that it has what was written: nobody knows what is on it, so this process writes
    /// nothing more. What is there is found out by the next one.
    #[error("the disk has not confirmed what was written: {0}")]
    Unsure(String),
    /// Whoever runs this program may not write where the data is.
    #[error("{0}")]
    NotWritable(String),
    /// The key that opens the secrets is missing, or is another one: nothing is done without it.
    #[error("{0}")]
    Key(String),
    #[error("the storage has been shut down")]
    Closed,
}

impl StorageError {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            StorageError::Full(_) => "disk-full",
            StorageError::Disk(_) | StorageError::Unsure(_) => "disk-failed",
            StorageError::NotWritable(_) => "not-writable",
            StorageError::Key(_) => "secret-key",
            StorageError::Database(_) | StorageError::Corrupt { .. } | StorageError::Closed => "storage",
        }
    }

    /// Whether it says nothing about what was asked for: the same may succeed later, however often it did not.
    pub fn passes(&self) -> bool {
        matches!(self, StorageError::Full(_) | StorageError::Disk(_))
    }
}

pub type Result<T> = std::result::Result<T, StorageError>;

/// Ids handed out by the storage; never the same number twice, gaps possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sequence {
    Shop,
    Order,
    Client,
    Employee,
    Event,
    Run,
    Match,
    Message,
    Document,
    Entry,
    Token,
    Item,
    ChatSession,
    ChatMessage,
    Record,
    Account,
}

/// One page of a list, oldest or newest first by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only what comes after this id in the wanted direction.
    pub after: Option<i64>,
    pub limit: u32,
    pub newest_first: bool,
}

impl Page {
    pub const MAX: u32 = 500;
}

pub trait Reads:
    ReadShops
    + ReadAutomation
    + ReadOrders
    + ReadClients
    + ReadEvents
    + ReadRuns
    + ReadOutbox
    + ReadContent
    + ReadLists
    + ReadChannels
    + ReadMailboxes
    + ReadPlugins
    + ReadAlarms
    + ReadRecords
    + ReadAccounts
    + ReadAudit
    + ReadStatistics
    + ReadHalts
{
}

pub trait Transaction:
    Reads
    + WriteShops
    + WriteAutomation
    + WriteOrders
    + WriteClients
    + WriteEvents
    + WriteRuns
    + WriteOutbox
    + WriteContent
    + WriteLists
    + WriteChannels
    + WriteMailboxes
    + WritePlugins
    + WriteAlarms
    + WriteRecords
    + WriteAccounts
    + WriteAudit
    + WriteHalts
{
    fn next(&mut self, sequence: Sequence) -> Result<i64>;

    /// The id handed out last, 0 before the first.
    fn last(&mut self, sequence: Sequence) -> Result<i64>;

    /// For what follows from what this job wrote; none where the storage has no room for more.
    fn seat(&mut self) -> Option<Box<dyn Seat>>;
}

/// A place in a transaction that is still open. Whoever has it works on what is not durable yet, so nothing of that may
/// leave before the answer to its own job; and where the transaction is lost, that job finds nothing of it.
#[async_trait]
pub trait Seat: Send + Sync {
    /// Runs the job in that transaction, and answers as [`Storage::submit`] does. The job comes back where the
    /// transaction is over: it waits for a seat only for a moment, and not for one that was dropped.
    async fn take(self: Box<Self>, job: WriteJob) -> std::result::Result<Result<()>, WriteJob>;
}

/// Returns whether the writes stay. May be run again, on what is there then, and only its last run counts: jobs that
/// wait share a transaction, and where one of them gives up what it wrote, the others begin anew.
pub type WriteJob = Box<dyn Fn(&mut dyn Transaction) -> bool + Send>;
pub type ReadJob = Box<dyn FnOnce(&mut dyn Reads) + Send>;

#[async_trait]
pub trait Storage: Send + Sync {
    /// Runs the job alone, in the order of submission. Answers once its writes are durable, or gone because
    /// the job returned false or panicked.
    async fn submit(&self, job: WriteJob) -> Result<()>;

    /// Runs the job in the transaction of the seat, as [`Seat::take`] does.
    async fn join(&self, seat: Box<dyn Seat>, job: WriteJob) -> std::result::Result<Result<()>, WriteJob> {
        seat.take(job).await
    }

    /// Runs the job on one consistent snapshot.
    async fn query(&self, job: ReadJob) -> Result<()>;

    /// The same for a few look-ups by id: they take less time than another thread takes to wake up, so they are
    /// done by the thread that asks.
    fn look(&self, job: ReadJob) -> Result<()>;

    /// A consistent copy of everything, while work goes on.
    async fn backup(&self, to: &std::path::Path) -> Result<()>;

    /// Why the last that was to be written was not, where the disk is at fault; none once something is again.
    fn trouble(&self) -> Option<StorageError>;

    /// Ends once this process must write nothing more, with the reason; else never.
    async fn failed(&self) -> StorageError;

    /// What an operator should know: name and finding, in the order of checking.
    async fn check(&self) -> Result<Vec<(String, std::result::Result<String, String>)>>;
}

/// Jobs that return values.
#[async_trait]
pub trait StorageExt {
    /// An error of the job drops its writes. It may be run again: see [`WriteJob`].
    async fn write<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: Fn(&mut dyn Transaction) -> std::result::Result<T, E> + Send + 'static;

    /// The same, in the transaction of the seat where that is still open.
    async fn write_from<T, E, F>(&self, seat: Option<Box<dyn Seat>>, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: Fn(&mut dyn Transaction) -> std::result::Result<T, E> + Send + 'static;

    async fn read<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&mut dyn Reads) -> std::result::Result<T, E> + Send + 'static;

    fn glance<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&mut dyn Reads) -> std::result::Result<T, E> + Send + 'static;
}

#[async_trait]
impl<S: Storage + ?Sized> StorageExt for S {
    async fn write<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: Fn(&mut dyn Transaction) -> std::result::Result<T, E> + Send + 'static,
    {
        self.write_from(None, job).await
    }

    async fn write_from<T, E, F>(&self, seat: Option<Box<dyn Seat>>, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: Fn(&mut dyn Transaction) -> std::result::Result<T, E> + Send + 'static,
    {
        let slot = Slot::new();
        let filled = slot.clone();
        let job: WriteJob = Box::new(move |transaction| {
            let result = job(transaction);
            let keep = result.is_ok();
            filled.fill(result);
            keep
        });
        let taken = match seat {
            Some(seat) => self.join(seat, job).await,
            None => Err(job),
        };
        let durable = match taken {
            Ok(durable) => durable,
            Err(job) => self.submit(job).await,
        };
        if !planted("ack-before-commit") {
            durable?;
        }
        slot.take()?
    }

    async fn read<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&mut dyn Reads) -> std::result::Result<T, E> + Send + 'static,
    {
        let slot = Slot::new();
        let filled = slot.clone();
        self.query(Box::new(move |reads| filled.fill(job(reads)))).await?;
        slot.take()?
    }

    fn glance<T, E, F>(&self, job: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&mut dyn Reads) -> std::result::Result<T, E> + Send + 'static,
    {
        let slot = Slot::new();
        let filled = slot.clone();
        self.look(Box::new(move |reads| filled.fill(job(reads))))?;
        slot.take()?
    }
}

/// Carries a job's result from where the data is to where it was asked for.
struct Slot<T>(Arc<std::sync::Mutex<Option<T>>>);

impl<T> Slot<T> {
    fn new() -> Slot<T> {
        Slot(Arc::new(std::sync::Mutex::new(None)))
    }

    fn clone(&self) -> Slot<T> {
        Slot(self.0.clone())
    }

    fn fill(&self, value: T) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
    }

    /// Empty when the job never came to its end.
    fn take(&self) -> Result<T> {
        let mut slot = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        slot.take().ok_or_else(|| StorageError::Database("the transaction was given up".to_owned()))
    }
}
