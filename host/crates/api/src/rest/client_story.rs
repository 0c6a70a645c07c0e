//! What is written about a client: its own timeline, beside those of its orders.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{ClientId, EntryKind, Subject};
use rulewright_ports::storage::EntryQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{OrdersRead, OrdersWrite},
    extract::{Ask, At, Sent},
    page::{Page, PageQuery},
    problem::{Problem, Problems},
    state::Api,
    view::{Entry, NewComment, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_client_timeline, add_client_comment))
}

/// Read the timeline of a client
///
/// What is shown at the client itself; each order has its own.
#[utoipa::path(
    get, path = "/v1/clients/{id}/timeline", tag = "clients",
    params(("id" = String, Path, example = "cli_7"), PageQuery),
    responses((status = 200, body = Page<Entry>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_client_timeline(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<ClientId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Entry>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = EntryQuery { at: Some(Subject::Client(id)), kinds: EntryKind::TIMELINE.to_vec() };
    let found = api
        .read(move |reads| {
            let found = reads.entries(shop, &wanted, page)?;
            if found.is_empty() && reads.client(shop, id)?.is_none() {
                return Ok(None);
            }
            Ok(Some(found))
        })
        .await?;
    let found = found.ok_or_else(|| Problem::not_found("client", id))?;
    Ok(Json(window.page(found, |entry| entry.id.0, Entry::from)))
}

/// Comment on a client
#[utoipa::path(
    post, path = "/v1/clients/{id}/timeline", tag = "clients", request_body = NewComment,
    params(("id" = String, Path, example = "cli_7")),
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_client_comment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<ClientId>,
    sent: Sent<NewComment>,
) -> Result<Response, Problem> {
    let command = sent.body.into_command(Subject::Client(id))?;
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(StatusCode::CREATED, receipt))
}
