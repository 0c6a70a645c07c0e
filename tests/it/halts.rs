//! What the operator halts stands still on the whole server, and goes on where it was.

use rulewright_domain::{
    Actor, Author, Document, DocumentId, Flow, MessageState, OpenChannel, OrderChange, OrderId, RunState,
    recurrence::{Period, Repeats, Unit, Until},
};
use rulewright_engine::{INTAKE_HALTED, NewChatMessage, NewRecurrence, NewWebhook};
use serde_json::json;

use crate::{
    gateway::{CLIENT, Gateway, TOKEN, message, secret},
    programs,
    support::{TestShop, at, bundled, rule},
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_while_the_outbox_is_halted_and_all_of_it_goes_out_once_afterwards() {
    let shop = TestShop::with(&[bundled("send-sms")]).await;
    let sms = rule("sms", "rulewright.send-sms", json!({ "text": "Order {{ order.number }} is paid" }));
    shop.publish(json!({ "paid": { "rules": [sms] } })).await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    shop.engine.halt(Flow::Outbox, "it sends twice").await.unwrap();
    let mut orders = Vec::new();
    for _ in 0..3 {
        let order = shop.order_of(&[client]).await;
        shop.enter(order, "paid").await;
        assert_eq!(shop.run(order).await.state, RunState::Done, "rules go on");
        orders.push(order);
    }
    shop.pass(24 * 3600).await;
    let waiting = shop.messages().await;
    assert!(waiting.iter().all(|one| (one.state, one.attempt) == (MessageState::Pending, 0)), "{waiting:?}");
    assert_eq!((waiting.len(), shop.provider.received.lock().unwrap().len()), (3, 0));

    let shop = shop.restarted().await;
    shop.engine.idle().await;
    assert_eq!(shop.engine.halts().unwrap()[0].reason, "it sends twice");
    assert_eq!(shop.provider.received.lock().unwrap().len(), 0, "a restart lets nothing out");

    shop.engine.resume(Flow::Outbox).await.unwrap();
    shop.engine.idle().await;
    let keys = |messages: &[rulewright_domain::Message]| {
        let mut keys: Vec<String> = messages.iter().map(|one| one.key.clone()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&shop.provider.received.lock().unwrap()), keys(&waiting));
    assert!(shop.messages().await.iter().all(|one| one.state == MessageState::Sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_requests_of_plugins_are_halted_a_message_waits_as_for_a_gateway_that_is_away() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "SM1", "status": "queued"}"#)]).await;
    let shop = gateway.shop(&["send-sms"]).await;
    gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    secret(&shop, "auth-token", TOKEN).await;
    shop.publish(
        json!({ "paid": { "rules": [rule("sms", "rulewright.send-sms", json!({ "text": "Thank you" }))] } }),
    )
    .await;
    let client = shop.client(&[("mobile", CLIENT)], &[]).await;
    shop.engine.halt(Flow::Egress, "a strange address").await.unwrap();
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    let waiting = message(&shop).await;
    assert_eq!((waiting.state, gateway.asked().len()), (MessageState::Pending, 0), "{waiting:?}");
    assert!(waiting.error.as_deref().is_some_and(|error| error.contains("a strange address")), "{waiting:?}");

    shop.engine.resume(Flow::Egress).await.unwrap();
    shop.pass(3600).await;
    assert_eq!((message(&shop).await.state, gateway.asked().len()), (MessageState::Sent, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_intake_is_halted_nothing_new_is_done_and_what_is_there_goes_on() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut later = rule("counts", "test.counts", json!({}));
    later["when"] = json!({ "run": "after", "seconds": 3600 });
    shop.publish(json!({ "paid": { "rules": [later] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let before = shop.events(order).await.len();
    shop.engine.halt(Flow::Intake, "a flood").await.unwrap();
    let refused = shop.change(order, OrderChange::MoveStage { stage: "packing".into() }).await.unwrap_err();
    assert_eq!(refused.code(), INTAKE_HALTED);
    assert!(refused.to_string().contains("a flood"), "{refused}");
    assert_eq!((shop.read(order).await.stage.0.as_str(), shop.events(order).await.len()), ("paid", before));
    shop.pass(2 * 3600).await;
    assert_eq!(shop.states(order).await, ["counts done"], "its own work goes on");

    shop.engine.resume(Flow::Intake).await.unwrap();
    shop.enter(order, "packing").await;
    assert_eq!(shop.engine.resume(Flow::Intake).await.unwrap_err().code(), "not-found");
}

fn by() -> Actor {
    Actor::Token { name: "Ada".into() }
}

fn daily(order: OrderId) -> NewRecurrence {
    NewRecurrence {
        order,
        active: false,
        pipeline: None,
        start: "2030-01-01".into(),
        repeats: Repeats::Every(Period { unit: Unit::Day, count: 1 }),
        until: Until::Forever,
        begins_after: None,
        closes_after: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_intake_is_halted_no_door_lets_anything_in_and_what_recurs_can_be_stopped() {
    let shop = TestShop::with(&[bundled("send-sms")]).await;
    let sms = rule("sms", "rulewright.send-sms", json!({ "text": "Thank you" }));
    shop.publish(json!({ "paid": { "rules": [sms] } })).await;
    let client = shop.client(&[("mobile", CLIENT)], &[]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    let (run, message) = (shop.run(order).await.id, shop.messages().await[0].id);
    let channel = OpenChannel { name: "chat".into(), title: "Chat".into(), active: true, silence: 60 };
    shop.engine.put_open_channel(shop.id, channel).await.unwrap();
    let written = NewChatMessage {
        channel: "chat".into(),
        peer: "p1".into(),
        client: None,
        author: Author::Client,
        hidden: false,
        text: "Hello".into(),
        id: None,
    };
    let session = shop.engine.receive_chat(shop.id, by(), written).await.unwrap().session;
    let recurrence = shop.engine.add_recurrence(shop.id, by(), daily(order)).await.unwrap();
    let document = Document {
        id: DocumentId(1),
        shop: shop.id,
        order,
        run: None,
        template: None,
        numerator: None,
        number: None,
        title: "Invoice".into(),
        media_type: "text/plain".into(),
        public_code: None,
        created: at("2026-01-01T00:00:00Z"),
        size: 0,
        content: Vec::new(),
    };
    let before = shop.events(order).await.len();

    shop.engine.halt(Flow::Intake, "a flood").await.unwrap();
    let (id, chat, peer) = (shop.id, || "chat".to_owned(), "p1".to_owned());
    let refused = [
        ("another recurrence", shop.engine.add_recurrence(id, by(), daily(order)).await.err()),
        ("a recurrence's order", shop.engine.expose_recurrence(id, by(), recurrence).await.err()),
        ("a run again", shop.engine.run_again(id, run, by()).await.err()),
        ("the end of a chat", shop.engine.close_chat(id, chat(), session).await.err()),
        ("who a peer is", shop.engine.link_peer(id, chat(), peer, Some(client)).await.err()),
    ];
    for (door, refusal) in refused {
        let code = refusal.as_ref().map(|refusal| refusal.code());
        assert_eq!(code, Some(INTAKE_HALTED), "{door}: {refusal:?}");
    }
    assert_eq!(shop.engine.mail_opened(id, message, None).await.unwrap(), None);
    assert_eq!(shop.engine.document_opened(&document).await.unwrap(), None);
    assert_eq!(shop.events(order).await.len(), before);
    shop.engine.remove_recurrence(id, by(), recurrence).await.unwrap();

    shop.engine.resume(Flow::Intake).await.unwrap();
    assert!(shop.engine.mail_opened(id, message, None).await.unwrap().is_some());
    assert!(shop.engine.document_opened(&document).await.unwrap().is_some());
    shop.engine.run_again(id, run, by()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_not_tried_while_the_outbox_is_halted() {
    let shop = TestShop::with(&[]).await;
    let new = NewWebhook::standard("https://erp.example/in".into(), vec!["order.*".into()]);
    let webhook = shop.engine.create_webhook(shop.id, new).await.unwrap();
    shop.engine.halt(Flow::Outbox, "it sends twice").await.unwrap();
    let tried = shop.engine.try_webhook(shop.id, webhook.id).await.unwrap();
    assert_eq!(tried.status, None);
    assert!(tried.error.as_deref().is_some_and(|error| error.contains("it sends twice")), "{tried:?}");
}
