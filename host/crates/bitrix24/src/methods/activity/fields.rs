//! The fields of an activity: one table for `fields`, rows and filters.

use rulewright_domain::find::{Field, Filter, Kind, Test};
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    methods::entries::Place,
};

pub(super) struct Described {
    pub name: &'static str,
    pub kind: &'static str,
    pub title: &'static str,
    pub marks: &'static str,
}

/// `marks`: r required, o read-only, i immutable, m multiple, d deprecated.
const fn field(
    name: &'static str,
    kind: &'static str,
    title: &'static str,
    marks: &'static str,
) -> Described {
    Described { name, kind, title, marks }
}

/// What `*` does not mean.
pub(super) const BY_NAME: &[&str] =
    &["BINDINGS", "COMMUNICATIONS", "FILES", "WEBDAV_ELEMENTS", "IS_INCOMING_CHANNEL"];

pub(super) const FIELDS: &[Described] = &[
    field("ID", "integer", "ID", "o"),
    field("OWNER_ID", "integer", "Owner ID", "i"),
    field("OWNER_TYPE_ID", "crm_enum_ownertype", "Owner Type", "i"),
    field("TYPE_ID", "crm_enum_activitytype", "Type", "ri"),
    field("PROVIDER_ID", "string", "Provider ID", ""),
    field("PROVIDER_TYPE_ID", "string", "Provider Type", ""),
    field("PROVIDER_GROUP_ID", "string", "Connector Type", ""),
    field("ASSOCIATED_ENTITY_ID", "integer", "Associated Entity ID", "o"),
    field("SUBJECT", "string", "Subject", "r"),
    field("START_TIME", "datetime", "Start", ""),
    field("END_TIME", "datetime", "Deadline", ""),
    field("DEADLINE", "datetime", "Due Date", ""),
    field("COMPLETED", "char", "Completed", ""),
    field("STATUS", "crm_enum_activitystatus", "Status", ""),
    field("RESPONSIBLE_ID", "user", "Responsible", "r"),
    field("PRIORITY", "crm_enum_activitypriority", "Priority", ""),
    field("NOTIFY_TYPE", "crm_enum_activitynotifytype", "Notification Type", ""),
    field("NOTIFY_VALUE", "integer", "Notification Parameter", ""),
    field("DESCRIPTION", "string", "Description", ""),
    field("DESCRIPTION_TYPE", "crm_enum_contenttype", "Description Type", ""),
    field("DIRECTION", "crm_enum_activitydirection", "Direction", ""),
    field("LOCATION", "string", "Location", ""),
    field("CREATED", "datetime", "Creation Date", "o"),
    field("AUTHOR_ID", "user", "Created By", "o"),
    field("LAST_UPDATED", "datetime", "Last Updated", "o"),
    field("EDITOR_ID", "user", "Edited By", "o"),
    field("SETTINGS", "object", "Settings", ""),
    field("ORIGIN_ID", "string", "External Code", ""),
    field("ORIGINATOR_ID", "string", "External Source", ""),
    field("RESULT_STATUS", "integer", "RESULT_STATUS", ""),
    field("RESULT_STREAM", "integer", "RESULT_STREAM", ""),
    field("RESULT_SOURCE_ID", "string", "RESULT_SOURCE_ID", ""),
    field("PROVIDER_PARAMS", "object", "Provider Parameters", ""),
    field("PROVIDER_DATA", "string", "Provider Data", ""),
    field("RESULT_MARK", "integer", "RESULT_MARK", ""),
    field("RESULT_VALUE", "double", "RESULT_VALUE", ""),
    field("RESULT_SUM", "double", "RESULT_SUM", ""),
    field("RESULT_CURRENCY_ID", "string", "RESULT_CURRENCY_ID", ""),
    field("AUTOCOMPLETE_RULE", "integer", "Autocomplete", ""),
    field("BINDINGS", "crm_activity_binding", "Bindings", "om"),
    field("COMMUNICATIONS", "crm_activity_communication", "Communication Channel", "rm"),
    field("FILES", "diskfile", "Files", "m"),
    field("WEBDAV_ELEMENTS", "diskfile", "Added Files", "md"),
    field("IS_INCOMING_CHANNEL", "char", "IS_INCOMING_CHANNEL", "o"),
];

const COMMUNICATION: &[Described] = &[
    field("ID", "integer", "ID", "o"),
    field("ACTIVITY_ID", "integer", "Case", "o"),
    field("ENTITY_ID", "integer", "Entity element ID", ""),
    field("ENTITY_TYPE_ID", "integer", "Entity type", ""),
    field("TYPE", "string", "Type", ""),
    field("VALUE", "string", "Value", ""),
];

pub(super) async fn all(_: Call) -> Outcome {
    Ok(Answer::of(described(FIELDS)))
}

pub(super) async fn communication(_: Call) -> Outcome {
    Ok(Answer::of(described(COMMUNICATION)))
}

fn described(fields: &[Described]) -> Value {
    let mut lines = Map::new();
    for field in fields {
        let is = |mark: char| field.marks.contains(mark);
        let mut line = json!({
            "type": field.kind,
            "isRequired": is('r'),
            "isReadOnly": is('o'),
            "isImmutable": is('i'),
            "isMultiple": is('m'),
            "isDynamic": false,
            "title": field.title,
        });
        if is('d') {
            line["isDeprecated"] = true.into();
        }
        lines.insert(field.name.to_owned(), line);
    }
    Value::Object(lines)
}

/// Fields that are kept as they were sent, in the attributes of the activity, and what they are where nobody sent them.
pub(super) const KEPT: &[(&str, &str, Unset)] = &[
    ("PROVIDER_ID", "provider-id", Unset::Null),
    ("PROVIDER_TYPE_ID", "provider-type-id", Unset::Null),
    ("PROVIDER_GROUP_ID", "provider-group-id", Unset::Null),
    ("PROVIDER_PARAMS", "provider-params", Unset::Empty),
    ("PROVIDER_DATA", "provider-data", Unset::Null),
    ("ASSOCIATED_ENTITY_ID", "associated-entity-id", Unset::Text("0")),
    ("NOTIFY_TYPE", "notify-type", Unset::Text("0")),
    ("NOTIFY_VALUE", "notify-value", Unset::Text("0")),
    ("DESCRIPTION_TYPE", "description-type", Unset::Text("1")),
    ("SETTINGS", "settings", Unset::Empty),
    ("ORIGINATOR_ID", "originator-id", Unset::Null),
    ("ORIGIN_ID", "origin-id", Unset::Null),
    ("ORIGIN_VERSION", "origin-version", Unset::Absent),
    ("RESULT_MARK", "result-mark", Unset::Text("0")),
    ("RESULT_VALUE", "result-value", Unset::Null),
    ("RESULT_SUM", "result-sum", Unset::Null),
    ("RESULT_CURRENCY_ID", "result-currency-id", Unset::Null),
    ("RESULT_STATUS", "result-status", Unset::Text("0")),
    ("RESULT_STREAM", "result-stream", Unset::Text("0")),
    ("RESULT_SOURCE_ID", "result-source-id", Unset::Null),
    ("AUTOCOMPLETE_RULE", "autocomplete-rule", Unset::Text("0")),
    ("IS_INCOMING_CHANNEL", "is-incoming-channel", Unset::Text("N")),
];

#[derive(Clone, Copy)]
pub(super) enum Unset {
    Null,
    Text(&'static str),
    /// `[]`
    Empty,
    /// No row has it.
    Absent,
}

/// `TYPE_ID`, and what the shop calls it. Whatever else it calls something is 6.
pub(super) const TYPES: [(i64, &str); 5] =
    [(1, "meeting"), (2, "call"), (3, "task"), (4, "mail"), (5, "action")];
pub(super) const CUSTOM: i64 = 6;

/// `PRIORITY`
pub(super) const PRIORITIES: [(i64, &str); 3] = [(1, "low"), (2, "normal"), (3, "high")];
/// `DIRECTION`; 0 is neither.
pub(super) const DIRECTIONS: [(i64, &str); 2] = [(1, "incoming"), (2, "outgoing")];

pub(super) fn name_of(number: i64, names: &[(i64, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

pub(super) fn number_of(name: Option<&str>, names: &[(i64, &'static str)]) -> Option<i64> {
    names.iter().find(|(_, known)| Some(*known) == name).map(|(number, _)| *number)
}

/// Where a list finds it.
pub(super) fn place(name: &str) -> Option<Place> {
    use Place::{At, Means, When};
    Some(match name.to_ascii_uppercase().as_str() {
        "ID" => At(&["id"], Kind::Number),
        "OWNER_ID" => Means(owner_id),
        "OWNER_TYPE_ID" => Means(owner_type),
        "TYPE_ID" => Means(type_id),
        "SUBJECT" => At(&["text"], Kind::Text),
        "DESCRIPTION" => At(&["details", "description"], Kind::Text),
        "LOCATION" => At(&["details", "location"], Kind::Text),
        "CREATED" => At(&["at"], Kind::Moment),
        "LAST_UPDATED" => At(&["changed"], Kind::Moment),
        "START_TIME" => At(&["details", "starts"], Kind::Moment),
        "END_TIME" => At(&["details", "ends"], Kind::Moment),
        "DEADLINE" => At(&["details", "deadline"], Kind::Moment),
        "COMPLETED" => When(completed),
        "STATUS" => Means(|status| match status {
            1 => not(completed()),
            2 => completed(),
            _ => Filter::Any(Vec::new()),
        }),
        "RESPONSIBLE_ID" => At(&["details", "responsible"], Kind::Number),
        "AUTHOR_ID" => At(&["by", "employee"], Kind::Number),
        "EDITOR_ID" => At(&["changed_by", "employee"], Kind::Number),
        "PRIORITY" => Means(|number| {
            let is = |name| Field::text(["details", "priority"]).is(name);
            match name_of(number, &PRIORITIES) {
                Some("normal") => Filter::Any(vec![is(Test::Missing), is(Test::Equal("normal".into()))]),
                Some(name) => is(Test::Equal(name.into())),
                None => Filter::Any(Vec::new()),
            }
        }),
        "DIRECTION" => Means(|number| {
            let is = |name| Field::text(["details", "direction"]).is(name);
            match name_of(number, &DIRECTIONS) {
                Some(name) => is(Test::Equal(name.into())),
                None if number == 0 => is(Test::Missing),
                None => Filter::Any(Vec::new()),
            }
        }),
        "PROVIDER_ID" => At(&["details", "attrs", "provider-id"], Kind::Text),
        "PROVIDER_TYPE_ID" => At(&["details", "attrs", "provider-type-id"], Kind::Text),
        "PROVIDER_GROUP_ID" => At(&["details", "attrs", "provider-group-id"], Kind::Text),
        "ASSOCIATED_ENTITY_ID" => At(&["details", "attrs", "associated-entity-id"], Kind::Number),
        "ORIGIN_ID" => At(&["details", "attrs", "origin-id"], Kind::Text),
        "ORIGINATOR_ID" => At(&["details", "attrs", "originator-id"], Kind::Text),
        "RESULT_STATUS" => At(&["details", "attrs", "result-status"], Kind::Number),
        "RESULT_STREAM" => At(&["details", "attrs", "result-stream"], Kind::Number),
        "RESULT_SOURCE_ID" => At(&["details", "attrs", "result-source-id"], Kind::Text),
        "RESULT_MARK" => At(&["details", "attrs", "result-mark"], Kind::Number),
        "RESULT_VALUE" => At(&["details", "attrs", "result-value"], Kind::Number),
        "RESULT_SUM" => At(&["details", "attrs", "result-sum"], Kind::Number),
        "RESULT_CURRENCY_ID" => At(&["details", "attrs", "result-currency-id"], Kind::Text),
        _ => return None,
    })
}

pub(super) fn completed() -> Filter {
    Field::flag(["details", "completed"]).is(Test::Equal(true.into()))
}

pub(super) fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn is_task() -> Filter {
    Field::text(["kind"]).is(Test::Equal("task".into()))
}

fn type_id(number: i64) -> Filter {
    let called = |name: &str| Field::text(["details", "kind"]).is(Test::Equal(name.into()));
    match name_of(number, &TYPES) {
        Some("task") => Filter::Any(vec![is_task(), called("task")]),
        Some(name) => Filter::All(vec![not(is_task()), called(name)]),
        None if number == CUSTOM => {
            let other = TYPES.iter().map(|(_, name)| called(name)).chain([is_task()]);
            not(Filter::Any(other.collect()))
        }
        None => Filter::Any(Vec::new()),
    }
}

pub(super) fn order_is(id: i64) -> Filter {
    Field::number(["order"]).is(Test::Equal((id as f64).into()))
}

pub(super) fn client_is(id: i64) -> Filter {
    Field::number(["client"]).is(Test::Equal((id as f64).into()))
}

pub(super) fn without_order() -> Filter {
    Field::text(["order"]).is(Test::Missing)
}

fn about(name: &str) -> Filter {
    Field::text(["about"]).is(Test::Equal(name.into()))
}

fn owner_id(id: i64) -> Filter {
    Filter::Any(vec![order_is(id), Filter::All(vec![without_order(), client_is(id)])])
}

/// What does not say is about a deal.
pub(super) fn owner_type(number: i64) -> Filter {
    match number {
        2 => Filter::All(vec![not(without_order()), not(about("order"))]),
        14 => about("order"),
        3 => about("contact"),
        4 => about("company"),
        _ => Filter::Any(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_shown_is_described_once() {
        let mut names: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for (name, _, unset) in KEPT {
            assert!(names.contains(name) || matches!(unset, Unset::Absent), "{name}");
        }
    }

    #[test]
    fn each_type_is_found_by_its_number_and_by_no_other() {
        let activity =
            |kind: &str, called: &str| json!({ "kind": kind, "details": { "kind": called } }).to_string();
        for (json, number) in [
            (activity("activity", "meeting"), 1),
            (activity("activity", "call"), 2),
            (activity("task", "anything"), 3),
            (activity("activity", "mail"), 4),
            (activity("activity", "to-do"), 6),
            (json!({ "kind": "activity", "details": null }).to_string(), 6),
        ] {
            for other in 1..=6 {
                assert_eq!(type_id(other).matches(&json), other == number, "{json} {other}");
            }
        }
    }
}
