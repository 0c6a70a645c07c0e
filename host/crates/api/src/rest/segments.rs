//! Segments of clients, and messages to all of one.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::Command;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{done, shop::config};
use crate::{
    auth::{AutomationRead, AutomationWrite, OrdersRead, OrdersWrite},
    extract::{At, Sent},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{MailingInput, Receipt, Segment, SegmentInput, SegmentSize},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_segments))
        .routes(routes!(count_segment, put_segment, delete_segment))
        .routes(routes!(send_mailing))
}

/// List segments
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/segments", tag = "segments",
    responses((status = 200, body = Page<Segment>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_segments(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Segment>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(Page { items: config.segments.into_values().map(Segment::from).collect(), next: None }))
}

/// Count the clients of a segment
#[utoipa::path(
    get, path = "/v1/segments/{name}", tag = "segments", params(("name" = String, Path, example = "abroad")),
    responses((status = 200, body = SegmentSize), Problems), security(("bearer" = ["orders-read"]))
)]
async fn count_segment(
    State(api): State<Api>,
    caller: OrdersRead,
    At(name): At<String>,
) -> Result<Json<SegmentSize>, Problem> {
    let counted = api.engine.count_segment(caller.shop(), &name).await;
    let clients = counted.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(Json(SegmentSize { clients }))
}

/// Create or change a segment
#[utoipa::path(
    put, path = "/v1/segments/{name}", tag = "segments", request_body = SegmentInput,
    params(("name" = String, Path, example = "abroad")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_segment(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<SegmentInput>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.put_segment(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a segment
///
/// Its clients stay. Refused while a rule names it.
#[utoipa::path(
    delete, path = "/v1/segments/{name}", tag = "segments", params(("name" = String, Path, example = "abroad")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_segment(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_segment(caller.shop(), &name).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a message to a segment
///
/// Who unsubscribed from the channel is left out.
#[utoipa::path(
    post, path = "/v1/segments/{name}/mailings", tag = "segments", request_body = MailingInput,
    params(("name" = String, Path, example = "abroad")),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn send_mailing(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(name): At<String>,
    sent: Sent<MailingInput>,
) -> Result<Response, Problem> {
    if !config(&api, caller.shop()).await?.segments.contains_key(&name) {
        return Err(Problem::not_found("segment", name));
    }
    if sent.body.text.trim().is_empty() {
        return Err(Problem::mistake("/text", "empty", "a mailing has a text"));
    }
    let command = Command::SendMailing(sent.body.into_domain(name.clone()));
    let receipt = api.execute(&caller, sent.key, command, &[&name]).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}
