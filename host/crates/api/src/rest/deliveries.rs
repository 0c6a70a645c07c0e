use axum::{Json, extract::State, http::StatusCode};
use rulewright_domain::{MessageId, OrderId};
use rulewright_ports::storage::MessageQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{RunsRead, RunsWrite},
    extract::{Ask, At, MaybeSent},
    key::asked,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Delivery, Nothing},
};

const STATES: [&str; 5] = ["pending", "sending", "sent", "dead", "cancelled"];

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_deliveries))
        .routes(routes!(get_delivery))
        .routes(routes!(retry_delivery))
}

list_query! {
    DeliveriesQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
        #[param(example = "sms")]
        channel: String,
        #[param(example = "dead")]
        state: String,
    }
}

/// List messages outward
#[utoipa::path(
    get, path = "/v1/deliveries", tag = "runs", params(DeliveriesQuery),
    responses((status = 200, body = Page<Delivery>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_deliveries(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<DeliveriesQuery>,
) -> Result<Json<Page<Delivery>>, Problem> {
    if let Some(state) = query.state.as_deref().filter(|state| !STATES.contains(state)) {
        let detail = format!("`{state}` is not the state of a message: {}", STATES.join(", "));
        return Err(Problem::bad_request("query", detail));
    }
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = MessageQuery { order: query.order, channel: query.channel, state: query.state };
    let found = api.read(move |reads| reads.messages(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |message| message.id.0, Delivery::from)))
}

/// Read a message outward
#[utoipa::path(
    get, path = "/v1/deliveries/{id}", tag = "runs", params(("id" = String, Path, example = "msg_4")),
    responses((status = 200, body = Delivery), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_delivery(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<MessageId>,
) -> Result<Json<Delivery>, Problem> {
    let shop = caller.shop();
    let message = api.read(move |reads| reads.message(shop, id)).await?;
    Ok(Json(message.ok_or_else(|| Problem::not_found("delivery", id))?.into()))
}

/// Send a message once more
///
/// One that was given up begins from the start, one that waits is tried at once, and a webhook also where it was taken
/// before. It keeps its key, so that a receiver knows what it has.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/retry", tag = "runs",
    request_body = Option<Nothing>, params(("id" = String, Path, example = "msg_4")),
    responses((status = 202, body = Delivery), Problems), security(("bearer" = ["runs-write"]))
)]
async fn retry_delivery(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<MessageId>,
    sent: MaybeSent<Nothing>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    let retried = api.engine.retry_delivery(asked(&caller, sent.key), id).await;
    let message = retried.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok((StatusCode::ACCEPTED, Json(message.into())))
}
