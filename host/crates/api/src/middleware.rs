//! What stands around every route: request id, limits, a net under panics, numbers and one log line. What is served
//! beside them has its own limits and its own net.

use std::{
    any::Any,
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use rulewright_engine::TRACE;
use rulewright_ports::{TurnedAway, WrongSecret};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{problem::Problem, rest::INSTALLS, state::Api};

pub const MAX_BODY: usize = 1 << 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Until the answer begins; a stream may go on after that.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Compiling a large component takes its time.
const INSTALL_TIMEOUT: Duration = Duration::from_secs(180);

/// Of every answer that says nothing else itself: no browser keeps it, shows it as a page that could do anything, or
/// puts it into another, and its address is told to nobody.
const SAFE: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    (header::REFERRER_POLICY, "no-referrer"),
];

pub fn around(routes: Router<Api>, beside: Router, api: &Api) -> Router<Api> {
    routes
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(limited))
        .layer(from_fn_with_state(api.clone(), guarded))
        // What it answers when something goes wrong is for people, or for other clients than ours.
        .merge(beside.with_state::<Api>(()))
        .layer(from_fn_with_state(api.clone(), observe))
}

async fn observe(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&request);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let shown = id.to_str().unwrap_or_default();
    let span = tracing::info_span!("http", id = shown, %method, route = route.unwrap_or("none"));
    let traced = traced(&request, shown, route);
    // The log's around it: what is done for the request is part of the innermost.
    let mut response = next.run(request).instrument(traced.clone()).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status();
    if let Some(why) = response.extensions().get::<TurnedAway>() {
        api.http.refused(*why);
    }
    traced.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        traced.record("otel.status_code", "ERROR");
    }
    api.http.answered(route, &method, status, took);
    span.in_scope(|| tracing::debug!(status = status.as_u16(), micros = took.as_micros(), "answered"));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in SAFE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Before anything is read: who asks too much is turned away, and who shows wrong secrets again and again is told
/// to stop.
async fn guarded(State(api): State<Api>, request: Request, next: Next) -> Response {
    if let Err(wait) = api.rate.ask(&request, api.engine.clock().now()) {
        return Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "more requests came with this token than one may send",
        )
        .hint("repeat it after as many seconds as Retry-After says, with the same Idempotency-Key")
        .wait(wait)
        .turned_away(TurnedAway::Rate)
        .into_response();
    }
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let response = next.run(request).await;
    let wrong = response.extensions().get::<WrongSecret>();
    let Some(wait) = wrong.and_then(|_| api.engine.wrong_secret(from)) else { return response };
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-wrong-secrets",
        "too many wrong tokens, codes or signatures came from this address",
    )
    .hint("a right one works at once; with another, wait as many seconds as Retry-After says")
    .wait(wait)
    .turned_away(TurnedAway::WrongSecrets)
    .into_response()
}

/// A request as a part of its caller's trace, where it tells one. By its route: addresses name people, and some open
/// doors.
fn traced(request: &Request, id: &str, route: Option<&str>) -> Span {
    let (method, route) = (request.method(), route.unwrap_or("none"));
    let span = tracing::debug_span!(
        target: TRACE,
        "request",
        otel.kind = "server",
        otel.name = %format_args!("{method} {route}"),
        otel.status_code = Empty,
        request = id,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
    );
    if !span.is_disabled() {
        let told =
            global::get_text_map_propagator(|known| known.extract(&HeaderExtractor(request.headers())));
        // Refused only where nobody traces.
        let _ = span.set_parent(told);
    }
    span
}

async fn limited(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let limit = time_limit(request.method(), matched.map(MatchedPath::as_str));
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| too_slow(limit))
}

pub fn time_limit(method: &Method, route: Option<&str>) -> Duration {
    let installs = *method == Method::POST && route.is_some_and(|route| INSTALLS.contains(&route));
    if installs { INSTALL_TIMEOUT } else { TIMEOUT }
}

/// The caller's own, so that its log and ours can be read together; else a new one.
fn request_id(request: &Request) -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let given = request.headers().get(REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len()) && bytes.iter().all(plain)
    });
    match given {
        Some(value) => value.clone(),
        None => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            HeaderValue::from_str(&format!("req-{number}")).unwrap_or(HeaderValue::from_static("req"))
        }
    }
}

fn too_slow(limit: Duration) -> Response {
    let detail =
        format!("the request was not answered within {} s; it may still be carried out", limit.as_secs());
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail)
        .hint("repeat it with the same Idempotency-Key")
        .into_response()
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "the server made a mistake")
        .hint("please report it with the x-request-id of this answer")
        .into_response()
}

async fn no_such_route(request: Request) -> Problem {
    let detail = format!("there is nothing at `{}`", request.uri().path());
    Problem::new(StatusCode::NOT_FOUND, "no-such-route", detail)
        .hint("GET /v1/openapi.json lists every route")
}

async fn no_such_method(request: Request) -> Problem {
    let detail = format!("`{}` does not take {}", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", detail)
        .hint("the Allow header of this answer lists what it takes")
}
