use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_domain::{ClientId, Command, OrderChange, OrderId, PipelineId, StageId};
use rulewright_ports::storage::{OrderQuery, order_or_template};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    created,
    order_actions::{Target, change},
};
use crate::{
    auth::{OrdersRead, OrdersWrite},
    etag::{IfMatch, etag, has_already},
    extract::{Ask, At, MaybeSent, Sent},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{NewOrder, Nothing, Order, OrderPatch, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_orders, create_order)).routes(routes!(
        get_order,
        change_order,
        delete_order
    ))
}

list_query! {
    OrdersQuery {
        pipeline: String,
        /// Of the pipeline.
        stage: String,
        /// Company or contact.
        #[param(value_type = Option<String>)]
        client: ClientId,
        number: String,
    }
}

/// List orders
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders", params(OrdersQuery),
    responses((status = 200, body = Page<Order>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_orders(
    State(api): State<Api>,
    caller: OrdersRead,
    Ask(query): Ask<OrdersQuery>,
) -> Result<Json<Page<Order>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let wanted = OrderQuery {
        pipeline: query.pipeline.map(PipelineId),
        stage: query.stage.map(StageId),
        client: query.client,
        number: query.number,
    };
    let page = window.page;
    let found = api.read(move |reads| reads.orders(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |order| order.id.0, Order::from)))
}

/// Create an order
///
/// Rules of its stage start at once, unless it is `historical`.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders", request_body = NewOrder,
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn create_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    sent: Sent<NewOrder>,
) -> Result<Response, Problem> {
    let command = Command::CreateOrder(sent.body.into_domain()?);
    let receipt = api.execute(&caller, sent.key, command, &[]).await?;
    let path = receipt.order.map(|id| format!("/v1/orders/{id}")).unwrap_or_default();
    Ok(created(path, receipt))
}

/// Read an order
///
/// Its ETag is its revision: send it back as If-Match, or as If-None-Match to hear of changes only.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-None-Match" = Option<String>, Header, example = "\"3\"")),
    responses((status = 200, body = Order, headers(("ETag" = String, description = "Its revision"))), (status = 304, description = "It is still at that revision"), Problems),
    security(("bearer" = ["orders-read"]))
)]
async fn get_order(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<OrderId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shop = caller.shop();
    let order = api.read(move |reads| order_or_template(reads, shop, id)).await?;
    let order = order.ok_or_else(|| Problem::not_found("order", id))?;
    let tag = etag(order.revision);
    if has_already(&headers, order.revision) {
        return Ok((StatusCode::NOT_MODIFIED, [tag]).into_response());
    }
    Ok(([tag], Json(Order::from(Arc::unwrap_or_clone(order)))).into_response())
}

/// Change an order
///
/// Everything that the body names, as one revision, or nothing. Rules of a stage that it comes to start.
#[utoipa::path(
    patch, path = "/v1/orders/{id}", tag = "orders", request_body = OrderPatch,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn change_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: Sent<OrderPatch>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, sent.body.into_change()?).await
}

/// Delete an order
///
/// Refused once something has been paid.
#[utoipa::path(
    delete, path = "/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::Delete).await
}
