//! Automation through `/v1`: two who edit it, a past revision once more, rules in shadow, and rules that are started now.

use super::channels::Channels;
use super::*;

const DRAFT: &str = "/v1/pipelines/orders/automation";
const PUBLISH: &str = "/v1/pipelines/orders/automation/publish";

fn sms(text: &str) -> Value {
    json!({"channel": "sms", "text": text, "correlation": "x"})
}

pub(super) fn tells(id: &str, text: &str) -> Value {
    json!({"id": id, "name": format!("Tell {id}"), "plugin": "test.sends", "settings": sms(text)})
}

fn stages(rules: &[Value]) -> Value {
    json!({"stages": {"told": {"rules": rules}}})
}

async fn matching(
    world: &Channels,
    method: Method,
    path: &str,
    tag: &'static str,
    body: Value,
) -> (u16, Value) {
    let headers: Headers = Box::leak(Box::new([JSON, ("if-match", tag)]));
    world.send(method, path, headers, body.to_string().into_bytes()).await
}

pub(super) async fn published(world: &Channels, rules: &[Value]) {
    let (status, saved) = world.put(DRAFT, stages(rules)).await;
    assert_eq!((status, &saved["issues"]), (200, &json!([])), "{saved}");
    let (status, published) = world.post(PUBLISH, json!({})).await;
    assert_eq!(status, 200, "{published}");
}

pub(super) async fn orders_in_stage(world: &Channels, count: usize) -> Vec<String> {
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let mut orders = Vec::new();
    for _ in 0..count {
        let order = world.order(&client).await;
        assert!(world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await.0 < 300);
        orders.push(order);
    }
    world.engine.idle().await;
    orders
}

#[tokio::test]
async fn of_two_who_edit_a_draft_none_overwrites_the_other_unseen() {
    let world = Channels::new().await;
    world.tell(&[sms("one")]).await;
    let (_, draft) = world.get(DRAFT).await;
    assert_eq!(draft["version"], 1, "{draft}");
    let both = stages(&[tells("r0", "one"), tells("r1", "two")]);
    let (status, saved) = matching(&world, Method::PUT, DRAFT, "\"1\"", both).await;
    assert_eq!((status, &saved["version"]), (200, &json!(2)), "{saved}");

    // The other one has still read the first version.
    let (status, refused) = matching(&world, Method::PUT, DRAFT, "\"1\"", stages(&[])).await;
    assert_eq!((status, &refused["code"]), (412, &json!("conflict")), "{refused}");
    let told = refused["detail"].as_str().unwrap();
    for part in ["at version 2, not at 1", "by test at 20", "rule `Tell r1` in `told` added"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let (_, draft) = world.get(DRAFT).await;
    let save = &draft["saves"][0];
    assert_eq!((&save["version"], &save["by"]["name"]), (&json!(2), &json!("test")), "{draft}");
    let edit = json!({"part": "rule", "id": "r1", "name": "Tell r1", "stage": "told", "edited": "added"});
    assert!(save["edits"].as_array().unwrap().contains(&edit), "{save}");

    let (status, refused) = matching(&world, Method::POST, PUBLISH, "\"1\"", json!({})).await;
    assert_eq!(status, 412, "{refused}");
    let (status, published) = matching(&world, Method::POST, PUBLISH, "\"2\"", json!({})).await;
    assert_eq!((status, &published["draft"]), (200, &json!(2)), "{published}");
    let (_, revisions) = world.get(&format!("{DRAFT}/revisions")).await;
    let newest = &revisions["items"][0];
    assert_eq!((&newest["by"]["name"], &newest["draft"]), (&json!("test"), &json!(2)), "{revisions}");
}

#[tokio::test]
async fn a_past_revision_is_put_back_into_the_draft_as_carefully() {
    let world = Channels::new().await;
    world.tell(&[sms("one")]).await;
    published(&world, &[tells("r0", "two")]).await;
    let restore = format!("{DRAFT}/revisions/1/restore");
    let (status, refused) = matching(&world, Method::POST, &restore, "\"1\"", json!({})).await;
    assert_eq!(status, 412, "{refused}");
    let (status, saved) = matching(&world, Method::POST, &restore, "\"2\"", json!({})).await;
    assert_eq!((status, &saved["version"]), (200, &json!(3)), "{saved}");
    let (_, draft) = world.get(DRAFT).await;
    assert_eq!(draft["stages"]["told"]["rules"][0]["settings"]["text"], "one", "{draft}");
    assert_eq!(draft["published_revision"], 2, "nothing runs because of it");
    assert_eq!(world.keyed(&restore, json!({})).await.1["version"], 4);
    assert_eq!(world.keyed(&restore, json!({})).await.1["version"], 4, "as the first time");
    assert_eq!(world.post(&format!("{DRAFT}/revisions/9/restore"), json!({})).await.0, 404);
}

#[tokio::test]
async fn runs_in_shadow_are_listed_apart_and_tell_what_was_not_sent() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    let mut shadow = tells("r1", "hidden");
    shadow["shadow"] = json!(true);
    published(&world, &[tells("r0", "shown"), shadow]).await;
    orders_in_stage(&world, 1).await;
    let (_, all) = world.get("/v1/runs?shadow=true").await;
    let run = &all["items"][0];
    assert_eq!(
        (&run["rule"], &run["state"], &run["shadow"]),
        (&json!("r1"), &json!("done"), &json!(true)),
        "{all}"
    );
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    let (_, others) = world.get("/v1/runs?shadow=false").await;
    assert_eq!((&others["items"][0]["rule"], &others["items"][1]), (&json!("r0"), &Value::Null), "{others}");
    let (_, detail) = world.get(&format!("/v1/runs/{}", run["id"].as_str().unwrap())).await;
    let step = &detail["trace"][0];
    assert_eq!(
        (&step["not_done"], &step["effects"][0]["message"]["text"]),
        (&json!(true), &json!("hidden")),
        "{detail}"
    );
    let (_, deliveries) = world.get("/v1/deliveries").await;
    let told = deliveries.to_string();
    assert!(told.contains("shown") && !told.contains("hidden"), "{deliveries}");
}

#[tokio::test]
async fn a_rule_is_started_for_orders_that_were_there_before_it() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    let before = orders_in_stage(&world, 3).await;
    published(&world, &[tells("r0", "late")]).await;
    let elsewhere = world.order(&world.client("Eve", "+442079460001", "eve@example.com").await).await;
    orders_in_stage(&world, 1).await;

    let path = "/v1/pipelines/orders/stages/told/rules/r0/run";
    assert_eq!(world.get(path).await, (200, json!({"here": 4, "never_ran": 3})));
    let one = json!({"orders": [before[0], elsewhere]});
    assert_eq!(world.post(path, one).await, (200, json!({"started": 1, "had_run": 0, "elsewhere": 1})));
    world.engine.idle().await;
    for _ in 0..2 {
        let all = json!({"started": 2, "had_run": 2, "elsewhere": 0});
        assert_eq!(world.keyed(path, json!({})).await, (200, all), "as the first time");
        world.engine.idle().await;
    }
    assert_eq!(world.get(path).await, (200, json!({"here": 4, "never_ran": 0})));
    assert_eq!(world.events("rule.started").await.len(), 3);
    let log = world.engine.audit(world.id, None, 100).await.unwrap();
    let told = log.iter().filter(|entry| entry.deed.action == "rule.run-now");
    assert_eq!(told.map(|entry| entry.who.name()).collect::<Vec<_>>(), ["test", "test"]);
    let (_, runs) = world.get("/v1/runs?rule=r0&state=done").await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 4, "{runs}");

    for (path, status) in [
        ("/v1/pipelines/nowhere/stages/told/rules/r0/run", 404),
        ("/v1/pipelines/orders/stages/nowhere/rules/r0/run", 404),
        ("/v1/pipelines/orders/stages/told/rules/r9/run", 404),
        ("/v1/pipelines/orders/stages/new/rules/r0/run", 404),
    ] {
        assert_eq!(
            (world.get(path).await.0, world.post(path, json!({})).await.0),
            (status, status),
            "{path}"
        );
    }
    let mut off = tells("r0", "late");
    off["active"] = json!(false);
    published(&world, &[off]).await;
    let (status, refused) = world.post(path, json!({})).await;
    assert!(status == 409 && refused["detail"].as_str().unwrap().contains("switched off"), "{refused}");
}
