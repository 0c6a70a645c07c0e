//! [`Egress`] over HTTPS.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use reqwest::{
    Client,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use rulewright_domain::plugin::HttpTarget;
use rulewright_ports::{Egress, HttpError, HttpRequest, HttpResponse};

use crate::{
    blank::blanked,
    guard::{Guard, NotPublic, Shut, told, was_not_public},
    target::{Checked, check, denied, target_of},
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

impl EgressOptions {
    /// For an address that the operator has named, wherever that is, also in plain text.
    pub fn only(url: &str) -> Result<EgressOptions, HttpError> {
        Ok(EgressOptions { allow_http: true, allow_private: vec![target_of(url)?.host] })
    }
}

pub struct HttpEgress {
    options: EgressOptions,
    guard: Guard,
}

impl HttpEgress {
    pub fn new(options: EgressOptions) -> HttpEgress {
        HttpEgress { options, guard: Guard::new() }
    }

    fn client(&self, checked: &Checked) -> Result<&Client, HttpError> {
        let private = self.options.allow_private.contains(&checked.authority);
        self.guard.client(&checked.url, private).map_err(|shut| match shut {
            Shut::NotPublic(why) => denied(why.to_string()),
            Shut::NoClient(why) => HttpError::Connect(why),
        })
    }
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

    fn target(&self, url: &str) -> Result<HttpTarget, HttpError> {
        let target = target_of(url)?;
        let checked = check("POST", url, std::slice::from_ref(&target), self.options.allow_http)?;
        self.client(&checked)?;
        Ok(target)
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
    if was_not_public(&error) {
        return denied(NotPublic.to_string());
    }
    let connect = error.is_connect();
    // The URL is the plugin's own and may carry personal data: it does not belong in a log.
    let text = told(&error.without_url());
    if connect { HttpError::Connect(text) } else { HttpError::Other(text) }
}

impl fmt::Debug for HttpEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEgress").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
