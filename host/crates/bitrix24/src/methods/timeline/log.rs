//! `crm.timeline.logmessage.*`: what a program reports.

use rulewright_domain::{
    Command, Entry, EntryChange, EntryKind,
    find::{Filter, Kind},
};
use rulewright_engine::entries_at;
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    methods::{
        activity,
        entries::{self, Place},
        owner::{self, Owner},
    },
    order, scalar,
    wire::envelope,
};

const LOGS: &[EntryKind] = &[EntryKind::Log];

pub(super) async fn add(call: Call) -> Outcome {
    if !call.params.has("fields") {
        return Err(Fault::missing("fields"));
    }
    let fields = call.params.map("fields")?;
    let of = |name: &str| of(&fields, name).filter(|value| !scalar::is_empty(value));
    let text = |name: &str| of(name).and_then(scalar::text).ok_or_else(|| Fault::missing(name));
    let kind = of("entityTypeId").ok_or_else(|| Fault::missing("entityTypeId"))?;
    let id = of("entityId").ok_or_else(|| Fault::missing("entityId"))?;
    let (title, message, icon) = (text("title")?, text("text")?, text("iconCode")?);
    let owner = Owner::read(Some(kind), Some(id)).ok_or_else(owner::owner_not_found)?;
    if !owner.is_known(&call).await? {
        return Err(owner::owner_not_found());
    }
    let mut details = json!({ "title": title, "icon": icon });
    if let Some(application) = &call.caller.application {
        details["application"] = json!(application.id);
    }
    let (order, client) = (owner.order(), owner.client());
    let command = Command::AddEntry { order, client, kind: EntryKind::Log, text: message, details };
    let receipt = call.execute(command).await?;
    let id = receipt.entry.ok_or_else(|| Fault::system(System::Internal))?;
    // A request that is repeated may find that somebody has deleted it meanwhile.
    let entry = owner::entry(&call, id.0, LOGS).await?.ok_or_else(owner::not_found)?;
    shown(call, &entry).await
}

pub(super) async fn get(call: Call) -> Outcome {
    let entry = named(&call).await?;
    shown(call, &entry).await
}

pub(super) async fn delete(call: Call) -> Outcome {
    let entry = named(&call).await?;
    let maker = entry.details.get("application").and_then(Value::as_str);
    let mine = call.caller.application.as_ref().map(|application| application.id.as_str());
    if maker.is_some() && maker != mine {
        let why = "It was made by another application, which alone can remove it";
        return Err(Fault::coded("REMOVING_DISABLED", why));
    }
    call.execute(Command::ChangeEntry { entry: entry.id, change: EntryChange::Delete }).await?;
    Ok(Answer::of(true))
}

pub(super) async fn list(call: Call) -> Outcome {
    let owner = owner::named(&call, "entityTypeId", "entityId").await?;
    let (shop, config) = (call.shop(), call.config().await?);
    let by = entries::sorted(&order::lenient(&call.params.pairs("order")), place, &[]);
    let find = entries::page(&call, entries::everything(), by);
    let found = call
        .read(move |reads| {
            let mut find = find;
            find.filter = Filter::All(vec![entries_at(reads, shop, owner.subject())?]);
            Ok(reads.find_entries(shop, LOGS, &find)?)
        })
        .await?;
    let rows: Value = found.rows.iter().map(|entry| row(entry, &config.shop.time_zone)).collect();
    Ok(Answer::page(rows, call.params.start(), found.total.unwrap_or_default()))
}

fn place(name: &str) -> Option<Place> {
    Some(match name.to_ascii_lowercase().as_str() {
        "id" => Place::At(&["id"], Kind::Number),
        "created" => Place::At(&["at"], Kind::Moment),
        "authorid" => Place::At(&["by", "employee"], Kind::Number),
        "title" => Place::At(&["details", "title"], Kind::Text),
        "text" => Place::At(&["text"], Kind::Text),
        "iconcode" => Place::At(&["details", "icon"], Kind::Text),
        _ => return None,
    })
}

async fn named(call: &Call) -> Result<Entry, Fault> {
    let id = call.params.required_id("id")?;
    owner::entry(call, id, LOGS).await?.ok_or_else(owner::not_found)
}

async fn shown(call: Call, entry: &Entry) -> Outcome {
    let config = call.config().await?;
    Ok(Answer::of(json!({ "logMessage": row(entry, &config.shop.time_zone) })))
}

fn row(entry: &Entry, zone: &str) -> Value {
    json!({
        "id": entry.id.0,
        "created": envelope::date(entry.at, zone),
        "authorId": activity::author(entry),
        "title": entry.details.get("title").cloned().unwrap_or_else(|| json!("")),
        "text": entry.text,
        "iconCode": entry.details.get("icon").cloned().unwrap_or_else(|| json!("info")),
    })
}

fn of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
