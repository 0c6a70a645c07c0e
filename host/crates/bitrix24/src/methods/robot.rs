//! `bizproc.robot.*` and `bizproc.event.send`: rules that applications carry out.

use axum::http::StatusCode;
use rulewright_domain::{ApplicationRule, EmployeeId};
use rulewright_engine::{ApplicationRuleChange, NewApplicationRule, Refusal, RuleAnswer};
use serde_json::Value;

use super::robot_form::{self, Spec, invalid};
use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    handler::FORM,
    method::{Method, method},
    params::Params,
    wire::node::Node,
};

pub(crate) const METHODS: &[Method] = &[
    method!("bizproc.event.send", "bizproc", answer),
    method!("bizproc.robot.add", "bizproc", add),
    method!("bizproc.robot.delete", "bizproc", delete),
    method!("bizproc.robot.list", "bizproc", list),
    method!("bizproc.robot.update", "bizproc", update),
];

async fn add(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let application = call.caller.application()?.key;
    if call.params.members().is_empty() {
        return Err(invalid("Empty data!"));
    }
    let code = code(&call)?;
    let locale = locale(&call).await?;
    let handler = robot_form::handler(call.params.text("HANDLER"))?;
    let spec = Spec::read(&call.params, &locale)?;
    let name = spec.name.filter(|name| !name.trim().is_empty());
    let user = call.params.integer("AUTH_USER_ID")?.filter(|user| *user > 0);
    let new = NewApplicationRule {
        owner,
        application: Some(application),
        employee: Some(user.map_or(call.caller.employee, EmployeeId)),
        code,
        name: name.ok_or_else(|| invalid("Empty activity NAME!"))?,
        description: spec.description.unwrap_or_default(),
        handler,
        form: FORM.to_owned(),
        properties: spec.properties.unwrap_or_default(),
        returns: spec.returns.unwrap_or_default(),
        waits: spec.waits.unwrap_or(true),
        kinds: robot_form::kinds(&spec.params),
        params: spec.params,
    };
    let engine = call.engine();
    engine.register_application_rule(call.asked(), new).await.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn update(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let code = code(&call)?;
    let known = found(&call, &owner, &code).await?;
    let fields = match call.params.node("FIELDS") {
        Some(Node::Map(members)) if !members.is_empty() => Params::new(members.clone()),
        _ => return Err(invalid("No fields to update")),
    };
    let locale = locale(&call).await?;
    let handler = match fields.has("HANDLER") {
        true => Some(robot_form::handler(fields.text("HANDLER"))?),
        false => None,
    };
    let spec = Spec::read(&fields, &locale)?;
    if handler.is_none() && spec.is_empty() {
        return Err(invalid("No fields to update"));
    }
    if spec.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(invalid("Empty activity NAME!"));
    }
    let mut params = known.params;
    params.extend(spec.params);
    let change = ApplicationRuleChange {
        name: spec.name,
        description: spec.description,
        handler,
        properties: spec.properties,
        returns: spec.returns,
        waits: spec.waits,
        kinds: Some(robot_form::kinds(&params)),
        params: Some(params),
    };
    let engine = call.engine();
    engine.change_application_rule(call.shop(), &owner, &code, change).await.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn delete(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let code = code(&call)?;
    found(&call, &owner, &code).await?;
    call.engine().remove_application_rule(call.shop(), &owner, &code).await.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn list(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let all = call.facade.engine().application_rules(call.shop(), Some(&owner)).await?;
    Ok(Answer::of(all.into_iter().map(|rule| Value::from(rule.code)).collect::<Vec<_>>()))
}

/// Webhooks may answer as well: whoever has the token was given it by the call.
async fn answer(call: Call) -> Outcome {
    let denied = || Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", "Access denied!");
    let token = call.params.text("EVENT_TOKEN").filter(|token| !token.is_empty()).ok_or_else(denied)?;
    let answer = RuleAnswer {
        token,
        values: call.params.maybe_map("RETURN_VALUES")?.unwrap_or_default(),
        log: call.params.text("LOG_MESSAGE").unwrap_or_default(),
        owner: call.caller.application.as_ref().map(|application| application.id.clone()),
    };
    let by = call.caller.actor();
    match call.facade.engine().answer_application_rule(call.asked(), by, answer).await {
        Ok(_) => Ok(Answer::of(true)),
        Err(Refusal::Denied { .. }) => Err(denied()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Only an application, on behalf of an administrator. Returns under what its rules are kept.
fn allowed(call: &Call) -> Result<String, Fault> {
    let denied = |sentence: &str| Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", sentence);
    let Ok(application) = call.caller.application() else {
        return Err(denied("Application context required"));
    };
    match call.caller.admin {
        true => Ok(application.id.clone()),
        false => Err(denied("Access denied!")),
    }
}

fn code(call: &Call) -> Result<String, Fault> {
    let code = call.params.text("CODE").filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| invalid("Empty activity code!"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match code.chars().all(plain) && code.len() <= 128 {
        true => Ok(code),
        false => Err(invalid("Wrong activity code!")),
    }
}

async fn found(call: &Call, owner: &str, code: &str) -> Result<ApplicationRule, Fault> {
    let all = call.facade.engine().application_rules(call.shop(), Some(owner)).await?;
    all.into_iter().find(|rule| rule.code == code).ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::coded("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
}

async fn locale(call: &Call) -> Result<String, Fault> {
    Ok(call.config().await?.shop.locale.clone())
}

fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Conflict { message } if message.contains("registered already") => {
            let sentence = "Activity or Automation rule already installed!";
            Fault::coded("ERROR_ACTIVITY_ALREADY_INSTALLED", sentence)
        }
        Refusal::Conflict { message } => {
            Fault::coded("ERROR_ACTIVITY_ADD_FAILURE", format!("Activity save error! {message}"))
        }
        Refusal::NotFound { .. } => not_found(),
        Refusal::Invalid(issues) => match issues.first() {
            Some(first) if first.path == "/handler" => {
                let sentence = format!("Wrong handler URL: {}", first.message);
                Fault::coded("ERROR_WRONG_HANDLER_URL", sentence)
            }
            Some(first) => {
                let path = first.path.trim_start_matches('/');
                invalid(&format!("{path}: {}", first.message))
            }
            None => Fault::system(System::Internal),
        },
        refusal => refusal.into(),
    }
}
