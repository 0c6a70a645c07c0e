//! The API over a real engine: what only shows where everything meets.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures::future::join_all;
use rulewright_domain::{OrderKind, Pipeline, Scope, ShopId, StageKind};
use rulewright_engine::SystemClock;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::compose::Durability;
use crate::config::{Config, Flags};
use crate::{setup, token};

mod again;
mod applications;
mod automation;
mod cases;
mod channels;
mod clients;
mod console;
mod console_automation;
mod console_german;
mod console_guard;
mod console_health;
mod console_help;
mod console_marketplace;
mod console_orders;
mod console_runs;
mod console_settings;
mod console_settings_things;
mod dictionaries;
mod documents;
mod dry_run;
mod entries;
mod fields;
mod halts;
mod installs;
mod mailboxes;
mod marketplace;
mod matrix;
mod orders;
mod pipelines;
mod recipes;
mod recurrences;
mod strangers;
mod why;
mod workflows;

struct Shop {
    router: Router,
    token: String,
    engine: Engine,
    id: ShopId,
    _dir: tempfile::TempDir,
}

fn over(engine: &Engine) -> Router {
    let config = Config::read(Flags::default()).unwrap();
    let nowhere = Path::new("no registry is configured, so no list is kept");
    router(engine, compose::sources(&config, nowhere, engine.clock().clone()), CancellationToken::new())
}

type Headers = &'static [(&'static str, &'static str)];

impl Shop {
    async fn new() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        // This program is a test, and cannot be started as the one that compiles.
        let config = Config { compile_apart: false, ..Config::read(Flags::default()).unwrap() };
        let storage = compose::storage(dir.path(), Durability::Process).unwrap();
        let engine = compose::engine(&config, dir.path(), storage.clone(), Arc::new(SystemClock)).unwrap();
        let id = setup::first_shop(&engine, "Tea").await.unwrap();
        let pipeline = Pipeline::new(
            "orders",
            "Orders",
            OrderKind::Order,
            setup::stages(&[("new", "New", StageKind::Open)]),
        );
        engine.put_pipeline(id, pipeline).await.unwrap();
        let (_, token) =
            token::create(&storage, id, "test", [Scope::Admin].into(), None, None).await.unwrap();
        let router = over(&engine);
        Shop { router, token, engine, id, _dir: dir }
    }

    /// The same shop after a restart of the API, which then remembers nothing.
    fn again(&self) -> Router {
        over(&self.engine)
    }

    async fn send(&self, method: Method, path: &str, headers: Headers, body: Vec<u8>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if !path.contains("token=") {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        if path.starts_with("/v1/events/stream") && status == StatusCode::OK {
            return (200, Value::Null);
        }
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !status.is_success() && status != StatusCode::NOT_MODIFIED {
            assert!(body["hint"].is_string(), "{path}: {status} without a hint: {body}");
        }
        (status.as_u16(), body)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, &[JSON], body.to_string().into_bytes()).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::PUT, path, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::PATCH, path, body).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(Method::DELETE, path, &[], Vec::new()).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::POST, path, body).await
    }

    async fn keyed(&self, path: &str, body: Value) -> (u16, Value) {
        self.keyed_as(Method::POST, path, body).await
    }

    async fn keyed_as(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, &[JSON, KEY], body.to_string().into_bytes()).await
    }

    /// A refusal of the body that points to the place of the one mistake.
    async fn mistaken(&self, method: Method, path: &str, body: Value, place: &str) {
        let (status, problem) = self.json(method, path, body.clone()).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &json!(place)), "{body}: {problem}");
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const KEY: (&str, &str) = ("idempotency-key", "k1");

#[tokio::test]
async fn a_key_holds_for_requests_that_arrive_at_the_same_time() {
    let shop = Shop::new().await;
    for (path, body) in [
        ("/v1/employees", json!({"name": "Ada"})),
        ("/v1/pipelines/orders/automation/publish", json!({})),
        ("/v1/pipelines/orders/automation/check", json!({"stages": {}})),
        ("/v1/clients", json!({"kind": "contact", "name": "Tess"})),
    ] {
        // A key of its own for each: the path is part of it.
        let key: Headers = match path {
            "/v1/employees" => &[JSON, ("idempotency-key", "a")],
            "/v1/clients" => &[JSON, ("idempotency-key", "b")],
            path if path.ends_with("publish") => &[JSON, ("idempotency-key", "c")],
            _ => &[JSON, ("idempotency-key", "d")],
        };
        let send = || shop.send(Method::POST, path, key, body.to_string().into_bytes());
        let mut answers = join_all((0..8).map(|_| send())).await;
        for (_, answer) in &mut answers {
            if answer["duplicate"].is_boolean() {
                answer["duplicate"] = Value::Null;
            }
        }
        let first = answers[0].clone();
        assert!(first.0 < 300, "{path}: {first:?}");
        assert!(answers.iter().all(|answer| *answer == first), "{path}: {answers:?}");
        let mut other = body.to_string().into_bytes();
        other.push(b' ');
        let (status, reused) = shop.send(Method::POST, path, key, other).await;
        assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")), "{path}");
    }
    assert_eq!(shop.get("/v1/employees").await.1["items"].as_array().unwrap().len(), 1);
    assert_eq!(shop.get("/v1/clients").await.1["items"].as_array().unwrap().len(), 1);
    let revisions = shop.get("/v1/pipelines/orders/automation/revisions").await.1;
    assert_eq!(revisions["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_plugin_is_installed_once_and_a_question_is_not_an_answer() {
    let shop = Shop::new().await;
    let (_, component) =
        rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
    let wasm: Headers = &[("content-type", "application/wasm"), KEY];
    let install = |path: String| async { shop.send(Method::POST, &{ path }, wasm, component.to_vec()).await };
    let (status, asked) = install("/v1/plugins".to_owned()).await;
    assert_eq!((status, &asked["code"]), (428, &json!("consent-required")));
    let accept = format!("/v1/plugins?accept={}", asked["consent"]["digest"].as_str().unwrap());
    let answers = join_all((0..4).map(|_| install(accept.clone()))).await;
    assert!(answers.iter().all(|answer| answer.0 == 201 && *answer == answers[0]), "{answers:?}");
    let (status, other) = install("/v1/plugins".to_owned()).await;
    assert_eq!((status, &other["code"]), (422, &json!("idempotency-key-reused")));

    let id = answers[0].1["id"].as_str().unwrap();
    let (status, granted) =
        shop.json(Method::PUT, &format!("/v1/plugins/{id}/grant"), json!({"functions": []})).await;
    assert_eq!((status, &granted["grant"]["functions"]), (200, &json!([])));
    assert_eq!(granted["installed"], answers[0].1["installed"], "a grant is no installation");
}

#[tokio::test]
async fn two_changes_of_the_shop_at_once_are_both_there() {
    let shop = Shop::new().await;
    let patches = (0..8).map(|number| {
        let body = match number % 2 {
            0 => json!({"name": "Tea and more"}),
            _ => json!({"time_zone": "Europe/London"}),
        };
        shop.json(Method::PATCH, "/v1/shop", body)
    });
    assert!(join_all(patches).await.iter().all(|answer| answer.0 == 200));
    let (_, found) = shop.get("/v1/shop").await;
    assert_eq!((&found["name"], &found["time_zone"]), (&json!("Tea and more"), &json!("Europe/London")));
}

#[tokio::test]
async fn what_a_caller_gets_wrong_is_told_as_theirs() {
    let shop = Shop::new().await;
    let order = json!({"pipeline": "orders", "currency": "GBP"});
    assert_eq!(shop.post("/v1/orders", order).await.0, 201);
    let least = json!({"amount": {"amount": "-92233720368547758.08", "currency": "GBP"}});
    assert_eq!(shop.post("/v1/orders/ord_1/payments", least).await.0, 200);
    let template = json!({"title": "T", "media_type": "text\r\n", "source": "", "numerator": "n"});
    let table = [
        (Method::POST, "/v1/orders/ord_1/pay", json!({}), 422),
        (Method::POST, "/v1/orders/ord_1/payments/pay_99/pay", json!({}), 404),
        (Method::POST, "/v1/orders/ord_9/payments/pay_1/pay", json!({}), 404),
        (Method::POST, "/v1/employees", json!({"name": " "}), 422),
        (Method::POST, "/v1/employees", json!({"name": "Ada", "head": "emp_7"}), 422),
        (Method::PATCH, "/v1/shop", json!({"locale": "english please"}), 422),
        (Method::PATCH, "/v1/shop", json!({"name": ""}), 422),
        (Method::POST, "/v1/clients", json!({"kind": "contact", "name": "T", "locale": "x"}), 422),
        (Method::PUT, "/v1/numerators/n", json!({"pattern": "{number}", "start": 10_u64.pow(16)}), 422),
        (Method::PUT, "/v1/numerators/n", json!({"pattern": "{number}", "start": 10_u64.pow(15)}), 204),
        (Method::PUT, "/v1/templates/t", template, 422),
    ];
    for (method, path, body, expected) in table {
        let answer = shop.json(method, path, body.clone()).await;
        assert_eq!(answer.0, expected, "{path} {body}: {}", answer.1);
    }
    let least_known = "/v1/pipelines/orders/automation/revisions/18446744073709551615";
    for (path, expected) in [
        (least_known, 404),
        ("/v1/pipelines/nowhere/automation/revisions", 404),
        ("/v1/orders?limit=1&limit=2", 400),
        ("/v1/events/stream?after=evt_99999", 409),
        ("/v1/events/stream?after=evt_1", 200),
    ] {
        let answer = shop.get(path).await;
        assert_eq!(answer.0, expected, "{path}: {}", answer.1);
    }
}

#[tokio::test]
async fn a_token_in_an_address_may_report_events_and_nothing_else() {
    let shop = Shop::new().await;
    for (scopes, expected) in [
        // The token is right, and there is no such client.
        (json!(["events-write"]), 422),
        (json!(["events-write", "runs-read"]), 403),
        (json!(["events-write", "plugins-write"]), 403),
        (json!(["admin"]), 403),
    ] {
        let (_, made) = shop.post("/v1/tokens", json!({"name": "hook", "scopes": scopes})).await;
        let path = format!("/v1/hooks/survey?client=cli_1&token={}", made["secret"].as_str().unwrap());
        let answer = shop.send(Method::POST, &path, &[], Vec::new()).await;
        assert_eq!(answer.0, expected, "{scopes}: {}", answer.1);
    }
}

#[tokio::test]
async fn tags_are_compared_as_the_standard_says() {
    let shop = Shop::new().await;
    shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"})).await;
    let draft = "/v1/pipelines/orders/automation";
    shop.json(Method::PUT, draft, json!({"stages": {}})).await;
    for (path, header, expected) in [
        ("/v1/orders/ord_1", ("if-none-match", "W/\"1\", \"9\""), 304),
        ("/v1/orders/ord_1", ("if-none-match", "*"), 304),
        ("/v1/orders/ord_1", ("if-none-match", "\"2\""), 200),
        (draft, ("if-none-match", "\"1\""), 304),
        (draft, ("if-none-match", "\"0\""), 200),
    ] {
        let headers: Headers = Box::leak(Box::new([header]));
        assert_eq!(shop.send(Method::GET, path, headers, Vec::new()).await.0, expected, "{path} {header:?}");
    }
    for (header, expected) in
        [("\"abc\"", 412), ("W/\"1\"", 412), ("\"7\"", 412), ("\"7\", \"1\"", 200), ("*", 200)]
    {
        let headers: Headers = Box::leak(Box::new([JSON, ("if-match", header)]));
        let body = json!({"add_tags": [header]}).to_string().into_bytes();
        let answer = shop.send(Method::PATCH, "/v1/orders/ord_1", headers, body).await;
        assert_eq!(answer.0, expected, "{header}: {}", answer.1);
    }
}

#[tokio::test]
async fn a_token_is_made_once_and_its_secret_is_not_told_again() {
    let shop = Shop::new().await;
    let body = json!({"name": "web", "scopes": ["orders-read"]});
    assert_eq!(shop.keyed("/v1/tokens", body.clone()).await.0, 201);
    let (status, again) = shop.keyed("/v1/tokens", body).await;
    assert_eq!((status, &again["code"]), (409, &json!("made-before")));
    assert_eq!(shop.get("/v1/tokens").await.1["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_schedule_shows_what_comes_next_and_is_told_what_is_wrong_with_it() {
    let shop = Shop::new().await;
    let schedule = |cron: &str| json!({"title": "Mornings", "cron": cron});
    let (status, made) = shop.json(Method::PUT, "/v1/schedules/mornings", schedule("30 9 * * *")).await;
    assert_eq!((status, made["next"].as_array().map(Vec::len)), (200, Some(3)), "{made}");
    assert!(made["zone"].is_string(), "the shop's: {made}");
    let off = json!({"title": "Mornings", "cron": "30 9 * * *", "zone": "UTC", "active": false});
    let (status, off) = shop.json(Method::PUT, "/v1/schedules/mornings", off).await;
    assert_eq!((status, &off["next"]), (200, &json!([])));
    assert_eq!(shop.get("/v1/schedules").await.1["items"], json!([off]));
    for (path, cron, at) in [
        ("/v1/schedules/mornings", "61 9 * * *", "/cron"),
        ("/v1/schedules/mornings", "0 0 9 * * *", "/cron"),
        ("/v1/schedules/Every%20day", "0 9 * * *", "/name"),
    ] {
        let (status, problem) = shop.json(Method::PUT, path, schedule(cron)).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &json!(at)), "{problem}");
    }
    let delete = || shop.send(Method::DELETE, "/v1/schedules/mornings", &[], Vec::new());
    assert_eq!((delete().await.0, delete().await.0), (204, 404));
    assert_eq!(shop.get("/v1/schedules/mornings").await.0, 404);
}

#[tokio::test]
async fn the_catalogue_publishing_and_the_readers_of_a_field_are_asked_for() {
    let shop = Shop::new().await;
    let (status, rules) = shop.get("/v1/catalogue?kind=rule").await;
    assert!(status == 200 && rules["items"].is_array() && rules["groups"].is_array(), "{rules}");
    assert_eq!(shop.get("/v1/catalogue?origin=both").await.0, 400);
    let (status, preview) = shop.get("/v1/pipelines/orders/automation/publish-preview").await;
    assert_eq!((status, preview), (200, json!({"removed": []})));
    let publish = async |pending: &str| {
        let body = json!({"pending": pending});
        shop.post("/v1/pipelines/orders/automation/publish", body).await
    };
    assert_eq!(publish("cancel").await, (200, json!({"revision": 1, "draft": 0, "removed": []})));
    assert_eq!(publish("forget").await.0, 422);
    let (status, readers) = shop.get("/v1/upgrade-check?field=order.fields.track").await;
    assert_eq!((status, readers), (200, json!({"items": [], "drafts": []})));
    assert_eq!(shop.get("/v1/upgrade-check?field=order..track").await.0, 400);
}

#[tokio::test]
async fn a_renamed_field_is_offered_as_a_draft_and_saved_as_one() {
    let shop = Shop::new().await;
    let draft = "/v1/pipelines/orders/automation";
    let rule = json!({
        "id": "r", "name": "Tell", "plugin": "acme.none",
        "condition": {"field": "order.fields.track", "operator": "filled"},
    });
    let stages = json!({"stages": {"paid": {"rules": [rule]}}});
    assert_eq!(shop.json(Method::PUT, draft, stages).await.0, 200);
    let (_, found) = shop.get("/v1/upgrade-check?field=order.fields.track&to=order.fields.parcel").await;
    let offered = &found["drafts"][0];
    assert_eq!(
        (&offered["pipeline"], &offered["version"], &offered["left"]),
        (&json!("orders"), &json!(1), &json!([]))
    );
    let condition = &offered["stages"]["paid"]["rules"][0]["condition"];
    assert_eq!(condition["field"], "order.fields.parcel", "{found}");
    let renaming = json!({"field": "order.fields.track", "to": "order.fields.parcel"});
    let (status, saved) = shop.post("/v1/upgrade-check", renaming.clone()).await;
    assert_eq!((status, &saved["drafts"][0]["version"]), (200, &json!(2)), "{saved}");
    assert_eq!(shop.get(draft).await.1["stages"], offered["stages"]);
    assert_eq!(shop.post("/v1/upgrade-check", renaming).await, (200, json!({"drafts": []})));
    let (status, wrong) =
        shop.post("/v1/upgrade-check", json!({"field": "order.fields.track", "to": "a..b"})).await;
    assert_eq!((status, &wrong["errors"][0]["path"]), (422, &json!("/to")), "{wrong}");

    let (_, component) =
        rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
    let package = rulewright_registry::inspect(component).unwrap();
    let grant = rulewright_domain::Grant::whole(&package.manifest, &package.imports, &[]);
    shop.engine.install(shop.id, package, Arc::from(*component), grant).await.unwrap();
    let tell = json!({
        "id": "tell", "name": "Tell", "plugin": "rulewright.add-comment",
        "settings": {"text": "{{ order.fields.track }}"},
    });
    let workflow = json!({"title": "Approval", "kind": "order", "rules": [tell]});
    let (status, published) = shop.json(Method::PUT, "/v1/workflows/approval", workflow).await;
    assert_eq!(status, 200, "{published}");
    let (_, found) = shop.get("/v1/upgrade-check?field=order.fields.track").await;
    let reader = &found["items"][0];
    assert_eq!(
        (&reader["workflow"], &reader["id"], reader.get("pipeline")),
        (&json!("approval"), &json!("tell"), None)
    );
}

#[tokio::test]
async fn the_shops_shipment_statuses_are_listed_and_changed_and_its_webhooks_get_keys() {
    let shop = Shop::new().await;
    let (_, usual) = shop.get("/v1/shop").await;
    let ids: Vec<_> =
        usual["shipment_statuses"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert!(ids.contains(&json!("handed-over")), "{usual}");
    let own = json!({"shipment_statuses": [{"id": "boxed", "name": "Boxed"}]});
    let (status, changed) = shop.json(Method::PATCH, "/v1/shop", own.clone()).await;
    assert_eq!((status, &changed["shipment_statuses"]), (200, &own["shipment_statuses"]));
    let twice = json!({"shipment_statuses": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]});
    let (status, wrong) = shop.json(Method::PATCH, "/v1/shop", twice).await;
    assert_eq!((status, &wrong["errors"][0]["path"]), (422, &json!("/shipment_statuses/1/id")), "{wrong}");

    let (status, made) = shop.post("/v1/hooks/erp/key", json!({})).await;
    assert!(status == 201 && made["key"].as_str().unwrap().starts_with("whsec_"), "{made}");
    assert!(!shop.get("/v1/shop").await.1.to_string().contains("whsec_"), "shown again");
    let call = || shop.send(Method::POST, "/v1/hooks/erp?client=cli_1", &[], Vec::new());
    assert_eq!((call().await.0, call().await.1["code"].clone()), (403, json!("not-signed")));
    let delete = || shop.send(Method::DELETE, "/v1/hooks/erp/key", &[], Vec::new());
    assert_eq!((delete().await.0, delete().await.0), (204, 404));
    assert_eq!(call().await.1["code"], "no-such-client", "it need not be signed any more");
}

#[tokio::test]
async fn a_comment_shows_the_documents_that_are_attached_to_it() {
    let shop = Shop::new().await;
    shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"})).await;
    shop.json(Method::PUT, "/v1/numerators/all", json!({"pattern": "{number}", "start": 1, "pad": 0})).await;
    let template = json!({"title": "Note", "media_type": "text/plain", "source": "x", "numerator": "all"});
    shop.json(Method::PUT, "/v1/templates/note", template).await;
    let (status, made) = shop.post("/v1/documents", json!({"order": "ord_1", "template": "note"})).await;
    assert_eq!(status, 201, "{made}");
    let comment = |names: Value| {
        shop.post("/v1/orders/ord_1/timeline", json!({"text": "See there", "attachments": names}))
    };
    assert_eq!(comment(json!(["note", made["document"]])).await.0, 201);
    let (_, timeline) = shop.get("/v1/orders/ord_1/timeline").await;
    let comments = timeline["items"].as_array().unwrap().iter().find(|one| one["kind"] == "comment").unwrap();
    let attached = comments["details"]["attachments"].as_array().unwrap();
    assert_eq!(
        (attached.len(), &attached[0]["id"], &attached[1]["id"]),
        (2, &made["document"], &made["document"])
    );
    let (status, wrong) = comment(json!(["contract"])).await;
    assert!(status == 422 && wrong["detail"].as_str().unwrap().contains("no document `contract`"), "{wrong}");
}
