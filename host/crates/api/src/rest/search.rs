//! Lists by any field, sorted by any.

use axum::{Json, extract::State};
use rulewright_domain::find::Kind::{Flag, Moment, Number, Text};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{OrdersRead, RunsRead},
    extract::MaybeSent,
    problem::{Problem, Problems},
    state::Api,
    view::{Client, Entry, Event, Found, Order, Search, Searched},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_orders))
        .routes(routes!(search_clients))
        .routes(routes!(search_entries))
        .routes(routes!(search_events))
}

const ORDERS: Searched = Searched {
    fields: &[
        ("id", "id", Number),
        ("revision", "revision", Number),
        ("kind", "kind", Text),
        ("number", "number", Text),
        ("title", "title", Text),
        ("pipeline", "pipeline", Text),
        ("stage", "stage", Text),
        ("created", "created", Moment),
        ("updated", "updated", Moment),
        ("moved", "moved", Moment),
        ("created_by", "created_by", Number),
        ("updated_by", "updated_by", Number),
        ("moved_by", "moved_by", Number),
        ("total.amount", "total.amount", Number),
        ("total.currency", "total.currency", Text),
        ("paid.amount", "paid.amount", Number),
        ("canceled", "canceled", Flag),
        ("responsible", "responsible", Number),
        ("company", "company", Number),
        ("contacts", "contacts", Number),
        ("source", "source", Text),
        ("comments", "comments", Text),
        ("tags", "tags", Text),
        ("payments.amount", "payments.amount.amount", Number),
        ("payments.paid", "payments.paid", Flag),
        ("payments.paid_at", "payments.paid_at", Moment),
        ("payments.system", "payments.system", Text),
        ("shipments.allowed", "shipments.allowed", Flag),
        ("shipments.shipped", "shipments.shipped", Flag),
        ("shipments.status", "shipments.status", Text),
        ("shipments.tracking_number", "shipments.tracking_number", Text),
        ("shipments.service", "shipments.service", Text),
        ("shipments.date", "shipments.date", Moment),
        ("shipments.responsible", "shipments.responsible", Number),
    ],
    own: &["fields"],
};

const CLIENTS: Searched = Searched {
    fields: &[
        ("id", "id", Number),
        ("kind", "kind", Text),
        ("name", "name", Text),
        ("given_name", "names.given", Text),
        ("middle_name", "names.middle", Text),
        ("family_name", "names.family", Text),
        ("phones", "phones.value", Text),
        ("emails", "emails.value", Text),
        ("websites", "websites.value", Text),
        ("messengers", "messengers.value", Text),
        ("links", "links.value", Text),
        ("companies", "companies.company", Number),
        ("responsible", "responsible", Number),
        ("locale", "locale", Text),
        ("time_zone", "time_zone", Text),
        ("unsubscribed", "unsubscribed", Text),
        ("created", "created", Moment),
        ("created_by", "created_by", Number),
        ("updated", "updated", Moment),
        ("updated_by", "updated_by", Number),
    ],
    own: &["fields"],
};

const ENTRIES: Searched = Searched {
    fields: &[
        ("id", "id", Number),
        ("order", "order", Number),
        ("client", "client", Number),
        ("kind", "kind", Text),
        ("at", "at", Moment),
        ("text", "text", Text),
        ("note.text", "note.text", Text),
        ("changed", "changed", Moment),
    ],
    own: &["details"],
};

const EVENTS: Searched = Searched {
    fields: &[
        ("id", "id", Number),
        ("at", "at", Moment),
        ("kind", "kind", Text),
        ("order", "order", Number),
        ("client", "client", Number),
        ("correlation", "correlation", Text),
    ],
    own: &["attrs"],
};

/// Search orders
///
/// By any field, sorted by any. Lines are not searched.
#[utoipa::path(
    post, path = "/v1/orders/search", tag = "orders", request_body = Option<Search>,
    responses((status = 200, body = Found<Order>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn search_orders(
    State(api): State<Api>,
    caller: OrdersRead,
    sent: MaybeSent<Search>,
) -> Result<Json<Found<Order>>, Problem> {
    let (shop, wanted) = (caller.shop(), sent.body.of(&ORDERS)?);
    let find = wanted.find.clone();
    let found = api.read(move |reads| reads.find_orders(shop, None, &find)).await?;
    Ok(Json(wanted.page(found, |order| order.id.0, Order::from)))
}

/// Search clients
///
/// By any field, sorted by any; `phones`, `emails` and the other points by their values.
#[utoipa::path(
    post, path = "/v1/clients/search", tag = "clients", request_body = Option<Search>,
    responses((status = 200, body = Found<Client>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn search_clients(
    State(api): State<Api>,
    caller: OrdersRead,
    sent: MaybeSent<Search>,
) -> Result<Json<Found<Client>>, Problem> {
    let (shop, wanted) = (caller.shop(), sent.body.of(&CLIENTS)?);
    let find = wanted.find.clone();
    let found = api.read(move |reads| reads.find_clients(shop, None, &find)).await?;
    Ok(Json(wanted.page(found, |client| client.id.0, Client::from)))
}

/// Search entries
///
/// Comments, tasks, activities and the rest, by any field, sorted by any.
#[utoipa::path(
    post, path = "/v1/entries/search", tag = "orders", request_body = Option<Search>,
    responses((status = 200, body = Found<Entry>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn search_entries(
    State(api): State<Api>,
    caller: OrdersRead,
    sent: MaybeSent<Search>,
) -> Result<Json<Found<Entry>>, Problem> {
    let (shop, wanted) = (caller.shop(), sent.body.of(&ENTRIES)?);
    let find = wanted.find.clone();
    let found = api.read(move |reads| reads.find_entries(shop, &[], &find)).await?;
    Ok(Json(wanted.page(found, |entry| entry.id.0, Entry::from)))
}

/// Search events
///
/// By any field but their payload, sorted by any.
#[utoipa::path(
    post, path = "/v1/events/search", tag = "events", request_body = Option<Search>,
    responses((status = 200, body = Found<Event>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn search_events(
    State(api): State<Api>,
    caller: RunsRead,
    sent: MaybeSent<Search>,
) -> Result<Json<Found<Event>>, Problem> {
    let (shop, wanted) = (caller.shop(), sent.body.of(&EVENTS)?);
    let find = wanted.find.clone();
    let found = api.read(move |reads| reads.find_events(shop, &[], &find)).await?;
    Ok(Json(wanted.page(found, |event| event.id.0, Event::from)))
}
