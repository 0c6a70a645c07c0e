//! Numbers about what a shop's automation does: read from rows, kept nowhere else.

use std::collections::HashMap;

use rulewright_domain::{
    RuleId, ShopConfig, ShopId, Timestamp,
    plugin::PluginId,
    statistics::{Bucket, Chain, Counts, Durations, Group, Tally},
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{build, chain},
};

use crate::{Engine, Refusal};

/// What ended in a time.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStatistics {
    pub total: Counts,
    /// By when each begins; empty ones too.
    pub buckets: Vec<(Timestamp, Counts)>,
    /// Microseconds in the sandbox.
    pub busy: Durations,
    /// Microseconds from ready to ended.
    pub took: Durations,
    pub rules: Vec<RuleStatistics>,
    pub plugins: Vec<PluginStatistics>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RuleStatistics {
    pub chain: Chain,
    pub rule: RuleId,
    /// As it is called now; None where it is gone.
    pub name: Option<String>,
    pub runs: Group,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PluginStatistics {
    /// None: runs that never had one, or had one that is no longer kept.
    pub plugin: Option<PluginId>,
    pub version: Option<String>,
    pub runs: Group,
}

/// What waits at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStatistics {
    /// Runs that have not ended, by state.
    pub runs: Vec<(String, u64)>,
    /// Since when the run is ready that has been for longest.
    pub oldest_ready: Option<Timestamp>,
    /// Channel, state and how many.
    pub messages: Vec<(String, String, u64)>,
    /// When the oldest message was queued that has not been sent.
    pub oldest_unsent: Option<Timestamp>,
}

impl Engine {
    /// Runs that ended from `from` on and before `to`.
    pub async fn run_statistics(
        &self,
        shop: ShopId,
        from: Timestamp,
        to: Timestamp,
        bucket: Bucket,
    ) -> Result<RunStatistics, Refusal> {
        let engine = self.clone();
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let starts = bucket
                    .starts(from, to, &config.shop.time_zone)
                    .map_err(|message| Refusal::invalid("/from", "time", message))?;
                let mut tally = Tally::new(starts);
                reads.each_ended_run(shop, from, to, &mut |row| {
                    tally.add(&row.run, row.chain, row.rule, row.build);
                })?;
                let counted = tally.finish(chain);
                let builds = builds(reads)?;
                let rules = counted.rules.into_iter().map(|(chain, rule, runs)| {
                    let name = name_of(&config, &chain, &rule);
                    RuleStatistics { chain, rule, name, runs }
                });
                let plugins = counted.builds.into_iter().map(|(build, runs)| {
                    let (plugin, version) = builds.get(&build).cloned().unzip();
                    PluginStatistics { plugin, version, runs }
                });
                Ok(RunStatistics {
                    total: counted.total,
                    buckets: counted.buckets,
                    busy: counted.busy,
                    took: counted.took,
                    rules: rules.collect(),
                    plugins: plugins.collect(),
                })
            })
            .await
    }

    pub async fn queue_statistics(&self, shop: ShopId) -> Result<QueueStatistics, Refusal> {
        self.storage()
            .read(move |reads| {
                Ok(QueueStatistics {
                    runs: reads.open_counts(shop)?,
                    oldest_ready: reads.oldest_ready(shop)?,
                    messages: reads.message_counts(shop)?,
                    oldest_unsent: reads.oldest_unsent(shop)?,
                })
            })
            .await
    }
}

/// The plugin and the version of each component that is kept.
pub(crate) fn builds(reads: &mut dyn Reads) -> Result<HashMap<String, (PluginId, String)>, Refusal> {
    let packages = reads.packages()?.into_iter();
    let of = |one: rulewright_domain::Package| {
        (build(&one.digest).to_owned(), (one.manifest.id, one.manifest.version))
    };
    Ok(packages.map(of).collect())
}

fn name_of(config: &ShopConfig, chain: &Chain, rule: &RuleId) -> Option<String> {
    let mut rules: Box<dyn Iterator<Item = &rulewright_domain::RuleSpec>> = match chain {
        Chain::Pipeline(pipeline) => {
            Box::new(config.automations.get(pipeline)?.stages.values().flat_map(|stage| &stage.rules))
        }
        Chain::Workflow(workflow) => Box::new(config.workflows.get(workflow)?.rules.iter()),
    };
    rules.find(|one| one.id == *rule).map(|one| one.name.clone())
}
