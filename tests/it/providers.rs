//! Providers: real plugins in the sandbox, and a gateway that checks what it is sent and reports with its signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use rulewright_domain::{Connection, Message, MessageState, OpenChannel, RunState};
use rulewright_engine::{Refusal, Trial, inbound_path};
use serde_json::{Value, json};

use crate::{
    gateway::{Api, CLIENT, Gateway, LINE, TOKEN, message, secret, told},
    programs,
    rows_rules::{does, happened, refused, run_of, shop_with, then_does, timeline, trigger, why},
    support::{PUBLIC, TestShop, bundled, rule},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_goes_the_whole_way_and_what_became_of_it_comes_back() {
    let gateway =
        Gateway::answering(&[(500, "try later"), (201, r#"{"sid": "SM1", "status": "queued"}"#)]).await;
    let shop = gateway.shop(&["send-sms"]).await;
    let connection = gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    shop.publish(json!({ "paid": { "rules": [does("send-sms", json!({ "text": "Grüße" }))] } })).await;
    let (_, order) = told(&shop).await;
    shop.enter(order, "paid").await;

    let waiting = message(&shop).await;
    assert_eq!((waiting.state, waiting.attempt), (MessageState::Pending, 1), "{waiting:?}");
    assert!(waiting.error.unwrap().starts_with("http-500"));
    shop.pass(5).await;
    let sent = message(&shop).await;
    assert_eq!(sent.state, MessageState::Sent, "{sent:?}");
    assert_eq!((sent.provider.as_deref(), sent.provider_id.as_deref()), (Some("main"), Some("SM1")));
    let asked = gateway.asked();
    assert_eq!(asked.len(), 2);
    for one in &asked {
        assert_eq!(one.path, "/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(one.header("authorization"), format!("Basic {}", STANDARD.encode("AC1:t0ken")));
        assert_eq!(one.header("idempotency-key"), sent.key, "another key would be another SMS");
        let form = ["To", "From", "Body"].map(|name| one.form(name));
        assert_eq!(form, [CLIENT, LINE, "Grüße"]);
    }

    let api = Api::of(&shop).await;
    let path = asked[0].form("StatusCallback");
    let path = path.strip_prefix(PUBLIC).unwrap();
    assert_eq!(path, format!("{}?message={}", inbound_path(shop.id, &connection), sent.id));
    let delivered = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    let (status, problem) = api.twilio(path, &delivered, "not the token").await;
    assert_eq!(status, 403, "{problem}");
    assert_eq!(message(&shop).await.report, None);
    assert!(happened(&shop, "message.delivered").await.is_empty());
    for _ in 0..2 {
        assert_eq!(api.twilio(path, &delivered, TOKEN).await, (200, "<Response/>".to_owned()));
    }
    assert!(message(&shop).await.report.is_some_and(|report| report.delivered));
    let events = happened(&shop, "message.delivered").await;
    assert_eq!(events.len(), 1, "it was told twice and happened once");
    assert_eq!(
        (events[0].what.order, events[0].what.correlation.clone()),
        (Some(order), sent.draft.correlation)
    );
    assert_eq!(timeline(&shop, order).await.len(), 3, "moved, sent, delivered");
    // What comes too late changes nothing.
    let lost = [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
    assert_eq!(api.twilio(path, &lost, TOKEN).await.0, 200);
    assert!(message(&shop).await.report.is_some_and(|report| report.delivered));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_quicker_than_the_gateways_answer_is_not_lost() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "SM1"}"#)]).await;
    let shop = gateway.shop(&["send-sms"]).await;
    gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    shop.publish(json!({ "paid": { "rules": [does("send-sms", json!({ "text": "hi" }))] } })).await;
    let (_, order) = told(&shop).await;
    gateway.room.forget_permits(1_000);
    shop.move_to(order, "paid").await;
    while gateway.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(message(&shop).await.state, MessageState::Sending);
    let path = gateway.asked()[0].form("StatusCallback");
    let failed = [("MessageSid", "SM1"), ("MessageStatus", "failed")];
    let status = Api::of(&shop).await.twilio(path.strip_prefix(PUBLIC).unwrap(), &failed, TOKEN).await.0;
    assert_eq!(status, 200);
    gateway.room.add_permits(1);
    shop.engine.idle().await;
    let sent = message(&shop).await;
    assert_eq!(sent.state, MessageState::Sent, "{sent:?}");
    let report = sent.report.unwrap();
    assert_eq!((report.delivered, report.reason.as_deref()), (false, Some("failed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_that_comes_in_ends_a_wait_and_in_an_open_channel_is_part_of_the_chat() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "SM1"}"#)]).await;
    let shop = gateway.shop(&["wait", "chat-message"]).await;
    let connection = gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    let until = json!({ "kind": "after", "amount": 2, "unit": "days" });
    shop.publish(json!({
        "paid": { "rules": [does("wait", json!({ "until": until }))] },
        "packing": { "triggers": [trigger("chat-message", json!({}))] },
    }))
    .await;
    let (client, order) = told(&shop).await;
    shop.enter(order, "paid").await;
    let api = Api::of(&shop).await;
    let path = inbound_path(shop.id, &connection);
    let text = |sid| [("MessageSid", sid), ("From", CLIENT), ("To", LINE), ("Body", "Yes, please")];
    for _ in 0..2 {
        assert_eq!(api.twilio(&path, &text("SM7"), TOKEN).await.0, 200);
    }
    shop.engine.idle().await;
    let events = happened(&shop, "sms.received").await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].what.client, &events[0].what.attrs["line"]), (Some(client), &json!(LINE)));
    assert_eq!(run_of(&shop, order, "wait").await.output["ended-by"], "sms.received");

    let channel = OpenChannel { name: "texts".into(), title: "SMS".into(), active: true, silence: 60 };
    shop.engine.put_open_channel(shop.id, channel).await.unwrap();
    let carried = Connection { open_channel: Some("texts".into()), ..connection };
    shop.engine.put_connection(shop.id, carried).await.unwrap();
    assert_eq!(api.twilio(&path, &text("SM8"), TOKEN).await.0, 200);
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "packing", "the chat's trigger has fired");
    assert_eq!(shop.card(client).await.chats[0].address(), format!("texts/{CLIENT}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robocall_is_made_by_the_gateway_and_goes_on_with_how_it_ended() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "CA1"}"#)]).await;
    let shop = gateway.shop(&["robocall", "add-comment", "missed-call"]).await;
    let connection = gateway.connect(&shop, "provider-twilio-voice", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    let using = json!({ "kind": "text", "text": "Order {{ order.number }} & more", "speed": "low" });
    let call = does("robocall", json!({ "number": "001 500 555-0006", "using": using }));
    let tell = then_does("add-comment", json!({ "text": "{{ previous.result }}" }));
    shop.publish(json!({
        "paid": { "rules": [call, tell] },
        "packing": { "triggers": [trigger("missed-call", json!({ "line": LINE }))] },
    }))
    .await;
    let (_, order) = told(&shop).await;
    shop.enter(order, "paid").await;
    let asked = gateway.asked().remove(0);
    assert_eq!(asked.path, "/2010-04-01/Accounts/AC1/Calls.json");
    assert_eq!((asked.form("To"), asked.form("From")), (CLIENT.to_owned(), LINE.to_owned()));
    let script = format!(
        "<Response><Say language=\"en-GB\"><prosody rate=\"slow\">Order {order} &amp; more</prosody></Say></Response>",
        order = order.0
    );
    assert_eq!(asked.form("Twiml"), script);
    assert!(matches!(run_of(&shop, order, "robocall").await.state, RunState::Waiting { .. }));

    let api = Api::of(&shop).await;
    let path = asked.form("StatusCallback");
    let path = path.strip_prefix(PUBLIC).unwrap();
    let ended = [("CallSid", "CA1"), ("CallStatus", "no-answer")];
    assert_eq!(api.twilio(path, &ended, "wrong").await.0, 403);
    assert_eq!(api.twilio(path, &ended, TOKEN).await.0, 200);
    shop.engine.idle().await;
    assert_eq!(shop.comments(order).await, ["no-answer"]);
    assert!(message(&shop).await.report.is_some_and(|report| !report.delivered));

    // Somebody calls, and nobody is there to answer.
    let rings = [("CallSid", "CA2"), ("From", CLIENT), ("To", LINE), ("CallStatus", "ringing")];
    let answer = api.twilio(&inbound_path(shop.id, &connection), &rings, TOKEN).await;
    assert_eq!(answer, (200, "<Response><Reject/></Response>".to_owned()));
    shop.engine.idle().await;
    assert_eq!(happened(&shop, "call.incoming").await.len(), 1);
    assert_eq!(shop.read(order).await.stage.0, "packing", "the missed call has moved it");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_robocall_needs_telephony_and_one_of_the_connected_numbers() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "CA1"}"#)]).await;
    let shop = gateway.shop(&["robocall"]).await;
    let call = |number: &str| {
        let using = json!({ "kind": "text", "text": "Hello" });
        does("robocall", json!({ "number": number, "using": using }))
    };
    shop.publish(json!({ "paid": { "rules": [call("+442079460000")] } })).await;
    assert_eq!(refused(&shop, call(LINE)).await, ["no-such-line"]);
    shop.engine.change_shop(shop.id, |shop| shop.sandbox = false).await.unwrap();
    assert_eq!(refused(&shop, call("+442079460000")).await, ["telephony-not-connected"]);
    // What was published before says so, and nobody is called.
    let (_, order) = told(&shop).await;
    shop.enter(order, "paid").await;
    assert!(message(&shop).await.error.unwrap().starts_with("telephony-not-connected"));
    assert_eq!(run_of(&shop, order, "robocall").await.output["result"], "not-placed");

    gateway.connect(&shop, "provider-twilio-voice", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    assert_eq!(refused(&shop, call("+442079460000")).await, ["no-such-line"]);
    shop.publish(json!({ "paid": { "rules": [call(LINE)] } })).await;

    // A test call to one's own number, before customers are called.
    let trial = Trial {
        channel: "call".into(),
        to: "+447700900999".into(),
        line: None,
        text: "Testing".into(),
        params: serde_json::from_value(json!({ "language": "de-DE" })).unwrap(),
    };
    shop.engine.try_connection(shop.id, "main", trial.clone()).await.unwrap();
    shop.engine.idle().await;
    let asked = gateway.asked().remove(0);
    assert_eq!(asked.form("To"), "+447700900999");
    assert_eq!(asked.form("Twiml"), "<Response><Say language=\"de-DE\">Testing</Say></Response>");
    let nobody = Trial { to: "anna".into(), ..trial };
    assert!(shop.engine.try_connection(shop.id, "main", nobody).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_the_smaller_limit_wins_and_a_provider_that_is_named_must_be_connected() {
    let shop = shop_with(&["send-sms", "add-comment"]).await;
    shop.install(programs::CARRIES_BADLY).await;
    let sms = |id: &str, text: &str, provider: &str| {
        rule(id, "rulewright.send-sms", json!({ "text": text, "provider": provider }))
    };
    assert_eq!(refused(&shop, sms("named", "hi", "main")).await, ["no-such-name"]);
    connect(&shop, "main", |_| ()).await;
    connect(&shop, "second", |second| second.default_for = ["sms".to_owned()].into()).await;
    shop.publish(json!({
        "paid": { "rules": [sms("named", "hi", "main")] },
        "packing": { "rules": [sms("chosen", "hi", "")] },
        "shipped": { "rules": [sms("long", "{{ order.comments }}", "")] },
    }))
    .await;
    let client = shop.client(&[("mobile", CLIENT)], &[]).await;
    let order = shop.order_with(|new| (new.contacts, new.comments) = (vec![client], "x".repeat(161))).await;
    shop.enter(order, "paid").await;
    shop.enter(order, "packing").await;
    let by: Vec<_> = shop.messages().await.into_iter().filter_map(|message| message.provider).collect();
    assert_eq!(by, ["main", "second"], "the one that is named, then the shop's own choice");
    shop.enter(order, "shipped").await;
    let why = why(&shop, order, "long").await;
    assert!(why.contains("161 characters, `second` takes 160"), "{why}");
    assert_eq!(shop.messages().await.len(), 2, "the provider was asked");

    // A provider that is switched off carries nothing, and what nobody carries is not sent.
    for id in ["main", "second"] {
        connect(&shop, id, |one| one.enabled = false).await;
    }
    shop.engine.change_shop(shop.id, |shop| shop.sandbox = false).await.unwrap();
    shop.enter(order, "packing").await;
    let last = shop.messages().await.pop().unwrap();
    assert_eq!(last.state, MessageState::Dead);
    assert!(last.error.unwrap().starts_with("no-provider"));
}

/// The provider of the test programs.
async fn connect(shop: &TestShop, id: &str, change: impl FnOnce(&mut Connection)) -> Connection {
    let mut connection = Connection {
        id: id.into(),
        title: id.into(),
        plugin: "test.carries-badly".into(),
        settings: json!({}),
        lines: Vec::new(),
        default_for: Default::default(),
        open_channel: None,
        enabled: true,
        code: String::new(),
    };
    change(&mut connection);
    shop.engine.put_connection(shop.id, connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_loops_traps_or_reaches_further_harms_nobody() {
    let shop = shop_with(&["send-sms"]).await;
    shop.install(programs::CARRIES_BADLY).await;
    let connection = connect(&shop, "main", |_| ()).await;
    let texts = ["loop", "trap", "give up", "another secret", "http://127.0.0.1:9/", "fine"];
    let rules: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| rule(&format!("r{index}"), "rulewright.send-sms", json!({ "text": text })))
        .collect();
    shop.publish(json!({ "paid": { "rules": rules } })).await;
    let (_, order) = told(&shop).await;
    shop.enter(order, "paid").await;
    let of = |text: &'static str| {
        let shop = &shop;
        async move {
            let all = shop.messages().await;
            all.into_iter().find(|message| message.draft.text == text).unwrap()
        }
    };
    assert_eq!(of("fine").await.provider_id.as_deref(), Some("fine #1"));
    for (text, reason) in [("loop", "out-of-fuel"), ("trap", "trap")] {
        let message = of(text).await;
        assert_eq!(message.state, MessageState::Pending, "{message:?}");
        assert!(message.error.unwrap().starts_with(reason));
    }
    for (text, reason) in
        [("give up", "hopeless"), ("another secret", "denied"), ("http://127.0.0.1:9/", "denied")]
    {
        let message = of(text).await;
        assert_eq!(message.state, MessageState::Dead, "{message:?}");
        assert!(message.error.clone().unwrap().starts_with(reason), "{message:?}");
    }
    shop.pass(3 * 3600).await;
    for text in ["loop", "trap"] {
        let message = of(text).await;
        assert_eq!((message.state, message.attempt), (MessageState::Dead, Message::MAX_ATTEMPTS), "{text}");
    }

    let api = Api::of(&shop).await;
    let path = inbound_path(shop.id, &connection);
    for body in ["loop", "trap"] {
        let (status, problem) = api.post(&path, &[], body.into()).await;
        assert_eq!(status, 503, "the gateway is to say it again: {problem}");
    }
    assert_eq!(api.post(&path, &[], "<b>".into()).await, (200, "<b>".to_owned()));
    assert_eq!(api.post(&format!("{path}0"), &[], String::new()).await.0, 404, "a code that was guessed");
    assert_eq!(api.post(&path.replace("shop_1", "shop_9"), &[], String::new()).await.0, 404);
    assert_eq!(api.post(&path, &[], "x".repeat(300 << 10)).await.0, 413);
    connect(&shop, "main", |one| one.enabled = false).await;
    assert_eq!(api.post(&path, &[], "<b>".into()).await.0, 404, "it is switched off");
}

/// An open channel that the gateway carries, and a rule that answers in it.
async fn chat(gateway: &Gateway, plugin: &str, settings: Value) -> (TestShop, Connection) {
    let shop = gateway.shop(&["send-open-channel", "chat-first-message"]).await;
    let channel = OpenChannel { name: "chat".into(), title: "Chat".into(), active: true, silence: 60 };
    shop.engine.put_open_channel(shop.id, channel).await.unwrap();
    let connection = gateway
        .connect(&shop, plugin, |one| {
            (one.settings, one.lines, one.open_channel) = (settings, Vec::new(), Some("chat".into()));
        })
        .await;
    shop.publish(json!({
        "paid": {
            "triggers": [trigger("chat-first-message", json!({}))],
            "rules": [does("send-open-channel", json!({ "text": "Thanks, {{ client.name }}" }))],
        },
    }))
    .await;
    (shop, connection)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_goes_both_ways_signed_by_both_sides() {
    let gateway = Gateway::answering(&[(200, r#"{"id": "m-1"}"#)]).await;
    let address = json!({ "address": gateway.url() });
    let (shop, connection) = chat(&gateway, "provider-webhook-chat", address).await;
    secret(&shop, "signing-key", "k3y").await;
    let (client, order) = told(&shop).await;
    let signed = |body: &str| {
        let mac = Hmac::<sha2::Sha256>::new_from_slice(b"k3y").unwrap().chain_update(body).finalize();
        mac.into_bytes().iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let api = Api::of(&shop).await;
    let path = inbound_path(shop.id, &connection);
    let body = json!({ "type": "message", "id": "1", "from": "7", "text": "Hello", "phone": "07700 900123" });
    let body = body.to_string();
    let (right, wrong) = (signed(&body), signed("{}"));
    assert_eq!(api.post(&path, &[("x-rulewright-signature", &wrong)], body.clone()).await.0, 403);
    assert!(happened(&shop, "chat.message-received").await.is_empty());
    for _ in 0..2 {
        assert_eq!(api.post(&path, &[("x-rulewright-signature", &right)], body.clone()).await.0, 200);
    }
    shop.engine.idle().await;
    let events = happened(&shop, "chat.message-received").await;
    assert_eq!((events.len(), events[0].what.client), (1, Some(client)), "known by the phone number");
    assert_eq!(shop.read(order).await.stage.0, "paid");
    let asked = gateway.asked();
    assert_eq!(asked.len(), 1);
    let message = message(&shop).await;
    let expected = json!({ "id": message.id, "to": "7", "text": "Thanks, Ada Lovelace" });
    assert_eq!(asked[0].json(), expected);
    let given = String::from_utf8(asked[0].body.clone()).unwrap();
    assert_eq!(asked[0].header("x-rulewright-signature"), signed(&given));
    assert_eq!((message.state, message.provider_id.as_deref()), (MessageState::Sent, Some("m-1")));
    let report = json!({ "type": "report", "id": "2", "message": message.id, "delivered": true }).to_string();
    assert_eq!(api.post(&path, &[("x-rulewright-signature", &signed(&report))], report).await.0, 200);
    assert_eq!(happened(&shop, "message.delivered").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_goes_both_ways_and_who_shares_a_number_is_known() {
    let gateway = Gateway::answering(&[(200, r#"{"ok": true, "result": {"message_id": 5}}"#)]).await;
    let server = json!({ "server": gateway.url() });
    let (shop, connection) = chat(&gateway, "provider-telegram", server).await;
    secret(&shop, "bot-token", "110201543:AAHdqTcv").await;
    secret(&shop, "webhook-token", "s3cret").await;
    let (client, order) = told(&shop).await;
    let api = Api::of(&shop).await;
    let path = inbound_path(shop.id, &connection);
    let update = |id: u32, rest: Value| {
        let mut message = json!({ "chat": { "id": 77, "type": "private" }, "from": { "id": 77 } });
        message.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({ "update_id": id, "message": message }).to_string()
    };
    let token = |token| [("x-telegram-bot-api-secret-token", token)];
    let hello = update(1, json!({ "text": "Hello" }));
    assert_eq!(api.post(&path, &token("guess"), hello.clone()).await.0, 403);
    assert_eq!(api.post(&path, &token("s3cret"), hello.clone()).await.0, 200);
    let strangers = happened(&shop, "chat.message-received").await;
    assert_eq!((strangers.len(), strangers[0].what.client), (1, None), "nobody knows who that is");

    shop.pass(2 * 3600).await;
    let contact = json!({ "contact": { "phone_number": "447700900123", "user_id": 77 } });
    assert_eq!(api.post(&path, &token("s3cret"), update(2, contact)).await.0, 200);
    shop.engine.idle().await;
    assert_eq!(shop.card(client).await.chats[0].address(), "chat/77");
    assert_eq!(shop.read(order).await.stage.0, "paid", "the first message of a session of the client");
    let asked = gateway.asked();
    assert_eq!(asked[0].path, "/bot110201543:AAHdqTcv/sendMessage");
    assert_eq!(asked[0].json(), json!({ "chat_id": 77, "text": "Thanks, Ada Lovelace" }));
    let message = message(&shop).await;
    assert_eq!(message.provider_id.as_deref(), Some("77/5"));
    let everything = format!("{message:?} {:?}", shop.runs(order).await);
    assert!(!everything.contains("AAHdqTcv"), "the token is in a trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_connects_tries_and_disconnects_a_provider_and_reads_no_secret() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "SM1"}"#)]).await;
    let shop = gateway.shop(&[]).await;
    shop.install_with_hosts(bundled("provider-twilio-sms"), &[&gateway.address]).await;
    let api = Api::of(&shop).await;
    let staff = |method: &'static str, path: &'static str, body: Value| api.staff(&shop, method, path, body);
    let input = json!({
        "title": "SMS", "plugin": "rulewright.provider-twilio-sms", "lines": [LINE], "default_for": ["sms"],
        "settings": { "account": "AC1", "server": gateway.url() },
    });
    let (status, put) = staff("PUT", "/v1/providers/main", input).await;
    assert_eq!((status, &put["channels"]), (200, &json!(["chat", "sms"])), "{put}");
    assert_eq!((&put["max_text"], &put["secrets"]), (&json!(1600), &json!({ "auth-token": false })));
    let inbound = put["inbound"].as_str().unwrap().to_owned();
    assert!(inbound.starts_with("https://shop.test/hooks/providers/shop_1/main/"), "{inbound}");
    let (status, problem) = staff(
        "PUT",
        "/v1/providers/bad",
        json!({
            "title": "SMS", "plugin": "rulewright.provider-twilio-sms", "settings": { "account": "-" },
        }),
    )
    .await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("no-account")), "{problem}");

    let token = json!({ "value": "canary-4f1c" });
    assert_eq!(staff("PUT", "/v1/providers/main/secrets/auth-token", token.clone()).await.0, 204);
    assert_eq!(staff("PUT", "/v1/providers/main/secrets/other", token).await.0, 404);
    let (_, listed) = staff("GET", "/v1/providers", json!(null)).await;
    assert_eq!(listed["items"][0]["secrets"], json!({ "auth-token": true }));
    assert!(!listed.to_string().contains("canary"));

    let trial = json!({ "channel": "sms", "to": CLIENT, "text": "Testing" });
    let (status, tried) = staff("POST", "/v1/providers/main/trials", trial.clone()).await;
    assert_eq!(status, 202, "{tried}");
    shop.engine.idle().await;
    let sent = message(&shop).await;
    assert_eq!((json!(sent.id), sent.state), (tried["delivery"].clone(), MessageState::Sent));
    assert_eq!(gateway.asked()[0].form("Body"), "Testing");

    assert_eq!(staff("DELETE", "/v1/providers/main", json!(null)).await.0, 204);
    assert_eq!(staff("GET", "/v1/providers/main", json!(null)).await.0, 404);
    assert_eq!(staff("POST", "/v1/providers/main/trials", trial).await.0, 404);
    let path = inbound.strip_prefix(PUBLIC).unwrap();
    assert_eq!(api.post(path, &[], String::new()).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_connected_only_with_settings_that_can_work() {
    let gateway = Gateway::answering(&[(200, "{}")]).await;
    let shop = gateway.shop(&["provider-telegram", "send-sms"]).await;
    gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    let put = async |change: &dyn Fn(&mut Connection)| {
        let mut connection = Connection {
            id: "other".into(),
            title: "Other".into(),
            plugin: "rulewright.provider-twilio-sms".into(),
            settings: json!({ "account": "AC2", "server": gateway.url() }),
            lines: vec![LINE.into()],
            default_for: Default::default(),
            open_channel: None,
            enabled: true,
            code: String::new(),
        };
        change(&mut connection);
        match shop.engine.put_connection(shop.id, connection).await {
            Err(Refusal::Invalid(issues)) => format!("{} {}", issues[0].path, issues[0].code),
            Err(other) => other.code().to_owned(),
            Ok(_) => "ok".to_owned(),
        }
    };
    assert_eq!(put(&|one| one.id = "sandbox".into()).await, "/id reserved");
    assert_eq!(put(&|one| one.plugin = "rulewright.send-sms".into()).await, "/plugin wrong-kind");
    assert_eq!(put(&|one| one.plugin = "acme.none".into()).await, "/plugin no-such-plugin");
    assert_eq!(put(&|one| one.settings = json!({})).await, "/settings schema");
    assert_eq!(put(&|one| one.settings["account"] = json!("../x")).await, "/settings/account no-account");
    let elsewhere = "https://elsewhere.example";
    assert_eq!(put(&|one| one.settings["server"] = json!(elsewhere)).await, "/settings host-not-granted");
    assert_eq!(put(&|one| one.default_for = ["call".to_owned()].into()).await, "/default_for channel");
    assert_eq!(put(&|one| one.open_channel = Some("x".into())).await, "/open_channel no-such-open-channel");
    let bot = |one: &mut Connection| {
        (one.plugin, one.settings) = ("rulewright.provider-telegram".into(), json!({}));
    };
    assert_eq!(put(&bot).await, "/open_channel required");
    assert_eq!(put(&|one| one.default_for = ["sms".to_owned()].into()).await, "ok");
    let wrong = shop.engine.put_connection_secret(shop.id, "other", "password", Some(b"x".to_vec())).await;
    assert!(matches!(wrong, Err(Refusal::NotFound { what: "secret", .. })));
    let plugin = "rulewright.provider-twilio-sms".to_owned();
    let used = shop.engine.remove_plugin(shop.id, &plugin, false).await.unwrap_err().to_string();
    assert!(used.contains("the provider `main`, the provider `other`"), "{used}");
}
