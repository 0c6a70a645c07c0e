use rulewright_domain::{Halt, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the operator has halted on the whole server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Halted {
    /// `intake`: events and changes from outside; `outbox`: messages and webhooks; `egress`: requests of plugins.
    #[schema(example = "egress")]
    flow: &'static str,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Who has done it, by name.
    #[schema(example = "till")]
    by: String,
}

impl Halted {
    pub fn of(halt: Halt) -> Halted {
        Halted { flow: halt.flow.name(), reason: halt.reason, since: halt.since, by: halt.by }
    }
}

/// Why something is halted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltInput {
    /// What staff and callers read meanwhile.
    #[schema(example = "the provider sends everything twice")]
    pub reason: String,
}
