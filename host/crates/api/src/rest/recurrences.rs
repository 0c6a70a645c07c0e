//! Orders that come again and again.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{Recurrence as Domain, RecurrenceId};
use rulewright_ports::storage::Records;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::fields::actor;
use crate::{
    auth::{Caller, OrdersRead, OrdersWrite},
    extract::{Ask, At, MaybeSent, Sent},
    key::asked,
    page::{Page, PageQuery},
    problem::{Problem, Problems},
    state::Api,
    view::{Exposed, NewRecurrence, Nothing, Recurrence, RecurrencePatch},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_recurrences, add_recurrence))
        .routes(routes!(get_recurrence, change_recurrence, delete_recurrence))
        .routes(routes!(expose_recurrence))
}

async fn recurrence(api: &Api, caller: &Caller, id: RecurrenceId) -> Result<Domain, Problem> {
    let shop = caller.shop();
    let found = api.read(move |reads| reads.record::<Domain>(shop, id.0)).await?;
    found.ok_or_else(|| Problem::not_found("recurrence", id))
}

/// List recurring orders
#[utoipa::path(
    get, path = "/v1/recurrences", tag = "automation", params(PageQuery),
    responses((status = 200, body = Page<Recurrence>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_recurrences(
    State(api): State<Api>,
    caller: OrdersRead,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Recurrence>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = api.read(move |reads| reads.records::<Domain>(shop, None, page)).await?;
    Ok(Json(window.page(found, |recurrence| recurrence.id.0, Recurrence::from)))
}

/// Let an order come again and again
///
/// It is copied into a template: its lines, clients, fields, tags and texts, and nothing that has happened to it. At the
/// beginning of each day on which it comes a new order is made of the template, whose rules start as those of any other.
/// Where the server was down, one order is made, however many days have passed.
#[utoipa::path(
    post, path = "/v1/recurrences", tag = "automation", request_body = NewRecurrence,
    responses((status = 201, body = Recurrence), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_recurrence(
    State(api): State<Api>,
    caller: OrdersWrite,
    sent: Sent<NewRecurrence>,
) -> Result<Response, Problem> {
    let new = sent.body.into_domain()?;
    let added = api.engine.add_recurrence(asked(&caller, sent.key), actor(&caller), new).await;
    let id = added.map_err(|refusal| Problem::refused(refusal, &[]))?;
    let made = Recurrence::from(recurrence(&api, &caller, id).await?);
    let place = format!("/v1/recurrences/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(made)).into_response())
}

/// Read a recurring order
#[utoipa::path(
    get, path = "/v1/recurrences/{id}", tag = "automation", params(("id" = String, Path, example = "rec_5")),
    responses((status = 200, body = Recurrence), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_recurrence(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<RecurrenceId>,
) -> Result<Json<Recurrence>, Problem> {
    Ok(Json(recurrence(&api, &caller, id).await?.into()))
}

/// Change a recurring order
///
/// When it comes next is counted from now.
#[utoipa::path(
    patch, path = "/v1/recurrences/{id}", tag = "automation", request_body = RecurrencePatch,
    params(("id" = String, Path, example = "rec_5")),
    responses((status = 200, body = Recurrence), Problems), security(("bearer" = ["orders-write"]))
)]
async fn change_recurrence(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<RecurrenceId>,
    sent: Sent<RecurrencePatch>,
) -> Result<Json<Recurrence>, Problem> {
    sent.body.check()?;
    let patch = move |recurrence: &mut Domain| {
        sent.body.apply(recurrence);
        Ok(())
    };
    let changed = api.engine.change_recurrence(asked(&caller, sent.key), actor(&caller), id, patch).await;
    changed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(Json(recurrence(&api, &caller, id).await?.into()))
}

/// Delete a recurring order
///
/// With its template. Orders that were made of it stay.
#[utoipa::path(
    delete, path = "/v1/recurrences/{id}", tag = "automation", params(("id" = String, Path, example = "rec_5")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_recurrence(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<RecurrenceId>,
) -> Result<StatusCode, Problem> {
    let removed = api.engine.remove_recurrence(caller.shop(), actor(&caller), id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make an order of it now
///
/// Whether it is active or not. It counts, and the next one comes when it would have come anyway.
#[utoipa::path(
    post, path = "/v1/recurrences/{id}/expose", tag = "automation", request_body = Nothing,
    params(("id" = String, Path, example = "rec_5")),
    responses((status = 201, body = Exposed), Problems), security(("bearer" = ["orders-write"]))
)]
async fn expose_recurrence(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<RecurrenceId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let exposed = api.engine.expose_recurrence(asked(&caller, sent.key), actor(&caller), id).await;
    let order = exposed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    let place = format!("/v1/orders/{order}");
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(Exposed { order })).into_response())
}
