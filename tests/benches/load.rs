//! Durable runs a second, end to end: orders come in over HTTP, each starts one sandboxed rule, or three, and every run is
//! committed with full sync. Beside it, in the same rounds: bare axum parsing the same JSON, and the group commit of
//! SQLite on the same disk.
//!
//! `cargo bench --workspace --bench load [-- ROUNDS] [in-process]`. The load comes from this process, so it has its part of
//! the same processors. Guests run in processes of their own, or, where that is said, in the server's.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a tool for developers")]

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

#[allow(dead_code, reason = "each benchmark uses a part")]
mod program;
use program::{Server, UNLIMITED};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 20_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if std::env::args().any(|argument| argument == "axum") {
        return axum_alone();
    }
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let guests =
        if std::env::args().any(|argument| argument == "in-process") { "in-process" } else { "processes" };
    let server = Server::start_with(&folder.path().join("shop"), None, UNLIMITED, &["--guests", guests]);
    println!("guests: {guests}");
    let bare = Bare::start();
    let to = |url: &str| url.trim_start_matches("http://").parse::<SocketAddr>().unwrap();
    let (ours, axum) = (to(&server.url), to(&bare.url));
    let request = request(server.token());
    for rules in [1, 3] {
        let log = |number: u64| {
            json!({ "id": format!("log-{number}"), "name": "Log", "plugin": "rulewright.write-to-log",
                "settings": { "text": "{{ order.number }} came in" } })
        };
        server.publish(&(0..rules).map(log).collect::<Vec<_>>()).await;
        // Code, caches and files warm up.
        load(ours, &request, REQUESTS / 4).await;
        load(axum, &request, REQUESTS / 4).await;

        let mut found: [Vec<f64>; 4] = Default::default();
        for round in 1..=rounds {
            let floor = group_commit(&folder.path().join(format!("floor-{rules}-{round}.db")));
            let parsed = load(axum, &request, REQUESTS).await;
            settle(&server).await;
            let before = server.runs(Some("done")).await;
            let begun = Instant::now();
            let accepted = load(ours, &request, REQUESTS).await;
            settle(&server).await;
            let took = begun.elapsed();
            let done = server.runs(Some("done")).await - before;
            assert_eq!(done, REQUESTS as u64 * rules, "every order accepted has its runs");
            let runs = done as f64 / took.as_secs_f64();
            let (rate, mut waits) = accepted;
            waits.sort_unstable();
            let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
            println!(
                "rules {rules}, round {round}: axum {:.0}/s, group commit {floor:.0}/s, \
                 orders accepted {rate:.0}/s (p50 {:.1} ms, p99 {:.1} ms), runs done {runs:.0}/s",
                parsed.0,
                at(0.5),
                at(0.99)
            );
            for (all, one) in found.iter_mut().zip([runs, runs / parsed.0, runs / floor, rate]) {
                all.push(one);
            }
        }
        let [runs, of_axum, of_floor, accepted] = found.map(median);
        println!("rules {rules}: accepted {accepted:.0} orders/s, done {runs:.0} durable runs/s");
        println!("rules {rules}: durable runs / bare axum {:.1} %", of_axum * 100.0);
        println!("rules {rules}: durable runs / group commit of SQLite {:.1} %", of_floor * 100.0);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Nothing is ready or running any more.
async fn settle(server: &Server) {
    while server.runs(Some("ready")).await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn order() -> String {
    let line = |number: u32| {
        json!({ "sku": format!("8512{number}A"), "title": "WHITE HANGING HEART T-LIGHT HOLDER",
            "quantity": "6", "unit_price": { "amount": "2.55", "currency": "GBP" } })
    };
    json!({ "pipeline": "orders", "title": "Order of a gift shop", "currency": "GBP", "source": "shop",
        "lines": (1..=5).map(line).collect::<Vec<_>>(), "tags": ["uk", "gift"],
        "fields": { "delivery-date": "2010-12-03", "channel": "web", "points": 76, "vip": false } })
    .to_string()
}

fn request(token: &str) -> String {
    let body = order();
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A closed loop on each connection. Returns requests a second, and how long each took.
async fn load(address: SocketAddr, request: &str, count: usize) -> (f64, Vec<Duration>) {
    let left = Arc::new(AtomicUsize::new(count));
    let begun = Instant::now();
    let callers = (0..CONNECTIONS).map(|_| caller(address, request.to_owned(), left.clone()));
    let waits = futures::future::join_all(callers).await.concat();
    (count as f64 / begun.elapsed().as_secs_f64(), waits)
}

async fn caller(address: SocketAddr, request: String, left: Arc<AtomicUsize>) -> Vec<Duration> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut waits = Vec::new();
    let (mut line, mut body) = (String::new(), Vec::new());
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut status, mut length) = (String::new(), 0);
        loop {
            line.clear();
            stream.read_line(&mut line).await.unwrap();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            } else if status.is_empty() {
                status.clone_from(&line);
            } else if line == "\r\n" {
                break;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body).await.unwrap();
        assert!(status.contains(" 20"), "{status}{}", String::from_utf8_lossy(&body));
        waits.push(begun.elapsed());
    }
    waits
}

/// What the order's JSON is parsed into where nothing else is done with it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed, and not used")]
struct Order {
    pipeline: String,
    title: String,
    currency: String,
    source: String,
    lines: Vec<Line>,
    tags: Vec<String>,
    fields: std::collections::BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed, and not used")]
struct Line {
    sku: String,
    title: String,
    quantity: String,
    unit_price: Price,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed, and not used")]
struct Price {
    amount: String,
    currency: String,
}

/// In a process of its own, as the program is.
struct Bare {
    child: Child,
    url: String,
}

impl Bare {
    fn start() -> Bare {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("axum")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut url)
            .unwrap();
        Bare { child, url: url.trim().to_owned() }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn axum_alone() {
    async fn take(axum::Json(order): axum::Json<Order>) -> axum::Json<serde_json::Value> {
        axum::Json(json!({ "order": order.title, "lines": order.lines.len() }))
    }
    // A thread of its own: the one that asks is busy in a runtime already.
    let serving = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            println!("{}", listener.local_addr().unwrap());
            let router = axum::Router::new().route("/v1/orders", axum::routing::post(take));
            axum::serve(listener, router).await.unwrap();
        });
    });
    serving.join().unwrap();
}

/// Runs a second when 64 callers hand an event, a run and an effect each to one writer, which commits whatever
/// waits as one transaction with full sync.
fn group_commit(file: &Path) -> f64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE run (id INTEGER PRIMARY KEY, \
             event INTEGER, state TEXT); CREATE TABLE effect (id INTEGER PRIMARY KEY, run INTEGER, body TEXT)",
        )
        .unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
    let body = order();
    let writer = std::thread::spawn(move || {
        while let Ok(first) = receiver.recv() {
            let group: Vec<_> = std::iter::once(first).chain(receiver.try_iter()).collect();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            for _ in &group {
                let insert = |sql, values: &[&dyn rusqlite::ToSql]| {
                    connection.prepare_cached(sql).unwrap().execute(values).unwrap();
                    connection.last_insert_rowid()
                };
                let event = insert("INSERT INTO event (body) VALUES (?)", &[&body]);
                let run = insert("INSERT INTO run (event, state) VALUES (?, 'done')", &[&event]);
                insert("INSERT INTO effect (run, body) VALUES (?, ?)", &[&run, &"written to the log"]);
            }
            connection.execute_batch("COMMIT").unwrap();
            for waiting in group {
                let _ = waiting.send(());
            }
        }
    });
    let left = AtomicUsize::new(REQUESTS);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            let (sender, left) = (sender.clone(), &left);
            scope.spawn(move || {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    let (done, wait) = std::sync::mpsc::channel();
                    sender.send(done).unwrap();
                    wait.recv().unwrap();
                }
            });
        }
    });
    let rate = REQUESTS as f64 / begun.elapsed().as_secs_f64();
    drop(sender);
    writer.join().unwrap();
    rate
}
