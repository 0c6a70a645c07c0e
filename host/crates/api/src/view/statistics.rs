use rulewright_domain::{
    Timestamp,
    statistics::{self as domain, Chain, Group},
};
use rulewright_engine::{PluginStatistics, RuleStatistics};
use serde::Serialize;
use utoipa::ToSchema;

use super::value::mirror;

mirror! {
    /// By the clocks of the shop's time zone.
    Bucket = rulewright_domain::statistics::Bucket {
        Minute = "minute",
        Hour = "hour",
        Day = "day",
    }
}

/// Runs that ended in a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunStatistics {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    bucket: Bucket,
    total: RunCounts,
    /// Every bucket that the time touches, empty ones too.
    buckets: Vec<RunBucket>,
    /// In the sandbox.
    sandbox: RunDurations,
    /// From when the last step was ready to the end: pauses between tries are in it, what the rule waited for is not.
    /// In steps of a millisecond; cancelled runs are not counted.
    ready_to_ended: RunDurations,
    /// Rules that have run, by pipeline or workflow.
    rules: Vec<RuleRuns>,
    /// By version.
    plugins: Vec<PluginRuns>,
}

/// How runs ended.
#[derive(Debug, Serialize, ToSchema)]
struct RunCounts {
    done: u64,
    skipped: u64,
    failed: u64,
    cancelled: u64,
    /// Share of failed runs among those that were done or failed, from 0 to 1. Null: there were none.
    #[schema(example = 0.018)]
    failure_rate: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RunBucket {
    /// When it begins; it may be before `from`, from which on runs are counted.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[serde(flatten)]
    counts: RunCounts,
}

/// Microseconds, never too low and at most a 64th too high. Null: there was no run.
#[derive(Debug, Serialize, ToSchema)]
struct RunDurations {
    p50: Option<u64>,
    p95: Option<u64>,
    p99: Option<u64>,
}

/// Runs of one rule.
#[derive(Debug, Serialize, ToSchema)]
struct RuleRuns {
    pipeline: Option<String>,
    /// In place of the pipeline.
    workflow: Option<String>,
    rule: String,
    /// As it is called now; null where it is gone.
    name: Option<String>,
    #[serde(flatten)]
    runs: GroupRuns,
}

/// Runs of one version of a plugin.
#[derive(Debug, Serialize, ToSchema)]
struct PluginRuns {
    /// Null: the plugin was never there, or is no longer kept.
    plugin: Option<String>,
    version: Option<String>,
    #[serde(flatten)]
    runs: GroupRuns,
}

#[derive(Debug, Serialize, ToSchema)]
struct GroupRuns {
    #[serde(flatten)]
    counts: RunCounts,
    /// When the latest ended.
    #[schema(value_type = String, format = DateTime)]
    last: Timestamp,
}

/// What waits at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueStatistics {
    /// Runs that have not ended.
    runs: Vec<OpenRuns>,
    /// Since when the run is ready that has been for longest. Null: none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_ready: Option<Timestamp>,
    /// Messages outward of all times.
    messages: Vec<ChannelMessages>,
    /// When the oldest message was queued that has not been sent and may still be. Null: there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_unsent: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OpenRuns {
    /// `blocked`, `scheduled`, `parked`, `ready` or `waiting`.
    #[schema(example = "waiting")]
    state: String,
    count: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ChannelMessages {
    #[schema(example = "sms")]
    channel: String,
    /// `pending`, `sending`, `sent`, `dead` or `cancelled`.
    #[schema(example = "pending")]
    state: String,
    count: u64,
}

impl RunStatistics {
    pub fn of(
        from: Timestamp,
        to: Timestamp,
        bucket: Bucket,
        found: rulewright_engine::RunStatistics,
    ) -> RunStatistics {
        RunStatistics {
            from,
            to,
            bucket,
            total: found.total.into(),
            buckets: found
                .buckets
                .into_iter()
                .map(|(from, counts)| RunBucket { from, counts: counts.into() })
                .collect(),
            sandbox: found.busy.into(),
            ready_to_ended: found.took.into(),
            rules: found.rules.into_iter().map(RuleRuns::from).collect(),
            plugins: found.plugins.into_iter().map(PluginRuns::from).collect(),
        }
    }
}

impl From<domain::Counts> for RunCounts {
    fn from(counts: domain::Counts) -> RunCounts {
        let domain::Counts { done, skipped, failed, cancelled } = counts;
        RunCounts { done, skipped, failed, cancelled, failure_rate: counts.failure_rate() }
    }
}

impl From<domain::Durations> for RunDurations {
    fn from(durations: domain::Durations) -> RunDurations {
        let domain::Durations { p50, p95, p99 } = durations;
        RunDurations { p50, p95, p99 }
    }
}

impl From<Group> for GroupRuns {
    fn from(group: Group) -> GroupRuns {
        GroupRuns { counts: group.counts.into(), last: group.last }
    }
}

impl From<RuleStatistics> for RuleRuns {
    fn from(one: RuleStatistics) -> RuleRuns {
        let (pipeline, workflow) = match one.chain {
            Chain::Pipeline(pipeline) => (Some(pipeline.0), None),
            Chain::Workflow(workflow) => (None, Some(workflow)),
        };
        RuleRuns { pipeline, workflow, rule: one.rule.0, name: one.name, runs: one.runs.into() }
    }
}

impl From<PluginStatistics> for PluginRuns {
    fn from(one: PluginStatistics) -> PluginRuns {
        PluginRuns { plugin: one.plugin, version: one.version, runs: one.runs.into() }
    }
}

impl From<rulewright_engine::QueueStatistics> for QueueStatistics {
    fn from(found: rulewright_engine::QueueStatistics) -> QueueStatistics {
        let messages = found.messages.into_iter();
        QueueStatistics {
            runs: found.runs.into_iter().map(|(state, count)| OpenRuns { state, count }).collect(),
            oldest_ready: found.oldest_ready,
            messages: messages
                .map(|(channel, state, count)| ChannelMessages { channel, state, count })
                .collect(),
            oldest_unsent: found.oldest_unsent,
        }
    }
}
