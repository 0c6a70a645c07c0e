//! All that the page of a run is made of, read in one snapshot.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{
    Actor, Event, Manifest, Message, Order, RuleSpec, Run, RunId, RunState, ShopConfig, StepTrace,
};
use rulewright_engine::{NotAgain, kept_from_again, message_key, pinned_rule};
use rulewright_ports::{
    Reads,
    storage::{MessageQuery, Page, RunQuery},
};
use serde_json::Value;

use crate::{
    door::Look,
    effect::{self, Told},
    trouble::Trouble,
};

pub struct Trace {
    pub config: Arc<ShopConfig>,
    pub run: Run,
    pub order: Option<Arc<Order>>,
    /// As it was when the run began.
    pub rule: Option<RuleSpec>,
    /// Of the component that it began with.
    pub manifest: Option<Manifest>,
    /// The revision that is in force.
    pub current: Option<u64>,
    pub event: Option<Arc<Event>>,
    /// Of this run, by their keys.
    pub messages: BTreeMap<String, Message>,
    /// Runs of the same order that something which this one did has started.
    pub children: Vec<(RunId, String)>,
    /// Runs that somebody has started to do this one again.
    pub repeated_by: Vec<RunId>,
    /// Why it cannot be started again.
    pub not_again: Option<NotAgain>,
}

/// Of one order: more are looked up in their own lists.
const OF_ORDER: Page = Page { after: None, limit: Page::MAX, newest_first: true };

impl Trace {
    pub fn read(reads: &mut dyn Reads, config: Arc<ShopConfig>, id: RunId) -> Result<Trace, Trouble> {
        let shop = config.shop.id;
        let run = reads.run(shop, id)?.ok_or(Trouble::NotFound)?;
        let current = match &run.workflow {
            Some(started) => config.workflows.get(&started.workflow).map(|workflow| workflow.revision),
            None => config.automations.get(&run.pipeline).map(|automation| automation.revision),
        };
        let query = MessageQuery { order: Some(run.order), ..MessageQuery::default() };
        let messages = reads.messages(shop, &query, OF_ORDER)?.into_iter();
        let messages = messages.filter(|message| message.run == Some(id));
        let query = RunQuery { order: Some(run.order), ..RunQuery::default() };
        let started_here = |run: &Run| matches!(&run.cause.by, Actor::Rule { run: by, .. } if *by == id);
        let of_order = reads.runs(shop, &query, OF_ORDER)?;
        let repeated_by = of_order.iter().filter(|run| run.again == Some(id)).map(|run| run.id).collect();
        let children = of_order.into_iter().filter(started_here);
        Ok(Trace {
            order: reads.order(shop, run.order)?,
            rule: pinned_rule(&config, reads, &run)?,
            manifest: reads.package(&run.digest)?.map(|package| package.manifest),
            current,
            event: reads.event(shop, run.event)?,
            messages: messages.map(|message| (message.key.clone(), message)).collect(),
            children: children.map(|run| (run.id, run.rule_name)).collect(),
            repeated_by,
            not_again: kept_from_again(&config, reads, &run)?,
            run,
            config,
        })
    }

    /// The row of the outbox that a step's effect at this place has become.
    pub fn message(&self, step: &StepTrace, place: usize) -> Option<&Message> {
        self.messages.get(&message_key(&self.run, step.step, place))
    }

    pub fn told(&self, look: &Look, effect: &Value) -> Told {
        effect::told(look, &self.config, self.run.order, effect)
    }

    /// Effects of steps that are committed, and are not done again whatever becomes of the run.
    pub fn done(&self, look: &Look) -> Vec<String> {
        // In shadow nothing was done.
        let steps = self.run.trace.iter().filter(|_| !self.run.shadow);
        let effects = steps.flat_map(|step| &step.effects);
        effects.map(|effect| self.told(look, effect).sentence).collect()
    }

    /// Whether a run of its rule that begins now only records what it would do.
    pub fn is_in_shadow_now(&self) -> bool {
        let rules = match &self.run.workflow {
            Some(started) => {
                let workflow = self.config.workflows.get(&started.workflow);
                workflow.map_or(&[][..], |workflow| workflow.rules.as_slice())
            }
            None => self.config.rules(&self.run.pipeline, &self.run.stage),
        };
        rules.iter().any(|rule| rule.id == self.run.rule && rule.shadow)
    }

    /// The step that the run has failed at, where it left a trace.
    pub fn failed_step(&self) -> Option<&StepTrace> {
        let failed = matches!(self.run.state, RunState::Failed { .. });
        self.run.trace.last().filter(|_| failed)
    }

    /// Why it cannot be tried again: the key of the sentence.
    pub fn kept_from_retry(&self) -> Option<&'static str> {
        if !matches!(self.run.state, RunState::Failed { .. } | RunState::Parked { .. }) {
            return Some(match self.run.state.is_terminal() {
                true => "trace-no-retry-ended",
                false => "trace-no-retry-open",
            });
        }
        match &self.order {
            None => Some("trace-no-retry-order-gone"),
            Some(order) if self.run.workflow.is_none() && order.visit != self.run.visit => {
                Some("trace-no-retry-stage-left")
            }
            Some(_) => None,
        }
    }
}
