//! Logs that nobody reads.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{rulewright, server::Server};

/// At once, so that lines come faster than one after the other.
const TOGETHER: usize = 16;
/// Rounds of that: each request leaves a line at least, and some thousands fill the pipe and what may wait before it.
const ROUNDS: usize = 1_000;

async fn ask(server: &Server) {
    join_all((0..TOGETHER).map(|_| server.call(Method::GET, "/v1/orders?pipeline=orders", Value::Null)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_or_can_read_any_more_holds_up_nobody() {
    let home = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = rulewright();
    command.args(["serve", "--log", "trace"]).stderr(writer);
    let server = Server::of(&mut command, &home.path().join("data"));
    let mut lost = 0;
    for _ in 0..ROUNDS {
        ask(&server).await;
        lost = server.metric("rulewright_log_lines_dropped_total").await.unwrap();
        if lost > 0 {
            break;
        }
    }
    assert!(lost > 0, "the pipe is never full: this tests nothing");
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
