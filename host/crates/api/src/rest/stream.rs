//! Events as they happen, as server-sent events.
//!
//! What the engine broadcasts only says that there is something new; what is sent is read from the log. So a
//! stream has every event once, in the log's order, however many commits overtook each other on the way here.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::sse::{self, KeepAlive, Sse},
};
use futures::Stream;
use rulewright_domain::{Event, EventId, OrderId};
use rulewright_ports::storage::{EventQuery, Page};
use serde::Deserialize;
use tokio::sync::broadcast::{self, error::RecvError};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Caller, RunsRead},
    extract::Ask,
    metrics::Open,
    problem::{Problem, Problems},
    state::Api,
    view,
};

const BATCH: u32 = 100;
/// How long a revoked token may go on listening, and a proxy may see nothing.
pub const PAUSE: Duration = Duration::from_secs(15);

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(stream_events))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StreamQuery {
    #[param(value_type = Option<String>)]
    order: Option<OrderId>,
    kind: Option<String>,
    /// Begin after this event; `Last-Event-ID` goes before it.
    #[param(value_type = Option<String>, example = "evt_1000")]
    after: Option<EventId>,
}

/// Follow events as they happen
///
/// Sends `id` (of the event), `event` (its kind) and `data` (the event as JSON). With `Last-Event-ID` it begins
/// after that event, so nothing is missed between two connections.
#[utoipa::path(
    get, path = "/v1/events/stream", tag = "events",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, example = "evt_1000")),
    responses((status = 200, body = view::Event, content_type = "text/event-stream"), Problems),
    security(("bearer" = ["runs-read"]))
)]
async fn stream_events(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<StreamQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let given = headers.get("last-event-id").map(|value| value.to_str().unwrap_or_default());
    let given = given.filter(|text| !text.is_empty()).map(str::parse::<EventId>).transpose();
    let given = given.map_err(|error| {
        Problem::bad_request("last-event-id", error.to_string())
            .hint("send the `id` that the stream sent last, or leave the header out")
    })?;
    // Before the log is read, so that nothing falls between the two.
    let news = api.engine.subscribe();
    let newest = newest(&api, &caller).await?;
    let after = given.or(query.after).unwrap_or(newest);
    if after > newest {
        // Waiting for it would pass over everything until then in silence.
        let detail = format!("`{after}` has not happened: the last event here is `{newest}`");
        return Err(Problem::new(StatusCode::CONFLICT, "no-such-event", detail).hint(
            "was a backup restored? Read everything again, then follow without Last-Event-ID and `after`",
        ));
    }
    let follow = Follow {
        open: api.http.stream(),
        wanted: EventQuery { order: query.order, kind: query.kind },
        caller: caller.0,
        api,
        news,
        after,
        behind: true,
        batch: VecDeque::new(),
    };
    let stream = futures::stream::unfold(follow, |mut follow| async move {
        let event = follow.next().await?;
        Some((Ok(event), follow))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(PAUSE)))
}

async fn newest(api: &Api, caller: &Caller) -> Result<EventId, Problem> {
    let shop = caller.shop();
    let page = Page { after: None, limit: 1, newest_first: true };
    let found = api.read(move |reads| reads.events(shop, &EventQuery::default(), page)).await?;
    Ok(found.first().map_or(EventId(0), |event| event.id))
}

struct Follow {
    api: Api,
    caller: Caller,
    wanted: EventQuery,
    news: broadcast::Receiver<Arc<Event>>,
    /// The last event that was sent, or passed over.
    after: EventId,
    /// The log may hold more than has been read.
    behind: bool,
    batch: VecDeque<Event>,
    #[expect(dead_code, reason = "counts the stream while it lives")]
    open: Open,
}

impl Follow {
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.batch.pop_front() {
                self.after = event.id;
                return Some(sent(event));
            }
            if !self.caller.is_still_valid(&self.api).await {
                return None;
            }
            if self.behind {
                self.read().await?;
                continue;
            }
            tokio::select! {
                () = self.api.stop.cancelled() => return None,
                () = tokio::time::sleep(PAUSE) => {}
                news = self.news.recv() => match news {
                    Ok(event) => self.behind = self.concerns(&event),
                    // Too slow for the broadcast, but not for the log.
                    Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        event.shop == self.caller.shop()
            && event.id > self.after
            && self.wanted.order.is_none_or(|order| event.what.order == Some(order))
            && self.wanted.kind.as_ref().is_none_or(|kind| *kind == event.what.kind)
    }

    /// None ends the stream: whoever listens comes back with the last id that they saw.
    async fn read(&mut self) -> Option<()> {
        let (shop, wanted) = (self.caller.shop(), self.wanted.clone());
        let page = Page { after: Some(self.after.0), limit: BATCH, newest_first: false };
        let found = self.api.read(move |reads| reads.events(shop, &wanted, page)).await.ok()?;
        self.behind = found.len() == BATCH as usize;
        self.batch = found.into();
        Some(())
    }
}

fn sent(event: Event) -> sse::Event {
    let view = view::Event::from(event);
    let message = sse::Event::default().id(view.id.to_string()).event(view.kind.clone());
    match serde_json::to_string(&view) {
        Ok(data) => message.data(data),
        Err(_) => message,
    }
}
