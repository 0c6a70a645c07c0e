//! Pure: everything a step needs, packed into one value.

use std::sync::Arc;

use rulewright_domain::{
    ActivePlugin, Client, ConditionTrace, Event, Order, RuleSpec, Run, ShopConfig, Timestamp, template,
};
use rulewright_ports::{Failure, Invocation, StepTask, Task, planted::planted};
use serde_json::Value;

use crate::{hash::key_of, view};

/// What a worker reads, at one moment, before a step.
pub(crate) struct Snapshot {
    pub config: Arc<ShopConfig>,
    pub run: Run,
    pub rule: RuleSpec,
    pub plugin: Arc<ActivePlugin>,
    pub order: Arc<Order>,
    pub clients: Vec<Client>,
    pub started_by: Arc<Event>,
    /// When the rule last did something for the order, where it asks for that.
    pub last_run: Option<Timestamp>,
}

/// Where a rule may look.
pub(crate) fn looks(rule: &RuleSpec) -> view::Looks<'_> {
    view::Looks { condition: rule.condition.as_ref(), settings: &rule.settings }
}

impl Snapshot {
    /// None: there is no condition, or it was looked at when the rule started.
    pub fn condition(&self, view: &mut Option<Value>) -> Option<ConditionTrace> {
        let condition = self.rule.condition.as_ref().filter(|_| self.run.step == 0)?;
        Some(condition.evaluate(view.get_or_insert_with(|| self.view())))
    }

    /// The step asks nobody outside, so it ends without waiting for anybody.
    pub fn stays_inside(&self) -> bool {
        self.plugin.grant.http.is_empty()
    }

    fn view(&self) -> Value {
        let (order, run) = (&self.order, Some(&self.run));
        view::of(&self.config, order, &self.clients, &self.started_by, run, self.last_run, &looks(&self.rule))
    }

    /// The settings with everything inserted, where that changes them, and the fields that were empty.
    pub fn settings(&self, view: Option<Value>) -> Result<(Option<Value>, Vec<String>), Failure> {
        if !template::has_placeholders(&self.rule.settings) {
            return Ok((None, Vec::new()));
        }
        let mut settings = self.rule.settings.clone();
        let view = view.unwrap_or_else(|| self.view());
        let missing = template::render_settings(&self.plugin.manifest.settings, &mut settings, &view)
            .map_err(|error| Failure::new("config", error.to_string(), false))?;
        Ok((Some(settings).filter(|settings| *settings != self.rule.settings), missing))
    }

    pub fn invocation(&self, settings: String) -> Invocation {
        let run = &self.run;
        let pipeline = self.config.pipelines.get(&self.order.pipeline);
        let stages = pipeline.into_iter().flat_map(|pipeline| &pipeline.stages);
        let task = StepTask {
            run: run.id.to_string(),
            rule: run.rule.to_string(),
            rule_name: run.rule_name.clone(),
            step: run.step,
            attempt: run.attempt,
            order: self.order.clone(),
            stages: stages.map(|stage| stage.id.clone()).collect(),
            settings,
            previous: view::previous(run).map(ToString::to_string),
            wake: run.wake.clone(),
            started_by: self.started_by.clone(),
            state: run.saved.clone(),
        };
        Invocation {
            shop: run.shop,
            plugin: self.plugin.manifest.id.clone(),
            digest: match self.config.plugins.get(&self.plugin.manifest.id) {
                Some(newest) if planted("newest-digest") => newest.digest.clone(),
                _ => run.digest.clone(),
            },
            grant: self.plugin.grant.clone(),
            limits: self.plugin.manifest.limits.clone(),
            seed: key_of(&[&self.config.shop.seed, &run.step_seed()]),
            now: run.ready_at,
            locale: self.config.shop.locale.clone(),
            time_zone: self.config.shop.time_zone.clone(),
            hours: self.config.shop.hours.clone(),
            task: Task::Step(Box::new(task)),
        }
    }
}
