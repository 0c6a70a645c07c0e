use std::collections::BTreeMap;

use rulewright_domain::{self as domain, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{automation::Rule, value::OrderKind};

/// A chain of rules that is started for an order. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowInput {
    #[schema(example = "Approval")]
    title: String,
    /// Orders that it is for.
    kind: OrderKind,
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// In list order.
    rules: Vec<Rule>,
}

/// What `{{ workflow.<name> }}` inserts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Parameter {
    #[schema(example = "approver")]
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    required: bool,
}

impl WorkflowInput {
    /// Its revision and time are the engine's.
    pub fn into_domain(self, name: String) -> domain::Workflow {
        let parameter = |Parameter { name, title, required }| domain::Parameter { name, title, required };
        domain::Workflow {
            name,
            title: self.title,
            revision: 0,
            published: Timestamp(0),
            kind: self.kind.into(),
            parameters: self.parameters.into_iter().map(parameter).collect(),
            rules: self.rules.into_iter().map(Into::into).collect(),
        }
    }
}

/// The revision in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workflow {
    #[schema(example = "approval")]
    name: String,
    revision: u64,
    #[schema(value_type = String, format = DateTime)]
    published: Timestamp,
    #[serde(flatten)]
    rest: WorkflowInput,
}

impl From<domain::Workflow> for Workflow {
    fn from(workflow: domain::Workflow) -> Workflow {
        let domain::Workflow { name, title, revision, published, kind, parameters, rules } = workflow;
        let parameter = |domain::Parameter { name, title, required }| Parameter { name, title, required };
        let rest = WorkflowInput {
            title,
            kind: kind.into(),
            parameters: parameters.into_iter().map(parameter).collect(),
            rules: rules.into_iter().map(Into::into).collect(),
        };
        Workflow { name, revision, published, rest }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowPublished {
    pub revision: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStart {
    #[schema(example = "approval")]
    pub workflow: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStop {
    /// One line, which its runs show.
    #[schema(example = "approved by phone", max_length = 500)]
    reason: Option<String>,
}

impl WorkflowStop {
    pub fn reason(self) -> String {
        self.reason.unwrap_or_else(|| "asked for".to_owned())
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowStopped {
    /// Runs that had not ended; 0 where the workflow was at its end.
    pub runs: u64,
}
