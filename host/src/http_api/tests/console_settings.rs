//! Settings in the console: who sees which, and that what is set there holds everywhere.

use rulewright_domain::{Grant, Package, account::Role};

use super::{
    channels::Channels,
    console::{Browser, Seen},
    *,
};

/// What stands between two texts of a page.
fn between<'h>(html: &'h str, from: &str, to: &str) -> &'h str {
    let (_, rest) = html.split_once(from).unwrap_or_else(|| panic!("{from}: {html}"));
    rest.split_once(to).unwrap().0
}

fn leads_to(seen: &Seen, path: &str) {
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some(path)), "{}", seen.html);
}

#[tokio::test]
async fn every_part_is_open_to_those_whom_it_concerns_and_to_nobody_else() {
    let shop = Shop::new().await;
    let mut browsers = Vec::new();
    for role in [Role::Viewer, Role::PluginAdmin, Role::Owner] {
        browsers.push((role, Browser::signed_in(&shop, role).await));
    }
    let parts = [
        ("shop", Role::Viewer),
        ("pipelines", Role::Viewer),
        ("pipelines/orders", Role::Viewer),
        ("employees", Role::Viewer),
        ("documents", Role::Viewer),
        ("lists", Role::Viewer),
        ("providers", Role::PluginAdmin),
        ("accounts", Role::Owner),
        ("mailboxes", Role::Owner),
        ("mailboxes/new", Role::Owner),
        ("tokens", Role::Owner),
        ("webhooks", Role::Owner),
        ("applications", Role::Owner),
        ("halts", Role::Owner),
    ];
    for (role, browser) in &mut browsers {
        let overview = browser.get("/settings").await.html;
        for (part, least) in parts {
            let path = format!("/settings/{part}");
            let seen = browser.get(&path).await;
            assert_eq!(seen.status, if *role >= least { 200 } else { 403 }, "{role:?} {path}");
            if !part.contains('/') {
                assert_eq!(overview.contains(&format!("href=\"{path}\"")), *role >= least, "{role:?} {path}");
            }
        }
    }
    let (_, viewer) = &mut browsers[0];
    assert_eq!(viewer.post("/settings/shop", &[("name", "Mine")]).await.status, 403);
    assert_eq!(viewer.post("/settings/pipelines/orders/remove", &[]).await.status, 403);
    assert_eq!(viewer.post("/settings/employees/new", &[("name", "Me")]).await.status, 403);
    assert_eq!(viewer.get("/settings/employees/emp_99").await.status, 404);
    assert!(!viewer.get("/settings/shop").await.html.contains(">Save<"));
}

#[tokio::test]
async fn the_shop_is_set_and_what_is_wrong_is_told_beside_what_was_typed() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let form = [
        ("name", "The tea shop"),
        ("zone", "Europe/London"),
        ("locale", "en-GB"),
        ("automate", "true"),
        ("monday-from", "08:30"),
        ("monday-to", "00:00"),
        ("holidays", "2026-12-25\r\n2026-12-26"),
    ];
    leads_to(&ada.post("/settings/shop", &form).await, "/settings/shop?done=saved");
    assert!(ada.get("/settings/shop?done=saved").await.html.contains("Saved."));
    let (_, set) = shop.get("/v1/shop").await;
    assert_eq!((&set["name"], &set["time_zone"]), (&json!("The tea shop"), &json!("Europe/London")));
    assert_eq!(set["hours"]["days"], json!({"monday": {"from": "08:30", "to": "24:00"}}));
    assert_eq!(set["hours"]["holidays"], json!(["2026-12-25", "2026-12-26"]));
    assert_eq!((&set["automate_orders"], &set["sandbox"]), (&json!(true), &json!(false)));

    for (name, wrong) in [
        ("zone", "Mars/Olympus"),
        ("locale", "not a language"),
        ("monday-to", "08:00"),
        ("tuesday-from", "09:00"),
        ("holidays", "Christmas"),
    ] {
        let mut sent: Vec<_> = form.iter().copied().filter(|(one, _)| *one != name).collect();
        sent.push((name, wrong));
        let seen = ada.post("/settings/shop", &sent).await;
        assert_eq!(seen.status, 422, "{name}: {}", seen.html);
        assert!(seen.html.contains("role=\"alert\"") && seen.html.contains("The tea shop"), "{name}");
    }
    assert_eq!(shop.get("/v1/shop").await.1, set, "nothing was changed");
}

#[tokio::test]
async fn stages_are_ordered_on_the_page_and_saved_as_a_whole() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let new = [("name", "Repairs"), ("kind", "order"), ("stages", "Came in\r\nReady")];
    let made = ada.post("/settings/pipelines", &new).await;
    leads_to(&made, "/settings/pipelines/orders-1?done=saved");
    let page = ada.get("/settings/pipelines/orders-1").await.html;
    let before = between(&page, "name=\"before\" value=\"", "\"").to_owned();
    let rows = [
        ("before", before.as_str()),
        ("name", "Repairs"),
        ("stage", "came-in"),
        ("stage-name", "Came in"),
        ("stage-kind", "open"),
        ("stage", "ready"),
        ("stage-name", "Ready to go"),
        ("stage-kind", "won"),
    ];
    let up: Vec<_> = rows.into_iter().chain([("do", "up:stage:1")]).collect();
    let seen = ada.post("/settings/pipelines/orders-1", &up).await;
    assert_eq!(seen.status, 200);
    let stages = between(&seen.html, "id=\"stages\"", "</ol>");
    assert!(stages.find("Ready to go") < stages.find("Came in"), "{stages}");
    let stored = |pipeline: Value| pipeline["stages"][0]["name"].clone();
    assert_eq!(stored(shop.get("/v1/pipelines/orders-1").await.1), json!("Came in"), "nothing is saved yet");

    leads_to(
        &ada.post("/settings/pipelines/orders-1", &rows).await,
        "/settings/pipelines/orders-1?done=saved",
    );
    let (_, saved) = shop.get("/v1/pipelines/orders-1").await;
    assert_eq!(
        (&saved["stages"][1]["name"], &saved["stages"][1]["kind"]),
        (&json!("Ready to go"), &json!("won"))
    );
    // The same form once more: it began with what is not there any more.
    let seen = ada.post("/settings/pipelines/orders-1", &rows).await;
    assert_eq!(seen.status, 409, "{}", seen.html);

    // An order in a stage keeps it there, and the pipeline.
    let order = json!({"pipeline": "orders-1", "title": "Kettle", "currency": "EUR"});
    assert_eq!(shop.post("/v1/orders", order).await.0, 201);
    let seen = ada.post("/settings/pipelines/orders-1/remove", &[]).await;
    assert_eq!(seen.status, 409);
    assert!(seen.html.contains("1 orders stand in pipeline"), "{}", seen.html);
}

#[tokio::test]
async fn employees_come_and_go_and_nobody_is_their_own_head() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let new = [("name", "Grace"), ("email", "grace@shop.example"), ("working", "true"), ("head", "")];
    leads_to(&ada.post("/settings/employees/new", &new).await, "/settings/employees?done=saved");
    let (_, all) = shop.get("/v1/employees").await;
    let grace = all["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/settings/employees/{grace}");
    let seen = ada.post(&path, &[("name", "Grace"), ("working", "true"), ("head", &grace)]).await;
    assert_eq!(seen.status, 422);
    assert!(seen.html.contains("nobody is their own head"), "{}", seen.html);
    let absent = [("name", "Grace Hopper"), ("working", "true"), ("absent", "true")];
    leads_to(&ada.post(&path, &absent).await, "/settings/employees?done=saved");
    let (_, all) = shop.get("/v1/employees").await;
    assert_eq!(
        (&all["items"][0]["name"], &all["items"][0]["absent"]),
        (&json!("Grace Hopper"), &json!(true))
    );
    assert!(ada.get("/settings/employees").await.html.contains("Absent"));
}

#[tokio::test]
async fn whoever_is_invited_comes_in_once_by_the_link() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let new = [("name", "Grace"), ("email", "grace@shop.example"), ("role", "editor"), ("employee", "")];
    let seen = ada.post("/settings/accounts", &new).await;
    assert_eq!(seen.status, 200, "{}", seen.html);
    let key = between(&seen.html, "://shop.example/enter?key=", "<").to_owned();
    let id = between(&seen.html, "<code>acc_", "<").to_owned();
    let path = format!("/settings/accounts/acc_{id}");
    assert!(!ada.get(&path).await.html.contains(&key), "it is shown once");
    let mut grace = Browser::new(&shop);
    leads_to(&grace.post("/enter", &[("key", &key)]).await, "/orders");
    assert_eq!(grace.get("/automation/orders").await.status, 200);
    assert_eq!(grace.get("/settings/accounts").await.status, 403);
    assert_eq!(ada.post("/settings/accounts", &new).await.status, 422, "the address is taken");

    leads_to(&ada.post(&format!("{path}/sessions"), &[]).await, &format!("{path}?done=ended"));
    assert_eq!(grace.get("/orders").await.status, 303);
    let short = ada.post(&format!("{path}/password"), &[("password", "short")]).await;
    assert_eq!(short.status, 422);
    let set = ada.post(&format!("{path}/password"), &[("password", "a long enough one")]).await;
    leads_to(&set, &format!("{path}?done=saved"));
    let door = [("email", "grace@shop.example"), ("password", "a long enough one")];
    leads_to(&grace.post("/sign-in", &door).await, "/orders");

    let off = [("name", "Grace"), ("email", "grace@shop.example"), ("role", "viewer"), ("disabled", "true")];
    leads_to(&ada.post(&path, &off).await, "/settings/accounts?done=saved");
    assert_eq!(grace.get("/orders").await.status, 303);
    assert_eq!(
        ada.post(&format!("{path}/entrance"), &[]).await.status,
        409,
        "a disabled account gets no link"
    );
    leads_to(&ada.post(&format!("{path}/remove"), &[]).await, "/settings/accounts?done=removed");
    assert_eq!(ada.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let page = ada.get("/settings/accounts").await.html;
    let id = between(&page, "href=\"/settings/accounts/", "\"").to_owned();
    let path = format!("/settings/accounts/{id}");
    let less = [("name", "Ada"), ("email", "owner@shop.example"), ("role", "viewer")];
    let seen = ada.post(&path, &less).await;
    assert_eq!(seen.status, 409);
    assert!(seen.html.contains("only owner") && seen.html.contains("role=\"alert\""), "{}", seen.html);
    assert_eq!(ada.post(&format!("{path}/remove"), &[]).await.status, 409);
    assert_eq!(ada.get("/settings/accounts").await.status, 200);
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_what_was_ticked() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    assert_eq!(ada.post("/settings/tokens", &[("name", "web shop")]).await.status, 422, "it opens nothing");
    let wanted = [
        ("name", "web shop"),
        ("scope", "orders-read"),
        ("scope", "events-write"),
        ("expires", "2099-12-31"),
    ];
    let seen = ada.post("/settings/tokens", &wanted).await;
    assert_eq!(seen.status, 200, "{}", seen.html);
    let token = format!("rw_{}", between(&seen.html, "<code>rw_", "<"));
    assert!(!ada.get("/settings/tokens").await.html.contains(&token));
    let ask = |path: &'static str| {
        let request = Request::builder().uri(path).header("authorization", format!("Bearer {token}"));
        let router = shop.router.clone();
        async move { router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16() }
    };
    assert_eq!((ask("/v1/orders").await, ask("/v1/shop").await), (200, 403));
    let id = token.split('_').nth(1).unwrap().to_owned();
    leads_to(
        &ada.post(&format!("/settings/tokens/tok_{id}/revoke"), &[]).await,
        "/settings/tokens?done=removed",
    );
    assert!(!ada.get("/settings/tokens").await.html.contains("web shop"));
    let request = Request::builder().uri("/v1/orders").header("authorization", format!("Bearer {token}"));
    let answer = shop.again().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn a_mailbox_keeps_its_password_to_itself_and_says_what_is_wrong_with_its_servers() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let form = [
        ("id", "sales"),
        ("address", "sales@shop.example"),
        ("name", "The tea shop"),
        ("default", "true"),
        ("smtp-host", "127.0.0.1"),
        ("smtp-port", "9"),
        ("smtp-tls", "implicit"),
        ("smtp-user", "sales"),
        ("smtp-password", "canary-9"),
    ];
    let without: Vec<_> = form.into_iter().filter(|(name, _)| *name != "smtp-password").collect();
    let seen = ada.post("/settings/mailboxes/new", &without).await;
    assert_eq!(seen.status, 422);
    assert!(seen.html.contains("give the password"), "{}", seen.html);
    leads_to(&ada.post("/settings/mailboxes/new", &form).await, "/settings/mailboxes/sales?done=saved");
    let again = ada.post("/settings/mailboxes/new", &form).await;
    assert_eq!(again.status, 422, "one that is there is not replaced by adding it");
    assert!(!again.html.contains("canary"));
    let page = ada.get("/settings/mailboxes/sales").await.html;
    assert!(page.contains("sales@shop.example") && !page.contains("canary"));
    // Saved without typing it again, it is kept.
    leads_to(&ada.post("/settings/mailboxes/sales", &without).await, "/settings/mailboxes/sales?done=saved");
    assert_eq!(shop.get("/v1/mailboxes/sales").await.1["smtp"]["password"], json!(true));
    let tried = ada.post("/settings/mailboxes/sales/test", &[]).await;
    assert_eq!(tried.status, 200);
    assert!(tried.html.contains("no public address") && tried.html.contains("note bad"), "{}", tried.html);
    leads_to(&ada.post("/settings/mailboxes/sales/remove", &[]).await, "/settings/mailboxes?done=removed");
    assert_eq!(ada.get("/settings/mailboxes/sales").await.status, 404);
}

#[tokio::test]
async fn the_key_of_a_webhook_is_shown_once_and_changed_and_it_is_paused() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let wrong = [("url", "https://erp.example/hooks"), ("kinds", "orders")];
    let seen = ada.post("/settings/webhooks", &wrong).await;
    assert_eq!(seen.status, 422);
    assert!(seen.html.contains("is no kind of events") && seen.html.contains("https://erp.example/hooks"));
    let new =
        [("url", "https://erp.example/hooks"), ("kinds", "order.created, call.*"), ("pipeline", "orders")];
    let made = ada.post("/settings/webhooks", &new).await;
    assert_eq!(made.status, 200, "{}", made.html);
    let key = format!("whsec_{}", between(&made.html, "<code>whsec_", "<"));
    let id = format!("whk_{}", between(&made.html, "<code>whk_", "<"));
    let path = format!("/settings/webhooks/{id}");
    assert!(!ada.get(&path).await.html.contains("whsec_"));
    let (_, stored) = shop.get(&format!("/v1/webhooks/{id}")).await;
    assert_eq!(stored["kinds"], json!(["order.created", "call.*"]));

    let turn = format!("{path}/turn");
    leads_to(&ada.post(&turn, &[]).await, &format!("{path}?done=saved"));
    assert!(ada.get(&path).await.html.contains("Paused"));
    leads_to(&ada.post(&turn, &[]).await, &format!("{path}?done=saved"));
    let rotated = ada.post(&format!("{path}/rotate"), &[]).await;
    assert!(rotated.html.contains("<code>whsec_") && !rotated.html.contains(&key), "another key");
    leads_to(&ada.post(&format!("{path}/remove"), &[]).await, "/settings/webhooks?done=removed");
    assert_eq!(ada.get(&path).await.status, 404);
}

#[tokio::test]
async fn templates_need_a_numerator_and_say_what_is_wrong_in_them() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let numerator = |pattern| {
        let rest = [
            ("name", "invoices"),
            ("start", "1"),
            ("step", "1"),
            ("pad", "4"),
            ("pad-with", "0"),
            ("reset", "year"),
        ];
        [("pattern", pattern)].into_iter().chain(rest).collect::<Vec<_>>()
    };
    let new = "/settings/documents/numerators/new";
    let seen = ada.post(new, &numerator("INV-{number}")).await;
    assert_eq!(seen.status, 422);
    assert!(seen.html.contains("begin anew"), "{}", seen.html);
    leads_to(&ada.post(new, &numerator("INV-{year}-{number}")).await, "/settings/documents?done=saved");
    let template = |text| {
        let rest = [
            ("name", "invoice"),
            ("title", "Invoice"),
            ("media-type", "text/html"),
            ("numerator", "invoices"),
        ];
        [("text", text)].into_iter().chain(rest).collect::<Vec<_>>()
    };
    let new = "/settings/documents/templates/new";
    assert_eq!(ada.post(new, &template("{% if %}")).await.status, 422);
    leads_to(
        &ada.post(new, &template("<h1>{{ order.number }}</h1>")).await,
        "/settings/documents?done=saved",
    );
    assert_eq!(ada.post(new, &template("<p>")).await.status, 422, "one that is there is not replaced");
    let page = ada.get("/settings/documents").await.html;
    assert!(page.contains("/settings/documents/templates/invoice") && page.contains("-0001"), "{page}");
}

#[tokio::test]
async fn lists_segments_and_schedules_are_looked_at() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let list = json!({"title": "Prices", "fields": [{"name": "postcode", "title": "Postcode"}]});
    assert_eq!(shop.put("/v1/lists/prices", list).await.0, 204);
    assert!(shop.post("/v1/lists/prices/items", json!({"fields": {"postcode": "CV5"}})).await.0 < 300);
    let page = ada.get("/settings/lists").await.html;
    assert!(page.contains("Prices") && page.contains("/settings/lists/prices"), "{page}");
    let items = ada.get("/settings/lists/prices").await.html;
    assert!(items.contains("Postcode") && items.contains("CV5"), "{items}");
    assert_eq!(ada.get("/settings/lists/none").await.status, 404);
}

#[tokio::test]
async fn a_provider_is_connected_by_the_form_of_its_plugin_and_tried_out() {
    let world = Channels::new().await;
    let manifest = json!({
        "schema": 1, "id": "test.texts", "version": "1.0.0", "kind": "provider", "group": "provider",
        "publisher": "test", "title": "Texts", "host-api": "0.1.0",
        "settings": {
            "type": "object",
            "required": ["account"],
            "properties": { "account": { "type": "string", "title": "Account", "minLength": 3 } },
        },
    });
    let package = Package {
        digest: "1".repeat(64),
        manifest: serde_json::from_value(manifest).unwrap(),
        imports: Default::default(),
        size: 1,
    };
    let grant = Grant {
        channels: ["sms".to_owned()].into(),
        secrets: ["auth-token".to_owned()].into(),
        ..Grant::default()
    };
    world.engine.install(world.id, package, Arc::from([0_u8]), grant).await.unwrap();
    let mut ada = Browser::signed_in(&world.shop, Role::PluginAdmin).await;
    let page = ada.get("/settings/providers").await.html;
    assert!(page.contains("/settings/providers/new?plugin=test.texts"), "{page}");
    let form = ada.get("/settings/providers/new?plugin=test.texts").await.html;
    assert!(form.contains("name=\"/settings/account\""), "{form}");
    let with = |account| {
        [
            ("plugin", "test.texts"),
            ("id", "main"),
            ("title", "Our texts"),
            ("enabled", "true"),
            ("/settings/account", account),
            ("lines", "+442079460000"),
            ("default-for", "sms"),
        ]
    };
    let seen = ada.post("/settings/providers/new", &with("A")).await;
    assert_eq!(seen.status, 422);
    assert!(seen.html.contains("aria-invalid=\"true\"") && seen.html.contains("Our texts"), "{}", seen.html);
    leads_to(&ada.post("/settings/providers/new", &with("AC1")).await, "/settings/providers/main?done=saved");

    let secret = [("name", "auth-token"), ("value", "canary-7")];
    leads_to(
        &ada.post("/settings/providers/main/secrets", &secret).await,
        "/settings/providers/main?done=saved",
    );
    let page = ada.get("/settings/providers/main").await.html;
    assert!(page.contains("AC1") && page.contains("Kept") && !page.contains("canary"), "{page}");
    let wrong = ada.post("/settings/providers/main/trial", &[("channel", "sms"), ("to", "nobody")]).await;
    assert_eq!(wrong.status, 422);
    let trial = [("channel", "sms"), ("to", "+447700900123"), ("text", "Hello")];
    let tried = ada.post("/settings/providers/main/trial", &trial).await;
    assert_eq!(tried.status, 200, "{}", tried.html);
    assert!(tried.html.contains("/deliveries/msg_"), "{}", tried.html);
    leads_to(&ada.post("/settings/providers/main/remove", &[]).await, "/settings/providers?done=removed");
    let mut viewer = Browser::signed_in(&world.shop, Role::Viewer).await;
    assert_eq!(viewer.get("/settings/providers").await.status, 403);
}
