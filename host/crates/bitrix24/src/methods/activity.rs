//! Activities: what staff has to do for a deal, an order or a client. They are entries of the timeline, like tasks.

mod fields;
mod list;
mod row;
mod write;

use rulewright_domain::{Command, EntryChange, EntryId, EntryKind};
use serde_json::json;

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    methods::owner,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.activity.add", "crm", write::add),
    method!("crm.activity.call.getTranscript", "crm", transcript),
    method!("crm.activity.communication.fields", "crm", fields::communication),
    method!("crm.activity.delete", "crm", delete),
    method!("crm.activity.fields", "crm", fields::all),
    method!("crm.activity.get", "crm", get),
    method!("crm.activity.list", "crm", list::list),
    method!("crm.activity.update", "crm", write::update),
];

pub(crate) use row::author;

pub(crate) const KINDS: &[EntryKind] = &[EntryKind::Activity, EntryKind::Task];

async fn get(call: Call) -> Outcome {
    let id = call.params.id("id")?;
    let entry = owner::entry(&call, id, KINDS).await?.ok_or_else(not_found)?;
    let shop = call.shop();
    let (entry, owner) = call
        .read(move |reads| {
            let owner = owner::Owner::first(&entry, reads, shop)?;
            Ok((entry, owner))
        })
        .await?;
    let config = call.config().await?;
    let select = crate::select::Select { plain: true, ..Default::default() };
    Ok(Answer::of(row::of(&entry, owner, &[], &select, &config.shop.time_zone)))
}

async fn delete(call: Call) -> Outcome {
    let id = call.params.id("id")?;
    owner::entry(&call, id, KINDS).await?.ok_or_else(not_found)?;
    let change = EntryChange::Delete;
    call.execute(Command::ChangeEntry { entry: EntryId(id), change }).await?;
    Ok(Answer::of(true))
}

/// What was said in a call, where whoever recorded it has kept it as the activity's `transcript`.
async fn transcript(call: Call) -> Outcome {
    let id = call.params.required_id("activityId")?;
    let entry = owner::entry(&call, id, KINDS).await?;
    let said = entry.as_ref().and_then(|entry| entry.details.pointer("/attrs/transcript")?.as_str());
    match said {
        Some(said) => Ok(Answer::of(json!({ "transcription": said }))),
        None if entry.is_none() => Err(Fault::coded("NOT_FOUND", "Item not found")),
        None => {
            Err(Fault::coded("NOT_FOUND", "Item not found: nobody has kept a transcript of this activity"))
        }
    }
}

pub(crate) fn not_found() -> Fault {
    Fault::classic("Activity is not found")
}
