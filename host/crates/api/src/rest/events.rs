use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{Command, EventId, OrderId};
use rulewright_ports::storage::EventQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{EventsWrite, RunsRead},
    extract::{Ask, At, Sent},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Event, NewEvent, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_events, report_event)).routes(routes!(get_event))
}

list_query! {
    EventsQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
        #[param(example = "payment.received")]
        kind: String,
    }
}

/// List events
#[utoipa::path(
    get, path = "/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, body = Page<Event>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_events(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<EventsQuery>,
) -> Result<Json<Page<Event>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = EventQuery { order: query.order, kind: query.kind };
    let found = api.read(move |reads| reads.events(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |event| event.id.0, Event::from)))
}

/// Report that something happened
///
/// Answered once the event is durable: from then on it is matched against every trigger, whatever happens to the
/// server.
#[utoipa::path(
    post, path = "/v1/events", tag = "events", request_body = NewEvent,
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn report_event(
    State(api): State<Api>,
    caller: EventsWrite,
    sent: Sent<NewEvent>,
) -> Result<Response, Problem> {
    let receipt = api.execute(&caller, sent.key, Command::Ingest(sent.body.into()), &[]).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

/// Read an event
#[utoipa::path(
    get, path = "/v1/events/{id}", tag = "events", params(("id" = String, Path, example = "evt_1001")),
    responses((status = 200, body = Event), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_event(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<EventId>,
) -> Result<Json<Event>, Problem> {
    let shop = caller.shop();
    let event = api.read(move |reads| reads.event(shop, id)).await?;
    let event = event.ok_or_else(|| Problem::not_found("event", id))?;
    Ok(Json(Arc::unwrap_or_clone(event).into()))
}
