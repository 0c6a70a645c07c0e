//! From a request to a call, and from what it answers to a response.

use std::{
    any::Any,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use futures::StreamExt;
use rulewright_domain::bucket::network;
use rulewright_engine::Share;
use rulewright_ports::TurnedAway;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::SemaphorePermit;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    call::{Call, Once},
    caller::{Caller, Credential, authenticate, hex, identify},
    facade::Facade,
    fault::{Fault, System},
    method::{self, Done},
    oauth,
    params::Params,
    target::{Format, Target},
    wire::{body, envelope, envelope::Began, xml},
};

/// Bytes of a body. Files come in Base64, a third larger than they are.
pub const MAX_BODY: usize = 16 << 20;
/// Bytes of one that anybody may send: a batch of fifty commands of 5 KiB.
pub const MAX_UNIDENTIFIED: usize = 256 << 10;
/// Larger bodies that are read at once while nobody knows whose they are. Clients of applications put `auth` behind all
/// other parameters, also behind files, so they are not refused.
pub const UNIDENTIFIED: usize = 8;
/// Of them, those of one network: whoever takes their time leaves some to others.
const OF_NETWORK: u32 = 2;
/// Until a body has come whole.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_KEY: usize = 255;

pub fn routes(facade: Facade) -> Router {
    Router::new()
        .route("/rest", any(at_root))
        .route("/rest/", any(at_root))
        .route("/rest/{*path}", any(at_path))
        .merge(oauth::routes())
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(facade)
}

async fn at_root(State(facade): State<Facade>, request: Request<Body>) -> Response {
    answer(&facade, "", request).await
}

async fn at_path(
    State(facade): State<Facade>,
    path: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Response {
    match path {
        Ok(Path(path)) => answer(&facade, &path, request).await,
        Err(_) => response(Format::Json, StatusCode::BAD_REQUEST, &unreadable_path()),
    }
}

fn unreadable_path() -> Value {
    envelope::error(&Fault::unreadable("The path is no UTF-8"))
}

async fn answer(facade: &Facade, path: &str, request: Request<Body>) -> Response {
    let began = Began::new(facade.now());
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return preflight();
    }
    let target = Target::read(path);
    let format = target.format;
    match called(facade, target, parts, body).await {
        Ok(Called { caller, done: Done { outcome: Ok(answer), processing, operating } }) => {
            let zone = match facade.config(caller.shop).await {
                Ok(config) => config.shop.time_zone.clone(),
                Err(_) => String::new(),
            };
            let time = envelope::time(began, processing, operating, &zone);
            response(format, StatusCode::OK, &envelope::success(answer, time))
        }
        Ok(Called { done: Done { outcome: Err(fault), .. }, .. }) | Err(fault) => {
            told(response(format, fault.status, &envelope::error(&fault)), &fault)
        }
    }
}

/// When to come again, and for the numbers why it was turned away.
pub fn told(mut response: Response, fault: &Fault) -> Response {
    if let Some(seconds) = fault.wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(why) = fault.turned {
        response.extensions_mut().insert(why);
    }
    response
}

/// None: it comes from within this process.
pub fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

struct Called {
    caller: Arc<Caller>,
    done: Done,
}

async fn called(facade: &Facade, target: Target<'_>, parts: Parts, body: Body) -> Result<Called, Fault> {
    if !matches!(parts.method, Method::GET | Method::POST | Method::HEAD) {
        let description = format!("{} is not taken here: use GET or POST", parts.method);
        return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, "INVALID_REQUEST", description));
    }
    if facade.options.require_tls && !is_over_tls(&parts) {
        return Err(Fault::system(System::HttpsRequired));
    }
    let from = peer(&parts);
    let (webhook, early) = match target.webhook {
        // Nothing else says who it is: with a wrong one, nothing is read.
        Some((user, code)) => {
            (Some(identify(facade, Credential::Webhook { user, code }, from).await?), Early::Right)
        }
        None => {
            let (token, _) = parameters(&parts, Bytes::new()).await?;
            let early = match shown(token.as_deref(), &parts) {
                Credential::None => Early::Nothing,
                token => match authenticate(facade, token).await {
                    Ok(_) => Early::Right,
                    Err(_) => Early::Wrong,
                },
            };
            (None, early)
        }
    };
    let (bytes, place) = whole(facade, body, from, early == Early::Right).await.map_err(|fault| {
        // It will not be looked at again, and counts all the same.
        let turned = (early == Early::Wrong).then(|| facade.stranger(from)).flatten();
        turned.unwrap_or(fault)
    })?;
    let once = once(&parts, &bytes)?;
    let (token, params) = parameters(&parts, bytes).await?;
    let caller = match webhook {
        Some(caller) => caller,
        // Of two tokens, the one in the body counts.
        None => identify(facade, shown(token.as_deref(), &parts), from).await?,
    };
    drop(place);
    facade.limits.request(caller.shop, from, facade.now())?;
    let Some(method) = method::find(target.edition, target.method) else {
        return Err(Fault::system(System::MethodNotFound));
    };
    let call = Call::new(facade.clone(), caller.clone(), params, target.edition, once);
    Ok(Called { caller, done: method::invoke(call, method).await })
}

/// What was shown before the body.
#[derive(Clone, Copy, PartialEq)]
enum Early {
    Nothing,
    Wrong,
    Right,
}

/// `auth`, and the parameters of the method.
async fn parameters(parts: &Parts, body: Bytes) -> Result<(Option<String>, Params), Fault> {
    let mut params = Params::new(body::read(parts.uri.query(), &parts.headers, body).await?);
    let token = params.take("auth").and_then(|node| crate::scalar::text(&node.value()));
    Ok((token, params))
}

fn shown<'a>(token: Option<&'a str>, parts: &'a Parts) -> Credential<'a> {
    match token.or_else(|| bearer(&parts.headers)) {
        Some(token) if !token.is_empty() => Credential::Token(token),
        _ => Credential::None,
    }
}

pub fn is_over_tls(parts: &Parts) -> bool {
    let forwarded = || {
        let value = parts.headers.get("x-forwarded-proto")?.to_str().ok()?;
        value.split(',').next().map(str::trim)
    };
    forwarded().is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// A body, and the place of a large one whose sender is not known: held until it is.
pub type Whole<'f> = (Bytes, Option<Place<'f>>);
type Place<'f> = (SemaphorePermit<'f>, Option<Share<IpAddr>>);

/// A large one needs a place, unless it is known who asks.
pub async fn whole(
    facade: &Facade,
    body: Body,
    from: Option<IpAddr>,
    known: bool,
) -> Result<Whole<'_>, Fault> {
    let patience = facade.options.body_within.map_or(BODY_TIMEOUT, |within| within.min(BODY_TIMEOUT));
    match tokio::time::timeout(patience, gather(facade, body, from, known)).await {
        Ok(read) => read,
        Err(_) => {
            let slow =
                Fault::new(StatusCode::REQUEST_TIMEOUT, "INVALID_REQUEST", "The body did not come whole");
            Err(slow.turned_away(TurnedAway::BodyTimeout, None))
        }
    }
}

async fn gather(facade: &Facade, body: Body, from: Option<IpAddr>, known: bool) -> Result<Whole<'_>, Fault> {
    let too_large = || {
        let description = format!("The body could not be read, or has more than {} MiB", MAX_BODY >> 20);
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_REQUEST", description)
    };
    let (mut stream, mut bytes, mut place) = (body.into_data_stream(), Vec::<u8>::new(), None);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| too_large())?;
        let length = bytes.len() + part.len();
        if length > MAX_BODY {
            return Err(too_large());
        }
        if length > MAX_UNIDENTIFIED && !known && place.is_none() {
            place = Some(take_place(facade, from).ok_or_else(late)?);
        }
        bytes.extend_from_slice(&part);
    }
    Ok((bytes.into(), place))
}

fn late() -> Fault {
    Fault { wait: Some(5), ..Fault::system(System::LateAuth) }
}

fn take_place(facade: &Facade, from: Option<IpAddr>) -> Option<Place<'_>> {
    let share = match from {
        Some(address) => Some(facade.of_network.take(network(address), OF_NETWORK)?),
        None => None,
    };
    Some((facade.unidentified.try_acquire().ok()?, share))
}

/// Ours, beyond the contract: a call that may have arrived can be repeated.
fn once(parts: &Parts, body: &[u8]) -> Result<Option<Once>, Fault> {
    let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
    let key = key.ok_or_else(|| {
        Fault::unreadable(format!("Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters"))
    })?;
    let mut hasher = Sha256::new();
    for part in [parts.uri.path(), "\n", parts.uri.query().unwrap_or_default(), "\n"] {
        hasher.update(part);
    }
    hasher.update(body);
    Ok(Some(Once::new(key.to_owned(), hex(&hasher.finalize()))))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn response(format: Format, status: StatusCode, answer: &Value) -> Response {
    let (media, text) = match format {
        // Clients refuse another type, and one without the charset.
        Format::Json => ("application/json; charset=utf-8", answer.to_string()),
        Format::Xml => ("text/xml; charset=utf-8", xml::document(answer)),
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Pages of applications call from a browser. No cookie opens anything, so any origin may.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, idempotency-key, x-request-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a method panicked");
    let fault = Fault::system(System::Internal);
    response(Format::Json, fault.status, &envelope::error(&fault))
}
