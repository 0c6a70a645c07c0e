//! An order changes the pipeline in which it is followed.

use rulewright_domain::{OrderChange, OrderKind, Pipeline, RunState, Stage, StageKind};
use serde_json::json;

use crate::{
    programs,
    support::{TestShop, rule},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_to_another_pipeline_leaves_its_stage_and_starts_the_rules_of_the_new_one() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut later = rule("later", "test.counts", json!({}));
    later["when"] = json!({ "run": "after", "seconds": 3600 });
    shop.publish(json!({ "paid": { "rules": [later] } })).await;
    let stages = vec![Stage::new("paid", "Paid", StageKind::Open)];
    let repairs = Pipeline::new("repairs", "Repairs", OrderKind::Order, stages);
    shop.engine.put_pipeline(shop.id, repairs).await.unwrap();
    let here =
        serde_json::from_value(json!({ "paid": { "rules": [rule("here", "test.counts", json!({}))] } }));
    shop.engine.save_draft(shop.id, &"repairs".into(), None, here.unwrap()).await.unwrap();
    shop.engine.publish(shop.id, &"repairs".into()).await.unwrap();

    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let to =
        |pipeline: &str| OrderChange::MovePipeline { pipeline: pipeline.into(), stage: Some("paid".into()) };
    shop.change(order, to("repairs")).await.unwrap();
    shop.engine.idle().await;

    let runs = shop.runs(order).await;
    let of = |rule: &str| runs.iter().find(|run| run.rule.0 == rule).map(|run| run.state.clone());
    assert!(matches!(of("later"), Some(RunState::Cancelled { reason }) if reason.contains("stage-left")));
    assert_eq!(of("here"), Some(RunState::Done));
    let kinds: Vec<String> = shop.events(order).await.into_iter().map(|event| event.what.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "order.pipeline-changed").count(), 1);
    let refused = shop.change(order, to("nowhere")).await.unwrap_err();
    assert!(refused.to_string().contains("there is no pipeline `nowhere`"), "{refused}");
}
