//! What is being edited, and by whom.

use rulewright_domain::{self as domain, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    automation::{StageAutomation, Stages},
    event::Actor,
};

/// What is being edited.
#[derive(Debug, Serialize, ToSchema)]
pub struct Draft {
    pub pipeline: String,
    /// Grows whenever it is saved; also the ETag. 0: nobody has begun one.
    pub version: u64,
    /// What runs now.
    pub published_revision: Option<u64>,
    #[schema(value_type = BTreeMap<String, StageAutomation>)]
    pub stages: Stages,
    /// Its latest versions, the newest first.
    pub saves: Vec<DraftSave>,
}

/// One version of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftSave {
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who saved it.
    by: Actor,
    /// What it did to the version before.
    edits: Vec<DraftEdit>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DraftEdit {
    /// `rule` or `trigger`.
    part: &'static str,
    id: String,
    name: String,
    /// Where it stands; of one that was removed, where it stood.
    stage: String,
    /// `added`, `changed`, `moved` or `removed`.
    edited: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DraftSaved {
    pub version: u64,
    /// What keeps it from being published, as far as it is known.
    pub issues: Vec<crate::problem::Fault>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftChecked {
    /// Whether it can be published.
    pub ok: bool,
    pub issues: Vec<crate::problem::Fault>,
}

impl From<domain::DraftSave> for DraftSave {
    fn from(save: domain::DraftSave) -> DraftSave {
        let domain::DraftSave { version, at, by, edits } = save;
        let by = by.unwrap_or(domain::Actor::Host).into();
        DraftSave { version, at, by, edits: edits.into_iter().map(DraftEdit::from).collect() }
    }
}

impl From<domain::Edit> for DraftEdit {
    fn from(edit: domain::Edit) -> DraftEdit {
        DraftEdit {
            part: if edit.rule { "rule" } else { "trigger" },
            id: edit.id,
            name: edit.name,
            stage: edit.stage.0,
            edited: edit.edited.name(),
        }
    }
}
