use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, EntryId, OrderId, ShopId, Timestamp};

/// What people read about an order, and what they are asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// On the timeline.
    Comment,
    Payment,
    StageChange,
    Document,
    Message,
    /// In the history ("log"), not on the timeline.
    History,
    Activity,
    Task,
    Notification,
    /// In the company feed.
    Feed,
}

impl EntryKind {
    pub const ALL: &'static [EntryKind] = &[
        EntryKind::Comment,
        EntryKind::Payment,
        EntryKind::StageChange,
        EntryKind::Document,
        EntryKind::Message,
        EntryKind::History,
        EntryKind::Activity,
        EntryKind::Task,
        EntryKind::Notification,
        EntryKind::Feed,
    ];

    pub const TIMELINE: &'static [EntryKind] = &[
        EntryKind::Comment,
        EntryKind::Payment,
        EntryKind::StageChange,
        EntryKind::Document,
        EntryKind::Message,
        EntryKind::Activity,
        EntryKind::Task,
    ];

    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Comment => "comment",
            EntryKind::Payment => "payment",
            EntryKind::StageChange => "stage-change",
            EntryKind::Document => "document",
            EntryKind::Message => "message",
            EntryKind::History => "history",
            EntryKind::Activity => "activity",
            EntryKind::Task => "task",
            EntryKind::Notification => "notification",
            EntryKind::Feed => "feed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: EntryId,
    pub shop: ShopId,
    pub order: Option<OrderId>,
    pub kind: EntryKind,
    pub at: Timestamp,
    pub by: Actor,
    pub text: String,
    /// What the kind adds: deadline, responsible, recipients, amount, link, ...
    #[serde(default)]
    pub details: Value,
}
