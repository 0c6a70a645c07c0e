use rulewright_domain::{
    self as domain, EventId, MatchId, RunId, Timestamp,
    why::{Because, StageVisit, Unmoved},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::run::{ConditionTrace, EventFilter};

/// What became of the rules of an order's stage, and of the triggers that could move it on.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderWhy {
    visit: Visit,
    /// The order's visits that are known, oldest first.
    visits: Vec<Visit>,
    /// In list order; those that were removed last.
    rules: Vec<WhyRule>,
    /// In stage order.
    triggers: Vec<WhyTrigger>,
}

/// One stay of an order in a stage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StageVisit)]
struct Visit {
    visit: u64,
    pipeline: String,
    stage: String,
    #[schema(value_type = String, format = DateTime)]
    entered: Timestamp,
    /// Who brought it there.
    by: String,
    /// It came with its past: nothing runs because of that.
    historical: bool,
    /// Null: it is there.
    left: Option<Left>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StageLeft)]
struct Left {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    pipeline: String,
    stage: String,
    by: String,
}

/// One rule of the stage.
#[derive(Debug, Serialize, ToSchema)]
struct WhyRule {
    rule: String,
    name: String,
    plugin: String,
    /// Place in the stage's list.
    position: u32,
    /// `ran`, `shadow`, `nothing-to-do`, `condition-false`, `running`, `waits-until`, `waits-for-event`, `waits-for-rule`,
    /// `tries-again`, `parked`, `failed`, `stage-left`, `previous-failed`, `by-hand`, `stopped`, `switched-off`,
    /// `not-in-plan`, `not-automated`, `brought-in`, `added-after`, `switched-on-after` or `not-started`.
    #[schema(example = "condition-false")]
    verdict: &'static str,
    /// A sentence whose subject is the rule.
    #[schema(example = "not run: order.total 84.00 is not >= 100.00")]
    reason: String,
    /// What it is read off: its trace tells more. Null: there was none.
    #[schema(value_type = Option<String>, example = "run_5")]
    run: Option<RunId>,
    /// Of the automation that the run belongs to.
    revision: Option<u64>,
    /// Times that a step was tried again.
    retries: u32,
    /// No longer in the stage's list.
    removed: bool,
    #[serde(flatten)]
    more: More,
}

/// What the verdict adds.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = WhyRuleMore)]
struct More {
    /// When it ran, ended, was stopped, or is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Of `ran` and `shadow`: what it asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<usize>,
    /// Of `condition-false`: both sides of each comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionTrace>,
    /// Of `running`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// When it goes on by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<EventFilter>,
    /// The rule before it in the chain, of `waits-for-rule` and `previous-failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// Of `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What a failed try said, or what is to be mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Where the order went, of `stage-left`.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_pipeline: Option<String>,
    /// Who moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// The revision that added the rule, or switched it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published: Option<Timestamp>,
}

/// One trigger that could move the order on.
#[derive(Debug, Serialize, ToSchema)]
struct WhyTrigger {
    trigger: String,
    name: String,
    plugin: String,
    /// Where it stands, and so where it would move the order.
    stage: String,
    /// A verdict of a match, or `pending`, `switched-off`, `not-in-plan`, `not-installed` or `no-event`.
    #[schema(example = "no-event")]
    verdict: &'static str,
    /// A sentence whose subject is the trigger.
    #[schema(example = "did not match: no payment.received since the order came")]
    reason: String,
    /// Kinds of events that it listens to, of `no-event`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionTrace>,
    /// The latest event during the visit that it was asked about. Null: there was none.
    asked: Option<Question>,
    /// How many there were, of the order's latest 500.
    events: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyTriggerAsked)]
struct Question {
    /// Of the match: it tells of the other triggers too.
    #[schema(value_type = String, example = "mat_3")]
    id: MatchId,
    #[schema(value_type = String, example = "evt_1001")]
    event: EventId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<rulewright_engine::OrderWhy> for OrderWhy {
    fn from(why: rulewright_engine::OrderWhy) -> OrderWhy {
        OrderWhy {
            visit: why.visit.into(),
            visits: why.visits.into_iter().map(Visit::from).collect(),
            rules: why.rules.into_iter().map(WhyRule::from).collect(),
            triggers: why.triggers.into_iter().map(WhyTrigger::from).collect(),
        }
    }
}

impl From<StageVisit> for Visit {
    fn from(visit: StageVisit) -> Visit {
        let left = visit.left.map(|left| Left {
            at: left.at,
            pipeline: left.pipeline.0,
            stage: left.stage.0,
            by: left.by,
        });
        Visit {
            visit: visit.visit,
            pipeline: visit.pipeline.0,
            stage: visit.stage.0,
            entered: visit.entered,
            by: visit.by,
            historical: visit.historical,
            left,
        }
    }
}

impl From<domain::why::Why> for WhyRule {
    fn from(why: domain::why::Why) -> WhyRule {
        WhyRule {
            rule: why.rule.0,
            name: why.name,
            plugin: why.plugin,
            position: why.position,
            verdict: why.because.name(),
            reason: why.because.to_string(),
            run: why.run,
            revision: why.revision,
            retries: why.retries,
            removed: why.removed,
            more: why.because.into(),
        }
    }
}

impl From<Because> for More {
    fn from(because: Because) -> More {
        let none = More::default();
        let when = |at| More { at: Some(at), ..More::default() };
        match because {
            Because::Ran { at, effects } | Because::Shadow { at, effects } => {
                More { effects: Some(effects), ..when(at) }
            }
            Because::ConditionFalse { at, condition } => {
                More { condition: Some(condition.into()), ..when(at) }
            }
            Because::NothingToDo { at, reason } => More { message: Some(reason.to_string()), ..when(at) },
            Because::Stopped { at, reason } => More { message: Some(reason.words()), ..when(at) },
            Because::ByHand { at } => when(at),
            Because::Running { since } => More { since: Some(since), ..none },
            Because::WaitsUntil { until } => More { until: Some(until), ..none },
            Because::WaitsForEvent { filter, until } => {
                More { until, waiting_for: Some(filter.into()), ..none }
            }
            Because::WaitsForRule { rule, .. } => More { previous: Some(rule.0), ..none },
            Because::PreviousFailed { at, rule, .. } => More { previous: Some(rule.0), ..when(at) },
            Because::TriesAgain { at, error, .. } => More { message: Some(error), ..when(at) },
            Because::Parked { reason } => More { message: Some(reason.words()), ..none },
            Because::Failed { at, code, message } => {
                More { code: Some(code), message: Some(message), ..when(at) }
            }
            Because::StageLeft { at, to, by } => {
                let (pipeline, stage) = to.unzip();
                More {
                    to_stage: stage.map(|stage| stage.0),
                    to_pipeline: pipeline.map(|pipeline| pipeline.0),
                    by: Some(by),
                    ..when(at)
                }
            }
            Because::AddedAfter { revision, published, .. }
            | Because::SwitchedOnAfter { revision, published, .. } => {
                More { since_revision: Some(revision), published: Some(published), ..none }
            }
            Because::SwitchedOff
            | Because::NotInPlan
            | Because::NotAutomated
            | Because::BroughtIn
            | Because::NotStarted => none,
        }
    }
}

impl From<domain::why::WhyTrigger> for WhyTrigger {
    fn from(why: domain::why::WhyTrigger) -> WhyTrigger {
        let (verdict, reason) = (why.because.name(), why.because.to_string());
        let (kinds, condition) = match why.because {
            Unmoved::NoEvent { kinds } => (kinds.into_iter().collect(), None),
            Unmoved::Judged(domain::Verdict::ConditionFalse { condition }) => (Vec::new(), Some(condition)),
            _ => (Vec::new(), None),
        };
        let asked = |one: domain::why::Question| Question { id: one.id, event: one.event, at: one.at };
        WhyTrigger {
            trigger: why.trigger.0,
            name: why.name,
            plugin: why.plugin,
            stage: why.stage.0,
            verdict,
            reason,
            kinds,
            condition: condition.map(Into::into),
            asked: why.asked.map(asked),
            events: why.events,
        }
    }
}
