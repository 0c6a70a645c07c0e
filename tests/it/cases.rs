//! Cases of the list of abuse and faults (docs/reliability.md) that no other file is about.

use std::net::SocketAddr;

use futures::future::join_all;
use rulewright_domain::{OrderId, Run, RunState, Scope, hook};
use rulewright_ports::Clock;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    gateway::Api,
    programs,
    rows_case::{Case, set},
    rows_triggers,
    support::{TestShop, rule},
};

/// The address of the webhook about the order of the case, and who may call it.
async fn hook_of(case: &Case) -> (Api, String, String) {
    let token = rows_triggers::Api::token(&case.shop, Scope::EventsWrite).await;
    let path = format!("/v1/hooks/erp?order={}", case.order);
    (Api::of(&case.shop).await, path, format!("Bearer {token}"))
}

async fn received(case: &Case) -> usize {
    let events = case.shop.events(case.order).await;
    events.iter().filter(|event| event.what.kind == "webhook.received").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn d17_a_call_that_comes_many_times_at_once_is_one_event() {
    let case = Case::of("webhook", json!({ "code": "erp" })).await;
    let (api, path, token) = hook_of(&case).await;
    let headers = [("authorization", token.as_str()), ("webhook-id", "msg_1")];
    let calls = (0..40).map(|_| api.post(&path, &headers, "paid".to_owned()));
    let mut first = 0;
    let mut told = Vec::new();
    for (status, answer) in join_all(calls).await {
        assert!([200, 202].contains(&status), "{status} {answer}");
        first += usize::from(status == 202);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        told.push(answer["events"].clone());
    }
    told.dedup();
    assert_eq!((first, told.len()), (1, 1), "whoever comes later is told of the first: {told:?}");
    case.shop.engine.idle().await;
    assert_eq!(received(&case).await, 1);
    assert_eq!(case.story().await, "packing: moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn d19_the_very_bytes_are_signed_and_a_blank_more_is_another_call() {
    let case = Case::of("webhook", json!({ "code": "erp" })).await;
    let key = case.shop.engine.make_hook_key(case.shop.id, "erp".to_owned()).await.unwrap();
    let (api, path, token) = hook_of(&case).await;
    let at = (case.shop.clock.now().0 / 1000).to_string();
    let body = r#"{"paid":true}"#;
    let signature = hook::sign(&key, "msg_1", &at, body.as_bytes()).unwrap();
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", at.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    // What means the same in JSON is not what was signed.
    for (sent, expected, events) in
        [(r#"{"paid": true}"#, 403, 0), ("{\"paid\":true}\n", 403, 0), (body, 202, 1)]
    {
        let (status, answer) = api.post(&path, &headers, sent.to_owned()).await;
        assert_eq!((status, received(&case).await), (expected, events), "{sent}: {answer}");
    }
}

/// What comes back until the connection is closed.
#[allow(clippy::disallowed_methods, reason = "a server of this test")]
async fn answered(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn d23_a_request_whose_length_can_be_read_in_two_ways_is_refused() {
    let shop = TestShop::with(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = shop.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (head, expected) in [
        ("Content-Length: 5", 401),
        ("Content-Length: 5\r\nContent-Length: 6", 400),
        ("Content-Length: +5", 400),
        ("Content-Length : 5", 400),
        ("Transfer-Encoding: chunked, identity", 400),
        ("Transfer-Encoding: identity\r\nContent-Length: 5", 400),
    ] {
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n{head}\r\n\r\nhello"
        );
        let answer = answered(address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{head}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e08_a_condition_is_asked_when_a_run_begins_and_not_again_when_it_wakes() {
    let shop = TestShop::with(&[programs::WAITS]).await;
    let mut waits = rule("waits", "test.waits", json!({ "amount": 60_000 }));
    waits["condition"] = json!({ "field": "order.fields.colour", "operator": "equals", "value": "red" });
    shop.publish(json!({ "paid": { "rules": [waits] } })).await;
    let order = shop.order().await;
    shop.change(order, set(&[("colour", "red")])).await.unwrap();
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["waits waiting"]);
    shop.change(order, set(&[("colour", "blue")])).await.unwrap();
    shop.pass(60).await;
    let run = shop.run(order).await;
    assert_eq!(run.state, RunState::Done);
    let asked: Vec<bool> = run.trace.iter().map(|step| step.condition.is_some()).collect();
    assert_eq!(asked, [true, false], "the trace tells when it was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn f05_what_never_gets_on_is_given_up_after_five_tries_and_a_trap_after_one() {
    let guests = [programs::RETRIES, programs::TRAPS_AFTER_STAGING, programs::COUNTS];
    let shop = TestShop::with(&guests).await;
    let again = rule("again", "test.retries", json!({ "amount": 100 }));
    shop.publish(json!({
        "paid": { "rules": [again, rule("counts", "test.counts", json!({}))] },
        "packing": { "rules": [rule("traps", "test.traps-after-staging", json!({}))] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["again scheduled", "counts done"], "it holds up nobody");
    shop.pass(3_600).await;
    let run = shop.runs(order).await.remove(0);
    let RunState::Failed { message, .. } = &run.state else { panic!("{:?}", run.state) };
    assert!(message.contains("given up after 5 tries"), "{message}");
    assert!(shop.comments(order).await.is_empty(), "no try has left anything");

    let trapped = shop.order().await;
    shop.enter(trapped, "packing").await;
    shop.pass(3_600).await;
    let run = shop.run(trapped).await;
    assert_eq!((run.state.name(), run.trace.len()), ("failed", 1), "it would trap again: {:?}", run.trace);
}

#[tokio::test(flavor = "multi_thread")]
async fn f28_a_run_that_goes_on_waiting_ends_after_a_thousand_steps_and_keeps_the_last_of_them() {
    let shop = TestShop::with(&[programs::WAITS_ON]).await;
    let waits = rule("waits", "test.waits-on", json!({ "text": "call.incoming" }));
    shop.publish(json!({ "paid": { "rules": [waits] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    // Each waits for a minute.
    shop.pass(60 * i64::from(Run::MAX_STEPS) - 90).await;
    let run = shop.run(order).await;
    assert!(matches!(run.state, RunState::Waiting { .. }), "{:?}", run.state);
    assert_eq!((run.step, run.trace.len()), (Run::MAX_STEPS - 1, Run::KEPT_TRACES));
    shop.pass(60).await;
    let run = shop.run(order).await;
    let RunState::Failed { code, message } = &run.state else { panic!("{:?}", run.state) };
    assert_eq!((code.as_str(), run.step), ("limit", Run::MAX_STEPS), "{message}");
    assert!(message.contains("1000 steps"), "{message}");
    assert_eq!(run.trace.len(), Run::KEPT_TRACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_timers_of_one_moment_go_off_once_each_however_many_there_are() {
    // More than two transactions of the timers take.
    const RUNS: usize = 600;
    let shop = TestShop::with(&[programs::WAITS]).await;
    let waits = rule("waits", "test.waits", json!({ "amount": 60_000 }));
    shop.publish(json!({ "paid": { "rules": [waits] } })).await;
    let orders: Vec<OrderId> = join_all((0..RUNS).map(|_| shop.order())).await;
    join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    shop.pass(60).await;
    for order in orders {
        assert_eq!(shop.run(order).await.state, RunState::Done);
        assert_eq!(shop.comments(order).await, ["waited 60000 ms"]);
    }
}
