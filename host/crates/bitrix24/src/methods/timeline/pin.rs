//! `crm.timeline.item.*`: what is kept above the rest of a timeline.

use rulewright_domain::{Command, Entry, EntryChange, EntryKind, Subject};
use serde_json::Value;

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    methods::owner,
};

pub(super) async fn pin(call: Call) -> Outcome {
    let (entry, at) = item(&call).await?;
    let pinned =
        call.execute(Command::ChangeEntry { entry: entry.id, change: EntryChange::Pin { at } }).await;
    match pinned {
        Ok(_) => Ok(Answer::of(Value::Null)),
        // It is shown there, so nothing else can be in the way.
        Err(fault) if fault.code == "SETTLED" => {
            Err(Fault::coded("0", "Only three events can be added to favorites"))
        }
        Err(fault) => Err(fault),
    }
}

/// What is not pinned stays as it is.
pub(super) async fn unpin(call: Call) -> Outcome {
    let (entry, at) = item(&call).await?;
    call.execute(Command::ChangeEntry { entry: entry.id, change: EntryChange::Unpin { at } }).await?;
    Ok(Answer::of(Value::Null))
}

async fn item(call: &Call) -> Result<(Entry, Subject), Fault> {
    let id = call.params.required_id("id")?;
    let at = owner::named(call, "ownerTypeId", "ownerId").await?.subject();
    let entry = owner::entry(call, id, EntryKind::TIMELINE).await?;
    let entry = entry.filter(|entry| entry.is_at(at)).ok_or_else(owner::not_found)?;
    Ok((entry, at))
}
