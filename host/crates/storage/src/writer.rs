//! The thread that writes, and group commit.
//!
//! ```text
//! BEGIN IMMEDIATE
//!   job 1      kept
//!   job 2      returned false before it wrote anything: nothing to undo
//!   job 3      returned false, or panicked, after it wrote something: ROLLBACK, BEGIN, and job 1 once more
//!   ...        those that were waiting when it began, up to the limit
//!   job 9      follows from job 1: it had a seat
//! COMMIT       one sync for all of them
//! answer all
//! ```
//!
//! What comes meanwhile is the next group. Were it taken into this one, in the end all callers would wait for the same
//! sync, and no processor would have anything to do until it is over.
//!
//! What follows from a job of the group itself is let in until the commit ([`Open`]): the rows and pages that it changes
//! again are written once, and who waits for it waits for one sync. While somebody may still come in, what comes meanwhile
//! is taken too; nobody is waited for.
//!
//! A job sees what the jobs before it wrote, so nobody is answered before the commit: neither those who kept
//! nothing, who may have looked at something that is not durable yet.
//!
//! After a sync that failed nobody knows what of the group is on the disk, and to sync again would prove nothing: the
//! thread ends, and the next process finds out ([`StorageError::Unsure`]).
//!
//! No savepoints: each would cost all of the jobs a copy of every page that they touch, so that a rare one can be
//! undone alone.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use rulewright_ports::{
    StorageError, fault,
    storage::{Result, Sequence, WriteJob},
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    counters::Counters,
    known::Known,
    late::Late,
    open::Open,
    session::{Session, Shared, Write, Writing, refused},
};

pub(crate) struct Job {
    pub(crate) work: WriteJob,
    pub(crate) answer: oneshot::Sender<Result<()>>,
}

/// What the disk has done wrong last; none once a group is durable again.
pub(crate) type Trouble = watch::Sender<Option<StorageError>>;

/// Until nobody can send any more and everything sent is done, or until nothing more may be written.
pub(crate) fn run(
    conn: &Connection,
    shared: &Shared,
    counters: &mut Counters,
    mut jobs: mpsc::Receiver<Job>,
    group_max: usize,
    trouble: &Trouble,
) {
    while let Some(first) = jobs.blocking_recv() {
        group(conn, shared, counters, first, &mut jobs, group_max, trouble);
        if matches!(*trouble.borrow(), Some(StorageError::Unsure(_))) {
            break;
        }
    }
    // Nobody waits for what will not be done.
    jobs.close();
    while let Ok(job) = jobs.try_recv() {
        let _ = job.answer.send(Err(StorageError::Closed));
    }
}

/// Told before anybody is answered: whoever was refused finds out why.
fn note(trouble: &Trouble, committed: &Result<()>) {
    let disk = committed.as_ref().err();
    let disk = disk.filter(|error| error.passes() || matches!(error, StorageError::Unsure(_))).cloned();
    trouble.send_if_modified(|trouble| {
        let changes = trouble.is_some() || disk.is_some();
        *trouble = disk;
        changes
    });
}

fn group(
    conn: &Connection,
    shared: &Shared,
    counters: &mut Counters,
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
    most: usize,
    trouble: &Trouble,
) {
    let (waiting, mut taken) = ((1 + jobs.len()).min(most), 1);
    let begun = execute(conn, "BEGIN IMMEDIATE");
    if begun.is_err() {
        note(trouble, &begun);
        let _ = first.answer.send(begun);
        return;
    }
    let open = Open::new(most);
    let (late, known) = (Late::new(counters.last(Sequence::Run)), Known::default());
    let (kept, out, disk) = (Vec::new(), Vec::new(), None);
    let mut group = Group { conn, shared, counters, open, late, known, kept, out, disk };
    let mut whole = group.add(first);
    while whole.is_ok() {
        // Who has a seat goes first: more may follow from it while the others have their turn.
        let next = group.open.came().or_else(|| {
            let more = taken < waiting || (group.open.expects() && taken < most);
            taken += usize::from(more);
            more.then(|| jobs.try_recv().ok()).flatten()
        });
        let Some(job) = next.or_else(|| group.open.close()) else { break };
        whole = group.add(job);
    }
    whole = whole.and_then(|()| group.write_late());
    while let Some(job) = group.open.close() {
        group.out.push((job.answer, whole.clone()));
    }
    let Group { kept, out, .. } = group;
    fault::point("commit.before");
    let committed = whole.and_then(|()| execute(conn, "COMMIT"));
    fault::point("commit.after");
    if let Err(error) = &committed {
        tracing::error!(%error, jobs = kept.len() + out.len(), "a group of writes was lost");
        if !conn.is_autocommit() {
            // Nothing to be done about an error here: the next BEGIN will report it.
            let _ = execute(conn, "ROLLBACK");
        }
    }
    // A group that has nothing to write proves nothing.
    if committed.is_err() || !kept.is_empty() {
        note(trouble, &committed);
    }
    let kept = kept.into_iter().map(|job| (job.answer, Ok(())));
    for (answer, outcome) in kept.chain(out) {
        // Nobody may be waiting any more.
        let _ = answer.send(committed.clone().and(outcome));
    }
}

struct Group<'g> {
    conn: &'g Connection,
    shared: &'g Shared,
    counters: &'g mut Counters,
    open: Arc<Open>,
    late: Late,
    known: Known,
    /// Whose writes are in the transaction, in the order of their runs.
    kept: Vec<Job>,
    /// Who has left nothing in it, and what is to be said to them.
    out: Vec<(oneshot::Sender<Result<()>>, Result<()>)>,
    /// Why the transaction is gone, if it is.
    disk: Option<StorageError>,
}

/// What a job's run leaves.
enum Left {
    Writes,
    Nothing(Result<()>),
    /// Writes that have to go.
    Remains(Result<()>),
}

impl Group<'_> {
    /// An error: the whole transaction is gone, or cannot go on.
    fn add(&mut self, mut job: Job) -> Result<()> {
        let left = self.run(&mut job);
        let gone = self.conn.is_autocommit();
        let undo = matches!(left, Left::Remains(_));
        match left {
            Left::Writes => self.kept.push(job),
            Left::Nothing(outcome) | Left::Remains(outcome) => self.out.push((job.answer, outcome)),
        }
        match (gone, undo) {
            (true, _) => Err(self.disk.take().unwrap_or_else(given_up)),
            (false, true) => self.again(),
            (false, false) => Ok(()),
        }
    }

    /// Without what the last one wrote: the others are run once more.
    fn again(&mut self) -> Result<()> {
        self.late.forget();
        self.known.forget();
        execute(self.conn, "ROLLBACK").and_then(|()| execute(self.conn, "BEGIN IMMEDIATE"))?;
        let mut rest = std::mem::take(&mut self.kept).into_iter();
        // Each that gives up now is out, so this comes to an end.
        let result = rest.by_ref().try_for_each(|job| self.add(job));
        self.kept.extend(rest);
        result
    }

    fn session(&mut self) -> Writing<'_> {
        let write = Write { counters: &mut *self.counters, open: &self.open };
        Session::writing(self.conn, self.shared, write, &self.late, &self.known)
    }

    /// What the jobs have left to the end.
    fn write_late(&mut self) -> Result<()> {
        self.session().write_late()
    }

    fn run(&mut self, job: &mut Job) -> Left {
        let mut session = self.session();
        let ran = catch_unwind(AssertUnwindSafe(|| (job.work)(&mut session)));
        let wrote = session.wrote();
        self.disk = session.disk();
        let outcome = match ran {
            Ok(true) => return Left::Writes,
            Ok(false) => Ok(()),
            Err(panic) => Err(panicked(&*panic)),
        };
        if wrote { Left::Remains(outcome) } else { Left::Nothing(outcome) }
    }
}

/// Short of memory SQLite drops the whole transaction by itself: then so do we.
fn given_up() -> StorageError {
    StorageError::Database("no memory left for the transaction".to_owned())
}

fn execute(conn: &Connection, sql: &str) -> Result<()> {
    let done = conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(refused)
}

pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> StorageError {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    StorageError::Database(format!("the transaction panicked: {}", text.unwrap_or("without a word")))
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use rulewright_domain::{Run, RunState};
    use rulewright_ports::storage::Seat;

    use super::*;
    use crate::{
        Options,
        conformance::sample::{self, ONE},
        connect, migrate,
        recent::Recent,
        vault::Key,
    };

    /// The first job holds the group open until all are there.
    fn group_of(conn: &Connection, jobs: Vec<WriteJob>) -> Vec<Result<()>> {
        let (sender, mut queue) = mpsc::channel(jobs.len());
        let mut answers = Vec::new();
        for work in jobs {
            let (answer, answered) = oneshot::channel();
            sender.try_send(Job { work, answer }).ok().unwrap();
            answers.push(answered);
        }
        let shared = Shared { recent: Recent::new(), key: Key::random().unwrap() };
        let mut counters = Counters::load(conn).unwrap();
        let first = queue.try_recv().unwrap();
        let trouble = Trouble::new(None);
        group(conn, &shared, &mut counters, first, &mut queue, 100, &trouble);
        drop(sender);
        run(conn, &shared, &mut counters, queue, 100, &trouble);
        answers.into_iter().map(|mut answered| answered.try_recv().unwrap()).collect()
    }

    fn store(id: i64, comments: usize) -> WriteJob {
        Box::new(move |tx| {
            let order = rulewright_domain::Order { comments: "x".repeat(comments), ..sample::order(id) };
            // As a job would that does not look at its errors.
            let _ = tx.put_order(ONE, &order);
            let _ = tx.add_entry(&sample::entry(id, ONE, None, rulewright_domain::EntryKind::Task));
            true
        })
    }

    fn stored(conn: &Connection) -> (i64, i64) {
        let sql = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM entries)";
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    #[test]
    fn on_a_full_disk_nothing_is_half_kept_and_work_goes_on_when_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = connect::writing(&dir.path().join("full.db"), &Options::default()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let limit = |pages: i64| {
            conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        };
        limit(pages + 5);
        let answers = group_of(&conn, vec![store(1, 10), store(2, 1_000_000), store(3, 10)]);
        let kept: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        let (orders, entries) = stored(&conn);
        // Whoever got an answer finds what it wrote; whoever got an error finds nothing of it.
        let told = kept.iter().filter(|kept| **kept).count() as i64;
        assert!(orders <= told && entries <= told, "{orders} orders, {entries} entries, {answers:?}");
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(refused.iter().all(|error| error.code() == "disk-full" && error.passes()), "{refused:?}");
        limit(pages + 10_000);
        assert!(group_of(&conn, vec![store(4, 1_000_000)]).iter().all(Result::is_ok));
        let last: i64 = conn.query_row("SELECT max(id) FROM orders", [], |row| row.get(0)).unwrap();
        assert_eq!(last, 4);
    }

    #[test]
    fn what_comes_while_a_group_is_done_is_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = connect::writing(&dir.path().join("next.db"), &Options::default()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        let shared = Shared { recent: Recent::new(), key: Key::random().unwrap() };
        let (mut counters, trouble) = (Counters::load(&conn).unwrap(), Trouble::new(None));
        let (sender, mut queue) = mpsc::channel(1);
        let (answer, mut second) = oneshot::channel();
        let late = parking_lot::Mutex::new(Some(Job { work: store(2, 10), answer }));
        let brings_it: WriteJob =
            Box::new(move |_| late.lock().take().is_some_and(|late| sender.try_send(late).is_ok()));
        let (answer, mut first) = oneshot::channel();
        let brings_it = Job { work: brings_it, answer };
        group(&conn, &shared, &mut counters, brings_it, &mut queue, 100, &trouble);
        assert!(first.try_recv().unwrap().is_ok());
        assert!(second.try_recv().is_err(), "it waits still");
        run(&conn, &shared, &mut counters, queue, 100, &trouble);
        assert!(second.try_recv().unwrap().is_ok());
        assert_eq!(stored(&conn), (1, 1));
    }

    /// The group of this job alone: its answer, and the orders that are stored then.
    fn alone(conn: &Connection, work: WriteJob) -> (Result<()>, i64) {
        let shared = Shared { recent: Recent::new(), key: Key::random().unwrap() };
        let (mut counters, trouble) = (Counters::load(conn).unwrap(), Trouble::new(None));
        let (_sender, mut queue) = mpsc::channel(1);
        let (answer, mut answered) = oneshot::channel();
        group(conn, &shared, &mut counters, Job { work, answer }, &mut queue, 100, &trouble);
        (answered.try_recv().unwrap(), stored(conn).0)
    }

    fn opened() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = connect::writing(&dir.path().join("seats.db"), &Options::default()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        (dir, conn)
    }

    /// Comes in, and waits for no answer.
    fn come_in(seat: Box<dyn Seat>, job: WriteJob) -> Poll<std::result::Result<Result<()>, WriteJob>> {
        pin!(seat.take(job)).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_follows_from_a_job_is_committed_with_it() {
        let (_dir, conn) = opened();
        let followed: WriteJob = Box::new(|tx| {
            let seat = tx.seat().unwrap();
            come_in(seat, store(2, 10)).is_pending() && store(1, 10)(tx)
        });
        let (answer, orders) = alone(&conn, followed);
        assert!(answer.is_ok());
        assert_eq!(orders, 2);
    }

    #[test]
    fn who_comes_after_the_commit_keeps_the_job() {
        let (_dir, conn) = opened();
        let kept: Arc<parking_lot::Mutex<Option<Box<dyn Seat>>>> = Arc::default();
        let keeps = kept.clone();
        let first: WriteJob = Box::new(move |tx| {
            *keeps.lock() = tx.seat();
            store(1, 10)(tx)
        });
        assert_eq!(alone(&conn, first).1, 1, "nobody is waited for");
        let seat = kept.lock().take().unwrap();
        assert!(matches!(come_in(seat, store(2, 10)), Poll::Ready(Err(_))));
        assert_eq!(stored(&conn).0, 1);
    }

    #[test]
    fn who_followed_stays_where_somebody_after_it_gives_up() {
        let (_dir, conn) = opened();
        let runs = parking_lot::Mutex::new(0);
        let first: WriteJob = Box::new(move |tx| {
            *runs.lock() += 1;
            if *runs.lock() == 1 {
                // It has written when it gives up, so those before it are run again.
                let gives_up: WriteJob = Box::new(|tx| !store(3, 10)(tx));
                for job in [store(2, 10), gives_up] {
                    let seat = tx.seat().unwrap();
                    assert!(come_in(seat, job).is_pending());
                }
            }
            store(1, 10)(tx)
        });
        let (answer, orders) = alone(&conn, first);
        assert!(answer.is_ok());
        assert_eq!(orders, 2);
    }

    #[test]
    fn a_run_that_begins_and_ends_in_one_transaction_is_written_once() {
        let (_dir, conn) = opened();
        let spy = "CREATE TEMP TABLE writes (n);
            CREATE TEMP TRIGGER begins AFTER INSERT ON main.runs BEGIN INSERT INTO writes VALUES (1); END;
            CREATE TEMP TRIGGER goes_on AFTER UPDATE ON main.runs BEGIN INSERT INTO writes VALUES (2); END;";
        conn.execute_batch(spy).unwrap();
        let written =
            || -> i64 { conn.query_row("SELECT count(*) FROM writes", [], |row| row.get(0)).unwrap() };
        let once: WriteJob = Box::new(|tx| {
            let id = tx.next(Sequence::Run).unwrap();
            let begun = sample::run(id, ONE, 1, RunState::Ready);
            let ended = Run { state: RunState::Done, ..begun.clone() };
            store(1, 10)(tx);
            tx.put_run(&begun).unwrap();
            assert_eq!(tx.run(ONE, begun.id).unwrap(), Some(begun), "whoever asks for it has it");
            tx.put_run(&ended).unwrap();
            true
        });
        assert!(alone(&conn, once).0.is_ok());
        assert_eq!(written(), 1);
        let looked_at: WriteJob = Box::new(|tx| {
            let id = tx.next(Sequence::Run).unwrap();
            let begun = sample::run(id, ONE, 1, RunState::Ready);
            tx.put_run(&begun).unwrap();
            let found = tx.open_runs(ONE, begun.order).unwrap();
            assert_eq!(found, std::slice::from_ref(&begun), "whoever looks finds it");
            tx.put_run(&Run { state: RunState::Done, ..begun.clone() }).unwrap();
            assert_eq!(tx.open_runs(ONE, begun.order).unwrap(), []);
            true
        });
        assert!(alone(&conn, looked_at).0.is_ok());
        assert_eq!(written(), 3);
    }

    #[test]
    fn what_was_known_of_a_change_goes_with_it() {
        let (_dir, conn) = opened();
        group_of(&conn, vec![store(1, 10)]);
        let gives_up: WriteJob = Box::new(|tx| !store(1, 20)(tx));
        let (asks, asked) = std::sync::mpsc::channel();
        let looks: WriteJob = Box::new(move |tx| {
            let order = tx.order(ONE, sample::order(1).id).unwrap().unwrap();
            asks.send(order.comments.len()).unwrap();
            true
        });
        group_of(&conn, vec![gives_up, looks]);
        assert_eq!(asked.try_iter().collect::<Vec<_>>(), [10]);
    }

    #[test]
    fn a_group_ends_at_its_limit_and_the_rest_is_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = connect::writing(&dir.path().join("groups.db"), &Options::default()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        let answers = group_of(&conn, (1..=250).map(|id| store(id, 10)).collect());
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(stored(&conn), (250, 250));
    }
}
