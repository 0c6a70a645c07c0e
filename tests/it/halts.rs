//! What the operator halts stands still on the whole server, and goes on where it was.

use rulewright_domain::{Flow, MessageState, OrderChange, RunState};
use serde_json::json;

use crate::{
    gateway::{CLIENT, Gateway, TOKEN, message, secret},
    programs,
    support::{TestShop, bundled, rule},
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
    assert_eq!(refused.code(), rulewright_engine::INTAKE_HALTED);
    assert!(refused.to_string().contains("a flood"), "{refused}");
    assert_eq!((shop.read(order).await.stage.0.as_str(), shop.events(order).await.len()), ("paid", before));
    shop.pass(2 * 3600).await;
    assert_eq!(shop.states(order).await, ["counts done"], "its own work goes on");

    shop.engine.resume(Flow::Intake).await.unwrap();
    shop.enter(order, "packing").await;
    assert_eq!(shop.engine.resume(Flow::Intake).await.unwrap_err().code(), "not-found");
}
