//! Webhooks: an address that any system can call.

use std::collections::BTreeSet;

use axum::{
    Form, Json,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::Response,
};
use rulewright_domain::{
    ClientId, Command, NewEvent, OrderId, Scope, ShopId,
    hook::{SignatureError, Signed},
    kind,
};
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{AutomationWrite, Caller, allowed, authenticate},
    extract::{Ask, At, Raw, is_json, media_type, parse},
    problem::{Problem, Problems},
    state::Api,
    view::{HookKey, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(call_hook, call_hook_by_get))
        .routes(routes!(make_hook_key, delete_hook_key))
}

const FORM: &str = "application/x-www-form-urlencoded";

/// As it was sent: a name may stand several times.
type Query = Vec<(String, String)>;

/// Call a webhook
///
/// Becomes an event of kind `webhook.received` about its target: `order` or `client`. A code that nothing about the
/// target waits for is refused, and leaves no trace. Systems that cannot send headers put a token in the query: use
/// one that has no scope but `events-write`.
#[utoipa::path(
    post, path = "/v1/hooks/{code}", tag = "events",
    request_body(content = Option<Value>, description = "JSON, a form, or text", example = json!({"answer": "yes"})),
    params(
        ("code" = String, Path, example = "survey", description = "What the trigger waits for"),
        ("order" = Option<String>, Query, example = "ord_42"),
        ("client" = Option<String>, Query, example = "cli_7"),
        ("token" = Option<String>, Query, description = "Instead of the Authorization header"),
    ),
    responses(
        (status = 202, body = Receipt),
        (status = 200, body = Receipt, description = "The first answer to a call that came before; nothing was done again"),
        Problems
    ),
    security(("bearer" = ["events-write"]))
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
        ("code" = String, Path, example = "survey", description = "What the trigger waits for"),
        ("order" = Option<String>, Query, example = "ord_42"),
        ("client" = Option<String>, Query, example = "cli_7"),
        ("token" = Option<String>, Query, description = "Instead of the Authorization header"),
    ),
    responses(
        (status = 202, body = Receipt),
        (status = 200, body = Receipt, description = "The first answer to a call that came before; nothing was done again"),
        Problems
    ),
    security(("bearer" = ["events-write"]))
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
    if order.is_none() && client.is_none() {
        return Err(Problem::bad_request("target-not-set", "Target is not set.")
            .hint("say whom the call is about: add `?order=ord_42` or `?client=cli_7` to the address"));
    }
    must_be_signed(&api, caller.shop(), &code, &raw).await?;
    let event = NewEvent {
        order,
        client,
        data: json!({ "query": gathered(query), "body": body(&raw).await? }).into(),
        ..NewEvent::new(kind::WEBHOOK_RECEIVED)
    }
    .attr("code", code)
    .attr("method", method.as_str());
    let receipt = api.execute(&caller, raw.key, Command::Ingest(event), &[]).await?;
    let status = if receipt.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(done(status, receipt))
}

/// Where the shop has made a key for the code.
async fn must_be_signed(api: &Api, shop: ShopId, code: &str, raw: &Raw) -> Result<(), Problem> {
    let shop = api.read(move |reads| reads.shop(shop)).await?;
    let Some(key) = shop.as_ref().and_then(|shop| shop.hook_keys.get(code)) else { return Ok(()) };
    let header = |name: &str| raw.headers.get(name).and_then(|value| value.to_str().ok());
    let [id, at, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
    let (Some(id), Some(at), Some(signatures)) = (id, at, signatures) else {
        let detail =
            "calls with this code must be signed: webhook-id, webhook-timestamp and webhook-signature";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-signed", detail)
            .hint("sign as https://www.standardwebhooks.com says, with the key of this webhook"));
    };
    let checked = Signed { id, at, signatures }.check(key, &raw.body, api.engine.clock().now());
    checked.map_err(|error| {
        let (code, hint) = match error {
            SignatureError::Wrong => {
                ("wrong-signature", "sign exactly the bytes that are sent, with the latest key")
            }
            SignatureError::Stale => {
                ("stale-signature", "set the sender's clock, and sign again for each attempt")
            }
        };
        let problem = Problem::new(StatusCode::FORBIDDEN, code, error.to_string()).hint(hint);
        match error {
            SignatureError::Wrong => problem.wrong_secret(),
            SignatureError::Stale => problem,
        }
    })
}

/// Have the calls of a webhook signed
///
/// Makes a key, which is shown this once. From now on calls with the code must be signed with it as
/// [Standard Webhooks](https://www.standardwebhooks.com) says, at most five minutes before they arrive; an earlier key
/// works no more.
#[utoipa::path(
    post, path = "/v1/hooks/{code}/key", tag = "events",
    params(("code" = String, Path, example = "survey", description = "What the trigger waits for")),
    responses((status = 201, body = HookKey), Problems), security(("bearer" = ["automation-write"]))
)]
async fn make_hook_key(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
) -> Result<(StatusCode, Json<HookKey>), Problem> {
    let key = api.by(&caller).engine.make_hook_key(caller.shop(), code).await?;
    Ok((StatusCode::CREATED, Json(HookKey { key })))
}

/// Have the calls of a webhook signed no more
#[utoipa::path(
    delete, path = "/v1/hooks/{code}/key", tag = "events",
    params(("code" = String, Path, example = "survey", description = "What the trigger waits for")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_hook_key(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(code): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_hook_key(caller.shop(), &code).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&code]))?;
    Ok(StatusCode::NO_CONTENT)
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
