//! Webhooks outward, to a real receiver on this machine: who is told of what, and with what proof.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_domain::{
    EntryKind, Message, MessageState, OrderChange, OrderId, OrderKind, Pipeline, Scope, Stage, StageKind,
    Token, TokenId,
};
use rulewright_engine::Refusal;
use rulewright_ports::{Clock, StorageExt, storage::EventQuery};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    gateway::Api,
    programs,
    support::{ALL, TestShop, rule},
};

/// What came in.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub at: i64,
    pub signature: String,
    pub body: Vec<u8>,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// As the standard's own library signs it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let verifier = standardwebhooks::Webhook::new(secret).unwrap();
        let right = verifier.sign(&self.id, self.at, &self.body).unwrap();
        self.signature.split(' ').any(|signature| signature == right)
    }
}

type Answer = (u16, Option<&'static str>);

/// A system that is told. Its last answer is given for ever.
#[derive(Clone)]
pub struct Receiver {
    pub address: String,
    told: Arc<Mutex<Vec<Told>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// One permit, one answer.
    pub room: Arc<Semaphore>,
    pub arrived: Arc<Semaphore>,
}

impl Receiver {
    /// Statuses, and `Retry-After` where there is one.
    pub async fn answering(answers: &[Answer]) -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Receiver {
            address: listener.local_addr().unwrap().to_string(),
            told: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            room: Arc::new(Semaphore::new(10_000)),
            arrived: Arc::new(Semaphore::new(0)),
        };
        let router = Router::new().fallback(Receiver::answer).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    async fn answer(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let told = Told {
            id: header("webhook-id"),
            at: header("webhook-timestamp").parse().unwrap(),
            signature: header("webhook-signature"),
            body: body.to_vec(),
        };
        receiver.told.lock().unwrap().push(told);
        receiver.arrived.add_permits(1);
        receiver.room.acquire().await.unwrap().forget();
        let mut answers = receiver.answers.lock().unwrap();
        let (status, after) = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0] };
        let mut response = (StatusCode::from_u16(status).unwrap(), "what is wrong").into_response();
        if let Some(after) = after {
            response.headers_mut().insert("retry-after", after.parse().unwrap());
        }
        response
    }

    pub fn answers(&self, answers: &[Answer]) {
        *self.answers.lock().unwrap() = answers.iter().copied().collect();
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks/orders", self.address)
    }

    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.told().iter().map(Told::kind).collect()
    }
}

/// A shop, its interface, and a receiver that it may reach.
pub struct Case {
    pub shop: TestShop,
    pub api: Api,
    pub receiver: Receiver,
}

impl Case {
    pub async fn with(components: &[&[u8]], answers: &[Answer]) -> Case {
        let receiver = Receiver::answering(answers).await;
        let shop = TestShop::with_neighbours(components, std::slice::from_ref(&receiver.address)).await;
        Case { api: Api::of(&shop).await, shop, receiver }
    }

    pub async fn staff(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api.staff(&self.shop, method, path, body).await
    }

    /// Its id and its secret.
    pub async fn subscribe(&self, kinds: &[&str]) -> (String, String) {
        let body = json!({ "url": self.receiver.url(), "kinds": kinds });
        let (status, made) = self.staff("POST", "/v1/webhooks", body).await;
        assert_eq!(status, 201, "{made}");
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    pub async fn webhook(&self, id: &str) -> Value {
        let (status, found) = self.staff("GET", &format!("/v1/webhooks/{id}"), Value::Null).await;
        assert_eq!(status, 200, "{found}");
        found
    }

    /// An order, and all that follows from it.
    pub async fn order(&self) -> OrderId {
        let order = self.shop.order().await;
        self.shop.engine.idle().await;
        order
    }

    pub async fn deliveries(&self) -> Vec<Message> {
        let all = self.shop.messages().await;
        all.into_iter().filter(|message| message.draft.channel == "webhook").collect()
    }

    pub async fn delivery(&self) -> Message {
        let all = self.deliveries().await;
        let [one] = all.as_slice() else { panic!("{all:#?}") };
        one.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_signed_and_as_it_is_listed() {
    let case = Case::with(&[], &[(204, None)]).await;
    let (id, secret) = case.subscribe(&["order.created"]).await;
    assert!(secret.starts_with("whsec_") && secret.len() > 40);
    assert!(!case.webhook(&id).await.to_string().contains(&secret), "a secret is shown once");
    case.order().await;

    let told = case.receiver.told();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert!(told.is_signed_with(&secret));
    assert!(!told.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "by no other key");
    assert!(told.id.starts_with("msg_"));
    assert_eq!(told.at, case.shop.clock.now().0 / 1000);
    let body = told.json();
    assert_eq!(body["type"], "order.created");
    let (_, listed) = case.staff("GET", "/v1/events?kind=order.created", Value::Null).await;
    assert_eq!(body["data"], listed["items"][0]);
    assert_eq!(body["timestamp"], listed["items"][0]["at"]);

    let delivery = case.delivery().await;
    assert_eq!((delivery.state, delivery.attempt, &delivery.key), (MessageState::Sent, 1, &told.id));
    let (_, shown) = case.staff("GET", &format!("/v1/deliveries/{}", delivery.id), Value::Null).await;
    assert_eq!(
        (&shown["to"], &shown["subject"], &shown["state"]),
        (&id.into(), &"order.created".into(), &"sent".into())
    );
    assert_eq!(shown["correlation"], body["data"]["id"], "which event it tells of");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_webhook_tells_nobody() {
    let case = Case::with(&[], &[(500, None), (204, None)]).await;
    case.subscribe(&["*"]).await;
    let order = case.order().await;
    case.shop.pass(10).await;
    assert_eq!(case.delivery().await.state, MessageState::Sent);
    assert_eq!(case.receiver.kinds(), ["order.created", "order.created"], "twice the same, and nothing else");
    let shop = case.shop.id;
    let read = case
        .shop
        .engine
        .storage()
        .read(move |reads| Ok::<_, Refusal>(reads.events(shop, &EventQuery::default(), ALL)?));
    let kinds: Vec<_> = read.await.unwrap().into_iter().map(|event| event.what.kind).collect();
    assert_eq!(kinds, ["order.created"], "no event of the webhook");
    assert!(case.shop.entries(order, EntryKind::Message).await.is_empty(), "no line of the timeline");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_asked_for_is_told() {
    let case = Case::with(&[], &[(204, None)]).await;
    let stage = Stage::new("new", "New", StageKind::Open);
    let other = Pipeline::new("deals", "Deals", OrderKind::Deal, vec![stage]);
    case.shop.engine.put_pipeline(case.shop.id, other).await.unwrap();
    let (id, _) = case.subscribe(&["order.stage-changed", "payment.*"]).await;
    let deals = json!({ "url": case.receiver.url(), "kinds": ["order.*"], "pipeline": "deals" });
    assert_eq!(case.staff("POST", "/v1/webhooks", deals).await.0, 201);
    let order = case.order().await;
    case.shop.change(order, OrderChange::AddTags { tags: ["blue".to_owned()].into() }).await.unwrap();
    assert!(case.deliveries().await.is_empty(), "neither its kind nor its pipeline");
    case.shop.enter(order, "paid").await;
    assert_eq!(case.receiver.kinds(), ["order.stage-changed"]);
    let deal = case.shop.order_with(|new| (new.kind, new.pipeline) = (OrderKind::Deal, "deals".into())).await;
    case.shop.change(deal, OrderChange::Delete).await.unwrap();
    case.shop.engine.idle().await;
    let mut kinds = case.receiver.kinds().split_off(1);
    kinds.sort();
    assert_eq!(kinds, ["order.created", "order.deleted"], "also where the order is gone");

    case.shop
        .order_with(|new| (new.historical, new.kind, new.pipeline) = (true, OrderKind::Deal, "deals".into()))
        .await;
    case.shop.engine.idle().await;
    assert_eq!(case.receiver.told().len(), 3, "nobody is told of the past");

    let (status, off) = case.staff("PATCH", &format!("/v1/webhooks/{id}"), json!({ "active": false })).await;
    assert_eq!((status, &off["active"]), (200, &false.into()), "{off}");
    case.shop.enter(order, "packing").await;
    assert_eq!(case.receiver.told().len(), 3);
    let change =
        json!({ "active": true, "kinds": ["order.created"], "pipeline": null, "description": "ERP" });
    let (_, on) = case.staff("PATCH", &format!("/v1/webhooks/{id}"), change).await;
    assert_eq!(
        (&on["active"], &on["kinds"], &on["description"]),
        (&true.into(), &json!(["order.created"]), &"ERP".into())
    );
    case.order().await;
    assert_eq!(case.receiver.told().len(), 4);
    let another = case.shop.another().await;
    another.order().await;
    another.engine.idle().await;
    assert_eq!(case.receiver.told().len(), 4, "another shop's events are its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_transaction_that_failed_nobody_is_told() {
    let case = Case::with(&[programs::CANCELS_THEN_ASKS_TOO_MUCH], &[(204, None)]).await;
    case.subscribe(&["order.canceled", "order.stage-changed"]).await;
    case.shop
        .publish(json!({ "paid": { "rules": [rule("both", "test.cancels-then-asks-too-much", json!({}))] } }))
        .await;
    let order = case.order().await;
    case.shop.enter(order, "paid").await;
    assert_eq!(case.shop.states(order).await, ["both failed"]);
    assert!(!case.shop.read(order).await.canceled);
    assert_eq!(case.receiver.kinds(), ["order.stage-changed"], "the move by hand, which was committed");
    assert_eq!(case.deliveries().await.len(), 1);
    case.shop.change(order, OrderChange::Cancel { reason: None }).await.unwrap();
    case.shop.engine.idle().await;
    assert_eq!(case.receiver.kinds(), ["order.stage-changed", "order.canceled"], "what is committed is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_sign_until_the_receiver_has_changed_over() {
    let case = Case::with(&[], &[(204, None)]).await;
    let (id, first) = case.subscribe(&["order.created"]).await;
    let path = format!("/v1/webhooks/{id}/rotate");
    let (status, rotated) = case.staff("POST", &path, json!({ "keep_hours": 2 })).await;
    assert_eq!(status, 200, "{rotated}");
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert!(rotated["old_secret_until"].is_string());
    case.order().await;
    case.shop.pass(2 * 3600).await;
    case.order().await;
    let told = case.receiver.told();
    let signed = |told: &Told| (told.is_signed_with(&first), told.is_signed_with(&second));
    assert_eq!((signed(&told[0]), signed(&told[1])), ((true, true), (false, true)));
    assert!(case.webhook(&id).await["old_secret_until"].is_null());
    let (status, problem) = case.staff("POST", &path, json!({ "keep_hours": 169 })).await;
    assert_eq!((status, &problem["errors"][0]["path"]), (422, &"/keep_hours".into()), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_told_only_where_the_operator_allows_it() {
    let case = Case::with(&[], &[(204, None)]).await;
    let create =
        async |url: &str| case.staff("POST", "/v1/webhooks", json!({ "url": url, "kinds": ["*"] })).await;
    for url in [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "ftp://erp.example/",
        "https://user:pass@erp.example/",
        "erp.example/hook",
        "",
    ] {
        let (status, problem) = create(url).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &"/url".into()), "{url}: {problem}");
    }
    // A name is looked up when it is sent to.
    let (status, made) = create("https://localhost/hook").await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let (status, tried) = case.staff("POST", &format!("/v1/webhooks/{id}/test"), json!({})).await;
    assert_eq!((status, &tried["ok"]), (200, &false.into()));
    assert!(tried["error"].as_str().unwrap().contains("no public address"), "{tried}");
    case.order().await;
    let delivery = case.delivery().await;
    assert_eq!(delivery.state, MessageState::Dead);
    assert!(delivery.error.unwrap().contains("an operator can allow it by host and port"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_tried_without_leaving_a_trace() {
    let case = Case::with(&[], &[(204, None), (401, None)]).await;
    let (id, secret) = case.subscribe(&["order.created"]).await;
    let path = format!("/v1/webhooks/{id}/test");
    let (status, tried) = case.staff("POST", &path, json!({})).await;
    assert_eq!((status, &tried["ok"], &tried["status"]), (200, &true.into(), &204.into()), "{tried}");
    let told = case.receiver.told();
    assert!(told[0].is_signed_with(&secret));
    assert_eq!(told[0].kind(), "webhook.test");
    let (_, tried) = case.staff("POST", &path, json!({})).await;
    assert_eq!((&tried["ok"], &tried["status"]), (&false.into(), &401.into()));
    assert!(tried["error"].as_str().unwrap().contains("what is wrong"), "{tried}");
    assert!(case.deliveries().await.is_empty() && case.webhook(&id).await["trouble"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_wrongly_is_told_where() {
    let case = Case::with(&[], &[(204, None)]).await;
    let url = case.receiver.url();
    let kinds: Vec<String> = (0..51).map(|n| format!("a.b{n}")).collect();
    for (body, path) in [
        (json!({ "url": url, "kinds": [] }), "/kinds"),
        (json!({ "url": url, "kinds": kinds }), "/kinds"),
        (json!({ "url": url, "kinds": ["order.created", "orders"] }), "/kinds/1"),
        (json!({ "url": url, "kinds": ["*"], "pipeline": "no-such" }), "/pipeline"),
        (json!({ "url": url, "kinds": ["*"], "description": "x\ny" }), "/description"),
        (json!({ "url": url, "kinds": ["*"], "secret": "whsec_x" }), "/secret"),
    ] {
        let (status, problem) = case.staff("POST", "/v1/webhooks", body.clone()).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &path.into()), "{body}: {problem}");
    }
    let (id, _) = case.subscribe(&["*"]).await;
    for (method, path, body, expected) in [
        ("GET", "/v1/webhooks/whk_999".to_owned(), Value::Null, 404),
        ("PATCH", "/v1/webhooks/whk_999".to_owned(), json!({}), 404),
        ("DELETE", "/v1/webhooks/whk_999".to_owned(), Value::Null, 404),
        ("POST", "/v1/webhooks/whk_999/test".to_owned(), json!({}), 404),
        ("POST", "/v1/webhooks/whk_999/rotate".to_owned(), json!({}), 404),
        ("POST", "/v1/webhooks/whk_999/replay".to_owned(), json!({ "after": "evt_0" }), 404),
        ("GET", "/v1/webhooks/ord_1".to_owned(), Value::Null, 400),
        ("PATCH", format!("/v1/webhooks/{id}"), json!({ "url": "https://127.0.0.1/" }), 422),
        ("POST", format!("/v1/webhooks/{id}/replay"), json!({}), 422),
        (
            "POST",
            format!("/v1/webhooks/{id}/replay"),
            json!({ "after": "evt_0", "since": "2026-11-20T10:00:00Z" }),
            422,
        ),
        ("POST", "/v1/deliveries/msg_999/retry".to_owned(), json!({}), 404),
    ] {
        let (status, problem) = case.staff(method, &path, body).await;
        assert_eq!(status, expected, "{method} {path}: {problem}");
    }
    assert_eq!(case.webhook(&id).await["url"], case.receiver.url(), "nothing of it was done");
    let another = case.shop.another().await;
    let theirs = case.api.staff(&another, "GET", &format!("/v1/webhooks/{id}"), Value::Null).await;
    assert_eq!(theirs.0, 404, "another shop's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_removed_is_told_no_more() {
    let case = Case::with(&[], &[(500, None)]).await;
    let (id, _) = case.subscribe(&["order.created"]).await;
    case.order().await;
    assert_eq!(case.staff("DELETE", &format!("/v1/webhooks/{id}"), Value::Null).await.0, 204);
    case.shop.pass(10).await;
    case.order().await;
    assert_eq!(case.receiver.told().len(), 1, "neither again nor anew");
    let delivery = case.delivery().await;
    assert_eq!(delivery.state, MessageState::Dead);
    assert!(delivery.error.unwrap().contains("any more"));
    assert_eq!(case.staff("GET", "/v1/webhooks", Value::Null).await.1["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_twice_makes_one_webhook() {
    let case = Case::with(&[], &[(204, None)]).await;
    let body = json!({ "url": case.receiver.url(), "kinds": ["*"] }).to_string();
    let (secret, hash) = rulewright_api::mint().unwrap();
    let token = Token {
        id: TokenId(0),
        shop: case.shop.id,
        name: "installer".to_owned(),
        hash,
        scopes: [Scope::AutomationWrite].into(),
        created: case.shop.clock.now(),
        expires: None,
        employee: None,
        areas: Default::default(),
    };
    let (id, _) = case.shop.engine.create_token(case.shop.id, token).await.unwrap();
    let bearer = format!("Bearer {}", rulewright_api::bearer(id, &secret));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "first"),
    ];
    let once = async || case.api.post("/v1/webhooks", &headers, body.clone()).await;
    let (first, second) = (once().await, once().await);
    assert_eq!((first.0, &first.1), (201, &second.1), "with the same secret, which nobody else was shown");
    assert_eq!(case.staff("GET", "/v1/webhooks", Value::Null).await.1["items"].as_array().unwrap().len(), 1);
}
