//! The rules and triggers of what is published, wherever they stand: for whoever asks who uses something.

use std::fmt;

use serde_json::Value;

use crate::{PipelineId, RuleSpec, ShopConfig, StageId, TriggerSpec, plugin::PluginId};

/// Where a rule or trigger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Stage {
        pipeline: PipelineId,
        stage: StageId,
    },
    /// By its name.
    Workflow(String),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Stage { pipeline, stage } => write!(out, "on `{stage}` of pipeline `{pipeline}`"),
            Place::Workflow(name) => write!(out, "in workflow `{name}`"),
        }
    }
}

/// A rule or trigger in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'c> {
    pub place: Place,
    pub is_rule: bool,
    pub id: &'c str,
    pub name: &'c str,
    pub plugin: &'c PluginId,
    pub settings: &'c Value,
}

impl<'c> Part<'c> {
    fn trigger(place: Place, trigger: &'c TriggerSpec) -> Part<'c> {
        let TriggerSpec { id, name, plugin, settings, .. } = trigger;
        Part { place, is_rule: false, id: &id.0, name, plugin, settings }
    }

    fn rule(place: Place, rule: &'c RuleSpec) -> Part<'c> {
        let RuleSpec { id, name, plugin, settings, .. } = rule;
        Part { place, is_rule: true, id: &id.0, name, plugin, settings }
    }
}

impl ShopConfig {
    /// All of them, also what is switched off just now: stage by stage, then the workflows.
    pub fn in_force(&self) -> impl Iterator<Item = Part<'_>> {
        let on_stages = self.automations.values().flat_map(|automation| {
            automation.stages.iter().flat_map(move |(stage, on)| {
                let place =
                    move || Place::Stage { pipeline: automation.pipeline.clone(), stage: stage.clone() };
                let triggers = on.triggers.iter().map(move |trigger| Part::trigger(place(), trigger));
                triggers.chain(on.rules.iter().map(move |rule| Part::rule(place(), rule)))
            })
        });
        let in_workflows = self.workflows.values().flat_map(|workflow| {
            let place = move || Place::Workflow(workflow.name.clone());
            workflow.rules.iter().map(move |rule| Part::rule(place(), rule))
        });
        on_stages.chain(in_workflows)
    }
}
