//! What whoever runs a server relies on: a backup that was taken while orders moved is a shop again, and a server that is
//! told to stop finishes what it has in hand.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    output, rulewright,
    server::{Server, bring_key},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Orders that are there before the backup begins.
const BEFORE: usize = 25;

fn order(number: usize) -> Value {
    json!({ "pipeline": "orders", "number": number.to_string(), "currency": "EUR" })
}

/// Numbers of the orders that the file holds, in the order in which they came; read without the program.
fn numbers(database: &Path) -> Vec<usize> {
    let file = Connection::open(database).unwrap();
    let mut read = file.prepare("SELECT number FROM orders ORDER BY id").unwrap();
    let rows = read.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|number| number.unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_orders_move_is_a_shop_with_all_that_was_committed_before() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("copy.db"));
    let server = Arc::new(Server::start(&data));
    let token = server.token.clone();
    let (acknowledged, enough) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let (writes, list, stop) = (server.clone(), acknowledged.clone(), enough.clone());
    let writer = tokio::spawn(async move {
        // One after the other, so that what is in a copy must be a beginning of it.
        for number in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let made = writes.call(Method::POST, "/v1/orders", order(number)).await;
            let path = format!("/v1/orders/{}/stage", made["order"].as_str().unwrap());
            writes.call(Method::POST, &path, json!({ "stage": "paid" })).await;
            list.lock().unwrap().push(number);
        }
    });
    let count = || acknowledged.lock().unwrap().len();
    let end = Instant::now() + PATIENCE;
    while count() < BEFORE {
        assert!(Instant::now() < end, "only {} orders within {PATIENCE:?}", count());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = count();
    let (source, copy) = (data.clone(), file.clone());
    let backup = move || output(rulewright().arg("backup").arg(copy).arg("--data").arg(source));
    tokio::task::spawn_blocking(backup).await.unwrap();
    // It went on meanwhile, and goes on.
    let after = count();
    while count() <= after {
        assert!(Instant::now() < end, "the writer stands still after the backup");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    enough.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    drop(server);

    let other = home.path().join("other");
    bring_key(&data, &other);
    output(rulewright().arg("restore").arg(&file).arg("--data").arg(&other));
    let restored = numbers(&other.join("rulewright.db"));
    assert!(restored.len() >= before, "{} of {before} orders that were there before", restored.len());
    assert_eq!(restored, (0..restored.len()).collect::<Vec<_>>(), "it is no beginning of what was committed");
    let opened = Connection::open(other.join("rulewright.db")).unwrap();
    let sound: String = opened.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");

    drop(opened);

    let mut again = Server::start(&other);
    again.token = token;
    let newest = again.call(Method::GET, "/v1/orders?limit=1", Value::Null).await;
    assert!(newest["items"][0]["id"].is_string(), "{newest}");
    again.call(Method::POST, "/v1/orders", order(restored.len())).await;
    assert_eq!(numbers(&other.join("rulewright.db")).len(), restored.len() + 1, "it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_backs_up_by_itself_and_keeps_as_many_as_it_was_told() {
    let home = tempfile::tempdir().unwrap();
    let (data, to) = (home.path().join("data"), home.path().join("backups"));
    let folder = to.to_str().unwrap();
    let server =
        Server::start_with(&data, &["--backup-to", folder, "--backup-every", "1s", "--backup-keep", "2"]);
    let end = Instant::now() + PATIENCE;
    while server.metric("rulewright_backups_total{result=\"done\"}").await.unwrap() < 4 {
        assert!(Instant::now() < end, "there are fewer within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.call(Method::GET, "/healthz", Value::Null).await["troubles"], Value::Null);
    assert!(server.stop().success());
    let mut kept: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.sort();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let other = home.path().join("other");
    bring_key(&data, &other);
    output(rulewright().arg("restore").arg(&kept[1]).arg("--data").arg(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_is_told_where_somebody_looks() {
    let home = tempfile::tempdir().unwrap();
    let to = home.path().join("backups");
    fs::write(&to, "a file where the folder should be").unwrap();
    let server = Server::start_with(&home.path().join("data"), &["--backup-to", to.to_str().unwrap()]);
    let failed = |health: &Value| health["troubles"] == json!(["backup-failed"]);
    let health = server.until("/healthz", failed, PATIENCE).await;
    assert_eq!(health["status"], "ok", "it serves all the same");
    assert_eq!(server.metric("rulewright_backups_total{result=\"failed\"}").await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_answers_what_it_has_taken_and_takes_no_more() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    // On a busy machine more than a few seconds go by from the signal to the body.
    let server = Server::of(rulewright().arg("serve").env("RULEWRIGHT_GRACE", "60"), &data);
    let (token, body) = (server.token.clone(), order(7).to_string());
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut request = TcpStream::connect(&address).unwrap();
    request.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    request.write_all(head.as_bytes()).unwrap();
    let mut answer = BufReader::new(request.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "it waits for the body: {line}");
    answer.read_line(&mut line).unwrap();

    server.terminate();
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < end, "new connections are taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    request.write_all(body.as_bytes()).unwrap();
    let mut told = String::new();
    answer.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 201"), "{told}");
    let ended = server.wait();
    assert!(ended.success(), "{ended}");

    assert_eq!(numbers(&data.join("rulewright.db")), [7]);
    let left = Connection::open(data.join("rulewright.db")).unwrap();
    let half = "SELECT (SELECT count(*) FROM outbox WHERE state = 'sending') + (SELECT count(*) FROM runs WHERE state = 'running')";
    assert_eq!(left.query_row(half, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "nothing is half done");
}
