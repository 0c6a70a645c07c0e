//! Rules in shadow do everything on live events, and nothing of what they ask for is done.

use rulewright_domain::{EntryKind, OrderId, RunState};
use rulewright_engine::Refusal;
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::{
    programs,
    support::{ALL, TestShop, bundled, rule, then},
};

fn shadow(mut rule: Value) -> Value {
    rule["shadow"] = json!(true);
    rule
}

fn sms(text: &str) -> Value {
    rule("sms", "rulewright.send-sms", json!({ "text": text }))
}

async fn of_ada(shop: &TestShop) -> OrderId {
    let ada = shop.client(&[("mobile", "+12025550100")], &[]).await;
    shop.order_of(&[ada]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_in_shadow_asks_for_is_told_and_not_done_and_the_next_goes_on() {
    let shop = TestShop::with(&[bundled("send-sms"), bundled("task"), programs::COUNTS]).await;
    shop.publish(json!({ "paid": { "rules": [
        shadow(sms("Dear {{ client.name }}")),
        shadow(then("task", "rulewright.task", json!({ "title": "Call {{ client.name }}" }))),
        shadow(then("counts", "test.counts", json!({}))),
        then("after", "test.counts", json!({})),
    ] } }))
    .await;
    let order = of_ada(&shop).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["sms done", "task done", "counts done", "after done"]);
    assert_eq!(
        shop.read(order).await.fields["count"],
        json!(1),
        "only the rule that is not in shadow counted"
    );
    assert!(shop.messages().await.is_empty() && shop.provider.received.lock().unwrap().is_empty());
    assert!(shop.entries(order, EntryKind::Task).await.is_empty());
    let runs = shop.runs(order).await;
    assert_eq!(runs.iter().map(|run| run.shadow).collect::<Vec<_>>(), [true, true, true, false]);
    let told = runs.iter().map(|run| run.trace[0].effects[0].to_string()).collect::<Vec<_>>();
    assert!(told[0].contains("Dear Ada Lovelace") && told[1].contains("Call Ada Lovelace"), "{told:?}");
    assert_eq!(shop.differences(order).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_never_made_up_for() {
    let shop = TestShop::with(&[bundled("send-sms"), programs::WAITS]).await;
    let waits = || rule("waits", "test.waits", json!({}));
    shop.publish(json!({ "paid": { "rules": [shadow(sms("hi")), shadow(waits())] } })).await;
    let order = of_ada(&shop).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["sms done", "waits waiting"]);

    // Out of the shadow while one of its runs still waits: that run stays what it began as.
    shop.publish(json!({ "paid": { "rules": [sms("hi"), waits()] } })).await;
    let shop = shop.restarted().await;
    shop.pass(3600).await;
    assert_eq!(shop.states(order).await, ["sms done", "waits done"]);
    assert!(shop.comments(order).await.is_empty() && shop.messages().await.is_empty());

    let next = of_ada(&shop).await;
    shop.enter(next, "paid").await;
    shop.pass(3600).await;
    assert_eq!((shop.messages().await.len(), shop.comments(next).await.len()), (1, 1));
    assert!(shop.comments(order).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_shadow_takes_no_number_and_makes_no_document() {
    let shop = TestShop::with(&[bundled("create-crm-document")]).await;
    let numerator = rulewright_domain::Numerator::new("invoices", "INV-{number}");
    shop.engine.put_numerator(shop.id, numerator).await.unwrap();
    let template = rulewright_domain::Template {
        name: "invoice".into(),
        title: "Invoice".into(),
        media_type: "text/plain".into(),
        source: "{{ document.number }}".into(),
        numerator: "invoices".into(),
    };
    shop.engine.put_template(shop.id, template).await.unwrap();
    let make = |id| rule(id, "rulewright.create-crm-document", json!({ "template": "invoice" }));
    let stages =
        json!({ "paid": { "rules": [shadow(make("tries"))] }, "packing": { "rules": [make("makes")] } });
    shop.publish(stages).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    shop.enter(order, "packing").await;
    let id = shop.id;
    let documents = shop
        .engine
        .storage()
        .read(move |reads| Ok::<_, Refusal>(reads.documents(id, Some(order), ALL)?))
        .await
        .unwrap();
    let numbers: Vec<_> = documents.into_iter().map(|document| document.number).collect();
    assert_eq!(numbers, [Some("INV-1".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_shadow_that_fails_says_so_like_any_other() {
    let shop = TestShop::with(&[programs::TRAPS_AFTER_STAGING, programs::COUNTS]).await;
    shop.publish(json!({ "paid": { "rules": [
        shadow(rule("bad", "test.traps-after-staging", json!({}))),
        then("stops", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["bad failed", "stops cancelled"]);
    let bad = shop.runs(order).await.remove(0);
    assert!(bad.shadow && bad.trace[0].effects.is_empty());
    assert!(matches!(&bad.state, RunState::Failed { code, .. } if code == "trap"), "{:?}", bad.state);
}
