//! What customers do on channels, from the request to the event.

use async_trait::async_trait;
use rulewright_domain::tracking::Tracker;
use rulewright_domain::{
    Draft, Effect, Grant, MessageId, Outcome, Package, Recipient, Timestamp, Usage, plugin::Digest,
};
use rulewright_engine::{Deps, Options, SimulatedClock};
use rulewright_outbound::{EgressOptions, HttpEgress, MailClient, MailOptions, SandboxTransport};
use rulewright_ports::{
    Answer, Clock, Completion, Executor, Failure, Invocation, Issue, Storage, StorageExt, Task, World,
};

use super::*;

const NOON: Timestamp = Timestamp(1_795_000_000_000);
const MINUTE: i64 = 60_000;

/// Instead of a plugin: sends the message that its settings say, and tells all of them where they have a mistake.
struct Sends;

#[async_trait]
impl Executor for Sends {
    async fn prepare(&self, _: &Digest, _: Arc<[u8]>) -> Result<(), Failure> {
        Ok(())
    }

    async fn run(&self, invocation: Invocation, _: Arc<dyn World>) -> Completion {
        let (answer, effects) = match invocation.task {
            Task::Step(step) => {
                let settings: Value = serde_json::from_str(&step.settings).unwrap();
                let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
                let draft = Draft {
                    channel: text("channel"),
                    to: Recipient::ClientOf(step.order.id),
                    address: text("address"),
                    about: Some(step.order.id),
                    sender: None,
                    subject: None,
                    text: text("text"),
                    params: settings["params"].as_object().cloned().unwrap_or_default(),
                    correlation: Some(text("correlation")),
                };
                let done = Outcome::Done { summary: None, output: Default::default() };
                (Answer::Outcome(done), vec![Effect::Message(draft)])
            }
            Task::Validate { settings, .. } if settings.contains("a mistake") => {
                let (path, code) = ("/text".to_owned(), "mistake".to_owned());
                (Answer::Issues(vec![Issue { path, code, message: settings }]), Vec::new())
            }
            _ => (Answer::Issues(Vec::new()), Vec::new()),
        };
        Completion { result: Ok(answer), effects, logs: Vec::new(), usage: Usage::default() }
    }
}

pub(super) struct Channels {
    pub(super) shop: Shop,
    clock: Arc<SimulatedClock>,
}

impl std::ops::Deref for Channels {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

impl Channels {
    pub(super) async fn new() -> Channels {
        let dir = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> = compose::storage(dir.path(), Durability::Process).unwrap();
        let clock = Arc::new(SimulatedClock::new(NOON));
        let egress = EgressOptions { allow_http: false, allow_private: Vec::new() };
        let deps = Deps {
            storage: storage.clone(),
            executor: Arc::new(Sends),
            transport: Arc::new(SandboxTransport),
            egress: Arc::new(HttpEgress::new(egress)),
            mail: Arc::new(MailClient::new(MailOptions::default())),
            clock: clock.clone(),
        };
        let options = Options {
            webhook_forms: vec![Arc::new(rulewright_api::StandardWebhooks)],
            applications: rulewright_bitrix24::applications(),
            ..Options::default()
        };
        let engine = Engine::new(deps, options);
        engine.start().await.unwrap();
        let id = setup::first_shop(&engine, "Tea").await.unwrap();
        let pipeline = Pipeline::new(
            "orders",
            "Orders",
            OrderKind::Order,
            setup::stages(&[("new", "New", StageKind::Open), ("told", "Told", StageKind::Open)]),
        );
        engine.put_pipeline(id, pipeline).await.unwrap();
        let (_, token) =
            token::create(&storage, id, "test", [Scope::Admin].into(), None, None).await.unwrap();
        let router = over(&engine);
        Channels { shop: Shop { router, token, engine, id, _dir: dir }, clock }
    }

    pub(super) async fn pass(&self, minutes: i64) {
        let until = self.clock.now().plus(minutes * MINUTE);
        self.engine.run_until(&self.clock, until).await.unwrap();
        self.engine.idle().await;
    }

    pub(super) async fn client(&self, name: &str, phone: &str, email: &str) -> String {
        let point = |value: &str| json!([{"kind": "work", "value": value}]);
        let body = json!({"kind": "contact", "name": name, "phones": point(phone), "emails": point(email)});
        self.post("/v1/clients", body).await.1["client"].as_str().unwrap().to_owned()
    }

    pub(super) async fn order(&self, contact: &str) -> String {
        let body = json!({"pipeline": "orders", "currency": "GBP", "contacts": [contact]});
        self.post("/v1/orders", body).await.1["order"].as_str().unwrap().to_owned()
    }

    /// The rules of stage `told`, each of which sends a message.
    pub(super) async fn tell(&self, messages: &[Value]) {
        let manifest = json!({
            "schema": 1, "id": "test.sends", "version": "1.0.0", "kind": "rule", "publisher": "test",
            "group": "client-communications", "title": "Sends", "settings": {}, "host-api": "0.1.0",
        });
        let package = Package {
            digest: "0".repeat(64),
            manifest: serde_json::from_value(manifest).unwrap(),
            imports: Default::default(),
            size: 1,
        };
        self.engine.install(self.id, package, Arc::from([0_u8]), Grant::default()).await.unwrap();
        let rules: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(index, settings)| {
                json!({"id": format!("r{index}"), "name": format!("Rule {index}"), "plugin": "test.sends", "settings": settings})
            })
            .collect();
        let stages = serde_json::from_value(json!({"told": {"rules": rules}})).unwrap();
        let pipeline = "orders".into();
        self.engine.save_draft(self.id, &pipeline, None, stages).await.unwrap();
        self.engine.publish(self.id, &pipeline).await.unwrap();
    }

    /// Oldest first.
    pub async fn events(&self, kind: &str) -> Vec<Value> {
        let (_, page) = self.get(&format!("/v1/events?kind={kind}&sort=oldest")).await;
        page["items"].as_array().unwrap().clone()
    }

    /// As somebody outside: without a token.
    async fn outside(&self, method: Method, path: &str) -> (u16, axum::http::HeaderMap, Vec<u8>) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, headers, body.to_vec())
    }

    async fn told(&self, path: &str) -> Vec<String> {
        let (status, page) =
            self.get(&format!("{path}{}sort=oldest", if path.contains('?') { "&" } else { "?" })).await;
        assert_eq!(status, 200, "{path}: {page}");
        let texts = page["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap());
        texts.map(str::to_owned).collect()
    }
}

const TELEGRAM: &str = "/v1/open-channels/telegram";

async fn channel(world: &Channels, name: &str) {
    let body = json!({"title": "Messenger", "silence_minutes": 60});
    assert_eq!(world.json(Method::PUT, &format!("/v1/open-channels/{name}"), body).await.0, 204);
}

fn says(peer: &str, author: &str, text: &str) -> Value {
    json!({"peer": peer, "author": author, "text": text})
}

fn to(attr: &str) -> impl Fn(&Value) -> Value {
    move |event| event["attrs"][attr].clone()
}

#[tokio::test]
async fn clients_are_counted_message_by_message_and_whispers_stay_inside() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    channel(&world, "telegram").await;
    let messages = format!("{TELEGRAM}/messages");
    let mut first = says("7", "client", "Hello");
    first["id"] = json!("m1");
    first["client"] = json!(ada);
    let (status, said) = world.post(&messages, first.clone()).await;
    assert_eq!((status, &said["number"], &said["client"]), (202, &json!(1), &json!(ada)));
    let (_, again) = world.post(&messages, first).await;
    assert_eq!((&again["duplicate"], &again["message"]), (&json!(true), &said["message"]));
    world.post(&messages, says("7", "staff", "Good day")).await;
    let mut whisper = says("7", "staff", "A difficult one");
    whisper["hidden"] = json!(true);
    world.post(&messages, whisper.clone()).await;
    assert_eq!(world.post(&messages, says("7", "client", "Two teapots")).await.1["number"], 2);
    whisper["author"] = json!("client");
    assert_eq!(world.post(&messages, whisper).await.1["errors"][0]["path"], "/hidden");

    let received = world.events("chat.message-received").await;
    assert_eq!(received.iter().map(to("number")).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((&received[0]["client"], &received[0]["attrs"]["channel"]), (&json!(ada), &json!("telegram")));
    let hidden: Vec<Value> = world.events("chat.message-sent").await.iter().map(to("hidden")).collect();
    assert_eq!(hidden, [json!(false), json!(true)]);

    let session = said["session"].as_str().unwrap();
    let transcript = format!("{TELEGRAM}/sessions/{session}/messages");
    let shown = ["Hello", "Good day", "Two teapots"];
    assert_eq!(world.told(&transcript).await, shown, "nobody sees more who does not ask for it");
    assert_eq!(world.told(&format!("{transcript}?view=client")).await, shown);
    let whole = ["Hello", "Good day", "A difficult one", "Two teapots"];
    assert_eq!(world.told(&format!("{transcript}?view=staff")).await, whole);
    assert_eq!(world.get(&format!("{transcript}?view=everybody")).await.0, 400);
    let card = world.get(&format!("/v1/clients/{ada}")).await.1;
    assert_eq!((&card["chats"][0]["channel"], &card["chats"][0]["peer"]), (&json!("telegram"), &json!("7")));
    assert_eq!(world.events("client.changed").await.len(), 0, "nobody has changed the card");
    let body = json!({"kind": "contact", "name": "Ada Lovelace"});
    assert_eq!(world.json(Method::PUT, &format!("/v1/clients/{ada}"), body).await.0, 200);
    assert_eq!(world.get(&format!("/v1/clients/{ada}")).await.1["chats"], card["chats"]);
}

#[tokio::test]
async fn a_session_ends_by_silence_or_by_hand_and_the_next_counts_from_one() {
    let world = Channels::new().await;
    channel(&world, "telegram").await;
    let messages = format!("{TELEGRAM}/messages");
    let first = world.post(&messages, says("7", "client", "Hello")).await.1;
    world.pass(59).await;
    let second = world.post(&messages, says("7", "client", "Still there?")).await.1;
    assert_eq!((&second["session"], &second["number"]), (&first["session"], &json!(2)));
    world.pass(60).await;
    let path = |id: &Value| format!("{TELEGRAM}/sessions/{}", id.as_str().unwrap());
    let over = world.get(&path(&first["session"])).await.1;
    assert_eq!(over["closed"], json!(NOON.plus(119 * MINUTE)), "silence needs no timer");
    let third = world.post(&messages, says("7", "client", "Next day")).await.1;
    assert_ne!(third["session"], first["session"]);
    assert_eq!(third["number"], 1);
    let close = format!("{}/close", path(&third["session"]));
    let (status, closed) = world.post(&close, json!({})).await;
    assert_eq!((status, closed["closed"].is_string()), (200, true));
    world.pass(1).await;
    assert_eq!(world.post(&close, json!({})).await.1["closed"], closed["closed"], "once is enough");
    assert_eq!(world.post(&messages, says("7", "client", "And again")).await.1["number"], 1);
    let sessions = world.get(&format!("{TELEGRAM}/sessions?peer=7")).await.1;
    assert_eq!(sessions["items"].as_array().unwrap().len(), 3);

    let off = json!({"title": "Messenger", "active": false});
    world.json(Method::PUT, TELEGRAM, off).await;
    for (path, body, status) in [
        (messages.as_str(), says("7", "client", "Hello?"), 409),
        ("/v1/open-channels/viber/messages", says("7", "client", "Hello?"), 404),
        (messages.as_str(), says(" ", "client", "Hello?"), 422),
        (messages.as_str(), says("7", "client", " "), 422),
        (messages.as_str(), says("7", "robot", "Hello?"), 422),
    ] {
        let answer = world.post(path, body.clone()).await;
        assert_eq!(answer.0, status, "{body}: {}", answer.1);
    }
    for (name, silence) in [("Tele gram", 5), ("telegram", 0)] {
        let name = name.replace(' ', "%20");
        let body = json!({"title": "T", "silence_minutes": silence});
        assert_eq!(world.json(Method::PUT, &format!("/v1/open-channels/{name}"), body).await.0, 422);
    }
}

#[tokio::test]
async fn somebody_unknown_can_be_introduced_later() {
    let world = Channels::new().await;
    let (ada, bob) =
        (world.client("Ada", "1", "a@x.example").await, world.client("Bob", "2", "b@x.example").await);
    channel(&world, "telegram").await;
    let messages = format!("{TELEGRAM}/messages");
    let said = world.post(&messages, says("a/b", "client", "Hello")).await.1;
    assert_eq!(said["client"], Value::Null);
    assert_eq!(world.events("chat.message-received").await[0]["client"], Value::Null);
    let peer = format!("{TELEGRAM}/peers/a%2Fb");
    let chats = |client: &str| {
        let path = format!("/v1/clients/{client}");
        let world = &world;
        async move { world.get(&path).await.1["chats"].as_array().unwrap().len() }
    };
    for (client, at_ada, at_bob) in
        [(json!(ada), 1, 0), (json!(bob), 0, 1), (json!(null), 0, 0), (json!(ada), 1, 0)]
    {
        let (status, linked) = world.json(Method::PUT, &peer, json!({"client": client})).await;
        assert_eq!((status, &linked["client"]), (200, &client));
        assert_eq!((chats(&ada).await, chats(&bob).await), (at_ada, at_bob), "{client}");
    }
    assert_eq!(world.json(Method::PUT, &peer, json!({"client": "cli_99"})).await.0, 422);
    let session = format!("{TELEGRAM}/sessions/{}", said["session"].as_str().unwrap());
    assert_eq!(world.get(&session).await.1["client"], json!(ada));
    assert_eq!(world.post(&messages, says("a/b", "client", "It is me")).await.1["client"], json!(ada));
}

#[tokio::test]
async fn what_a_rule_sends_is_part_of_the_conversation_and_a_whisper_never_leaves() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&ada).await;
    channel(&world, "telegram").await;
    channel(&world, "viber").await;
    world.json(Method::PUT, "/v1/open-channels/viber", json!({"title": "V", "active": false})).await;
    let messages = format!("{TELEGRAM}/messages");
    let mut hello = says("7", "client", "Hello");
    hello["client"] = json!(ada);
    let session = world.post(&messages, hello).await.1["session"].as_str().unwrap().to_owned();
    let chat = |address: &str, text: &str, params: Value| json!({"channel": "chat", "address": address, "text": text, "params": params, "correlation": text});
    world
        .tell(&[
            chat("telegram/7", "Your tea is ready", json!({})),
            chat("telegram/7", "Give her a discount", json!({"hidden": true})),
            chat("viber/9", "Nobody reads this", json!({})),
            chat("nowhere/9", "Nor this", json!({"hidden": true})),
        ])
        .await;
    world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await;
    world.engine.idle().await;
    let (_, deliveries) = world.get("/v1/deliveries?sort=oldest").await;
    let deliveries: Vec<(Value, Value, Value)> = deliveries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["text"].clone(), one["state"].clone(), one["provider"].clone()))
        .collect();
    let expected = [
        ("Your tea is ready", "sent", "sandbox"),
        ("Give her a discount", "sent", "rulewright"),
        ("Nobody reads this", "dead", "rulewright"),
        ("Nor this", "dead", "rulewright"),
    ];
    assert_eq!(deliveries, expected.map(|(text, state, by)| (json!(text), json!(state), json!(by))));
    let transcript = format!("{TELEGRAM}/sessions/{session}/messages");
    let mut whole = world.told(&format!("{transcript}?view=staff")).await;
    whole.sort();
    assert_eq!(whole, ["Give her a discount", "Hello", "Your tea is ready"]);
    assert_eq!(world.told(&transcript).await, ["Hello", "Your tea is ready"]);
    let sent: Vec<Value> = world.events("message.sent").await.iter().map(to("message")).collect();
    assert_eq!(sent, ["msg_1"], "nobody was sent the whisper");
    assert_eq!(world.events("message.failed").await.len(), 2);
    assert_eq!(world.events("chat.message-sent").await.len(), 2);

    world.post(&messages, says("7", "client", "Thank you")).await;
    let reply = world.events("chat.message-received").await.pop().unwrap();
    assert_eq!(reply["correlation"], json!("Your tea is ready"), "what was said aloud is replied to");
}

#[tokio::test]
async fn an_opened_document_counts_for_the_client_and_not_for_staff() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&ada).await;
    world.json(Method::PUT, "/v1/numerators/n", json!({"pattern": "{number}", "start": 1})).await;
    let template = json!({"title": "T", "media_type": "text/html", "source": "Hi", "numerator": "n"});
    world.json(Method::PUT, "/v1/templates/invoice", template).await;
    let body = json!({"order": order, "template": "invoice", "public_link": true});
    let id = world.post("/v1/documents", body).await.1["document"].as_str().unwrap().to_owned();
    let made = world.get(&format!("/v1/documents/{id}")).await.1;
    let link = made["public_path"].as_str().unwrap().to_owned();
    let link = link.as_str();
    assert_eq!(world.get(link).await.0, 200);
    assert_eq!(world.outside(Method::GET, &format!("{link}?preview")).await.0, 200);
    assert_eq!(world.outside(Method::HEAD, link).await.0, 200);
    assert_eq!(world.outside(Method::GET, "/d/guessed").await.0, 404);
    assert_eq!(world.events("document.opened").await.len(), 0, "nobody has opened it yet");
    for _ in 0..3 {
        assert_eq!(world.outside(Method::GET, link).await.2, b"Hi");
    }
    let opened = world.events("document.opened").await;
    assert_eq!(opened.iter().map(to("times")).collect::<Vec<_>>(), [1, 2, 3]);
    let attrs = json!({"document": id, "template": "invoice", "times": 1});
    assert_eq!(
        (&opened[0]["attrs"], &opened[0]["order"], &opened[0]["client"]),
        (&attrs, &json!(order), &json!(ada))
    );
}

#[tokio::test]
async fn a_mail_tells_when_it_is_opened_and_its_links_lead_nowhere_else() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&ada).await;
    world
        .tell(&[
            json!({"channel": "email", "address": "ada@example.com", "text": "Hi", "correlation": "offer"}),
        ])
        .await;
    world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await;
    world.engine.idle().await;
    let id = world.id;
    let shop = world.engine.storage().read(move |reads| reads.shop(id)).await;
    let shop = shop.unwrap().unwrap();
    let tracker = Tracker::new("", &shop).unwrap();
    let (message, url) = (MessageId(1), "https://tea.example/offer?a=1&b=2");
    let (pixel, link) = (tracker.pixel(message), tracker.link(message, url).unwrap());
    for _ in 0..2 {
        let (status, headers, body) = world.outside(Method::GET, &pixel).await;
        assert_eq!(
            (status, &headers["content-type"], &headers["cache-control"]),
            (200, &"image/gif".parse().unwrap(), &"no-store".parse().unwrap())
        );
        assert!(body.starts_with(b"GIF89a"));
    }
    let (status, headers, _) = world.outside(Method::GET, &link).await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (302, url));
    world.outside(Method::HEAD, &link).await;
    let viewed = world.events("mail.viewed").await;
    assert_eq!(viewed.iter().map(to("times")).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((&viewed[0]["client"], &viewed[0]["correlation"]), (&json!(ada), &json!("offer")));
    let clicked = world.events("mail.link-clicked").await;
    assert_eq!(clicked.len(), 1);
    assert_eq!(clicked[0]["attrs"], json!({"message": "msg_1", "url": url, "times": 1}));

    let stranger = rulewright_domain::Shop { seed: "guessed".to_owned(), ..shop };
    let forged = Tracker::new("", &stranger).unwrap();
    let (_, other) = forged
        .link(message, "https://evil.example/")
        .unwrap()
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let swapped = format!("{}/{other}", link.rsplit_once('/').unwrap().0);
    for path in [
        forged.link(message, url).unwrap(),
        forged.pixel(message),
        swapped,
        "/t/o/x".to_owned(),
        "/t/l/1.1.AA/AA".to_owned(),
    ] {
        let (status, headers, _) = world.outside(Method::GET, &path).await;
        assert_eq!((status, headers.get("location")), (404, None), "{path}");
    }
    assert_eq!(world.events("mail.link-clicked").await.len(), 1);
}

#[tokio::test]
async fn a_form_that_nobody_made_is_refused_once_there_are_forms() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+44 20 7946 0000", "ada@example.com").await;
    let report = |attrs: Value| json!({"kind": "form.submitted", "attrs": attrs});
    assert_eq!(world.post("/v1/events", report(json!({"form": "anything"}))).await.0, 202);
    for (name, callback) in [("offer", false), ("call-me", true)] {
        let body = json!({"title": "Form", "callback": callback});
        assert_eq!(world.json(Method::PUT, &format!("/v1/forms/{name}"), body).await.0, 204);
    }
    let (status, refused) = world.post("/v1/events", report(json!({"form": "6"}))).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/attrs/form")));
    assert!(refused["detail"].as_str().unwrap().contains("call-me, offer"), "{refused}");
    assert_eq!(world.post("/v1/events", report(json!({}))).await.0, 422);
    assert_eq!(world.post("/v1/forms/6/submissions", json!({})).await.0, 422);
    let body = json!({"phone": "020 7946 0000", "fields": {"city": "London"}});
    let (status, sent) = world.post("/v1/forms/call-me/submissions", body).await;
    assert_eq!((status, &sent["client"]), (202, &json!(ada)));
    world.post("/v1/events", report(json!({"form": "call-me"}))).await;
    world.post("/v1/forms/offer/submissions", json!({"client": ada})).await;
    let asked = world.events("callback.requested").await;
    assert_eq!(asked.iter().map(to("form")).collect::<Vec<_>>(), ["call-me", "call-me"]);
    assert_eq!(asked[0]["data"]["fields"]["city"], "London");
    assert_eq!(world.events("form.submitted").await.pop().unwrap()["attrs"]["form"], "offer");
    assert_eq!(world.json(Method::DELETE, "/v1/forms/offer", json!({})).await.0, 204);
    assert_eq!(world.json(Method::DELETE, "/v1/forms/offer", json!({})).await.0, 404);
    assert_eq!(world.get("/v1/forms").await.1["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_visitor_whom_we_know_returns_and_a_visit_counts_once() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let visit = |id: &str, visitor: &str, place: &str, client: Option<&str>| {
        world.post("/v1/visits", json!({"id": id, "visitor": visitor, "place": place, "client": client}))
    };
    let events = |answer: (u16, Value)| (answer.0, answer.1["events"].as_array().unwrap().len());
    assert_eq!(events(visit("v1", "known", "site", Some(&ada)).await), (202, 0), "nobody knew the browser");
    assert_eq!(events(visit("v2", "stranger", "site", None).await), (202, 0));
    world.pass(29).await;
    assert_eq!(events(visit("v3", "known", "site", None).await), (202, 0), "not away for long enough");
    world.pass(45).await;
    assert_eq!(events(visit("v4", "known", "site", None).await), (202, 1));
    let again = visit("v4", "known", "site", None).await.1;
    assert_eq!((&again["duplicate"], again["events"].as_array().unwrap().len()), (&json!(true), 1));
    assert_eq!(events(visit("v5", "stranger", "site", None).await), (202, 0), "kept, and no event");
    let returned = world.events("visitor.returned").await;
    assert_eq!(returned.len(), 1);
    assert_eq!(returned[0]["attrs"], json!({"visit": "v4", "visitor": "known", "minutes-away": 45}));
    assert_eq!(returned[0]["client"], json!(ada));
    assert_eq!(world.get("/v1/visitors/stranger").await.1["visits"], 2);
    assert_eq!(world.get("/v1/visitors/nobody").await.0, 404);

    let form =
        json!({"kind": "form.submitted", "attrs": {"visitor": "stranger", "email": "ADA@example.com"}});
    assert_eq!(world.post("/v1/events", form).await.1["client"], json!(ada));
    world.pass(30).await;
    assert_eq!(events(visit("v6", "stranger", "site", None).await), (202, 1), "the form told who it is");

    assert_eq!(events(visit("s1", "camera-1", "shop", None).await), (202, 0));
    assert_eq!(events(visit("s2", "camera-1", "shop", Some(&ada)).await), (202, 1));
    assert_eq!(events(visit("s3", "camera-1", "shop", None).await), (202, 1));
    let started = world.events("visit.started").await;
    assert_eq!(started.iter().map(to("visit")).collect::<Vec<_>>(), ["s2", "s3"]);
    assert_eq!(visit("s4", "camera-1", "shop", Some("cli_99")).await.0, 422);
    assert_eq!(visit("s5", "camera-1", "garden", None).await.0, 422);
}

#[tokio::test]
async fn a_mail_is_taken_once_and_a_reply_finds_what_it_answers() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&ada).await;
    world
        .tell(&[
            json!({"channel": "email", "address": "ada@example.com", "text": "Hi", "correlation": "offer"}),
        ])
        .await;
    world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await;
    world.engine.idle().await;
    let provider =
        world.get("/v1/deliveries").await.1["items"][0]["provider_id"].as_str().unwrap().to_owned();
    let mail = |id: &str, from: &str, reply: Option<String>| {
        json!({"message_id": id, "mailbox": "sales@tea.example", "from": from, "to": "sales@tea.example",
               "subject": "Re:\r\n Offer", "text": "Yes", "in_reply_to": reply})
    };
    let reply = mail("<1@x.example>", "Ada <ADA@example.com>", Some(format!("<0@x.example> <{provider}>")));
    let (status, taken) = world.post("/v1/mails", reply.clone()).await;
    assert_eq!((status, &taken["client"], &taken["duplicate"]), (202, &json!(ada), &json!(false)));
    let (_, again) = world.post("/v1/mails", reply).await;
    assert_eq!((&again["duplicate"], &again["events"]), (&json!(true), &taken["events"]));
    let (_, other) =
        world.post("/v1/mails", mail("2@x.example", "bob@x.example", Some("<1@y>".to_owned()))).await;
    assert_eq!(other.get("client"), None);
    let received = world.events("mail.received").await;
    assert_eq!(received.len(), 2);
    assert_eq!(
        received[0]["attrs"],
        json!({"message": "1@x.example", "mailbox": "sales@tea.example", "from": "ADA@example.com", "subject": "Re: Offer"})
    );
    assert_eq!((&received[0]["correlation"], &received[0]["data"]["text"]), (&json!("offer"), &json!("Yes")));
    assert_eq!((&received[1]["correlation"], &received[1]["client"]), (&Value::Null, &Value::Null));
    for (path, body) in
        [("/from", mail("3@x.example", "Ada", None)), ("/message_id", mail("<>", "a@x.example", None))]
    {
        let (status, refused) = world.post("/v1/mails", body).await;
        assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!(path)));
    }
}

#[tokio::test]
async fn a_call_finds_the_client_however_the_number_is_written() {
    let world = Channels::new().await;
    let far = world.client("Eve", "+1 302 555 0100", "eve@example.com").await;
    let ada = world.client("Ada", "+1 202 555 0100", "ada@example.com").await;
    for (phone, client) in [("2025550100", &ada), ("001 (302) 555-0100", &far)] {
        let call = json!({"kind": "call.incoming", "attrs": {"phone": phone, "line": "A"}});
        assert_eq!(world.post("/v1/events", call).await.1["client"], json!(client), "{phone}");
        let path = format!("/v1/clients?address={}", phone.replace(' ', "%20"));
        let (_, found) = world.get(&path).await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{phone}");
    }
    for attrs in [json!({"phone": 5}), json!({"line": {}}), json!({"occurred-at": "yesterday"})] {
        let (status, refused) =
            world.post("/v1/events", json!({"kind": "call.missed", "attrs": attrs})).await;
        assert_eq!(status, 422, "{attrs}: {refused}");
    }
    world.post("/v1/events", json!({"kind": "call.missed", "attrs": {"phone": "2025550100"}})).await;
    assert_eq!(world.events("call.missed").await[0]["attrs"]["occurred-at"], json!(NOON.0));
}
