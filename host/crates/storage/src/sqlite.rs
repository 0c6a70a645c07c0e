use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use rulewright_ports::{
    Storage, StorageError,
    storage::{ReadJob, Result, WriteJob},
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Durability, Options, backup, check, connect,
    counters::Counters,
    lock::Lock,
    migrate,
    readers::Readers,
    recent::Recent,
    refold, sealed,
    session::{Shared, refused},
    writer::{self, Trouble},
};

/// One database file, open. The last drop finishes what has been submitted and closes the file.
pub struct Sqlite {
    path: PathBuf,
    options: Options,
    // None only while it is dropped.
    jobs: Option<mpsc::Sender<writer::Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Option<Readers>,
    trouble: Arc<Trouble>,
    // The rest goes after the connections.
    _lock: Lock,
    _temporary: Option<TempDir>,
}

impl Sqlite {
    /// Creates the file where there is none, and brings it to the schema of this program. Refused while
    /// another process has it open.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Sqlite> {
        Sqlite::begin(path.as_ref(), options, None)
    }

    /// A new database that is gone when it is dropped. In a file nevertheless: memory has no log that readers
    /// could take their snapshots from, so tests would run on something else than what runs in production.
    pub fn temporary() -> Result<Sqlite> {
        let dir = tempfile::tempdir().map_err(|error| failed("make a temporary folder", error))?;
        let options = Options { durability: Durability::Temporary, readers: 2, ..Options::default() };
        Sqlite::begin(&dir.path().join("rulewright.db"), options, Some(dir))
    }

    fn begin(path: &Path, options: Options, temporary: Option<TempDir>) -> Result<Sqlite> {
        let path = real_path(path)?;
        let lock = Lock::take(&path)?;
        let mut conn = connect::writing(&path, &options)?;
        migrate::migrate(&mut conn).map_err(|error| named(&path, error))?;
        let key = sealed::unlock(&mut conn, &options.key_of(&path)).map_err(|error| named(&path, error))?;
        sealed::sweep(&conn).and_then(|()| settle(&conn)).map_err(|error| named(&path, error))?;
        refold::refold(&mut conn).map_err(|error| named(&path, error))?;
        let mut counters = Counters::load(&conn)?;
        let shared = Arc::new(Shared { recent: Recent::new(), key });
        let reading = |count: usize| (0..count.max(1)).map(|_| connect::reading(&path, &options));
        let connections = reading(options.readers).collect::<Result<_>>()?;
        let own = reading(options.readers).collect::<Result<_>>()?;
        let readers = Readers::start(connections, own, shared.clone())
            .map_err(|error| failed("start a thread", error))?;
        let (jobs, queue) = mpsc::channel(options.queue_max.max(1));
        let group_max = options.group_max.max(1);
        let trouble = Arc::new(Trouble::new(None));
        let told = trouble.clone();
        let writer = std::thread::Builder::new()
            .name("storage-writer".into())
            .spawn(move || writer::run(&conn, &shared, &mut counters, queue, group_max, &told))
            .map_err(|error| failed("start a thread", error))?;
        Ok(Sqlite {
            path,
            options,
            jobs: Some(jobs),
            writer: Some(writer),
            readers: Some(readers),
            trouble,
            _lock: lock,
            _temporary: temporary,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[async_trait]
impl Storage for Sqlite {
    /// A caller that stops waiting does not stop the job.
    async fn submit(&self, work: WriteJob) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(StorageError::Closed)?;
        jobs.send(writer::Job { work, answer }).await.map_err(|_| StorageError::Closed)?;
        answered.await.map_err(|_| StorageError::Closed)?
    }

    async fn query(&self, work: ReadJob) -> Result<()> {
        self.readers.as_ref().ok_or(StorageError::Closed)?.query(work).await
    }

    fn look(&self, work: ReadJob) -> Result<()> {
        self.readers.as_ref().ok_or(StorageError::Closed)?.look(work)
    }

    async fn backup(&self, to: &Path) -> Result<()> {
        let (from, to, options) = (self.path.clone(), to.to_owned(), self.options.clone());
        blocking(move || backup::backup(&from, &to, &options)).await
    }

    fn trouble(&self) -> Option<StorageError> {
        self.trouble.borrow().clone()
    }

    async fn failed(&self) -> StorageError {
        let mut trouble = self.trouble.subscribe();
        let unsure = |trouble: &Option<StorageError>| matches!(trouble, Some(StorageError::Unsure(_)));
        let found = trouble.wait_for(unsure).await.ok().and_then(|found| found.clone());
        match found {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    async fn check(&self) -> Result<Vec<(String, std::result::Result<String, String>)>> {
        let (path, options) = (self.path.clone(), self.options.clone());
        blocking(move || check::check(&path, &options)).await
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // The readers first: the last connection to close is then the writer's, which may tidy the log away.
        self.readers.take();
        self.jobs.take();
        if let Some(writer) = self.writer.take() {
            join(writer);
        }
    }
}

/// Unless it is the thread itself, where a job held the last reference to the storage.
pub(crate) fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != std::thread::current().id() {
        // Jobs cannot bring a thread down; if something else did, it has been printed.
        let _ = thread.join();
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StorageError::Database(error.to_string())),
    }
}

/// Without links, so that the lock beside it is the same whatever it was called; and readable by nobody else:
/// there are people's addresses and plugins' secrets in it.
pub(crate) fn real_path(path: &Path) -> Result<PathBuf> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let real = options.open(path).and_then(|_| path.canonicalize());
    real.map_err(|error| failed(&format!("open {}", path.display()), error))
}

/// What a process that died has left in its log comes into the file, and is synced, before anything is built on it:
/// after a sync that failed the system may show pages that the disk does not have. Without room for that it stays in
/// the log.
pub(crate) fn settle(conn: &Connection) -> Result<()> {
    match conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(refused) {
        Err(error) if error.passes() => {
            tracing::warn!(%error, "the log of the last start stays as it is");
            Ok(())
        }
        settled => settled,
    }
}

pub(crate) fn failed(what: &str, error: std::io::Error) -> StorageError {
    let message = format!("cannot {what}: {error}");
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StorageError::NotWritable(message),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::Full(message),
        _ => StorageError::Database(message),
    }
}

fn named(path: &Path, error: StorageError) -> StorageError {
    let at = |message: String| format!("{}: {message}", path.display());
    match error {
        StorageError::Database(message) => StorageError::Database(at(message)),
        StorageError::Full(message) => StorageError::Full(at(message)),
        StorageError::Disk(message) => StorageError::Disk(at(message)),
        StorageError::Unsure(message) => StorageError::Unsure(at(message)),
        StorageError::NotWritable(message) => StorageError::NotWritable(at(message)),
        StorageError::Key(message) => StorageError::Key(at(message)),
        other => other,
    }
}
