use axum::{Json, extract::State};
use rulewright_domain::{MessageId, OrderId};
use rulewright_ports::storage::MessageQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::RunsRead,
    extract::{Ask, At},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::Delivery,
};

const STATES: [&str; 5] = ["pending", "sending", "sent", "dead", "cancelled"];

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_deliveries)).routes(routes!(get_delivery))
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
