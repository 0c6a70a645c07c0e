//! Rules that applications carry out and triggers that they fire.

use rulewright_domain::{
    self as domain, ApplicationRuleId, OrderId, SubscriptionId, Timestamp, subscription::STANDARD,
};
use rulewright_engine as engine;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::value::{OrderKind, present, yes};

/// A rule that an application carries out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationRule {
    /// What `rule` in the settings of the plugin `rulewright.call-application` is.
    #[schema(value_type = String, example = "arl_17")]
    pub id: ApplicationRuleId,
    #[schema(example = "print-label")]
    code: String,
    #[schema(example = "Print a label")]
    name: String,
    description: String,
    /// Of an application, by what it calls itself; empty: registered here.
    application: String,
    properties: Vec<ApplicationProperty>,
    returns: Vec<ApplicationProperty>,
    /// Whether the run waits for an answer.
    waits: bool,
    /// Orders that it is for; none given: any.
    kinds: Option<Vec<OrderKind>>,
    /// By which it is told: how its address answers is seen there, and its key is rotated there.
    #[schema(value_type = String, example = "whk_18")]
    webhook: SubscriptionId,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
}

/// A line of the form that staff fill in, or a value of the answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "message", "name": "Message", "kind": "line", "required": true}))]
pub struct ApplicationProperty {
    key: String,
    name: String,
    #[serde(default)]
    description: String,
    kind: ApplicationPropertyKind,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    multiple: bool,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    default: Value,
    /// Of `select`, in the order in which they are shown.
    #[serde(default)]
    options: Vec<ApplicationOption>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApplicationOption {
    value: String,
    name: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ApplicationPropertyKind {
    Flag,
    Date,
    Time,
    Number,
    Whole,
    Select,
    Line,
    Text,
    Employee,
    File,
}

macro_rules! kinds {
    ($($name:ident)*) => {
        impl From<domain::application_rule::PropertyKind> for ApplicationPropertyKind {
            fn from(kind: domain::application_rule::PropertyKind) -> Self {
                match kind { $(domain::application_rule::PropertyKind::$name => Self::$name,)* }
            }
        }
        impl From<ApplicationPropertyKind> for domain::application_rule::PropertyKind {
            fn from(kind: ApplicationPropertyKind) -> Self {
                match kind { $(ApplicationPropertyKind::$name => Self::$name,)* }
            }
        }
    };
}
kinds!(Flag Date Time Number Whole Select Line Text Employee File);

impl From<domain::application_rule::Property> for ApplicationProperty {
    fn from(property: domain::application_rule::Property) -> Self {
        let domain::application_rule::Property {
            key,
            name,
            description,
            kind,
            required,
            multiple,
            default,
            options,
        } = property;
        let options = options.into_iter().map(|(value, name)| ApplicationOption { value, name }).collect();
        let kind = kind.into();
        ApplicationProperty { key, name, description, kind, required, multiple, default, options }
    }
}

impl From<ApplicationProperty> for domain::application_rule::Property {
    fn from(property: ApplicationProperty) -> Self {
        let ApplicationProperty { key, name, description, kind, required, multiple, default, options } =
            property;
        let options = options.into_iter().map(|ApplicationOption { value, name }| (value, name)).collect();
        let kind = kind.into();
        domain::application_rule::Property {
            key,
            name,
            description,
            kind,
            required,
            multiple,
            default,
            options,
        }
    }
}

impl From<domain::ApplicationRule> for ApplicationRule {
    fn from(rule: domain::ApplicationRule) -> Self {
        ApplicationRule {
            id: rule.id,
            code: rule.code,
            name: rule.name,
            description: rule.description,
            application: rule.owner,
            properties: rule.properties.into_iter().map(Into::into).collect(),
            returns: rule.returns.into_iter().map(Into::into).collect(),
            waits: rule.waits,
            kinds: rule.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            webhook: rule.subscription,
            created: rule.created,
        }
    }
}

/// What is registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplicationRule {
    #[schema(example = "print-label")]
    code: String,
    #[schema(example = "Print a label")]
    name: String,
    #[serde(default)]
    description: String,
    /// Address that is told, by the convention of webhooks: the event has a `correlation`, which is the token of the answer.
    #[schema(example = "https://labels.example/hook")]
    handler: String,
    #[serde(default)]
    properties: Vec<ApplicationProperty>,
    #[serde(default)]
    returns: Vec<ApplicationProperty>,
    #[serde(default = "yes")]
    waits: bool,
    #[serde(default)]
    kinds: Option<Vec<OrderKind>>,
}

impl From<NewApplicationRule> for engine::NewApplicationRule {
    fn from(new: NewApplicationRule) -> Self {
        let NewApplicationRule { code, name, description, handler, properties, returns, waits, kinds } = new;
        engine::NewApplicationRule {
            owner: String::new(),
            application: None,
            employee: None,
            code,
            name,
            description,
            handler,
            form: STANDARD.to_owned(),
            properties: properties.into_iter().map(Into::into).collect(),
            returns: returns.into_iter().map(Into::into).collect(),
            waits,
            kinds: kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            params: Map::new(),
        }
    }
}

/// What is left out stays. Lists that are sent take the place of those that are there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Print two labels", "waits": false}))]
pub struct ApplicationRulePatch {
    name: Option<String>,
    description: Option<String>,
    /// Another address is tried again, even where the one before was given up.
    handler: Option<String>,
    properties: Option<Vec<ApplicationProperty>>,
    returns: Option<Vec<ApplicationProperty>>,
    waits: Option<bool>,
    /// Orders that it is for; null: any.
    #[serde(default, deserialize_with = "present")]
    kinds: Option<Option<Vec<OrderKind>>>,
}

impl From<ApplicationRulePatch> for engine::ApplicationRuleChange {
    fn from(patch: ApplicationRulePatch) -> Self {
        let ApplicationRulePatch { name, description, handler, properties, returns, waits, kinds } = patch;
        let lines = |lines: Vec<ApplicationProperty>| lines.into_iter().map(Into::into).collect();
        engine::ApplicationRuleChange {
            name,
            description,
            handler,
            properties: properties.map(lines),
            returns: returns.map(lines),
            waits,
            kinds: kinds.map(|kinds| kinds.map(|kinds| kinds.into_iter().map(Into::into).collect())),
            params: None,
        }
    }
}

/// What an application answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationAnswer {
    /// `correlation` of the event that it was told of.
    #[schema(example = "run_7.9f86d081884c7d659a2feaa0c55ad015")]
    token: String,
    /// For the rules after it, by name.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"parcel": "P-7"}))]
    values: Map<String, Value>,
    /// A line for the order's history.
    #[serde(default)]
    #[schema(example = "Label printed")]
    log: String,
}

impl From<ApplicationAnswer> for engine::RuleAnswer {
    fn from(answer: ApplicationAnswer) -> Self {
        let ApplicationAnswer { token, values, log } = answer;
        engine::RuleAnswer { token, values, log, owner: None }
    }
}

/// A trigger that an application fires.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationTrigger {
    #[schema(example = "parcel.weighed")]
    code: String,
    #[schema(example = "Parcel weighed")]
    name: String,
    /// Of an application, by what it calls itself; empty: registered here.
    application: String,
}

impl From<domain::ApplicationTrigger> for ApplicationTrigger {
    fn from(trigger: domain::ApplicationTrigger) -> Self {
        let domain::ApplicationTrigger { code, name, owner, .. } = trigger;
        ApplicationTrigger { code, name, application: owner }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationTriggerInput {
    #[schema(example = "Parcel weighed")]
    pub name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationTriggerFired {
    #[schema(value_type = String, example = "ord_42")]
    pub order: OrderId,
}
