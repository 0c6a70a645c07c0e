use rulewright_domain::usage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::automation::{Stages, of_domain as stages_of_domain};

/// What reads a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpgradeCheck {
    items: Vec<FieldReader>,
    /// With `to`: the drafts that `POST /v1/upgrade-check` would save.
    drafts: Vec<Rewrite>,
}

/// A field and its new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renaming {
    #[schema(example = "order.fields.delivery")]
    pub field: String,
    #[schema(example = "order.fields.courier")]
    pub to: String,
}

/// The drafts that were saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rewrites {
    drafts: Vec<Rewrite>,
}

/// A draft in which every reader of a field reads its new name.
#[derive(Debug, Serialize, ToSchema)]
struct Rewrite {
    pipeline: String,
    /// Of the draft as it is now.
    version: u64,
    #[schema(value_type = BTreeMap<String, super::automation::StageAutomation>)]
    stages: Stages,
    /// Rules and triggers that somebody has to change by hand.
    left: Vec<String>,
}

impl From<rulewright_engine::Rewrite> for Rewrite {
    fn from(rewrite: rulewright_engine::Rewrite) -> Rewrite {
        let rulewright_engine::Rewrite { pipeline, version, stages, left } = rewrite;
        Rewrite { pipeline: pipeline.0, version, stages: stages_of_domain(stages), left }
    }
}

impl From<Vec<rulewright_engine::Rewrite>> for Rewrites {
    fn from(all: Vec<rulewright_engine::Rewrite>) -> Rewrites {
        Rewrites { drafts: all.into_iter().map(Into::into).collect() }
    }
}

/// Where a rule or trigger stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FieldReaderPlace)]
pub struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
}

/// A rule or trigger that reads the field.
#[derive(Debug, Serialize, ToSchema)]
struct FieldReader {
    #[serde(flatten)]
    place: Place,
    /// The published one.
    revision: u64,
    /// Of the pipeline.
    #[serde(skip_serializing_if = "String::is_empty")]
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
    pub fn of(
        readers: Vec<(Place, u64, usage::Reader)>,
        drafts: Vec<rulewright_engine::Rewrite>,
    ) -> UpgradeCheck {
        let item = |(place, revision, reader): (Place, u64, usage::Reader)| FieldReader {
            place,
            revision,
            stage: reader.stage.0,
            kind: if reader.is_rule { "rule" } else { "trigger" },
            id: reader.id,
            name: reader.name,
            plugin: reader.plugin,
            places: reader.places,
            fields: reader.fields,
        };
        UpgradeCheck {
            items: readers.into_iter().map(item).collect(),
            drafts: drafts.into_iter().map(Into::into).collect(),
        }
    }
}
