//! A server that may open no more files.

use std::{net::TcpStream, process::Command, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{clean, server::Server};

/// Files that it may open beyond those that it has.
const LEFT: usize = 8;
/// Connections that somebody opens and says nothing on.
const SILENT: usize = 40;
const PATIENCE: Duration = Duration::from_secs(60);

fn open_files(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count()
}

/// Soft and hard limit.
fn files_allowed(server: &Server) -> [u64; 2] {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut numbers = files.split_whitespace().map(|number| number.parse().unwrap_or(u64::MAX));
    [numbers.next().unwrap(), numbers.next().unwrap()]
}

#[test]
fn a_server_asks_for_the_files_of_its_connections_and_for_those_of_its_work() {
    let home = tempfile::tempdir().unwrap();
    let mut command = clean(Command::new("sh"));
    let program = env!("CARGO_BIN_EXE_rulewright");
    command.args(["-c", "ulimit -Sn 256 && exec \"$0\" \"$@\"", program, "serve"]);
    let server = Server::of(&mut command, &home.path().join("data"));
    let [soft, hard] = files_allowed(&server);
    assert_eq!(soft, hard.min(1024 + 1024));
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_file_handles_goes_on_once_it_has_some() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&home.path().join("data"));
    let order = |number: &str| json!({ "pipeline": "orders", "number": number, "currency": "EUR" });
    let first = server.call(Method::POST, "/v1/orders", order("1001")).await;
    let limit = open_files(&server) + LEFT;
    let limited = Command::new("prlimit")
        .args([format!("--nofile={limit}:{limit}"), format!("--pid={}", server.id())])
        .status();
    assert!(limited.unwrap().success());
    let address = server.url.trim_start_matches("http://").to_owned();
    let silent: Vec<TcpStream> = (0..SILENT).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let end = std::time::Instant::now() + PATIENCE;
    while open_files(&server) < limit {
        assert!(std::time::Instant::now() < end, "it never ran out of them");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Nobody is let in now, and nobody is thrown out: whoever asks waits.
    drop(silent);
    let found = server
        .call(Method::GET, &format!("/v1/orders/{}", first["order"].as_str().unwrap()), Value::Null)
        .await;
    assert_eq!(found["id"], first["order"], "{found}");
    let second = server.call(Method::POST, "/v1/orders", order("1002")).await;
    assert!(second["order"].is_string(), "{second}");
    assert!(server.stop().success());
}
