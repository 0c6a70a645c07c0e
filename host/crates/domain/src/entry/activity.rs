//! What is to be done: an activity or a task, read from the details of its entry.

use serde_json::{Map, Value};

use crate::{EmployeeId, Entry, Rejection, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Incoming,
    Outgoing,
}

impl Direction {
    pub const ALL: [Direction; 2] = [Direction::Incoming, Direction::Outgoing];

    pub fn name(self) -> &'static str {
        match self {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    pub const ALL: [Priority; 3] = [Priority::Low, Priority::Normal, Priority::High];

    pub fn name(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }
    }
}

/// Details that cannot be read are taken as not given: what is written is checked by [`Activity::check`], but older
/// entries were not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// `call`, `meeting`, `mail`, `to-do` or what the shop calls it.
    pub kind: Option<String>,
    pub description: String,
    pub starts: Option<Timestamp>,
    pub ends: Option<Timestamp>,
    pub deadline: Option<Timestamp>,
    pub responsible: Option<EmployeeId>,
    pub completed: bool,
    pub completed_at: Option<Timestamp>,
    pub priority: Priority,
    pub direction: Option<Direction>,
    pub location: Option<String>,
    /// What else is known of it.
    pub attrs: Map<String, Value>,
}

/// Names of details that stand for themselves; anything else belongs into `attrs`.
const KNOWN: &[&str] = &[
    "kind",
    "description",
    "starts",
    "ends",
    "deadline",
    "responsible",
    "completed",
    "completed-at",
    "priority",
    "direction",
    "location",
    "attrs",
    // Of a task.
    "participants",
    "observers",
    "checklist",
];
const TIMES: [&str; 3] = ["starts", "ends", "deadline"];

impl Activity {
    pub fn of(entry: &Entry) -> Activity {
        let of = |name: &str| entry.details.get(name);
        let text = |name: &str| of(name).and_then(Value::as_str);
        let time = |name: &str| text(name).and_then(|text| Timestamp::parse(text).ok());
        let priority = Priority::ALL.into_iter().find(|known| text("priority") == Some(known.name()));
        Activity {
            kind: text("kind").map(str::to_owned),
            description: text("description").unwrap_or_default().to_owned(),
            starts: time("starts"),
            ends: time("ends"),
            deadline: time("deadline"),
            responsible: text("responsible").and_then(|id| id.parse().ok()),
            completed: entry.is_completed(),
            completed_at: time("completed-at"),
            priority: priority.unwrap_or_default(),
            direction: Direction::ALL.into_iter().find(|known| text("direction") == Some(known.name())),
            location: text("location").map(str::to_owned),
            attrs: of("attrs").and_then(Value::as_object).cloned().unwrap_or_default(),
        }
    }

    /// Of details that somebody sends; null stands for nothing.
    pub fn check(details: &Map<String, Value>) -> Result<(), Rejection> {
        for (name, value) in details {
            let wrong = |message: String| Err(Rejection::invalid(format!("details.{name}"), message));
            if value.is_null() {
                continue;
            }
            let text = value.as_str();
            match name.as_str() {
                name if TIMES.contains(&name) => match text.map(Timestamp::parse) {
                    Some(Ok(_)) => {}
                    Some(Err(message)) => return wrong(message),
                    None => return wrong("expected a time such as 2026-11-20T09:30:00Z".to_owned()),
                },
                "responsible" if text.is_none_or(|id| id.parse::<EmployeeId>().is_err()) => {
                    return wrong("expected an employee such as emp_3".to_owned());
                }
                "priority" if !Priority::ALL.iter().any(|known| text == Some(known.name())) => {
                    return wrong("expected low, normal or high".to_owned());
                }
                "direction" if !Direction::ALL.iter().any(|known| text == Some(known.name())) => {
                    return wrong("expected incoming or outgoing".to_owned());
                }
                "kind" | "description" | "location" if text.is_none() => {
                    return wrong("expected text".to_owned());
                }
                "attrs" if !value.is_object() => return wrong("expected an object".to_owned()),
                "completed" if !value.is_boolean() => return wrong("expected true or false".to_owned()),
                name if !KNOWN.contains(&name) => {
                    let known = KNOWN.join(", ");
                    return wrong(format!("unknown; known are {known}, and anything in `attrs`"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_read_by_their_names_and_what_is_no_value_is_none() {
        let entry: Entry = serde_json::from_value(json!({
            "id": "ent_1", "shop": "shop_1", "order": null, "kind": "activity", "at": "2026-03-02T09:00:00Z",
            "by": { "type": "host" }, "text": "Call", "details": {
                "kind": "call", "starts": "2026-03-02T10:00:00Z", "deadline": "soon", "responsible": "emp_3",
                "completed": true, "priority": "high", "direction": "outgoing", "attrs": { "x": 1 },
            },
        }))
        .unwrap();
        let read = Activity::of(&entry);
        assert_eq!(read.kind.as_deref(), Some("call"));
        assert_eq!(read.starts, Timestamp::parse("2026-03-02T10:00:00Z").ok());
        assert_eq!((read.deadline, read.responsible), (None, Some(EmployeeId(3))));
        assert!(read.completed && read.attrs["x"] == json!(1));
        assert_eq!((read.priority, read.direction), (Priority::High, Some(Direction::Outgoing)));
    }

    #[test]
    fn each_wrong_detail_is_named() {
        for (name, value) in [
            ("starts", json!("soon")),
            ("deadline", json!(5)),
            ("responsible", json!("ord_1")),
            ("priority", json!("urgent")),
            ("direction", json!("up")),
            ("location", json!([])),
            ("attrs", json!([])),
            ("completed", json!("Y")),
            ("colour", json!("red")),
        ] {
            let details = [(name.to_owned(), value)].into_iter().collect();
            let refused = Activity::check(&details).unwrap_err().to_string();
            assert!(refused.contains(&format!("details.{name}")), "{refused}");
        }
        let fine =
            json!({ "starts": null, "deadline": "2026-03-02T10:00:00Z", "priority": "low", "attrs": {} });
        assert!(Activity::check(fine.as_object().unwrap()).is_ok());
    }
}
