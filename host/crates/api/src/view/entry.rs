use rulewright_domain::{self as domain, EntryId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::event::Actor;

/// What people read about an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    #[schema(value_type = String, example = "ent_9")]
    id: EntryId,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(example = "comment")]
    kind: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    by: Actor,
    text: String,
    /// What the kind adds: deadline, responsible, recipients, amount, link, attachments, ...
    details: Value,
}

impl From<domain::Entry> for Entry {
    fn from(entry: domain::Entry) -> Entry {
        Entry {
            id: entry.id,
            order: entry.order,
            kind: entry.kind.name(),
            at: entry.at,
            by: entry.by.into(),
            text: entry.text,
            details: entry.details,
        }
    }
}

/// A comment for the timeline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Called: she wants the blue one"}))]
pub struct NewComment {
    pub text: String,
    /// Documents of the order: ids, or names of templates for the latest that was made from each.
    #[serde(default)]
    #[schema(example = json!(["doc_3"]))]
    pub attachments: Vec<String>,
}
