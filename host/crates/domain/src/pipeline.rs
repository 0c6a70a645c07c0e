use serde::{Deserialize, Serialize};

use crate::{OrderKind, PipelineId, StageId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    Open,
    Won,
    Lost,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub id: StageId,
    pub name: String,
    pub kind: StageKind,
}

/// A funnel: stages in the order in which an order usually passes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    pub id: PipelineId,
    pub name: String,
    pub kind: OrderKind,
    pub stages: Vec<Stage>,
}

impl Pipeline {
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// Place of the stage in the pipeline, first is 0.
    pub fn position(&self, id: &StageId) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == *id)
    }

    /// What is wrong with it, for the person who drew it.
    pub fn issues(&self) -> Vec<String> {
        let mut issues = Vec::new();
        if self.stages.is_empty() {
            issues.push("a pipeline needs at least one stage".to_owned());
        }
        for (index, stage) in self.stages.iter().enumerate() {
            if stage.id.0.is_empty() {
                issues.push(format!("stage {} has an empty id", index + 1));
            }
            if self.position(&stage.id) != Some(index) {
                issues.push(format!("stage id `{}` is used twice", stage.id));
            }
        }
        issues
    }
}
