//! `Idempotency-Key`: a request that may have arrived is repeated without being done twice.

use axum::http::{HeaderMap, Method, Uri};
use rulewright_engine::{Asked, Key};
use sha2::{Digest, Sha256};

use crate::{auth::Caller, problem::Problem, token::hex};

const HEADER: &str = "idempotency-key";
/// Webhooks are named by their senders, and the name is signed: it counts before the key.
const OF_WEBHOOK: &str = "webhook-id";
const MAX: usize = 255;

/// Key and fingerprint of a request whose sender wants it done once.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestKey {
    key: String,
    fingerprint: String,
}

impl RequestKey {
    pub fn read(
        headers: &HeaderMap,
        method: &Method,
        uri: &Uri,
        body: &[u8],
    ) -> Result<Option<RequestKey>, Problem> {
        let webhook = headers.get(OF_WEBHOOK).filter(|_| uri.path().starts_with("/v1/hooks/"));
        let Some(value) = webhook.or_else(|| headers.get(HEADER)) else { return Ok(None) };
        let key = value.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX);
        let Some(key) = key else {
            let detail = format!(
                "Idempotency-Key (of webhooks also webhook-id) has 1 to {MAX} visible ASCII characters"
            );
            return Err(Problem::bad_request("idempotency-key", detail)
                .hint("send a new random one for every new request, e.g. a UUID"));
        };
        let mut hasher = Sha256::new();
        let target = uri.path_and_query().map_or(uri.path(), |target| target.as_str());
        for part in [method.as_str(), "\n", target, "\n"] {
            hasher.update(part);
        }
        hasher.update(body);
        Ok(Some(RequestKey { key: key.to_owned(), fingerprint: hex(&hasher.finalize()) }))
    }

    /// Keys of different tokens never meet.
    pub fn of(self, caller: &Caller) -> Key {
        let source = format!("token:{}", caller.token().0);
        Key { source, key: self.key, fingerprint: self.fingerprint }
    }
}

/// What the engine does once for this caller, where there is a key.
pub fn asked(caller: &Caller, key: Option<RequestKey>) -> Asked {
    Asked { shop: caller.shop(), key: key.map(|key| key.of(caller)) }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(key: &'static str, path: &'static str, body: &[u8]) -> Result<Option<RequestKey>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static(key));
        RequestKey::read(&headers, &Method::POST, &Uri::from_static(path), body)
    }

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let key = |path, body: &[u8]| read("k", path, body).ok().flatten().unwrap();
        assert_eq!(key("/v1/orders", b"{}"), key("/v1/orders", b"{}"));
        assert_ne!(key("/v1/orders", b"{}"), key("/v1/orders", b"{} "));
        assert_ne!(key("/v1/orders", b"{}"), key("/v1/clients", b"{}"));
        assert_ne!(key("/v1/orders", b"{}"), key("/v1/orders?x=1", b"{}"));
        assert_eq!(key("/v1/hooks/a", b"").key, "k");
        let mut named =
            HeaderMap::from_iter([(OF_WEBHOOK.parse().unwrap(), HeaderValue::from_static("msg_1"))]);
        named.insert(HEADER, HeaderValue::from_static("k"));
        let read_named = |path| {
            RequestKey::read(&named, &Method::POST, &Uri::from_static(path), b"").ok().flatten().unwrap()
        };
        assert_eq!(
            (read_named("/v1/hooks/a").key, read_named("/v1/orders").key),
            ("msg_1".to_owned(), "k".to_owned())
        );
        assert!(read("", "/v1/orders", b"").is_err());
        assert_eq!(
            RequestKey::read(&HeaderMap::new(), &Method::POST, &Uri::from_static("/"), b"").ok(),
            Some(None)
        );
    }
}
