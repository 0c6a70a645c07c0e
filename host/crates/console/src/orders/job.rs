//! Work on many orders, one after another, that somebody can watch and stop. It is known as long as the program runs: what
//! was done is in the orders' own histories.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use rulewright_domain::{Actor, Command, EmployeeId, OrderChange, OrderId, ShopId, StageId, Timestamp};
use rulewright_engine::{Engine, Refusal, Request};
use tokio_util::sync::CancellationToken;

use crate::jobs::{Ends, locked};

/// Orders of one job.
pub const MOST: usize = 1_000;

/// What is done to each of the orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Move {
        stage: StageId,
        name: String,
    },
    /// None: to nobody.
    Assign {
        to: Option<EmployeeId>,
        name: String,
    },
}

impl What {
    fn change(&self) -> OrderChange {
        match self {
            What::Move { stage, .. } => OrderChange::MoveStage { stage: stage.clone() },
            What::Assign { to, .. } => OrderChange::SetResponsible { to: *to },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub order: OrderId,
    pub message: String,
    pub code: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Of them, those that were changed or were so already.
    pub done: usize,
    pub failures: Vec<Failure>,
    pub ended: Option<Timestamp>,
}

#[derive(Debug)]
pub struct Job {
    pub id: u64,
    pub shop: ShopId,
    pub what: What,
    pub orders: Vec<OrderId>,
    pub began: Timestamp,
    progress: Mutex<Progress>,
    stopped: AtomicBool,
}

impl Job {
    pub fn progress(&self) -> Progress {
        locked(&self.progress).clone()
    }

    /// The order that is being changed is still changed.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn note(&self, order: OrderId, result: Result<(), Refusal>) {
        let mut progress = locked(&self.progress);
        match result {
            Ok(()) => progress.done += 1,
            Err(refusal) => progress.failures.push(Failure {
                order,
                message: refusal.to_string(),
                code: refusal.code().to_owned(),
            }),
        }
    }

    /// One command for each order, as if somebody had changed them by hand.
    pub async fn work(&self, engine: &Engine, by: Actor, ends: &CancellationToken) {
        for order in &self.orders {
            if self.is_stopped() || ends.is_cancelled() {
                self.stop();
                break;
            }
            let command = Command::ChangeOrder { id: *order, expected: None, change: self.what.change() };
            let request = Request { shop: self.shop, command, by: by.clone(), key: None };
            self.note(*order, engine.execute(request).await.map(drop));
        }
        locked(&self.progress).ended = Some(engine.clock().now());
    }
}

impl Ends for Job {
    fn has_ended(&self) -> bool {
        locked(&self.progress).ended.is_some()
    }
}

/// Those of all shops.
pub type Jobs = crate::jobs::Jobs<Job>;

impl Jobs {
    /// None: the shop has as many going on as it may.
    pub fn add(&self, shop: ShopId, what: What, orders: Vec<OrderId>, began: Timestamp) -> Option<Arc<Job>> {
        let (progress, stopped) = (Mutex::default(), AtomicBool::new(false));
        self.keep(shop, |id| Job { id, shop, what, orders, began, progress, stopped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(jobs: &Jobs, shop: i64) -> Arc<Job> {
        let what = What::Assign { to: None, name: "Nobody".into() };
        jobs.add(ShopId(shop), what, vec![OrderId(1), OrderId(2), OrderId(3)], Timestamp(0)).unwrap()
    }

    #[test]
    fn the_counts_of_a_job_add_up() {
        let job = add(&Jobs::default(), 1);
        job.note(OrderId(1), Ok(()));
        job.note(OrderId(2), Err(Refusal::Conflict { message: "not now".into() }));
        let progress = job.progress();
        assert_eq!((progress.done, progress.failures.len(), job.orders.len()), (1, 1, 3));
        assert_eq!(
            (progress.failures[0].order, progress.failures[0].message.as_str()),
            (OrderId(2), "not now")
        );
    }

    #[test]
    fn a_job_is_its_shops() {
        let jobs = Jobs::default();
        let first = add(&jobs, 1);
        assert!(jobs.of(ShopId(1), first.id).is_some() && jobs.of(ShopId(2), first.id).is_none());
    }
}
