use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Automation, Employee, EmployeeId, Grant, List, Manifest, Numerator, Order, OrderKind, Pipeline,
    PipelineId, RuleSpec, Segment, Shop, StageId, Template, TriggerSpec, Workflow,
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
    pub templates: BTreeMap<String, Template>,
    pub numerators: BTreeMap<String, Numerator>,
    pub lists: BTreeMap<String, List>,
    pub segments: BTreeMap<String, Segment>,
    /// The revisions in force.
    pub workflows: BTreeMap<String, Workflow>,
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

    /// Active triggers of a pipeline whose plugin wants events of this kind, in stage order.
    pub fn triggers(&self, pipeline: &PipelineId, kind: &str) -> Vec<(&StageId, &TriggerSpec)> {
        let Some((pipeline, automation)) = self.pipelines.get(pipeline).zip(self.automations.get(pipeline))
        else {
            return Vec::new();
        };
        let wants = |trigger: &TriggerSpec| {
            trigger.active
                && self.in_plan(&trigger.plugin)
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

    pub fn stage_kind(&self, order: &Order) -> Option<crate::StageKind> {
        Some(self.pipelines.get(&order.pipeline)?.stage(&order.stage)?.kind)
    }
}
