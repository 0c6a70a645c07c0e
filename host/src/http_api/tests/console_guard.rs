//! What keeps the console to those who have it: its first page, passwords, what stands around it, and what is secret.

use axum::http::Request;
use rulewright_domain::{Grant, Package, account::Role};
use rulewright_ports::StorageExt;

use super::channels::Channels;
use super::console::{Browser, Seen};
use super::*;

const PASSWORD: &str = "tea without any milk";
const OTHER: &str = "coffee without sugar";

fn leads_to(seen: &Seen, path: &str) {
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some(path)), "{}", seen.html);
}

/// As `serve` starts it, before anybody has come; and the code that it prints.
async fn new_server() -> (Shop, String) {
    let shop = Shop::new().await;
    let page = setup::first_page(&shop.engine).await.unwrap().unwrap();
    let code = page.strip_prefix("/setup?code=").unwrap().to_owned();
    (shop, code)
}

fn founder(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("code", code),
        ("name", "Ada"),
        ("email", "ada@shop.example"),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("shop", "Tea & more"),
        ("currency", "GBP"),
        ("zone", "Europe/London"),
    ]
}

async fn orders(shop: &Shop) -> u64 {
    let id = shop.id;
    let counts = shop.engine.storage().read(move |reads| reads.order_counts(id)).await.unwrap();
    counts.iter().map(|(.., count)| count).sum()
}

#[tokio::test]
async fn a_new_server_leads_every_page_to_its_first() {
    let (shop, code) = new_server().await;
    let mut nobody = Browser::new(&shop);
    for path in ["/", "/orders", "/settings/accounts", "/plugins", "/account", "/sign-in"] {
        leads_to(&nobody.get(path).await, "/setup");
    }
    let part = nobody.send(Method::GET, "/orders", &[("hx-request", "true")], "").await;
    assert_eq!((part.status, part.headers["hx-redirect"].to_str().unwrap()), (401, "/setup"));
    let stranger = nobody.get("/setup").await.html;
    assert!(!stranger.contains(&code) && !stranger.contains("value=\"Tea\""), "{stranger}");
    let printed = nobody.get(&format!("/setup?code={code}")).await.html;
    assert!(printed.contains(&format!("value=\"{code}\"")) && printed.contains("value=\"Tea\""), "{printed}");
}

#[tokio::test]
async fn whoever_guesses_the_code_makes_nothing_and_keeps_nobody_out() {
    let (shop, code) = new_server().await;
    let mut stranger = Browser::new(&shop);
    for _ in 0..9 {
        let wrong = stranger.post("/setup", &founder("00000000")).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.html.contains("role=\"alert\"") && !wrong.html.contains(PASSWORD), "{}", wrong.html);
    }
    assert!(shop.engine.accounts(shop.id).await.unwrap().is_empty() && shop.engine.setup_is_open());
    leads_to(&Browser::new(&shop).post("/setup", &founder(&code)).await, "/orders");
}

#[tokio::test]
async fn whoever_has_the_code_has_a_shop_with_orders_at_once() {
    let (shop, code) = new_server().await;
    let mut ada = Browser::new(&shop);
    let mut sent = founder(&code);
    sent.push(("sample", "true"));
    leads_to(&ada.post("/setup", &sent).await, "/orders");
    let board = ada.get("/orders").await;
    assert_eq!(board.status, 200);
    assert!(board.html.matches("class=\"tile\"").count() > 10, "{}", board.html);
    assert_eq!(orders(&shop).await, 40);
    let config = shop.engine.config(shop.id).await.unwrap();
    assert_eq!((config.shop.name.as_str(), config.shop.currency.as_str()), ("Tea & more", "GBP"));
    assert_eq!(config.shop.time_zone, "Europe/London");
    assert_eq!((config.plugins.len(), config.automations.len()), (3, 1));
    let accounts = shop.engine.accounts(shop.id).await.unwrap();
    assert!(accounts.len() == 1 && accounts[0].is_owner(), "{accounts:?}");

    // It is open no more: not to the same code, and not to anybody.
    let mut later = Browser::new(&shop);
    leads_to(&later.get(&format!("/setup?code={code}")).await, "/sign-in");
    leads_to(&later.post("/setup", &founder(&code)).await, "/sign-in");
    assert_eq!(later.get("/sign-in").await.status, 200);
    assert_eq!(shop.engine.accounts(shop.id).await.unwrap().len(), 1);
    assert_eq!(setup::first_page(&shop.engine).await.unwrap(), None);
    let door = [("email", "ada@shop.example"), ("password", PASSWORD)];
    leads_to(&later.post("/sign-in", &door).await, "/orders");
}

#[tokio::test]
async fn what_is_wrong_in_the_first_form_makes_nothing_and_can_be_mended() {
    let (shop, code) = new_server().await;
    let mut ada = Browser::new(&shop);
    for (name, wrong) in [
        ("again", OTHER),
        ("password", "short"),
        ("email", "ada"),
        ("currency", "pounds"),
        ("zone", "Atlantis"),
        ("shop", ""),
    ] {
        let mut sent = founder(&code);
        sent.iter_mut().filter(|(field, _)| *field == name).for_each(|(_, value)| *value = wrong);
        if name == "password" {
            sent.iter_mut().filter(|(field, _)| *field == "again").for_each(|(_, value)| *value = wrong);
        }
        let seen = ada.post("/setup", &sent).await;
        assert_eq!(seen.status, 422, "{name}: {}", seen.html);
        assert!(seen.html.contains("role=\"alert\"") && seen.html.contains(&code), "{name}: {}", seen.html);
    }
    assert!(shop.engine.accounts(shop.id).await.unwrap().is_empty());
    leads_to(&ada.post("/setup", &founder(&code)).await, "/orders");
    assert_eq!(orders(&shop).await, 0, "no sample was asked for");
}

#[tokio::test]
async fn an_account_that_is_made_otherwise_ends_the_setup() {
    let (shop, code) = new_server().await;
    Browser::signed_in(&shop, Role::Owner).await;
    leads_to(&Browser::new(&shop).post("/setup", &founder(&code)).await, "/sign-in");
    assert_eq!(shop.engine.accounts(shop.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn ones_own_password_is_changed_with_the_old_one_and_ends_the_other_sessions() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    assert!(!ada.get("/account").await.html.contains("name=\"old\""), "there is none yet");
    assert_eq!(ada.post("/account/password", &[("password", PASSWORD)]).await.status, 200);
    let mut there = Browser::new(&shop);
    leads_to(
        &there.post("/sign-in", &[("email", "owner@shop.example"), ("password", PASSWORD)]).await,
        "/orders",
    );
    assert!(ada.get("/account").await.html.contains("name=\"old\""));
    for old in [&[][..], &[("old", OTHER)]] {
        let sent: Vec<(&str, &str)> = old.iter().copied().chain([("password", OTHER)]).collect();
        let refused = ada.post("/account/password", &sent).await;
        assert_eq!(refused.status, 403, "{}", refused.html);
        assert!(refused.html.contains("role=\"alert\""), "{}", refused.html);
    }
    let own = shop.engine.accounts(shop.id).await.unwrap().remove(0).id;
    let around = format!("/settings/accounts/{own}/password");
    assert_eq!(
        ada.post(&around, &[("password", OTHER)]).await.status,
        422,
        "not by the way of an owner either"
    );
    assert_eq!(there.get("/account").await.status, 200);
    let sent = [("old", PASSWORD), ("password", OTHER)];
    assert_eq!(ada.post("/account/password", &sent).await.status, 200);
    assert_eq!(ada.get("/account").await.status, 200);
    assert_eq!(there.get("/account").await.status, 303);
}

#[tokio::test]
async fn pages_stand_inside_what_stands_around_the_api() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let named = [("x-request-id", "ticket-7")];
    let lost = ada.send(Method::GET, "/orders/ord_999", &named, "").await;
    assert_eq!((lost.status, lost.headers["x-request-id"].to_str().unwrap()), (404, "ticket-7"));
    assert!(lost.html.contains("<code>ticket-7</code>"), "{}", lost.html);
    let unnamed = ada.get("/orders").await;
    assert!(unnamed.headers["x-request-id"].to_str().unwrap().starts_with("req-"));
    assert!(ada.get("/rest/crm.deal.list").await.headers.contains_key("x-request-id"));
    ada.get("/nothing/here/1").await;
    ada.get("/nothing/here/2").await;
    let token = format!("Bearer {}", shop.token);
    let metrics = ada.send(Method::GET, "/metrics", &[("authorization", token.as_str())], "").await.html;
    assert!(metrics.contains("route=\"/orders/{id}\"") && metrics.contains("route=\"/orders\""), "{metrics}");
    assert!(!metrics.contains("ord_999") && !metrics.contains("nothing/here"), "{metrics}");
}

async fn as_bearer(shop: &Shop, bearer: &str, path: &str) -> (u16, Value) {
    let request = Request::builder().uri(path).header("authorization", format!("Bearer {bearer}"));
    let answer = shop.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn reader(shop: &Shop) -> String {
    let scopes = [Scope::AutomationRead, Scope::RunsRead, Scope::OrdersRead].into();
    token::create(shop.engine.storage(), shop.id, "reader", scopes, None, None).await.unwrap().1
}

#[tokio::test]
async fn a_token_that_is_revoked_in_the_console_opens_nothing_from_then_on() {
    let shop = Shop::new().await;
    let scopes = [Scope::OrdersRead].into();
    let (token, bearer) =
        token::create(shop.engine.storage(), shop.id, "till", scopes, None, None).await.unwrap();
    // Remembered by now.
    assert_eq!(as_bearer(&shop, &bearer, "/v1/orders").await.0, 200);
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    assert_eq!(ada.post(&format!("/settings/tokens/{}/revoke", token.id), &[]).await.status, 303);
    assert_eq!(as_bearer(&shop, &bearer, "/v1/orders").await.0, 401);
    assert_eq!(shop.get("/v1/orders").await.0, 200, "others go on");
}

async fn install(shop: &Shop, id: &str, digest: char, kind: &str, settings: Value) {
    let manifest = json!({
        "schema": 1, "id": id, "version": "1.0.0", "kind": kind, "publisher": "test",
        "group": "client-communications", "title": "Test", "host-api": "0.1.0", "settings": settings,
    });
    let package = Package {
        digest: digest.to_string().repeat(64),
        manifest: serde_json::from_value(manifest).unwrap(),
        imports: Default::default(),
        size: 1,
    };
    let grant = Grant {
        channels: ["sms".to_owned()].into(),
        secrets: ["auth-token".to_owned()].into(),
        ..Grant::default()
    };
    shop.engine.install(shop.id, package, Arc::from([0_u8]), grant).await.unwrap();
}

const DRAFT: &str = "/v1/pipelines/orders/automation";

fn keyed(id: &str, text: &str, token: &str) -> Value {
    let settings = json!({"channel": "sms", "text": text, "correlation": "x", "token": token});
    json!({"id": id, "name": "Keyed", "plugin": "test.keyed", "settings": settings})
}

async fn with_keyed_rule(world: &Channels) {
    let token = json!({"type": "string", "x-widget": "secret"});
    install(world, "test.keyed", '2', "rule", json!({"type": "object", "properties": {"token": token}}))
        .await;
    let stages = json!({"stages": {"told": {"rules": [keyed("r0", "one", "canary-90125")]}}});
    let (status, saved) = world.put(DRAFT, stages).await;
    assert_eq!((status, &saved["issues"]), (200, &json!([])), "{saved}");
    assert_eq!(world.post(&format!("{DRAFT}/publish"), json!({})).await.0, 200);
}

#[tokio::test]
async fn what_is_secret_in_a_rule_is_read_by_whoever_may_write_it() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let reader = reader(&world).await;
    for path in [DRAFT.to_owned(), format!("{DRAFT}/revisions/1")] {
        let (status, read) = as_bearer(&world, &reader, &path).await;
        let settings = &read["stages"]["told"]["rules"][0]["settings"];
        assert_eq!(
            (status, &settings["token"], &settings["text"]),
            (200, &json!("•••"), &json!("one")),
            "{path}"
        );
        let whole = world.get(&path).await.1.to_string();
        assert!(whole.contains("canary-90125"), "{path}: {whole}");
    }
}

/// An automation as somebody with this token has it checked; None: the draft.
async fn checked(shop: &Shop, bearer: &str, stages: Option<Value>) -> Value {
    let request = Request::post(format!("{DRAFT}/check"))
        .header("authorization", format!("Bearer {bearer}"))
        .header("content-type", "application/json");
    let body = stages.map_or_else(Body::empty, |stages| Body::from(stages.to_string()));
    let answer = shop.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_check_tells_no_secret_and_looks_for_none_that_its_caller_may_not_read() {
    let world = Channels::new().await;
    let token = json!({"type": "string", "x-widget": "secret"});
    let auth = json!({"oneOf": [
        {"properties": {"kind": {"const": "bearer"}, "token": token}, "required": ["kind", "token"]},
        {"properties": {"kind": {"const": "none"}}, "required": ["kind"]},
    ]});
    let key = json!({"type": "string", "x-widget": "secret", "pattern": "^canary"});
    let schema = json!({"type": "object", "properties": {"auth": auth, "key": key}});
    install(&world, "test.keyed", '2', "rule", schema).await;
    let stages = |kind: &str, secret: &str, text: &str| {
        let mut rule = keyed("r0", text, "");
        rule["settings"]["auth"] = json!({"kind": kind, "token": secret});
        rule["settings"]["key"] = secret.into();
        json!({"stages": {"told": {"rules": [rule]}}})
    };
    let (_, saved) = world.put(DRAFT, stages("bearer", "canary-90125", "one")).await;
    assert_eq!(saved["issues"], json!([]), "{saved}");
    let reader = reader(&world).await;
    let as_shown = checked(&world, &reader, Some(stages("bearer", "•••", "one"))).await;
    assert_eq!(as_shown, json!({"ok": true, "issues": []}));
    let with_a_mistake = [stages("bogus", "•••", "one"), stages("bearer", "•••", "a mistake")];
    for (sent, code) in with_a_mistake.into_iter().zip([json!("schema"), Value::Null]) {
        let told = checked(&world, &reader, Some(sent.clone())).await;
        assert_eq!(told["issues"][0]["code"], code, "{told}");
        assert!(!told.to_string().contains("canary-90125"), "{told}");
        let whole = checked(&world, &world.token, Some(sent)).await;
        assert_eq!(whole["ok"], json!(false), "whoever may write it is told of its mistakes: {whole}");
    }
    for mistaken in [stages("bogus", "canary-90125", "one"), stages("bearer", "canary-90125", "a mistake")] {
        world.put(DRAFT, mistaken).await;
        let told = checked(&world, &reader, None).await;
        assert_eq!(told["ok"], json!(false), "{told}");
        assert!(!told.to_string().contains("canary-90125"), "{told}");
    }
}

#[tokio::test]
async fn a_dry_run_tells_no_secret() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let wish = json!({"stage": "told", "order": world.order(&client).await});
    let (status, told) = world.post(&format!("{DRAFT}/dry-run"), wish).await;
    let settings = &told["rules"][0]["steps"][0]["settings"];
    assert_eq!(
        (status, &settings["text"], &settings["token"]),
        (200, &json!("one"), &json!("•••")),
        "{told}"
    );
    assert!(!told.to_string().contains("canary"), "{told}");
}

#[tokio::test]
async fn a_rule_that_is_saved_as_it_was_shown_keeps_its_secret() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let stages = |rules: Vec<Value>| json!({"stages": {"told": {"rules": rules}}});
    let (status, saved) = world.put(DRAFT, stages(vec![keyed("r0", "two", "•••")])).await;
    assert_eq!((status, &saved["issues"]), (200, &json!([])), "{saved}");
    let settings = world.get(DRAFT).await.1["stages"]["told"]["rules"][0]["settings"].clone();
    assert_eq!((&settings["token"], &settings["text"]), (&json!("canary-90125"), &json!("two")));
    let two = vec![keyed("r0", "two", "canary-1234"), keyed("r1", "three", "•••")];
    let (_, saved) = world.put(DRAFT, stages(two)).await;
    assert_eq!(saved["issues"][0]["code"], json!("secret"), "another rule has nothing to keep: {saved}");
    assert_eq!(saved["issues"][0]["path"], json!("/stages/told/rules/1/settings"));
    assert_eq!(world.post(&format!("{DRAFT}/publish"), json!({})).await.0, 422);
}

#[tokio::test]
async fn a_recording_shows_people_and_no_secrets_to_whoever_may_not_write_rules() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&client).await;
    assert!(world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await.0 < 300);
    world.engine.idle().await;
    let run = world.get("/v1/runs").await.1["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{run}/recording?unmasked=true");
    let (status, read) = as_bearer(&world, &reader(&world).await, &path).await;
    let read = read.to_string();
    assert_eq!(status, 200, "{read}");
    assert!(!read.contains("canary-90125") && read.contains("•••") && read.contains("Ada"), "{read}");
    assert!(world.get(&path).await.1.to_string().contains("canary-90125"));
}

async fn has_secret(world: &Channels) -> Value {
    world.get("/v1/providers/main").await.1["secrets"]["auth-token"].clone()
}

#[tokio::test]
async fn a_provider_that_leads_elsewhere_has_forgotten_its_secrets() {
    let world = Channels::new().await;
    let server = json!({"type": "string", "title": "Server"});
    install(
        &world,
        "test.texts",
        '1',
        "provider",
        json!({"type": "object", "properties": {"server": server}}),
    )
    .await;
    let provider = |title: &str, server: &str| json!({"title": title, "plugin": "test.texts", "settings": {"server": server}, "lines": ["+442079460000"]});
    let put = async |title: &str, server: &str| {
        let (status, put) = world.put("/v1/providers/main", provider(title, server)).await;
        assert_eq!(status, 200, "{put}");
    };
    let fill = async || {
        let filled = world.put("/v1/providers/main/secrets/auth-token", json!({"value": "canary"})).await;
        assert_eq!(filled.0, 204, "{}", filled.1);
    };
    put("Texts", "https://a.example/v1").await;
    fill().await;
    put("Our texts", "https://a.example/v2").await;
    assert_eq!(has_secret(&world).await, json!(true), "it is the same server");
    put("Our texts", "https://b.example/v2").await;
    assert_eq!(has_secret(&world).await, json!(false));

    fill().await;
    let mut ada = Browser::signed_in(&world.shop, Role::PluginAdmin).await;
    let with = |server| [("title", "Our texts"), ("enabled", "true"), ("/settings/server", server)];
    let kept = ada.post("/settings/providers/main", &with("https://b.example/v3")).await;
    leads_to(&kept, "/settings/providers/main?done=saved");
    assert_eq!(has_secret(&world).await, json!(true));
    let moved = ada.post("/settings/providers/main", &with("https://evil.example/v3")).await;
    leads_to(&moved, "/settings/providers/main?done=saved");
    assert_eq!(has_secret(&world).await, json!(false));
}

#[tokio::test]
async fn a_component_is_stopped_and_released_by_whoever_looks_after_plugins() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let mut ada = Browser::signed_in(&world.shop, Role::PluginAdmin).await;
    let digest = "2".repeat(64);
    let other = "3".repeat(64);
    let stop = |digest| [("digest", digest), ("reason", "It sends twice")];
    let elsewhere = ada.post("/plugins/test.keyed/quarantine", &stop(other.as_str())).await;
    assert_eq!(elsewhere.status, 409, "only what was looked at: {}", elsewhere.html);
    let unsaid = ada.post("/plugins/test.keyed/quarantine", &[("digest", digest.as_str())]).await;
    assert_eq!(unsaid.status, 422, "{}", unsaid.html);
    let stopped = ada.post("/plugins/test.keyed/quarantine", &stop(digest.as_str())).await;
    leads_to(&stopped, "/plugins/test.keyed?saved=stopped");
    assert_eq!(world.engine.revocations().await.unwrap().len(), 1);
    let page = ada.get("/plugins/test.keyed").await.html;
    assert!(page.contains("It sends twice") && page.contains("/plugins/test.keyed/release"), "{page}");
    let released = ada.post("/plugins/test.keyed/release", &[("digest", digest.as_str())]).await;
    leads_to(&released, "/plugins/test.keyed?saved=released");
    assert!(world.engine.revocations().await.unwrap().is_empty());
    let log = world.engine.audit(world.id, None, 2).await.unwrap();
    let told: Vec<&str> = log.iter().map(|entry| entry.deed.action.as_str()).collect();
    assert_eq!(told, ["plugin.released", "plugin.quarantined"]);
    assert!(log.iter().all(|entry| format!("{:?}", entry.who).contains("Ada")), "{log:?}");
}

#[tokio::test]
async fn a_publishers_key_is_forgotten_by_an_owner() {
    let world = Channels::new().await;
    with_keyed_rule(&world).await;
    let id = world.id;
    let pin = world
        .engine
        .storage()
        .write(move |tx| tx.pin_key(id, "test", &"a key".to_owned(), rulewright_domain::Timestamp(0)));
    pin.await.unwrap();
    let mut admin = Browser::signed_in(&world.shop, Role::PluginAdmin).await;
    assert_eq!(admin.post("/plugins/test.keyed/forget-key", &[]).await.status, 403);
    let mut owner = Browser::signed_in(&world.shop, Role::Owner).await;
    assert!(owner.get("/plugins/test.keyed").await.html.contains("/forget-key"));
    let forgotten = owner.post("/plugins/test.keyed/forget-key", &[]).await;
    leads_to(&forgotten, "/plugins/test.keyed?saved=forgotten");
    let pinned = world.engine.storage().read(move |reads| reads.pinned_keys(id)).await.unwrap();
    assert!(pinned.is_empty());
    assert_eq!(owner.post("/plugins/test.keyed/forget-key", &[]).await.status, 404);
}
