//! An ended run that is started once more: another run, whose effects are done beside those of the first.

use rulewright_domain::{Actor, Cause, OrderId, Rejection, RunId, RunState};
use rulewright_engine::{Asked, Key, Refusal, RunNowOutlook};
use serde_json::json;

use crate::{
    programs,
    support::{TestShop, bundled, rule, then},
};

fn ada() -> Actor {
    Actor::Token { name: "Ada".into() }
}

async fn again(shop: &TestShop, run: RunId) -> Result<RunId, Refusal> {
    let started = shop.engine.run_again(shop.id, run, ada()).await;
    shop.engine.idle().await;
    started
}

async fn refused(shop: &TestShop, run: RunId, why: &str) {
    let refused = again(shop, run).await;
    assert!(
        matches!(&refused, Err(Refusal::Conflict { message }) if message.contains(why)),
        "{why}: {refused:?}"
    );
}

async fn of_a_client(shop: &TestShop) -> OrderId {
    let client = shop.client(&[("mobile", "+12025550100")], &[]).await;
    shop.order_of(&[client]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_run_did_is_done_once_more_with_keys_of_its_own() {
    let shop = TestShop::with(&[bundled("send-sms"), programs::COUNTS]).await;
    let rules = |text: &str| {
        json!({ "paid": { "rules": [
            rule("sms", "rulewright.send-sms", json!({ "text": text })), then("counts", "test.counts", json!({})),
        ] } })
    };
    shop.publish(rules("one")).await;
    let order = of_a_client(&shop).await;
    shop.enter(order, "paid").await;
    let old = shop.runs(order).await.remove(0);
    let revision = shop.publish(rules("two")).await;

    let new = again(&shop, old.id).await.unwrap();
    let runs = shop.runs(order).await;
    let states: Vec<_> = runs.iter().map(|run| (run.rule.0.as_str(), run.state.name())).collect();
    assert_eq!(
        states,
        [("sms", "done"), ("counts", "done"), ("sms", "done")],
        "the rule after it does not run again"
    );
    let started = runs.iter().find(|run| run.id == new).unwrap();
    assert_eq!((started.again, started.revision, started.visit), (Some(old.id), revision, old.visit));
    assert_eq!((started.cause.by.name(), started.cause.parent), ("Ada", Some(old.event)));
    assert_eq!(started.cause.chain, ["sms"], "the cause names the rule that is repeated");
    let messages = shop.messages().await;
    let texts: Vec<_> = messages.iter().map(|message| message.draft.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_ne!(messages[0].key, messages[1].key);
    assert_eq!(shop.provider.received.lock().unwrap().len(), 2);
    assert_eq!(shop.differences(order).await, [], "both are replayed as they were");

    // A try of its step again is the same message still.
    assert_eq!(messages[1].key, rulewright_engine::message_key(started, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_starts_one_run_and_one_rule_runs_once_at_a_time() {
    let shop = TestShop::with(&[programs::WAITS]).await;
    shop.publish(json!({ "paid": { "rules": [rule("waits", "test.waits", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let old = shop.run(order).await.id;
    refused(&shop, old, "has not ended").await;
    shop.pass(3600).await;
    let key = || Key { source: "t".into(), key: "k".into(), fingerprint: "f".into() };
    let asked = || Asked { shop: shop.id, key: Some(key()) };
    let new = shop.engine.run_again(asked(), old, ada()).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.engine.run_again(asked(), old, ada()).await.unwrap(), new, "answered as the first time");
    refused(&shop, old, &format!("{new} of the same rule and order has not ended")).await;
    shop.pass(3600).await;
    assert_eq!(shop.states(order).await, ["waits done", "waits done"]);
    assert_eq!(shop.comments(order).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_rule_that_is_still_there_runs_again_for_an_order_that_is_still_there() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let counts = || rule("counts", "test.counts", json!({}));
    let publish = async |rules: serde_json::Value| shop.publish(json!({ "paid": { "rules": rules } })).await;
    publish(json!([counts()])).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let old = shop.run(order).await.id;
    publish(json!([rule("other", "test.counts", json!({}))])).await;
    refused(&shop, old, "no longer where it was").await;
    let mut off = counts();
    off["active"] = json!(false);
    publish(json!([off])).await;
    refused(&shop, old, "switched off").await;
    publish(json!([counts()])).await;
    shop.enter(order, "packing").await;
    refused(&shop, old, "has left the stage").await;
    assert!(matches!(again(&shop, RunId(9_999)).await, Err(Refusal::NotFound { .. })));
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_recorded_is_done_once_the_rule_is_out_of_the_shadow() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut counts = rule("counts", "test.counts", json!({}));
    counts["shadow"] = json!(true);
    shop.publish(json!({ "paid": { "rules": [counts.clone()] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let old = shop.run(order).await.id;
    again(&shop, old).await.unwrap();
    assert!(shop.read(order).await.fields.is_empty(), "it is in shadow still");
    counts["shadow"] = json!(false);
    shop.publish(json!({ "paid": { "rules": [counts] } })).await;
    again(&shop, old).await.unwrap();
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
    assert_eq!(shop.runs(order).await.iter().map(|run| run.shadow).collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_a_run_of_a_run_is_a_loop_in_the_end() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    shop.publish(json!({ "paid": { "rules": [rule("counts", "test.counts", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let first = shop.run(order).await.id;
    let mut last = first;
    for _ in 0..Cause::MAX_DEPTH {
        last = again(&shop, last).await.unwrap();
    }
    let refused = again(&shop, last).await;
    assert!(matches!(&refused, Err(Refusal::Rejected(Rejection::Loop { .. }))), "{refused:?}");
    again(&shop, first).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_whose_run_was_cancelled_while_the_one_above_it_goes_on_waits_for_that_again() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WAITS]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("waits", "test.waits", json!({})), then("next", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let next = shop.runs(order).await.remove(1);
    shop.engine.cancel_run(shop.id, next.id).await.unwrap();
    let new = again(&shop, next.id).await.unwrap();
    let run = async || shop.runs(order).await.into_iter().find(|run| run.id == new).unwrap();
    assert!(matches!(run().await.state, RunState::Blocked { .. }));
    shop.pass(3600).await;
    assert_eq!(run().await.state, RunState::Done);
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_start_would_come_to_is_what_it_comes_to() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let order = shop.order().await;
        shop.move_to(order, "paid").await;
        orders.push(order);
    }
    orders.push(shop.order().await);
    orders.push(OrderId(9_999));
    shop.engine.idle().await;
    let look = async || {
        let (pipeline, stage, rule) = (shop.pipeline.clone(), "paid".into(), "counts".into());
        shop.engine.run_now_outlook(shop.id, pipeline, stage, rule, orders.clone()).await
    };
    assert!(matches!(look().await, Err(Refusal::NotFound { .. })), "it is not published");
    let mut counts = rule("counts", "test.counts", json!({}));
    counts["condition"] = json!({ "field": "order.fields.count", "operator": "filled" });
    let publish = async |rule: &serde_json::Value| shop.publish(json!({ "paid": { "rules": [rule] } })).await;
    publish(&counts).await;
    let nothing = RunNowOutlook { condition_false: 3, elsewhere: 2, ..RunNowOutlook::default() };
    assert_eq!(look().await.unwrap(), nothing);
    counts["condition"]["operator"] = json!("empty");
    publish(&counts).await;
    let all = RunNowOutlook { would_run: 3, elsewhere: 2, ..RunNowOutlook::default() };
    assert_eq!(look().await.unwrap(), all);
    assert!(shop.runs(orders[0]).await.is_empty(), "nothing is begun by looking");

    let wish = rulewright_engine::RunNow {
        pipeline: shop.pipeline.clone(),
        stage: "paid".into(),
        rule: "counts".into(),
        orders: rulewright_engine::Among::These(orders.clone()),
        by: ada(),
    };
    let done = shop.engine.run_now(shop.id, wish).await.unwrap();
    assert_eq!((done.started, done.elsewhere), (3, 2));
    shop.engine.idle().await;
    assert_eq!(shop.states(orders[0]).await, ["counts done"]);
    let after = RunNowOutlook { had_run: 3, elsewhere: 2, ..RunNowOutlook::default() };
    assert_eq!(look().await.unwrap(), after);
}
