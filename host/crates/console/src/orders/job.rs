//! Work on many orders, one after another, that somebody can watch and stop. It is known as long as the program runs: what
//! was done is in the orders' own histories.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use rulewright_domain::{
    Actor, Command, EmployeeId, OrderChange, OrderId, PipelineId, RuleId, ShopId, StageId, Timestamp,
    account::{Ability, Account},
};
use rulewright_engine::{Among, Engine, Refusal, Request, RunNow, StartedNow};
use tokio_util::sync::CancellationToken;

use crate::{
    door::Look,
    jobs::{Ends, locked},
};

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
    /// The published rule, as for orders that came to its stage before it was there.
    Run {
        pipeline: PipelineId,
        stage: StageId,
        rule: RuleId,
        name: String,
    },
}

/// Codes of orders that a rule is not started for.
const HAD_RUN: &str = "had-run";
const ELSEWHERE: &str = "elsewhere";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub order: OrderId,
    pub message: String,
    pub code: String,
}

impl Failure {
    /// Where it was the job that left the order alone, and nothing refused it.
    pub fn own(&self, look: &Look) -> Option<String> {
        match self.code.as_str() {
            HAD_RUN => Some(look.text("job-had-run")),
            ELSEWHERE => Some(look.text("job-elsewhere")),
            _ => None,
        }
    }

    pub fn told(&self, look: &Look) -> String {
        self.own(look).unwrap_or_else(|| self.message.clone())
    }
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

    fn note(&self, order: OrderId, result: Result<Option<&str>, Refusal>) {
        let mut progress = locked(&self.progress);
        match result {
            Ok(None) => progress.done += 1,
            Ok(Some(code)) => {
                progress.failures.push(Failure { order, message: String::new(), code: code.to_owned() });
            }
            Err(refusal) => progress.failures.push(Failure {
                order,
                message: refusal.to_string(),
                code: refusal.code().to_owned(),
            }),
        }
    }

    /// One command for each order, as if this account had changed them by hand, and as long as it may.
    pub async fn work(&self, engine: &Engine, account: &Account, ends: &CancellationToken) {
        let by = account.actor();
        if let Err(refusal) = self.tell(engine, &by).await
            && let Some(first) = self.orders.first()
        {
            self.stop();
            self.note(*first, Err(refusal));
        }
        for order in &self.orders {
            let now = engine.account(self.shop, account.id).await;
            let may = now.is_ok_and(|account| account.may(Ability::Work));
            if !may || self.is_stopped() || ends.is_cancelled() {
                self.stop();
                break;
            }
            self.note(*order, self.on(*order, engine, &by).await);
        }
        locked(&self.progress).ended = Some(engine.clock().now());
    }

    /// What is done to orders stands in their own histories, and that a rule was started for them in the audit log.
    async fn tell(&self, engine: &Engine, by: &Actor) -> Result<(), Refusal> {
        let What::Run { pipeline, stage, rule, .. } = &self.what else { return Ok(()) };
        let wish = wish(pipeline, stage, rule, Among::These(self.orders.clone()), by);
        engine.tell_run_now(self.shop, wish).await
    }

    /// The code of why the order was left alone, where it was.
    async fn on(&self, order: OrderId, engine: &Engine, by: &Actor) -> Result<Option<&'static str>, Refusal> {
        let change = match &self.what {
            What::Move { stage, .. } => OrderChange::MoveStage { stage: stage.clone() },
            What::Assign { to, .. } => OrderChange::SetResponsible { to: *to },
            What::Run { pipeline, stage, rule, .. } => {
                let wish = wish(pipeline, stage, rule, Among::OfJob(order), by);
                return engine.run_now(self.shop, wish).await.map(left_alone);
            }
        };
        let command = Command::ChangeOrder { id: order, expected: None, change };
        let request = Request { shop: self.shop, command, by: by.clone(), key: None };
        engine.execute(request).await.map(|_| None)
    }
}

fn wish(pipeline: &PipelineId, stage: &StageId, rule: &RuleId, orders: Among, by: &Actor) -> RunNow {
    let (pipeline, stage, rule) = (pipeline.clone(), stage.clone(), rule.clone());
    RunNow { pipeline, stage, rule, orders, by: by.clone() }
}

fn left_alone(done: StartedNow) -> Option<&'static str> {
    match done {
        StartedNow { started: 1.., .. } => None,
        StartedNow { had_run: 1.., .. } => Some(HAD_RUN),
        _ => Some(ELSEWHERE),
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
        job.note(OrderId(1), Ok(None));
        job.note(OrderId(2), Err(Refusal::Conflict { message: "not now".into() }));
        let progress = job.progress();
        assert_eq!((progress.done, progress.failures.len(), job.orders.len()), (1, 1, 3));
        assert_eq!(
            (progress.failures[0].order, progress.failures[0].message.as_str()),
            (OrderId(2), "not now")
        );
    }

    #[test]
    fn an_order_that_a_rule_was_not_started_for_is_listed_with_its_reason() {
        let job = add(&Jobs::default(), 1);
        for (order, done) in [
            (1, StartedNow { started: 1, ..StartedNow::default() }),
            (2, StartedNow { had_run: 1, ..StartedNow::default() }),
            (3, StartedNow { elsewhere: 1, ..StartedNow::default() }),
        ] {
            job.note(OrderId(order), Ok(left_alone(done)));
        }
        let progress = job.progress();
        let look = crate::orders::sample::look("en");
        let told: Vec<_> = progress.failures.iter().map(|one| (one.order, one.told(&look))).collect();
        assert_eq!(progress.done, 1);
        assert_eq!(told[0], (OrderId(2), "The rule has run since the order came to the stage.".to_owned()));
        assert_eq!(told[1], (OrderId(3), "The order is not in the stage of the rule.".to_owned()));
    }

    #[test]
    fn a_job_is_its_shops() {
        let jobs = Jobs::default();
        let first = add(&jobs, 1);
        assert!(jobs.of(ShopId(1), first.id).is_some() && jobs.of(ShopId(2), first.id).is_none());
    }
}
