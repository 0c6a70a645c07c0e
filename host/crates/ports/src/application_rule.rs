//! How the automation of applications is kept.

use rulewright_domain::{ApplicationRule, ApplicationTrigger};
use serde::{Deserialize, Serialize};

use crate::storage::Record;

impl Record for ApplicationRule {
    const KIND: &'static str = "application-rule";

    fn id(&self) -> i64 {
        self.id.0
    }

    /// It goes with its application.
    fn owner(&self) -> Option<String> {
        Some(self.owner.clone()).filter(|owner| !owner.is_empty())
    }

    fn name(&self) -> Option<String> {
        Some(format!("{}/{}", self.owner, self.code))
    }
}

impl Record for ApplicationTrigger {
    const KIND: &'static str = "application-trigger";

    fn id(&self) -> i64 {
        self.id
    }

    /// It goes with its application.
    fn owner(&self) -> Option<String> {
        Some(self.owner.clone()).filter(|owner| !owner.is_empty())
    }

    fn name(&self) -> Option<String> {
        Some(format!("{}/{}", self.owner, self.code))
    }
}

/// A workflow's number, for interfaces that know workflows by number only; and which application published it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowNumber {
    pub id: i64,
    pub workflow: String,
    #[serde(default)]
    pub owner: String,
}

impl Record for WorkflowNumber {
    const KIND: &'static str = "workflow-number";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.workflow.clone())
    }
}
