//! `crm.timeline.note.*`: a remark under a record of the timeline.

use rulewright_domain::{Actor, Command, Entry, EntryChange, EntryKind};
use serde_json::json;

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    methods::{activity, owner},
    wire::envelope,
};

/// `itemType`
const RECORD: i64 = 1;
const ACTIVITY: i64 = 2;

pub(super) async fn save(call: Call) -> Outcome {
    let entry = item(&call).await?;
    let text = call.params.text("text").filter(|text| !text.trim().is_empty());
    let text = Some(text.ok_or_else(|| Fault::missing("text"))?);
    call.execute(Command::ChangeEntry { entry: entry.id, change: EntryChange::Note { text } }).await?;
    Ok(Answer::of(true))
}

pub(super) async fn get(call: Call) -> Outcome {
    let note = item(&call).await?.note.ok_or_else(owner::not_found)?;
    let config = call.config().await?;
    let zone = &config.shop.time_zone;
    let id = |by: &Actor| by.employee().map_or(0, |id| id.0);
    Ok(Answer::of(json!({
        "text": note.text,
        "createdById": id(&note.by),
        "createdTime": envelope::date(note.at, zone),
        "updatedById": id(&note.changed_by),
        "updatedTime": envelope::date(note.changed, zone),
    })))
}

pub(super) async fn delete(call: Call) -> Outcome {
    let entry = item(&call).await?;
    if entry.note.is_none() {
        return Err(owner::not_found());
    }
    call.execute(Command::ChangeEntry { entry: entry.id, change: EntryChange::Note { text: None } }).await?;
    Ok(Answer::of(true))
}

/// What the call names, where it says that it is.
async fn item(call: &Call) -> Result<Entry, Fault> {
    for name in ["ownerTypeId", "ownerId", "itemType", "itemId"] {
        if call.params.value(name).is_none() {
            return Err(Fault::missing(name));
        }
    }
    let owner = owner::named(call, "ownerTypeId", "ownerId").await.map_err(|fault| {
        // This group has one word for all that is not there.
        if fault.code == "OWNER_NOT_FOUND" { owner::not_found() } else { fault }
    })?;
    let kinds = match call.params.required_id("itemType")? {
        RECORD => EntryKind::TIMELINE,
        ACTIVITY => activity::KINDS,
        _ => return Err(Fault::coded("0", "itemType is 1, a record of the timeline, or 2, an activity")),
    };
    let found = owner::entry(call, call.params.required_id("itemId")?, kinds).await?;
    found.filter(|entry| entry.is_at(owner.subject())).ok_or_else(owner::not_found)
}
