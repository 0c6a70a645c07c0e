use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientId, EventId, OrderId, RunId, RunState, Timestamp};
use rulewright_engine::Recording;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One execution of one rule for one stage visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    #[schema(value_type = String, example = "run_5")]
    id: RunId,
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    rule: String,
    rule_name: String,
    pipeline: String,
    stage: String,
    /// The workflow that it belongs to, in place of the stage's rules: `event` is its start.
    #[schema(example = "approval")]
    workflow: Option<String>,
    /// Published revision of the automation that it belongs to.
    revision: u64,
    /// Place in the stage's list.
    position: u32,
    visit: u64,
    /// Its rule was in shadow when it began: what its steps ask for is told, and was not done.
    shadow: bool,
    /// The run that it repeats: somebody has started that one again when it had ended.
    #[schema(value_type = Option<String>, example = "run_4")]
    again: Option<RunId>,
    /// The plugin's bytes that it began with.
    plugin_digest: String,
    /// `blocked`, `scheduled`, `parked`, `ready`, `waiting`, `done`, `skipped`, `failed` or `cancelled`.
    state: &'static str,
    #[serde(flatten)]
    why: Why,
    /// Committed steps so far.
    step: u32,
    /// Failed tries of the current step.
    attempt: u32,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    /// The event that started it.
    #[schema(value_type = String, example = "evt_1001")]
    event: EventId,
    /// What rules after it can read.
    #[schema(value_type = Object)]
    output: Map<String, Value>,
}

/// What the state adds.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Why {
    /// Of a skipped, parked or cancelled run.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of a failed run.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// When it goes on by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The run that must end first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "run_4")]
    blocked_on: Option<RunId>,
    /// The event that wakes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<EventFilter>,
}

/// All given parts must match.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventFilter {
    kinds: Vec<String>,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(value_type = Vec<String>)]
    clients: Vec<ClientId>,
    correlation: Option<String>,
    attrs: BTreeMap<String, Value>,
}

/// A run with what happened in its steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunDetail {
    #[serde(flatten)]
    run: Run,
    /// Oldest first; of very long runs the latest.
    trace: Vec<Step>,
    /// Times that it was to go on with another version of its plugin, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    migrations: Vec<Migration>,
}

/// A run goes over to another version of its plugin, or stays and says why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunMigration)]
struct Migration {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Digest of the component that it had.
    from: String,
    to: String,
    /// Why it stayed with `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunStep)]
struct Step {
    step: u32,
    attempt: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why it ran.
    wake: String,
    order_revision: u64,
    condition: Option<ConditionTrace>,
    /// The outcome or the failure.
    result: String,
    /// Of a failure: functions of the plugin that had not returned, innermost first, by name where it was built with
    /// names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backtrace: Vec<String>,
    /// Empty where they were dropped. Of a run in shadow none was done.
    effects: Vec<Value>,
    /// Whether `effects` are only what would have been done: the run is in shadow.
    not_done: bool,
    /// Requests that a step in shadow did not send.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsent: Vec<Unsent>,
    /// Requests that it has made. Null: the step is from before they were kept.
    requests: Option<Vec<StepRequest>>,
    logs: Vec<LogLine>,
    usage: Usage,
}

/// A request of a step in shadow, without its headers and its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnsentRequest)]
struct Unsent {
    method: String,
    url: String,
    body: Option<String>,
}

/// A request of a step, without its headers and its secrets, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
struct StepRequest {
    method: String,
    url: String,
    /// Bytes of the body that was sent.
    sent: u64,
    /// Null: it was answered from the journal of an earlier try.
    milliseconds: Option<u64>,
    /// Null: there was no answer, and `error` says why.
    status: Option<u16>,
    /// Bytes of the body of the answer.
    received: Option<u64>,
    /// There was more of it than a step is given.
    cut: bool,
    error: Option<String>,
}

/// A new run of the rule of one that has ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedAgain {
    #[schema(value_type = String, example = "run_9")]
    pub run: RunId,
}

/// A condition with both sides of every comparison as they were.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionTrace {
    met: bool,
    compared: Vec<Comparison>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Comparison {
    field: String,
    operator: String,
    expected: Value,
    actual: Value,
    met: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LogLine {
    level: String,
    message: String,
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
}

/// What a step used, beside what it might have used.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    fuel: u64,
    fuel_limit: u64,
    /// Bytes.
    memory: u64,
    memory_limit: u64,
    host_calls: u32,
    microseconds: u64,
    /// Functions that it called and that the shop has not granted: they answered `denied`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    denied: BTreeSet<String>,
}

/// All that a run was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunRecording {
    /// Of `recording`; another version of the program may write another one.
    #[schema(example = 1)]
    format: u32,
    #[schema(value_type = String, example = "run_5")]
    run: RunId,
    #[schema(example = "acme.greet")]
    plugin: String,
    /// The component that it began with.
    plugin_digest: String,
    /// Whether people in it are unrecognisable.
    masked: bool,
    /// Its inside is the engine's: hand it on as it is.
    #[schema(value_type = Object)]
    recording: Value,
}

impl From<Recording> for RunRecording {
    fn from(recording: Recording) -> RunRecording {
        RunRecording {
            format: recording.format,
            run: recording.run,
            plugin: recording.plugin.clone(),
            plugin_digest: recording.digest.clone(),
            masked: recording.masked,
            recording: serde_json::to_value(recording).unwrap_or_default(),
        }
    }
}

impl From<domain::Run> for Run {
    fn from(run: domain::Run) -> Run {
        Run {
            id: run.id,
            order: run.order,
            rule: run.rule.0,
            rule_name: run.rule_name,
            pipeline: run.pipeline.0,
            stage: run.stage.0,
            workflow: run.workflow.map(|started| started.workflow),
            revision: run.revision,
            position: run.position,
            visit: run.visit,
            shadow: run.shadow,
            again: run.again,
            plugin_digest: run.digest,
            state: run.state.name(),
            why: run.state.into(),
            step: run.step,
            attempt: run.attempt,
            created: run.created,
            ended: run.ended,
            event: run.event,
            output: run.output,
        }
    }
}

impl From<RunState> for Why {
    fn from(state: RunState) -> Why {
        let none = Why::default();
        match state {
            RunState::Blocked { on } => Why { blocked_on: Some(on), ..none },
            RunState::Scheduled { until } => Why { until: Some(until), ..none },
            RunState::Waiting { until, filter } => Why { until, waiting_for: filter.map(Into::into), ..none },
            RunState::Parked { reason } | RunState::Skipped { reason } | RunState::Cancelled { reason } => {
                Why { reason: Some(reason), ..none }
            }
            RunState::Failed { code, message } => Why { code: Some(code), message: Some(message), ..none },
            RunState::Ready | RunState::Done => none,
        }
    }
}

impl From<domain::EventFilter> for EventFilter {
    fn from(filter: domain::EventFilter) -> EventFilter {
        let domain::EventFilter { kinds, order, clients, correlation, attrs } = filter;
        EventFilter { kinds, order, clients, correlation, attrs }
    }
}

impl From<domain::Run> for RunDetail {
    fn from(mut run: domain::Run) -> RunDetail {
        let shadow = run.shadow;
        let trace = std::mem::take(&mut run.trace).into_iter().map(Step::from);
        let trace = trace.map(|step| Step { not_done: shadow, ..step }).collect();
        let migrations = std::mem::take(&mut run.migrations).into_iter();
        let migrations =
            migrations.map(|domain::Migration { at, from, to, refused }| Migration { at, from, to, refused });
        RunDetail { migrations: migrations.collect(), run: run.into(), trace }
    }
}

impl From<domain::StepTrace> for Step {
    fn from(trace: domain::StepTrace) -> Step {
        Step {
            step: trace.step,
            attempt: trace.attempt,
            at: trace.at,
            wake: trace.wake.to_string(),
            order_revision: trace.order_revision,
            condition: trace.condition.map(Into::into),
            result: trace.result,
            backtrace: trace.backtrace.iter().map(ToString::to_string).collect(),
            effects: trace.effects,
            not_done: false,
            unsent: trace.unsent.into_iter().map(Unsent::from).collect(),
            requests: trace.requests.map(|all| all.into_iter().map(StepRequest::from).collect()),
            logs: trace.logs.into_iter().map(LogLine::from).collect(),
            usage: trace.usage.into(),
        }
    }
}

impl From<domain::Unsent> for Unsent {
    fn from(request: domain::Unsent) -> Unsent {
        let domain::Unsent { method, url, body } = request;
        Unsent { method, url, body }
    }
}

impl From<domain::Request> for StepRequest {
    fn from(request: domain::Request) -> StepRequest {
        let domain::Request { method, url, sent, milliseconds, reply } = request;
        let (status, received, cut, error) = match reply {
            domain::Reply::Answer { status, size, cut } => (Some(status), Some(size), cut, None),
            domain::Reply::Nothing(why) => (None, None, false, Some(why)),
        };
        StepRequest { method, url, sent, milliseconds, status, received, cut, error }
    }
}

impl From<domain::LogLine> for LogLine {
    fn from(line: domain::LogLine) -> LogLine {
        LogLine { level: line.level, message: line.message, fields: line.fields }
    }
}

impl From<domain::Usage> for Usage {
    fn from(usage: domain::Usage) -> Usage {
        let domain::Usage { fuel, fuel_limit, memory, memory_limit, host_calls, microseconds, denied } =
            usage;
        Usage { fuel, fuel_limit, memory, memory_limit, host_calls, microseconds, denied }
    }
}

impl From<domain::ConditionTrace> for ConditionTrace {
    fn from(trace: domain::ConditionTrace) -> ConditionTrace {
        let compared = trace.compared.into_iter().map(|one| Comparison {
            field: one.field,
            operator: one.operator,
            expected: one.expected,
            actual: one.actual,
            met: one.met,
        });
        ConditionTrace { met: trace.met, compared: compared.collect() }
    }
}
