use std::collections::BTreeMap;

use rulewright_domain::{self as domain, OrderId, PipelineId, RuleId, StageId, Timestamp};
use rulewright_engine::{self as engine, DryVerdict};
use rulewright_ports::{HttpResponse, Issue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    automation::{Stages, into_domain as stages_into_domain},
    event::NewEvent,
    matching::Candidate,
    run::{ConditionTrace, EventFilter, LogLine, Usage},
};
use crate::problem::{Fault, Problem};

/// What is tried, and with which order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stage": "won", "order": "ord_42"}))]
pub struct DryRunInput {
    #[schema(example = "won")]
    stage: String,
    /// One that stands elsewhere is taken as one that has just come to the stage.
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    /// An automation that need not be saved; left out, the published one is tried.
    #[schema(value_type = Option<BTreeMap<String, super::automation::StageAutomation>>)]
    stages: Option<Stages>,
    /// Only this rule of the stage.
    #[schema(example = "thanks")]
    rule: Option<String>,
    /// What the rules are told as the time when they begin; left out, what it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    now: Option<Timestamp>,
    /// What has started the rules, what wakes one that waits for such an event, and what the triggers of the stage are asked
    /// about. Left out, the order has just come to the stage.
    event: Option<NewEvent>,
    /// What every server answers. Left out, a rule that asks one is not followed any further.
    answer: Option<SampleAnswer>,
}

/// An answer of a server, made up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DryRunAnswer, example = json!({"status": 200, "body": "{\"ok\": true}"}))]
struct SampleAnswer {
    #[schema(minimum = 100, maximum = 599, example = 200)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

impl DryRunInput {
    pub fn into_domain(self, pipeline: PipelineId) -> Result<engine::DryRun, Problem> {
        let answer = match self.answer {
            Some(SampleAnswer { status, .. }) if !(100..=599).contains(&status) => {
                return Err(Problem::mistake(
                    "/answer/status",
                    "status",
                    "a status has three digits, e.g. 200",
                ));
            }
            answer => answer.map(|SampleAnswer { status, headers, body }| HttpResponse {
                status,
                headers: headers.into_iter().collect(),
                body: body.into_bytes(),
                truncated: false,
                replayed: false,
            }),
        };
        Ok(engine::DryRun {
            pipeline,
            stage: StageId(self.stage),
            stages: self.stages.map(stages_into_domain),
            rule: self.rule.map(RuleId),
            order: self.order,
            now: self.now,
            event: self.event.map(Into::into),
            answer,
        })
    }
}

/// What would come of it, and has not.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRun {
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    /// Of the order that it was tried with.
    order_revision: u64,
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// Whether the order stands in the stage, and was not only taken as if it did.
    stands_there: bool,
    /// In list order.
    rules: Vec<Rule>,
    /// Empty where no event was given.
    triggers: Vec<Trigger>,
    /// Of the order, by all rules together: `{part: {before, after}}`, own fields as `fields.NAME`.
    #[schema(value_type = Object)]
    changes: Map<String, Value>,
}

/// What would become of one rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunRule)]
struct Rule {
    rule: String,
    name: String,
    #[schema(example = "rulewright.send-sms")]
    plugin: String,
    #[serde(flatten)]
    verdict: Verdict,
    /// How it ends once it has waited, where that can be told.
    then: Option<Verdict>,
    steps: Vec<Step>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = DryRunVerdict)]
struct Verdict {
    /// `runs`, `condition-false`, `skipped`, `waits`, `off`, `out-of-plan`, `unusable`, `failed`, `stopped` (by a limit),
    /// `asks-server` or `cancelled`.
    #[schema(example = "runs")]
    verdict: &'static str,
    /// In a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of `unusable`, `failed` and `stopped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What the error is about, where it names that.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Of `failed`: a run would try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    /// Of `unusable`: what keeps its settings from being published; paths are within the rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// Of `waits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The event that wakes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<EventFilter>,
    /// Of `runs`: what rules after it can read. What would be made has no id yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    output: Option<Map<String, Value>>,
}

/// One trigger of the stage, asked about the event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunTrigger)]
struct Trigger {
    plugin: String,
    /// `moved` is: it would move the order. Null: it is switched off, or does not listen to such events.
    #[serde(flatten)]
    candidate: Candidate,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunStep)]
struct Step {
    step: u32,
    /// What the plugin is told as the time.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why it runs.
    wake: String,
    condition: Option<ConditionTrace>,
    /// As the plugin gets them, with everything inserted; `•••` stands in place of secrets.
    settings: Option<Value>,
    /// The outcome or the failure.
    result: String,
    effects: Vec<Effect>,
    /// Requests that were not sent.
    requests: Vec<Request>,
    logs: Vec<LogLine>,
    usage: Usage,
}

/// An effect that did not come to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunEffect)]
struct Effect {
    /// `message`, `storage`, or the type of the command, e.g. `change-order`.
    #[schema(example = "message")]
    kind: String,
    /// As the trace of a run keeps it.
    #[schema(value_type = Object)]
    effect: Value,
    /// Of the order or the client that it changes: `{part: {before, after}}`.
    #[schema(value_type = Object)]
    changes: Map<String, Value>,
    document: Option<Document>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunDocument)]
struct Document {
    title: String,
    /// The one that it would have; it stays free.
    number: Option<String>,
    media_type: String,
    /// Bytes.
    size: usize,
    /// Where it is text.
    text: Option<String>,
}

/// A request that was not sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunRequest)]
struct Request {
    #[schema(example = "GET")]
    method: String,
    /// Secrets are `***`.
    url: String,
    headers: Vec<Header>,
    body: Option<String>,
    /// By `answer` of the request.
    answered: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunHeader)]
struct Header {
    name: String,
    value: String,
}

impl From<engine::DryRunReport> for DryRun {
    fn from(report: engine::DryRunReport) -> DryRun {
        DryRun {
            order: report.order,
            order_revision: report.revision,
            now: report.now,
            stands_there: report.stands_there,
            rules: report.rules.into_iter().map(Rule::from).collect(),
            triggers: report.triggers.into_iter().map(Trigger::from).collect(),
            changes: report.changes,
        }
    }
}

impl From<engine::DryRule> for Rule {
    fn from(rule: engine::DryRule) -> Rule {
        Rule {
            rule: rule.rule.0,
            name: rule.name,
            plugin: rule.plugin,
            verdict: rule.verdict.into(),
            then: rule.then.map(Verdict::from),
            steps: rule.steps.into_iter().map(Step::from).collect(),
        }
    }
}

impl From<DryVerdict> for Verdict {
    fn from(verdict: DryVerdict) -> Verdict {
        let told = Verdict { verdict: verdict.name(), ..Verdict::default() };
        let because = |reason: &str| Some(reason.to_owned());
        match verdict {
            DryVerdict::Runs { summary, output } => Verdict { reason: summary, output: Some(output), ..told },
            DryVerdict::ConditionFalse => Verdict { reason: because("the condition was not met"), ..told },
            DryVerdict::Waits { until, filter, reason } => {
                Verdict { until, waiting_for: filter.map(Into::into), reason, ..told }
            }
            DryVerdict::Off => Verdict { reason: because("it is switched off"), ..told },
            DryVerdict::Skipped { reason }
            | DryVerdict::OutOfPlan { reason }
            | DryVerdict::Cancelled { reason } => Verdict { reason: Some(reason), ..told },
            DryVerdict::Unusable { code, message, issues } => {
                let fault = |Issue { path, code, message }| Fault { path, code, message };
                let errors = issues.into_iter().map(fault).collect();
                Verdict { code: Some(code), reason: Some(message), errors, ..told }
            }
            DryVerdict::Failed { code, message, field, retryable } => {
                Verdict { code: Some(code), reason: Some(message), field, retryable: Some(retryable), ..told }
            }
            DryVerdict::Stopped { code, message } => {
                Verdict { code: Some(code), reason: Some(message), ..told }
            }
            DryVerdict::AsksServer => Verdict {
                reason: because(
                    "it asks a server; nothing was sent, so what it does with the answer is not known",
                ),
                ..told
            },
        }
    }
}

impl From<engine::DryTrigger> for Trigger {
    fn from(trigger: engine::DryTrigger) -> Trigger {
        let engine::DryTrigger { trigger, name, plugin, stage, verdict } = trigger;
        Trigger { plugin, candidate: domain::Candidate { trigger, name, stage, verdict }.into() }
    }
}

impl From<engine::DryStep> for Step {
    fn from(step: engine::DryStep) -> Step {
        Step {
            step: step.step,
            at: step.at,
            wake: step.wake.to_string(),
            condition: step.condition.map(Into::into),
            settings: step.settings,
            result: step.result,
            effects: step.effects.into_iter().map(Effect::from).collect(),
            requests: step.requests.into_iter().map(Request::from).collect(),
            logs: step.logs.into_iter().map(LogLine::from).collect(),
            usage: step.usage.into(),
        }
    }
}

impl From<engine::DryEffect> for Effect {
    fn from(effect: engine::DryEffect) -> Effect {
        let document = effect.document.map(|document| {
            let engine::DryDocument { title, number, media_type, size, text } = document;
            Document { title, number, media_type, size, text }
        });
        Effect { kind: effect.kind, effect: effect.effect, changes: effect.changes, document }
    }
}

impl From<engine::DryRequest> for Request {
    fn from(request: engine::DryRequest) -> Request {
        let engine::DryRequest { method, url, headers, body, answered } = request;
        let headers = headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        Request { method, url, headers, body, answered }
    }
}
