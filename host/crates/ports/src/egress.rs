use async_trait::async_trait;
use rulewright_domain::plugin::HttpTarget;
use serde::{Deserialize, Serialize};

/// A request of a plugin, with secrets already put in; never logged.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Milliseconds; the host's maximum still holds.
    pub timeout: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body was cut at the limit.
    pub truncated: bool,
    /// Came from the journal of the run.
    #[serde(default)]
    pub replayed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum HttpError {
    #[error("denied: {0}")]
    Denied(String),
    #[error("no answer in time")]
    Timeout,
    #[error("no connection: {0}")]
    Connect(String),
    #[error("limit reached: {0}")]
    Limit(String),
    #[error("{0}")]
    Other(String),
}

/// The only way out of the house for plugins.
#[async_trait]
pub trait Egress: Send + Sync {
    /// `targets` is what the shop granted; the address is checked again when connecting.
    async fn send(&self, request: HttpRequest, targets: &[HttpTarget]) -> Result<HttpResponse, HttpError>;
}
