//! `crm.timeline.bindings.*`: where a record of the timeline is shown.

use rulewright_domain::{Command, Entry, EntryChange, EntryKind};
use serde_json::{Map, Value, json};

use super::described;
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting},
    methods::owner::{self, Owner, OwnerType},
    scalar,
};

pub(super) async fn bind(call: Call) -> Outcome {
    let (entry, owner) = sent(&call).await?;
    // What is bound already stays so.
    if !entry.is_at(owner.subject()) {
        let change = EntryChange::Bind { to: owner.subject() };
        call.execute(Command::ChangeEntry { entry: entry.id, change }).await?;
    }
    Ok(Answer::of(true))
}

pub(super) async fn unbind(call: Call) -> Outcome {
    let (entry, owner) = sent(&call).await?;
    if !entry.is_at(owner.subject()) {
        return Err(Fault::classic("Not found."));
    }
    if entry.subjects().count() == 1 {
        return Err(Fault::classic(
            "The last binding cannot be removed: delete the record, or bind it elsewhere first.",
        ));
    }
    let change = EntryChange::Unbind { from: owner.subject() };
    call.execute(Command::ChangeEntry { entry: entry.id, change }).await?;
    Ok(Answer::of(true))
}

pub(super) async fn list(call: Call) -> Outcome {
    // Only to say what is wrong with it.
    filter::parse(call.params.node("filter"), Nesting::Flat)?;
    let wanted = call.params.maybe_map("filter")?.unwrap_or_default();
    let id = of(&wanted, "OWNER_ID").and_then(scalar::integer).filter(|id| *id > 0);
    let id = id.ok_or_else(|| invalid("OWNER_ID"))?;
    let kind = of(&wanted, "ENTITY_TYPE").map(OwnerType::read);
    let entity = of(&wanted, "ENTITY_ID").map(scalar::integer);
    let shop = call.shop();
    let bound = match owner::entry(&call, id, EntryKind::TIMELINE).await? {
        Some(entry) => call.read(move |reads| Owner::all(&entry, reads, shop)).await?,
        None => Vec::new(),
    };
    let fits = |owner: &&Owner| {
        kind.is_none_or(|kind| kind == Some(owner.kind)) && entity.is_none_or(|id| id == Some(owner.id))
    };
    let row = |owner: &Owner| {
        json!({
            "OWNER_ID": id.to_string(),
            "ENTITY_ID": owner.id.to_string(),
            "ENTITY_TYPE": owner.kind.name(),
        })
    };
    let rows: Vec<Value> = bound.iter().filter(fits).map(row).collect();
    let total = u64::try_from(rows.len()).unwrap_or_default();
    Ok(Answer { total: Some(total), ..Answer::of(rows) })
}

pub(super) async fn fields(_: Call) -> Outcome {
    Ok(Answer::of(described(&[
        ("OWNER_ID", "integer", "Timeline record ID", "ri"),
        ("ENTITY_ID", "integer", "Element ID", "ri"),
        ("ENTITY_TYPE", "string", "Element type", "ri"),
    ])))
}

/// The record, and the place that is meant.
async fn sent(call: &Call) -> Result<(Entry, Owner), Fault> {
    let fields = call.params.map("fields")?;
    let id = |name: &str| {
        let id = of(&fields, name).and_then(scalar::integer).filter(|id| *id > 0);
        id.ok_or_else(|| invalid(name))
    };
    let (record, entity) = (id("OWNER_ID")?, id("ENTITY_ID")?);
    let kind = of(&fields, "ENTITY_TYPE").and_then(OwnerType::read).ok_or_else(|| invalid("ENTITY_TYPE"))?;
    let entry = owner::entry(call, record, EntryKind::TIMELINE).await?;
    let entry = entry.ok_or_else(|| invalid("OWNER_ID"))?;
    let owner = Owner { kind, id: entity };
    if owner.is_known(call).await? { Ok((entry, owner)) } else { Err(invalid("ENTITY_ID")) }
}

fn of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let plain = |key: &str| key.trim_start_matches('=').eq_ignore_ascii_case(name);
    fields.iter().find(|(key, _)| plain(key)).map(|(_, value)| value)
}

fn invalid(field: &str) -> Fault {
    Fault::classic(format!("{field} is not defined or invalid."))
}
