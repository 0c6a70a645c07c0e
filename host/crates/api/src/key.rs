//! `Idempotency-Key`: a request that may have arrived is repeated without being done twice.

use axum::http::{HeaderMap, Method, Uri};
use rulewright_engine::Key;
use rulewright_ports::{StorageError, StorageExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{auth::Caller, problem::Problem, state::Api, token::hex};

const HEADER: &str = "idempotency-key";
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
        let Some(value) = headers.get(HEADER) else { return Ok(None) };
        let key = value.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX);
        let Some(key) = key else {
            let detail = format!("Idempotency-Key has 1 to {MAX} visible ASCII characters");
            return Err(Problem::bad_request("idempotency-key", detail));
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
        Key { source: source(caller), key: self.key, fingerprint: self.fingerprint }
    }

    pub fn text(&self) -> &str {
        &self.key
    }
}

pub fn source(caller: &Caller) -> String {
    format!("token:{}", caller.token().0)
}

#[derive(Serialize, Deserialize)]
struct Answered<T> {
    fingerprint: String,
    answer: T,
}

/// What was answered the first time, if this request came before.
pub fn earlier<T: DeserializeOwned>(key: &RequestKey, stored: &str) -> Result<T, Problem> {
    match serde_json::from_str::<Answered<T>>(stored) {
        Ok(first) if first.fingerprint == key.fingerprint => Ok(first.answer),
        _ => {
            let detail = format!("the idempotency key `{}` was used before for another request", key.key);
            Err(Problem::unprocessable("idempotency-key-reused", detail)
                .hint("use a new key for every new request"))
        }
    }
}

pub fn answered<T: Serialize>(key: &RequestKey, answer: &T) -> Result<String, StorageError> {
    serde_json::to_string(&Answered { fingerprint: key.fingerprint.clone(), answer })
        .map_err(|error| StorageError::Corrupt { what: "answer", message: error.to_string() })
}

/// For configuration, which commits by itself: a crash between the two writes lets a repetition through, so only
/// for what does no harm when done twice.
pub async fn once<T, F>(api: &Api, caller: &Caller, key: Option<RequestKey>, job: F) -> Result<T, Problem>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: Future<Output = Result<T, Problem>>,
{
    let Some(key) = key else { return job.await };
    let (shop, source) = (caller.shop(), source(caller));
    let (from, text) = (source.clone(), key.key.clone());
    if let Some(stored) = api.read(move |reads| reads.answer(shop, &from, &text)).await? {
        return earlier(&key, &stored);
    }
    let answer = job.await?;
    let stored = answered(&key, &answer)?;
    api.engine
        .storage()
        .write::<(), StorageError, _>(move |tx| tx.put_answer(shop, &source, &key.key, &stored))
        .await?;
    Ok(answer)
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
        assert!(read("", "/v1/orders", b"").is_err());
        assert_eq!(
            RequestKey::read(&HeaderMap::new(), &Method::POST, &Uri::from_static("/"), b"").ok(),
            Some(None)
        );
    }

    #[test]
    fn a_key_used_for_something_else_is_refused() {
        let (first, other) =
            (read("k", "/a", b"1").ok().flatten().unwrap(), read("k", "/a", b"2").ok().flatten().unwrap());
        let stored = answered(&first, &41).unwrap();
        assert_eq!(earlier::<i32>(&first, &stored).ok(), Some(41));
        assert!(earlier::<i32>(&other, &stored).is_err());
    }
}
