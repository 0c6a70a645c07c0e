use rulewright_domain::{PipelineId, usage};
use serde::Serialize;
use utoipa::ToSchema;

/// What reads a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpgradeCheck {
    items: Vec<FieldReader>,
}

/// A rule or trigger that reads the field.
#[derive(Debug, Serialize, ToSchema)]
struct FieldReader {
    pipeline: String,
    /// The published one.
    revision: u64,
    stage: String,
    #[schema(example = "rule")]
    kind: &'static str,
    id: String,
    name: String,
    plugin: String,
    /// Of `settings`, `condition` and `when`.
    #[schema(example = json!(["settings"]))]
    places: Vec<&'static str>,
    /// As they are written there.
    fields: Vec<String>,
}

impl UpgradeCheck {
    pub fn of(readers: impl Iterator<Item = (PipelineId, u64, usage::Reader)>) -> UpgradeCheck {
        let item = |(pipeline, revision, reader): (PipelineId, u64, usage::Reader)| FieldReader {
            pipeline: pipeline.0,
            revision,
            stage: reader.stage.0,
            kind: if reader.is_rule { "rule" } else { "trigger" },
            id: reader.id,
            name: reader.name,
            plugin: reader.plugin,
            places: reader.places,
            fields: reader.fields,
        };
        UpgradeCheck { items: readers.map(item).collect() }
    }
}
