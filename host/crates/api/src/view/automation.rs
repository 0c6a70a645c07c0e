//! What stands on the stages. Settings belong to the plugins and pass through untouched.

use std::collections::BTreeMap;

use rulewright_domain::{
    self as domain, RuleId, StageId, Timestamp, TriggerId,
    automation::{OnFailure as DomainOnFailure, Which as DomainWhich},
    condition::Operator as DomainOperator,
    schedule::TimeOfDay,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    event::Actor,
    value::{mirror, yes},
};

/// Triggers and rules by stage.
pub type Stages = BTreeMap<String, StageAutomation>;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stages": {"won": {"rules": [{"id": "thanks", "name": "Thank the client", "plugin": "rulewright.send-sms", "settings": {"text": "Thank you, {{ client.name }}"}}]}}}))]
pub struct StagesInput {
    #[schema(value_type = BTreeMap<String, StageAutomation>)]
    pub stages: Stages,
}

/// How the draft is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishInput {
    /// What becomes of runs that have not ended of rules that are no longer there.
    pub pending: Pending,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Published {
    pub revision: u64,
    /// Version of the draft that it is.
    draft: u64,
    /// Rules of the revision before that are no longer there.
    removed: Vec<RemovedRule>,
}

/// What publishing the draft would take out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publishing {
    removed: Vec<RemovedRule>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RemovedRule {
    id: String,
    name: String,
    stage: String,
    /// Its runs that have not ended.
    pending: u64,
}

impl From<rulewright_engine::Removed> for RemovedRule {
    fn from(removed: rulewright_engine::Removed) -> RemovedRule {
        let rulewright_engine::Removed { rule, name, stage, pending } = removed;
        RemovedRule { id: rule.0, name, stage: stage.0, pending }
    }
}

impl From<rulewright_engine::Publication> for Published {
    fn from(published: rulewright_engine::Publication) -> Published {
        let removed = published.removed.into_iter().map(RemovedRule::from).collect();
        Published { revision: published.revision, draft: published.draft, removed }
    }
}

impl From<Vec<rulewright_engine::Removed>> for Publishing {
    fn from(removed: Vec<rulewright_engine::Removed>) -> Publishing {
        Publishing { removed: removed.into_iter().map(RemovedRule::from).collect() }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionSummary {
    pub revision: u64,
    #[schema(value_type = String, format = DateTime)]
    pub published: Timestamp,
    /// Who published it; null: Rulewright itself, e.g. with a recipe.
    by: Option<Actor>,
    /// Version of the draft that it is.
    draft: Option<u64>,
    pub rules: usize,
    pub triggers: usize,
}

/// A published revision; it never changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revision {
    pub pipeline: String,
    pub revision: u64,
    #[schema(value_type = String, format = DateTime)]
    pub published: Timestamp,
    /// Who published it; null: Rulewright itself, e.g. with a recipe.
    by: Option<Actor>,
    /// Version of the draft that it is.
    draft: Option<u64>,
    #[schema(value_type = BTreeMap<String, StageAutomation>)]
    pub stages: Stages,
}

impl From<domain::Automation> for Revision {
    fn from(automation: domain::Automation) -> Revision {
        Revision {
            pipeline: automation.pipeline.0,
            revision: automation.revision,
            published: automation.published,
            by: automation.by.map(Actor::from),
            draft: automation.draft,
            stages: of_domain(automation.stages),
        }
    }
}

impl From<domain::Automation> for RevisionSummary {
    fn from(automation: domain::Automation) -> RevisionSummary {
        RevisionSummary {
            revision: automation.revision,
            published: automation.published,
            by: automation.by.clone().map(Actor::from),
            draft: automation.draft,
            rules: automation.stages.values().map(|stage| stage.rules.len()).sum(),
            triggers: automation.stages.values().map(|stage| stage.triggers.len()).sum(),
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StageAutomation {
    triggers: Vec<Trigger>,
    /// In list order.
    rules: Vec<Rule>,
}

/// Moves orders to its stage.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "paid", "name": "Paid", "plugin": "rulewright.payment"}))]
struct Trigger {
    /// Stays the same over the revisions.
    id: String,
    name: String,
    #[schema(example = "rulewright.payment")]
    plugin: String,
    /// As the plugin's schema says.
    #[serde(default = "nothing")]
    #[schema(value_type = Object)]
    settings: Value,
    condition: Option<Condition>,
    /// Also moves an order back.
    #[serde(default)]
    allow_previous: bool,
    #[serde(default)]
    include_changes_by_rules: bool,
    #[serde(default)]
    which: Which,
    #[serde(default = "yes")]
    active: bool,
    /// The recipe that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<String>,
}

/// Acts when an order enters its stage.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "thanks", "name": "Thank the client", "plugin": "rulewright.send-sms", "settings": {"text": "Thank you, {{ client.name }}"}}))]
pub struct Rule {
    /// Stays the same over the revisions.
    id: String,
    name: String,
    #[schema(example = "rulewright.send-sms")]
    plugin: String,
    /// As the plugin's schema says.
    #[serde(default = "nothing")]
    #[schema(value_type = Object)]
    settings: Value,
    #[serde(default)]
    when: When,
    condition: Option<Condition>,
    /// Starts when the rule above it has ended.
    #[serde(default)]
    after_previous: bool,
    #[serde(default)]
    on_previous_failed: OnFailure,
    #[serde(default = "yes")]
    active: bool,
    /// Runs on live events, and nothing that it asks for is done: its runs tell what it would have been.
    #[serde(default, skip_serializing_if = "is_no")]
    shadow: bool,
    /// The recipe that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<String>,
}

fn nothing() -> Value {
    Value::Object(Default::default())
}

mirror! {
    /// Orders that an event without an order is about.
    Which = DomainWhich { All = "all", Newest = "newest", }
}

mirror! {
    /// What becomes of runs that have not ended of rules that are no longer there.
    Pending = rulewright_engine::Pending { Finish = "finish", Cancel = "cancel", }
}

impl Default for Pending {
    fn default() -> Pending {
        rulewright_engine::Pending::default().into()
    }
}

mirror! {
    /// What becomes of a rule when the one above it failed.
    OnFailure = DomainOnFailure { Stop = "stop", RunAnyway = "run-anyway", }
}

impl Default for Which {
    fn default() -> Which {
        DomainWhich::default().into()
    }
}

impl Default for OnFailure {
    fn default() -> OnFailure {
        DomainOnFailure::default().into()
    }
}

mirror! {
    Operator = DomainOperator {
        Equals = "equals",
        NotEquals = "not-equals",
        Contains = "contains",
        NotContains = "not-contains",
        Filled = "filled",
        Empty = "empty",
        GreaterThan = "greater-than",
        AtLeast = "at-least",
        LessThan = "less-than",
        AtMost = "at-most",
        In = "in",
        Between = "between",
    }
}

/// When a rule runs.
///
/// With `responsible_hours`, it begins once the order's responsible is at work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "run", rename_all = "kebab-case", deny_unknown_fields)]
enum When {
    Immediately {
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    After {
        #[schema(minimum = 1)]
        seconds: u64,
        #[serde(default)]
        working_hours: bool,
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    AtField {
        /// One of the shop's own fields.
        field: String,
        /// Negative is before. With `working_hours`, a date on a day off counts as the working day before it.
        #[serde(default)]
        offset_seconds: i64,
        #[serde(default)]
        working_hours: bool,
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    At {
        #[schema(value_type = String, format = DateTime)]
        time: Timestamp,
    },
    /// The next time that clocks in the shop show this.
    AtTimeOfDay {
        #[schema(value_type = String, example = "09:30")]
        time: TimeOfDay,
        /// Not on a day off.
        #[serde(default)]
        working_days: bool,
    },
}

impl Default for When {
    fn default() -> When {
        domain::When::default().into()
    }
}

fn is_no(flag: &bool) -> bool {
    !flag
}

/// `{"all": [..]}`, `{"any": [..]}`, or one comparison: `{"field": .., "operator": .., "value": ..}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Written")]
#[schema(example = json!({"field": "order.total", "operator": "at-least", "value": 100}))]
pub struct Condition {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    all: Option<Vec<Condition>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    any: Option<Vec<Condition>>,
    /// Dotted path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "order.total")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// Read flat and checked after that: an untagged enumeration could only say that nothing fits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    field: Option<String>,
    operator: Option<Operator>,
    value: Option<Value>,
}

impl TryFrom<Written> for Condition {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Condition, &'static str> {
        let Written { all, any, field, operator, value } = written;
        match (&all, &any, &field, operator) {
            (Some(_), None, None, None) | (None, Some(_), None, None) if value.is_none() => {}
            (None, None, Some(_), Some(_)) => {}
            (None, None, Some(_), None) => return Err("a comparison needs an `operator`"),
            (None, None, None, Some(_)) => return Err("a comparison needs a `field`"),
            _ => return Err("a condition is one of `all`, `any`, or `field` with `operator` and `value`"),
        }
        Ok(Condition { all, any, field, operator, value })
    }
}

impl From<Condition> for domain::Condition {
    fn from(condition: Condition) -> domain::Condition {
        let parts = |parts: Vec<Condition>| parts.into_iter().map(Into::into).collect();
        let Condition { all, any, field, operator, value } = condition;
        match (all, any, field, operator) {
            (Some(all), ..) => domain::Condition::All { all: parts(all) },
            (_, Some(any), ..) => domain::Condition::Any { any: parts(any) },
            (_, _, field, operator) => domain::Condition::Compare {
                field: field.unwrap_or_default(),
                operator: operator.unwrap_or(Operator::Filled).into(),
                value: value.unwrap_or_default(),
            },
        }
    }
}

impl From<domain::Condition> for Condition {
    fn from(condition: domain::Condition) -> Condition {
        let parts = |parts: Vec<domain::Condition>| Some(parts.into_iter().map(Into::into).collect());
        match condition {
            domain::Condition::All { all } => Condition { all: parts(all), ..Condition::default() },
            domain::Condition::Any { any } => Condition { any: parts(any), ..Condition::default() },
            domain::Condition::Compare { field, operator, value } => Condition {
                field: Some(field),
                operator: Some(operator.into()),
                value: Some(value).filter(|value| !value.is_null()),
                ..Condition::default()
            },
        }
    }
}

impl From<When> for domain::When {
    fn from(when: When) -> domain::When {
        match when {
            When::Immediately { responsible_hours } => domain::When::Immediately { responsible_hours },
            When::After { seconds, working_hours, responsible_hours } => {
                domain::When::After { seconds, working_hours, responsible_hours }
            }
            When::AtField { field, offset_seconds, working_hours, responsible_hours } => {
                domain::When::AtField { field, offset_seconds, working_hours, responsible_hours }
            }
            When::At { time } => domain::When::At { time },
            When::AtTimeOfDay { time, working_days } => domain::When::AtTimeOfDay { time, working_days },
        }
    }
}

impl From<domain::When> for When {
    fn from(when: domain::When) -> When {
        match when {
            domain::When::Immediately { responsible_hours } => When::Immediately { responsible_hours },
            domain::When::After { seconds, working_hours, responsible_hours } => {
                When::After { seconds, working_hours, responsible_hours }
            }
            domain::When::AtField { field, offset_seconds, working_hours, responsible_hours } => {
                When::AtField { field, offset_seconds, working_hours, responsible_hours }
            }
            domain::When::At { time } => When::At { time },
            domain::When::AtTimeOfDay { time, working_days } => When::AtTimeOfDay { time, working_days },
        }
    }
}

impl From<Rule> for domain::RuleSpec {
    fn from(rule: Rule) -> domain::RuleSpec {
        domain::RuleSpec {
            id: RuleId(rule.id),
            name: rule.name,
            plugin: rule.plugin,
            settings: rule.settings,
            when: rule.when.into(),
            condition: rule.condition.map(Into::into),
            after_previous: rule.after_previous,
            on_previous_failed: rule.on_previous_failed.into(),
            active: rule.active,
            shadow: rule.shadow,
            recipe: rule.recipe,
        }
    }
}

impl From<domain::RuleSpec> for Rule {
    fn from(rule: domain::RuleSpec) -> Rule {
        Rule {
            id: rule.id.0,
            name: rule.name,
            plugin: rule.plugin,
            settings: rule.settings,
            when: rule.when.into(),
            condition: rule.condition.map(Into::into),
            after_previous: rule.after_previous,
            on_previous_failed: rule.on_previous_failed.into(),
            active: rule.active,
            shadow: rule.shadow,
            recipe: rule.recipe,
        }
    }
}

impl From<Trigger> for domain::TriggerSpec {
    fn from(trigger: Trigger) -> domain::TriggerSpec {
        domain::TriggerSpec {
            id: TriggerId(trigger.id),
            name: trigger.name,
            plugin: trigger.plugin,
            settings: trigger.settings,
            condition: trigger.condition.map(Into::into),
            allow_previous: trigger.allow_previous,
            include_changes_by_rules: trigger.include_changes_by_rules,
            which: trigger.which.into(),
            active: trigger.active,
            recipe: trigger.recipe,
        }
    }
}

impl From<domain::TriggerSpec> for Trigger {
    fn from(trigger: domain::TriggerSpec) -> Trigger {
        Trigger {
            id: trigger.id.0,
            name: trigger.name,
            plugin: trigger.plugin,
            settings: trigger.settings,
            condition: trigger.condition.map(Into::into),
            allow_previous: trigger.allow_previous,
            include_changes_by_rules: trigger.include_changes_by_rules,
            which: trigger.which.into(),
            active: trigger.active,
            recipe: trigger.recipe,
        }
    }
}

pub fn into_domain(stages: Stages) -> BTreeMap<StageId, domain::StageAutomation> {
    let stage = |stage: StageAutomation| domain::StageAutomation {
        triggers: stage.triggers.into_iter().map(Into::into).collect(),
        rules: stage.rules.into_iter().map(Into::into).collect(),
    };
    stages.into_iter().map(|(id, on)| (StageId(id), stage(on))).collect()
}

pub fn of_domain(stages: BTreeMap<StageId, domain::StageAutomation>) -> Stages {
    let stage = |stage: domain::StageAutomation| StageAutomation {
        triggers: stage.triggers.into_iter().map(Into::into).collect(),
        rules: stage.rules.into_iter().map(Into::into).collect(),
    };
    stages.into_iter().map(|(id, on)| (id.0, stage(on))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_automation_comes_back_as_it_went_in() {
        let written = json!({"won": {
            "triggers": [{
                "id": "t1", "name": "Paid", "plugin": "rulewright.payment-received", "settings": {},
                "condition": null, "allow_previous": true, "include_changes_by_rules": false,
                "which": "newest", "active": true
            }],
            "rules": [{
                "id": "r1", "name": "Thanks", "plugin": "rulewright.send-sms", "settings": {"text": "hi"},
                "when": {"run": "at-field", "field": "event", "offset_seconds": -3600, "working_hours": true},
                "condition": {"all": [
                    {"field": "order.total", "operator": "at-least", "value": 100},
                    {"any": [{"field": "client.phone", "operator": "filled"}]}
                ]},
                "after_previous": false, "on_previous_failed": "run-anyway", "active": true
            }]
        }});
        let read: Stages = serde_json::from_value(written.clone()).unwrap();
        let back = of_domain(into_domain(read));
        assert_eq!(serde_json::to_value(back).unwrap(), written);
    }

    #[test]
    fn a_condition_says_what_it_lacks() {
        let table = [
            (json!({"field": "order.total"}), "operator"),
            (json!({"operator": "filled"}), "field"),
            (json!({}), "one of"),
            (json!({"all": [], "any": []}), "one of"),
            (json!({"all": [], "value": 1}), "one of"),
            (json!({"field": "a.b", "operator": "like"}), "unknown variant"),
            (json!({"fields": "a.b"}), "unknown field"),
        ];
        for (written, expected) in table {
            let error = serde_json::from_value::<Condition>(written.clone()).unwrap_err().to_string();
            assert!(error.contains(expected), "{written}: {error}");
        }
    }
}
