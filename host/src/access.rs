//! Where the data is that a command works on: behind a running server, or in a directory that nobody holds.
//!
//! Both speak the HTTP API. For a directory the same router runs in this process, without a socket, so a command is
//! written once and behaves the same in both cases.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rulewright_domain::ShopId;
use rulewright_engine::{Engine, OVERLOADED, SystemClock};
use serde_json::Value;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::config::{Config, Server};
use crate::error::{CliError, Doing, Exit, Result};
use crate::{compose, http_api, shops, token};

/// Longer than the API takes for anything, so that its answer is heard: an installation may take 180 s.
const PATIENCE: Duration = Duration::from_secs(200);
/// Between two tries of what the server takes later.
const PAUSE: Duration = Duration::from_secs(1);
/// What it has done nothing of, and takes later: whoever imports a year of orders only has to wait.
const LATER: [&str; 2] = [OVERLOADED, "too-many-requests"];
/// An answer that is larger is not one that the API gives to these commands.
const MAX_ANSWER: usize = 256 << 20;

/// Media type and body.
type Sent = Option<(&'static str, Vec<u8>)>;

pub enum Access {
    Server { server: Server, client: reqwest::Client },
    Directory(Box<Directory>),
}

pub struct Directory {
    router: Router,
    token: token::Temporary,
    engine: Engine,
}

impl Access {
    pub async fn open(config: &Config) -> Result<Access> {
        match &config.server {
            Some(server) => Ok(Access::Server { server: server.clone(), client: client(&server.url)? }),
            None => {
                let storage = compose::existing_storage(config)?;
                let shop = shops::choose(&storage, config.shop).await?;
                Access::directory(config, storage, shop).await
            }
        }
    }

    async fn directory(
        config: &Config,
        storage: Arc<dyn rulewright_ports::Storage>,
        shop: ShopId,
    ) -> Result<Access> {
        let clock = Arc::new(SystemClock);
        // Not started: a command looks and changes, it does not run the shop.
        let sources = compose::sources(config, &config.data, clock.clone());
        let engine = compose::engine(config, &config.data, storage.clone(), clock)?;
        let token = token::temporary(&storage, shop).await?;
        let router = http_api::router(&engine, sources, CancellationToken::new());
        Ok(Access::Directory(Box::new(Directory { router, token, engine })))
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let body = serde_json::to_vec(body).doing(|| "the request cannot be written".to_owned())?;
        self.send(Method::POST, path, Some(("application/json", body))).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        let body = serde_json::to_vec(body).doing(|| "the request cannot be written".to_owned())?;
        self.send(Method::PUT, path, Some(("application/json", body))).await
    }

    /// With the document of its signature, where it is signed.
    pub async fn post_component(
        &self,
        path: &str,
        component: Vec<u8>,
        signature: Option<&[u8]>,
    ) -> Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
        if let Some(signature) = signature {
            let value = HeaderValue::from_str(&STANDARD.encode(signature));
            headers.insert("package-signature", value.doing(|| "the signature is no header".to_owned())?);
        }
        self.call(Method::POST, path, headers, component).await
    }

    /// Of a directory: whoever holds it answers for all its shops.
    pub fn engine(&self) -> Option<&Engine> {
        match self {
            Access::Server { .. } => None,
            Access::Directory(directory) => Some(&directory.engine),
        }
    }

    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.send(Method::DELETE, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Sent) -> Result<Value> {
        let mut headers = HeaderMap::new();
        if let Some((media_type, _)) = &body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        let body = body.map(|(_, bytes)| bytes).unwrap_or_default();
        self.call(method, path, headers, body).await
    }

    async fn call(&self, method: Method, path: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Value> {
        let (body, end) = (Bytes::from(body), Instant::now() + PATIENCE);
        loop {
            let (method, headers, body) = (method.clone(), headers.clone(), body.clone());
            let (status, bytes) = match self {
                Access::Server { server, client } => {
                    remote(server, client, method, path, headers, body).await?
                }
                Access::Directory(directory) => directory.send(method, path, headers, body).await?,
            };
            match answer(status, &bytes) {
                Err(error) if LATER.contains(&error.code.as_str()) && Instant::now() < end => {
                    tokio::time::sleep(PAUSE).await
                }
                done => return done,
            }
        }
    }

    /// Leaves nothing behind in the directory.
    pub async fn close(self) -> Result<()> {
        if let Access::Directory(directory) = self {
            directory.token.end(directory.engine.storage()).await?;
            directory.engine.shutdown().await;
        }
        Ok(())
    }
}

impl Directory {
    #[cfg(test)]
    pub async fn forget_token(&self) {
        self.token.end(self.engine.storage()).await.unwrap();
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        let request = Request::builder().method(method).uri(path).body(Body::from(body));
        let mut request = request.doing(|| format!("`{path}` is no address"))?;
        *request.headers_mut() = headers;
        let bearer = self.token.bearer(self.engine.storage()).await?;
        let bearer = HeaderValue::from_str(&format!("Bearer {bearer}"));
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, bearer.doing(|| "the token is no header".to_owned())?);
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), MAX_ANSWER).await;
        Ok((status, bytes.doing(|| "the answer cannot be read".to_owned())?))
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the operator's own connection to the operator's own server, anywhere"
)]
fn client(url: &str) -> Result<reqwest::Client> {
    // Fails where one is installed already, and that one does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().timeout(PATIENCE);
    // A proxy's own machine is another one, and it would read the token.
    let builder = if is_here(url) { builder.no_proxy() } else { builder };
    builder.build().doing(|| "no connection is possible".to_owned())
}

/// Whether the URL is one of this machine.
fn is_here(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || literal.is_ok_and(|address| address.is_loopback())
}

async fn remote(
    server: &Server,
    client: &reqwest::Client,
    method: Method,
    path: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Bytes)> {
    let unreachable = |error: reqwest::Error| {
        CliError::new(Exit::Unreachable, "unreachable", format!("{} does not answer: {error}", server.url))
            .hint("is the server running, and is the address right? It prints its URL when it starts")
    };
    let request = client
        .request(method, format!("{}{path}", server.url))
        .headers(headers)
        .bearer_auth(&server.token)
        .body(body);
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    Ok((status, response.bytes().await.map_err(unreachable)?))
}

/// JSON, or the problem (RFC 9457) as an error.
pub fn answer(status: StatusCode, bytes: &[u8]) -> Result<Value> {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    if status.is_success() {
        return match value {
            Some(value) => Ok(value),
            None if bytes.is_empty() => Ok(Value::Null),
            None => Err(CliError::failed("the answer is not JSON")
                .hint("is --server the address of a Rulewright server?")),
        };
    }
    let problem = value.unwrap_or_default();
    let text = |name: &str| problem[name].as_str().map(str::to_owned);
    let message = text("detail").or(text("title")).unwrap_or_else(|| format!("the server answered {status}"));
    let exit = match status {
        _ if status.is_client_error() => Exit::Refused,
        _ => Exit::Failed,
    };
    let code = text("code").unwrap_or_else(|| status.as_u16().to_string());
    let error = CliError { status: Some(status.as_u16()), ..CliError::new(exit, &code, message) };
    Err(match text("hint") {
        Some(hint) => error.hint(hint),
        None => error.hint("is --server the address of a Rulewright server, with nothing in between?"),
    })
}

/// A value as one segment of a path or of a query.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// `?a=1&b=2` of what is given.
pub fn query(parts: &[(&str, Option<String>)]) -> String {
    let given =
        parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_deref()?))));
    let joined = given.collect::<Vec<_>>().join("&");
    if joined.is_empty() { joined } else { format!("?{joined}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_this_machine_is_known_by_its_url() {
        for here in ["http://127.0.0.1:8080", "https://[::1]", "http://LOCALHOST:1/shop"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["https://shop.example", "http://127.0.0.1.example", "http://[2001:db8::1]"] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_problem_becomes_an_error_with_its_code_and_hint() {
        let body = br#"{"code":"not-found","title":"Not found","detail":"there is no run `run_9`","hint":"list them"}"#;
        let error = answer(StatusCode::NOT_FOUND, body).unwrap_err();
        assert_eq!((error.exit, error.code.as_str()), (Exit::Refused, "not-found"));
        assert_eq!(
            (error.message.as_str(), error.hint.as_str(), error.status),
            ("there is no run `run_9`", "list them", Some(404))
        );
        assert_eq!(answer(StatusCode::BAD_GATEWAY, b"<html>").unwrap_err().exit, Exit::Failed);
        assert!(answer(StatusCode::OK, b"<html>").is_err());
        assert_eq!(answer(StatusCode::NO_CONTENT, b"").unwrap(), Value::Null);
    }

    #[test]
    fn values_cannot_change_the_path_that_they_are_put_into() {
        assert_eq!(escaped("../a b?c"), "..%2Fa%20b%3Fc");
        assert_eq!(query(&[("state", Some("a&b".into())), ("order", None)]), "?state=a%26b");
        assert_eq!(query(&[("order", None)]), "");
    }
}
