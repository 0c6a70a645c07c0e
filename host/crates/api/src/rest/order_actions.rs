//! What can be done to an order, each as one command.

use axum::{extract::State, http::StatusCode, response::Response};
use rulewright_domain::{Command, OrderChange, OrderId, PaymentId, ShipmentId};
use rulewright_ports::storage::order_or_template;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{Caller, OrdersWrite},
    etag::IfMatch,
    extract::{At, MaybeSent, Sent},
    key::RequestKey,
    problem::{Problem, Problems},
    state::Api,
    view::{Cancellation, MoveStage, NewPayment, NewShipment, Nothing, PaymentPatch, Receipt, ShipmentPatch},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(move_stage))
        .routes(routes!(add_payment))
        .routes(routes!(edit_payment, remove_payment))
        .routes(routes!(receive_payment))
        .routes(routes!(pay_order))
        .routes(routes!(add_shipment, edit_shipments))
        .routes(routes!(remove_shipment))
        .routes(routes!(approve_delivery))
        .routes(routes!(mark_shipped))
        .routes(routes!(cancel_order))
        .routes(routes!(restore_order))
}

/// What the path and the headers say about a change.
pub struct Target {
    id: OrderId,
    /// Of the payment or shipment that the path names.
    part: Option<String>,
    if_match: IfMatch,
    key: Option<RequestKey>,
}

impl Target {
    pub fn new(id: OrderId, if_match: IfMatch, key: Option<RequestKey>) -> Target {
        Target { id, part: None, if_match, key }
    }

    fn of(self, part: impl ToString) -> Target {
        Target { part: Some(part.to_string()), ..self }
    }
}

pub async fn change(
    api: &Api,
    caller: &Caller,
    target: Target,
    change: OrderChange,
) -> Result<Response, Problem> {
    let Target { id, part, if_match, key } = target;
    let shop = caller.shop();
    let current = api.read(move |reads| Ok(order_or_template(reads, shop, id)?.map(|order| order.revision)));
    let expected = if_match.expected(current).await?;
    let command = Command::ChangeOrder { id, expected, change };
    let receipt = api.execute(caller, key, command, &[&id.to_string(), &part.unwrap_or_default()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Move an order to a stage
///
/// Of its pipeline, or of another one. Rules of the stage start; those of the stage that it leaves are cancelled.
#[utoipa::path(
    post, path = "/v1/orders/{id}/stage", tag = "orders", request_body = MoveStage,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn move_stage(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: Sent<MoveStage>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, sent.body.into()).await
}

/// Add a payment
#[utoipa::path(
    post, path = "/v1/orders/{id}/payments", tag = "orders", request_body = NewPayment,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_payment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: Sent<NewPayment>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, sent.body.into_change()?).await
}

/// Change a payment
///
/// Its amount stays as it is while it is paid: `paid: false` in the same request takes it back first.
#[utoipa::path(
    patch, path = "/v1/orders/{id}/payments/{payment}", tag = "orders", request_body = PaymentPatch,
    params(("id" = String, Path, example = "ord_42"), ("payment" = String, Path, example = "pay_1"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn edit_payment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, payment)): At<(OrderId, PaymentId)>,
    if_match: IfMatch,
    sent: Sent<PaymentPatch>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key).of(payment);
    change(&api, &caller, target, sent.body.into_change(payment)?).await
}

/// Remove a payment
///
/// Refused once it has been received.
#[utoipa::path(
    delete, path = "/v1/orders/{id}/payments/{payment}", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("payment" = String, Path, example = "pay_1"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn remove_payment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, payment)): At<(OrderId, PaymentId)>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key).of(payment);
    change(&api, &caller, target, OrderChange::RemovePayment { payment }).await
}

/// Record that a payment was received
#[utoipa::path(
    post, path = "/v1/orders/{id}/payments/{payment}/pay", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("payment" = String, Path, example = "pay_1"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn receive_payment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, payment)): At<(OrderId, PaymentId)>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key).of(payment);
    change(&api, &caller, target, OrderChange::Pay { payment: Some(payment) }).await
}

/// Record that an order was paid in full
///
/// Pays every open payment, and adds one for what none covers.
#[utoipa::path(
    post, path = "/v1/orders/{id}/pay", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn pay_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::Pay { payment: None }).await
}

/// Add a shipment
#[utoipa::path(
    post, path = "/v1/orders/{id}/shipments", tag = "orders", request_body = Option<NewShipment>,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_shipment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<NewShipment>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, sent.body.into_change()?).await
}

/// Change one shipment or all
#[utoipa::path(
    patch, path = "/v1/orders/{id}/shipments", tag = "orders", request_body = ShipmentPatch,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn edit_shipments(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: Sent<ShipmentPatch>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, sent.body.into_change()?).await
}

/// Remove a shipment
///
/// Refused once it has been shipped.
#[utoipa::path(
    delete, path = "/v1/orders/{id}/shipments/{shipment}", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("shipment" = String, Path, example = "shp_1"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn remove_shipment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, shipment)): At<(OrderId, ShipmentId)>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key).of(shipment);
    change(&api, &caller, target, OrderChange::RemoveShipment { shipment }).await
}

/// Approve every shipment for delivery
#[utoipa::path(
    post, path = "/v1/orders/{id}/approve-delivery", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn approve_delivery(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::AllowDelivery).await
}

/// Record that every shipment has left
#[utoipa::path(
    post, path = "/v1/orders/{id}/ship", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn mark_shipped(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::MarkShipped).await
}

/// Cancel an order
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancel", tag = "orders", request_body = Option<Cancellation>,
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn cancel_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Cancellation>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::Cancel { reason: sent.body.reason }).await
}

/// Take a cancellation back
#[utoipa::path(
    post, path = "/v1/orders/{id}/restore", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn restore_order(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let target = Target::new(id, if_match, sent.key);
    change(&api, &caller, target, OrderChange::Restore).await
}
