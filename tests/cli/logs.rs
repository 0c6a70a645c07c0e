//! Logs that nobody reads.

use std::{io::PipeReader, time::Duration};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(60);
/// At once, so that lines come faster than one after the other.
const TOGETHER: usize = 16;
/// Rounds of that: each request leaves a line at least, and some thousands fill the pipe and what may wait before it.
const ROUNDS: usize = 1_000;

async fn ask(server: &Server) {
    join_all((0..TOGETHER).map(|_| server.call(Method::GET, "/v1/orders?pipeline=orders", Value::Null)))
        .await;
}

/// A server whose log has no room for another line, and the end of the pipe that nobody reads.
async fn stuck(home: &tempfile::TempDir) -> (Server, PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = rulewright();
    command.args(["serve", "--log", "trace"]).stderr(writer);
    let server = Server::of(&mut command, &home.path().join("data"));
    for _ in 0..ROUNDS {
        ask(&server).await;
        if server.metric("rulewright_log_lines_dropped_total").await.unwrap() > 0 {
            return (server, reader);
        }
    }
    panic!("the pipe is never full: this tests nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_or_can_read_any_more_holds_up_nobody() {
    let home = tempfile::tempdir().unwrap();
    let (server, reader) = stuck(&home).await;
    // It goes on, whole.
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR" });
    let order = server.call(Method::POST, "/v1/orders", order).await["order"].as_str().unwrap().to_owned();
    ask(&server).await;
    // From now on whoever writes to it is told that nobody is there.
    drop(reader);
    ask(&server).await;
    let found = server.call(Method::GET, &format!("/v1/orders/{order}"), Value::Null).await;
    assert_eq!(found["id"], order.as_str(), "{found}");
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_nobody_reads_ends_when_it_is_told_to() {
    let home = tempfile::tempdir().unwrap();
    let (mut server, _reader) = stuck(&home).await;
    server.terminate();
    let ended = async {
        loop {
            match server.ended() {
                Some(status) => return status,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, ended).await.expect("it does not end").success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_tells_nobody_why_it_fails_ends_all_the_same() {
    let (_reader, writer) = std::io::pipe().unwrap();
    let writer = tokio::net::unix::pipe::Sender::from_owned_fd(writer.into()).unwrap();
    writer.writable().await.unwrap();
    while writer.try_write(&[b'\n'; 4096]).is_ok() {}

    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = tokio::process::Command::from(rulewright());
    command.arg("serve").arg("--data").arg(home.path()).stderr(writer.into_blocking_fd().unwrap());
    command.arg("--listen").arg(taken.local_addr().unwrap().to_string()).kill_on_drop(true);
    let status = tokio::time::timeout(PATIENCE, command.status()).await.expect("it does not end").unwrap();
    assert_eq!(status.code(), Some(5), "it cannot listen there");
}
