use std::{collections::BTreeSet, fmt};

use super::{Known, Question, WhyTrigger};
use crate::{TriggerSpec, Verdict, reason::words};

/// Why a trigger did not move the order.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmoved {
    /// What it made of the latest event. It may have moved the order, where the visit is over.
    Judged(Verdict),
    /// The latest event is still being examined.
    Pending,
    SwitchedOff,
    NotInPlan,
    NotInstalled,
    /// Nothing that it listens to has happened since the order came.
    NoEvent {
        kinds: BTreeSet<String>,
    },
}

impl Unmoved {
    pub fn name(&self) -> &'static str {
        match self {
            Unmoved::Judged(verdict) => verdict.name(),
            Unmoved::Pending => "pending",
            Unmoved::SwitchedOff => "switched-off",
            Unmoved::NotInPlan => "not-in-plan",
            Unmoved::NotInstalled => "not-installed",
            Unmoved::NoEvent { .. } => "no-event",
        }
    }
}

/// A sentence whose subject is the trigger.
impl fmt::Display for Unmoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmoved::Judged(Verdict::Moved { reason }) => write!(f, "moved the order: {reason}"),
            Unmoved::Judged(Verdict::Ignored { reason }) => write!(f, "did not match: {}", words(reason)),
            Unmoved::Judged(Verdict::ConditionFalse { condition }) => {
                write!(f, "did not match: {}", condition.unmet())
            }
            Unmoved::Judged(Verdict::Failed { code, message }) => write!(f, "failed: {message} ({code})"),
            Unmoved::Judged(verdict) => write!(f, "matched and did not move the order: {verdict}"),
            Unmoved::Pending => f.write_str("is being asked"),
            Unmoved::SwitchedOff => f.write_str("did not match: it is switched off"),
            Unmoved::NotInPlan => f.write_str("did not match: its plugin is not part of the shop's plan"),
            Unmoved::NotInstalled => f.write_str("did not match: its plugin is not installed"),
            Unmoved::NoEvent { kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
                write!(f, "did not match: no {} since the order came", kinds.join(" or "))
            }
        }
    }
}

/// Of stages after the order's, and of earlier ones those that may switch back.
pub(super) fn all(known: &Known<'_>) -> Vec<WhyTrigger> {
    let pipeline = known.config.pipelines.get(&known.visit.pipeline);
    let Some((pipeline, automation)) = pipeline.zip(known.automation()) else { return Vec::new() };
    let here = pipeline.position(&known.visit.stage);
    let mut all = Vec::new();
    for stage in &pipeline.stages {
        let Some(on) = automation.stages.get(&stage.id).filter(|_| stage.id != known.visit.stage) else {
            continue;
        };
        let ahead = pipeline.position(&stage.id) > here;
        for trigger in &on.triggers {
            let mut asked = known.matches.iter().filter_map(|one| {
                let candidate = one.candidates.iter().find(|candidate| candidate.trigger == trigger.id)?;
                known.during(one.created).then_some((one, candidate))
            });
            let latest = asked.next();
            // One that may not move the order is told of only where it was asked, and has said so.
            if latest.is_none() && !ahead && !trigger.allow_previous {
                continue;
            }
            let because = match latest {
                Some((_, candidate)) => candidate.verdict.clone().map_or(Unmoved::Pending, Unmoved::Judged),
                None => unasked(trigger, known),
            };
            all.push(WhyTrigger {
                trigger: trigger.id.clone(),
                name: trigger.name.clone(),
                plugin: trigger.plugin.clone(),
                stage: stage.id.clone(),
                because,
                asked: latest.map(|(one, _)| Question { id: one.id, event: one.event, at: one.created }),
                events: u32::try_from(asked.count() + usize::from(latest.is_some())).unwrap_or(u32::MAX),
            });
        }
    }
    all
}

fn unasked(trigger: &TriggerSpec, known: &Known<'_>) -> Unmoved {
    if !trigger.active {
        return Unmoved::SwitchedOff;
    }
    if !known.config.in_plan(&trigger.plugin) {
        return Unmoved::NotInPlan;
    }
    match known.config.plugins.get(&trigger.plugin) {
        Some(plugin) => Unmoved::NoEvent { kinds: plugin.manifest.subscriptions.clone() },
        None => Unmoved::NotInstalled,
    }
}
