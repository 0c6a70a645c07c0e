use rulewright_domain::{ClientId, DocumentId, EntryId, EventId, ItemId, OrderId};
use serde::Serialize;
use utoipa::ToSchema;

/// What a command did. `events` is empty where there was nothing to change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "ord_42")]
    pub order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "cli_7")]
    pub client: Option<ClientId>,
    /// Of the order, after the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    #[schema(value_type = Vec<String>, example = json!(["evt_1001"]))]
    pub events: Vec<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "ent_9")]
    pub entry: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "doc_3")]
    pub document: Option<DocumentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "item_5")]
    pub item: Option<ItemId>,
    /// Of a mailing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailed: Option<Mailed>,
    /// The first answer to this Idempotency-Key; nothing was done again.
    pub duplicate: bool,
}

/// What became of the clients of a segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mailed {
    messages: u64,
    /// Left out because they want no marketing by this channel.
    unsubscribed: u64,
    /// Without an address, or with one that is wrong.
    unreachable: u64,
}

impl From<rulewright_engine::Receipt> for Receipt {
    fn from(from: rulewright_engine::Receipt) -> Receipt {
        Receipt {
            order: from.order,
            client: from.client,
            revision: from.revision,
            events: from.events,
            entry: from.entry,
            document: from.document,
            item: from.item,
            mailed: from.mailed.map(|mailed| Mailed {
                messages: mailed.messages,
                unsubscribed: mailed.unsubscribed,
                unreachable: mailed.unreachable,
            }),
            duplicate: from.duplicate,
        }
    }
}
