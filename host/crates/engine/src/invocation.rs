//! Pure: everything a step needs, packed into one value.

use rulewright_domain::{
    ActivePlugin, Client, ConditionTrace, Event, Order, RuleSpec, Run, ShopConfig, Timestamp, template,
};
use rulewright_ports::{Failure, Invocation, StepTask, Task};

use crate::{hash::key_of, view};

/// What a worker reads, at one moment, before a step.
pub(crate) struct Snapshot {
    pub config: std::sync::Arc<ShopConfig>,
    pub run: Run,
    pub rule: RuleSpec,
    pub plugin: ActivePlugin,
    pub order: Order,
    pub clients: Vec<Client>,
    pub started_by: Event,
    /// The newest event of the shop: what happens after it, a wait-for must not miss.
    pub newest_event: Option<i64>,
}

impl Snapshot {
    /// None: there is no condition, or it was looked at when the rule started.
    pub fn condition(&self) -> Option<ConditionTrace> {
        let condition = self.rule.condition.as_ref().filter(|_| self.run.step == 0)?;
        Some(condition.evaluate(&self.view()))
    }

    fn view(&self) -> serde_json::Value {
        view::of(&self.config, &self.order, &self.clients, &self.started_by, Some(&self.run))
    }

    /// The invocation, and the fields that were empty when the settings were rendered.
    pub fn invocation(&self, now: Timestamp) -> Result<(Invocation, Vec<String>), Failure> {
        let mut settings = self.rule.settings.clone();
        let schema = &self.plugin.manifest.settings;
        let missing = template::render_settings(schema, &mut settings, &self.view())
            .map_err(|error| Failure::new("config", error.to_string(), false))?;
        let run = &self.run;
        let task = StepTask {
            run: run.id.to_string(),
            rule_name: run.rule_name.clone(),
            step: run.step,
            attempt: run.attempt,
            order: self.order.clone(),
            clients: self.clients.clone(),
            settings: settings.to_string(),
            previous: view::previous(run).map(ToString::to_string),
            wake: run.wake.clone(),
            started_by: self.started_by.clone(),
            state: run.saved.clone(),
        };
        let invocation = Invocation {
            shop: run.shop,
            plugin: self.plugin.manifest.id.clone(),
            digest: run.digest.clone(),
            grant: self.plugin.grant.clone(),
            limits: self.plugin.manifest.limits.clone(),
            seed: key_of(&[&run.step_seed()]),
            now,
            locale: self.config.shop.locale.clone(),
            task: Task::Step(Box::new(task)),
        };
        Ok((invocation, missing))
    }
}
