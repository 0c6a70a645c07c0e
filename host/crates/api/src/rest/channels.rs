//! What comes in from clients apart from chats: forms, visits and mails.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rulewright_domain::{Actor, Command};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{AutomationRead, AutomationWrite, Caller, EventsWrite, OrdersRead},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Form, FormInput, NewMail, NewSubmission, NewVisit, Receipt, VisitReceipt, Visitor},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_forms))
        .routes(routes!(put_form, remove_form))
        .routes(routes!(submit_form))
        .routes(routes!(receive_visit))
        .routes(routes!(get_visitor))
        .routes(routes!(receive_mail))
}

/// List forms
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/forms", tag = "channels",
    responses((status = 200, body = Page<Form>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_forms(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Page<Form>>, Problem> {
    let shop = caller.shop();
    let found = api.read(move |reads| reads.forms(shop)).await?;
    Ok(Json(Page { items: found.into_iter().map(Form::from).collect(), next: None }))
}

/// Create or replace a form
///
/// As soon as a shop has a form, submissions of others are refused.
#[utoipa::path(
    put, path = "/v1/forms/{name}", tag = "channels", request_body = FormInput,
    params(("name" = String, Path, example = "call-me")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_form(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<FormInput>,
) -> Result<StatusCode, Problem> {
    api.engine.put_form(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a form
#[utoipa::path(
    delete, path = "/v1/forms/{name}", tag = "channels",
    params(("name" = String, Path, example = "call-me")),
    responses((status = 204, description = "Removed"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_form(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.engine.remove_form(caller.shop(), name.clone()).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Report that a form was sent
///
/// Becomes `form.submitted`, or `callback.requested` where the form is one.
#[utoipa::path(
    post, path = "/v1/forms/{name}/submissions", tag = "channels", request_body = NewSubmission,
    params(("name" = String, Path, example = "call-me")),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn submit_form(
    State(api): State<Api>,
    caller: EventsWrite,
    At(name): At<String>,
    sent: Sent<NewSubmission>,
) -> Result<Response, Problem> {
    let command = Command::Ingest(sent.body.into_domain(name));
    let receipt = api.execute(&caller, sent.key, command, &[]).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

/// Report a visit
///
/// Of the shop: `visit.started`. Of the site: `visitor.returned`, where a visitor whom we knew before comes back after
/// half an hour or more.
#[utoipa::path(
    post, path = "/v1/visits", tag = "channels", request_body = NewVisit,
    responses((status = 202, body = VisitReceipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn receive_visit(
    State(api): State<Api>,
    caller: EventsWrite,
    sent: Sent<NewVisit>,
) -> Result<Response, Problem> {
    let new = sent.body.into();
    let receipt = api.engine.receive_visit(asked(&caller, sent.key), outside(&caller), new).await?;
    Ok((StatusCode::ACCEPTED, Json(VisitReceipt::from(receipt))).into_response())
}

/// Read about a visitor
#[utoipa::path(
    get, path = "/v1/visitors/{visitor}", tag = "channels",
    params(("visitor" = String, Path, example = "v-5f2c", description = "As in its visits")),
    responses((status = 200, body = Visitor), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_visitor(
    State(api): State<Api>,
    caller: OrdersRead,
    At(visitor): At<String>,
) -> Result<Json<Visitor>, Problem> {
    let (shop, wanted) = (caller.shop(), visitor.clone());
    let found = api.read(move |reads| reads.visitor(shop, &wanted)).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("visitor", visitor))?.into()))
}

/// Report a mail that came in
#[utoipa::path(
    post, path = "/v1/mails", tag = "channels", request_body = NewMail,
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn receive_mail(
    State(api): State<Api>,
    caller: EventsWrite,
    sent: Sent<NewMail>,
) -> Result<Response, Problem> {
    let new = sent.body.into();
    let receipt = api.engine.receive_mail(asked(&caller, sent.key), outside(&caller), new).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

fn outside(caller: &Caller) -> Actor {
    Actor::Outside { source: caller.name().to_owned() }
}
