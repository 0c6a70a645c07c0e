//! Reading requests: every mistake becomes a problem that says where it is.

use std::{fmt::Display, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, MatchedPath, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use rulewright_ports::TurnedAway;
use rulewright_registry::names_stand_once;
use serde::de::DeserializeOwned;

use crate::{key::RequestKey, middleware::time_limit, problem::Problem, state::Api};

/// What stands in the path.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, api).await {
            Ok(Path(value)) => Ok(At(value)),
            Err(rejection) => Err(Problem::bad_request("path", rejection.body_text())),
        }
    }
}

/// What stands in the query.
pub struct Ask<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for Ask<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, api).await {
            Ok(Query(value)) => Ok(Ask(value)),
            Err(rejection) => Err(Problem::bad_request("query", rejection.body_text())),
        }
    }
}

/// A JSON body, and the key under which it is done only once.
pub struct Sent<T> {
    pub body: T,
    pub key: Option<RequestKey>,
}

impl<T: DeserializeOwned> FromRequest<Api> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let raw = Raw::from_request(request, api).await?;
        must_be_json(&raw.headers)?;
        must_be_object(&raw.body)?;
        Ok(Sent { body: read(&raw.body)?, key: raw.key })
    }
}

/// A JSON body that may be left out.
pub struct MaybeSent<T> {
    pub body: T,
    pub key: Option<RequestKey>,
}

impl<T: DeserializeOwned + Default> FromRequest<Api> for MaybeSent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let raw = Raw::from_request(request, api).await?;
        if raw.body.is_empty() {
            return Ok(MaybeSent { body: T::default(), key: raw.key });
        }
        must_be_json(&raw.headers)?;
        must_be_object(&raw.body)?;
        Ok(MaybeSent { body: read(&raw.body)?, key: raw.key })
    }
}

/// A body of any kind.
pub struct Raw {
    pub body: Bytes,
    pub headers: HeaderMap,
    pub key: Option<RequestKey>,
}

impl Raw {
    /// Read as the JSON object that the route takes beside other kinds of body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        must_be_json(&self.headers)?;
        must_be_object(&self.body)?;
        read(&self.body)
    }
}

impl FromRequest<Api> for Raw {
    type Rejection = Problem;

    async fn from_request(mut request: Request, api: &Api) -> Result<Self, Problem> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let usual = patience(&request);
        let patience = api.body_within.map_or(usual, |within| within.min(usual));
        let headers = std::mem::take(request.headers_mut());
        let body = match tokio::time::timeout(patience, Bytes::from_request(request, api)).await {
            Ok(body) => body.map_err(unreadable)?,
            Err(_) => {
                let detail = format!("the body did not arrive within {} s", patience.as_secs());
                let slow = Problem::new(StatusCode::REQUEST_TIMEOUT, "slow-body", detail);
                return Err(slow.turned_away(TurnedAway::BodyTimeout));
            }
        };
        let key = RequestKey::read(&headers, &method, &uri, &body)?;
        Ok(Raw { body, headers, key })
    }
}

/// Less than the time for the whole request: a body that comes too slowly is no fault of the server.
fn patience(request: &Request) -> Duration {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    time_limit(request.method(), route) * 4 / 5
}

fn unreadable(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "the body is larger than this route takes";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
                .hint("1 MiB, 2 MiB for the file of a template, or 32 MiB for a plugin")
        }
        _ => Problem::bad_request("body", rejection.body_text()),
    }
}

/// The media type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
}

pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// Also keeps pages of other sites from sending commands with a form.
fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    match media_type(headers) {
        Some(kind) if is_json(&kind) => Ok(()),
        other => {
            let found = other.map_or_else(|| "none".to_owned(), |kind| format!("`{kind}`"));
            let detail = format!("the body should be JSON, and its Content-Type is {found}");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail)
                .hint("send `Content-Type: application/json`"))
        }
    }
}

/// serde would also read the fields of an object from a list, by their places.
fn must_be_object(body: &[u8]) -> Result<(), Problem> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
            Err(Problem::unprocessable("invalid", "the body should be a JSON object: {..}")
                .hint("GET /v1/openapi.json shows the object that this route takes"))
        }
        // Whatever else is wrong, the parser says better.
        _ => Ok(()),
    }
}

/// Of our own callers, who may name nothing twice: a map keeps the last of a name, and another reader the first.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let parsed = parse(body)?;
    names_stand_once(body).map_err(|message| Problem::unprocessable("invalid", message))?;
    Ok(parsed)
}

pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| explain::<T>(body, &error))
}

/// Only a body with a mistake is read a second time, to find the place.
fn explain<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Problem {
    let detail = format!("the body cannot be read: {error}");
    if !error.is_data() {
        return Problem::bad_request("bad-json", detail);
    }
    let mut from = serde_json::Deserializer::from_slice(body);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut from) {
        Ok(_) => String::new(),
        Err(found) => pointer(found.path()),
    };
    // serde_json ends its message with the place, which is told apart here.
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(text, _)| text).to_owned();
    Problem::unprocessable("invalid", detail).fault(path, "invalid", message)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let part: &dyn Display = match segment {
            Segment::Seq { index } => index,
            Segment::Map { key } => key,
            Segment::Enum { variant } => variant,
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&part.to_string().replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Body {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Line {
        title: String,
    }

    async fn problem(body: &str) -> Value {
        use axum::response::IntoResponse;
        let response = parse::<Body>(body.as_bytes()).unwrap_err().into_response();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn a_list_is_not_taken_for_an_object() {
        assert!(must_be_object(b" \n{}").is_ok());
        for body in ["[]", "null", "\"{}\"", " 5"] {
            assert!(must_be_object(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[tokio::test]
    async fn a_mistake_in_a_body_is_shown_where_it_is() {
        let wrong = problem(r#"{"lines": [{"title": "a"}, {"title": 5}]}"#).await;
        assert_eq!(wrong["status"], 422);
        assert_eq!(wrong["errors"][0]["path"], "/lines/1/title");
        assert_eq!(wrong["errors"][0]["message"], "invalid type: integer `5`, expected a string");
        let unknown = problem(r#"{"lines": [{"titel": "a"}]}"#).await;
        let message = unknown["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("`titel`") && message.contains("`title`"), "{message}");
        let broken = problem("{\"lines\":\n [}").await;
        assert_eq!((&broken["status"], &broken["code"]), (&400.into(), &"bad-json".into()));
        assert!(broken["detail"].as_str().unwrap().contains("line 2"), "{broken}");
    }
}
