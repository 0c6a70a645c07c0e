//! How the life of a plugin ends: revoked, put in quarantine, removed. Cases B27 and B28 of the project's list of abuse and
//! faults.

use std::sync::Arc;

use axum::{Router, routing::get};
use rulewright_domain::{OrderChange, OrderId, RunState, Verdict};
use rulewright_engine::{Allowed, OPERATOR, Offered, Refusal};
use rulewright_ports::{StorageError, StorageExt};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{
    life::{HOUR, Life, PLUGIN, code, file, reason, version, whole},
    programs,
    support::{TestShop, package, rule, then},
};

#[tokio::test(flavor = "multi_thread")]
async fn b27_what_is_revoked_ends_everywhere_and_comes_back_when_the_list_says_so() {
    let (life, first) = Life::begun(HOUR).await;
    let waiting = life.waiting().await;
    assert!(life.revoke(&first, 7).await.unwrap());
    assert_eq!(reason(life.shop.run(waiting).await.state), "revoked: it copies clients");
    assert_eq!(life.shop.comments(waiting).await, ["`ages` was stopped: revoked: it copies clients"]);
    // Nothing of it begins, and nothing brings it back.
    let order = life.shop.order().await;
    life.shop.enter(order, "paid").await;
    assert_eq!(reason(life.shop.run(order).await.state), "revoked: it copies clients");
    let other = version(programs::AGES_ANEW, "2.0.0");
    let again = life.offer(&other, file(), Allowed::default()).await.unwrap();
    assert!(matches!(again, Offered::Waiting(_)), "another version may come");
    let component = version(programs::AGES, "1.0.0");
    assert_eq!(code(life.offer(&component, file(), Allowed::default()).await), "revoked");
    let (engine, shop) = (&life.shop.engine, life.shop.id);
    let grant = whole(&first);
    let refused = engine.install(shop, first.clone(), component.as_slice().into(), grant).await;
    assert_eq!(code(refused), "revoked");
    let rules = [rule("ages", PLUGIN, json!({}))];
    let Err(Refusal::Invalid(issues)) = life.shop.try_publish(json!({ "new": { "rules": rules } })).await
    else {
        panic!("published")
    };
    assert_eq!(issues[0].code, "revoked");

    // Lists go forward only.
    assert!(!life.revoke(&first, 7).await.unwrap(), "the same once more");
    assert_eq!(code(engine.revoke("registry.example", vec![], 7).await), "stale-list");
    assert_eq!(code(engine.revoke("registry.example", vec![], 6).await), "stale-list");
    assert_eq!(code(engine.revoke(OPERATOR, vec![], 8).await), "invalid");
    assert!(engine.revoke("registry.example", vec![], 8).await.unwrap());
    let order = life.waiting().await;
    life.shop.pass(HOUR).await;
    assert_eq!(life.shop.run(order).await.state, RunState::Done);
    assert_eq!(life.shop.comments(waiting).await.len(), 1, "what ended stays ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_put_a_component_in_quarantine_whatever_lists_say() {
    let (life, first) = Life::begun(HOUR).await;
    let second = life.upgraded(&version(programs::AGES_ANEW, "2.0.0")).await;
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    engine.quarantine(&first.digest, "under suspicion").await.unwrap();
    let refused = engine.roll_back(shop, &plugin).await.unwrap_err();
    assert_eq!(refused.code(), "revoked");
    assert!(refused.to_string().contains("under suspicion"), "{refused}");
    let order = life.waiting().await;
    assert_eq!(life.shop.run(order).await.digest, second.digest, "only that one");
    life.revoke(&first, 1).await.unwrap();
    engine.revoke("registry.example", vec![], 2).await.unwrap();
    assert_eq!(engine.revocations().await.unwrap().len(), 1);
    engine.release(&first.digest).await.unwrap();
    assert_eq!(code(engine.release(&first.digest).await), "not-found");
    assert_eq!(engine.roll_back(shop, &plugin).await.unwrap().digest, first.digest);
    assert_eq!(code(engine.quarantine(&"abc".to_owned(), "no digest").await), "invalid");
    assert_eq!(code(engine.quarantine(&first.digest, " ").await), "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn b27_a_step_that_runs_while_its_component_is_revoked_does_not_commit() {
    let (arrived, answers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (come, go) = (arrived.clone(), answers.clone());
    let answer = move || async move {
        come.add_permits(1);
        go.acquire().await.unwrap().forget();
        "answer"
    };
    let router = Router::new().route("/", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let shop = TestShop::with_neighbours(&[], std::slice::from_ref(&address)).await;
    shop.install_with_hosts(programs::SENDS_HTTP, &[&address]).await;
    let asks = rule("asks", "test.sends-http", json!({ "text": format!("http://{address}/") }));
    shop.publish(json!({ "paid": { "rules": [asks] } })).await;
    let order = shop.order().await;
    shop.move_to(order, "paid").await;
    arrived.acquire().await.unwrap().forget();
    let digest = package(programs::SENDS_HTTP).digest;
    shop.engine.quarantine(&digest, "it tells everything").await.unwrap();
    answers.add_permits(10);
    shop.engine.idle().await;
    let run = shop.run(order).await;
    assert_eq!(reason(run.state), "revoked: it tells everything");
    assert!(run.output.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn b28_a_plugin_with_waiting_runs_goes_by_force_and_each_run_says_why() {
    const RUNS: u64 = 1_200;
    let (life, _) = Life::begun(HOUR).await;
    let orders: Vec<OrderId> =
        futures::future::join_all((0..RUNS).map(|_| life.shop.order())).await.into_iter().collect();
    futures::future::join_all(orders.iter().map(|order| life.shop.move_to(*order, "paid"))).await;
    life.shop.engine.idle().await;
    life.shop.publish(json!({})).await;
    let plugin = PLUGIN.to_owned();
    let refused = life.shop.engine.remove_plugin(life.shop.id, &plugin, false).await.unwrap_err();
    assert_eq!(refused.code(), "runs-open");
    assert!(refused.to_string().contains("1200 runs"), "{refused}");
    assert_eq!(life.waiting_runs().await, [RUNS]);

    // Somebody who goes away in the middle of it: what is begun of a batch is finished, and no other begins.
    let (engine, shop) = (life.shop.engine.clone(), life.shop.id);
    let removal = tokio::spawn(async move { engine.remove_plugin(shop, &PLUGIN.to_owned(), true).await });
    while life.waiting_runs().await == [RUNS] {
        tokio::task::yield_now().await;
    }
    removal.abort();
    drop(removal.await);
    life.shop.engine.storage().write(|_| Ok::<_, StorageError>(())).await.unwrap();
    if life.installed().await.is_some() {
        let left: u64 = life.waiting_runs().await.into_iter().sum();
        assert!([700, 200, 0].contains(&left), "in batches of 500, {left} are left");
        let ended = life.shop.engine.remove_plugin(shop, &plugin, true).await.unwrap();
        assert_eq!(ended, left);
    }
    assert!(life.installed().await.is_none());
    for order in &orders {
        let run = life.shop.run(*order).await;
        assert_eq!(reason(run.state), "plugin-removed: `test.ages` was removed from the shop");
        assert_eq!(run.trace.len(), 1, "and what it had done stays known");
    }
    assert!(life.digests().await.is_empty(), "its component is gone too");
    life.shop.pass(2 * HOUR).await;
    assert_eq!(life.shop.comments(orders[0]).await.len(), 1, "that it was stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_published_automation_uses_is_not_removed_even_by_force() {
    let (life, _) = Life::begun(HOUR).await;
    life.waiting().await;
    let refused = life.shop.engine.remove_plugin(life.shop.id, &PLUGIN.to_owned(), true).await.unwrap_err();
    assert!(refused.to_string().contains("`ages` on `paid`"), "{refused}");
    assert_eq!(life.waiting_runs().await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn b27_a_revocation_stops_what_waits_in_every_shop_and_nothing_else() {
    let (life, first) = Life::begun(HOUR).await;
    let other = Life { shop: life.shop.another().await };
    other.shop.install(programs::WAITS).await;
    let component = version(programs::AGES, "1.0.0");
    other.offer(&component, file(), Allowed::default()).await.unwrap();
    other.accept(&first, whole(&first)).await.unwrap();
    let rules = [
        rule("ages", PLUGIN, json!({})),
        rule("waits", "test.waits", json!({})),
        then("after", "test.waits", json!({ "amount": 1_000 })),
    ];
    other.shop.publish(json!({ "paid": { "rules": rules } })).await;
    let waiting = [life.waiting().await, other.shop.order().await];
    other.shop.enter(waiting[1], "paid").await;
    life.revoke(&first, 1).await.unwrap();
    assert_eq!(reason(life.shop.run(waiting[0]).await.state), "revoked: it copies clients");
    assert_eq!(other.shop.states(waiting[1]).await, ["ages cancelled", "waits waiting", "after blocked"]);
    other.shop.pass(HOUR + 1).await;
    assert_eq!(other.shop.states(waiting[1]).await, ["ages cancelled", "waits done", "after done"]);
    // An order that has seen nothing of it is told nothing.
    assert_eq!(other.shop.comments(waiting[1]).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn b27_a_trigger_that_is_revoked_moves_nothing() {
    let shop = TestShop::with(&[programs::WATCHES]).await;
    let settings = json!({ "changes": true, "field": "colour" });
    let watches = json!({ "id": "colour", "name": "colour", "plugin": "test.watches", "settings": settings });
    shop.publish(json!({ "paid": { "triggers": [watches] } })).await;
    shop.engine.quarantine(&package(programs::WATCHES).digest, "it moves what it likes").await.unwrap();
    let order = shop.order().await;
    let fields = [("colour".to_owned(), json!("blue"))].into();
    shop.change(order, OrderChange::SetFields { fields }).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "new");
    let Some(Verdict::Failed { code, message }) = shop.matches(order).await[0].candidates[0].verdict.clone()
    else {
        panic!("it was asked")
    };
    assert_eq!(code, "revoked");
    assert!(message.contains("it moves what it likes"), "{message}");
}
