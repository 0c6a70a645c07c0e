mod activity;
mod change;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::{Actor, ClientId, EntryId, OrderId, ShopId, Timestamp};

pub use activity::{Activity, Direction, Priority};
pub use change::{EntryChange, check_entry};

/// What people read about an order or a client, and what they are asked to do.
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
    /// What a program reports, on the timeline: a title, a text and an icon.
    Log,
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
        EntryKind::Log,
    ];

    pub const TIMELINE: &'static [EntryKind] = &[
        EntryKind::Comment,
        EntryKind::Payment,
        EntryKind::StageChange,
        EntryKind::Document,
        EntryKind::Message,
        EntryKind::Activity,
        EntryKind::Task,
        EntryKind::Log,
    ];

    /// What people and programs write. The others tell what happened: nobody changes that.
    pub const WRITTEN: &'static [EntryKind] = &[
        EntryKind::Comment,
        EntryKind::Activity,
        EntryKind::Task,
        EntryKind::Notification,
        EntryKind::Feed,
        EntryKind::Log,
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
            EntryKind::Log => "log",
        }
    }

    pub fn is_written(self) -> bool {
        Self::WRITTEN.contains(&self)
    }

    /// Whether somebody has it to do.
    pub fn is_to_do(self) -> bool {
        matches!(self, EntryKind::Activity | EntryKind::Task)
    }
}

/// What an entry is shown at; written as the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Order(OrderId),
    Client(ClientId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Order(id) => id.fmt(f),
            Subject::Client(id) => id.fmt(f),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Subject, String> {
        let order = text.parse().map(Subject::Order);
        order.or_else(|_| text.parse().map(Subject::Client)).map_err(|_| {
            let text: String = text.chars().take(64).collect();
            format!("`{text}` is neither an order nor a client: expected e.g. ord_42 or cli_7")
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Subject, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// What the first subject of an entry is, so that lists need not look it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    Order,
    Deal,
    Contact,
    Company,
}

/// A remark of the staff under an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
    pub at: Timestamp,
    pub by: Actor,
    pub changed: Timestamp,
    pub changed_by: Actor,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: EntryId,
    pub shop: ShopId,
    pub order: Option<OrderId>,
    /// Beside the order, or in place of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// What the first of them is; older ones do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<SubjectKind>,
    /// Where else it is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Subject>,
    /// Of these, where it is kept above the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Subject>,
    pub kind: EntryKind,
    pub at: Timestamp,
    pub by: Actor,
    pub text: String,
    /// What the kind adds: deadline, responsible, recipients, amount, link, ...
    #[serde(default)]
    pub details: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// Since it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
}

impl Entry {
    /// Orders and clients that it is shown at.
    pub const SUBJECTS: usize = 50;

    /// Everything that it is shown at; the first is whose it is.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> + '_ {
        let order = self.order.map(Subject::Order);
        let client = self.client.map(Subject::Client);
        order.into_iter().chain(client).chain(self.also.iter().copied())
    }

    pub fn is_at(&self, subject: Subject) -> bool {
        self.subjects().any(|known| known == subject)
    }

    /// No more shown there. What is left moves up.
    pub fn leave(&mut self, subject: Subject) {
        let mut left: Vec<Subject> = self.subjects().filter(|known| *known != subject).collect();
        self.pinned.retain(|known| *known != subject);
        (self.order, self.client) = (None, None);
        if let Some(Subject::Order(id)) = left.first().copied() {
            self.order = Some(id);
            left.remove(0);
        }
        if let Some(Subject::Client(id)) = left.first().copied() {
            self.client = Some(id);
            left.remove(0);
        }
        self.also = left;
    }

    /// Whether somebody has ended it.
    pub fn is_completed(&self) -> bool {
        self.details.get("completed").and_then(Value::as_bool) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry() -> Entry {
        serde_json::from_value(json!({
            "id": "ent_1", "shop": "shop_1", "order": "ord_1", "kind": "comment", "at": "2026-03-02T09:00:00Z",
            "by": { "type": "host" }, "text": "Hello",
        }))
        .unwrap()
    }

    #[test]
    fn an_entry_that_was_stored_before_it_had_clients_is_written_as_it_was() {
        let written = serde_json::to_value(entry()).unwrap();
        let mut names: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["at", "by", "details", "id", "kind", "order", "shop", "text"]);
    }

    #[test]
    fn what_is_left_of_the_subjects_moves_up() {
        let [first, second] = [1, 2].map(|id| Subject::Order(OrderId(id)));
        let client = Subject::Client(ClientId(7));
        let mut entry = Entry { also: vec![second, client], pinned: vec![first], ..entry() };
        entry.leave(first);
        assert_eq!((entry.order, entry.client), (Some(OrderId(2)), Some(ClientId(7))));
        assert!(entry.also.is_empty() && entry.pinned.is_empty());
        entry.leave(second);
        assert_eq!(entry.subjects().collect::<Vec<_>>(), [client]);
        entry.leave(client);
        assert_eq!(entry.subjects().count(), 0);
    }

    #[test]
    fn a_subject_is_written_as_its_id() {
        for (text, subject) in
            [("ord_42", Subject::Order(OrderId(42))), ("cli_7", Subject::Client(ClientId(7)))]
        {
            assert_eq!(text.parse(), Ok(subject));
            assert_eq!(serde_json::to_value(subject).unwrap(), json!(text));
        }
        assert!("emp_1".parse::<Subject>().unwrap_err().contains("expected e.g. ord_42"));
    }
}
