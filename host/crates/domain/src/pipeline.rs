use serde::{Deserialize, Serialize};

use crate::{Fields, OrderKind, PipelineId, StageId};

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
    /// Unique in its pipeline and the same for ever, for whoever knows stages by numbers. None: not given one yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Such as `#39a8ef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// For whoever sorts stages by numbers. What counts is the order in which the pipeline has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<i64>,
}

impl Stage {
    pub fn new(id: impl Into<StageId>, name: impl Into<String>, kind: StageKind) -> Stage {
        Stage { id: id.into(), name: name.into(), kind, number: None, color: None, sort: None }
    }
}

/// A funnel: stages in the order in which an order usually passes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    pub id: PipelineId,
    pub name: String,
    pub kind: OrderKind,
    pub stages: Vec<Stage>,
    /// Unique among the shop's pipelines and the same for ever. The first for deals is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The highest number that a stage of it was ever given, also of those that are gone. None: not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_stage: Option<i64>,
    /// For whoever sorts pipelines by numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<i64>,
    /// What else is known of it, such as where it was copied from.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub attrs: Fields,
}

impl Pipeline {
    pub fn new(
        id: impl Into<PipelineId>,
        name: impl Into<String>,
        kind: OrderKind,
        stages: Vec<Stage>,
    ) -> Pipeline {
        Pipeline {
            id: id.into(),
            name: name.into(),
            kind,
            stages,
            number: None,
            last_stage: None,
            sort: None,
            attrs: Fields::new(),
        }
    }

    /// Gives numbers to itself and its stages where they have none: those that they had `before`, or new ones.
    /// `others` are the numbers of the shop's other pipelines.
    pub fn give_numbers(&mut self, before: Option<&Pipeline>, others: &[i64]) {
        self.number = before.and_then(|before| before.number).or_else(|| match self.kind {
            OrderKind::Deal if !others.contains(&0) => Some(0),
            _ => Some(others.iter().copied().max().unwrap_or_default().max(0) + 1),
        });
        let known = |id: &StageId| before?.stage(id)?.number;
        let given = before
            .into_iter()
            .flat_map(|before| before.stages.iter().map(|stage| stage.number).chain([before.last_stage]));
        let mut last = given.flatten().max().unwrap_or(0);
        for stage in &mut self.stages {
            stage.number = known(&stage.id).or_else(|| {
                last += 1;
                Some(last)
            });
        }
        self.last_stage = Some(last);
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(ids: &[&str]) -> Vec<Stage> {
        ids.iter().map(|id| Stage::new(*id, *id, StageKind::Open)).collect()
    }

    #[test]
    fn pipelines_and_stages_keep_the_numbers_that_they_were_given() {
        let mut first = Pipeline::new("a", "A", OrderKind::Deal, stages(&["x", "y"]));
        first.give_numbers(None, &[]);
        assert_eq!((first.number, first.stages[1].number), (Some(0), Some(2)));
        let mut changed = Pipeline::new("a", "A", OrderKind::Deal, stages(&["z", "y"]));
        changed.give_numbers(Some(&first), &[1, 4]);
        assert_eq!(changed.number, Some(0));
        assert_eq!(changed.stages.iter().map(|stage| stage.number).collect::<Vec<_>>(), [Some(3), Some(2)]);
        for (kind, others, number) in [(OrderKind::Order, vec![], 1), (OrderKind::Deal, vec![0, 3], 4)] {
            let mut new = Pipeline::new("b", "B", kind, stages(&["x"]));
            new.give_numbers(None, &others);
            assert_eq!(new.number, Some(number));
        }
    }

    #[test]
    fn the_number_of_a_stage_that_is_gone_is_not_given_again() {
        let next = |before: &Pipeline, ids: &[&str]| {
            let mut next = Pipeline::new("a", "A", OrderKind::Deal, stages(ids));
            next.give_numbers(Some(before), &[]);
            next
        };
        let mut first = Pipeline::new("a", "A", OrderKind::Deal, stages(&["x", "y"]));
        first.give_numbers(None, &[]);
        let shorter = next(&first, &["x"]);
        assert_eq!(next(&shorter, &["x", "y"]).stages[1].number, Some(3));
        let stored_before_that_was_known = Pipeline { last_stage: None, ..first };
        assert_eq!(next(&stored_before_that_was_known, &["y", "z"]).stages[1].number, Some(3));
    }
}
