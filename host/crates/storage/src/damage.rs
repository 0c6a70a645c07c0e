//! Files that somebody else has damaged, cut off, or holds.

use std::path::{Path, PathBuf};

use rulewright_domain::{EntryKind, EventId, MessageState, OrderId, RunState, kind};
use rulewright_ports::{Storage, StorageExt, storage::Result};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    Durability, Options, Sqlite, check,
    conformance::sample::{self, NOW, ONE},
};

/// Rows of each kind: enough for pages below the first of a table.
const ROWS: i64 = 40;

fn options() -> Options {
    Options { durability: Durability::Process, readers: 1, ..Options::default() }
}

/// A shop that was closed in peace: one file.
async fn closed() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let storage = Sqlite::open(&path, options()).unwrap();
    let filled: Result<()> = storage
        .write(|tx| {
            tx.put_shop(&sample::shop(ONE))?;
            for id in 1..=ROWS {
                tx.put_order(ONE, &sample::order(id))?;
                tx.append_event(&sample::event(id, ONE, sample::about(kind::ORDER_CREATED, id)))?;
                tx.put_run(&sample::run(id, ONE, id, RunState::Ready))?;
                tx.add_entry(&sample::entry(id, ONE, Some(id), EntryKind::Comment))?;
                tx.put_message(&sample::message(id, ONE, MessageState::Pending, NOW))?;
            }
            Ok(())
        })
        .await;
    filled.unwrap();
    drop(storage);
    (dir, path)
}

/// What somebody is told who opens it, or who has it checked. None: that all is well.
async fn complaint(path: &Path) -> Option<String> {
    let storage = match Sqlite::open(path, options()) {
        Ok(storage) => storage,
        Err(error) => return Some(error.to_string()),
    };
    // Whoever reads it is refused or answered: nobody panics over it.
    let read: Result<()> = storage
        .read(|reads| {
            for id in 1..=ROWS {
                drop(reads.order(ONE, OrderId(id)));
                drop(reads.event(ONE, EventId(id)));
            }
            Ok(())
        })
        .await;
    if let Err(error) = read {
        assert!(!error.to_string().contains("panicked"), "{error}");
    }
    match storage.check().await {
        Ok(findings) => {
            findings.into_iter().find_map(|(name, finding)| Some(format!("{name}: {}", finding.err()?)))
        }
        Err(error) => Some(error.to_string()),
    }
}

#[tokio::test]
async fn a_damaged_page_is_never_taken_for_a_sound_one() {
    let (dir, path) = closed().await;
    let sound = std::fs::read(&path).unwrap();
    let page = usize::from(u16::from_be_bytes([sound[16], sound[17]]));
    let pages = sound.len() / page;
    assert!(pages > 50, "{pages} pages of {page} bytes");
    assert_eq!(complaint(&path).await, None);
    for number in (0..pages).step_by(pages.div_ceil(24)) {
        let damaged = dir.path().join(format!("damaged-{number}.db"));
        let mut bytes = sound.clone();
        // What each page begins with says what the rest of it is.
        bytes[number * page..number * page + 12].fill(0xff);
        std::fs::write(&damaged, bytes).unwrap();
        assert!(complaint(&damaged).await.is_some(), "page {number} of {pages} is not missed");
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_never_taken_for_a_whole_one() {
    let (dir, path) = closed().await;
    let whole = std::fs::read(&path).unwrap();
    for tenths in 1..10 {
        let cut = dir.path().join(format!("cut-{tenths}.db"));
        std::fs::write(&cut, &whole[..whole.len() * tenths / 10]).unwrap();
        assert!(complaint(&cut).await.is_some(), "{tenths} tenths of it pass for all of it");
    }
}

#[tokio::test]
async fn what_another_program_holds_is_refused_after_a_while_and_taken_once_it_lets_go() {
    let (_dir, path) = closed().await;
    let storage = Sqlite::open(&path, Options { busy_ms: 20, ..options() }).unwrap();
    let put = |id: i64| storage.write(move |tx| tx.put_order(ONE, &sample::order(id)));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused: Result<()> = put(100).await;
    assert!(refused.unwrap_err().to_string().contains("locked"));
    // Reading waits for nobody who writes.
    let read: Result<_> = storage.read(|reads| reads.order(ONE, OrderId(1))).await;
    assert!(read.unwrap().is_some());
    other.execute_batch("ROLLBACK").unwrap();
    let taken: Result<()> = put(101).await;
    taken.unwrap();
    let there: Result<_> = storage
        .read(|reads| {
            Ok((reads.order(ONE, OrderId(100))?.is_some(), reads.order(ONE, OrderId(101))?.is_some()))
        })
        .await;
    assert_eq!(there.unwrap(), (false, true), "what was refused is not done later");
}

/// Where nobody has opened it before: the tool that looks must not make it worse.
#[tokio::test]
async fn looking_at_a_damaged_file_does_not_change_it() {
    let (_dir, path) = closed().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 4_096;
    bytes[last..last + 12].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    drop(check::check(&path, &Options::default()));
    assert!(std::fs::read(&path).unwrap() == bytes, "the check has written to it");
}
