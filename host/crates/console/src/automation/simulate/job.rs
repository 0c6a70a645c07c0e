//! A simulation that goes on while its page is looked at. What comes of it is told and kept nowhere.

use std::sync::{Arc, Mutex};

use rulewright_domain::{PipelineId, ShopId, StageId, Timestamp};
use rulewright_engine::{Engine, Simulated, Simulation};
use tokio_util::sync::CancellationToken;

use crate::{
    jobs::{Ends, locked},
    trouble::Trouble,
};

#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub done: usize,
    /// Nothing before the orders have been found.
    pub total: usize,
    pub end: Option<Result<Arc<Simulated>, Trouble>>,
}

#[derive(Debug)]
pub struct Job {
    pub id: u64,
    pub pipeline: PipelineId,
    pub stage: StageId,
    /// The stage or the rule that is tried, as staff call it.
    pub of: String,
    pub began: Timestamp,
    stop: CancellationToken,
    progress: Mutex<Progress>,
}

impl Job {
    pub fn at(&self) -> String {
        format!("{}/simulate/{}", super::super::at(&self.pipeline), self.id)
    }

    pub fn progress(&self) -> Progress {
        locked(&self.progress).clone()
    }

    /// The order that is being tried is still tried.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    fn note(&self, done: usize, total: usize) {
        let mut progress = locked(&self.progress);
        (progress.done, progress.total) = (done, total);
    }

    fn end(&self, result: Result<Simulated, Trouble>) {
        locked(&self.progress).end = Some(result.map(Arc::new));
    }

    pub async fn work(&self, engine: &Engine, shop: ShopId, wish: Simulation) {
        let told = |done: usize, total: usize| self.note(done, total);
        let result = engine.simulate(shop, wish, told, self.stop.clone()).await;
        self.end(result.map_err(Trouble::from));
    }
}

impl Ends for Job {
    fn has_ended(&self) -> bool {
        locked(&self.progress).end.is_some()
    }
}

/// Those of all shops.
pub type Jobs = crate::jobs::Jobs<Job>;

impl Jobs {
    /// None: the shop has as many going on as it may.
    pub fn begin(
        &self,
        shop: ShopId,
        wish: &Simulation,
        of: String,
        began: Timestamp,
        stop: CancellationToken,
    ) -> Option<Arc<Job>> {
        let (pipeline, stage) = (wish.pipeline.clone(), wish.stage.clone());
        self.keep(shop, |id| Job { id, pipeline, stage, of, began, stop, progress: Mutex::default() })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn job() -> Arc<Job> {
        let wish = Simulation {
            pipeline: "orders".into(),
            stage: "paid".into(),
            stages: None,
            rule: None,
            last: 10,
        };
        let jobs = Jobs::default();
        jobs.begin(ShopId(1), &wish, "Paid".into(), Timestamp(0), CancellationToken::new()).unwrap()
    }

    #[test]
    fn a_job_tells_how_far_it_is_and_what_came_of_it() {
        let job = job();
        assert_eq!(job.at(), "/automation/orders/simulate/1");
        job.note(3, 10);
        assert_eq!((job.progress().done, job.progress().total, job.progress().end.is_none()), (3, 10, true));
        job.stop();
        assert!(job.stop.is_cancelled());
        let simulated = Simulated { orders: 3, cancelled: true, rules: Vec::new(), different: Vec::new() };
        job.end(Ok(simulated));
        assert!(matches!(job.progress().end, Some(Ok(simulated)) if simulated.cancelled));
    }
}
