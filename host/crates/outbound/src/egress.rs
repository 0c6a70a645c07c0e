//! [`Egress`] over HTTPS.
//!
//! The address is checked where the connection is made, after names have been resolved: a name that was harmless
//! when it was granted may point anywhere by now.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use async_trait::async_trait;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue},
};
use rulewright_domain::plugin::HttpTarget;
use rulewright_ports::{Egress, HttpError, HttpRequest, HttpResponse};

use crate::{
    address::is_public,
    blank::blanked,
    target::{Checked, check, denied},
};

/// What a rule can reasonably look at; also what one journal row may hold.
const MAX_BODY: usize = 1 << 20;
const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Milliseconds. A step waits for the answer, and no step takes longer.
const MAX_TIMEOUT: u64 = 60_000;

/// They belong to the connection, not to the plugin.
const FORBIDDEN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[derive(Clone, Debug, Default)]
pub struct EgressOptions {
    /// For development: `http://` as well as `https://`.
    pub allow_http: bool,
    /// For development and tests: `host:port` that may be reached although it is no public address.
    pub allow_private: Vec<String>,
}

pub struct HttpEgress {
    options: EgressOptions,
    /// An error where the machine has no root certificates: whoever never calls out does not need them.
    clients: Result<Clients, String>,
}

struct Clients {
    public: Client,
    /// Without the check; only for what the operator listed.
    any: Client,
}

impl HttpEgress {
    pub fn new(options: EgressOptions) -> HttpEgress {
        // Fails where somebody installed a provider before, and that one does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clients = client(true)
            .and_then(|public| Ok(Clients { public, any: client(false)? }))
            .map_err(|error| format!("outward connections are not possible: {}", told(&error)));
        HttpEgress { options, clients }
    }

    fn client(&self, checked: &Checked) -> Result<&Client, HttpError> {
        let clients = self.clients.as_ref().map_err(|error| HttpError::Connect(error.clone()))?;
        if self.options.allow_private.contains(&checked.authority) {
            return Ok(&clients.any);
        }
        // A literal address is never resolved, so the resolver does not see it.
        let host = checked.url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            Ok(address) if !is_public(address) => Err(denied(NotPublic.to_string())),
            _ => Ok(&clients.public),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where everything leaves")]
fn client(public_only: bool) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("rulewright/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(8);
    let builder = if public_only { builder.dns_resolver(PublicResolver) } else { builder };
    builder.build()
}

#[async_trait]
impl Egress for HttpEgress {
    async fn send(&self, request: HttpRequest, targets: &[HttpTarget]) -> Result<HttpResponse, HttpError> {
        let checked = check(&request.method, &request.url, targets, self.options.allow_http)?;
        let client = self.client(&checked)?;
        let headers = headers(&request.headers)?;
        let body = request.body.unwrap_or_default();
        if body.len() > MAX_BODY {
            return Err(HttpError::Limit(format!("a request body has at most {MAX_BODY} bytes")));
        }
        let timeout = request.timeout.clamp(1, MAX_TIMEOUT);
        let exchange = exchange(client.request(checked.method, checked.url).headers(headers).body(body));
        match tokio::time::timeout(Duration::from_millis(timeout), exchange).await {
            Ok(answer) => Ok(blanked(answer?, &request.secrets)),
            Err(_) => Err(HttpError::Timeout),
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<HttpResponse, HttpError> {
    let mut response = request.send().await.map_err(failure)?;
    let status = response.status().as_u16();
    let size: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if response.headers().len() > MAX_HEADERS || size > MAX_HEADER_BYTES {
        return Err(HttpError::Limit(format!(
            "an answer has at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together"
        )));
    }
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut body = Vec::new();
    let mut truncated = false;
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        let room = MAX_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(HttpResponse { status, headers, body, truncated, replayed: false })
}

fn headers(given: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let size: usize = given.iter().map(|(name, value)| name.len() + value.len()).sum();
    if given.len() > MAX_HEADERS || size > MAX_HEADER_BYTES {
        return Err(HttpError::Limit(format!(
            "a request has at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together"
        )));
    }
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let shown: String = name.chars().take(64).collect();
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| denied(format!("{shown:?} is not the name of a header")))?;
        if FORBIDDEN_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err(denied(format!("header `{name}` is set by the host alone")));
        }
        // The value is not shown: it may be a secret.
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            denied(format!("the value of header `{name}` has a line break or control character"))
        })?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn failure(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return denied(NotPublic.to_string());
        }
        cause = error.source();
    }
    let connect = error.is_connect();
    // The URL is the plugin's own and may carry personal data: it does not belong in a log.
    let text = told(&error.without_url());
    if connect { HttpError::Connect(text) } else { HttpError::Other(text) }
}

/// The innermost cause is the one that says something.
fn told(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the host is no public address of the internet; an operator can allow it by host and port",
        )
    }
}

impl Error for NotPublic {}

struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

impl fmt::Debug for HttpEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEgress").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
