//! Permission: HTTP to the hosts that the manifest names and the shop granted.
//!
//! An answer is recorded as soon as it arrives, and a repeated step gets the recorded one. So a step may send
//! first and stage its effects after, and nothing is sent twice because somebody changed the order meanwhile.

pub mod form;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::bindings::rule::rulewright::host::http::{HttpError, Response};
use crate::context;
use crate::error::{Error, Result};
use crate::host::raw;
use crate::secrets::Secret;

/// A request being put together: `http::post("https://api.acme.com/v1").json(&body)?.send()?`.
pub struct Request<'a> {
    method: String,
    url: String,
    url_secret: Option<&'a Secret>,
    headers: Vec<(String, Header<'a>)>,
    body: Option<Vec<u8>>,
    timeout: Option<u64>,
    key: Option<String>,
}

enum Header<'a> {
    Text(String),
    Secret(String, &'a Secret),
    Basic(String, &'a Secret),
}

pub fn get<'a>(url: impl Into<String>) -> Request<'a> {
    Request::new("GET", url)
}

pub fn post<'a>(url: impl Into<String>) -> Request<'a> {
    Request::new("POST", url)
}

impl<'a> Request<'a> {
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Request {
            method: method.into(),
            url: url.into(),
            url_secret: None,
            headers: Vec::new(),
            body: None,
            timeout: None,
            key: None,
        }
    }

    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Header::Text(value.into())));
        self
    }

    /// The prefix, e.g. `Bearer `, and the secret, put together by the host.
    pub fn secret_header(
        mut self,
        name: impl Into<String>,
        prefix: impl Into<String>,
        secret: &'a Secret,
    ) -> Self {
        let value = Header::Secret(prefix.into(), secret);
        self.headers.push((name.into(), value));
        self
    }

    /// The header `Authorization` with a user's name and the secret as its password, put together by the host.
    pub fn basic(mut self, user: impl Into<String>, password: &'a Secret) -> Self {
        self.headers.push(("Authorization".into(), Header::Basic(user.into(), password)));
        self
    }

    /// The host puts the secret in place of `{secret}` in the path of the URL.
    pub fn url_secret(mut self, secret: &'a Secret) -> Self {
        self.url_secret = Some(secret);
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The body as JSON, with its content type.
    pub fn json(self, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body)?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Milliseconds.
    pub fn timeout(mut self, milliseconds: u64) -> Self {
        self.timeout = Some(milliseconds);
        self
    }

    /// What the answer is recorded under; by default the request's number within the step.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sends it, or hands back the recorded answer. A recorded answer that was itself a passing failure
    /// (408, 425, 429, 5xx) does not count once the step is tried again: the request is then sent anew.
    pub fn send(self) -> Result<Response, HttpError> {
        let number = context::next_request();
        let key = self.key.unwrap_or_else(|| format!("request-{number}"));
        let headers = self
            .headers
            .into_iter()
            .map(|(name, value)| raw::http::Header {
                name,
                value: match value {
                    Header::Text(text) => raw::http::HeaderValue::Text(text),
                    Header::Secret(prefix, secret) => {
                        raw::http::HeaderValue::Secret(raw::http::SecretValue {
                            prefix,
                            secret,
                            suffix: String::new(),
                        })
                    }
                    Header::Basic(user, password) => {
                        raw::http::HeaderValue::Basic(raw::http::BasicValue { user, password })
                    }
                },
            })
            .collect();
        let mut request = raw::http::Request {
            method: self.method,
            url: self.url,
            url_secret: self.url_secret,
            headers,
            body: self.body,
            timeout: self.timeout,
            key: key.clone(),
        };
        let mut attempt = 0;
        loop {
            let response = raw::http::send(&request)?;
            let stale = response.replayed && response.is_passing_failure();
            if !stale || attempt == context::attempt() {
                return Ok(response);
            }
            attempt += 1;
            request.key = format!("{key}.{attempt}");
        }
    }
}

impl Response {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The same request may well succeed later: 408, 425, 429 and 5xx.
    pub fn is_passing_failure(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
    }

    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The answer where it is a success, else the error that fits the status: passing failures are retried
    /// (after `Retry-After` seconds, where given), all others are final.
    pub fn success(self) -> Result<Response> {
        if self.is_success() {
            return Ok(self);
        }
        let reason = format!("http-{}: the server refused", self.status);
        if !self.is_passing_failure() {
            return Err(Error::give_up(reason));
        }
        let seconds: Option<u64> = self.header("retry-after").and_then(|text| text.trim().parse().ok());
        Err(Error::RetryLater { after: seconds.map(|seconds| seconds.saturating_mul(1000)), reason })
    }
}

/// Time-outs and broken connections pass; denials and limits do not.
impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Denied(what) => Error::give_up(format!("denied: {what}")),
            HttpError::Timeout => Error::retry_later("timeout: no answer in time"),
            HttpError::Connect(what) => Error::retry_later(format!("connect: {what}")),
            HttpError::Limit(name) => Error::give_up(format!("limit: {name} is used up")),
            HttpError::Other(detail) => crate::HostError::Other(detail).into(),
        }
    }
}
