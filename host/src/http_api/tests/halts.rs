//! Switches of the operator: by the API and in the console.

use rulewright_domain::account::Role;

use super::{
    channels::Channels,
    console::{Browser, Seen},
    *,
};

fn leads_to(seen: &Seen, path: &str) {
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some(path)), "{}", seen.html);
}

async fn metrics(shop: &Shop) -> String {
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    let response = shop.router.clone().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn while_intake_is_halted_changes_are_told_to_come_again_and_reading_goes_on() {
    let world = Channels::new().await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let keyed = json!({"kind": "contact", "name": "Tess"});
    assert_eq!(world.keyed("/v1/clients", keyed.clone()).await.0, 201);
    let halt = json!({"reason": "a flood"});
    assert_eq!(world.put("/v1/halts/intake", halt).await.0, 204);

    let request = Request::builder().method(Method::POST).uri("/v1/events");
    let request = request.header("authorization", format!("Bearer {}", world.token));
    let event = json!({"kind": "call.incoming"}).to_string();
    let request = request.header("content-type", "application/json").body(Body::from(event)).unwrap();
    let refused = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let (status, problem) = world.patch(&format!("/v1/clients/{client}"), json!({"name": "Eve"})).await;
    assert_eq!((status, &problem["code"]), (503, &json!("intake-halted")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("a flood"), "{problem}");
    assert_eq!(world.get(&format!("/v1/clients/{client}")).await.1["name"], "Ada");
    assert_eq!(world.put("/v1/segments/all", json!({"title": "All"})).await.0 / 100, 2, "settings go on");
    // What was answered before is answered again.
    assert_eq!(world.keyed("/v1/clients", keyed).await.0, 201);

    let (_, halts) = world.get("/v1/halts").await;
    assert_eq!((&halts["items"][0]["flow"], &halts["items"][0]["by"]), (&json!("intake"), &json!("test")));
    assert!(metrics(&world).await.contains("rulewright_halted{flow=\"intake\"} 1"));
    assert_eq!(world.delete("/v1/halts/intake").await.0, 204);
    assert_eq!(world.delete("/v1/halts/intake").await.0, 404);
    assert!(metrics(&world).await.contains("rulewright_halted{flow=\"intake\"} 0"));
    assert_eq!(world.patch(&format!("/v1/clients/{client}"), json!({"name": "Eve"})).await.0, 200);
    let log = world.engine.audit(world.id, None, 10).await.unwrap();
    let told = |action: &str| log.iter().any(|one| one.deed.action == action && one.deed.subject == "intake");
    assert!(told("flow.halted") && told("flow.resumed"), "{log:?}");
}

#[tokio::test]
async fn what_cannot_be_halted_and_what_is_not_said_why_is_refused() {
    let shop = Shop::new().await;
    let reason = json!({"reason": "a flood"});
    assert_eq!(shop.put("/v1/halts/weather", reason.clone()).await.0, 404);
    assert_eq!(shop.put("/v1/halts/outbox", json!({"reason": " "})).await.0, 422);
    assert_eq!(shop.get("/v1/halts").await.1["items"], json!([]));
    setup::first_shop(&shop.engine, "Coffee").await.unwrap();
    let (status, refused) = shop.put("/v1/halts/outbox", reason).await;
    assert_eq!((status, &refused["code"]), (403, &json!("operator-only")), "of several shops none may");
}

#[tokio::test]
async fn an_owner_halts_in_the_console_and_everybody_reads_it_on_every_page() {
    let world = Channels::new().await;
    let mut owner = Browser::signed_in(&world.shop, Role::Owner).await;
    let mut viewer = Browser::signed_in(&world.shop, Role::Viewer).await;
    let why = [("reason", "It sends <twice>")];
    assert_eq!(viewer.post("/settings/halts/outbox", &why).await.status, 403);
    assert_eq!(owner.post("/settings/halts/outbox", &[("reason", "")]).await.status, 422);
    assert_eq!(owner.post("/settings/halts/weather", &why).await.status, 404);
    leads_to(&owner.post("/settings/halts/outbox", &why).await, "/settings/halts?done=saved");
    for path in [
        "/orders",
        "/automation/orders",
        "/runs",
        "/clients",
        "/deliveries",
        "/plugins",
        "/health",
        "/settings/shop",
    ] {
        let html = viewer.get(path).await.html;
        assert!(
            html.contains("data-halted=\"outbox\"") && html.contains("It sends &lt;twice&gt;"),
            "{path}: {html}"
        );
        assert!(!html.contains("/settings/halts"), "{path}");
    }
    assert!(owner.get("/settings/halts").await.html.contains("/settings/halts/outbox/resume"));
    leads_to(&owner.post("/settings/halts/outbox/resume", &[]).await, "/settings/halts?done=saved");
    assert!(!viewer.get("/orders").await.html.contains("data-halted"));
}
