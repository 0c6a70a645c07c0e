use async_trait::async_trait;
use rulewright_domain::plugin::HttpTarget;
use serde::{Deserialize, Serialize};

/// A request of a plugin, with secrets already put in; never logged.
#[derive(Clone, Default, PartialEq)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Milliseconds; the host's maximum still holds.
    pub timeout: u64,
    /// What was put in: a server that sends it back does not show it to the plugin, nor to the journal.
    pub secrets: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    #[serde(with = "rulewright_domain::bytes")]
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

/// The only way out of the house for plugins and webhooks.
#[async_trait]
pub trait Egress: Send + Sync {
    /// `targets` is what the shop granted; the address is checked again when connecting.
    async fn send(&self, request: HttpRequest, targets: &[HttpTarget]) -> Result<HttpResponse, HttpError>;

    /// The target that a POST to this address has and nothing beside it, where the operator lets anybody send there. A
    /// host that is a name is looked up when it is sent to. Who does not say lets nobody.
    fn target(&self, _url: &str) -> Result<HttpTarget, HttpError> {
        Err(HttpError::Denied("nothing is posted from here".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_as_text_and_comes_back() {
        let body = vec![0, 255, 7];
        let answer =
            HttpResponse { status: 200, headers: Vec::new(), body, truncated: false, replayed: false };
        let text = serde_json::to_string(&answer).unwrap();
        assert!(text.contains(r#""body":"AP8H""#), "{text}");
        assert_eq!(serde_json::from_str::<HttpResponse>(&text).unwrap(), answer);
    }
}
