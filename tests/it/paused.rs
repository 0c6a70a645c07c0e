//! A plugin that breaks at every run is paused: what would begin with it waits, and none of it is lost.

use rulewright_domain::{OrderId, RunState};
use serde_json::json;

use crate::{
    life::{version, with_manifest},
    programs,
    support::{TestShop, rule, then},
};

const TRAPS: &str = "test.traps-after-staging";
/// In a row.
const BROKEN: usize = 20;

async fn breaking() -> TestShop {
    let shop = TestShop::with(&[programs::TRAPS_AFTER_STAGING, programs::COUNTS]).await;
    let stages = json!({ "paid": { "rules": [
        rule("bad", TRAPS, json!({})),
        then("counts", "test.counts", json!({})),
    ] } });
    shop.publish(stages).await;
    for _ in 0..BROKEN {
        assert_eq!(entered(&shop).await.1[0], "bad failed");
    }
    shop
}

async fn entered(shop: &TestShop) -> (OrderId, Vec<String>) {
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    (order, shop.states(order).await)
}

async fn notes(shop: &TestShop) -> Vec<String> {
    let notes = shop.engine.health_notes(shop.id).await.unwrap();
    notes.into_iter().map(|one| one.note.id).filter(|id| id.starts_with("plugin-paused")).collect()
}

/// The same plugin, without the fault.
fn mended() -> Vec<u8> {
    with_manifest(&version(programs::COUNTS, "2.0.0"), |manifest| manifest["id"] = TRAPS.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_breaks_at_every_run_is_paused_and_goes_on_when_somebody_lets_it() {
    let shop = breaking().await;
    assert_eq!(notes(&shop).await, [format!("plugin-paused.{TRAPS}")]);
    let (order, states) = entered(&shop).await;
    assert_eq!(states, ["bad parked", "counts blocked"], "what runs after it waits with it");
    let RunState::Parked { reason } = shop.runs(order).await.remove(0).state else { panic!("{states:?}") };
    assert!(reason.starts_with("plugin-paused: ") && reason.contains(TRAPS), "{reason}");
    // Over a restart too.
    let shop = shop.restarted().await;
    let (later, states) = entered(&shop).await;
    assert_eq!(states, ["bad parked", "counts blocked"]);

    // Whoever wants to know tries one, and only that one.
    let run = shop.runs(later).await.remove(0).id;
    shop.engine.retry_run(shop.id, run).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(
        (shop.states(later).await[0].as_str(), shop.states(order).await[0].as_str()),
        ("bad failed", "bad parked")
    );

    shop.engine.resume_plugin(shop.id, &TRAPS.to_owned()).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.states(order).await, ["bad failed", "counts cancelled"]);
    assert_eq!((notes(&shop).await, entered(&shop).await.1[0].as_str()), (Vec::new(), "bad failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_paused_plugin_goes_on_with_the_version_that_is_mended() {
    let shop = breaking().await;
    let (order, states) = entered(&shop).await;
    assert_eq!(states, ["bad parked", "counts blocked"]);
    let (left, _) = entered(&shop).await;
    shop.enter(left, "packing").await;
    assert_eq!(shop.states(left).await[0], "bad cancelled", "an order that moves on takes its runs back");

    shop.install(&mended()).await;
    shop.engine.idle().await;
    assert_eq!(shop.states(order).await, ["bad done", "counts done"]);
    assert_eq!(shop.states(left).await[0], "bad cancelled");
    assert_eq!(
        (notes(&shop).await, entered(&shop).await.1),
        (Vec::new(), vec!["bad done".into(), "counts done".into()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_paused_in_one_shop_runs_in_another() {
    let shop = breaking().await;
    let other = shop.another().await;
    other.install(programs::TRAPS_AFTER_STAGING).await;
    other.publish(json!({ "paid": { "rules": [rule("bad", TRAPS, json!({}))] } })).await;
    assert_eq!(
        (entered(&shop).await.1[0].as_str(), entered(&other).await.1[0].as_str()),
        ("bad parked", "bad failed")
    );
    assert!(notes(&other).await.is_empty());
}
