//! The designer in the console: what its tiles say, and what is told before something is moved or published.

use rulewright_domain::{RunState, account::Role};
use rulewright_ports::{
    StorageExt,
    storage::{Page, RunQuery},
};

use super::{channels::Channels, console::Browser, *};

const DRAFT: &str = "/v1/pipelines/orders/automation";

fn sms() -> Value {
    json!({"channel": "sms", "text": "Hello", "correlation": "x"})
}

/// Orders that have come to the stage `told`.
async fn come(world: &Channels, count: usize) {
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    for _ in 0..count {
        let order = world.order(&client).await;
        assert!(world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await.0 < 300);
    }
    world.engine.idle().await;
}

#[tokio::test]
async fn a_tile_says_what_its_rule_does_and_how_often_it_fails() {
    let world = Channels::new().await;
    world.tell(&[sms()]).await;
    come(&world, 2).await;
    let mut ada = Browser::signed_in(&world, Role::Viewer).await;
    let well = ada.get("/automation/orders").await;
    assert_eq!(well.status, 200);
    for part in ["On entering Told, Rule 0", "Sends 1.0.0"] {
        assert!(well.html.contains(part), "{part}: {}", well.html);
    }
    assert!(!well.html.contains("failed in 7 days"), "{}", well.html);

    let shop = world.id;
    let fails = world.engine.storage().write(move |tx| {
        let query = RunQuery { rule: Some("r0".to_owned()), ..RunQuery::default() };
        let mut runs = tx.runs(shop, &query, Page { after: None, limit: 1, newest_first: true })?;
        let mut run = runs.remove(0);
        run.state = RunState::Failed { code: "trap".to_owned(), message: "unreachable".to_owned() };
        tx.put_run(&run)
    });
    fails.await.unwrap();
    let html = ada.get("/automation/orders").await.html;
    assert!(html.contains("50\u{a0}% of 2 runs failed in 7 days"), "{html}");
    let link = html.find("/runs?state=failed&amp;rule=r0&amp;stage=orders&amp;from=").unwrap();
    let link = html[link..].split('"').next().unwrap().replace("&amp;", "&");
    let listed = ada.get(&link).await.html;
    assert!(listed.contains("href=\"/runs/run_") && !listed.contains("No runs match"), "{link}: {listed}");
}

#[tokio::test]
async fn publishing_tells_for_how_many_orders_a_rule_is_and_for_how_many_it_comes_too_late() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    come(&world, 2).await;
    let rule = json!({"id": "r9", "name": "Thank", "plugin": "test.sends", "settings": sms()});
    let (status, saved) = world.put(DRAFT, json!({"stages": {"told": {"rules": [rule]}}})).await;
    assert_eq!(status, 200, "{saved}");
    let mut ada = Browser::signed_in(&world, Role::Editor).await;
    let told = ada.get("/automation/orders/publish").await.html;
    let both = "Publishes for about 2 new orders a day. 2 orders already in Told will not run it.";
    assert!(told.contains(both), "{told}");

    // Four days later these two are fewer than one a day. The session has ended by then.
    world.pass(4 * 24 * 60).await;
    let mut eve = Browser::signed_in(&world, Role::Owner).await;
    let told = eve.get("/automation/orders/publish").await.html;
    assert!(told.contains("Publishes for fewer than 1 new order a day. 2 orders already in Told"), "{told}");

    let version = saved["version"].to_string();
    let sent = eve.post("/automation/orders/publish", &[("version", &version)]).await;
    assert_eq!((sent.status, sent.to.as_deref()), (303, Some("/automation/orders")));
    let told = eve.get("/automation/orders/publish").await.html;
    assert!(!told.contains("Publishes for") && !told.contains("already in Told"), "{told}");
}

#[tokio::test]
async fn what_a_move_starts_can_be_tried_with_the_very_order() {
    let world = Channels::new().await;
    world.tell(&[sms()]).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&client).await;
    let mut ada = Browser::signed_in(&world, Role::Editor).await;
    let html = ada.get(&format!("/orders/{order}")).await.html;
    let link = format!("/automation/orders/dry-run?stage=told&amp;published=1&amp;order={order}");
    assert!(html.contains(&link), "{link}: {html}");
    let tried = ada.get(&link.replace("&amp;", "&")).await;
    assert_eq!(tried.status, 200);
    for part in ["Nothing was sent.", "Rule 0"] {
        assert!(tried.html.contains(part), "{part}: {}", tried.html);
    }
    assert_eq!(world.get("/v1/deliveries").await.1["items"], json!([]));
    let mut eve = Browser::signed_in(&world, Role::Operator).await;
    let html = eve.get(&format!("/orders/{order}")).await.html;
    assert!(!html.contains("dry-run"), "who may not try is not led there: {html}");
}

#[tokio::test]
async fn a_plugin_is_shown_by_the_picture_that_came_with_it() {
    let world = Channels::new().await;
    world.tell(&[sms()]).await;
    let mut ada = Browser::signed_in(&world, Role::Viewer).await;
    let html = ada.get("/automation/orders").await.html;
    assert!(!html.contains("/icon\"") && html.contains("aria-hidden=\"true\">S</span>"), "{html}");
    let (shop, digest) = (world.id, "0".repeat(64));
    let put = move |tx: &mut dyn rulewright_ports::Transaction| {
        tx.put_extras(shop, &digest, None, None, Some(b"png"))
    };
    world.engine.storage().write(put).await.unwrap();
    let html = ada.get("/automation/orders").await.html;
    assert!(html.contains("src=\"/plugins/test.sends/icon\""), "{html}");
    let icon = ada.get("/plugins/test.sends/icon").await;
    assert_eq!((icon.status, icon.html.as_str()), (200, "png"));
    assert_eq!(icon.headers["content-type"], "image/png");
    assert_eq!(ada.get("/plugins/acme.none/icon").await.status, 404);
}
