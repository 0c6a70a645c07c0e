//! A rule that comes after the orders: started for those that stand in its stage already.

use rulewright_domain::{Actor, OrderId};
use rulewright_engine::{Among, Asked, Key, Refusal, RunNow, StartedNow};
use serde_json::json;

use crate::{
    programs,
    support::{TestShop, rule, then},
};

fn wish(shop: &TestShop, rule: &str, orders: Among) -> RunNow {
    RunNow {
        pipeline: shop.pipeline.clone(),
        stage: "paid".into(),
        rule: rule.into(),
        orders,
        by: Actor::Token { name: "Ada".into() },
    }
}

async fn in_stage(shop: &TestShop, count: usize) -> Vec<OrderId> {
    let mut orders = Vec::new();
    for _ in 0..count {
        let order = shop.order().await;
        shop.move_to(order, "paid").await;
        orders.push(order);
    }
    shop.engine.idle().await;
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_the_stage_gets_its_run_once_over_many_transactions() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let before = in_stage(&shop, 210).await;
    shop.publish(json!({ "paid": { "rules": [rule("late", "test.counts", json!({}))] } })).await;
    let after = in_stage(&shop, 1).await;
    let (paid, late) = ("paid".into(), "late".into());
    let preview = shop.engine.run_now_preview(shop.id, &shop.pipeline, &paid, &late).await.unwrap();
    assert_eq!((preview.here, preview.never_ran), (211, 210));

    let key = |fingerprint: &str| Asked {
        shop: shop.id,
        key: Some(Key { source: "t".into(), key: "k".into(), fingerprint: fingerprint.into() }),
    };
    let expected = StartedNow { started: 210, had_run: 1, elsewhere: 0 };
    for _ in 0..2 {
        let done = shop.engine.run_now(key("f"), wish(&shop, "late", Among::Here)).await.unwrap();
        assert_eq!(done, expected, "the second time it is answered as the first");
        shop.engine.idle().await;
    }
    let log = shop.engine.audit(shop.id, None, 100).await.unwrap();
    let deeds = log.iter().filter(|entry| entry.deed.action == "rule.run-now");
    let subjects: Vec<&str> = deeds.map(|entry| entry.deed.subject.as_str()).collect();
    assert_eq!(subjects, ["late"], "many transactions and a repetition are one deed");
    let other = shop.engine.run_now(key("g"), wish(&shop, "late", Among::Here)).await;
    assert!(matches!(other, Err(Refusal::KeyReused { .. })), "{other:?}");
    let again = shop.engine.run_now(shop.id, wish(&shop, "late", Among::Here)).await.unwrap();
    assert_eq!(again, StartedNow { started: 0, had_run: 211, elsewhere: 0 });
    for order in before.iter().chain(&after).step_by(50) {
        assert_eq!(shop.read(*order).await.fields["count"], json!(1));
    }
    let events = shop.events(before[0]).await;
    let started = events.iter().find(|event| event.what.kind == "rule.started").unwrap();
    assert_eq!((started.cause.by.name(), &started.what.attrs["rule"]), ("Ada", &json!("late")));
    assert_eq!(shop.differences(before[0]).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_started_late_waits_for_the_one_above_it() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WAITS]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("waits", "test.waits", json!({})), then("next", "test.counts", json!({})),
    ] } }))
    .await;
    let order = in_stage(&shop, 1).await[0];
    shop.publish(json!({ "paid": { "rules": [
        rule("waits", "test.waits", json!({})),
        then("late", "test.counts", json!({})),
        then("next", "test.counts", json!({})),
    ] } }))
    .await;
    let elsewhere = shop.order().await;
    let these = Among::These(vec![elsewhere, order, order]);
    let done = shop.engine.run_now(shop.id, wish(&shop, "late", these)).await.unwrap();
    assert_eq!(done, StartedNow { started: 1, had_run: 0, elsewhere: 1 });
    shop.engine.idle().await;
    let mut states = shop.states(order).await;
    states.sort();
    assert_eq!(states, ["late blocked", "next blocked", "waits waiting"]);
    shop.pass(3600).await;
    let mut states = shop.states(order).await;
    states.sort();
    assert_eq!(states, ["late done", "next done", "waits done"]);

    // What stands above it has ended: nothing is left to wait for.
    shop.publish(json!({ "paid": { "rules": [
        rule("waits", "test.waits", json!({})), then("later", "test.counts", json!({})),
    ] } }))
    .await;
    shop.engine.run_now(shop.id, wish(&shop, "later", Among::Here)).await.unwrap();
    shop.engine.idle().await;
    assert!(shop.states(order).await.contains(&"later done".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_in_shadow_does_not_count_once_the_rule_is_out_of_it() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut counts = rule("counts", "test.counts", json!({}));
    counts["shadow"] = json!(true);
    shop.publish(json!({ "paid": { "rules": [counts.clone()] } })).await;
    let order = in_stage(&shop, 1).await[0];
    let now = async || shop.engine.run_now(shop.id, wish(&shop, "counts", Among::Here)).await.unwrap();
    assert_eq!(now().await, StartedNow { started: 0, had_run: 1, elsewhere: 0 });
    counts["shadow"] = json!(false);
    shop.publish(json!({ "paid": { "rules": [counts] } })).await;
    assert_eq!(now().await, StartedNow { started: 1, had_run: 0, elsewhere: 0 });
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
    assert_eq!(now().await.had_run, 1);
}
