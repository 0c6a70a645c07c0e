//! What is SQLite's own, beside the promises of every storage.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rulewright_domain::{
    EventId, MessageState, OrderId, RunState,
    audit::{Deed, Entry, Who},
    kind,
};
use rulewright_ports::{
    Storage, StorageError, StorageExt,
    storage::{Result, Sequence},
};
use rusqlite::Connection;

use crate::{
    Durability, Options, Sqlite,
    conformance::sample::{self, NOW, ONE, TWO},
};

crate::storage_conformance!(Arc::new(Sqlite::temporary().unwrap()));

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, Options { durability: Durability::Process, ..Options::default() }).unwrap()
}

async fn filled(path: &Path) -> Sqlite {
    let storage = open(path);
    let filled: Result<()> = storage
        .write(|tx| {
            tx.put_shop(&sample::shop(ONE))?;
            tx.put_order(ONE, &sample::order(1))?;
            tx.append_event(&sample::event(1, ONE, sample::about(kind::ORDER_CREATED, 1)))?;
            tx.put_run(&sample::run(1, ONE, 1, RunState::Ready))?;
            tx.put_message(&sample::message(1, ONE, MessageState::Pending, NOW))
        })
        .await;
    filled.unwrap();
    storage
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    drop(filled(&path).await);
    assert!(!dir.path().join("shop.db-wal").exists(), "a clean end leaves one file");
    let storage = open(&path);
    let event: Result<_> = storage.read(|reads| reads.event(ONE, EventId(1))).await;
    assert_eq!(event.unwrap(), Some(sample::event(1, ONE, sample::about(kind::ORDER_CREATED, 1))));
}

#[tokio::test]
async fn the_id_of_a_deleted_order_does_not_come_back_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let storage = open(&path);
    let deleted: Result<()> = storage
        .write(|tx| {
            tx.put_order(ONE, &sample::order(7))?;
            tx.delete_order(ONE, OrderId(7))
        })
        .await;
    deleted.unwrap();
    drop(storage);
    let storage = open(&path);
    let next: Result<(i64, i64)> =
        storage.write(|tx| Ok((tx.next(Sequence::Order)?, tx.next(Sequence::Run)?))).await;
    assert_eq!(next.unwrap(), (8, 1));
}

#[tokio::test]
async fn an_event_can_be_neither_changed_nor_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    drop(filled(&path).await);
    // Not by this program's statements, but by whoever has a shell on the file.
    let conn = Connection::open(&path).unwrap();
    for sql in ["UPDATE events SET body = '{}'", "DELETE FROM events", "DELETE FROM events WHERE id = 1"] {
        let error = conn.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    let count: i64 = conn.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_second_process_is_refused_while_the_file_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let first = open(&path);
    let error = Sqlite::open(&path, Options::default()).err().unwrap().to_string();
    let us = format!("process {}", std::process::id());
    assert!(error.contains("in use") && error.contains(&us), "{error}");
    #[cfg(unix)]
    {
        let link = dir.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Sqlite::open(&link, Options::default()).is_err(), "by whatever name");
    }
    drop(first);
    open(&path);
}

#[test]
fn what_is_no_database_of_ours_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| Sqlite::open(path, Options::default()).err().unwrap().to_string();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "dear diary, ".repeat(500)).unwrap();
    assert!(refusal(&text).contains("notes.txt"), "{}", refusal(&text));
    let nowhere = dir.path().join("missing/shop.db");
    assert!(refusal(&nowhere).contains("missing/shop.db"), "{}", refusal(&nowhere));
}

#[tokio::test]
async fn a_backup_is_whole_and_never_replaces_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let storage = filled(&dir.path().join("shop.db")).await;
    let copy = dir.path().join("copy.db");
    storage.backup(&copy).await.unwrap();
    let again = storage.backup(&copy).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    let files = || {
        let names = std::fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name.starts_with("copy"));
        names
    };
    assert_eq!(files(), ["copy.db"], "one file, that needs no other");
    let restored = open(&copy);
    let order: Result<_> = restored.read(|reads| reads.order(ONE, OrderId(1))).await;
    assert_eq!(order.unwrap().as_deref(), Some(&sample::order(1)));
}

#[test]
fn a_backup_that_fails_on_its_way_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "dear diary, ".repeat(500)).unwrap();
    assert!(crate::backup(&text, &dir.path().join("copy.db")).is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "only what was there before");
}

#[tokio::test]
async fn a_check_names_what_does_not_agree() {
    let dir = tempfile::tempdir().unwrap();
    let storage = filled(&dir.path().join("shop.db")).await;
    let findings = storage.check().await.unwrap();
    assert_eq!(findings.iter().find(|(_, finding)| finding.is_err()), None);

    let planted: Result<()> = storage
        .write(|tx| {
            tx.put_run(&sample::run(2, ONE, 77, RunState::Done))?;
            tx.put_client(TWO, &sample::client(1, "+441632960001", "grace@example.com"))?;
            let orphan = rulewright_domain::RunId(99);
            let message = sample::message(2, ONE, MessageState::Sent, NOW);
            tx.put_message(&rulewright_domain::Message { run: Some(orphan), ..message })
        })
        .await;
    planted.unwrap();
    let findings = storage.check().await.unwrap();
    let wrong = findings.iter().filter(|(_, finding)| finding.is_err());
    let wrong: Vec<&str> = wrong.map(|(name, _)| name.as_str()).collect();
    assert_eq!(wrong, ["runs and orders", "messages and runs", "shops"]);
    // Once the log says that the order was deleted, its runs are what is left of it.
    let deleted: Result<()> = storage
        .write(|tx| tx.append_event(&sample::event(9, ONE, sample::about(kind::ORDER_DELETED, 77))))
        .await;
    deleted.unwrap();
    let findings = storage.check().await.unwrap();
    let runs = findings.iter().find(|(name, _)| name == "runs and orders").unwrap();
    assert!(runs.1.is_ok(), "{runs:?}");
}

#[tokio::test]
async fn a_check_names_the_entry_of_the_audit_log_that_somebody_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let storage = filled(&path).await;
    let written: Result<()> = storage
        .write(|tx| {
            for shop in [ONE, TWO] {
                for name in ["price", "hours", "price"] {
                    let last = tx.last_audit(shop)?;
                    let deed = Deed::new("shop.changed", shop).with("fields", name);
                    tx.append_audit(shop, &Entry::after(last.as_ref(), NOW, Who::Host, deed))?;
                }
            }
            Ok(())
        })
        .await;
    written.unwrap();
    let finding = async || {
        let findings = storage.check().await.unwrap();
        findings.into_iter().find(|(name, _)| name == "audit log").unwrap().1
    };
    assert!(finding().await.is_ok_and(|told| told.starts_with("6 entries")));

    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "DROP TRIGGER audit_stays;
             UPDATE audit SET body = replace(body, 'hours', 'owner') WHERE shop = 2 AND number = 2",
        )
        .unwrap();
    let told = finding().await.unwrap_err();
    assert!(told.starts_with("entry 2 of shop_2"), "{told}");
    other
        .execute_batch(
            "UPDATE audit SET body = replace(body, 'owner', 'hours') WHERE shop = 2 AND number = 2;
             DROP TRIGGER audit_remains;
             DELETE FROM audit WHERE shop = 1 AND number = 1",
        )
        .unwrap();
    let told = finding().await.unwrap_err();
    assert!(told.starts_with("entry 2 of shop_1"), "what is gone shows too: {told}");
}

#[tokio::test]
async fn what_was_submitted_is_done_even_if_nobody_waits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let storage = open(&path);
    {
        let job = storage.submit(Box::new(|tx| tx.put_order(ONE, &sample::order(1)).is_ok()));
        let mut job = std::pin::pin!(job);
        // Polled once, then forgotten.
        let waited = std::future::poll_fn(|context| std::task::Poll::Ready(job.as_mut().poll(context)));
        let _ = waited.await;
    }
    drop(storage);
    let order: Result<_> = open(&path).read(|reads| reads.order(ONE, OrderId(1))).await;
    assert_eq!(order.unwrap().as_deref(), Some(&sample::order(1)));
}

#[tokio::test]
async fn the_last_reference_may_be_dropped_by_a_job() {
    let storage: Arc<dyn Storage> = Arc::new(Sqlite::temporary().unwrap());
    let last = Mutex::new(Some(storage.clone()));
    let (dropped, mut is_dropped) = tokio::sync::mpsc::unbounded_channel();
    let job = storage.submit(Box::new(move |_| {
        drop(last.lock().unwrap().take());
        dropped.send(()).is_ok()
    }));
    job.await.unwrap();
    is_dropped.recv().await.unwrap();
    let closed: Result<()> = storage.write(|_| Err(StorageError::Closed)).await;
    assert!(matches!(closed, Err(StorageError::Closed)));
}
