//! Who may do what: every operation of the OpenAPI document, with every scope, without a token, and from another shop.
//! A new route is in it by itself, and fails until `things.rs` says where its ids come from.

mod polyglot;
mod things;

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::Timestamp;

use super::channels::Channels;
use super::*;

const SCOPES: [(Scope, &str); 9] = [
    (Scope::OrdersRead, "orders-read"),
    (Scope::OrdersWrite, "orders-write"),
    (Scope::AutomationRead, "automation-read"),
    (Scope::AutomationWrite, "automation-write"),
    (Scope::RunsRead, "runs-read"),
    (Scope::RunsWrite, "runs-write"),
    (Scope::EventsWrite, "events-write"),
    (Scope::PluginsWrite, "plugins-write"),
    (Scope::Admin, "admin"),
];

/// What another shop's token gets instead of 404, where an id in the path is no secret of one shop, and why.
const OTHERS: &[(&str, u16, &str)] = &[
    ("put /v1/application-triggers/{code}", 200, OWN_NAMES),
    ("put /v1/dictionaries/{name}", 204, OWN_NAMES),
    ("put /v1/forms/{name}", 204, OWN_NAMES),
    ("put /v1/lists/{name}", 204, OWN_NAMES),
    ("put /v1/mailboxes/{id}", 204, OWN_NAMES),
    ("put /v1/numerators/{name}", 204, OWN_NAMES),
    ("put /v1/open-channels/{name}", 204, OWN_NAMES),
    ("put /v1/pipelines/{id}", 204, OWN_NAMES),
    ("put /v1/providers/{id}", 422, NO_PLUGIN),
    ("put /v1/schedules/{name}", 200, OWN_NAMES),
    ("put /v1/segments/{name}", 204, OWN_NAMES),
    ("put /v1/templates/{name}", 204, OWN_NAMES),
    ("put /v1/templates/{name}/file", 422, OWN_NAMES),
    ("put /v1/workflows/{name}", 422, NO_PLUGIN),
    ("post /v1/hooks/{code}/key", 201, OWN_NAMES),
    (
        "post /v1/health-notes/{id}/mute",
        204,
        "a note is muted before it is there, by a name that is each shop's own",
    ),
    ("post /v1/forms/{name}/submissions", 202, "a form need not be known before it is sent"),
    ("get /v1/hooks/{code}", 422, IN_QUERY),
    ("post /v1/hooks/{code}", 422, IN_QUERY),
    ("get /v1/marketplace/{id}", 200, EVERYBODYS),
    ("get /v1/recipes/{id}", 200, EVERYBODYS),
    ("post /v1/recipes/{id}/install", 422, EVERYBODYS),
    ("post /v1/recipes/{id}/remove", 422, EVERYBODYS),
    ("put /v1/quarantine/{digest}", 403, OPERATORS),
    ("delete /v1/quarantine/{digest}", 403, OPERATORS),
    ("put /v1/halts/{flow}", 403, HALTS),
    ("delete /v1/halts/{flow}", 403, HALTS),
];
const OWN_NAMES: &str = "names are each shop's own, and it makes its own of this name";
const NO_PLUGIN: &str = "names are each shop's own, and it has not installed the plugin";
const IN_QUERY: &str = "the id is in the query, so it is a mistake in what was sent";
const EVERYBODYS: &str = "it comes with the program";
const OPERATORS: &str = "a component is stopped in all shops, so no shop may";
const HALTS: &str = "it is halted for all shops, so no shop may";

/// Problems that come after the question who may: a matter of what was sent, not of the token.
const NOT_OF_SCOPES: [&str; 3] = ["operator-only", "not-signed", "orders-not-shown"];

/// Things that nothing of the program has.
const NOTHING_TO_SHOW: [&str; 1] = ["get /v1/marketplace/{id}/icon"];

/// One operation of the document.
struct Operation {
    /// `get /v1/orders/{id}`
    name: String,
    method: Method,
    /// With real ids, and what the query must have.
    path: String,
    has_id: bool,
    /// Names of the scopes, one of which is enough.
    scopes: BTreeSet<String>,
    body: Option<(String, Vec<u8>)>,
}

struct Matrix {
    world: Channels,
    operations: Vec<Operation>,
    tokens: BTreeMap<&'static str, String>,
    expired: String,
    /// Everything that another shop may.
    other: String,
    wrong: Vec<String>,
}

impl Matrix {
    async fn new() -> Matrix {
        let world = Channels::new().await;
        let things = things::of(&world).await;
        let operations = operations(&things);
        let storage = world.engine.storage().clone();
        let token = async |shop, scope, expires| {
            token::create(&storage, shop, "t", [scope].into(), expires, None).await.unwrap().1
        };
        let mut tokens = BTreeMap::new();
        for (scope, name) in SCOPES {
            tokens.insert(name, token(world.id, scope, None).await);
        }
        let expired = token(world.id, Scope::Admin, Some(Timestamp(1))).await;
        let other = setup::first_shop(&world.engine, "Coffee").await.unwrap();
        let other = token(other, Scope::Admin, None).await;
        Matrix { world, operations, tokens, expired, other, wrong: Vec::new() }
    }

    async fn call(&self, operation: &Operation, token: Option<&str>) -> (u16, String) {
        let mut request = Request::builder().method(&operation.method).uri(&operation.path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match &operation.body {
            Some((media_type, body)) => {
                request = request.header("content-type", media_type);
                Body::from(body.clone())
            }
            None => Body::empty(),
        };
        let response = self.world.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        // It would not end.
        if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            return (status, String::new());
        }
        let body = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    async fn expect(&mut self, operation: usize, who: &str, token: Option<&str>, status: u16, code: &str) {
        let operation = &self.operations[operation];
        let (answered, body) = self.call(operation, token).await;
        let found: Value = serde_json::from_str(&body).unwrap_or_default();
        if answered != status || (!code.is_empty() && found["code"] != code) {
            self.wrong
                .push(format!("{}: {who} gets {answered} and not {status} {code}: {body}", operation.name));
        }
    }

    /// All that the shop has, as its administrator sees it.
    async fn seen(&self) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        for operation in self.operations.iter().filter(|one| one.method == Method::GET) {
            let (_, body) = self.call(operation, self.tokens.get("admin").map(String::as_str)).await;
            seen.push((operation.name.clone(), body));
        }
        seen
    }
}

/// The document's operations that want a token, ready to be sent.
fn operations(things: &BTreeMap<&str, String>) -> Vec<Operation> {
    let document: Value = serde_json::from_str(rulewright_api::openapi()).unwrap();
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            let Some(security) = described["security"].as_array() else { continue };
            let name = format!("{method} {template}");
            let scopes: BTreeSet<String> = security
                .iter()
                .filter_map(|one| one["bearer"].as_array())
                .flatten()
                .map(|scope| scope.as_str().unwrap().to_owned())
                .collect();
            assert!(!scopes.is_empty(), "{name} says no scope");
            assert!(
                scopes.iter().all(|one| SCOPES.iter().any(|(_, scope)| scope == one)),
                "{name}: {scopes:?}"
            );
            match address(template, described, things) {
                Ok(path) => found.push(Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    has_id: template.contains('{'),
                    body: body(&described["requestBody"]),
                    name,
                    path,
                    scopes,
                }),
                Err(parameter) => unknown.push(parameter),
            }
        }
    }
    unknown.dedup();
    assert!(unknown.is_empty(), "say in matrix/things.rs what stands there: {unknown:#?}");
    found
}

/// The path with ids of real things; fails with the parameter that nobody knows.
fn address(template: &str, described: &Value, things: &BTreeMap<&str, String>) -> Result<String, String> {
    let mut path = String::new();
    let mut known = String::new();
    for part in template.split('/').skip(1) {
        known = format!("{known}/{part}");
        path.push('/');
        match part.starts_with('{') {
            true => path += things.get(known.as_str()).ok_or_else(|| known.clone())?,
            false => path += part,
        }
    }
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    let given = things.get(format!("{template}?").as_str()).cloned();
    let query: Vec<String> = needed
        .map(|one| {
            let example =
                one["example"].as_str().unwrap_or_else(|| panic!("{template}: {one} has no example"));
            format!("{}={example}", one["name"].as_str().unwrap())
        })
        .chain(given)
        .collect();
    Ok(if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) })
}

/// The document's example.
fn body(described: &Value) -> Option<(String, Vec<u8>)> {
    let contents = described["content"].as_object()?;
    if let Some(json) = contents.get("application/json") {
        return Some(("application/json".to_owned(), json["example"].to_string().into_bytes()));
    }
    let media_type = contents.keys().next()?.clone();
    let bytes = match media_type.as_str() {
        "application/wasm" => rulewright_bundled::PLUGINS[0].1.to_vec(),
        "message/rfc822" => b"From: ada@example.com\r\nSubject: Tea\r\n\r\nHello".to_vec(),
        _ => include_bytes!("../../../../tests/it/documents/invoice.docx").to_vec(),
    };
    Some((media_type, bytes))
}

#[tokio::test]
async fn every_route_is_open_to_exactly_those_who_have_its_scope() {
    let mut matrix = Matrix::new().await;
    let admin = matrix.tokens["admin"].clone();
    // What is not there yet is no proof that it is hidden.
    for index in 0..matrix.operations.len() {
        let operation = &matrix.operations[index];
        if operation.method == Method::GET && operation.has_id {
            let (status, body) = matrix.call(operation, Some(&admin)).await;
            let shows = (200..400).contains(&status) || operation.path.starts_with("/v1/hooks/");
            if !shows && !NOTHING_TO_SHOW.contains(&operation.name.as_str()) {
                matrix.wrong.push(format!("{} has nothing to show: {status} {body}", operation.name));
            }
        }
    }
    let before = matrix.seen().await;
    let (expired, tokens) = (matrix.expired.clone(), matrix.tokens.clone());
    for index in 0..matrix.operations.len() {
        matrix.expect(index, "nobody", None, 401, "no-token").await;
        for garbage in ["rw_1_0000", "rw_", "x"] {
            matrix.expect(index, "garbage", Some(garbage), 401, "invalid-token").await;
        }
        matrix.expect(index, "an expired token", Some(&expired), 401, "invalid-token").await;
        let scopes = matrix.operations[index].scopes.clone();
        for (name, token) in tokens.iter().filter(|(name, _)| **name != "admin" && !scopes.contains(**name)) {
            matrix.expect(index, name, Some(token), 403, "missing-scope").await;
        }
    }
    let after = matrix.seen().await;
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        if before != after && !name.ends_with("/metrics") {
            matrix
                .wrong
                .push(format!("{name}: whoever was refused has changed something: {before} to {after}"));
        }
    }
    // Children before their parents, and what deletes last.
    let mut order: Vec<usize> = (0..matrix.operations.len()).collect();
    order.sort_by_key(|index| {
        let operation = &matrix.operations[*index];
        let deep = operation.path.split('/').count();
        (operation.method == Method::DELETE, usize::MAX - deep)
    });
    for index in order {
        let scopes = matrix.operations[index].scopes.clone();
        for who in scopes.iter().map(String::as_str).chain(["admin"]) {
            let operation = &matrix.operations[index];
            let (status, body) = matrix.call(operation, Some(&tokens[who])).await;
            let problem: Value = serde_json::from_str(&body).unwrap_or_default();
            let unread =
                problem["detail"].as_str().is_some_and(|text| text.starts_with("the body cannot be read"));
            let later = NOT_OF_SCOPES.iter().any(|code| problem["code"] == *code);
            if ([400, 401, 403, 415].contains(&status) && !later) || status >= 500 || unread {
                matrix.wrong.push(format!("{}: {who} gets {status}: {body}", operation.name));
            }
        }
    }
    assert!(matrix.wrong.is_empty(), "{} wrong:\n{}", matrix.wrong.len(), matrix.wrong.join("\n"));
}

#[tokio::test]
async fn another_shop_finds_nothing_and_changes_nothing() {
    let mut matrix = Matrix::new().await;
    let other = matrix.other.clone();
    let mut exceptions: BTreeSet<&str> = OTHERS.iter().map(|(name, ..)| *name).collect();
    // Those that make something of the same name come last.
    let exception = |operation: &Operation| OTHERS.iter().find(|(name, ..)| *name == operation.name);
    matrix.operations.sort_by_key(|one| exception(one).is_some());
    let before = matrix.seen().await;
    for index in 0..matrix.operations.len() {
        let operation = &matrix.operations[index];
        let name = operation.name.clone();
        let (status, body) = matrix.call(operation, Some(&other)).await;
        if !operation.has_id {
            if status >= 500 || [401, 403].contains(&status) {
                matrix.wrong.push(format!("{name}: {status} {body}"));
            }
            continue;
        }
        exceptions.remove(name.as_str());
        let expected = exception(operation).map_or(404, |(_, status, _)| *status);
        if status != expected {
            matrix.wrong.push(format!("{name}: another shop gets {status} and not {expected}: {body}"));
        }
    }
    for ((name, before), (_, after)) in before.iter().zip(&matrix.seen().await) {
        if before != after {
            matrix.wrong.push(format!("{name}: another shop has changed something: {before} to {after}"));
        }
    }
    matrix
        .wrong
        .extend(exceptions.into_iter().map(|one| format!("{one} is no route any more: take it from OTHERS")));
    assert!(matrix.wrong.is_empty(), "{} wrong:\n{}", matrix.wrong.len(), matrix.wrong.join("\n"));
}
