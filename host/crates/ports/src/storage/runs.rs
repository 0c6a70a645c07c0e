use rulewright_domain::{
    EventId, NewEvent, OrderId, PipelineId, RuleId, Run, RunId, ShopId, StageId, Timestamp, plugin::Digest,
};

use super::{Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunQuery {
    pub order: Option<OrderId>,
    /// Name of a state, e.g. `failed`.
    pub state: Option<String>,
    pub rule: Option<String>,
    /// Only those in shadow, or only the others.
    pub shadow: Option<bool>,
    /// Those of workflows are of none.
    pub pipeline: Option<PipelineId>,
    /// Of the pipeline, where one is named.
    pub stage: Option<StageId>,
    /// That began with one of these components; empty means any.
    pub digests: Vec<Digest>,
    /// That began then or later.
    pub from: Option<Timestamp>,
    /// That began before.
    pub to: Option<Timestamp>,
}

/// A ready run and where it stands in its order's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadyRun {
    pub shop: ShopId,
    pub order: OrderId,
    pub visit: u64,
    pub position: u32,
    pub run: RunId,
}

/// Where a run stands, without what has happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunMark {
    pub run: RunId,
    /// Its name.
    pub state: String,
    /// When a timer looks at it.
    pub wake_at: Option<Timestamp>,
}

pub trait ReadRuns {
    fn run(&mut self, shop: ShopId, id: RunId) -> Result<Option<Run>>;
    /// Stage and component are looked for in the runs of the shop, those of a state, a rule or an order where one is
    /// named; everything else finds its rows at once.
    fn runs(&mut self, shop: ShopId, query: &RunQuery, page: Page) -> Result<Vec<Run>>;
    /// Whether a rule of a stage has a run in this visit, whatever became of it. In shadow it counts only where
    /// `shadow` says so.
    fn has_run(
        &mut self,
        shop: ShopId,
        order: OrderId,
        visit: u64,
        rule: &RuleId,
        shadow: bool,
    ) -> Result<bool>;
    /// Runs of the order that have not ended, in order of visit and position.
    fn open_runs(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Run>>;
    /// Of one visit of the order, oldest first.
    fn run_marks(&mut self, shop: ShopId, order: OrderId, visit: u64) -> Result<Vec<RunMark>>;
    /// Orders in whose present visit a run has failed: one for each such run, the newest first.
    fn orders_with_failures(&mut self, shop: ShopId, limit: u32) -> Result<Vec<OrderId>>;
    /// Runs of a rule that have not ended and began under a revision before this one, of whatever order. Looks through
    /// everything that is open in the shop.
    fn open_runs_of_rule(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        rule: &RuleId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<RunId>>;
    /// How many runs have not ended, by the component that they began with. Looks through everything that is open in
    /// the shop.
    fn open_digests(&mut self, shop: ShopId) -> Result<Vec<(Digest, u64)>>;
    /// Runs after this one that have not ended of a component, by id. Looks through everything that is open in the shop.
    fn open_runs_of_digest(
        &mut self,
        shop: ShopId,
        digest: &Digest,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<RunId>>;
    /// Runs after this one, by id, in state waiting whose filter may match the event; the caller checks the filter
    /// itself. Only those that have waited since before the event `since` was recorded.
    fn runs_waiting_for(
        &mut self,
        shop: ShopId,
        event: &NewEvent,
        since: EventId,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<Run>>;
    /// Of every shop: what a restart goes on with.
    fn ready_runs(&mut self) -> Result<Vec<ReadyRun>>;
    /// Of every shop but these, earliest first: runs whose time has come.
    fn due_runs(&mut self, now: Timestamp, except: &[ShopId], limit: u32) -> Result<Vec<(ShopId, RunId)>>;
    /// The earliest time of a run of any other shop.
    fn next_wake(&mut self, except: &[ShopId]) -> Result<Option<Timestamp>>;
    fn run_counts(&mut self, shop: ShopId) -> Result<Vec<(String, u64)>>;
    /// A journaled HTTP answer, as JSON text.
    fn journaled(&mut self, run: RunId, step: u32, key: &str) -> Result<Option<String>>;
    /// All of a run: step, key and answer.
    fn journal(&mut self, run: RunId) -> Result<Vec<(u32, String, String)>>;
}

pub trait WriteRuns {
    /// Inserts or replaces, and keeps the lists of due and waiting runs in step.
    fn put_run(&mut self, run: &Run) -> Result<()>;
    fn put_journaled(&mut self, run: RunId, step: u32, key: &str, answer: &str) -> Result<()>;
}
