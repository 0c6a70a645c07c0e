//! Plugins that were built long ago: what was published once runs on every host of its track.

use rulewright_domain::{MessageState, OrderChange, plugin::PluginKind};
use serde_json::json;

use crate::{
    gateway::{CLIENT, Gateway, TOKEN, message, secret},
    rows_rules::{does, run_of, then_does, trigger},
    support::TestShop,
};

const PAYMENT: &[u8] = include_bytes!("../fixtures/components/0.1.0/payment.wasm");
const WAIT: &[u8] = include_bytes!("../fixtures/components/0.1.0/wait.wasm");
const SEND_SMS: &[u8] = include_bytes!("../fixtures/components/0.1.0/send-sms.wasm");
const TWILIO: &[u8] = include_bytes!("../fixtures/components/0.1.0/provider-twilio-sms.wasm");

#[test]
fn plugins_of_every_published_version_pass_the_gate() {
    for (bytes, id, kind, asks) in [
        (PAYMENT, "rulewright.payment", PluginKind::Trigger, vec!["log.write"]),
        (WAIT, "rulewright.wait", PluginKind::Rule, vec!["notifications.send", "step.midnight", "step.now"]),
        (SEND_SMS, "rulewright.send-sms", PluginKind::Rule, vec!["messages.queue", "step.idempotency-key"]),
        (
            TWILIO,
            "rulewright.provider-twilio-sms",
            PluginKind::Provider,
            vec!["http.send", "secrets.open", "signatures.sign"],
        ),
    ] {
        let package = rulewright_registry::inspect(bytes).unwrap_or_else(|refusal| panic!("{id}: {refusal}"));
        assert_eq!((package.manifest.id.as_str(), package.manifest.kind), (id, kind));
        for function in asks {
            assert!(package.imports.contains(function), "{id} no longer asks for {function}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_its_way_with_plugins_of_0_1_0_alone() {
    let gateway = Gateway::answering(&[(201, r#"{"sid": "SM1", "status": "queued"}"#)]).await;
    let shop = gateway.shop(&[]).await;
    gateway.connect(&shop, "provider-twilio-sms", |_| ()).await;
    // Over the one of today.
    shop.install_with_hosts(TWILIO, &[&gateway.address]).await;
    for fossil in [PAYMENT, WAIT, SEND_SMS] {
        shop.install(fossil).await;
    }
    secret(&shop, "auth-token", TOKEN).await;
    let until = json!({ "kind": "after", "amount": 2, "unit": "days" });
    shop.publish(json!({
        "paid": {
            "triggers": [trigger("payment", json!({}))],
            "rules": [does("wait", json!({ "until": until })), then_does("send-sms", json!({ "text": "Thank you" }))],
        },
    }))
    .await;
    let client = shop.client(&[("mobile", CLIENT)], &[]).await;
    let order = shop.order_of(&[client]).await;
    let amount = shop.read(order).await.total;
    shop.change(order, OrderChange::AddPayment { amount, system: None, paid: true }).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "paid", "the trigger has moved it");
    assert_eq!(run_of(&shop, order, "wait").await.state.name(), "waiting");
    assert!(gateway.asked().is_empty());

    pass_days(&shop, 3).await;
    let states = shop.states(order).await;
    assert_eq!(states, ["wait done", "send-sms done"], "{states:?}");
    let sent = message(&shop).await;
    assert_eq!((sent.state, sent.provider.as_deref()), (MessageState::Sent, Some("main")), "{sent:?}");
    assert_eq!(gateway.asked()[0].form("Body"), "Thank you");
    assert_eq!(shop.differences(order).await, vec![], "done again, they do the same");
}

async fn pass_days(shop: &TestShop, days: i64) {
    shop.pass(days * 24 * 60 * 60).await;
}
