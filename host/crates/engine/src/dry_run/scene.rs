//! What a dry run begins with: the order as it comes to the stage, and its rules with the runs that they would get.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use rulewright_domain::{
    Actor, Cause, Event, EventId, NewEvent, Order, OrderChange, OrderId, Rejection, RuleSpec, Run, RunId,
    RunState, ShopConfig, ShopId, StageAutomation, StageId, Timestamp, decide, kind,
};
use rulewright_ports::{
    HttpResponse, Reads,
    storage::{Page, RunQuery},
};

use super::{
    DryRule, DryRun, DryRunReport, DryStep, DryTrigger, DryVerdict,
    draft::Draft,
    told::{difference, verdict_of},
};
use crate::{
    Engine, Refusal,
    invocation::{Snapshot, looks},
    sequence::{Chain, runs_of},
};

/// One rule and the run that it would get.
pub(super) struct Play {
    pub rule: RuleSpec,
    /// None: it is switched off.
    pub run: Option<Run>,
    /// When it last did something for the order, where it asks for that.
    pub last_run: Option<Timestamp>,
    pub steps: Vec<DryStep>,
    /// What it waits for first.
    pub waits: Option<DryVerdict>,
    /// Where its run does not say how it ends.
    pub end: Option<DryVerdict>,
    /// It has been woken by the event that was given: once is enough.
    pub woken: bool,
}

pub(super) struct Scene {
    pub config: Arc<ShopConfig>,
    pub order: OrderId,
    pub stage: StageId,
    pub on: StageAutomation,
    /// As it is stored.
    pub before: Arc<Order>,
    /// As it comes to the stage.
    entered: Order,
    pub draft: Draft,
    /// What has started the rules.
    pub started_by: Arc<Event>,
    /// What was given to wake them.
    pub event: Option<Arc<Event>>,
    pub answer: Option<HttpResponse>,
    pub begin: Timestamp,
    pub now: Timestamp,
    pub plays: Vec<Play>,
}

impl Engine {
    pub(super) fn read_scene(
        &self,
        reads: &mut dyn Reads,
        shop: ShopId,
        wish: DryRun,
    ) -> Result<Scene, Refusal> {
        let config = self.inner.configs.of(reads, shop)?;
        let DryRun { pipeline: pipeline_id, stage, stages, rule, order: id, now, event, answer } = wish;
        let pipeline = config.pipelines.get(&pipeline_id);
        let pipeline = pipeline.ok_or_else(|| Refusal::not_found("pipeline", &pipeline_id))?;
        let before = reads.order(shop, id)?;
        let before = before.ok_or_else(|| Rejection::NotFound { what: "order", id: id.to_string() })?;
        let now = now.unwrap_or_else(|| self.clock().now());
        let (entered, entry) = enter(&before, pipeline, &stage, now)?;
        let automation = config.automations.get(&pipeline_id);
        let revision = automation.map_or(0, |automation| automation.revision);
        let on = match stages {
            Some(mut stages) => stages.remove(&stage),
            None => automation.and_then(|automation| automation.stages.get(&stage)).cloned(),
        };
        let on = on.unwrap_or_default();
        let rules: Vec<RuleSpec> = match &rule {
            Some(id) => on.rules.iter().filter(|rule| rule.id == *id).cloned().collect(),
            None => on.rules.clone(),
        };
        if let Some(id) = rule.filter(|_| rules.is_empty()) {
            return Err(Rejection::NotFound { what: "rule", id: id.to_string() }.into());
        }
        let happened = |what: NewEvent| Event {
            // It is not in the log, and no event there has this number.
            id: EventId(0),
            shop,
            at: now,
            cause: Cause::from_outside(Actor::Host),
            what,
        };
        let event = event.map(|what| Arc::new(happened(about(what, &before))));
        let started_by = event.clone().unwrap_or_else(|| Arc::new(happened(entry)));
        let mut numbers = 0;
        let next_id = || {
            numbers += 1;
            Ok::<_, Infallible>(RunId(numbers))
        };
        let chain = Chain { rules: &rules, revision, workflow: None };
        let runs =
            runs_of(&config, &entered, &started_by, chain, next_id).unwrap_or_else(|never| match never {});
        let plays = plays(reads, shop, &before, rules, runs)?;
        let mut draft = Draft::of(entered.clone());
        for id in entered.clients() {
            draft.know(reads.client(shop, id)?);
        }
        Ok(Scene {
            order: id,
            stage,
            on,
            before,
            entered,
            draft,
            started_by,
            event,
            answer,
            begin: now,
            now,
            plays,
            config,
        })
    }
}

/// Each rule with its run.
fn plays(
    reads: &mut dyn Reads,
    shop: ShopId,
    before: &Order,
    rules: Vec<RuleSpec>,
    runs: Vec<Run>,
) -> Result<Vec<Play>, Refusal> {
    let mut runs: BTreeMap<u32, Run> = runs.into_iter().map(|run| (run.position, run)).collect();
    let mut plays = Vec::with_capacity(rules.len());
    for (position, rule) in rules.into_iter().enumerate() {
        let run = u32::try_from(position).ok().and_then(|position| runs.remove(&position));
        let last_run = match looks(&rule).at_last_run() {
            true => last_run(reads, shop, before, &rule)?,
            false => None,
        };
        let waits = run.as_ref().and_then(|run| first_wait(&run.state));
        let steps = Vec::new();
        plays.push(Play { rule, run, last_run, steps, waits, end: None, woken: false });
    }
    Ok(plays)
}

/// The order as it comes to the stage, and what is told of that.
fn enter(
    before: &Order,
    pipeline: &rulewright_domain::Pipeline,
    stage: &StageId,
    now: Timestamp,
) -> Result<(Order, NewEvent), Refusal> {
    if before.pipeline == pipeline.id && before.stage == *stage {
        let entry = about(NewEvent::new(kind::STAGE_CHANGED), before)
            .attr("pipeline", pipeline.id.0.as_str())
            .attr("from", stage.0.as_str())
            .attr("to", stage.0.as_str());
        return Ok((before.clone(), entry));
    }
    let change = match before.pipeline == pipeline.id {
        true => OrderChange::MoveStage { stage: stage.clone() },
        false => OrderChange::MovePipeline { pipeline: pipeline.id.clone(), stage: Some(stage.clone()) },
    };
    let decision = decide(before, change, pipeline, now)?;
    let entry = decision.events.into_iter().next().unwrap_or_else(|| NewEvent::new(kind::STAGE_CHANGED));
    // A move never deletes.
    Ok((decision.order.unwrap_or_else(|| before.clone()), entry))
}

fn about(event: NewEvent, order: &Order) -> NewEvent {
    NewEvent {
        order: event.order.or(Some(order.id)),
        client: event.client.or_else(|| order.client()),
        ..event
    }
}

fn last_run(
    reads: &mut dyn Reads,
    shop: ShopId,
    order: &Order,
    rule: &RuleSpec,
) -> Result<Option<Timestamp>, Refusal> {
    let query = RunQuery { order: Some(order.id), rule: Some(rule.id.0.clone()), ..RunQuery::default() };
    let page = Page { after: None, limit: Page::MAX, newest_first: true };
    let done = |run: &&Run| run.state == RunState::Done && run.pipeline == order.pipeline;
    Ok(reads.runs(shop, &query, page)?.iter().find(done).and_then(|run| run.ended))
}

pub(super) fn first_wait(state: &RunState) -> Option<DryVerdict> {
    let waits = |until: Option<Timestamp>, reason: Option<&String>| {
        Some(DryVerdict::Waits { until, filter: None, reason: reason.cloned() })
    };
    match state {
        RunState::Scheduled { until } => waits(Some(*until), None),
        RunState::Parked { reason } => waits(None, Some(reason)),
        _ => None,
    }
}

impl Scene {
    /// What the rule's next step is given.
    pub fn snapshot(&self, index: usize) -> Option<Snapshot> {
        let play = self.plays.get(index)?;
        let order = self.draft.order(self.order)?;
        let clients = order.clients().filter_map(|id| self.draft.client(id).cloned()).collect();
        Some(Snapshot {
            config: self.config.clone(),
            run: play.run.clone()?,
            rule: play.rule.clone(),
            plugin: self.config.plugins.get(&play.rule.plugin)?.clone(),
            order: Arc::new(order.clone()),
            clients,
            started_by: self.started_by.clone(),
            last_run: play.last_run,
        })
    }

    pub fn report(self, triggers: Vec<DryTrigger>) -> DryRunReport {
        let stands_there = self.entered.visit == self.before.visit;
        let changes = match self.draft.order(self.order) {
            Some(after) => difference(&self.entered, after),
            None => Default::default(),
        };
        let names: BTreeMap<RunId, String> = self
            .plays
            .iter()
            .filter_map(|play| Some((play.run.as_ref()?.id, play.rule.name.clone())))
            .collect();
        let rules = self.plays.into_iter().map(|play| {
            let end = verdict_of(&play, &names);
            let (verdict, then) = match play.waits {
                Some(waits) if matches!(end, DryVerdict::Waits { .. }) && play.steps.is_empty() => {
                    (waits, None)
                }
                Some(waits) if waits == end => (waits, None),
                Some(waits) => (waits, Some(end)),
                None => (end, None),
            };
            let RuleSpec { id: rule, name, plugin, .. } = play.rule;
            DryRule { rule, name, plugin, verdict, then, steps: play.steps }
        });
        DryRunReport {
            order: self.order,
            revision: self.before.revision,
            now: self.begin,
            stands_there,
            rules: rules.collect(),
            triggers,
            changes,
        }
    }
}
