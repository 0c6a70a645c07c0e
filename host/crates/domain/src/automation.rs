//! What stands on the stages of a pipeline: triggers above, rules below.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Actor, Condition, Pipeline, PipelineId, RuleId, StageId, Timestamp, TriggerId, When, plugin::PluginId,
};

/// What becomes of a rule when the one above it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    #[default]
    Stop,
    RunAnyway,
}

/// A rule on a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleSpec {
    pub id: RuleId,
    pub name: String,
    pub plugin: PluginId,
    #[serde(default = "empty")]
    pub settings: Value,
    #[serde(default)]
    pub when: When,
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Starts when the rule above it has ended, and can read its output.
    #[serde(default)]
    pub after_previous: bool,
    #[serde(default)]
    pub on_previous_failed: OnFailure,
    #[serde(default = "yes")]
    pub active: bool,
    /// Does everything but what it asks for: see [`Run::shadow`](crate::Run::shadow).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// The recipe that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
}

/// Orders that an event without an order is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    #[default]
    All,
    Newest,
}

/// A trigger on a stage: moves orders to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TriggerSpec {
    pub id: TriggerId,
    pub name: String,
    pub plugin: PluginId,
    #[serde(default = "empty")]
    pub settings: Value,
    #[serde(default)]
    pub condition: Option<Condition>,
    #[serde(default)]
    pub allow_previous: bool,
    #[serde(default)]
    pub include_changes_by_rules: bool,
    #[serde(default)]
    pub which: Which,
    #[serde(default = "yes")]
    pub active: bool,
    /// The recipe that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageAutomation {
    pub triggers: Vec<TriggerSpec>,
    /// In list order.
    pub rules: Vec<RuleSpec>,
}

/// One immutable revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Automation {
    pub pipeline: PipelineId,
    pub revision: u64,
    pub published: Timestamp,
    /// None: the host itself, or a time when nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// Version of the draft that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<u64>,
    pub stages: BTreeMap<StageId, StageAutomation>,
}

fn empty() -> Value {
    Value::Object(Default::default())
}

fn yes() -> bool {
    true
}

/// Rules of one stage, or of one workflow: an order that enters it starts a run of each, in one transaction, and everybody
/// else's changes wait for that.
pub const MOST_RULES: usize = 200;

/// Triggers of one pipeline. Each event of an order asks those that want its kind.
pub const MOST_TRIGGERS: usize = 500;

/// What is wrong with the stages of a draft, apart from the plugins' settings.
pub fn issues(stages: &BTreeMap<StageId, StageAutomation>, pipeline: &Pipeline) -> Vec<(String, String)> {
    let mut issues = Vec::new();
    let mut rules = BTreeSet::new();
    let mut triggers = BTreeSet::new();
    for (id, stage) in stages {
        let at = format!("/{id}");
        if pipeline.stage(id).is_none() {
            issues.push((at.clone(), format!("pipeline `{}` has no stage `{id}`", pipeline.id)));
        }
        for (index, trigger) in stage.triggers.iter().enumerate() {
            if trigger.id.0.is_empty() || !triggers.insert(&trigger.id) {
                let message = format!("trigger id `{}` is empty or used twice", trigger.id);
                issues.push((format!("{at}/triggers/{index}/id"), message));
            }
        }
        for (index, rule) in stage.rules.iter().enumerate() {
            if rule.id.0.is_empty() || !rules.insert(&rule.id) {
                let message = format!("rule id `{}` is empty or used twice", rule.id);
                issues.push((format!("{at}/rules/{index}/id"), message));
            }
            if index == 0 && rule.after_previous {
                let message = "the first rule of a stage has none above it to run after".to_owned();
                issues.push((format!("{at}/rules/{index}/after-previous"), message));
            }
        }
    }
    issues
}
