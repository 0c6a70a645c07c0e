//! What is known about an order: its timeline, history, events, runs and documents.

use axum::{Json, extract::State, response::Response};
use rulewright_domain::{EntryKind, OrderId, ShopId, Subject};
use rulewright_ports::{
    Reads, StorageError,
    storage::{EntryQuery, EventQuery, RunQuery},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{OrdersRead, OrdersWrite, RunsRead},
    extract::{Ask, At, Sent},
    page::{Page, PageQuery},
    problem::{Problem, Problems},
    state::Api,
    view::{Document, Entry, Event, NewComment, Receipt, Run},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_timeline, add_comment))
        .routes(routes!(list_history))
        .routes(routes!(list_order_events))
        .routes(routes!(list_order_runs))
        .routes(routes!(list_order_documents))
}

/// Read the timeline of an order
#[utoipa::path(
    get, path = "/v1/orders/{id}/timeline", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), PageQuery),
    responses((status = 200, body = Page<Entry>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_timeline(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<OrderId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Entry>>, Problem> {
    entries(api, caller.shop(), id, EntryKind::TIMELINE, query).await
}

/// Comment on an order
#[utoipa::path(
    post, path = "/v1/orders/{id}/timeline", tag = "orders", request_body = NewComment,
    params(("id" = String, Path, example = "ord_42")),
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_comment(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<OrderId>,
    sent: Sent<NewComment>,
) -> Result<Response, Problem> {
    let command = sent.body.into_command(Subject::Order(id))?;
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(axum::http::StatusCode::CREATED, receipt))
}

/// Read the history of an order
#[utoipa::path(
    get, path = "/v1/orders/{id}/history", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), PageQuery),
    responses((status = 200, body = Page<Entry>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_history(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<OrderId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Entry>>, Problem> {
    entries(api, caller.shop(), id, &[EntryKind::History], query).await
}

/// List the events of an order
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), PageQuery),
    responses((status = 200, body = Page<Event>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_order_events(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<OrderId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Event>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = EventQuery { order: Some(id), ..EventQuery::default() };
    let found = of_order(&api, shop, id, move |reads| reads.events(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |event| event.id.0, Event::from)))
}

/// List the runs of an order
#[utoipa::path(
    get, path = "/v1/orders/{id}/runs", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), PageQuery),
    responses((status = 200, body = Page<Run>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_order_runs(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<OrderId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Run>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = RunQuery { order: Some(id), ..RunQuery::default() };
    let found = of_order(&api, shop, id, move |reads| reads.runs(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |run| run.id.0, Run::from)))
}

/// List the documents of an order
#[utoipa::path(
    get, path = "/v1/orders/{id}/documents", tag = "orders",
    params(("id" = String, Path, example = "ord_42"), PageQuery),
    responses((status = 200, body = Page<Document>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_order_documents(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<OrderId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Document>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = of_order(&api, shop, id, move |reads| reads.documents(shop, Some(id), page)).await?;
    Ok(Json(window.page(found, |document| document.id.0, Document::from)))
}

async fn entries(
    api: Api,
    shop: ShopId,
    id: OrderId,
    kinds: &[EntryKind],
    query: PageQuery,
) -> Result<Json<Page<Entry>>, Problem> {
    let window = query.window()?;
    let page = window.page;
    let wanted = EntryQuery { at: Some(Subject::Order(id)), kinds: kinds.to_vec() };
    let found = of_order(&api, shop, id, move |reads| reads.entries(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |entry| entry.id.0, Entry::from)))
}

/// An empty list of an order that never was is a mistake of the caller. A deleted order keeps its events and runs; what
/// was written about it is gone with it.
async fn of_order<T: Send + 'static>(
    api: &Api,
    shop: ShopId,
    id: OrderId,
    list: impl FnOnce(&mut dyn Reads) -> Result<Vec<T>, StorageError> + Send + 'static,
) -> Result<Vec<T>, Problem> {
    let found = api
        .read(move |reads| {
            let found = list(reads)?;
            if found.is_empty() && reads.order(shop, id)?.is_none() {
                return Ok(None);
            }
            Ok(Some(found))
        })
        .await?;
    found.ok_or_else(|| Problem::not_found("order", id))
}
