//! To-dos: activities with a deadline and a colour, `crm.activity.todo.*`.

use rulewright_domain::{
    Command, EmployeeId, Entry, EntryChange, EntryId, EntryKind, Fields, Timestamp, moment,
};
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    method::{Method, method},
    methods::{activity::KINDS, owner},
    scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.activity.todo.add", "crm", add),
    method!("crm.activity.todo.update", "crm", update),
    method!("crm.activity.todo.updateColor", "crm", update_color),
    method!("crm.activity.todo.updateDeadline", "crm", update_deadline),
    method!("crm.activity.todo.updateDescription", "crm", update_description),
    method!("crm.activity.todo.updateResponsibleUser", "crm", update_responsible),
];

/// Beside the colour of those that have none.
const COLOURS: std::ops::RangeInclusive<i64> = 1..=7;
/// Characters of a description that stand for a missing title.
const TITLE: usize = 100;

async fn add(call: Call) -> Outcome {
    let deadline = deadline(&call, "deadline").await?;
    let owner = owner::named(&call, "ownerTypeId", "ownerId").await?;
    let description = call.params.text("description").unwrap_or_default();
    let title = call.params.text("title").filter(|title| !title.trim().is_empty());
    let responsible = match call.params.value("responsibleId") {
        Some(value) if !scalar::is_empty(&value) => responsible(&call, &value).await?,
        _ => call.caller.employee,
    };
    let mut details = json!({
        "kind": "to-do", "description": description, "deadline": deadline, "responsible": responsible,
        "attrs": { "provider-id": "CRM_TODO", "provider-type-id": "TODO" },
    });
    for (name, value) in extras(&call, None).await? {
        details["attrs"][name] = value;
    }
    let command = Command::AddEntry {
        order: owner.order(),
        client: owner.client(),
        kind: EntryKind::Activity,
        text: title.unwrap_or_else(|| called(&description)),
        details,
    };
    let receipt = call.execute(command).await?;
    let id = receipt.entry.ok_or_else(|| Fault::system(System::Internal))?;
    Ok(Answer::of(json!({ "id": id.0 })))
}

fn called(description: &str) -> String {
    let line = description.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("To-do");
    line.chars().take(TITLE).collect()
}

async fn update(call: Call) -> Outcome {
    let todo = open(&call, "CAN_NOT_UPDATE_COMPLETED_TODO", "Completed activity can not be updated").await?;
    let mut details: Fields = [("deadline".to_owned(), json!(deadline(&call, "deadline").await?))].into();
    if let Some(description) = call.params.text("description") {
        details.insert("description".to_owned(), json!(description));
    }
    if let Some(value) = call.params.value("responsibleId").filter(|value| !scalar::is_empty(value)) {
        details.insert("responsible".to_owned(), json!(responsible(&call, &value).await?));
    }
    let extras = extras(&call, Some(&todo)).await?;
    if !extras.is_empty() {
        details.insert("attrs".to_owned(), extras.into_iter().collect::<serde_json::Map<_, _>>().into());
    }
    let text = call.params.text("title").filter(|title| !title.trim().is_empty());
    edit(call, todo, text, details).await
}

async fn update_color(call: Call) -> Outcome {
    let why = "Color of completed activity can not be updated";
    let todo = open(&call, "CAN_NOT_UPDATE_COLOR_COMPLETED_TODO", why).await?;
    let value = call.params.value("colorId").ok_or_else(|| Fault::missing("colorId"))?;
    let attrs = json!({ "color": colour(&value)? });
    edit(call, todo, None, [("attrs".to_owned(), attrs)].into()).await
}

async fn update_deadline(call: Call) -> Outcome {
    let todo = open(&call, "CAN_NOT_UPDATE_COMPLETED_TODO", "Completed activity can not be updated").await?;
    let deadline = deadline(&call, "value").await?;
    edit(call, todo, None, [("deadline".to_owned(), json!(deadline))].into()).await
}

async fn update_description(call: Call) -> Outcome {
    let todo = open(&call, "CAN_NOT_UPDATE_COMPLETED_TODO", "Completed activity can not be updated").await?;
    let value = call.params.text("value").ok_or_else(|| Fault::missing("value"))?;
    edit(call, todo, None, [("description".to_owned(), json!(value))].into()).await
}

async fn update_responsible(call: Call) -> Outcome {
    let why = "Responsible of completed activity can not be updated";
    let todo = open(&call, "CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO", why).await?;
    let value = call.params.value("responsibleId").ok_or_else(|| Fault::missing("responsibleId"))?;
    let responsible = responsible(&call, &value).await?;
    edit(call, todo, None, [("responsible".to_owned(), json!(responsible))].into()).await
}

/// The activity that the call names, at its owner, and not completed yet.
async fn open(call: &Call, code: &str, why: &str) -> Result<Entry, Fault> {
    let id = call.params.required_id("id")?;
    let owner = owner::named(call, "ownerTypeId", "ownerId").await?;
    let found = owner::entry(call, id, KINDS).await?;
    let todo = found.filter(|entry| entry.is_at(owner.subject())).ok_or_else(owner::not_found)?;
    if todo.is_completed() { Err(Fault::coded(code, why)) } else { Ok(todo) }
}

async fn edit(call: Call, todo: Entry, text: Option<String>, details: Fields) -> Outcome {
    let change = EntryChange::Edit { text, details, completed: None };
    call.execute(Command::ChangeEntry { entry: todo.id, change }).await?;
    Ok(Answer::of(json!({ "id": todo.id.0 })))
}

async fn deadline(call: &Call, name: &str) -> Result<Timestamp, Fault> {
    let value = call.params.value(name).ok_or_else(|| Fault::missing(name))?;
    let text = scalar::text(&value).unwrap_or_default();
    let zone = call.config().await?.shop.time_zone.clone();
    moment(text.trim(), &zone)
        .map_err(|why| Fault::coded("WRONG_DATETIME_FORMAT", format!("Wrong datetime format: {why}")))
}

async fn responsible(call: &Call, value: &Value) -> Result<EmployeeId, Fault> {
    let invalid = |message: &str| Fault::coded("INVALID_ARG_VALUE", message);
    let id = scalar::integer(value).filter(|id| *id > 0);
    let id = id.ok_or_else(|| invalid("Parameter \"responsibleId\" must be greater than 0"))?;
    let known = call.config().await?.employees.contains_key(&EmployeeId(id));
    let unknown =
        || invalid("Parameter \"responsibleId\" names nobody of this shop: user.get lists who there is");
    known.then_some(EmployeeId(id)).ok_or_else(unknown)
}

/// Null takes the colour away.
fn colour(value: &Value) -> Result<Value, Fault> {
    if scalar::is_empty(value) || value.as_str() == Some("default") {
        return Ok(Value::Null);
    }
    let number = scalar::integer(value).filter(|number| COLOURS.contains(number));
    let wrong =
        || Fault::coded("CAN_NOT_UPDATE_WRONG_COLOR_TODO", "Wrong color: expected 1 to 7, or default");
    number.map(|number| json!(number)).ok_or_else(wrong)
}

/// What only this kind of activity has, where it was sent.
async fn extras(call: &Call, todo: Option<&Entry>) -> Result<Vec<(String, Value)>, Fault> {
    let mut extras = Vec::new();
    if let Some(value) = call.params.value("colorId") {
        let colour = colour(&value)?;
        if todo.is_some() || !colour.is_null() {
            extras.push(("color".to_owned(), colour));
        }
    }
    if call.params.has("pingOffsets") {
        let minutes = call.params.list("pingOffsets").iter().map(scalar::integer).collect::<Option<Vec<_>>>();
        let minutes = minutes.filter(|minutes| minutes.iter().all(|minutes| *minutes >= 0));
        let wrong =
            || Fault::coded("INVALID_ARG_VALUE", "Parameter \"pingOffsets\" must be minutes, 0 or more");
        extras.push(("ping-offsets".to_owned(), json!(minutes.ok_or_else(wrong)?)));
    }
    if let Some(parent) = call.params.integer("parentActivityId")?.filter(|id| *id > 0) {
        let found = owner::entry(call, parent, KINDS).await?.ok_or_else(owner::not_found)?;
        if found.is_completed() {
            let why = "Parent activity is completed: nothing can be planned under it";
            return Err(Fault::coded("ERROR_PARENT_ACTIVITY_RESTRICT", why));
        }
        extras.push(("parent".to_owned(), json!(EntryId(parent))));
    }
    Ok(extras)
}
