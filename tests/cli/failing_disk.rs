//! A disk that fails: what it did not read or write is refused, and the server goes on; what it did not confirm ends
//! the server, and the next one has all that was answered. And one that is slow: who waits for it, waits together.
//!
//! The disk is real, and a library in front of libc makes it fail (`tests/fixtures/failing_disk.c`): SQLite and the
//! program notice no difference.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use futures::future::{join, join_all};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{full_disk::order, output, rulewright, server::Server};

/// Numbers of errors, as Linux has them.
const EIO: i32 = 5;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const ETIMEDOUT: i32 = 110;
const PATIENCE: Duration = Duration::from_secs(60);

struct Disk {
    library: PathBuf,
    control: PathBuf,
}

impl Disk {
    fn new(home: &Path) -> Disk {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/failing_disk.c");
        let library = home.join("failing_disk.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-o"]).arg(&library).arg(source).arg("-ldl");
        output(&mut compiler);
        Disk { library, control: home.join("fails") }
    }

    /// Of a program whose disk this is.
    fn under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("RULEWRIGHT_FAILING_DISK", &self.control);
    }

    /// From now on, on files whose names end so.
    fn fails(&self, operation: &str, end: &str, error: i32) {
        // Whole at once: it is read all the time.
        let draft = self.control.with_extension("draft");
        std::fs::write(&draft, format!("{operation} {end} {error}\n")).unwrap();
        std::fs::rename(draft, &self.control).unwrap();
    }

    /// From now on, each sync of such a file takes so much longer.
    fn is_slow(&self, end: &str, by: Duration) {
        self.fails("slow", end, i32::try_from(by.as_millis()).unwrap());
    }

    fn is_well(&self) {
        std::fs::remove_file(&self.control).unwrap();
    }

    fn serve(&self, data: &Path, log: &Path) -> Server {
        let mut command = rulewright();
        self.under(command.arg("serve").stderr(File::create(log).unwrap()));
        Server::of(&mut command, data)
    }
}

async fn asked(server: &Server, path: &str) -> (StatusCode, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.get(format!("{}{path}", server.url)).bearer_auth(&server.token);
    let answer = request.send().await.unwrap();
    let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn accepted(server: &Server, number: usize) -> String {
    let (status, answer) = order(server, &server.token, number).await;
    assert!(status.is_success(), "{status} {answer}");
    answer["order"].as_str().unwrap().to_owned()
}

fn orders(data: &Path) -> usize {
    let database = rusqlite::Connection::open(data.join("rulewright.db")).unwrap();
    let count: i64 = database.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    usize::try_from(count).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_ends_the_server_and_the_next_one_has_all_that_was_answered() {
    let home = tempfile::tempdir().unwrap();
    let (disk, data, log) = (Disk::new(home.path()), home.path().join("data"), home.path().join("log"));
    let server = disk.serve(&data, &log);
    let token = server.token.clone();
    let mut known = Vec::new();
    for number in 0..5 {
        known.push(accepted(&server, number).await);
    }
    disk.fails("sync", "-wal", EIO);
    let (status, answer) = order(&server, &token, 5).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    assert_eq!(answer["code"], "disk-failed", "{answer}");
    // By itself, and although the disk is well again: what was not synced then is not found out by one more sync.
    disk.is_well();
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert_eq!(ended.code(), Some(5), "{said}");
    assert!(said.contains("has not confirmed") && said.contains("\"code\":\"disk-failed\""), "{said}");

    let mut server = disk.serve(&data, &log);
    server.token = token.clone();
    for id in &known {
        let (status, found) = asked(&server, &format!("/v1/orders/{id}")).await;
        assert_eq!((status, &found["id"]), (StatusCode::OK, &json!(id)));
    }
    // Whether it was done, nobody could say then; now it is, once.
    known.push(accepted(&server, 5).await);
    assert!(server.stop().success());
    assert_eq!(orders(&data), known.len());
    output(rulewright().args(["doctor", "--data"]).arg(&data));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_does_not_write_is_refused_and_taken_once_it_does() {
    let home = tempfile::tempdir().unwrap();
    let (disk, data) = (Disk::new(home.path()), home.path().join("data"));
    let server = disk.serve(&data, &home.path().join("log"));
    let mut known = vec![accepted(&server, 0).await];
    for (number, (error, code)) in [(ENOSPC, "disk-full"), (EIO, "disk-failed")].into_iter().enumerate() {
        disk.fails("write", "-wal", error);
        let (status, answer) = order(&server, &server.token, number + 1).await;
        assert_eq!((status, &answer["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(code)), "{answer}");
        let (status, health) = asked(&server, "/healthz").await;
        assert_eq!((status, &health["troubles"]), (StatusCode::OK, &json!([code])), "{health}");
        let (status, found) = asked(&server, &format!("/v1/orders/{}", known[0])).await;
        assert_eq!((status, &found["id"]), (StatusCode::OK, &json!(known[0])));
        disk.is_well();
        let (status, answer) = order(&server, &server.token, number + 1).await;
        assert_eq!((status, &answer["duplicate"]), (StatusCode::CREATED, &json!(false)), "{answer}");
        known.push(answer["order"].as_str().unwrap().to_owned());
        server.until("/healthz", |health| health["troubles"].is_null(), PATIENCE).await;
    }
    assert!(server.stop().success());
    assert_eq!(orders(&data), known.len(), "what was refused has left nothing");
    output(rulewright().args(["doctor", "--data"]).arg(&data));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_slow_disk_those_who_wait_share_a_sync_and_reading_goes_on() {
    const CROWD: usize = 40;
    const SLOW: Duration = Duration::from_millis(400);
    let home = tempfile::tempdir().unwrap();
    let (disk, data) = (Disk::new(home.path()), home.path().join("data"));
    let server = disk.serve(&data, &home.path().join("log"));
    let first = accepted(&server, 0).await;
    disk.is_slow("-wal", SLOW);
    let began = Instant::now();
    let crowd = join_all((1..=CROWD).map(|number| accepted(&server, number)));
    let path = format!("/v1/orders/{first}");
    let (known, (status, _)) = join(crowd, asked(&server, &path)).await;
    let took = began.elapsed();
    assert_eq!(status, StatusCode::OK);
    assert!(took >= SLOW, "it was as quick as ever: {took:?}");
    assert!(took < SLOW * 20, "each of {CROWD} has had a sync of its own: {took:?}");
    disk.is_well();
    assert!(server.stop().success());
    assert_eq!(orders(&data), known.len() + 1);
}

/// SQLite calls a page damaged that the system has given up (EIO), and one that did not come for other reasons unread.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_the_disk_does_not_give_is_missed_by_who_asks_and_by_nobody_else() {
    let home = tempfile::tempdir().unwrap();
    let (disk, data, log) = (Disk::new(home.path()), home.path().join("data"), home.path().join("log"));
    let server = disk.serve(&data, &log);
    let token = server.token.clone();
    let mut known = Vec::new();
    for number in 0..6 {
        known.push(accepted(&server, number).await);
    }
    // Closed in peace, all of it is in the file, and a new start has read little of that.
    assert!(server.stop().success());
    let mut server = disk.serve(&data, &log);
    server.token = token;
    for (id, error, status, code) in [
        (&known[0], EIO, StatusCode::INTERNAL_SERVER_ERROR, "storage"),
        (&known[2], ETIMEDOUT, StatusCode::SERVICE_UNAVAILABLE, "disk-failed"),
    ] {
        let path = format!("/v1/orders/{id}");
        disk.fails("read", ".db", error);
        let (answered, problem) = asked(&server, &path).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{problem}");
        let (healthy, _) = asked(&server, "/healthz").await;
        assert_eq!(healthy, StatusCode::OK);
        disk.is_well();
        let (answered, found) = asked(&server, &path).await;
        assert_eq!((answered, &found["id"]), (StatusCode::OK, &json!(id)));
    }
    let next = server.call(Method::GET, "/v1/orders?limit=10", Value::Null).await;
    assert_eq!(next["items"].as_array().unwrap().len(), known.len());
    assert!(server.stop().success());
}

#[test]
fn data_that_may_only_be_read_is_refused_at_the_start_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let (disk, data) = (Disk::new(home.path()), home.path().join("data"));
    drop(Server::start(&data));
    for error in [EROFS, EACCES] {
        disk.fails("open", "rulewright.db", error);
        let mut command = rulewright();
        disk.under(command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data));
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(5), "{said}");
        assert!(said.contains("error[not-writable]") && said.contains("rulewright.db"), "{said}");
        assert!(said.contains("let the user that runs this write"), "{said}");
    }
    disk.is_well();
    assert!(Server::start(&data).stop().success());
}
