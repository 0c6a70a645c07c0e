use std::collections::BTreeMap;

use rulewright_domain::{
    ShopId, Timestamp, Usage,
    plugin::Digest,
    statistics::{Chain, Counts, EndedRun},
};

use super::Result;

/// An ended run and the words that it is counted under; only valid while it is looked at.
#[derive(Clone, Debug)]
pub struct EndedRow<'r> {
    pub run: EndedRun,
    /// Whose rule: [`chain`] reads it.
    pub chain: &'r str,
    pub rule: &'r str,
    /// The first characters of the component's digest: see [`build`].
    pub build: &'r str,
}

pub trait ReadStatistics {
    /// Runs that ended from `from` on and before `to`, by time. None of them is read whole.
    fn each_ended_run(
        &mut self,
        shop: ShopId,
        from: Timestamp,
        to: Timestamp,
        each: &mut dyn FnMut(&EndedRow<'_>),
    ) -> Result<()>;
    /// The same runs of one chain, counted by rule.
    fn ended_counts(
        &mut self,
        shop: ShopId,
        chain: &Chain,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<String, Counts>>;
    /// What the steps used whose trace is kept, of at most so many runs that have ended of these components, the latest
    /// first; steps that never reached the sandbox are left out.
    fn step_usage(&mut self, shop: ShopId, digests: &[Digest], runs: u32) -> Result<Vec<Usage>>;
    /// When the latest run ended.
    fn last_ended(&mut self, shop: ShopId) -> Result<Option<Timestamp>>;
    /// Runs that have not ended, by state. Looks through everything that is open in the shop.
    fn open_counts(&mut self, shop: ShopId) -> Result<Vec<(String, u64)>>;
    /// Since when the run is ready that has been for longest. Looks through what is ready in the shop.
    fn oldest_ready(&mut self, shop: ShopId) -> Result<Option<Timestamp>>;
    /// When the oldest message was queued that is pending or being sent. Looks through those of every shop.
    fn oldest_unsent(&mut self, shop: ShopId) -> Result<Option<Timestamp>>;
}

/// As a row says whose rule a run is of: a pipeline and a workflow may have the same name.
pub fn chain_name(chain: &Chain) -> String {
    match chain {
        Chain::Pipeline(pipeline) => format!("p:{pipeline}"),
        Chain::Workflow(workflow) => format!("w:{workflow}"),
    }
}

/// The same read again.
pub fn chain(name: &str) -> Chain {
    match name.split_once(':') {
        Some(("w", workflow)) => Chain::Workflow(workflow.to_owned()),
        Some((_, pipeline)) => Chain::Pipeline(pipeline.into()),
        None => Chain::Pipeline(name.into()),
    }
}

/// The part of a digest that rows of statistics have, in an index beside each run: 64 bits tell the few components of an
/// installation apart.
pub fn build(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}
