//! How an entry changes after it was written.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Activity, Actor, Entry, EntryKind, Fields, Note, Rejection, Subject, Timestamp, field::kept_file,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum EntryChange {
    /// Of what people and programs write.
    Edit {
        #[serde(default)]
        text: Option<String>,
        /// Sets some of them; null empties. `attrs` in the same way.
        #[serde(default)]
        details: Fields,
        /// Of an activity or a task: false takes it up again.
        #[serde(default)]
        completed: Option<bool>,
    },
    /// From now on it is shown there, too.
    Bind {
        to: Subject,
    },
    /// Its only place stays.
    Unbind {
        from: Subject,
    },
    /// To another place of the same sort.
    Rebind {
        from: Subject,
        to: Subject,
    },
    /// Above the others there.
    Pin {
        at: Subject,
    },
    Unpin {
        at: Subject,
    },
    /// None takes the note away.
    Note {
        text: Option<String>,
    },
    Delete,
}

/// Characters of a text or of a note.
const LONGEST: usize = 65_000;
/// Bytes of the details, as JSON.
const LARGEST: usize = 262_144;
/// Files of one comment; more are a folder.
const FILES: usize = 20;
const COMPLETED: [&str; 2] = ["completed", "completed-at"];

/// A text that people can read, and details that the kind knows.
pub fn check_entry(kind: EntryKind, text: &str, details: &Value) -> Result<(), Rejection> {
    let invalid = |what: &str, message: String| Err(Rejection::invalid(what, message));
    if text.trim().is_empty() {
        return invalid("text", format!("a {} has a text", kind.name()));
    }
    if text.chars().count() > LONGEST {
        return invalid("text", format!("longer than {LONGEST} characters"));
    }
    let Value::Object(map) = details else {
        return match details {
            Value::Null => Ok(()),
            _ => invalid("details", "expected an object".to_owned()),
        };
    };
    if details.to_string().len() > LARGEST {
        return invalid("details", format!("larger than {LARGEST} bytes"));
    }
    match kind {
        EntryKind::Comment => check_files(map.get("files").unwrap_or(&Value::Null)),
        kind if kind.is_to_do() => Activity::check(map),
        _ => Ok(()),
    }
}

/// As values of fields that hold files have them.
fn check_files(files: &Value) -> Result<(), Rejection> {
    let invalid = |message: String| Rejection::invalid("details.files", message);
    let files = match files {
        Value::Null => return Ok(()),
        Value::Array(files) if files.len() <= FILES => files,
        Value::Array(files) => return Err(invalid(format!("{} files, at most {FILES}", files.len()))),
        _ => return Err(invalid("expected a list of files".to_owned())),
    };
    files.iter().try_for_each(|file| kept_file(file).map(drop)).map_err(invalid)
}

impl Entry {
    /// With the names of the parts that differ; none is no change. `Delete` is not for here.
    pub fn alter(
        &self,
        change: EntryChange,
        at: Timestamp,
        by: &Actor,
    ) -> Result<(Entry, Vec<String>), Rejection> {
        let mut entry = self.clone();
        let mut parts = Vec::new();
        match change {
            EntryChange::Edit { text, details, completed } => {
                self.must_be_written("changed")?;
                parts = entry.edit(text, details, completed, at)?;
            }
            EntryChange::Bind { to } => {
                if self.is_at(to) {
                    return Err(settled(self, "is shown there already"));
                }
                entry.bind(to)?;
                parts.push("subjects".to_owned());
            }
            EntryChange::Unbind { from } => {
                self.must_be_at(from)?;
                if self.subjects().count() == 1 {
                    return Err(settled(
                        self,
                        "is shown nowhere else: delete it, or bind it elsewhere first",
                    ));
                }
                entry.leave(from);
                parts.push("subjects".to_owned());
            }
            EntryChange::Rebind { from, to } => {
                self.must_be_at(from)?;
                if self.is_at(to) {
                    return Err(settled(self, "is shown there already"));
                }
                match (from, to) {
                    (Subject::Order(_), Subject::Order(_)) | (Subject::Client(_), Subject::Client(_)) => {}
                    _ => return Err(Rejection::invalid("to", "an order is no client: bind and unbind it")),
                }
                entry.rebind(from, to);
                parts.push("subjects".to_owned());
            }
            EntryChange::Pin { at } => {
                self.must_be_at(at)?;
                if !self.pinned.contains(&at) {
                    entry.pinned.push(at);
                    parts.push("pinned".to_owned());
                }
            }
            EntryChange::Unpin { at } => {
                self.must_be_at(at)?;
                entry.pinned.retain(|known| *known != at);
                if entry.pinned != self.pinned {
                    parts.push("pinned".to_owned());
                }
            }
            EntryChange::Note { text } => {
                entry.note = note(self.note.clone(), text, at, by)?;
                if entry.note != self.note {
                    parts.push("note".to_owned());
                }
            }
            EntryChange::Delete => {}
        }
        if !parts.is_empty() {
            (entry.changed, entry.changed_by) = (Some(at), Some(by.clone()));
        }
        Ok((entry, parts))
    }

    /// `done` is what becomes of it, for the error.
    pub fn must_be_written(&self, done: &'static str) -> Result<(), Rejection> {
        if self.kind.is_written() {
            return Ok(());
        }
        let what = format!("{} is a {}", self.id, self.kind.name());
        Err(Rejection::invalid("entry", format!("{what}: it tells what happened, and is not {done}")))
    }

    fn edit(
        &mut self,
        text: Option<String>,
        details: Fields,
        completed: Option<bool>,
        at: Timestamp,
    ) -> Result<Vec<String>, Rejection> {
        let before = self.clone();
        if let Some(text) = text {
            self.text = text;
        }
        if let Some(name) = COMPLETED.into_iter().find(|name| details.contains_key(*name)) {
            return Err(Rejection::invalid(format!("details.{name}"), "complete it instead"));
        }
        let mut map = self.details.as_object().cloned().unwrap_or_default();
        for (name, value) in details {
            match (name.as_str(), value) {
                ("attrs", Value::Object(new)) => {
                    let attrs = map.entry("attrs").or_insert_with(|| Value::Object(Default::default()));
                    if !attrs.is_object() {
                        *attrs = Value::Object(Default::default());
                    }
                    for (name, value) in new {
                        if let Some(attrs) = attrs.as_object_mut() {
                            set(attrs, &name, value);
                        }
                    }
                }
                (name, value) => set(&mut map, name, value),
            }
        }
        if let Some(completed) = completed {
            if !self.kind.is_to_do() {
                let message =
                    format!("a {} is not completed: only tasks and activities are", self.kind.name());
                return Err(Rejection::invalid("completed", message));
            }
            if completed != self.is_completed() {
                map.insert("completed".to_owned(), completed.into());
                match completed {
                    true => map.insert("completed-at".to_owned(), at.to_string().into()),
                    false => map.remove("completed-at"),
                };
            }
        }
        if !(map.is_empty() && self.details.is_null()) {
            self.details = Value::Object(map);
        }
        check_entry(self.kind, &self.text, &self.details)?;
        Ok(self.differs(&before))
    }

    fn differs(&self, before: &Entry) -> Vec<String> {
        let empty = Default::default();
        let [old, new] = [before, self].map(|entry| entry.details.as_object().unwrap_or(&empty));
        let own = old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name));
        let own = own.filter(|name| name.as_str() != "completed-at").cloned();
        let text = (before.text != self.text).then(|| "text".to_owned());
        let mut names: Vec<String> = text.into_iter().chain(own).collect();
        names.sort();
        names.dedup();
        names
    }

    fn bind(&mut self, to: Subject) -> Result<(), Rejection> {
        if self.subjects().count() >= Entry::SUBJECTS {
            return Err(Rejection::invalid("to", format!("shown at {} places already", Entry::SUBJECTS)));
        }
        self.also.push(to);
        Ok(())
    }

    fn rebind(&mut self, from: Subject, to: Subject) {
        match to {
            Subject::Order(id) if self.order.map(Subject::Order) == Some(from) => self.order = Some(id),
            Subject::Client(id) if self.client.map(Subject::Client) == Some(from) => self.client = Some(id),
            to => self.also.iter_mut().filter(|known| **known == from).for_each(|known| *known = to),
        }
        self.pinned.retain(|known| *known != from);
    }

    fn must_be_at(&self, subject: Subject) -> Result<(), Rejection> {
        if self.is_at(subject) { Ok(()) } else { Err(settled(self, "is not shown there")) }
    }
}

fn set(map: &mut serde_json::Map<String, Value>, name: &str, value: Value) {
    match value {
        Value::Null => drop(map.remove(name)),
        value => drop(map.insert(name.to_owned(), value)),
    }
}

fn note(
    before: Option<Note>,
    text: Option<String>,
    at: Timestamp,
    by: &Actor,
) -> Result<Option<Note>, Rejection> {
    let Some(text) = text else { return Ok(None) };
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        return Err(Rejection::invalid("text", format!("a note has 1 to {LONGEST} characters")));
    }
    Ok(Some(match before {
        Some(before) if before.text == text => before,
        Some(before) => Note { text, changed: at, changed_by: by.clone(), ..before },
        None => Note { text, at, by: by.clone(), changed: at, changed_by: by.clone() },
    }))
}

fn settled(entry: &Entry, why: &'static str) -> Rejection {
    Rejection::Settled { what: "entry", id: entry.id.to_string(), why }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ClientId, OrderId};

    const LATER: Timestamp = Timestamp(1_000);

    fn entry(kind: &str, details: Value) -> Entry {
        serde_json::from_value(json!({
            "id": "ent_1", "shop": "shop_1", "order": "ord_1", "kind": kind, "at": "1970-01-01T00:00:00Z",
            "by": { "type": "host" }, "text": "Call", "details": details,
        }))
        .unwrap()
    }

    fn edit(text: Option<&str>, details: Value, completed: Option<bool>) -> EntryChange {
        let details = serde_json::from_value(details).unwrap();
        EntryChange::Edit { text: text.map(str::to_owned), details, completed }
    }

    fn altered(entry: &Entry, change: EntryChange) -> Result<(Entry, Vec<String>), Rejection> {
        entry.alter(change, LATER, &Actor::Host)
    }

    #[test]
    fn an_edit_sets_what_it_names_and_says_what_differs() {
        let call = entry("activity", json!({ "location": "Berlin", "attrs": { "a": 1, "b": 2 } }));
        let change =
            edit(Some("Ring"), json!({ "location": null, "attrs": { "b": null, "c": 3 } }), Some(true));
        let (after, parts) = altered(&call, change).unwrap();
        assert_eq!(parts, ["attrs", "completed", "location", "text"]);
        let details = json!({ "attrs": { "a": 1, "c": 3 }, "completed": true, "completed-at": LATER });
        assert_eq!((after.text.as_str(), &after.details), ("Ring", &details));
        assert_eq!((after.changed, after.changed_by.clone()), (Some(LATER), Some(Actor::Host)));
        let (again, parts) = altered(&after, edit(Some("Ring"), json!({}), Some(true))).unwrap();
        assert!(parts.is_empty() && again == after, "what is so already is no change");
        let (open, _) = altered(&after, edit(None, json!({}), Some(false))).unwrap();
        assert!(!open.is_completed() && open.details.get("completed-at").is_none());
    }

    #[test]
    fn what_happened_is_changed_by_nobody_but_may_have_a_note() {
        let moved = entry("stage-change", json!({}));
        assert!(
            altered(&moved, edit(Some("Other"), json!({}), None))
                .unwrap_err()
                .to_string()
                .contains("happened")
        );
        let note = |text: Option<&str>| EntryChange::Note { text: text.map(str::to_owned) };
        let (noted, parts) = altered(&moved, note(Some("Why?"))).unwrap();
        assert_eq!((parts, noted.note.clone().unwrap().text), (vec!["note".to_owned()], "Why?".to_owned()));
        assert!(altered(&moved, note(Some(" "))).is_err());
        assert_eq!(altered(&noted, note(None)).unwrap().0.note, None);
        assert!(altered(&moved, edit(None, json!({ "completed": true }), None)).is_err());
        let comment = entry("comment", json!(null));
        assert!(altered(&comment, edit(None, json!({}), Some(true))).is_err(), "nobody completes a comment");
        assert!(altered(&comment, edit(Some(" "), json!({}), None)).is_err());
    }

    #[test]
    fn bindings_are_added_moved_and_taken_away_but_for_the_last() {
        let (order, other) = (Subject::Order(OrderId(1)), Subject::Order(OrderId(2)));
        let client = Subject::Client(ClientId(7));
        let comment = entry("comment", json!(null));
        let code = |result: Result<(Entry, Vec<String>), Rejection>| result.unwrap_err().code();
        assert_eq!(code(altered(&comment, EntryChange::Unbind { from: order })), "settled");
        assert_eq!(code(altered(&comment, EntryChange::Bind { to: order })), "settled");
        assert_eq!(code(altered(&comment, EntryChange::Unbind { from: client })), "settled");
        let (both, _) = altered(&comment, EntryChange::Bind { to: client }).unwrap();
        assert_eq!(both.subjects().collect::<Vec<_>>(), [order, client]);
        assert_eq!(code(altered(&both, EntryChange::Rebind { from: order, to: client })), "settled");
        let (moved, _) = altered(&both, EntryChange::Rebind { from: order, to: other }).unwrap();
        assert_eq!(moved.order, Some(OrderId(2)));
        let (left, _) = altered(&moved, EntryChange::Unbind { from: other }).unwrap();
        assert_eq!((left.order, left.client), (None, Some(ClientId(7))));
        let stranger = Subject::Client(ClientId(8));
        let refused = altered(&moved, EntryChange::Rebind { from: other, to: stranger });
        assert_eq!(code(refused), "invalid", "an order is no client");
    }

    #[test]
    fn a_comment_has_files_that_are_kept_and_not_too_many() {
        let file = json!({ "digest": "ab".repeat(32), "name": "a.pdf", "size": 3 });
        let comment = entry("comment", json!(null));
        let (with, parts) = altered(&comment, edit(None, json!({ "files": [file] }), None)).unwrap();
        assert_eq!((parts, &with.details["files"][0]), (vec!["files".to_owned()], &file));
        let (without, _) = altered(&with, edit(None, json!({ "files": null }), None)).unwrap();
        assert_eq!(without.details.get("files"), None);
        for wrong in [json!("a.pdf"), json!(["a.pdf"]), json!(vec![file; FILES + 1])] {
            let refused = altered(&comment, edit(None, json!({ "files": wrong }), None)).unwrap_err();
            assert!(refused.to_string().contains("details.files"), "{refused}");
        }
    }

    #[test]
    fn pins_are_only_where_the_entry_is_shown() {
        let comment = entry("comment", json!(null));
        let (order, other) = (Subject::Order(OrderId(1)), Subject::Order(OrderId(2)));
        assert!(altered(&comment, EntryChange::Pin { at: other }).is_err());
        let (pinned, _) = altered(&comment, EntryChange::Pin { at: order }).unwrap();
        assert_eq!(pinned.pinned, [order]);
        assert!(altered(&pinned, EntryChange::Pin { at: order }).unwrap().1.is_empty());
        assert!(altered(&pinned, EntryChange::Unpin { at: order }).unwrap().0.pinned.is_empty());
    }
}
