//! The facade as a whole: who is let in, in which form things are answered, what is limited.

mod deals;
mod funnels_and_money;

use std::{convert::Infallible, future, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode},
    response::Response,
};
use futures::{StreamExt, stream};
use rulewright_domain::{
    Actor, Client, ClientId, ClientKind, Command, Employee, EmployeeId, Scope, Timestamp, Token, TokenId,
    bucket::Bucket,
};
use rulewright_engine::WRONG_SECRETS;
use rulewright_ports::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tower::ServiceExt;

use crate::{
    FacadeDeps, Options, RateLimits,
    call::{Call, Once},
    caller::{Credential, authenticate, hex},
    facade::Facade,
    golden::{CODE, Reply, Shop},
    method::Edition,
    serve::{MAX_UNIDENTIFIED, UNIDENTIFIED},
};

/// Opens the area of users, and nothing else.
const NARROW: &str = "narrow0code";

/// Of a body.
type Part = Result<Bytes, Infallible>;

async fn shop() -> Shop {
    let shop = Shop::open().await;
    shop.webhook(NARROW, &[], &["user"]).await;
    shop
}

async fn get(shop: &Shop, uri: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let Reply { status, answer, .. } = shop.reply(request.body(Body::empty()).unwrap()).await;
    (status, answer)
}

/// Status and code.
async fn fault(shop: &Shop, uri: &str) -> (u16, String) {
    let (status, answer) = get(shop, uri, &[]).await;
    assert!(answer.get("result").is_none(), "{answer}");
    assert!(answer["error_description"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
    (status, answer["error"].as_str().unwrap().to_owned())
}

async fn token(shop: &Shop, secret: &str, employee: Option<i64>, expires: Option<Timestamp>) -> TokenId {
    let token = Token {
        id: TokenId(0),
        shop: shop.id,
        name: "token".into(),
        hash: hex(&Sha256::digest(secret)),
        scopes: [Scope::Admin].into(),
        created: Timestamp(0),
        expires,
        employee: employee.map(EmployeeId),
        areas: Default::default(),
    };
    shop.engine.create_token(shop.id, token).await.unwrap().0
}

#[tokio::test]
async fn a_webhook_is_its_employees_and_lets_in_nobody_else() {
    let shop = shop().await;
    let (status, answer) = get(&shop, &format!("/rest/1/{CODE}/user.admin"), &[]).await;
    assert_eq!((status, &answer["result"]), (200, &json!(true)));
    for (path, status, code) in [
        (format!("/rest/2/{CODE}/user.admin"), 401, "NO_AUTH_FOUND"),
        (format!("/rest/01/{CODE}/user.admin"), 401, "NO_AUTH_FOUND"),
        ("/rest/1/wrong/user.admin".to_owned(), 401, "NO_AUTH_FOUND"),
        ("/rest/1//user.admin".to_owned(), 401, "NO_AUTH_FOUND"),
        ("/rest/user.admin".to_owned(), 401, "NO_AUTH_FOUND"),
        ("/rest/user.admin?auth=".to_owned(), 401, "NO_AUTH_FOUND"),
        ("/rest/user.admin?auth=wrong".to_owned(), 401, "invalid_token"),
        ("/rest/".to_owned(), 401, "NO_AUTH_FOUND"),
        ("/rest".to_owned(), 401, "NO_AUTH_FOUND"),
        (format!("/rest/1/{CODE}/"), 404, "ERROR_METHOD_NOT_FOUND"),
        (format!("/rest/1/{CODE}/crm.deal.fly"), 404, "ERROR_METHOD_NOT_FOUND"),
        (format!("/rest/api/1/{CODE}/user.admin"), 404, "ERROR_METHOD_NOT_FOUND"),
        (format!("/rest/a/b/c/d/e?auth={CODE}"), 404, "ERROR_METHOD_NOT_FOUND"),
        (format!("/rest/1/{CODE}/%FF"), 400, "INVALID_REQUEST"),
    ] {
        assert_eq!(fault(&shop, &path).await, (status, code.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_token_is_taken_from_query_form_json_and_header() {
    let shop = shop().await;
    let id = token(&shop, "abc", Some(1), None).await;
    let whole = format!("rw_{}_abc", id.0);
    for text in ["abc", &whole] {
        let (status, _) = get(&shop, &format!("/rest/user.admin.json?AUTH={text}"), &[]).await;
        assert_eq!(status, 200, "{text} in the query");
        let bearer = format!("Bearer {text}");
        let (status, _) = get(&shop, "/rest/user.admin", &[("authorization", &bearer)]).await;
        assert_eq!(status, 200, "{text} in the header");
        for (media, body) in [
            ("application/json", json!({ "auth": text }).to_string()),
            ("application/x-www-form-urlencoded", format!("auth={text}")),
        ] {
            let request = Request::post("/rest/user.admin").header("content-type", media);
            let reply = shop.reply(request.body(Body::from(body)).unwrap()).await;
            assert_eq!((reply.status, reply.times.len()), (200, 1), "{text} as {media}");
        }
    }
    let other = format!("/rest/user.admin?auth=rw_{}_abc", id.0 + 1);
    assert_eq!(fault(&shop, &other).await.1, "invalid_token");
}

#[tokio::test]
async fn tokens_that_expired_or_belong_to_nobody_are_refused() {
    let shop = shop().await;
    token(&shop, "old", Some(1), Some(shop.clock.now())).await;
    token(&shop, "nobody", None, None).await;
    assert_eq!(fault(&shop, "/rest/user.admin?auth=old").await, (401, "expired_token".to_owned()));
    assert_eq!(fault(&shop, "/rest/1/old/user.admin").await, (401, "NO_AUTH_FOUND".to_owned()));
    let refused = fault(&shop, "/rest/user.admin?auth=nobody").await;
    assert_eq!(refused, (403, "user_access_error".to_owned()), "nobody's");
    let left = Employee { working: false, ..employee(&shop).await };
    shop.engine.put_employee(shop.id, left).await.unwrap();
    let refused = fault(&shop, &format!("/rest/1/{CODE}/user.admin")).await;
    assert_eq!(refused, (403, "user_access_error".to_owned()), "who has left");
}

async fn employee(shop: &Shop) -> Employee {
    use rulewright_ports::{StorageError, StorageExt};
    let id = shop.id;
    let config = shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.config(id)).await;
    config.unwrap().unwrap().employees[&EmployeeId(1)].clone()
}

#[tokio::test]
async fn a_method_needs_its_area_alone_and_in_a_batch() {
    let shop = shop().await;
    let narrow = |method: &str| format!("/rest/1/{NARROW}/{method}");
    assert_eq!(get(&shop, &narrow("user.current"), &[]).await.0, 200);
    assert_eq!(get(&shop, &narrow("user.admin"), &[]).await.1["result"], json!(false));
    assert_eq!(get(&shop, &narrow("scope"), &[]).await.1["result"], json!(["user"]));
    let (_, full) = get(&shop, &narrow("scope?full=true"), &[]).await;
    assert!(full["result"].as_array().unwrap().contains(&json!("user")), "{full}");
    let (_, mine) = get(&shop, &narrow("methods"), &[]).await;
    assert!(mine["result"].as_array().unwrap().contains(&json!("user.current")), "{mine}");
    shop.webhook("basic0code", &[], &[]).await;
    let refused = fault(&shop, "/rest/1/basic0code/user.current").await;
    assert_eq!(refused, (403, "insufficient_scope".to_owned()));
    let (status, answer) =
        get(&shop, "/rest/1/basic0code/batch?cmd[a]=user.current&cmd[b]=server.time", &[]).await;
    assert_eq!(status, 200);
    assert_eq!(answer["result"]["result_error"]["a"]["error"], "insufficient_scope");
    assert!(answer["result"]["result"]["b"].is_string());
    let (_, known) = get(&shop, "/rest/1/basic0code/method.get?name=user.current", &[]).await;
    assert_eq!(known["result"], json!({"isExisting": true, "isAvailable": false}));
}

#[tokio::test]
async fn a_batch_has_at_most_fifty_commands_and_names_those_beyond() {
    let shop = shop().await;
    let commands: Vec<&str> = vec!["server.time"; 52];
    let request = Request::post(format!("/rest/1/{CODE}/batch")).header("content-type", "application/json");
    let body = Body::from(json!({ "cmd": commands }).to_string());
    let Reply { status, answer, times } = shop.reply(request.body(body).unwrap()).await;
    let result = &answer["result"];
    assert_eq!((status, result["result"].as_array().map(Vec::len), times.len()), (200, Some(50), 51));
    for key in ["50", "51"] {
        assert_eq!(result["result_error"][key]["error"], "ERROR_BATCH_LENGTH_EXCEEDED", "{answer}");
    }
}

#[tokio::test]
async fn answers_have_the_type_that_clients_insist_on() {
    let shop = shop().await;
    let headers = async |method: Method, path: &str| -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().method(method).uri(format!("/rest/1/{CODE}/{path}"));
        let response = shop.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    };
    for path in ["server.time", "no.such.method"] {
        let (_, headers, _) = headers(Method::GET, path).await;
        assert_eq!(headers["content-type"], "application/json; charset=utf-8", "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
    }
    let (status, xml, text) = headers(Method::GET, "user.admin.xml").await;
    assert_eq!((status.as_u16(), xml["content-type"].to_str().unwrap()), (200, "text/xml; charset=utf-8"));
    assert!(text.contains("<response><result>true</result><time>"), "{text}");
    let (status, _, text) = headers(Method::GET, "no.such.method.xml").await;
    assert!(status.as_u16() == 404 && text.contains("<error>ERROR_METHOD_NOT_FOUND</error>"), "{text}");
    assert_eq!(headers(Method::OPTIONS, "server.time").await.0.as_u16(), 204);
    assert_eq!(headers(Method::PUT, "server.time").await.0.as_u16(), 405);
}

#[tokio::test]
async fn plain_text_is_refused_where_the_operator_wants_tls() {
    let path = format!("/rest/1/{CODE}/server.time");
    let over_proxy = [("x-forwarded-proto", "https")];
    let shop = Shop::with(Options { require_tls: true, ..Options::default() }).await;
    assert_eq!(fault(&shop, &path).await, (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(get(&shop, &path, &over_proxy).await.0, 200);
    assert_eq!(get(&shop, &path, &[("x-forwarded-proto", "http")]).await.0, 400);
}

#[tokio::test]
async fn limits_hold_where_they_are_set() {
    let requests = Some(Bucket { burst: 2, per_second: 1.0 });
    let limits = RateLimits { requests, operating: None };
    let shop = Shop::with(Options { limits, ..Options::default() }).await;
    let path = format!("/rest/1/{CODE}/server.time");
    assert_eq!(get(&shop, &path, &[]).await.0, 200);
    assert_eq!(get(&shop, &path, &[]).await.0, 200);
    assert_eq!(fault(&shop, &path).await, (503, "QUERY_LIMIT_EXCEEDED".to_owned()));
    shop.clock.advance_to(shop.clock.now().plus(1000));
    assert_eq!(get(&shop, &path, &[]).await.0, 200);

    let limits = RateLimits { requests: None, operating: Some(Duration::from_nanos(1)) };
    let shop = Shop::with(Options { limits, ..Options::default() }).await;
    assert_eq!(get(&shop, &path, &[]).await.0, 200);
    assert_eq!(fault(&shop, &path).await, (429, "OPERATION_TIME_LIMIT".to_owned()));
    let batch = format!("/rest/1/{CODE}/batch?cmd[a]=server.time&cmd[b]=user.admin");
    let (status, answer) = get(&shop, &batch, &[]).await;
    assert_eq!(
        (status, &answer["result"]["result_error"]["a"]["error"]),
        (200, &json!("OPERATION_TIME_LIMIT"))
    );
    assert_eq!(get(&shop, &batch, &[]).await.0, 200, "a batch itself has no account");
    shop.clock.advance_to(shop.clock.now().plus(600_000));
    assert_eq!(get(&shop, &path, &[]).await.0, 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_broken_is_the_callers_mistake() {
    let shop = shop().await;
    let post = async |body: Vec<u8>| {
        let request =
            Request::post(format!("/rest/1/{CODE}/server.time")).header("content-type", "application/json");
        shop.reply(request.body(Body::from(body)).unwrap()).await.status
    };
    assert_eq!(post(b"{".to_vec()).await, 400);
    assert_eq!(post("[".repeat(1_000_000).into_bytes()).await, 400);
    assert_eq!(post(vec![b' '; crate::serve::MAX_BODY + 1]).await, 413);
}

#[tokio::test]
async fn with_a_wrong_code_in_the_path_nothing_of_the_body_is_read() {
    let shop = shop().await;
    let never = Body::from_stream(stream::pending::<Part>());
    let reply = shop.reply(Request::post("/rest/1/wrong/user.admin").body(never).unwrap()).await;
    assert_eq!((reply.status, &reply.answer["error"]), (401, &json!("NO_AUTH_FOUND")));
}

fn from(address: Option<[u8; 4]>, mut request: Request<Body>) -> Request<Body> {
    if let Some(address) = address {
        let address = std::net::SocketAddr::from((address, 4711));
        request.extensions_mut().insert(axum::extract::ConnectInfo(address));
    }
    request
}

/// So many bodies of an address that begin like this, and do not end.
async fn hold(
    shop: &Shop,
    many: usize,
    first: &str,
    address: Option<[u8; 4]>,
) -> Vec<tokio::task::JoinHandle<Result<Response, Infallible>>> {
    let (taken, mut places) = mpsc::unbounded_channel();
    let held: Vec<_> = (0..many)
        .map(|_| {
            let taken = taken.clone();
            let first = stream::iter([Part::Ok(first.to_owned().into())]);
            // Asked for once the first part has its place.
            let rest = stream::once(async move {
                taken.send(()).unwrap();
                future::pending::<Part>().await
            });
            let body = Body::from_stream(first.chain(rest));
            let request = Request::post("/rest/user.admin").body(body).unwrap();
            tokio::spawn(shop.router.clone().oneshot(from(address, request)))
        })
        .collect();
    for _ in &held {
        places.recv().await.unwrap();
    }
    held
}

#[tokio::test]
async fn one_network_leaves_places_for_large_bodies_to_others() {
    let shop = shop().await;
    token(&shop, "abc", Some(1), None).await;
    let body = format!("file={}&auth=abc", "x".repeat(MAX_UNIDENTIFIED));
    let held = hold(&shop, 2, &body, Some([192, 0, 2, 1])).await;
    let mut came = Vec::new();
    for address in [[192, 0, 2, 1], [192, 0, 3, 1]] {
        let request = Request::post("/rest/user.admin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.clone()))
            .unwrap();
        came.push(shop.reply(from(Some(address), request)).await.status);
    }
    assert_eq!(came, [503, 200]);
    // One that guesses is counted, though nobody looks at its body.
    let mut guessed = Vec::new();
    for _ in 0..=WRONG_SECRETS.burst {
        let request = Request::post("/rest/user.admin?auth=wrong").body(Body::from(body.clone())).unwrap();
        guessed.push(shop.reply(from(Some([192, 0, 2, 1]), request)).await.status);
    }
    assert_eq!((guessed.first(), guessed.last()), (Some(&503), Some(&429)));
    held.iter().for_each(|one| one.abort());
}

#[tokio::test]
async fn of_large_bodies_that_say_only_at_their_end_who_asks_few_are_read_at_once() {
    let shop = shop().await;
    token(&shop, "abc", Some(1), None).await;
    // `auth` is the last parameter, as clients of applications send it.
    let form = |length: usize| format!("file={}&auth=abc", "x".repeat(length));
    let post = async |path: &str, bearer: &str, body: String| {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("authorization", bearer).body(Body::from(body)).unwrap();
        let Reply { status, answer, .. } = shop.reply(request).await;
        (status, answer["error"].as_str().unwrap_or_default().to_owned())
    };
    let answered = (200, String::new());
    assert_eq!(post("/rest/user.admin", "", form(MAX_UNIDENTIFIED)).await, answered);

    let held = hold(&shop, UNIDENTIFIED, &form(MAX_UNIDENTIFIED), None).await;
    let refused = (503, "QUERY_LIMIT_EXCEEDED".to_owned());
    assert_eq!(post("/rest/user.admin", "", form(MAX_UNIDENTIFIED)).await, refused);
    assert_eq!(post("/rest/user.admin", "Bearer wrong", form(MAX_UNIDENTIFIED)).await, refused);
    assert_eq!(post("/rest/user.admin", "", form(MAX_UNIDENTIFIED / 2)).await, answered, "a small one");
    for (path, bearer) in [
        (format!("/rest/1/{CODE}/user.admin"), ""),
        ("/rest/user.admin?auth=abc".to_owned(), ""),
        ("/rest/user.admin".to_owned(), "Bearer abc"),
    ] {
        assert_eq!(post(&path, bearer, form(MAX_UNIDENTIFIED)).await, answered, "{path} {bearer}");
    }
    for one in held {
        one.abort();
        assert!(one.await.unwrap_err().is_cancelled());
    }
    assert_eq!(post("/rest/user.admin", "", form(MAX_UNIDENTIFIED)).await, answered, "a place is free again");
}

#[tokio::test]
async fn a_command_is_done_in_the_employees_name_and_once_for_each_key() {
    let shop = shop().await;
    let deps = FacadeDeps { engine: shop.engine.clone(), options: Options::default() };
    let facade = Facade::new(deps);
    let caller = authenticate(&facade, Credential::Webhook { user: "1", code: CODE }).await.unwrap();
    let call = |key: Option<&str>, request: &str| {
        let once = key.map(|key| Once::new(key.into(), request.into()));
        Call::new(facade.clone(), caller.clone(), Default::default(), Edition::Classic, once)
    };
    let create = async |call: &Call| call.execute(Command::CreateClient(client())).await;
    let first = call(Some("k"), "same");
    let (one, two) = (create(&first).await.unwrap(), create(&first).await.unwrap());
    assert_ne!(one.client, two.client, "two commands of one request are two");
    let again = call(Some("k"), "same");
    let repeated = (create(&again).await.unwrap(), create(&again).await.unwrap());
    assert_eq!((repeated.0.client, repeated.1.client), (one.client, two.client));
    assert!(repeated.0.duplicate && repeated.1.duplicate);
    let sub = create(&call(Some("k"), "same").sub("a", Default::default())).await.unwrap();
    assert!(!sub.duplicate, "a batch's command is another one");
    let reused = create(&call(Some("k"), "other")).await.unwrap_err();
    assert_eq!((reused.status.as_u16(), reused.code.as_str()), (400, "IDEMPOTENCY_KEY_REUSED"));

    let event = one.events[0];
    let id = shop.id;
    let read = call(None, "").read(move |reads| Ok(reads.event(id, event)?)).await.unwrap();
    let by = read.unwrap().cause.by.clone();
    assert_eq!(by, Actor::Employee { employee: EmployeeId(1), name: "Ada Lovelace".into() });
}

fn client() -> Client {
    Client::new(ClientId(0), ClientKind::Contact, "Grace Hopper")
}
