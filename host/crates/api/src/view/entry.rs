use std::collections::BTreeMap;

use rulewright_domain::{self as domain, ClientId, Command, EntryId, EntryKind, OrderId, Subject, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::event::Actor;
use crate::problem::Problem;

/// What people read about an order or a client.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    #[schema(value_type = String, example = "ent_9")]
    id: EntryId,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    /// Beside the order, or in place of one.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// Other orders and clients that it is shown at.
    #[schema(value_type = Vec<String>, example = json!(["ord_43"]))]
    also: Vec<Subject>,
    /// Where it is kept above the others.
    #[schema(value_type = Vec<String>, example = json!(["ord_42"]))]
    pinned: Vec<Subject>,
    #[schema(example = "comment")]
    kind: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    by: Actor,
    text: String,
    /// What the kind adds: deadline, responsible, recipients, amount, link, attachments, files, ...
    details: Value,
    note: Option<Note>,
    /// Null: never since it was written.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed: Option<Timestamp>,
    changed_by: Option<Actor>,
}

/// A remark of the staff under an entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntryNote)]
struct Note {
    text: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    by: Actor,
    #[schema(value_type = String, format = DateTime)]
    changed: Timestamp,
    changed_by: Actor,
}

impl From<domain::Entry> for Entry {
    fn from(entry: domain::Entry) -> Entry {
        let note = |note: domain::Note| Note {
            text: note.text,
            at: note.at,
            by: note.by.into(),
            changed: note.changed,
            changed_by: note.changed_by.into(),
        };
        Entry {
            id: entry.id,
            order: entry.order,
            client: entry.client,
            also: entry.also,
            pinned: entry.pinned,
            kind: entry.kind.name(),
            at: entry.at,
            by: entry.by.into(),
            text: entry.text,
            details: entry.details,
            note: entry.note.map(note),
            changed: entry.changed,
            changed_by: entry.changed_by.map(Actor::from),
        }
    }
}

/// A comment for the timeline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Called: she wants the blue one"}))]
pub struct NewComment {
    text: String,
    /// Documents of the order: ids, or names of templates for the latest that was made from each. A client has none.
    #[serde(default)]
    #[schema(example = json!(["doc_3"]))]
    attachments: Vec<String>,
    /// At most 20, kept by `POST /v1/files` before.
    #[serde(default)]
    files: Vec<CommentFile>,
}

/// A file that is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "name": "photo.jpg", "size": 3,
}))]
struct CommentFile {
    /// As `POST /v1/files` answered it.
    digest: String,
    name: String,
    /// Bytes.
    size: u64,
}

impl NewComment {
    pub fn into_command(self, at: Subject) -> Result<Command, Problem> {
        let NewComment { text, attachments, files } = self;
        must_say(&text)?;
        if matches!(at, Subject::Client(_)) && !attachments.is_empty() {
            let message = "documents belong to orders: comment on the order";
            return Err(Problem::mistake("/attachments", "no-order", message));
        }
        let mut details = Map::new();
        if !attachments.is_empty() {
            details.insert("attachments".to_owned(), json!(attachments));
        }
        if !files.is_empty() {
            details.insert("files".to_owned(), json!(files));
        }
        let details = if details.is_empty() { Value::Null } else { Value::Object(details) };
        let (order, client) = match at {
            Subject::Order(id) => (Some(id), None),
            Subject::Client(id) => (None, Some(id)),
        };
        Ok(Command::AddEntry { order, client, kind: EntryKind::Comment, text, details })
    }
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum WrittenKind {
    Comment,
    Activity,
    Task,
    Log,
}

/// Something for a timeline: at an order, a client or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    #[schema(inline)]
    kind: WrittenKind,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// Of an activity or a task: what is to be done.
    #[schema(example = "Call back about the delivery")]
    text: String,
    /// Of an activity or a task: `kind` (call, meeting, ...), `description`, `starts`, `ends`, `deadline`,
    /// `responsible`, `priority` (low, normal, high), `direction` (incoming, outgoing), `location`, and anything in
    /// `attrs`. Of a log: `icon`, and what else its program wants to know again. Of a comment: `attachments`,
    /// and `files`, each `{"digest": .., "name": .., "size": ..}` of one that `POST /v1/files` keeps.
    #[serde(default)]
    #[schema(example = json!({ "kind": "call", "deadline": "2026-11-20T12:00:00Z", "responsible": "emp_1" }))]
    details: BTreeMap<String, Value>,
}

impl NewEntry {
    pub fn into_command(self) -> Result<Command, Problem> {
        let NewEntry { kind, order, client, text, details } = self;
        must_say(&text)?;
        if order.is_none() && client.is_none() {
            return Err(Problem::mistake("/order", "missing", "it is about an order, a client or both"));
        }
        let kind = match kind {
            WrittenKind::Comment => EntryKind::Comment,
            WrittenKind::Activity => EntryKind::Activity,
            WrittenKind::Task => EntryKind::Task,
            WrittenKind::Log => EntryKind::Log,
        };
        let details =
            if details.is_empty() { Value::Null } else { Value::Object(details.into_iter().collect()) };
        Ok(Command::AddEntry { order, client, kind, text, details })
    }
}

fn must_say(text: &str) -> Result<(), Problem> {
    match text.trim().is_empty() {
        true => Err(Problem::mistake("/text", "empty", "an entry has a text")),
        false => Ok(()),
    }
}

/// What is set, and nothing else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryPatch {
    text: Option<String>,
    /// Sets the details named here; null empties one. `attrs` in the same way.
    #[serde(default)]
    #[schema(example = json!({ "deadline": "2026-11-21T12:00:00Z", "location": null }))]
    details: BTreeMap<String, Value>,
    /// Of an activity or a task; false takes it up again.
    completed: Option<bool>,
}

impl EntryPatch {
    pub fn into_change(self) -> Result<domain::EntryChange, Problem> {
        let EntryPatch { text, details, completed } = self;
        if text.is_none() && details.is_empty() && completed.is_none() {
            return Err(Problem::nothing_to_change("text, details or completed"));
        }
        text.as_deref().map(must_say).transpose()?;
        Ok(domain::EntryChange::Edit { text, details, completed })
    }
}

/// An order or a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryPlace {
    #[schema(value_type = String, example = "ord_42")]
    pub at: Subject,
}

/// From one order to another, or from one client to another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryMove {
    #[schema(value_type = String, example = "ord_42")]
    pub from: Subject,
    #[schema(value_type = String, example = "ord_43")]
    pub to: Subject,
}

/// A remark under an entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    #[schema(example = "She prefers mornings")]
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_may_have_files_where_it_has_no_documents() {
        let file = json!({ "digest": "ab", "name": "a.pdf", "size": 3 });
        let read = |sent: Value| serde_json::from_value::<NewComment>(sent).unwrap();
        let at = Subject::Client(ClientId(7));
        let command = read(json!({ "text": "Look", "files": [file] })).into_command(at);
        let Ok(Command::AddEntry { details, .. }) = command else { panic!("it adds an entry") };
        assert_eq!(details, json!({ "files": [file] }));
        assert!(read(json!({ "text": "Look", "attachments": ["doc_1"] })).into_command(at).is_err());
    }
}
