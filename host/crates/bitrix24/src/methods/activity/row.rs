//! An activity as the classic methods show it: every scalar is a text.

use rulewright_domain::{Activity, Direction, Entry, EntryKind};
use serde_json::{Map, Value, json};

use super::fields::{BY_NAME, CUSTOM, DIRECTIONS, FIELDS, KEPT, PRIORITIES, TYPES, Unset, number_of};
use crate::{methods::owner::Owner, scalar, select::Select, wire::envelope};

/// `bound` is everything that it is shown at, where `BINDINGS` is asked for.
pub(super) fn of(entry: &Entry, owner: Option<Owner>, bound: &[Owner], select: &Select, zone: &str) -> Value {
    let activity = Activity::of(entry);
    let mut all = whole(entry, &activity, owner, zone);
    all.insert("BINDINGS".to_owned(), bound.iter().map(binding).collect());
    let communications = activity.attrs.get("communications").and_then(Value::as_array);
    let communications = communications.map(Vec::as_slice).unwrap_or_default();
    let communications = communications.iter().enumerate();
    all.insert(
        "COMMUNICATIONS".to_owned(),
        communications.map(|(at, value)| communication(entry, at, value)).collect(),
    );
    all.insert("FILES".to_owned(), json!([]));
    all.insert("WEBDAV_ELEMENTS".to_owned(), json!([]));
    let mut row = Map::new();
    for field in FIELDS {
        let by_name = BY_NAME.contains(&field.name);
        let shown = field.name == "ID" || select.names(field.name) || (select.plain && !by_name);
        if let Some(value) = all.remove(field.name).filter(|_| shown) {
            row.insert(field.name.to_owned(), value);
        }
    }
    Value::Object(row)
}

fn binding(owner: &Owner) -> Value {
    json!({ "OWNER_TYPE_ID": owner.kind.number().to_string(), "OWNER_ID": owner.id.to_string() })
}

fn communication(entry: &Entry, at: usize, value: &Value) -> Value {
    let text = |name: &str| value.get(name).and_then(scalar::text);
    json!({
        "ID": (at + 1).to_string(),
        "ACTIVITY_ID": entry.id.0.to_string(),
        "ENTITY_ID": text("entity-id").unwrap_or_else(|| "0".to_owned()),
        "ENTITY_TYPE_ID": text("entity-type-id").unwrap_or_else(|| "0".to_owned()),
        "TYPE": text("type").unwrap_or_default(),
        "VALUE": text("value").unwrap_or_default(),
    })
}

fn whole(entry: &Entry, activity: &Activity, owner: Option<Owner>, zone: &str) -> Map<String, Value> {
    let at = |at: Option<_>| at.map_or(Value::Null, |at| envelope::date(at, zone).into());
    let author = author(entry);
    let editor = entry.changed_by.as_ref().and_then(|by| by.employee()).map_or(author, |id| id.0);
    let direction = activity.direction.map(Direction::name);
    let fields = json!({
        "ID": entry.id.0.to_string(),
        "OWNER_ID": owner.map_or(0, |owner| owner.id).to_string(),
        "OWNER_TYPE_ID": owner.map_or(0, |owner| owner.kind.number()).to_string(),
        "TYPE_ID": type_of(entry, activity).to_string(),
        "SUBJECT": entry.text,
        "CREATED": envelope::date(entry.at, zone),
        "LAST_UPDATED": envelope::date(entry.changed.unwrap_or(entry.at), zone),
        "START_TIME": at(activity.starts.or(activity.deadline)),
        "END_TIME": at(activity.ends.or(activity.deadline).or(activity.starts)),
        "DEADLINE": at(activity.deadline),
        "COMPLETED": if activity.completed { "Y" } else { "N" },
        "STATUS": if activity.completed { "2" } else { "1" },
        "RESPONSIBLE_ID": activity.responsible.map_or(author, |id| id.0).to_string(),
        "PRIORITY": number_of(Some(activity.priority.name()), &PRIORITIES).unwrap_or(2).to_string(),
        "DESCRIPTION": activity.description,
        "DIRECTION": number_of(direction, &DIRECTIONS).unwrap_or(0).to_string(),
        "LOCATION": activity.location.clone().unwrap_or_default(),
        "AUTHOR_ID": author.to_string(),
        "EDITOR_ID": editor.to_string(),
    });
    let mut fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    for (name, attr, unset) in KEPT {
        let value = match (activity.attrs.get(*attr), unset) {
            (Some(value), _) => scalar::text(value).map_or_else(|| value.clone(), Value::String),
            (None, Unset::Null) => provider(name, entry, activity),
            (None, Unset::Text(text)) => json!(text),
            (None, Unset::Empty) => json!([]),
            (None, Unset::Absent) => continue,
        };
        fields.insert((*name).to_owned(), value);
    }
    fields
}

/// What has no provider of its own is given the platform's name for it.
fn provider(name: &str, entry: &Entry, activity: &Activity) -> Value {
    let (id, kind) = match type_of(entry, activity) {
        1 => ("CRM_MEETING", "MEETING"),
        2 => ("VOXIMPLANT_CALL", "CALL"),
        3 => ("CRM_TASKS_TASK", "TASKS_TASK"),
        4 => ("CRM_EMAIL", "EMAIL"),
        _ => return Value::Null,
    };
    match name {
        "PROVIDER_ID" => json!(id),
        "PROVIDER_TYPE_ID" => json!(kind),
        _ => Value::Null,
    }
}

pub(super) fn type_of(entry: &Entry, activity: &Activity) -> i64 {
    match entry.kind {
        EntryKind::Task => 3,
        _ => number_of(activity.kind.as_deref(), &TYPES).unwrap_or(CUSTOM),
    }
}

/// 0: no employee wrote it.
pub(crate) fn author(entry: &Entry) -> i64 {
    let named = entry.details.get("author").and_then(Value::as_str);
    let named = named.and_then(|id| id.parse::<rulewright_domain::EmployeeId>().ok());
    named.or(entry.by.employee()).map_or(0, |id| id.0)
}
