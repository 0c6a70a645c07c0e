//! `crm.automation.trigger*`: the shop's webhook called for an order, and triggers that applications fire.

use axum::http::StatusCode;
use rulewright_domain::{Command, NewEvent, OrderId, OrderKind, kind};
use rulewright_engine::Refusal;
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    document,
    fault::Fault,
    method::{Method, method},
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.automation.trigger", "crm", call_hook),
    method!("crm.automation.trigger.add", "crm", add),
    method!("crm.automation.trigger.delete", "crm", delete),
    method!("crm.automation.trigger.execute", "crm", execute),
    method!("crm.automation.trigger.list", "crm", list),
];

async fn call_hook(call: Call) -> Outcome {
    let target = call.params.text("target").filter(|target| !target.trim().is_empty());
    let target = target.ok_or_else(|| Fault::classic("Target is not set."))?;
    let target = target.trim().to_ascii_uppercase();
    let Some((kind, order)) = document::target(&target) else {
        let (name, id) = target.rsplit_once('_').unwrap_or((&target, ""));
        let formed = !name.is_empty() && id.parse::<u64>().is_ok_and(|id| id > 0);
        let sentence = if formed { "Target is not found." } else { "Incorrect target format." };
        return Err(Fault::classic(sentence));
    };
    must_be_there(&call, kind, order).await?.ok_or_else(|| Fault::classic("Target is not found."))?;
    let code = call.params.text("code").unwrap_or_default();
    let event = NewEvent { order: Some(order), ..NewEvent::new(kind::WEBHOOK_RECEIVED) }.attr("code", code);
    let key = call.asked().key;
    match call.attempt(key, Command::Ingest(event)).await {
        Ok(_) => Ok(Answer::of(true)),
        // Nothing waits for this code. The contract knows no error for that.
        Err(Refusal::Denied { code, .. }) => Ok(Answer::of(true).warning(code)),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn add(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let code = code(&call)?;
    let name = call.params.text("NAME").unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Fault::classic("Empty trigger name!"));
    }
    let engine = call.engine();
    engine.put_application_trigger(call.asked(), &owner, &code, name.trim()).await?;
    Ok(Answer::of(true))
}

async fn delete(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let code = code(&call)?;
    let removed = call.engine().remove_application_trigger(call.shop(), &owner, &code).await;
    match removed {
        Ok(()) => Ok(Answer::of(true)),
        Err(Refusal::NotFound { .. }) => Err(Fault::classic("Trigger not found")),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn execute(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let code = code(&call)?;
    let engine = call.facade.engine();
    let registered = engine.application_triggers(call.shop(), Some(&owner)).await?;
    if !registered.iter().any(|trigger| trigger.code == code) {
        return Err(not_registered(&code));
    }
    let wrong_type = || Fault::classic("Incorrect parameter OWNER_TYPE_ID.");
    let wrong_id = || Fault::classic("Incorrect parameter OWNER_ID.");
    let kind = match call.params.integer("OWNER_TYPE_ID").ok().flatten() {
        Some(2) => OrderKind::Deal,
        Some(14) => OrderKind::Order,
        _ => return Err(wrong_type()),
    };
    let order = call.params.integer("OWNER_ID").ok().flatten().filter(|id| *id > 0).ok_or_else(wrong_id)?;
    let order = must_be_there(&call, kind, OrderId(order)).await?.ok_or_else(wrong_id)?;
    let fired =
        engine.fire_application_trigger(call.asked(), call.caller.actor(), &owner, &code, order).await;
    match fired {
        Ok(_) => Ok(Answer::of(true)),
        Err(Refusal::NotFound { .. }) => Err(not_registered(&code)),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn list(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let all = call.facade.engine().application_triggers(call.shop(), Some(&owner)).await?;
    let row = |trigger: rulewright_domain::ApplicationTrigger| json!({ "NAME": trigger.name, "CODE": trigger.code });
    Ok(Answer::of(all.into_iter().map(row).collect::<Vec<Value>>()))
}

/// None: there is no such order of this kind.
async fn must_be_there(call: &Call, kind: OrderKind, id: OrderId) -> Result<Option<OrderId>, Fault> {
    let shop = call.shop();
    let found = call.read(move |reads| Ok(reads.order(shop, id)?)).await?;
    Ok(found.filter(|order| order.kind == kind).map(|_| id))
}

/// Only an application, on behalf of an administrator. Returns under what its triggers are kept.
fn allowed(call: &Call) -> Result<String, Fault> {
    let owner = call.caller.application()?.id.clone();
    if !call.caller.admin {
        let sentence = "Access denied! Admin permissions required";
        return Err(Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", sentence));
    }
    Ok(owner)
}

fn code(call: &Call) -> Result<String, Fault> {
    let code = call.params.text("CODE").filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Fault::classic("Empty trigger code!"))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    match code.chars().all(plain) && code.len() <= 128 {
        true => Ok(code),
        false => Err(Fault::classic("Wrong trigger code!")),
    }
}

fn not_registered(code: &str) -> Fault {
    Fault::classic(format!("Trigger with code {code} is not registered."))
}
