//! Rules that ask the web: journaled, granted, and holding nobody up.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, extract::State, http::HeaderMap, routing::get};
use rulewright_domain::{Reply, RunState};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{
    life::with_manifest,
    programs,
    support::{TestShop, rule, then},
};

/// A server on this machine that answers when it is told to.
#[derive(Clone)]
struct Server {
    address: String,
    requests: Arc<AtomicU32>,
    /// One permit, one answer.
    answers: Arc<Semaphore>,
    arrived: Arc<Semaphore>,
}

impl Server {
    async fn start(answers: usize) -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            address: listener.local_addr().unwrap().to_string(),
            requests: Arc::default(),
            answers: Arc::new(Semaphore::new(answers)),
            arrived: Arc::new(Semaphore::new(0)),
        };
        let router = Router::new().route("/", get(Server::answer)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    async fn answer(State(server): State<Server>, headers: HeaderMap) -> String {
        let number = server.requests.fetch_add(1, Ordering::SeqCst) + 1;
        server.arrived.add_permits(1);
        server.answers.acquire().await.unwrap().forget();
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        match authorization {
            // As servers do that help with debugging.
            Some(value) => format!("authorized by {value}"),
            None => format!("answer {number}"),
        }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    async fn shop(&self, component: &[u8]) -> TestShop {
        let neighbours = [self.address.clone()];
        let shop = TestShop::with_neighbours(&[programs::COUNTS], &neighbours).await;
        shop.install_with_hosts(component, &[&self.address]).await;
        shop
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_on_the_network_holds_nobody_up_and_asks_nothing_twice() {
    let server = Server::start(0).await;
    let shop = server.shop(programs::SENDS_HTTP).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("asks", "test.sends-http", json!({ "text": server.url() })),
        rule("counts", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.move_to(order, "paid").await;
    server.arrived.acquire().await.unwrap().forget();
    // The first rule is out; the second commits, so the order changes under the first.
    while shop.read(order).await.fields.is_empty() {
        tokio::task::yield_now().await;
    }
    server.answers.add_permits(10);
    shop.engine.idle().await;

    assert_eq!(shop.states(order).await, ["asks done", "counts done"]);
    assert_eq!(server.requests.load(Ordering::SeqCst), 2, "a journaled answer was asked for again");
    let asks = shop.runs(order).await.remove(0);
    assert_eq!(asks.output["answers"][0]["body"], json!("answer 1"));
    assert_eq!(asks.output["answers"][1]["replayed"], json!(true), "{:?}", asks.output);
    let requests = asks.trace.last().unwrap().requests.as_deref().unwrap();
    assert_eq!((requests.len(), requests[1].milliseconds), (2, None), "the second time nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_a_step_stand_in_its_trace_with_what_came_of_them() {
    let server = Server::start(10).await;
    let shop = server.shop(programs::SENDS_HTTP).await;
    let url = format!("{}?q=tea", server.url());
    shop.publish(json!({ "paid": { "rules": [rule("asks", "test.sends-http", json!({ "text": url }))] } }))
        .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    let requests = run.trace[0].requests.as_deref().unwrap();
    assert_eq!(requests.len(), 2, "{:?}", run.trace);
    for one in requests {
        assert_eq!((one.method.as_str(), &one.url, one.sent), ("GET", &url, 0));
        assert_eq!(one.reply, Reply::Answer { status: 200, size: "answer 1".len() as u64, cut: false });
        assert!(one.milliseconds.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers_stands_in_the_trace_with_its_reason() {
    let server = Server::start(0).await;
    let shop = server.shop(programs::ASKS_SLOWLY).await;
    let slow = rule("asks", "test.asks-slowly", json!({ "text": server.url() }));
    shop.publish(json!({ "paid": { "rules": [slow] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    let requests = run.trace[0].requests.as_deref().unwrap();
    assert_eq!(requests[0].reply, Reply::Nothing("no answer in time".to_owned()), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_rule_in_shadow_is_told_and_not_sent() {
    let server = Server::start(10).await;
    let shop = server.shop(programs::SENDS_HTTP).await;
    let mut asks = rule("asks", "test.sends-http", json!({ "text": server.url() }));
    asks["shadow"] = json!(true);
    shop.publish(json!({ "paid": { "rules": [asks, then("counts", "test.counts", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
    assert_eq!(
        shop.states(order).await,
        ["asks skipped", "counts done"],
        "it is not known, and nothing failed"
    );
    let run = shop.runs(order).await.remove(0);
    let RunState::Skipped { reason } = &run.state else { panic!("{:?}", run.state) };
    assert!(reason.starts_with("shadow: not sent: GET http://127.0.0.1"), "{reason}");
    let [unsent] = run.trace[0].unsent.as_slice() else { panic!("{:?}", run.trace) };
    assert_eq!((unsent.method.as_str(), &unsent.url, &unsent.body), ("GET", &server.url(), &None));
    assert_eq!(shop.differences(order).await, [], "a replay is refused the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_a_time_out_that_the_guest_can_handle() {
    let server = Server::start(0).await;
    let shop = server.shop(programs::ASKS_SLOWLY).await;
    let slow = rule("asks", "test.asks-slowly", json!({ "text": server.url() }));
    shop.publish(json!({ "paid": { "rules": [slow] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert_eq!(run.output["answer"], "HttpError::Timeout", "{:?}", run.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_never_answers_is_not_asked_by_every_run() {
    let server = Server::start(0).await;
    let shop = server.shop(programs::ASKS_SLOWLY).await;
    let slow = rule("asks", "test.asks-slowly", json!({ "text": server.url() }));
    shop.publish(json!({ "paid": { "rules": [slow] } })).await;
    for _ in 0..10 {
        let order = shop.order().await;
        shop.move_to(order, "paid").await;
    }
    shop.engine.idle().await;
    assert_eq!(server.requests.load(Ordering::SeqCst), 10);
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    let told = run.output["answer"].as_str().unwrap_or_default();
    assert!(told.contains("was not reached 10 times in a row"), "{:?}", run.state);
    assert_eq!(server.requests.load(Ordering::SeqCst), 10, "nobody asked");

    // The next one finds out that it is back, and then everybody may ask.
    server.answers.add_permits(100);
    shop.pass(2).await;
    for answer in ["answer 11", "answer 12"] {
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        assert_eq!(shop.run(order).await.output["answer"], answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_not_granted_is_denied_without_a_request() {
    let server = Server::start(10).await;
    let neighbours = [server.address.clone()];
    let shop = TestShop::with_neighbours(&[], &neighbours).await;
    shop.install_with_hosts(programs::SENDS_HTTP, &["api.example.com"]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("asks", "test.sends-http", json!({ "text": server.url() })),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let RunState::Failed { message, .. } = shop.run(order).await.state else { panic!("it ran") };
    assert!(message.contains("127.0.0.1"), "the denial names the host: {message}");
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_even_where_the_shop_granted_it() {
    let server = Server::start(10).await;
    let shop = TestShop::with(&[]).await;
    shop.install_with_hosts(programs::SENDS_HTTP, &[&server.address]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("asks", "test.sends-http", json!({ "text": server.url() })),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.run(order).await.state.name(), "failed");
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_reaches_the_server_and_no_trace() {
    let server = Server::start(10).await;
    let shop = server.shop(programs::USES_A_SECRET).await;
    let plugin = "test.uses-a-secret".to_owned();
    let canary = "canary-4f1c";
    shop.engine.put_secret(shop.id, &plugin, "token", Some(canary.into())).await.unwrap();
    shop.publish(json!({ "paid": { "rules": [rule("asks", &plugin, json!({ "text": server.url() }))] } }))
        .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert_eq!(run.output["body"], json!("authorized by Bearer ***"), "{:?}", run.state);
    let everything = format!("{run:?} {:?}", shop.events(order).await);
    assert!(!everything.contains(canary), "the secret is in a trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_lies_sealed_and_reaches_the_server_after_a_restart() {
    let server = Server::start(10).await;
    let shop = server.shop(programs::USES_A_SECRET).await;
    let plugin = "test.uses-a-secret".to_owned();
    let canary = "canary-7b30";
    shop.engine.put_secret(shop.id, &plugin, "token", Some(canary.into())).await.unwrap();
    shop.publish(json!({ "paid": { "rules": [rule("asks", &plugin, json!({ "text": server.url() }))] } }))
        .await;
    let file = rusqlite::Connection::open(shop.dir.path().join("rulewright.db")).unwrap();
    let lies: Vec<u8> = file.query_row("SELECT value FROM secrets", [], |row| row.get(0)).unwrap();
    let lies = String::from_utf8(lies).unwrap();
    assert!(lies.starts_with("sealed:1:") && !lies.contains(canary), "{lies}");
    drop(file);
    let shop = shop.restarted().await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert_eq!(run.output["body"], json!("authorized by Bearer ***"), "{:?}", run.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_in_the_settings_is_in_no_request_of_a_trace() {
    let server = Server::start(10).await;
    let component = with_manifest(programs::SENDS_HTTP, |manifest| {
        let text = &mut manifest["settings"]["properties"]["text"];
        (text["writeOnly"], text["x-template"]) = (json!(true), json!(true));
    });
    let shop = server.shop(&component).await;
    let asks = |id: &str| {
        rule(id, "test.sends-http", json!({ "text": format!("{}?key={{{{ order.title }}}}", server.url()) }))
    };
    let mut tries = asks("tries");
    tries["shadow"] = json!(true);
    shop.publish(json!({ "paid": { "rules": [asks("asks")] }, "packing": { "rules": [tries] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    shop.enter(order, "packing").await;
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
    let runs = shop.runs(order).await;
    let asked = runs[0].trace[0].requests.as_deref().unwrap();
    assert!(asked.len() == 2 && asked.iter().all(|one| one.url == "***"), "{asked:?}");
    let [unsent] = runs[1].trace[0].unsent.as_slice() else { panic!("{:?}", runs[1].trace) };
    assert_eq!(unsent.url, "***");
    let RunState::Skipped { reason } = &runs[1].state else { panic!("{:?}", runs[1].state) };
    assert!(reason.starts_with("shadow: not sent: GET ***: "), "{reason}");

    // Nor in the run at all; done again it has it nevertheless.
    assert_eq!(runs[0].trace[0].settings.as_deref(), Some("{\"text\":\"•••\"}"));
    assert!(!format!("{runs:?}").contains("?key="), "{runs:?}");
    let recording = shop.engine.recording(shop.id, runs[0].id, false).await.unwrap();
    let title = shop.read(order).await.title;
    let told = serde_json::to_string(&recording.steps[0]).unwrap();
    assert!(!title.is_empty() && told.contains(&format!("{}?key={title}", server.url())), "{told}");
}
