//! Tells open pages that something has changed, so that they look again: one stream for each tab.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures::{Stream, StreamExt};
use rulewright_domain::ShopId;
use serde::Deserialize;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

use crate::{
    Console,
    door::{self, See},
};

pub fn routes() -> Router<Console> {
    Router::new().route("/live", get(live))
}

/// The page that listens.
#[derive(Deserialize)]
struct Read {
    /// Milliseconds since 1970, by the server's clock.
    since: Option<i64>,
}

/// Each message names what changed (`order`, `run`, `message`, ...) and of which order; the page decides whether that is
/// on it. Whoever falls behind is told to look at everything, and so is a page that is older than the latest change.
async fn live(
    State(console): State<Console>,
    See(visitor): See,
    Query(page): Query<Read>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let shop = visitor.shop;
    let events = BroadcastStream::new(console.engine().subscribe()).map(move |event| match event {
        Ok(event) => told(shop, &event),
        Err(BroadcastStreamRecvError::Lagged(_)) => Some(everything()),
    });
    let runs = BroadcastStream::new(console.engine().subscribe_runs()).map(move |moved| match moved {
        Ok(moved) => (moved.shop == shop).then(|| change("run", &moved.order.to_string())),
        Err(BroadcastStreamRecvError::Lagged(_)) => Some(everything()),
    });
    // Only now, when nothing is missed any more.
    let missed = page.since.is_some_and(|since| since <= console.engine().told_at().0);
    let told = futures::stream::select(events, runs).filter_map(|told| async move { told.map(Ok) });
    // Browsers pass over an event that says nothing. The first words, so that a page that was cut off knows when it is heard again.
    let begin = futures::stream::once(async { Ok(Event::default().event("begin").data("now")) });
    let (stop, signed_out) = (console.0.stop.clone(), door::signed_out(&console, &headers));
    let end = async move {
        tokio::select! {
            () = stop.cancelled_owned() => {}
            () = signed_out => {}
        }
    };
    let missed = futures::stream::iter(missed.then(|| Ok(everything())));
    let stream = begin.chain(missed).chain(told).take_until(end);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(4)))
}

fn told(shop: ShopId, event: &rulewright_domain::Event) -> Option<Event> {
    if event.shop != shop {
        return None;
    }
    let what = event.what.kind.split('.').next().unwrap_or_default();
    let order = event.what.order.map(|order| order.to_string()).unwrap_or_default();
    Some(change(what, &order))
}

fn change(what: &str, order: &str) -> Event {
    Event::default().event("change").data(format!("{what} {order}"))
}

fn everything() -> Event {
    Event::default().event("all").data("now")
}
