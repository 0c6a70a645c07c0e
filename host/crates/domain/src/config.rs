use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    ApplicationRule, ApplicationRuleId, ApplicationTrigger, Automation, Connection, Employee, EmployeeId,
    Grant, InstalledRecipe, List, Mailbox, Manifest, Numerator, Order, OrderKind, Pipeline, PipelineId,
    Reason, RuleSpec, Schedule, Segment, Shop, StageId, Subscription, SubscriptionId, Template, TriggerSpec,
    Workflow,
    plugin::{Digest, PluginId},
};

/// A plugin that the shop has installed, with what it may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivePlugin {
    pub digest: Digest,
    pub manifest: Manifest,
    pub grant: Grant,
}

/// Everything about a shop that changes rarely, as one value: what matching and sequencing look at.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopConfig {
    /// Grows with every change of any part.
    pub version: u64,
    pub shop: Shop,
    pub pipelines: BTreeMap<PipelineId, Pipeline>,
    /// The published revisions.
    pub automations: BTreeMap<PipelineId, Automation>,
    pub employees: BTreeMap<EmployeeId, Employee>,
    pub plugins: BTreeMap<PluginId, Arc<ActivePlugin>>,
    /// Components that must not run, of those that are stored: why.
    pub revoked: BTreeMap<Digest, String>,
    pub templates: BTreeMap<String, Template>,
    pub numerators: BTreeMap<String, Numerator>,
    pub lists: BTreeMap<String, List>,
    pub segments: BTreeMap<String, Segment>,
    /// The revisions in force.
    pub workflows: BTreeMap<String, Workflow>,
    pub schedules: BTreeMap<String, Schedule>,
    pub connections: BTreeMap<String, Connection>,
    pub recipes: Vec<InstalledRecipe>,
    pub mailboxes: BTreeMap<String, Mailbox>,
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    pub application_rules: BTreeMap<ApplicationRuleId, ApplicationRule>,
    pub application_triggers: Vec<ApplicationTrigger>,
}

impl ShopConfig {
    /// Whether orders of this kind are automated at all.
    pub fn automates(&self, kind: OrderKind) -> bool {
        kind == OrderKind::Deal || self.shop.automate_orders
    }

    pub fn in_plan(&self, plugin: &PluginId) -> bool {
        !self.shop.not_in_plan.contains(plugin)
    }

    /// The rules on a stage in list order.
    pub fn rules(&self, pipeline: &PipelineId, stage: &StageId) -> &[RuleSpec] {
        self.automations
            .get(pipeline)
            .and_then(|automation| automation.stages.get(stage))
            .map_or(&[], |stage| stage.rules.as_slice())
    }

    /// Active triggers of a pipeline whose plugin wants events of this kind, in stage order. Those outside the shop's
    /// plan are among them, so that somebody can be told why they do nothing.
    pub fn triggers(&self, pipeline: &PipelineId, kind: &str) -> Vec<(&StageId, &TriggerSpec)> {
        let Some((pipeline, automation)) = self.pipelines.get(pipeline).zip(self.automations.get(pipeline))
        else {
            return Vec::new();
        };
        let wants = |trigger: &TriggerSpec| {
            trigger.active
                && self
                    .plugins
                    .get(&trigger.plugin)
                    .is_some_and(|plugin| plugin.manifest.subscriptions.contains(kind))
        };
        pipeline
            .stages
            .iter()
            .filter_map(|stage| automation.stages.get_key_value(&stage.id))
            .flat_map(|(stage, on)| on.triggers.iter().map(move |trigger| (stage, trigger)))
            .filter(|(_, trigger)| wants(trigger))
            .collect()
    }

    /// Whether any trigger of any pipeline wants events of this kind.
    pub fn any_trigger(&self, kind: &str) -> bool {
        self.automations.keys().any(|pipeline| !self.triggers(pipeline, kind).is_empty())
    }

    /// Stages of a pipeline in which an order is neither won nor lost.
    pub fn open_stages(&self, pipeline: &PipelineId) -> Vec<StageId> {
        let stages = self.pipelines.get(pipeline).into_iter().flat_map(|pipeline| &pipeline.stages);
        let open = stages.filter(|stage| stage.kind == crate::StageKind::Open);
        open.map(|stage| stage.id.clone()).collect()
    }

    /// Neither won, lost nor canceled: what events without an order are about.
    pub fn is_open(&self, order: &Order) -> bool {
        self.stage_kind(order) == Some(crate::StageKind::Open) && !order.canceled
    }

    /// Why a rule that keeps to the hours of the order's responsible cannot begin. Where nobody is responsible, nobody's
    /// hours count.
    pub fn responsible_away(&self, order: &Order) -> Option<String> {
        let employee = self.employees.get(&order.responsible?)?;
        let away = employee.absent || !employee.working;
        let (employee, name, absent) = (employee.id, employee.name.clone(), employee.absent);
        away.then(|| Reason::ResponsibleAway { employee, name, absent }.to_string())
    }

    pub fn stage_kind(&self, order: &Order) -> Option<crate::StageKind> {
        Some(self.pipelines.get(&order.pipeline)?.stage(&order.stage)?.kind)
    }
}

/// How the reason of every run begins that waits for this employee.
pub fn away(employee: EmployeeId) -> String {
    format!("{RESPONSIBLE_AWAY}{employee}: ")
}

/// How the reason of every run begins that waits for somebody.
pub const RESPONSIBLE_AWAY: &str = "responsible-away: ";
