//! Timers that belong to no run: what is to be done at a time, and the rest of what is done in many transactions.

use serde::{Deserialize, Serialize};

use crate::{
    EmployeeId, EventId, OrderId, PipelineId, RecurrenceId, RuleId, RunId, ShopId, Timestamp,
    plugin::{Digest, PluginId},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub shop: ShopId,
    pub at: Timestamp,
    pub rings: Rings,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rings", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Rings {
    /// A schedule of the shop comes due.
    Schedule { name: String },
    /// A recurring order comes again.
    Recurrence { recurrence: RecurrenceId },
    /// A date of an order comes that a trigger waits for.
    Date { order: OrderId, field: String, offset_minutes: i64 },
    /// The triggers of a pipeline are asked about an event, for the open orders after this one.
    AskOrders {
        event: EventId,
        pipeline: PipelineId,
        after: OrderId,
        /// What is created later has nothing to do with the event.
        until: OrderId,
        newest: Option<OrderId>,
        asked: u64,
    },
    /// The dates of a pipeline's open orders after this one are planned anew.
    PlanDates { pipeline: PipelineId, after: OrderId },
    /// Runs of these rules are cancelled, where they began under a revision before this one.
    CancelRuns { pipeline: PipelineId, rules: Vec<RuleId>, revision: u64 },
    /// Runs after this one go on that have waited for this event since before it came.
    WakeRuns { event: EventId, after: RunId },
    /// Runs after this one that wait for this employee go on.
    ReleaseRuns { employee: EmployeeId, after: RunId },
    /// Runs after this one go on that waited because their plugin was paused.
    ResumeRuns { plugin: PluginId, after: RunId },
    /// Runs of a revoked component end.
    EndRevoked { digest: Digest },
    /// Packages that nothing names any more go.
    SweepPackages,
}

impl Alarm {
    /// Two alarms with the same key are one: the later replaces the earlier.
    pub fn key(&self) -> String {
        match &self.rings {
            Rings::Schedule { name } => format!("schedule/{name}"),
            Rings::Recurrence { recurrence } => format!("recurrence/{recurrence}"),
            Rings::Date { order, field, offset_minutes } => format!("date/{order}/{offset_minutes}/{field}"),
            Rings::AskOrders { event, pipeline, .. } => format!("ask/{event}/{pipeline}"),
            Rings::PlanDates { pipeline, .. } => format!("dates/{pipeline}"),
            Rings::CancelRuns { pipeline, revision, .. } => format!("cancel/{revision}/{pipeline}"),
            Rings::WakeRuns { event, .. } => format!("wake/{event}"),
            Rings::ReleaseRuns { employee, .. } => format!("release/{employee}"),
            Rings::ResumeRuns { plugin, .. } => format!("resume/{plugin}"),
            Rings::EndRevoked { digest } => format!("revoked/{digest}"),
            Rings::SweepPackages => "packages".to_owned(),
        }
    }

    /// The order that it is about, and gone with.
    pub fn order(&self) -> Option<OrderId> {
        match &self.rings {
            Rings::Date { order, .. } => Some(*order),
            _ => None,
        }
    }
}
