//! Secrets lie sealed in the data directory, and whoever has no key to them gets nowhere.

use std::{fs, path::Path};

use reqwest::Method;
use rulewright_ports::{StorageError, StorageExt};
use rulewright_storage::Sqlite;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

const SECRET: &str = "canary-of-the-key-2f8a";
const PLUGIN: &str = "rulewright.http-request";

async fn with_a_secret(data: &Path) {
    let server = Server::start(data);
    let path = format!("/v1/plugins/{PLUGIN}/secrets/first");
    server.call(Method::PUT, &path, json!({ "value": SECRET })).await;
    assert!(server.stop().success());
}

/// Whether the secret is there and opens.
fn opens(data: &Path) -> bool {
    let storage = Sqlite::open(data.join("rulewright.db"), Default::default()).unwrap();
    let secret: Result<_, StorageError> = storage.glance(|reads| {
        let shop = reads.shops()?.remove(0).id;
        reads.secret(shop, &PLUGIN.to_owned(), "first")
    });
    secret.unwrap().as_deref() == Some(SECRET.as_bytes())
}

/// How it ended, and what it said on stderr.
fn ended(arguments: &[&str], data: &Path, crash: Option<&str>) -> (Option<i32>, String) {
    let mut command = rulewright();
    // Where a system that keeps cores may leave them.
    command.current_dir(data).args(arguments).arg("--data").arg(data);
    if let Some(at) = crash {
        command.env("RULEWRIGHT_CRASH_AT", at);
    }
    let ended = command.output().unwrap();
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

fn key(data: &Path) -> String {
    fs::read_to_string(data.join("secret.key")).unwrap()
}

fn secrets_are_well(data: &Path) {
    let said = output(rulewright().args(["doctor", "--data"]).arg(data));
    assert!(said.contains("ok   secrets: "), "{said}");
    assert!(opens(data));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_key_to_its_secrets_does_not_start_and_says_which_it_needs() {
    let home = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (home.path().join("data"), home.path().join("elsewhere.key"));
    with_a_secret(&data).await;
    fs::rename(data.join("secret.key"), &elsewhere).unwrap();
    for wrong in [None, Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")] {
        if let Some(key) = wrong {
            fs::write(data.join("secret.key"), key).unwrap();
        }
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["token", "list"], &["key", "rotate"]] {
            let (code, said) = ended(arguments, &data, None);
            assert_eq!(code, Some(5), "{arguments:?}: {said}");
            let told = ["error[secret-key]", "sealed with key", "secret.key", "--key-file"];
            assert!(told.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
        }
        let doctor = rulewright().args(["doctor", "--data"]).arg(&data).output().unwrap();
        assert!(
            !doctor.status.success() && String::from_utf8_lossy(&doctor.stdout).contains("sealed with key")
        );
        assert_eq!(data.join("secret.key").exists(), wrong.is_some(), "and none is made that opens nothing");
    }
    let named = elsewhere.to_str().unwrap();
    assert!(Server::start_with(&data, &["--key-file", named]).stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_a_change_of_the_key_dies_the_secrets_open_and_it_can_be_done_again() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    with_a_secret(&data).await;
    let mut keys = vec![key(&data)];
    if cfg!(debug_assertions) {
        for point in ["key.before", "key.after"] {
            let (code, said) = ended(&["key", "rotate"], &data, Some(&format!("{point}:1")));
            assert_eq!(code, None, "{point}: it did not die: {said}");
            assert_eq!(key(&data).lines().count(), 2, "{point}: the old one and the new one");
            secrets_are_well(&data);
        }
    }
    let told: Value =
        serde_json::from_str(&output(rulewright().args(["key", "rotate", "--json", "--data"]).arg(&data)))
            .unwrap();
    assert_eq!(key(&data).lines().count(), 1);
    keys.push(key(&data));
    assert_ne!(keys[0], keys[1]);
    assert!(
        told["now"].is_string() && told["now"] != told["before"] && told["values"].as_u64() > Some(1),
        "{told}"
    );
    secrets_are_well(&data);
    assert!(Server::start(&data).stop().success());

    fs::write(data.join("secret.key"), &keys[0]).unwrap();
    let (code, said) = ended(&["token", "list"], &data, None);
    assert!(code == Some(5) && said.contains("error[secret-key]"), "the old one opens nothing: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_no_key_and_is_restored_with_the_one_of_its_time_and_with_no_other() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("copy.db"));
    with_a_secret(&data).await;
    let said = output(rulewright().arg("backup").arg(&file).arg("--data").arg(&data));
    assert!(said.contains("secret.key"), "what is kept apart: {said}");
    let before = output(rulewright().args(["key", "rotate", "--json", "--data"]).arg(&data));
    let before: Value = serde_json::from_str(&before).unwrap();

    let restore = |to: &Path, key: Option<&str>| {
        let mut command = rulewright();
        command.arg("restore").arg(&file).arg("--data").arg(to);
        if let Some(key) = key {
            command.args(["--key-file", key]);
        }
        command.output().unwrap()
    };
    let other = home.path().join("other");
    for key in [None, data.join("secret.key").to_str()] {
        let refused = restore(&other, key);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(3), "{said}");
        assert!(
            said.contains("error[secret-key]") && said.contains(before["before"].as_str().unwrap()),
            "{said}"
        );
        assert!(!other.exists(), "nothing is left of it");
    }
    fs::create_dir(&other).unwrap();
    fs::copy(before["before_file"].as_str().unwrap(), other.join("secret.key")).unwrap();
    let done = restore(&other, None);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    secrets_are_well(&other);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_lie_open_are_sealed_whenever_that_is_cut_off() {
    if !cfg!(debug_assertions) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (new, old) = (home.path().join("new"), home.path().join("old"));
    with_a_secret(&new).await;
    let storage = Sqlite::open(new.join("rulewright.db"), Default::default()).unwrap();
    let shops: Result<_, StorageError> = storage.glance(|reads| reads.shops());
    let shop = json!(shops.unwrap()[0]).to_string();
    drop(storage);
    // A database of an older program, whose rows lie open.
    fs::create_dir(&old).unwrap();
    let file = old.join("rulewright.db");
    {
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute_batch(include_str!("../../host/crates/storage/migrations/sqlite/0001_init.sql"))
            .unwrap();
        conn.pragma_update(None, "application_id", 0x5257_7274).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        conn.execute("INSERT INTO shops (id, config_version, body) VALUES (1, 1, ?1)", [shop]).unwrap();
        let secret = "INSERT INTO secrets (shop, plugin, name, value) VALUES (1, ?1, 'first', ?2)";
        conn.execute(secret, (PLUGIN, SECRET.as_bytes())).unwrap();
    }
    let shows = || {
        let files =
            fs::read_dir(&old).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let files: Vec<Vec<u8>> = files.map(|path| fs::read(path).unwrap()).collect();
        files.iter().any(|bytes| bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()))
    };
    assert!(shows(), "what is looked for can be found");
    for point in ["seal.before", "seal.after"] {
        let (code, said) = ended(&["token", "list"], &old, Some(&format!("{point}:1")));
        assert_eq!(code, None, "{point}: it did not die: {said}");
    }
    secrets_are_well(&old);
    assert!(!shows(), "nothing of it remains");
}
