//! One execution of one rule for one stage visit.
//!
//! ```text
//! Blocked   --rule above ended------> Scheduled | Ready | Parked | Skipped
//! Scheduled --its time came---------> Ready
//! Parked    --date filled in--------> Scheduled
//! Ready     --step committed--------> Waiting | Done | Skipped | Failed
//! Ready     --failed, may help------> Scheduled
//! Waiting   --time or event---------> Ready
//! every state above --stage left----> Cancelled
//! ```

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Cause, Client, ClientId, Employee, Event, EventFilter, EventId, Fields, Frame, FromTemplate, Item,
    ItemId, Order, OrderId, PipelineId, Prepared, RuleId, RunId, SavedState, ShopId, StageId, Started,
    Timestamp, Unprepared,
    plugin::{Digest, HostFunction},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// Runs after the rule above it, which has not ended.
    Blocked {
        on: RunId,
    },
    Scheduled {
        until: Timestamp,
    },
    /// Cannot go on by itself; the reason says what to mend.
    Parked {
        reason: String,
    },
    Ready,
    Waiting {
        until: Option<Timestamp>,
        filter: Option<EventFilter>,
    },
    Done,
    Skipped {
        reason: String,
    },
    Failed {
        code: String,
        message: String,
    },
    Cancelled {
        reason: String,
    },
}

impl RunState {
    pub fn name(&self) -> &'static str {
        match self {
            RunState::Blocked { .. } => "blocked",
            RunState::Scheduled { .. } => "scheduled",
            RunState::Parked { .. } => "parked",
            RunState::Ready => "ready",
            RunState::Waiting { .. } => "waiting",
            RunState::Done => "done",
            RunState::Skipped { .. } => "skipped",
            RunState::Failed { .. } => "failed",
            RunState::Cancelled { .. } => "cancelled",
        }
    }

    pub fn is_terminal(&self) -> bool {
        use RunState::{Cancelled, Done, Failed, Skipped};
        matches!(self, Done | Skipped { .. } | Failed { .. } | Cancelled { .. })
    }

    /// When a timer must look at the run.
    pub fn wake_at(&self) -> Option<Timestamp> {
        match self {
            RunState::Scheduled { until } => Some(*until),
            RunState::Waiting { until, .. } => *until,
            _ => None,
        }
    }
}

/// Why the next step runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Wake {
    Started,
    Timer,
    Event {
        #[serde(with = "crate::shared")]
        event: Arc<Event>,
    },
    TimedOut,
}

/// [`Wake`] as a trace keeps it: the event is in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Woken {
    Started,
    Timer,
    Event { id: EventId, kind: String },
    TimedOut,
}

impl From<&Wake> for Woken {
    fn from(wake: &Wake) -> Woken {
        match wake {
            Wake::Started => Woken::Started,
            Wake::Timer => Woken::Timer,
            Wake::Event { event } => Woken::Event { id: event.id, kind: event.what.kind.clone() },
            Wake::TimedOut => Woken::TimedOut,
        }
    }
}

impl std::fmt::Display for Woken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Woken::Started => f.write_str("started"),
            Woken::Timer => f.write_str("its time came"),
            Woken::Event { id, kind } => write!(f, "{kind} ({id})"),
            Woken::TimedOut => f.write_str("nothing came in time"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub shop: ShopId,
    pub order: OrderId,
    pub rule: RuleId,
    pub rule_name: String,
    pub pipeline: PipelineId,
    pub stage: StageId,
    /// Published revision of the automation that the run belongs to, whatever is published later.
    pub revision: u64,
    /// Place in the stage's list: ready steps commit in this order.
    pub position: u32,
    pub visit: u64,
    /// The plugin's bytes that the run began with.
    pub digest: Digest,
    pub state: RunState,
    pub wake: Wake,
    /// Committed steps so far.
    pub step: u32,
    /// Failed tries of the current step.
    pub attempt: u32,
    /// Times the current step lost against another change of the order.
    pub conflicts: u32,
    pub created: Timestamp,
    /// When the current step became ready: what it is told as the time, however often it is tried.
    pub ready_at: Timestamp,
    /// The newest event of the shop at that moment: what comes after it, a wait must not miss.
    pub ready_after: EventId,
    pub ended: Option<Timestamp>,
    /// The event that started the run.
    pub event: EventId,
    pub cause: Cause,
    /// Where the run is part of a workflow, and not of a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Started>,
    /// Nothing that its steps ask for is done: it stands in the trace, and stays there whatever becomes of the rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// The run that ended and that somebody wanted from its start once more. What this one does is done beside what that
    /// one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<RunId>,
    pub saved: Option<SavedState>,
    /// The run that this one runs after, and the one that runs after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RunId>,
    /// Outputs of the rules above in the same chain, by rule id.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub inputs: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub output: Map<String, Value>,
    #[serde(default)]
    pub trace: Vec<StepTrace>,
    /// Times that somebody wanted it to go on with another version of its plugin, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrations: Vec<Migration>,
}

/// A run goes over to another version of its plugin, or stays and says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    pub at: Timestamp,
    pub from: Digest,
    pub to: Digest,
    /// Why it stayed with `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Run {
    /// Tries of one step that failed in a way that may pass.
    pub const MAX_ATTEMPTS: u32 = 5;
    /// Times one step may lose against other changes of its order.
    pub const MAX_CONFLICTS: u32 = 8;
    /// Steps of one run; a rule that waits daily reaches it in years.
    pub const MAX_STEPS: u32 = 1_000;
    /// Steps whose trace is kept; the oldest go first.
    pub const KEPT_TRACES: usize = 32;
    /// Migrations that are kept; the oldest go first.
    pub const KEPT_MIGRATIONS: usize = 8;

    /// What stays the same however often a step is repeated, and on every machine: the seed of its random
    /// numbers and of its idempotency keys.
    pub fn step_seed(&self) -> String {
        self.seed_of(self.step)
    }

    /// [`Run::step_seed`] of any of its steps.
    pub fn seed_of(&self, step: u32) -> String {
        let Run { shop, order, visit, rule, event, .. } = self;
        match &self.workflow {
            None if self.again.is_some() => format!("{shop}/{order}/{visit}/{event}/{rule}/{step}"),
            None => format!("{shop}/{order}/{visit}/{rule}/{step}"),
            // It may be started several times during one visit, each time by an event of its own.
            Some(started) => format!("{shop}/{order}/{event}/{}/{rule}/{step}", started.workflow),
        }
    }

    pub fn remember(&mut self, trace: StepTrace) {
        if self.trace.len() >= Self::KEPT_TRACES {
            self.trace.remove(0);
        }
        self.trace.push(trace);
    }

    /// Microseconds in the sandbox, of the steps whose trace is kept.
    pub fn busy(&self) -> u64 {
        self.trace.iter().fold(0, |sum, trace| trace.usage.microseconds.saturating_add(sum))
    }

    pub fn note_migration(&mut self, migration: Migration) {
        if self.migrations.len() >= Self::KEPT_MIGRATIONS {
            self.migrations.remove(0);
        }
        self.migrations.push(migration);
    }
}

/// One comparison of a condition, with both sides as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub field: String,
    pub operator: String,
    pub expected: Value,
    pub actual: Value,
    pub met: bool,
}

/// What kept a condition from being met: `order.total 84.00 is not >= 100.00`.
impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Comparison { field, operator, expected, actual, met } = self;
        let is = if *met { "is" } else { "is not" };
        let actual = shown(actual);
        match operator.as_str() {
            "equals" => write!(f, "{field} {actual} {is} {}", shown(expected)),
            // The word has the opposite in it: not met, both sides are the same.
            "not-equals" if *met => write!(f, "{field} {actual} is not {}", shown(expected)),
            "not-equals" => write!(f, "{field} is {actual}"),
            "contains" if *met => write!(f, "{field} {actual} contains {}", shown(expected)),
            "contains" => write!(f, "{field} {actual} does not contain {}", shown(expected)),
            "not-contains" if *met => write!(f, "{field} {actual} does not contain {}", shown(expected)),
            "not-contains" => write!(f, "{field} {actual} contains {}", shown(expected)),
            "filled" if *met => write!(f, "{field} is filled"),
            "filled" => write!(f, "{field} is empty"),
            "empty" if *met => write!(f, "{field} is empty"),
            "empty" => write!(f, "{field} is {actual} and not empty"),
            "greater-than" => write!(f, "{field} {actual} {is} > {}", shown(expected)),
            "at-least" => write!(f, "{field} {actual} {is} >= {}", shown(expected)),
            "less-than" => write!(f, "{field} {actual} {is} < {}", shown(expected)),
            "at-most" => write!(f, "{field} {actual} {is} <= {}", shown(expected)),
            "in" => write!(f, "{field} {actual} {is} one of {}", shown(expected)),
            other => write!(f, "{field} {actual} {is} {other} {}", shown(expected)),
        }
    }
}

/// As people write it; a missing one has no word of its own in JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionTrace {
    pub met: bool,
    pub compared: Vec<Comparison>,
}

impl ConditionTrace {
    /// Every comparison that was not met.
    pub fn unmet(&self) -> String {
        let unmet = self.compared.iter().filter(|one| !one.met).map(ToString::to_string);
        unmet.collect::<Vec<_>>().join("; ")
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    pub level: String,
    pub message: String,
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// What a step used, beside what it may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub fuel: u64,
    pub fuel_limit: u64,
    /// Bytes of linear memory at the end of the step.
    pub memory: u64,
    pub memory_limit: u64,
    pub host_calls: u32,
    pub microseconds: u64,
    /// Host functions that it called and that the shop has not granted: they answered `denied`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub denied: BTreeSet<HostFunction>,
}

/// An answer to a step about what is not in its snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum Read {
    Order {
        id: OrderId,
        found: Option<Box<Order>>,
    },
    OrdersOfClient {
        id: ClientId,
        found: Vec<OrderId>,
    },
    Client {
        id: ClientId,
        found: Option<Box<Client>>,
    },
    Employees {
        found: Vec<Employee>,
    },
    /// The plugin's own storage.
    Stored {
        key: String,
        #[serde(with = "crate::bytes::optional")]
        found: Option<Vec<u8>>,
    },
    HasSecret {
        name: String,
        found: bool,
    },
    Item {
        list: String,
        id: ItemId,
        found: Option<Item>,
    },
    Items {
        list: String,
        fields: Fields,
        limit: u32,
        found: Vec<Item>,
    },
    /// A template to fill, and the number that the document will have.
    Template {
        from: Box<FromTemplate>,
        found: Result<Box<Prepared>, Unprepared>,
    },
}

/// An HTTP request that was not sent, because its run is in shadow. Without headers: secrets are in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    pub method: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// An HTTP request that a step has made, and what came of it. Without headers and bodies: secrets are in those, and what the
/// step was told is in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub method: String,
    /// Secrets in it are blanked.
    pub url: String,
    /// Bytes of the body that was sent.
    pub sent: u64,
    /// None: the answer was in the journal, from an earlier try of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    #[serde(flatten)]
    pub reply: Reply,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    Answer {
        status: u16,
        /// Bytes of the body.
        size: u64,
        /// There was more of it than a step is given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
    },
    /// Why there was no answer.
    Nothing(String),
}

/// What happened in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTrace {
    pub step: u32,
    pub attempt: u32,
    /// When it was committed.
    pub at: Timestamp,
    /// What the plugin was told as the time.
    pub now: Timestamp,
    pub wake: Woken,
    pub order_revision: u64,
    /// Settings with everything inserted, where they differ from those of the rule. What is secret in them is left out:
    /// it is in those of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// What it read beyond the order, with the answers: a replay reads the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Read>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionTrace>,
    /// The outcome or the failure, in one line.
    pub result: String,
    /// Of a failure: where the plugin was, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtrace: Vec<Frame>,
    /// Staged effects as JSON; empty where they were dropped. Of a run in shadow none of them was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Value>,
    /// Requests that a step in shadow wanted to make at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsent: Vec<Unsent>,
    /// Requests that it has made, in their order. None: the step is from before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Vec<Request>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogLine>,
    #[serde(default)]
    pub usage: Usage,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(more: Value) -> Run {
        let mut run = json!({
            "id": "run_5", "shop": "shop_1", "order": "ord_2", "rule": "r1", "rule_name": "Thank", "pipeline": "orders",
            "stage": "new", "revision": 7, "position": 0, "visit": 3, "digest": "abc", "state": {"state": "done"},
            "wake": {"type": "started"}, "step": 0, "attempt": 0, "conflicts": 0, "created": Timestamp(0),
            "ready_at": Timestamp(0), "ready_after": "evt_0", "ended": null, "event": "evt_9",
            "cause": {"by": {"type": "host"}, "depth": 0}, "saved": null,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            run[name] = value.clone();
        }
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn the_seed_of_a_run_that_repeats_another_is_its_own_and_stays_it() {
        assert_eq!(run(json!({})).step_seed(), "shop_1/ord_2/3/r1/0");
        let again = run(json!({"id": "run_6", "event": "evt_10", "again": "run_5"}));
        assert_eq!(again.step_seed(), "shop_1/ord_2/3/evt_10/r1/0");
        let once_more = run(json!({"id": "run_7", "event": "evt_11", "again": "run_5"}));
        assert_ne!(once_more.step_seed(), again.step_seed());
        let stored = serde_json::to_value(&again).unwrap();
        assert_eq!(serde_json::from_value::<Run>(stored).unwrap().step_seed(), again.step_seed());
    }

    #[test]
    fn a_request_is_stored_flat_and_comes_back() {
        for (reply, name) in [
            (Reply::Answer { status: 503, size: 4, cut: false }, "answer"),
            (Reply::Nothing("no answer in time".to_owned()), "nothing"),
        ] {
            let url = "https://api.example/x".to_owned();
            let one = Request { method: "GET".to_owned(), url, sent: 0, milliseconds: Some(7), reply };
            let stored = serde_json::to_value(&one).unwrap();
            assert!(stored.get(name).is_some(), "{stored}");
            assert_eq!(serde_json::from_value::<Request>(stored).unwrap(), one);
        }
    }
}
