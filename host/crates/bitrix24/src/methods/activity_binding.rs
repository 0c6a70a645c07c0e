//! At which deals, orders, contacts and companies an activity is shown: `crm.activity.binding.*`.

use rulewright_domain::{Command, Entry, EntryChange};
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    methods::{
        activity::KINDS,
        owner::{self, Owner},
    },
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.activity.binding.add", "crm", add),
    method!("crm.activity.binding.delete", "crm", delete),
    method!("crm.activity.binding.list", "crm", list),
    method!("crm.activity.binding.move", "crm", move_to),
];

async fn add(call: Call) -> Outcome {
    let entry = activity(&call).await?;
    let to = owner::named(&call, "entityTypeId", "entityId").await?.subject();
    if entry.is_at(to) {
        return Err(bound_already());
    }
    change(call, entry, EntryChange::Bind { to }).await
}

async fn delete(call: Call) -> Outcome {
    let entry = activity(&call).await?;
    let from = owner::named(&call, "entityTypeId", "entityId").await?.subject();
    if !entry.is_at(from) {
        return Err(not_bound());
    }
    if entry.subjects().count() == 1 {
        return Err(Fault::coded(
            "LAST_BINDING_CANNOT_BE_DELETED",
            "The last binding of an activity cannot be deleted",
        ));
    }
    change(call, entry, EntryChange::Unbind { from }).await
}

async fn list(call: Call) -> Outcome {
    let entry = activity(&call).await?;
    let shop = call.shop();
    let bound = call.read(move |reads| Owner::all(&entry, reads, shop)).await?;
    let row = |owner: &Owner| json!({ "entityTypeId": owner.kind.number(), "entityId": owner.id });
    Ok(Answer::of(bound.iter().map(row).collect::<Value>()))
}

async fn move_to(call: Call) -> Outcome {
    let entry = activity(&call).await?;
    let [source_type, source_id, target_type, target_id] =
        ["sourceEntityTypeId", "sourceEntityId", "targetEntityTypeId", "targetEntityId"];
    for name in [source_type, source_id, target_type, target_id] {
        call.params.required_id(name)?;
    }
    let [source, target] = [(source_type, source_id), (target_type, target_id)]
        .map(|(kind, id)| Owner::read(call.params.value(kind).as_ref(), call.params.value(id).as_ref()));
    let (source, target) = source.zip(target).ok_or_else(owner::owner_not_found)?;
    if source.kind != target.kind {
        let why = "Source and target entity types are not equal";
        return Err(Fault::coded("SOURCE_AND_TARGET_ENTITY_TYPES_ARE_NOT_EQUAL_ERROR", why));
    }
    if source.id == target.id {
        let why = "Source and target entity ids are equal";
        return Err(Fault::coded("SOURCE_AND_TARGET_ENTITY_ID_ARE_EQUAL_ERROR", why));
    }
    if !target.is_known(&call).await? {
        return Err(owner::owner_not_found());
    }
    let (from, to) = (source.subject(), target.subject());
    if !entry.is_at(from) {
        return Err(not_bound());
    }
    if entry.is_at(to) {
        return Err(bound_already());
    }
    change(call, entry, EntryChange::Rebind { from, to }).await
}

async fn activity(call: &Call) -> Result<Entry, Fault> {
    let id = call.params.required_id("activityId")?;
    owner::entry(call, id, KINDS).await?.ok_or_else(owner::not_found)
}

async fn change(call: Call, entry: Entry, change: EntryChange) -> Outcome {
    call.execute(Command::ChangeEntry { entry: entry.id, change }).await?;
    Ok(Answer::of(true))
}

fn bound_already() -> Fault {
    Fault::coded("ACTIVITY_IS_ALREADY_BOUND", "Activity is already bound to this entity")
}

fn not_bound() -> Fault {
    Fault::coded("BINDING_NOT_FOUND", "Activity is not bound to this entity")
}
