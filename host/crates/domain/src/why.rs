//! Why a rule of a stage ran for an order, or did not, and why a trigger did not move it: read off what is kept anyway.
//!
//! Each rule gets one answer, the newest run of it first. Where there is no run, the revisions tell why none was made.

use std::fmt;

use crate::{
    Automation, Event, EventId, Match, MatchId, Order, PipelineId, RuleId, RuleSpec, Run, RunId, ShopConfig,
    StageAutomation, StageId, Timestamp, TriggerId, kind,
};

mod rule;
#[cfg(test)]
mod tests;
mod trigger;

pub use rule::Because;
pub use trigger::Unmoved;

/// One stay of an order in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageVisit {
    /// Counts the entries into a stage: runs belong to one visit.
    pub visit: u64,
    pub pipeline: PipelineId,
    pub stage: StageId,
    pub entered: Timestamp,
    /// Who brought it there.
    pub by: String,
    /// The order came with its past: nothing runs because of it.
    pub historical: bool,
    /// None: it is there.
    pub left: Option<Left>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    pub at: Timestamp,
    pub pipeline: PipelineId,
    pub stage: StageId,
    pub by: String,
}

/// The kinds of events that are entries into a stage.
pub const ENTRIES: [&str; 3] = [kind::ORDER_CREATED, kind::STAGE_CHANGED, kind::PIPELINE_CHANGED];

/// The order's visits, oldest first, from the events of [`ENTRIES`] in their order. They are counted back from the present
/// one, so that those that were not read are missing at the beginning.
pub fn visits(order: &Order, entries: &[Event]) -> Vec<StageVisit> {
    let mut visits: Vec<StageVisit> = Vec::new();
    for (event, visit) in entries.iter().rev().zip((1..=order.visit).rev()) {
        let attr = |name: &str| event.what.attrs.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
        let created = event.what.kind == kind::ORDER_CREATED;
        let left = visits.last().map(|next: &StageVisit| Left {
            at: next.entered,
            pipeline: next.pipeline.clone(),
            stage: next.stage.clone(),
            by: next.by.clone(),
        });
        visits.push(StageVisit {
            visit,
            pipeline: attr("pipeline").into(),
            stage: attr(if created { "stage" } else { "to" }).into(),
            entered: event.at,
            by: event.cause.by.name().to_owned(),
            historical: created && event.what.attrs.get("historical") == Some(&true.into()),
            left,
        });
    }
    visits.reverse();
    visits
}

/// What the answer is read off, all of it as it was at one moment.
pub struct Known<'a> {
    pub config: &'a ShopConfig,
    pub order: &'a Order,
    pub visit: &'a StageVisit,
    /// Of the visit's pipeline, newest first, back to the one that was in force when the order came.
    pub revisions: &'a [Automation],
    /// Of this visit, without those of workflows.
    pub runs: &'a [Run],
    /// Of the order, newest first.
    pub matches: &'a [Match],
}

/// One rule, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    pub rule: RuleId,
    pub name: String,
    pub plugin: String,
    /// Place in the stage's list.
    pub position: u32,
    pub because: Because,
    /// What it is read off, where there was one: its trace tells more.
    pub run: Option<RunId>,
    /// The automation that the run belongs to, whatever was published later.
    pub revision: Option<u64>,
    /// Times that a step was tried again.
    pub retries: u32,
    /// No longer in the list: its run is all that is left of it.
    pub removed: bool,
}

/// `Send SMS: ran at 2026-11-20T09:00:00.000Z with 1 effect, after 2 failed tries`
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.because)?;
        if self.retries > 0 && !matches!(self.because, Because::TriesAgain { .. }) {
            f.write_str(", after ")?;
            counted(f, self.retries as usize, "failed try")?;
        }
        Ok(())
    }
}

/// One trigger that could move the order on, and why it did not.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyTrigger {
    pub trigger: TriggerId,
    pub name: String,
    pub plugin: String,
    /// Where it stands, and so where it would move the order.
    pub stage: StageId,
    pub because: Unmoved,
    /// The latest event that it was asked about during the visit.
    pub asked: Option<Question>,
    /// How many it was asked about; not all, where there were very many.
    pub events: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    pub id: MatchId,
    pub event: EventId,
    pub at: Timestamp,
}

/// The revision by which the visit's rules were started, where any were. Those that somebody starts later are of another.
pub fn started_by(visit: &StageVisit, runs: &[Run]) -> Option<u64> {
    runs.iter().find(|run| run.created == visit.entered).map(|run| run.revision)
}

/// Whether this revision was in force when the order came: that of the runs, else the newest that was there.
pub fn was_in_force(visit: &StageVisit, runs: &[Run], revision: &Automation) -> bool {
    match started_by(visit, runs) {
        Some(started_by) => revision.revision == started_by,
        None => revision.published <= visit.entered,
    }
}

/// The rules of the stage in list order, those that are gone last.
pub fn rules(known: &Known<'_>) -> Vec<Why> {
    let then = known.then();
    let listed = known.listed();
    let mut all = Vec::new();
    for (position, rule) in listed.iter().flat_map(|stage| &stage.rules).enumerate() {
        let run = known.run(&rule.id);
        let because = match run {
            Some(run) => rule::of_run(run, known),
            None => rule::without_run(rule, then, known),
        };
        all.push(Why {
            rule: rule.id.clone(),
            name: rule.name.clone(),
            plugin: rule.plugin.clone(),
            position: u32::try_from(position).unwrap_or(u32::MAX),
            because,
            run: run.map(|run| run.id),
            revision: run.map(|run| run.revision),
            retries: run.map_or(0, rule::retries),
            removed: false,
        });
    }
    let mut gone: Vec<&Run> = known.runs.iter().collect();
    gone.retain(|run| !all.iter().any(|why| why.rule == run.rule));
    gone.sort_by_key(|run| (run.position, std::cmp::Reverse(run.id)));
    gone.dedup_by(|later, first| later.rule == first.rule);
    all.extend(gone.into_iter().map(|run| Why {
        rule: run.rule.clone(),
        name: run.rule_name.clone(),
        plugin: known.spec_of(run).map(|rule| rule.plugin.clone()).unwrap_or_default(),
        position: run.position,
        because: rule::of_run(run, known),
        run: Some(run.id),
        revision: Some(run.revision),
        retries: rule::retries(run),
        removed: true,
    }));
    all
}

/// The triggers that could move the order on from where it stands, and those that were asked and may not, in stage order.
pub fn triggers(known: &Known<'_>) -> Vec<WhyTrigger> {
    trigger::all(known)
}

impl Known<'_> {
    fn then(&self) -> Option<&Automation> {
        self.revisions.iter().find(|revision| was_in_force(self.visit, self.runs, revision))
    }

    /// What is published now, and of a visit that is over, what was when it began.
    fn automation(&self) -> Option<&Automation> {
        match self.visit.left {
            Some(_) => self.then(),
            None => self.revisions.first(),
        }
    }

    fn listed(&self) -> Option<&StageAutomation> {
        self.automation()?.stages.get(&self.visit.stage)
    }

    /// The newest of the rule.
    fn run(&self, rule: &RuleId) -> Option<&Run> {
        self.runs.iter().filter(|run| run.rule == *rule).max_by_key(|run| run.id)
    }

    fn spec_of(&self, run: &Run) -> Option<&RuleSpec> {
        let revision = self.revisions.iter().find(|one| one.revision == run.revision)?;
        revision.stages.get(&run.stage)?.rules.iter().find(|rule| rule.id == run.rule)
    }

    /// Within the visit.
    fn during(&self, at: Timestamp) -> bool {
        at >= self.visit.entered && self.visit.left.as_ref().is_none_or(|left| at <= left.at)
    }
}

fn counted(f: &mut fmt::Formatter<'_>, count: usize, one: &str) -> fmt::Result {
    match (count, one.strip_suffix('y')) {
        (1, _) => write!(f, "1 {one}"),
        (_, Some(stem)) => write!(f, "{count} {stem}ies"),
        (_, None) => write!(f, "{count} {one}s"),
    }
}
