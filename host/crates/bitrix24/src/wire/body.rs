//! Query and body of a request, merged: what the body says wins.

use axum::{body::Bytes, http::HeaderMap};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{
    brackets::{Decoder, MAX_PARAMETERS, TooMany, decode},
    node::{Members, Node},
};
use crate::fault::Fault;

pub async fn read(query: Option<&str>, headers: &HeaderMap, body: Bytes) -> Result<Members, Fault> {
    let mut merged = decode(query.unwrap_or_default().as_bytes()).map_err(too_many)?;
    let media = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (key, node) in of_body(media, body).await? {
        // Names are case-insensitive: `ID` of the body replaces `id` of the query too.
        merged.retain(|known, _| !known.eq_ignore_ascii_case(&key) || *known == key);
        merged.insert(key, node);
    }
    Ok(merged)
}

async fn of_body(media: &str, body: Bytes) -> Result<Members, Fault> {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Members::new());
    }
    match essence.as_str() {
        "application/json" => of_json(&body),
        "multipart/form-data" => of_parts(media, body).await,
        "application/x-www-form-urlencoded" => decode(&body).map_err(too_many),
        essence if essence.ends_with("+json") => of_json(&body),
        // Not named, or named by a library that had no better word.
        "" | "text/plain" | "application/octet-stream" => {
            let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
            if matches!(first, Some(b'{' | b'[')) { of_json(&body) } else { decode(&body).map_err(too_many) }
        }
        other => Err(Fault::unreadable(format!(
            "A body of type '{other}' cannot be read: send application/json, application/x-www-form-urlencoded or \
             multipart/form-data"
        ))),
    }
}

fn of_json(body: &[u8]) -> Result<Members, Fault> {
    let node: Node = serde_json::from_slice(body)
        .map_err(|error| Fault::unreadable(format!("The body is no JSON: {error}")))?;
    match node {
        Node::Map(members) => Ok(members),
        // Parameters by position.
        Node::List(items) => {
            Ok(items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect())
        }
        Node::Scalar(Value::Null) => Ok(Members::new()),
        Node::Scalar(_) => Err(Fault::unreadable("The body must be a JSON object of parameters")),
    }
}

/// A file becomes what the methods take for one: its name and its bytes in Base64.
async fn of_parts(media: &str, body: Bytes) -> Result<Members, Fault> {
    let broken =
        |error: multer::Error| Fault::unreadable(format!("The multipart body cannot be read: {error}"));
    let boundary = multer::parse_boundary(media).map_err(broken)?;
    let whole = futures::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut decoder = Decoder::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(broken)?;
        let node = match file {
            Some(file) => {
                let data = Node::List(vec![Node::text(file), Node::text(BASE64_STANDARD.encode(&bytes))]);
                Node::Map(Members::from_iter([("fileData".to_owned(), data)]))
            }
            None => Node::text(String::from_utf8_lossy(&bytes)),
        };
        decoder.insert(&name, node).map_err(too_many)?;
    }
    Ok(decoder.finish())
}

fn too_many(_: TooMany) -> Fault {
    Fault::unreadable(format!("More than {MAX_PARAMETERS} parameters: send them in several calls"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::node::object;

    async fn merged(query: &str, media: &str, body: &str) -> Result<Value, Fault> {
        let headers = HeaderMap::from_iter([("content-type".parse().unwrap(), media.parse().unwrap())]);
        let members = read(Some(query), &headers, Bytes::copy_from_slice(body.as_bytes())).await?;
        Ok(Value::Object(object(&members)))
    }

    #[tokio::test]
    async fn query_and_body_are_merged_and_the_body_wins() {
        let json = merged("a=1&b=2", "application/json; charset=utf-8", r#"{"b":3,"c":{"d":[1]}}"#).await;
        assert_eq!(json.unwrap(), json!({"a": "1", "b": 3, "c": {"d": [1]}}));
        let form = merged("id=1", "application/x-www-form-urlencoded", "ID=2&f[x]=y").await;
        assert_eq!(form.unwrap(), json!({"ID": "2", "f": {"x": "y"}}));
    }

    #[tokio::test]
    async fn an_empty_body_is_none_whatever_it_claims_to_be() {
        for media in ["application/json", "multipart/form-data", "image/png"] {
            assert_eq!(merged("a=1", media, " ").await.unwrap(), json!({"a": "1"}), "{media}");
        }
        assert_eq!(merged("", "application/json", "{}").await.unwrap(), json!({}));
        assert_eq!(merged("", "application/json", "null").await.unwrap(), json!({}));
        assert_eq!(merged("", "application/json", "[5]").await.unwrap(), json!({"0": 5}));
        assert_eq!(merged("", "text/plain", r#"{"a":1}"#).await.unwrap(), json!({"a": 1}));
    }

    #[tokio::test]
    async fn multipart_names_have_brackets_and_files_are_base64() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"fields[TITLE]\"\r\n\r\nTea\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhi\r\n--x--\r\n";
        let read = merged("", "multipart/form-data; boundary=x", body).await;
        assert_eq!(read.unwrap(), json!({"fields": {"TITLE": "Tea"}, "f": {"fileData": ["a.txt", "aGk="]}}));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_the_callers_mistake() {
        for (media, body) in [
            ("application/json", "{"),
            ("application/json", "5"),
            ("multipart/form-data", "x"),
            ("multipart/form-data; boundary=x", "no parts"),
            ("image/png", "x"),
        ] {
            let fault = merged("", media, body).await.unwrap_err();
            assert_eq!(
                (fault.status.as_u16(), fault.code.as_str()),
                (400, "INVALID_REQUEST"),
                "{media} {body}"
            );
        }
    }
}
