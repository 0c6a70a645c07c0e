//! Webhooks: an address that any system can call.

use std::collections::BTreeSet;

use axum::{
    Form,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::Response,
};
use rulewright_domain::{ClientId, Command, NewEvent, OrderId, Scope, kind};
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{Caller, allowed, authenticate},
    extract::{Ask, At, Raw, is_json, media_type, parse},
    problem::{Problem, Problems},
    state::Api,
    view::Receipt,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(call_hook, call_hook_by_get))
}

const FORM: &str = "application/x-www-form-urlencoded";

/// As it was sent: a name may stand several times.
type Query = Vec<(String, String)>;

/// Call a webhook
///
/// Becomes an event of kind `webhook.received`. Systems that cannot send headers put a token in the query: use
/// one that has no scope but `events-write`.
#[utoipa::path(
    post, path = "/v1/hooks/{code}", tag = "events",
    request_body(content = Option<Value>, description = "JSON, a form, or text"),
    params(
        ("code" = String, Path, description = "What the trigger waits for"),
        ("order" = Option<String>, Query, example = "ord_42"),
        ("client" = Option<String>, Query, example = "cli_7"),
        ("token" = Option<String>, Query, description = "Instead of the Authorization header"),
    ),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn call_hook(
    State(api): State<Api>,
    At(code): At<String>,
    Ask(query): Ask<Query>,
    method: Method,
    raw: Raw,
) -> Result<Response, Problem> {
    receive(api, code, query, method, raw).await
}

/// Call a webhook by GET
///
/// For systems that can do nothing else.
#[utoipa::path(
    get, path = "/v1/hooks/{code}", tag = "events",
    params(
        ("code" = String, Path, description = "What the trigger waits for"),
        ("order" = Option<String>, Query, example = "ord_42"),
        ("client" = Option<String>, Query, example = "cli_7"),
        ("token" = Option<String>, Query, description = "Instead of the Authorization header"),
    ),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn call_hook_by_get(
    State(api): State<Api>,
    At(code): At<String>,
    Ask(query): Ask<Query>,
    method: Method,
    raw: Raw,
) -> Result<Response, Problem> {
    // A HEAD is routed here as well, and must not do anything.
    if method != Method::GET {
        let detail = "a webhook is called by GET or POST";
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", detail)
            .hint("send POST, or GET where nothing else is possible"));
    }
    receive(api, code, query, method, raw).await
}

async fn receive(
    api: Api,
    code: String,
    mut query: Query,
    method: Method,
    raw: Raw,
) -> Result<Response, Problem> {
    let in_query = take(&mut query, "token")?;
    let caller = caller(&api, &raw, in_query.as_deref()).await?;
    let order = id::<OrderId>(&mut query, "order")?;
    let client = id::<ClientId>(&mut query, "client")?;
    let event = NewEvent {
        order,
        client,
        data: json!({ "query": gathered(query), "body": body(&raw).await? }).into(),
        ..NewEvent::new(kind::WEBHOOK_RECEIVED)
    }
    .attr("code", code)
    .attr("method", method.as_str());
    let receipt = api.execute(&caller, raw.key, Command::Ingest(event), &[]).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

async fn caller(api: &Api, raw: &Raw, in_query: Option<&str>) -> Result<Caller, Problem> {
    let header = raw.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header.and_then(|value| value.split_once(' ')).map(|(_, token)| token.trim());
    let caller = authenticate(api, header.or(in_query)).await?;
    allowed(&caller, Scope::EventsWrite)?;
    // A token in an address is written to the logs of everything on the way: it should not open much.
    if header.is_none() && *caller.scopes() != BTreeSet::from([Scope::EventsWrite]) {
        let detail = "a token in the address may have no scope but `events-write`";
        return Err(Problem::new(StatusCode::FORBIDDEN, "token-in-address", detail)
            .hint("make one with `rulewright token create --scope events-write`"));
    }
    Ok(caller)
}

/// What means something to us has one value: of two, one would be lost.
fn take(query: &mut Query, name: &str) -> Result<Option<String>, Problem> {
    let mut found = query.extract_if(.., |pair| pair.0 == name).map(|(_, value)| value);
    let (first, second) = (found.next(), found.next());
    drop(found);
    match second {
        None => Ok(first),
        Some(_) => {
            Err(Problem::bad_request("query", format!("`{name}` stands several times in the address"))
                .hint("name it once"))
        }
    }
}

fn id<T: std::str::FromStr<Err: std::fmt::Display>>(
    query: &mut Query,
    name: &str,
) -> Result<Option<T>, Problem> {
    let text = take(query, name)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: T::Err| Problem::bad_request("query", format!("{name}: {error}")))
}

/// JSON as it is, a form as an object, everything else as text.
async fn body(raw: &Raw) -> Result<Value, Problem> {
    if raw.body.is_empty() {
        return Ok(Value::Null);
    }
    match media_type(&raw.headers).as_deref() {
        Some(kind) if is_json(kind) => parse(&raw.body),
        Some(FORM) => form(raw.body.clone()).await,
        _ => match std::str::from_utf8(&raw.body) {
            Ok(text) => Ok(Value::String(text.to_owned())),
            Err(_) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-text",
                "a webhook takes JSON, a form, or UTF-8 text",
            )
            .hint("send text in UTF-8, or bytes as Base64 in JSON")),
        },
    }
}

async fn form(body: Bytes) -> Result<Value, Problem> {
    let request = Request::post("/").header(CONTENT_TYPE, FORM).body(Body::from(body));
    let request = request.map_err(|error| Problem::bad_request("body", error.to_string()))?;
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|rejection| Problem::bad_request("body", rejection.body_text()))?;
    Ok(gathered(pairs))
}

/// A name that stands several times keeps all its values.
fn gathered(pairs: Vec<(String, String)>) -> Value {
    let mut all = Map::new();
    for (name, value) in pairs {
        let value = Value::String(value);
        match all.get_mut(&name) {
            None => {
                all.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_keeps_every_value() {
        let read = form(Bytes::from_static(b"name=Zo%C3%AB+K&tag=a&tag=b&empty=")).await.ok().unwrap();
        assert_eq!(read, json!({"name": "Zoë K", "tag": ["a", "b"], "empty": ""}));
    }

    fn query(pairs: &[(&str, &str)]) -> Query {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_id_of_the_wrong_kind_or_a_second_one_is_refused() {
        let id = |pairs: &[(&str, &str)]| id::<OrderId>(&mut query(pairs), "order");
        assert!(id(&[("order", "cli_1")]).is_err());
        assert!(id(&[("order", "ord_1"), ("order", "ord_2")]).is_err());
        assert_eq!(id(&[("order", "ord_1"), ("a", "b")]).ok(), Some(Some(OrderId(1))));
        assert_eq!(id(&[("order", "")]).ok(), Some(None));
        assert_eq!(id(&[]).ok(), Some(None));
    }

    #[test]
    fn what_is_taken_out_of_the_query_does_not_become_data() {
        let mut left = query(&[("tag", "a"), ("token", "rw_1_x"), ("tag", "b")]);
        assert_eq!(take(&mut left, "token").ok(), Some(Some("rw_1_x".to_owned())));
        assert_eq!(gathered(left), json!({"tag": ["a", "b"]}));
    }
}
