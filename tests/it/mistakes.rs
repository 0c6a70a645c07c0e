//! A mistake of ours in the midst of a step, which no plugin makes and nobody expects.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rulewright_domain::{OrderId, plugin::Digest};
use rulewright_ports::{Completion, Executor, Failure, Invocation, Task, World};
use serde_json::json;

use crate::{
    programs,
    support::{Outside, TestShop, rule, runtime},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The sandbox, which panics at the next step where it is told to.
#[derive(Default)]
struct Mistaken {
    next: AtomicBool,
}

#[async_trait]
impl Executor for Mistaken {
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure> {
        runtime().prepare(digest, component).await
    }

    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        let is_step = matches!(invocation.task, Task::Step(_));
        assert!(!is_step || !self.next.swap(false, Ordering::SeqCst), "the mistake");
        runtime().run(invocation, world).await
    }
}

async fn enter(shop: &TestShop, order: OrderId, stage: &str) {
    tokio::time::timeout(PATIENCE, shop.enter(order, stage)).await.expect("the order stands still");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_step_holds_up_nobody_and_the_step_is_done_at_the_next_start() {
    let executor = Arc::new(Mistaken::default());
    let outside = Outside { lanes: 1, executor: executor.clone(), ..Outside::default() };
    let shop = TestShop::in_world(&[programs::COUNTS], outside).await;
    let counts = |id: &str| json!({ "rules": [rule(id, "test.counts", json!({}))] });
    shop.publish(json!({ "paid": counts("first"), "packing": counts("second") })).await;
    let (one, other) = (shop.order().await, shop.order().await);

    executor.next.store(true, Ordering::SeqCst);
    enter(&shop, one, "paid").await;
    assert_eq!(shop.states(one).await, ["first ready"]);
    enter(&shop, other, "paid").await;
    assert_eq!(shop.states(other).await, ["first done"], "there is one place, and it is free");
    enter(&shop, one, "packing").await;
    assert_eq!(shop.states(one).await, ["first cancelled", "second done"], "the order goes on");

    executor.next.store(true, Ordering::SeqCst);
    enter(&shop, other, "packing").await;
    assert_eq!(shop.states(other).await, ["first done", "second ready"]);
    let shop = shop.restarted().await;
    shop.engine.idle().await;
    assert_eq!(shop.states(other).await, ["first done", "second done"]);
}
