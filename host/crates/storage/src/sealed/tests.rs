use std::path::{Path, PathBuf};

use rulewright_domain::{
    Automation, InstalledRecipe, MailServer, MailTls, Mailbox, Manifest, OrderKind, Package, Passwords,
    RunId, RunState, Shop, ShopConfig, StepTrace, Workflow,
};
use rulewright_ports::{
    Storage, StorageExt, Transaction,
    storage::{PutRecords, Stages},
};
use tempfile::TempDir;

use super::*;
use crate::{
    Durability, Options, Sqlite,
    conformance::sample::{self, NOW, ONE},
    rotate,
};

const CANARY: &str = "canary-5d1f";
const DIGEST: &str = "0123456789abcdef";

fn options() -> Options {
    Options { durability: Durability::Process, readers: 1, ..Options::default() }
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, options()).unwrap()
}

/// A value in each of the columns, with the canary in it.
fn fill(tx: &mut dyn Transaction) -> Result<()> {
    let hook_keys = [("erp".to_owned(), CANARY.to_owned())].into();
    tx.put_shop(&Shop { hook_keys, ..sample::shop(ONE) })?;
    tx.put_pipeline(ONE, &sample::pipeline("sales"))?;
    let stages = sample::stages(CANARY);
    let rules = stages.values().flat_map(|stage| stage.rules.clone()).collect();
    tx.put_draft(ONE, &"sales".into(), &stages)?;
    tx.publish(ONE, &Automation { stages: stages.clone(), ..sample::automation("sales", 1) })?;
    tx.put_recipe(ONE, &InstalledRecipe { parts: stages, ..sample::recipe("sales", 1) })?;
    tx.publish_workflow(
        ONE,
        &Workflow {
            name: "approval".into(),
            title: "Approval".into(),
            revision: 1,
            published: NOW,
            kind: OrderKind::Order,
            parameters: Vec::new(),
            rules,
        },
    )?;
    tx.put_connection(
        ONE,
        &rulewright_domain::Connection {
            id: "main".into(),
            title: "SMS".into(),
            plugin: "acme.sms".into(),
            settings: json!({ "token": CANARY }),
            lines: Vec::new(),
            default_for: Default::default(),
            open_channel: None,
            enabled: true,
            code: "c0de".into(),
        },
    )?;
    tx.put_connection_secret(ONE, "main", "token", Some(CANARY.as_bytes()))?;
    tx.put_secret(ONE, &"acme.sms".into(), "token", Some(CANARY.as_bytes()))?;
    let smtp = MailServer { host: "mail.shop.example".into(), port: 465, tls: MailTls::Implicit, user: None };
    let address = "sales@shop.example".into();
    let mailbox =
        Mailbox { id: "sales".into(), address, name: String::new(), smtp, imap: None, default: true };
    let passwords = Passwords { smtp: Some(CANARY.into()), imap: Some(CANARY.into()) };
    tx.put_mailbox(ONE, &mailbox, &passwords)?;
    tx.put_record(ONE, &Subscription { description: CANARY.into(), ..sample::subscription(1) })
}

async fn filled() -> (TempDir, PathBuf, Sqlite) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let storage = open(&path);
    let filled: Result<()> = storage.write(fill).await;
    filled.unwrap();
    (dir, path, storage)
}

#[derive(Debug, PartialEq)]
struct Seen {
    config: Option<ShopConfig>,
    draft: (u64, Stages),
    passwords: Passwords,
    secrets: [Option<Vec<u8>>; 2],
}

async fn seen(storage: &Sqlite) -> Seen {
    let seen: Result<Seen> = storage
        .read(|reads| {
            Ok(Seen {
                config: reads.config(ONE)?,
                draft: reads.draft(ONE, &"sales".into())?,
                passwords: reads.mailbox_passwords(ONE, "sales")?,
                secrets: [
                    reads.secret(ONE, &"acme.sms".into(), "token")?,
                    reads.connection_secret(ONE, "main", "token")?,
                ],
            })
        })
        .await;
    seen.unwrap()
}

/// Whether any file of the database has the canary in it.
fn shows(dir: &TempDir) -> bool {
    let files =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()))
}

/// As a program left it that sealed nothing.
fn unseal(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let key = key_file::read(&key_file::beside(path)).unwrap().unwrap().pop().unwrap();
    let opened = each(&conn, |place, sealed| {
        let plain = key.open(place, sealed).map_err(|error| corrupt("secret", error))?;
        Ok(Some(String::from_utf8(plain).unwrap()))
    });
    assert_eq!(opened.unwrap(), COLUMNS.len() as u64, "each column has a value");
    conn.execute("DELETE FROM seal", []).unwrap();
    std::fs::remove_file(key_file::beside(path)).unwrap();
}

#[tokio::test]
async fn what_is_secret_stands_in_no_file_nor_backup_and_is_there_after_a_restart() {
    let (dir, path, storage) = filled().await;
    let before = seen(&storage).await;
    assert!(before.secrets.iter().all(|secret| secret.as_deref() == Some(CANARY.as_bytes())));
    assert_eq!(before.passwords.imap.as_deref(), Some(CANARY));
    storage.backup(&dir.path().join("copy.db")).await.unwrap();
    assert!(dir.path().join("shop.db-wal").exists() && !shows(&dir));
    drop(storage);
    assert!(!shows(&dir));
    assert_eq!(seen(&open(&path)).await, before);
}

#[tokio::test]
async fn what_lay_there_as_it_was_is_sealed_at_the_next_start_and_nothing_of_it_remains() {
    let (dir, path, storage) = filled().await;
    let before = seen(&storage).await;
    let traced: Result<()> = storage
        .write(|tx| {
            let package = sample::package(DIGEST);
            let settings = json!({ "properties": { "key": { "writeOnly": true } } });
            let manifest = Manifest { settings, ..package.manifest };
            tx.put_package(&Package { manifest, ..package }, b"component")?;
            let told = json!({ "key": CANARY, "text": "Dear Ada" }).to_string();
            let step = json!({
                "step": 0, "attempt": 0, "at": NOW, "now": NOW, "wake": { "type": "started" },
                "order_revision": 1, "settings": told, "result": "done",
            });
            let trace: Vec<StepTrace> = serde_json::from_value(json!([step])).unwrap();
            let run = sample::run(1, ONE, 1, RunState::Done);
            tx.put_run(&Run { digest: DIGEST.into(), trace, ..run })
        })
        .await;
    traced.unwrap();
    drop(storage);
    unseal(&path);
    assert!(shows(&dir), "what is looked for can be found");

    let storage = open(&path);
    assert!(!shows(&dir));
    assert_eq!(seen(&storage).await, before);
    let run: Result<Option<Run>> = storage.read(|reads| reads.run(ONE, RunId(1))).await;
    let told = run.unwrap().unwrap().trace.pop().unwrap().settings.unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, json!({ "key": "•••", "text": "Dear Ada" }));
    let secrets = storage.check().await.unwrap().pop().unwrap();
    assert!(secrets.0 == "secrets" && secrets.1.is_ok_and(|told| told.starts_with("11 values")));
}

#[tokio::test]
async fn with_another_key_all_is_as_before_and_the_one_from_before_opens_nothing() {
    let (_dir, path, storage) = filled().await;
    let before = seen(&storage).await;
    assert!(rotate::rotate(&path, &options()).is_err(), "somebody has it open");
    drop(storage);
    let file = key_file::beside(&path);
    let old = std::fs::read(&file).unwrap();
    let done = rotate::rotate(&path, &options()).unwrap();
    assert_eq!(done.values, COLUMNS.len() as u64);
    assert_eq!(std::fs::read(&done.kept).unwrap(), old, "for backups from before");
    assert_ne!(std::fs::read(&file).unwrap(), old);
    assert_eq!(seen(&open(&path)).await, before);

    std::fs::write(&file, old).unwrap();
    let refused = Sqlite::open(&path, options()).err().unwrap();
    let told = refused.to_string();
    assert!(refused.code() == "secret-key" && told.contains(&done.now) && told.contains("another"), "{told}");
    std::fs::remove_file(&file).unwrap();
    let refused = Sqlite::open(&path, options()).err().unwrap();
    assert!(refused.code() == "secret-key" && refused.to_string().contains("there is no"), "{refused}");
    assert!(!file.exists(), "and none is made that opens nothing");
}

#[tokio::test]
async fn a_secret_that_somebody_has_put_elsewhere_is_not_taken_for_one_and_a_check_names_it() {
    let (_dir, path, storage) = filled().await;
    let moved = "UPDATE secrets SET value = (SELECT value FROM connection_secrets)";
    Connection::open(&path).unwrap().execute(moved, []).unwrap();
    let secret: Result<_> = storage.read(|reads| reads.secret(ONE, &"acme.sms".into(), "token")).await;
    assert!(matches!(secret, Err(StorageError::Corrupt { .. })), "{secret:?}");
    let (name, finding) = storage.check().await.unwrap().pop().unwrap();
    assert!(
        name == "secrets" && finding.as_ref().is_err_and(|told| told.contains("acme.sms")),
        "{finding:?}"
    );
}
