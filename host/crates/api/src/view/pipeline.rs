use rulewright_domain::{self as domain, PipelineId, StageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::{OrderKind, mirror};

mirror! {
    StageKind = domain::StageKind { Open = "open", Won = "won", Lost = "lost", }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Stage {
    #[schema(example = "new")]
    id: String,
    name: String,
    kind: StageKind,
    #[schema(example = "#39a8ef")]
    #[serde(default)]
    color: Option<String>,
    /// For whoever sorts stages by numbers; what counts is the order in which they stand here.
    #[serde(default)]
    sort: Option<i64>,
    /// The same for ever; given by the host, and not read from a request.
    #[serde(default)]
    #[schema(read_only)]
    number: Option<i64>,
}

/// A funnel: its stages in the order in which orders usually pass them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pipeline {
    #[schema(example = "sales")]
    id: String,
    name: String,
    kind: OrderKind,
    stages: Vec<Stage>,
    /// The same for ever; given by the host.
    number: Option<i64>,
    /// For whoever sorts pipelines by numbers.
    sort: Option<i64>,
    /// Of the automation that runs now; null where none has been published.
    published_revision: Option<u64>,
}

/// Everything about a pipeline but its id.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Sales", "kind": "deal", "stages": [{"id": "new", "name": "New", "kind": "open"}, {"id": "won", "name": "Won", "kind": "won"}]}))]
pub struct PipelineInput {
    name: String,
    kind: OrderKind,
    stages: Vec<Stage>,
    /// For whoever sorts pipelines by numbers.
    #[serde(default)]
    sort: Option<i64>,
}

impl PipelineInput {
    pub fn into_domain(self, id: String) -> domain::Pipeline {
        let stage = |stage: Stage| domain::Stage {
            color: stage.color,
            sort: stage.sort,
            ..domain::Stage::new(StageId(stage.id), stage.name, stage.kind.into())
        };
        let stages = self.stages.into_iter().map(stage).collect();
        let pipeline = domain::Pipeline::new(PipelineId(id), self.name, self.kind.into(), stages);
        domain::Pipeline { sort: self.sort, ..pipeline }
    }
}

impl Pipeline {
    pub fn of(pipeline: domain::Pipeline, published_revision: Option<u64>) -> Pipeline {
        let stage = |stage: domain::Stage| Stage {
            id: stage.id.0,
            name: stage.name,
            kind: stage.kind.into(),
            color: stage.color,
            sort: stage.sort,
            number: stage.number,
        };
        Pipeline {
            id: pipeline.id.0,
            name: pipeline.name,
            kind: pipeline.kind.into(),
            stages: pipeline.stages.into_iter().map(stage).collect(),
            number: pipeline.number,
            sort: pipeline.sort,
            published_revision,
        }
    }
}
