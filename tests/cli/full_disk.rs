//! Without room for a file to grow: nothing more is accepted, everything can be read, and it goes on by itself once
//! there is room.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{clean, output, rulewright, server::Server};

/// A limit of the system: SQLite is told that writing failed, as where a quota is used up. What a full disk is told:
/// `failing_disk.rs`. Blocks that a file may have, of 512 bytes or of 1,024, as the shell has it: the log of some
/// dozen orders. Whoever writes more is told so, as on a full disk, and not killed.
const FULL: &str = "trap '' XFSZ; ulimit -S -f 4096; exec \"$0\" \"$@\"";
/// More than fit.
const ORDERS: usize = 2_000;

pub async fn order(server: &Server, token: &str, number: usize) -> (StatusCode, Value) {
    let order = json!({ "pipeline": "orders", "number": number.to_string(), "currency": "EUR",
        "comments": "x".repeat(8_000) });
    let request = reqwest::Client::builder().build().unwrap().post(format!("{}/v1/orders", server.url));
    let request = request.bearer_auth(token).header("idempotency-key", format!("order-{number}"));
    let answer =
        request.header("content-type", "application/json").body(order.to_string()).send().await.unwrap();
    let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn on_a_full_disk_nothing_more_is_accepted_and_it_goes_on_by_itself_once_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = Server::start(&data);
    let token = server.token.clone();
    assert!(server.stop().success());
    let database = || rusqlite::Connection::open(data.join("rulewright.db")).unwrap();
    // The log begins anew.
    database().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();

    let mut full = clean(Command::new("sh"));
    full.args(["-c", FULL, env!("CARGO_BIN_EXE_rulewright"), "serve"]);
    let mut server = Server::of(&mut full, &data);
    server.token = token.clone();
    let mut accepted = Vec::new();
    let mut refused = None;
    for number in 0..ORDERS {
        let (status, answer) = order(&server, &token, number).await;
        if status != StatusCode::CREATED {
            refused = Some((number, status, answer));
            break;
        }
        accepted.push(answer["order"].as_str().unwrap().to_owned());
    }
    let (number, status, answer) = refused.expect("there was room for everything");
    assert!(!accepted.is_empty(), "there was no room for anything: {answer}");
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("disk-failed")),
        "{answer}"
    );
    let (status, _) = order(&server, &token, number).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    for id in [accepted.first(), accepted.last()].into_iter().flatten() {
        let found = server.call(Method::GET, &format!("/v1/orders/{id}"), Value::Null).await;
        assert!(found["id"] == id.as_str(), "what was accepted can be read: {found}");
    }

    let room =
        Command::new("prlimit").args(["--fsize=unlimited", "--pid", &server.id().to_string()]).status();
    assert!(room.unwrap().success());
    let (status, answer) = order(&server, &token, number).await;
    assert_eq!((status, &answer["duplicate"]), (StatusCode::CREATED, &json!(false)), "{answer}");
    accepted.push(answer["order"].as_str().unwrap().to_owned());
    assert!(server.stop().success());
    let orders: i64 = database().query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(orders as usize, accepted.len(), "what was refused has left nothing");
    output(rulewright().args(["doctor", "--data"]).arg(&data));
}
