//! Steps that stay inside begin before the commit that makes them ready: what of that is seen, and what is left where the
//! commit does not come.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::poll;
use rulewright_domain::{EntryKind, OrderId, plugin::Digest};
use rulewright_ports::{Completion, Executor, Failure, Invocation, Task, Transaction, World};
use serde_json::json;

use crate::{
    programs,
    support::{Outside, TestShop, rule, runtime},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The sandbox, which tells when a step begins, and then looks at its order through the step's own eyes.
struct Curious {
    began: Mutex<Sender<()>>,
    stages: Mutex<Vec<String>>,
}

#[async_trait]
impl Executor for Curious {
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure> {
        runtime().prepare(digest, component).await
    }

    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        if let Task::Step(task) = &invocation.task {
            // Nobody may be listening any more.
            let _ = self.began.lock().unwrap().send(());
            let order = world.order(task.order.id).await.unwrap().unwrap();
            self.stages.lock().unwrap().push(order.stage.to_string());
        }
        runtime().run(invocation, world).await
    }
}

async fn shop() -> (TestShop, Arc<Curious>, Receiver<()>, OrderId) {
    let (began, begins) = channel();
    let executor = Arc::new(Curious { began: Mutex::new(began), stages: Mutex::default() });
    let outside = Outside { executor: executor.clone(), ..Outside::default() };
    let shop = TestShop::in_world(&[programs::COUNTS], outside).await;
    shop.publish(json!({ "paid": { "rules": [rule("count", "test.counts", json!({}))] } })).await;
    let order = shop.order().await;
    (shop, executor, begins, order)
}

/// Moves the order to `paid`, in one transaction with `then`, which is done after it. Whether `then` was kept.
async fn move_and(
    shop: &TestShop,
    order: OrderId,
    then: impl Fn(&mut dyn Transaction) -> bool + Send + 'static,
) -> bool {
    let storage = shop.engine.storage().clone();
    let (here, is_here) = channel();
    let (go_on, waits) = channel();
    let waits = Mutex::new(waits);
    // The writer is kept busy until both others wait for it: then they are one group.
    let mut before = pin!(storage.submit(Box::new(move |_| {
        here.send(()).unwrap();
        waits.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        false
    })));
    assert!(poll!(&mut before).is_pending());
    is_here.recv_timeout(PATIENCE).unwrap();
    let mut moves = pin!(shop.move_to(order, "paid"));
    assert!(poll!(&mut moves).is_pending());
    let kept = Arc::new(Mutex::new(false));
    let was_kept = kept.clone();
    let mut after = pin!(storage.submit(Box::new(move |tx| {
        *kept.lock().unwrap() = then(tx);
        *kept.lock().unwrap()
    })));
    assert!(poll!(&mut after).is_pending());
    go_on.send(()).unwrap();
    let (before, (), after) = futures::join!(before, moves, after);
    before.and(after).unwrap();
    shop.engine.idle().await;
    *was_kept.lock().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_stays_inside_begins_before_the_commit_that_makes_it_ready_and_still_sees_what_that_changed()
 {
    let (shop, executor, begins, order) = shop().await;
    let begins = Mutex::new(begins);
    let began = move_and(&shop, order, move |_| {
        begins.lock().unwrap().recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout)
    });
    assert!(began.await, "it waits for the commit");
    assert_eq!(*executor.stages.lock().unwrap(), ["paid"]);
    assert_eq!(shop.states(order).await, ["count done"]);
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_step_that_began_before_its_transaction_was_given_up_nothing_is_left() {
    let (shop, executor, begins, order) = shop().await;
    let (begins, id) = (Mutex::new(begins), shop.id);
    let kept = move_and(&shop, order, move |tx| {
        begins.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        // It has written when it gives up: the move, too, is done anew, and what it set in motion is in vain.
        tx.store(id, &"test.counts".to_owned(), "key", Some(b"value")).unwrap();
        false
    });
    assert!(!kept.await);
    let seen = executor.stages.lock().unwrap().clone();
    assert!(seen.len() == 2 && seen[1] == "paid", "one in vain, one that counts: {seen:?}");
    assert_eq!(shop.states(order).await, ["count done"]);
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
    assert_eq!(shop.entries(order, EntryKind::StageChange).await.len(), 1);
}
