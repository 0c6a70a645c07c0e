//! What a power cut leaves: of what was synced everything, and of what was written since then any part, in any order.
//!
//! The log is synced by each commit, and both files around a checkpoint, so only the end of the log is in question, or of the
//! file the pages that a checkpoint is copying. Here they get such ends, from logs that real writes have left, and are opened
//! again. Everything that was answered must be there, and nothing by halves. That the syncs are asked for at all, which no
//! file can show afterwards, is a test of its own; whether the disk does as it is asked, no program can see.

use rulewright_domain::{
    EntryId, EntryKind, EventId, Message, MessageId, MessageState, Order, OrderId, RunId, RunState, kind,
};
use rulewright_ports::{Reads, Storage, StorageExt, storage::Result};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    Durability, Options, Sqlite,
    conformance::sample::{self, NOW, ONE},
    connect,
};

/// Power cuts; `RULEWRIGHT_POWER_CUTS` asks for more or fewer.
const CUTS: usize = 60;
/// Transactions before the checkpoint, and after it.
const COMMITS: i64 = 10;
/// Of the log: its header, and that of a page in it.
const HEADER: usize = 32;
const FRAME: usize = 24;
/// Written whole or not at all.
const SECTOR: usize = 512;

#[expect(clippy::disallowed_methods, reason = "how long to test is no setting of the program")]
fn cuts() -> usize {
    std::env::var("RULEWRIGHT_POWER_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(CUTS)
}

/// The same cuts in every run of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// Where a log ends: behind it are pages of the log before, which its header does not fit.
fn end(log: &[u8]) -> usize {
    let Some(size) = log.get(8..12) else { return 0 };
    let frame = FRAME + u32::from_be_bytes(size.try_into().unwrap()) as usize;
    let fits = |at: usize| at + frame <= log.len() && log[at + 8..at + 16] == log[16..24];
    let mut at = HEADER;
    while fits(at) {
        at += frame;
    }
    at
}

/// What a commit has added to the log.
#[derive(Clone, Copy, Debug)]
struct Commit {
    from: usize,
    to: usize,
}

/// With the key that every shop here has, so that its file opens in any.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret.key"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    dir
}

struct Shop {
    storage: Sqlite,
    dir: TempDir,
}

/// The log of some commits, on top of the file.
struct Log {
    file: Vec<u8>,
    log: Vec<u8>,
    /// What stood in its place before.
    old: Vec<u8>,
    commits: Vec<Commit>,
    /// Of commits that are in the file.
    sure: i64,
}

impl Shop {
    async fn open() -> Shop {
        let dir = folder();
        let storage = Sqlite::open(dir.path().join("shop.db"), Options::default()).unwrap();
        let opened: Result<()> = storage.write(|tx| tx.put_shop(&sample::shop(ONE))).await;
        opened.unwrap();
        Shop { storage, dir }
    }

    fn file(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("shop.db")).unwrap()
    }

    fn log(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("shop.db-wal")).unwrap()
    }

    async fn commit(&self, id: i64) -> Commit {
        let before = self.log();
        commit(&self.storage, id).await.unwrap();
        let after = self.log();
        let same = before.get(16..24) == after.get(16..24);
        Commit { from: if same { end(&before) } else { 0 }, to: end(&after) }
    }

    /// Copies all of the log into the file, as the writer does from time to time.
    fn checkpoint(&self) {
        let conn = Connection::open(self.dir.path().join("shop.db")).unwrap();
        let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
    }

    async fn logged(&self, ids: std::ops::RangeInclusive<i64>) -> Log {
        let (file, old, sure) = (self.file(), self.log(), ids.start() - 1);
        let mut commits = Vec::new();
        for id in ids {
            commits.push(self.commit(id).await);
        }
        let mut log = self.log();
        log.truncate(end(&log));
        assert!(commits.iter().all(|commit| commit.from < commit.to), "{commits:?}");
        assert!(self.file() == file, "the log was copied meanwhile");
        Log { file, log, old, commits, sure }
    }
}

/// Five tables, and text that does not fit into one page.
async fn commit(storage: &Sqlite, id: i64) -> Result<()> {
    storage
        .write(move |tx| {
            let order = Order { comments: "x".repeat(6_000), ..sample::order(id) };
            tx.put_order(ONE, &order)?;
            tx.append_event(&sample::event(id, ONE, sample::about(kind::ORDER_CREATED, id)))?;
            tx.put_run(&sample::run(id, ONE, id, RunState::Ready))?;
            tx.add_entry(&sample::entry(id, ONE, Some(id), EntryKind::Comment))?;
            let message = sample::message(id, ONE, MessageState::Pending, NOW);
            tx.put_message(&Message { order: Some(OrderId(id)), run: Some(RunId(id)), ..message })
        })
        .await
}

/// What is there of a commit.
fn parts(reads: &mut dyn Reads, id: i64) -> Result<[bool; 5]> {
    Ok([
        reads.order(ONE, OrderId(id))?.is_some_and(|order| order.comments.len() == 6_000),
        reads.event(ONE, EventId(id))?.is_some(),
        reads.run(ONE, RunId(id))?.is_some(),
        reads.entry(ONE, EntryId(id))?.is_some(),
        reads.message(ONE, MessageId(id))?.is_some(),
    ])
}

/// Opens what was left, and says how many commits are there: those before them, and none by halves.
async fn survivors(file: &[u8], log: &[u8], about: &str) -> i64 {
    let dir = folder();
    let path = dir.path().join("shop.db");
    std::fs::write(&path, file).unwrap();
    std::fs::write(dir.path().join("shop.db-wal"), log).unwrap();
    // The copy itself need not survive anything.
    let options = Options { durability: Durability::Temporary, readers: 1, ..Options::default() };
    let storage =
        Sqlite::open(&path, options).unwrap_or_else(|error| panic!("{about}: it does not open: {error}"));
    let found: Result<Vec<[bool; 5]>> =
        storage.read(|reads| (1..=2 * COMMITS).map(|id| parts(reads, id)).collect()).await;
    let found = found.unwrap_or_else(|error| panic!("{about}: {error}"));
    let count = found.iter().take_while(|parts| **parts == [true; 5]).count();
    let rest = found.iter().skip(count).all(|parts| *parts == [false; 5]);
    assert!(rest, "{about}: some of it is there by halves, or without what was before it: {found:?}");
    for (name, finding) in storage.check().await.unwrap() {
        assert!(finding.is_ok(), "{about}: {name}: {finding:?}");
    }
    // And it goes on from there.
    let count = count as i64;
    let on: Result<()> = storage.write(|tx| tx.put_shop(&sample::shop(ONE))).await;
    on.unwrap_or_else(|error| panic!("{about}: {error}"));
    commit(&storage, count + 1).await.unwrap_or_else(|error| panic!("{about}: {error}"));
    count
}

impl Log {
    /// What is left, and of how many commits it is known that they were answered before.
    fn cut(&self, random: &mut Random, number: usize) -> (Vec<u8>, i64, String) {
        let commit = self.commits[random.below(self.commits.len())];
        // Where most can go wrong, and anywhere.
        let cut = match number % 4 {
            0 => commit.to,
            1 => commit.to - 1 - random.below(FRAME),
            2 => commit.from + random.below(commit.to - commit.from),
            _ => random.below(self.log.len()),
        };
        let mut left = self.log[..cut].to_vec();
        let behind = |left: &mut Vec<u8>| left.extend_from_slice(self.old.get(cut..).unwrap_or_default());
        let how = match number / 4 % 4 {
            0 => "nothing behind it",
            1 => {
                behind(&mut left);
                "what was there before behind it"
            }
            2 => {
                left.resize(self.log.len(), 0);
                "zeros behind it"
            }
            _ => {
                // Up to the next sync, sectors have been written in any order.
                let next = self.commits.iter().map(|commit| commit.to).find(|to| *to > cut);
                let next = next.unwrap_or(self.log.len());
                behind(&mut left);
                left.resize(left.len().max(next), 0);
                for start in (cut..next).step_by(SECTOR) {
                    if random.below(2) == 0 {
                        let end = next.min(start + SECTOR);
                        left[start..end].copy_from_slice(&self.log[start..end]);
                    }
                }
                "single sectors behind it"
            }
        };
        let answered = self.commits.iter().filter(|commit| commit.to <= cut).count() as i64;
        (left, self.sure + answered, format!("cut {number} at {cut}, {how}"))
    }

    /// All that was written when the power went: not even a commit that was not answered may come from further on.
    fn begun(&self, cut_off: i64) -> i64 {
        (cut_off + 1).min(self.sure + self.commits.len() as i64)
    }
}

#[tokio::test]
async fn after_a_power_cut_all_that_was_answered_is_there_and_nothing_by_halves() {
    let shop = Shop::open().await;
    let first = shop.logged(1..=COMMITS).await;
    shop.checkpoint();
    // From here on the log is written over the one before.
    let second = shop.logged(COMMITS + 1..=2 * COMMITS).await;
    assert!(second.old.len() >= first.log.len() && second.old[16..24] != second.log[16..24]);
    let mut random = Random(0x5eed);
    let mut lost = 0;
    for number in 0..cuts().div_ceil(2) {
        for log in [&first, &second] {
            let (left, answered, about) = log.cut(&mut random, number);
            let about = format!("{about}, after {} commits", log.sure);
            let found = survivors(&log.file, &left, &about).await;
            assert!(answered <= found, "{about}: {answered} were answered, {found} are there");
            assert!(found <= log.begun(answered), "{about}: {found} are there, {answered} were answered");
            lost += usize::from(found < log.sure + COMMITS);
        }
    }
    assert!(lost > 0, "no cut took anything: they cut nothing");
}

#[tokio::test]
async fn a_power_cut_amid_a_checkpoint_takes_nothing() {
    let shop = Shop::open().await;
    let logged = shop.logged(1..=COMMITS).await;
    let log = shop.log();
    shop.checkpoint();
    let copied = shop.file();
    assert!(copied.len() > logged.file.len(), "nothing was copied");
    let mut random = Random(0x5eed);
    for number in 0..cuts().div_ceil(4) {
        // Any sectors of it have reached the disk, and the file is as long as the last of them needs.
        let mut file = copied.clone();
        let longest = logged.file.len() + random.below(copied.len() - logged.file.len());
        file.truncate(longest.next_multiple_of(SECTOR).min(copied.len()));
        let share = 1 + random.below(9);
        for start in (0..file.len()).step_by(SECTOR) {
            if random.below(10) >= share {
                let end = file.len().min(start + SECTOR);
                let before = logged.file.get(start..end).map(<[u8]>::to_vec);
                file[start..end].copy_from_slice(&before.unwrap_or_else(|| vec![0; end - start]));
            }
        }
        let about = format!("checkpoint {number}, {share} in 10 sectors copied");
        assert_eq!(survivors(&file, &log, &about).await, COMMITS, "{about}");
    }
}

/// The other tests here would not notice: what they open has no memory of a sync.
#[test]
fn every_commit_is_synced_before_it_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let pragma = |options: &Options, name: &str| {
        let conn = connect::writing(&dir.path().join("shop.db"), options).unwrap();
        conn.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    assert_eq!(Options::default().durability, Durability::PowerCut, "unless somebody asks for less");
    assert_eq!(pragma(&Options::default(), "synchronous"), rusqlite::types::Value::Integer(2), "FULL");
    assert_eq!(pragma(&Options::default(), "journal_mode"), rusqlite::types::Value::Text("wal".to_owned()));
    let less = Options { durability: Durability::Process, ..Options::default() };
    assert_eq!(pragma(&less, "synchronous"), rusqlite::types::Value::Integer(1), "NORMAL");
}

/// The copy is one file, and needs no log.
#[tokio::test]
async fn a_backup_amid_writes_is_all_that_was_committed_until_one_moment() {
    let shop = Shop::open().await;
    let mut writes = Vec::new();
    let storage = &shop.storage;
    let copy = shop.dir.path().join("copy.db");
    let writing = async {
        for id in 1..=2 * COMMITS {
            commit(storage, id).await.unwrap();
            writes.push(id);
        }
    };
    let backup = async {
        // Of the middle: some are committed before it begins.
        commit_is_there(storage, COMMITS / 2).await;
        storage.backup(&copy).await.unwrap();
    };
    tokio::join!(writing, backup);
    assert_eq!(writes.len() as i64, 2 * COMMITS, "nobody waited for it in vain");
    let found = survivors(&std::fs::read(&copy).unwrap(), &[], "the backup").await;
    assert!(found >= COMMITS / 2, "{found} commits");
}

async fn commit_is_there(storage: &Sqlite, id: i64) {
    loop {
        let there: Result<[bool; 5]> = storage.read(move |reads| parts(reads, id)).await;
        if there.unwrap() == [true; 5] {
            return;
        }
        tokio::task::yield_now().await;
    }
}
