//! Handlers of an application: which address is told of what.

use rulewright_domain::{ApplicationId, EmployeeId, Subscription, SubscriptionId};
use rulewright_engine::{NewWebhook, Refusal};
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    event::{ALL, Known, named},
    fault::Fault,
    handler::FORM,
    method::{BASIC, Method, method},
};

pub(crate) const METHODS: &[Method] = &[
    method!("events", BASIC, events),
    method!("event.bind", BASIC, bind),
    method!("event.unbind", BASIC, unbind),
    method!("event.get", BASIC, get),
];

/// Those that this application may be told of; `FULL`: all, `SCOPE`: those of one area.
async fn events(call: Call) -> Outcome {
    call.caller.application()?;
    let full = call.params.flag("full")?.unwrap_or(false);
    let scope = call.params.text("scope");
    let shown = |known: &&Known| match &scope {
        Some(scope) => known.scope.eq_ignore_ascii_case(scope),
        None => full || may(&call, known),
    };
    Ok(Answer::of(ALL.iter().filter(shown).map(|known| known.code).collect::<Vec<_>>()))
}

fn may(call: &Call, known: &Known) -> bool {
    known.scope.is_empty() || call.caller.may(known.scope)
}

/// What a handler is known by.
struct Handler {
    event: &'static Known,
    /// As whom it acts; 0: whoever caused the event. None: not said.
    user: Option<i64>,
    offline: bool,
    connector: Option<String>,
}

impl Handler {
    fn read(call: &Call, verb: &str) -> Result<Handler, Fault> {
        let event = named(&call.params.required_text("event")?).filter(|known| may(call, known));
        let event = event.ok_or_else(|| Fault::coded("ERROR_EVENT_NOT_FOUND", "Event not found"))?;
        let offline = match call.params.text("event_type").as_deref().map(str::to_ascii_lowercase).as_deref()
        {
            None | Some("" | "online") => false,
            Some("offline") => true,
            Some(_) => {
                return Err(Fault::coded(
                    "INVALID_ARG_VALUE",
                    "Invalid value of parameter 'event_type': expected online or offline",
                ));
            }
        };
        let denied = |what: &str| {
            let description = format!("Access denied! {what} requires administrator access rights");
            Err(Fault::new(axum::http::StatusCode::FORBIDDEN, "ACCESS_DENIED", description))
        };
        let (admin, own) = (call.caller.admin, call.caller.employee.0);
        if offline && !admin {
            return denied(&format!("Offline events {verb}"));
        }
        let user = call.params.integer("auth_type")?;
        if !admin && user.is_some_and(|user| user != own && user != 0) {
            return denied(&format!("Event {verb} with AUTH_TYPE"));
        }
        // Who is no administrator is told in their own name only.
        let user = if admin { user } else { Some(own) };
        Ok(Handler { event, user, offline, connector: call.params.text("auth_connector") })
    }
}

async fn bind(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let Handler { event, user, offline, connector } = Handler::read(&call, "binding")?;
    let user = user.unwrap_or(0);
    if user != 0 && !call.config().await?.employees.contains_key(&EmployeeId(user)) {
        let description = format!("Invalid value of parameter 'auth_type': there is no user {user}");
        return Err(Fault::coded("INVALID_ARG_VALUE", description));
    }
    let url = if offline { String::new() } else { call.params.required_text("handler")? };
    let mut params =
        Map::from_iter([("event".to_owned(), event.code.into()), ("user".to_owned(), user.into())]);
    params.extend(connector.filter(|_| offline).map(|name| ("connector".to_owned(), name.into())));
    let new = NewWebhook {
        url,
        kinds: event.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        pipeline: None,
        description: String::new(),
        active: true,
        form: FORM.to_owned(),
        params,
        application: Some(application),
        pull: offline,
    };
    match call.engine().create_webhook(call.asked(), new).await {
        Ok(_) => Ok(Answer::of(true)),
        Err(Refusal::Conflict { message }) => {
            Err(Fault::coded("ERROR_CORE", format!("Unable to set event handler: {message}")))
        }
        // The only thing that a caller writes of it is the address.
        Err(Refusal::Invalid(issues)) => {
            let message = issues.into_iter().next().map(|issue| issue.message).unwrap_or_default();
            Err(Fault::coded("INVALID_ARG_VALUE", format!("Invalid value of parameter 'handler': {message}")))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// Those that fit whatever is said; how many.
async fn unbind(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let Handler { event, user, offline, connector } = Handler::read(&call, "unbinding")?;
    let url = match offline {
        true => call.params.text("handler").filter(|url| !url.is_empty()),
        false => Some(call.params.required_text("handler")?),
    };
    let goes = |known: &Subscription| {
        of_handler(known, "event").and_then(Value::as_str) == Some(event.code)
            && known.pull == offline
            && (offline || url.as_ref().is_none_or(|url| *url == known.url))
            && user.is_none_or(|user| of_handler(known, "user").and_then(Value::as_i64) == Some(user))
            && connector
                .as_deref()
                .is_none_or(|name| of_handler(known, "connector").and_then(Value::as_str) == Some(name))
    };
    let its = its(&call, application).await?;
    let ids: Vec<SubscriptionId> = its.iter().filter(|known| goes(known)).map(|known| known.id).collect();
    let count = call.engine().remove_webhooks(call.shop(), ids).await?;
    Ok(Answer::of(json!({ "count": count })))
}

async fn get(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let its = its(&call, application).await?;
    let shown = its.iter().map(|known| {
        let event = of_handler(known, "event").cloned().unwrap_or_default();
        match known.pull {
            true => json!({
                "event": event,
                "connector_id": of_handler(known, "connector").and_then(Value::as_str).unwrap_or_default(),
                "offline": 1,
            }),
            false => {
                let user = of_handler(known, "user").and_then(Value::as_i64).unwrap_or(0);
                json!({ "event": event, "handler": known.url, "auth_type": user.to_string(), "offline": 0 })
            }
        }
    });
    Ok(Answer::of(shown.collect::<Vec<_>>()))
}

fn of_handler<'s>(subscription: &'s Subscription, name: &str) -> Option<&'s Value> {
    subscription.params.get(name)
}

/// Those that it has bound, and not the one that it is told of its installation by.
async fn its(call: &Call, application: ApplicationId) -> Result<Vec<Subscription>, Fault> {
    let all = call.facade.engine().webhooks(call.shop()).await?;
    let bound =
        |known: &Subscription| known.application == Some(application) && known.params.contains_key("event");
    Ok(all.into_iter().map(|one| one.subscription).filter(bound).collect())
}
