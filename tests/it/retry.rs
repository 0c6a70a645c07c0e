//! Messages that somebody has sent once more.

use rulewright_domain::{EntryKind, Message, MessageState};
use serde_json::json;

use crate::{
    gateway::{Api, message},
    support::{TestShop, bundled, rule},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_given_up_is_sent_once_more_with_its_key_and_never_twice() {
    let shop = TestShop::with(&[bundled("send-sms")]).await;
    let api = Api::of(&shop).await;
    let sms = rule("sms", "rulewright.send-sms", json!({ "text": "Order {{ order.number }} is paid" }));
    shop.publish(json!({ "paid": { "rules": [sms] } })).await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    *shop.provider.failures.lock().unwrap() = Message::MAX_ATTEMPTS + 1;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    shop.pass(3 * 3600).await;
    let dead = message(&shop).await;
    assert_eq!((dead.state, dead.attempt), (MessageState::Dead, Message::MAX_ATTEMPTS));

    let path = format!("/v1/deliveries/{}/retry", dead.id);
    let (status, retried) = api.staff(&shop, "POST", &path, json!({})).await;
    assert_eq!(
        (status, &retried["id"], &retried["key"]),
        (202, &dead.id.to_string().into(), &dead.key.clone().into())
    );
    shop.engine.idle().await;
    let waiting = message(&shop).await;
    assert_eq!(
        (waiting.state, waiting.attempt),
        (MessageState::Pending, 1),
        "from the start, pauses and all"
    );
    shop.pass(5).await;
    assert_eq!(message(&shop).await.state, MessageState::Sent);
    let received = shop.provider.received.lock().unwrap().clone();
    assert_eq!(received.len(), Message::MAX_ATTEMPTS as usize + 2);
    assert!(received.iter().all(|one| one.key == dead.key));
    let lines = shop.entries(order, EntryKind::Message).await;
    assert!(lines.iter().any(|line| line.text == "sms sent"), "{lines:?}");

    let (status, problem) = api.staff(&shop, "POST", &path, json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &"conflict".into()), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("has been sent"), "{problem}");
    assert_eq!(shop.provider.received.lock().unwrap().len(), received.len());
}
