use std::{collections::BTreeSet, fmt};

use super::{Known, StageVisit, counted};
use crate::{
    Automation, ConditionTrace, EventFilter, PipelineId, Reason, RuleId, RuleSpec, Run, RunState, StageId,
    Timestamp,
};

/// What became of a rule during one visit.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    Ran {
        at: Timestamp,
        effects: usize,
    },
    /// It ran, and what it asked for was written down and not done.
    Shadow {
        at: Timestamp,
        effects: usize,
    },
    /// The plugin found nothing to do.
    NothingToDo {
        at: Timestamp,
        reason: Reason,
    },
    ConditionFalse {
        at: Timestamp,
        condition: ConditionTrace,
    },
    Running {
        since: Timestamp,
    },
    WaitsUntil {
        until: Timestamp,
    },
    WaitsForEvent {
        filter: EventFilter,
        until: Option<Timestamp>,
    },
    /// The one before it in the chain has not ended.
    WaitsForRule {
        rule: RuleId,
        name: String,
    },
    /// A step failed in a way that may pass.
    TriesAgain {
        at: Timestamp,
        tries: u32,
        error: String,
    },
    /// Somebody has to mend something, or to come to work.
    Parked {
        reason: Reason,
    },
    Failed {
        at: Timestamp,
        code: String,
        message: String,
    },
    /// The order left before the rule was done. Nowhere known: a rule moved it on while it ran.
    StageLeft {
        at: Timestamp,
        to: Option<(PipelineId, StageId)>,
        by: String,
    },
    /// The one before it in the chain did not succeed.
    PreviousFailed {
        at: Timestamp,
        rule: RuleId,
        name: String,
    },
    /// Somebody cancelled it.
    ByHand {
        at: Timestamp,
    },
    /// For any other reason, such as a plugin that was stopped.
    Stopped {
        at: Timestamp,
        reason: Reason,
    },
    SwitchedOff,
    NotInPlan,
    /// The shop works with deals only.
    NotAutomated,
    /// The order came with its past.
    BroughtIn,
    /// Added to the stage when the order was there already.
    AddedAfter {
        revision: u64,
        published: Timestamp,
        entered: Timestamp,
    },
    /// It was there when the order came, and off.
    SwitchedOnAfter {
        revision: u64,
        published: Timestamp,
        entered: Timestamp,
    },
    /// None of these: what would have started it was not there when the order came.
    NotStarted,
}

impl Because {
    pub fn name(&self) -> &'static str {
        match self {
            Because::Ran { .. } => "ran",
            Because::Shadow { .. } => "shadow",
            Because::NothingToDo { .. } => "nothing-to-do",
            Because::ConditionFalse { .. } => "condition-false",
            Because::Running { .. } => "running",
            Because::WaitsUntil { .. } => "waits-until",
            Because::WaitsForEvent { .. } => "waits-for-event",
            Because::WaitsForRule { .. } => "waits-for-rule",
            Because::TriesAgain { .. } => "tries-again",
            Because::Parked { .. } => "parked",
            Because::Failed { .. } => "failed",
            Because::StageLeft { .. } => "stage-left",
            Because::PreviousFailed { .. } => "previous-failed",
            Because::ByHand { .. } => "by-hand",
            Because::Stopped { .. } => "stopped",
            Because::SwitchedOff => "switched-off",
            Because::NotInPlan => "not-in-plan",
            Because::NotAutomated => "not-automated",
            Because::BroughtIn => "brought-in",
            Because::AddedAfter { .. } => "added-after",
            Because::SwitchedOnAfter { .. } => "switched-on-after",
            Because::NotStarted => "not-started",
        }
    }
}

/// A sentence whose subject is the rule.
impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Because::Ran { at, effects: 0 } => write!(f, "ran at {at} and changed nothing"),
            Because::Ran { at, effects } => {
                write!(f, "ran at {at} with ")?;
                counted(f, *effects, "effect")
            }
            Because::Shadow { at, effects } => {
                write!(f, "ran in shadow at {at}: ")?;
                counted(f, *effects, "effect")?;
                f.write_str(" recorded, nothing done")
            }
            Because::NothingToDo { at, reason } => write!(f, "ran at {at} and had nothing to do: {reason}"),
            Because::ConditionFalse { condition, .. } => write!(f, "not run: {}", condition.unmet()),
            Because::Running { since } => write!(f, "running since {since}"),
            Because::WaitsUntil { until } => write!(f, "waits until {until}"),
            Because::WaitsForEvent { filter, until } => {
                write!(f, "waits for {}", filter.kinds.join(" or "))?;
                until.map_or(Ok(()), |until| write!(f, ", until {until} at the latest"))
            }
            Because::WaitsForRule { name, .. } => write!(f, "waits for `{name}` before it"),
            Because::TriesAgain { at, tries, error } => {
                write!(f, "tries again at {at} after ")?;
                counted(f, *tries as usize, "failed try")?;
                write!(f, ": {error}")
            }
            Because::Parked { reason } => write!(f, "waits until that is mended: {}", reason.words()),
            Because::Failed { at, code, message } => write!(f, "failed at {at}: {message} ({code})"),
            Because::StageLeft { at, to: Some((_, stage)), by } => {
                write!(f, "stopped at {at}: {by} moved the order to `{stage}`")
            }
            Because::StageLeft { at, to: None, by } => write!(f, "stopped at {at}: {by} moved the order on"),
            Because::PreviousFailed { name, .. } => write!(f, "not run: `{name}` before it did not succeed"),
            Because::ByHand { at } => write!(f, "somebody cancelled it at {at}"),
            Because::Stopped { at, reason } => write!(f, "stopped at {at}: {}", reason.words()),
            Because::SwitchedOff => f.write_str("not run: it is switched off"),
            Because::NotInPlan => f.write_str("not run: its plugin is not part of the shop's plan"),
            Because::NotAutomated => f.write_str("not run: the shop works with deals only"),
            Because::BroughtIn => f.write_str("not run: the order was brought in with its past"),
            Because::AddedAfter { revision, published, entered } => write!(
                f,
                "not run: revision {revision} added it at {published}, and the order came at {entered}"
            ),
            Because::SwitchedOnAfter { revision, published, entered } => write!(
                f,
                "not run: revision {revision} switched it on at {published}, and the order came at {entered}"
            ),
            Because::NotStarted => {
                f.write_str("not run: what would start it was missing when the order came")
            }
        }
    }
}

pub(super) fn of_run(run: &Run, known: &Known<'_>) -> Because {
    let ended = run.ended.unwrap_or(run.ready_at);
    let waits = |until: Option<Timestamp>, filter: &Option<EventFilter>| match (filter, until) {
        (Some(filter), until) => Because::WaitsForEvent { filter: filter.clone(), until },
        (None, Some(until)) => Because::WaitsUntil { until },
        (None, None) => Because::Parked { reason: Reason::NothingComes },
    };
    match &run.state {
        RunState::Done if run.shadow => Because::Shadow { at: ended, effects: effects(run) },
        RunState::Done => Because::Ran { at: ended, effects: effects(run) },
        RunState::Skipped { reason } => skipped(run, ended, reason),
        RunState::Ready => Because::Running { since: run.ready_at },
        RunState::Scheduled { until } if run.attempt > 0 => {
            let error = run.trace.last().map_or_else(String::new, |trace| trace.result.clone());
            Because::TriesAgain { at: *until, tries: run.attempt, error }
        }
        RunState::Scheduled { until } => Because::WaitsUntil { until: *until },
        RunState::Waiting { until, filter } => waits(*until, filter),
        RunState::Blocked { on } => {
            let above = known.runs.iter().find(|above| above.id == *on);
            let (rule, name) = above.map_or_else(
                || (RuleId::from(""), on.to_string()),
                |above| (above.rule.clone(), above.rule_name.clone()),
            );
            Because::WaitsForRule { rule, name }
        }
        RunState::Parked { reason } => Because::Parked { reason: Reason::read(reason) },
        RunState::Failed { code, message } => {
            Because::Failed { at: ended, code: code.clone(), message: message.clone() }
        }
        RunState::Cancelled { reason } => cancelled(run, ended, reason, known),
    }
}

fn skipped(run: &Run, at: Timestamp, reason: &str) -> Because {
    let condition = run.trace.last().and_then(|trace| trace.condition.as_ref()).filter(|one| !one.met);
    match condition {
        Some(condition) => Because::ConditionFalse { at, condition: condition.clone() },
        None if reason.starts_with("not-available-on-plan") => Because::NotInPlan,
        None => Because::NothingToDo { at, reason: Reason::read(reason) },
    }
}

/// By the code that the reason begins with.
fn cancelled(run: &Run, at: Timestamp, reason: &str, known: &Known<'_>) -> Because {
    let code = reason.split(':').next().unwrap_or_default();
    match (code, &known.visit.left) {
        ("stage-left", Some(left)) => Because::StageLeft {
            at,
            to: Some((left.pipeline.clone(), left.stage.clone())),
            by: left.by.clone(),
        },
        ("stage-left", None) => Because::StageLeft { at, to: None, by: "the rule itself".to_owned() },
        ("by-hand", _) => Because::ByHand { at },
        ("orders-not-automated", _) => Because::NotAutomated,
        (code, _) if code.starts_with("previous-") => {
            let above = known.runs.iter().find(|above| Some(above.id) == run.after);
            let (rule, name) = above.map_or_else(
                || (RuleId::from(""), "the rule".to_owned()),
                |above| (above.rule.clone(), above.rule_name.clone()),
            );
            Because::PreviousFailed { at, rule, name }
        }
        _ => Because::Stopped { at, reason: Reason::read(reason) },
    }
}

/// No run was made of it during this visit.
pub(super) fn without_run(rule: &RuleSpec, then: Option<&Automation>, known: &Known<'_>) -> Because {
    let StageVisit { stage, entered, historical, .. } = known.visit;
    let on_stage = |revision: &Automation, on: bool| {
        let rules = revision.stages.get(stage).map_or(&[][..], |stage| &stage.rules);
        rules.iter().any(|one| one.id == rule.id && (one.active || !on))
    };
    let later =
        || known.revisions.iter().take_while(|one| then.is_none_or(|then| one.revision > then.revision));
    // The first of those since the order came in which it has been like now without a break.
    let since = |on: bool| later().take_while(|one| on_stage(one, on)).last();
    if !rule.active {
        return Because::SwitchedOff;
    }
    if !known.config.automates(known.order.kind) {
        return Because::NotAutomated;
    }
    if *historical {
        return Because::BroughtIn;
    }
    let was_there = then.is_some_and(|then| on_stage(then, false));
    match (since(was_there), was_there) {
        (Some(one), false) => {
            Because::AddedAfter { revision: one.revision, published: one.published, entered: *entered }
        }
        (Some(one), true) if !then.is_some_and(|then| on_stage(then, true)) => {
            Because::SwitchedOnAfter { revision: one.revision, published: one.published, entered: *entered }
        }
        _ => Because::NotStarted,
    }
}

/// Of all steps whose trace is kept.
fn effects(run: &Run) -> usize {
    run.trace.iter().map(|trace| trace.effects.len()).sum()
}

/// Each try of a step leaves a trace.
pub(super) fn retries(run: &Run) -> u32 {
    let steps: BTreeSet<u32> = run.trace.iter().map(|trace| trace.step).collect();
    u32::try_from(run.trace.len() - steps.len()).unwrap_or(u32::MAX)
}
