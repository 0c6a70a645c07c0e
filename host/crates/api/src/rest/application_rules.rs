//! Rules that programs of others carry out, and triggers that they fire.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::Actor;
use rulewright_engine::Refusal;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{AutomationRead, AutomationWrite, EventsWrite},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{
        ApplicationAnswer, ApplicationRule, ApplicationRulePatch, ApplicationTrigger,
        ApplicationTriggerFired, ApplicationTriggerInput, NewApplicationRule, Receipt,
    },
};

/// Of what is registered here, and not by an application.
const OURS: &str = "";

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_application_rules, register_application_rule))
        .routes(routes!(change_application_rule, remove_application_rule))
        .routes(routes!(answer_application_rule))
        .routes(routes!(list_application_triggers))
        .routes(routes!(put_application_trigger, remove_application_trigger))
        .routes(routes!(fire_application_trigger))
}

/// List rules of applications
///
/// Of every application, on one page.
#[utoipa::path(
    get, path = "/v1/application-rules", tag = "applications",
    responses((status = 200, body = Page<ApplicationRule>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_application_rules(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<ApplicationRule>>, Problem> {
    let found = api.engine.application_rules(caller.shop(), None).await?;
    Ok(Json(Page { items: found.into_iter().map(Into::into).collect(), next: None }))
}

/// Register a rule of an application
///
/// It is in the catalogue from now on. Where it runs, its handler is posted the event by the convention of webhooks, signed with
/// the key of the webhook that it names; where the rule waits, it answers with the token.
#[utoipa::path(
    post, path = "/v1/application-rules", tag = "applications", request_body = NewApplicationRule,
    responses((status = 201, body = ApplicationRule), Problems), security(("bearer" = ["automation-write"]))
)]
async fn register_application_rule(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<NewApplicationRule>,
) -> Result<Response, Problem> {
    let made =
        api.by(&caller).engine.register_application_rule(asked(&caller, sent.key), sent.body.into()).await?;
    let place = format!("/v1/application-rules/{}", made.code);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(ApplicationRule::from(made))).into_response())
}

/// Change a rule of an application
///
/// One that was registered here. Where it stands on a stage, it is from now on as it is told here.
#[utoipa::path(
    patch, path = "/v1/application-rules/{code}", tag = "applications", request_body = ApplicationRulePatch,
    params(("code" = String, Path, example = "print-label")),
    responses((status = 200, body = ApplicationRule), Problems), security(("bearer" = ["automation-write"]))
)]
async fn change_application_rule(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
    sent: Sent<ApplicationRulePatch>,
) -> Result<Json<ApplicationRule>, Problem> {
    let changed =
        api.by(&caller).engine.change_application_rule(caller.shop(), OURS, &code, sent.body.into()).await;
    Ok(Json(changed.map_err(at(&code))?.into()))
}

/// Take back a rule of an application
///
/// One that was registered here. Where it stands on a stage, it stays there and fails.
#[utoipa::path(
    delete, path = "/v1/application-rules/{code}", tag = "applications",
    params(("code" = String, Path, example = "print-label")),
    responses((status = 204, description = "Taken back"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_application_rule(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.remove_application_rule(caller.shop(), OURS, &code).await.map_err(at(&code))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answer a rule
///
/// The run that waits for this token goes on with the values. A token that nothing waits for (any more) is refused.
#[utoipa::path(
    post, path = "/v1/application-answers", tag = "applications", request_body = ApplicationAnswer,
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn answer_application_rule(
    State(api): State<Api>,
    caller: EventsWrite,
    sent: Sent<ApplicationAnswer>,
) -> Result<Response, Problem> {
    let by = Actor::Outside { source: caller.name().to_owned() };
    let asked = asked(&caller, sent.key);
    let answered = api.engine.answer_application_rule(asked, by, sent.body.into()).await;
    let receipt = answered.map_err(|refusal| match refusal {
        // The caller may answer; what stands in the body is wrong.
        Refusal::Denied { code, message } => {
            Problem::unprocessable(code, message.clone()).fault("/token", code, message)
        }
        refusal => refusal.into(),
    })?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

/// List triggers of applications
///
/// Of every application, on one page.
#[utoipa::path(
    get, path = "/v1/application-triggers", tag = "applications",
    responses((status = 200, body = Page<ApplicationTrigger>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_application_triggers(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<ApplicationTrigger>>, Problem> {
    let found = api.engine.application_triggers(caller.shop(), None).await?;
    Ok(Json(Page { items: found.into_iter().map(Into::into).collect(), next: None }))
}

/// Register a trigger of an application
///
/// Or give it another name.
#[utoipa::path(
    put, path = "/v1/application-triggers/{code}", tag = "applications", request_body = ApplicationTriggerInput,
    params(("code" = String, Path, example = "parcel.weighed")),
    responses((status = 200, body = ApplicationTrigger), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_application_trigger(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
    sent: Sent<ApplicationTriggerInput>,
) -> Result<Json<ApplicationTrigger>, Problem> {
    let asked = asked(&caller, sent.key);
    let put = api.by(&caller).engine.put_application_trigger(asked, OURS, &code, &sent.body.name).await;
    Ok(Json(put.map_err(at(&code))?.into()))
}

/// Take back a trigger of an application
///
/// One that was registered here. Where it stands on a stage, nothing fires it any more.
#[utoipa::path(
    delete, path = "/v1/application-triggers/{code}", tag = "applications",
    params(("code" = String, Path, example = "parcel.weighed")),
    responses((status = 204, description = "Taken back"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_application_trigger(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.remove_application_trigger(caller.shop(), OURS, &code).await.map_err(at(&code))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fire a trigger
///
/// Says that it was fired for the order, not that the order moves: the trigger decides.
#[utoipa::path(
    post, path = "/v1/application-triggers/{code}/fire", tag = "applications",
    request_body = ApplicationTriggerFired,
    params(("code" = String, Path, example = "parcel.weighed")),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn fire_application_trigger(
    State(api): State<Api>,
    caller: EventsWrite,
    At(code): At<String>,
    sent: Sent<ApplicationTriggerFired>,
) -> Result<Response, Problem> {
    let by = Actor::Outside { source: caller.name().to_owned() };
    let asked = asked(&caller, sent.key);
    let order = sent.body.order;
    let fired = api.engine.fire_application_trigger(asked, by, OURS, &code, order).await;
    Ok(done(StatusCode::ACCEPTED, fired.map_err(at(&code))?))
}

fn at(code: &str) -> impl Fn(Refusal) -> Problem {
    move |refusal| Problem::refused(refusal, &[code])
}
