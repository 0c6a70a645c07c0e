//! `rulewright:host/orders-write`.

use rulewright_domain::{Fields, OrderChange, OrderId, StageId};
use serde_json::Value;

use super::{Function, at_once, function, waiting};
use crate::{
    bindings::{errors::HostError, values::Attr},
    convert,
    refusal::{Refusal, invalid, other},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("orders-write.move-stage", |linker, name| at_once(linker, name, move_stage)),
    function("orders-write.set-fields", |linker, name| at_once(linker, name, set_fields)),
    function("orders-write.append-fields", |linker, name| at_once(linker, name, append_fields)),
    function("orders-write.add-tags", |linker, name| at_once(linker, name, add_tags)),
    function("orders-write.set-responsible", |linker, name| at_once(linker, name, set_responsible)),
    function("orders-write.cancel", |linker, name| at_once(linker, name, cancel)),
    function("orders-write.delete", |linker, name| {
        waiting(linker, name, |step, (id,): (String,)| Box::pin(delete(step, id)))
    }),
];

/// Bytes of a tag: a word or two.
const TAG: usize = 200;

fn order(id: &str) -> Result<OrderId, HostError> {
    convert::id("/id", id)
}

fn move_stage(step: &mut Step, (id, stage): (String, String)) -> Result<(), Refusal> {
    let (id, stage) = (order(&id)?, StageId(stage));
    // Of another order only the commit knows the pipeline.
    if step.is_own(id) && !step.stages.contains(&stage) {
        let known: Vec<&str> = step.stages.iter().map(|stage| stage.0.as_str()).collect();
        let known = known.join(", ");
        let message = format!("the order's pipeline has no stage `{stage}`; its stages are {known}");
        return Err(other("no-such-stage", message).into());
    }
    step.change(id, OrderChange::MoveStage { stage })
}

fn set_fields(step: &mut Step, (id, attrs): (String, Vec<Attr>)) -> Result<(), Refusal> {
    let fields: Fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    for own in ["title", "comments"] {
        if !matches!(fields.get(own), None | Some(Value::Null | Value::String(_))) {
            let path = format!("/fields/{own}");
            return Err(invalid(&path, "not-text", format!("`{own}` is a text")).into());
        }
    }
    step.change(order(&id)?, OrderChange::SetFields { fields })
}

fn append_fields(step: &mut Step, (id, attrs): (String, Vec<Attr>)) -> Result<(), Refusal> {
    let fields: Fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    if let Some(own) = ["title", "comments"].into_iter().find(|own| fields.contains_key(*own)) {
        let message = format!("`{own}` holds one text; nothing can be appended");
        return Err(invalid(&format!("/fields/{own}"), "not-a-list", message).into());
    }
    step.change(order(&id)?, OrderChange::AppendFields { fields })
}

fn add_tags(step: &mut Step, (id, tags): (String, Vec<String>)) -> Result<(), Refusal> {
    let odd = |tag: &&String| tag.is_empty() || tag.len() > TAG || tag.contains(char::is_control);
    if tags.iter().any(|tag| odd(&tag)) {
        let message = format!("a tag has 1 to {TAG} bytes and no control characters");
        return Err(invalid("/tags", "bad-tag", message).into());
    }
    step.change(order(&id)?, OrderChange::AddTags { tags: tags.into_iter().collect() })
}

fn set_responsible(step: &mut Step, (id, to): (String, String)) -> Result<(), Refusal> {
    let to = Some(convert::id("/to", &to)?);
    step.change(order(&id)?, OrderChange::SetResponsible { to })
}

fn cancel(step: &mut Step, (id, reason): (String, Option<String>)) -> Result<(), Refusal> {
    step.change(order(&id)?, OrderChange::Cancel { reason })
}

/// Checked at once, so that the rule can say that a paid order stays.
async fn delete(step: &mut Step, id: String) -> Result<(), Refusal> {
    step.checked_change(order(&id)?, OrderChange::Delete).await?;
    Ok(())
}
