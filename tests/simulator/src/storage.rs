//! The real storage, one transaction at a time and each when the seed says so; and a spy in the database, who writes
//! down what every transaction leaves.
//!
//! SQLite's threads decide nothing here: whoever asks waits until they are done, and where a transaction stays open, it is
//! the thread that waits.

use std::{
    fmt::Display,
    future::poll_fn,
    path::Path,
    pin::pin,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
};

use async_trait::async_trait;
use rulewright_domain::{
    Automation, Event, Flow, Payload, PipelineId, Run, ShopId, Subscription, SubscriptionId,
};
use rulewright_engine::SimulatedClock;
use rulewright_ports::{
    Clock, Storage, StorageError, StorageExt, Transaction,
    storage::{ReadJob, Records, Result, Seat, WriteJob},
};
use rulewright_storage::{Durability, Options, Sqlite};
use rusqlite::{Connection, OpenFlags};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::{
    gate::{Gate, Place},
    lock,
    plan::{Fault, Faults},
    trace::{Commit, Happened, Log, Row},
};

/// Look-ups between two turns of the seed: whoever asks more often goes round in a circle.
const LOOKS: u32 = 200_000;

/// What the spy writes: the rows of these tables, as they are after each change. Of those that are sealed, by what they
/// are found.
const SPY: &str = "
    CREATE TABLE spy (
        seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, shop INTEGER NOT NULL, body TEXT NOT NULL, more TEXT
    );
    CREATE TRIGGER spy_event AFTER INSERT ON events
    BEGIN INSERT INTO spy (kind, shop, body, more) VALUES ('event', new.shop, new.body, new.data); END;
    CREATE TRIGGER spy_entry AFTER INSERT ON entries
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('entry', new.shop, new.body); END;
    CREATE TRIGGER spy_published AFTER INSERT ON automation_revisions
    BEGIN INSERT INTO spy (kind, shop, body, more) VALUES ('published', new.shop, new.pipeline, new.revision); END;
    CREATE TRIGGER spy_run AFTER INSERT ON runs
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('run', new.shop, new.body); END;
    CREATE TRIGGER spy_run_again AFTER UPDATE ON runs
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('run', new.shop, new.body); END;
    CREATE TRIGGER spy_message AFTER INSERT ON outbox
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('message', new.shop, new.body); END;
    CREATE TRIGGER spy_message_again AFTER UPDATE ON outbox
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('message', new.shop, new.body); END;
    CREATE TRIGGER spy_match AFTER INSERT ON matches
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('match', new.shop, new.body); END;
    CREATE TRIGGER spy_match_again AFTER UPDATE ON matches
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('match', new.shop, new.body); END;
    CREATE TRIGGER spy_stored AFTER INSERT ON plugin_storage
    BEGIN INSERT INTO spy (kind, shop, body, more)
        VALUES ('stored', new.shop, CAST(new.value AS TEXT), new.plugin || ' ' || new.key); END;
    CREATE TRIGGER spy_stored_again AFTER UPDATE ON plugin_storage
    BEGIN INSERT INTO spy (kind, shop, body, more)
        VALUES ('stored', new.shop, CAST(new.value AS TEXT), new.plugin || ' ' || new.key); END;
    CREATE TRIGGER spy_subscribed AFTER INSERT ON records WHEN new.kind = 'subscription'
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('subscribed', new.shop, new.id); END;
    CREATE TRIGGER spy_subscribed_again AFTER UPDATE ON records WHEN new.kind = 'subscription'
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('subscribed', new.shop, new.id); END;
    CREATE TRIGGER spy_unsubscribed AFTER DELETE ON records WHEN old.kind = 'subscription'
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('unsubscribed', old.shop, old.id); END;
    CREATE TRIGGER spy_halted AFTER INSERT ON halts
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('halted', 0, new.flow); END;
    CREATE TRIGGER spy_resumed AFTER DELETE ON halts
    BEGIN INSERT INTO spy (kind, shop, body) VALUES ('resumed', 0, old.flow); END;
";

/// Reads what the triggers have written, after each commit. It outlives crashes as the file does.
pub struct Spy(Mutex<(Connection, i64)>);

impl Spy {
    /// Puts the triggers into a database that nobody has open.
    pub fn plant(path: &Path) -> rusqlite::Result<()> {
        Connection::open(path)?.execute_batch(SPY)
    }

    pub fn open(path: &Path) -> rusqlite::Result<Spy> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Ok(Spy(Mutex::new((conn, 0))))
    }

    /// Until nobody has a transaction open any more: who had the storage last may have been its own thread.
    pub fn wait(&self) -> rusqlite::Result<()> {
        lock(&self.0).0.execute_batch("BEGIN IMMEDIATE; ROLLBACK")
    }

    /// `storage` opens what is sealed.
    fn new_rows(&self, storage: &Sqlite) -> std::result::Result<Vec<Row>, String> {
        let mut spy = lock(&self.0);
        let (conn, seen) = &mut *spy;
        let sql = "SELECT seq, kind, shop, body, more FROM spy WHERE seq > ?1 ORDER BY seq";
        let mut select = conn.prepare_cached(sql).map_err(|error| error.to_string())?;
        let mut rows = select.query([*seen]).map_err(|error| error.to_string())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| error.to_string())? {
            let read = || -> rusqlite::Result<(i64, String, i64, String, Option<String>)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            };
            let (seq, kind, shop, body, more) = read().map_err(|error| error.to_string())?;
            *seen = seq;
            found.push(match kind.as_str() {
                "published" => published(storage, ShopId(shop), body, &more.unwrap_or_default())?,
                "subscribed" => subscribed(storage, ShopId(shop), &body)?,
                kind => decoded(kind, ShopId(shop), &body, more)?,
            });
        }
        Ok(found)
    }
}

fn decoded(kind: &str, shop: ShopId, body: &str, more: Option<String>) -> std::result::Result<Row, String> {
    Ok(match kind {
        "event" => {
            let mut event: Event = json(body)?;
            event.what.data = more.as_deref().map(Payload::from_text).unwrap_or_default();
            Row::Event(Arc::new(event))
        }
        "entry" => Row::Entry(Arc::new(json(body)?)),
        "run" => {
            let mut run: Run = json(body)?;
            // How long a server took is measured, and decides nothing.
            for request in run.trace.iter_mut().flat_map(|step| step.requests.iter_mut().flatten()) {
                request.milliseconds = request.milliseconds.map(|_| 0);
            }
            Row::Run(Arc::new(run))
        }
        "message" => Row::Message(Arc::new(json(body)?)),
        "match" => Row::Match(Arc::new(json(body)?)),
        "unsubscribed" => Row::Unsubscribed(shop, SubscriptionId(number(body)?)),
        "halted" => Row::Halted(flow(body)?),
        "resumed" => Row::Resumed(flow(body)?),
        _ => Row::Stored(shop, more.unwrap_or_default(), body.to_owned()),
    })
}

fn published(
    storage: &Sqlite,
    shop: ShopId,
    pipeline: String,
    revision: &str,
) -> std::result::Result<Row, String> {
    let number: u64 = number(revision)?;
    let read: Result<Option<Automation>> =
        storage.glance(move |reads| reads.revision(shop, &PipelineId(pipeline), number));
    let automation = there(read, format_args!("revision {revision} of {shop}"))?;
    Ok(Row::Published(shop, Arc::new(automation)))
}

fn subscribed(storage: &Sqlite, shop: ShopId, id: &str) -> std::result::Result<Row, String> {
    let number: i64 = number(id)?;
    let read: Result<Option<Subscription>> = storage.glance(move |reads| reads.record(shop, number));
    let subscription = there(read, format_args!("the webhook {id} of {shop}"))?;
    Ok(Row::Subscribed(shop, Arc::new(subscription)))
}

/// No commit takes away what it has written.
fn there<T>(read: Result<Option<T>>, what: impl Display) -> std::result::Result<T, String> {
    let found = read.map_err(|error| error.to_string())?;
    found.ok_or_else(|| format!("{what} was written, and is gone"))
}

fn number<N: FromStr>(text: &str) -> std::result::Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn flow(name: &str) -> std::result::Result<Flow, String> {
    Flow::named(name).ok_or_else(|| format!("`{name}` is no flow"))
}

fn json<T: DeserializeOwned>(body: &str) -> std::result::Result<T, String> {
    serde_json::from_str(body).map_err(|error| format!("{error}: {body}"))
}

/// What a storage needs of the play around it.
#[derive(Clone)]
pub struct Around {
    pub gate: Arc<Gate>,
    pub log: Arc<Log>,
    pub faults: Arc<Faults>,
    pub clock: Arc<SimulatedClock>,
    pub spy: Arc<Spy>,
    /// Since the last turn of the seed.
    pub looks: Arc<AtomicU32>,
}

pub struct SimStorage {
    inner: Sqlite,
    around: Around,
    life: u32,
    /// One transaction at a time, in the order in which they were let through.
    turn: tokio::sync::Mutex<()>,
    /// The transaction that is open, where others may come in.
    open: Mutex<Option<Arc<Open>>>,
    // Last of all: whoever waits for it finds the file closed.
    _gone: mpsc::Sender<()>,
}

/// A transaction in which the first job has run.
struct Open {
    /// It will be undone, with all who came.
    lost: bool,
    /// It is being undone: whoever is run once more leaves nothing.
    over: AtomicBool,
    joined: AtomicBool,
    /// One of those who came has given up, so that the others were run once more.
    again: AtomicBool,
}

impl Open {
    fn new(lost: bool) -> Arc<Open> {
        let [over, joined, again] = [(); 3].map(|()| AtomicBool::new(false));
        Arc::new(Open { lost, over, joined, again })
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// The last of those who come: it gives up what it wrote, and so the others are run once more.
    fn undoes(self: Arc<Self>) -> WriteJob {
        Box::new(move |tx: &mut dyn Transaction| {
            self.over.store(true, Ordering::SeqCst);
            let _ = tx.remove_alarm(ShopId(0), "");
            false
        })
    }
}

impl SimStorage {
    /// Everybody who has it is gone once `gone` is dropped.
    pub fn open(path: &Path, around: Around, life: u32, gone: mpsc::Sender<()>) -> Result<SimStorage> {
        // A crash of the process is played, none of the machine.
        let options = Options { durability: Durability::Temporary, readers: 1, ..Options::default() };
        let inner = Sqlite::open(path, options)?;
        let (turn, open) = (tokio::sync::Mutex::default(), Mutex::default());
        Ok(SimStorage { inner, around, life, turn, open, _gone: gone })
    }

    fn note(&self, joined: bool) -> Result<()> {
        let rows = self.around.spy.new_rows(&self.inner).map_err(StorageError::Database)?;
        if !rows.is_empty() {
            let commit = Commit { life: self.life, at: self.around.clock.now(), joined, rows };
            self.around.log.push(Happened::Committed(commit));
        }
        Ok(())
    }

    /// The transaction stays open until the seed goes on with it.
    async fn slowly(&self, job: WriteJob, open: Arc<Open>) -> Result<()> {
        let (ran, mut has_run) = oneshot::channel();
        let (go, wait) = mpsc::channel();
        let (first, held) = (Mutex::new(Some((ran, wait))), open.clone());
        let job: WriteJob = Box::new(move |tx: &mut dyn Transaction| {
            let keeps = job(tx);
            if let Some((ran, wait)) = lock(&first).take() {
                let _ = ran.send(tx.seat());
                if wait.recv().is_err() {
                    // A crash, before it is durable.
                    held.over.store(true, Ordering::SeqCst);
                }
            }
            keeps && !held.is_over()
        });
        let mut done = pin!(self.inner.submit(job));
        let ran = at_once(async {
            tokio::select! {
                biased;
                seat = &mut has_run => Ok(seat.ok().flatten()),
                done = &mut done => Err(done),
            }
        });
        let seat = match ran {
            Ok(seat) => seat,
            Err(done) => return done,
        };
        *lock(&self.open) = Some(open.clone());
        for _ in 0..self.around.faults.draw(1, 4) {
            self.around.gate.pass(Place::Open).await;
        }
        *lock(&self.open) = None;
        // The last who comes in, and its answer is nobody's.
        let mut last = pin!(async {
            if let Some(seat) = seat.filter(|_| open.lost) {
                let _ = seat.take(open.undoes()).await;
            }
        });
        at_once(poll_fn(|context| Poll::Ready(last.as_mut().poll(context).is_ready())));
        let _ = go.send(());
        let done = at_once(done);
        // Those who came are answered one after the other: all of them, before anybody goes on.
        at_once(self.inner.submit(Box::new(|_| false)))?;
        done
    }
}

#[async_trait]
impl Storage for SimStorage {
    async fn submit(&self, job: WriteJob) -> Result<()> {
        self.around.gate.pass(Place::Commit).await;
        let turn = self.turn.lock().await;
        let lost = self.around.faults.strikes(Fault::CommitFails);
        let open = Open::new(lost);
        let done = match self.around.faults.strikes(Fault::CommitIsSlow) {
            true => self.slowly(job, open.clone()).await,
            false => at_once(self.inner.submit(kept(job, !lost))),
        };
        self.note(open.joined.load(Ordering::SeqCst))?;
        if lost || open.again.load(Ordering::SeqCst) {
            self.around.log.push(Happened::Undone { life: self.life });
        }
        let done = if lost { Err(told_to_fail()) } else { done };
        drop(turn);
        if self.around.faults.strikes(Fault::AnswerIsLate) {
            self.around.gate.pass(Place::Answer).await;
        }
        done
    }

    async fn join(&self, seat: Box<dyn Seat>, job: WriteJob) -> std::result::Result<Result<()>, WriteJob> {
        let Some(open) = lock(&self.open).clone() else { return Err(job) };
        let (joined, late) = (open.clone(), Arc::new(AtomicBool::new(false)));
        let is_late = late.clone();
        let job: WriteJob = Box::new(move |tx: &mut dyn Transaction| {
            let keeps = job(tx);
            if is_late.load(Ordering::SeqCst) {
                return keeps;
            }
            joined.joined.store(true, Ordering::SeqCst);
            joined.again.fetch_or(!keeps, Ordering::SeqCst);
            keeps && !joined.is_over()
        });
        let done = seat.take(job).await.inspect_err(|_| late.store(true, Ordering::SeqCst))?;
        Ok(if open.lost { Err(told_to_fail()) } else { done })
    }

    async fn query(&self, job: ReadJob) -> Result<()> {
        self.look(job)
    }

    fn look(&self, job: ReadJob) -> Result<()> {
        if self.around.looks.fetch_add(1, Ordering::SeqCst) > LOOKS {
            return Err(StorageError::Closed);
        }
        self.inner.look(job)
    }

    async fn backup(&self, to: &Path) -> Result<()> {
        self.inner.backup(to).await
    }

    fn trouble(&self) -> Option<StorageError> {
        self.inner.trouble()
    }

    async fn failed(&self) -> StorageError {
        self.inner.failed().await
    }

    async fn check(&self) -> Result<Vec<(String, std::result::Result<String, String>)>> {
        self.inner.check().await
    }
}

/// It runs, also where it is not kept, so that whatever it sets in motion too early is set in motion.
fn kept(job: WriteJob, keep: bool) -> WriteJob {
    Box::new(move |tx: &mut dyn Transaction| job(tx) && keep)
}

fn told_to_fail() -> StorageError {
    StorageError::Database("the disk was told to fail".to_owned())
}

/// To its end, here and now, so that nothing else happens meanwhile.
fn at_once<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    // Tokio would have a task that does much at once wait for its next turn, and there is none here.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
