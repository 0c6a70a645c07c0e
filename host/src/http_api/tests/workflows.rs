//! Workflows through `/v1`: started for an order, and stopped.

use super::channels::Channels;
use super::*;

/// One message now, and one in an hour.
async fn published(world: &Channels) {
    world.tell(&[]).await;
    let rule = |id: &str, when: Value| {
        let settings = json!({"channel": "sms", "text": id, "correlation": id});
        json!({"id": id, "name": id, "plugin": "test.sends", "settings": settings, "when": when})
    };
    let now = rule("now", json!({"run": "immediately"}));
    let later = rule("later", json!({"run": "after", "seconds": 3600}));
    let workflow = json!({"title": "Approval", "kind": "order", "rules": [now, later]});
    let (status, answer) = world.put("/v1/workflows/approval", workflow).await;
    assert_eq!(status, 200, "{answer}");
}

async fn started(world: &Channels, order: &str) -> String {
    let start = json!({"workflow": "approval"});
    let (status, receipt) = world.post(&format!("/v1/orders/{order}/workflows"), start).await;
    assert_eq!(status, 202, "{receipt}");
    world.engine.idle().await;
    receipt["events"][0].as_str().unwrap().to_owned()
}

/// Of one start, by the names of its rules: state and reason.
async fn runs(world: &Channels, start: &str) -> Vec<(String, String, Value)> {
    let (_, page) = world.get("/v1/runs?sort=oldest").await;
    let runs = page["items"].as_array().unwrap().iter().filter(|run| run["event"] == start);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    runs.map(|run| {
        assert_eq!(run["workflow"], "approval", "{run}");
        (text(&run["rule_name"]), text(&run["state"]), run["reason"].clone())
    })
    .collect()
}

fn run(rule: &str, state: &str, reason: Value) -> (String, String, Value) {
    (rule.to_owned(), state.to_owned(), reason)
}

#[tokio::test]
async fn what_still_runs_of_a_start_is_stopped_and_says_why() {
    let world = Channels::new().await;
    published(&world).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&client).await;
    let (start, other) = (started(&world, &order).await, started(&world, &order).await);
    let (status, stopped) =
        world.post(&format!("/v1/workflow-starts/{start}/stop"), json!({"reason": "by phone"})).await;
    assert_eq!((status, stopped), (200, json!({"runs": 1})));
    world.pass(61).await;
    let why = json!("workflow-stopped: by phone");
    assert_eq!(runs(&world, &start).await, [run("now", "done", Value::Null), run("later", "cancelled", why)]);
    let untouched = [run("now", "done", Value::Null), run("later", "done", Value::Null)];
    assert_eq!(runs(&world, &other).await, untouched);
    let (_, sent) = world.get("/v1/deliveries").await;
    assert_eq!(sent["items"].as_array().unwrap().len(), 3, "{sent}");
}

#[tokio::test]
async fn a_start_is_stopped_once_and_a_repeated_request_is_answered_as_the_first_time() {
    let world = Channels::new().await;
    published(&world).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let stop = format!("/v1/workflow-starts/{}/stop", started(&world, &world.order(&client).await).await);
    assert_eq!(world.keyed(&stop, json!({})).await, (200, json!({"runs": 1})));
    assert_eq!(world.keyed(&stop, json!({})).await, (200, json!({"runs": 1})));
    assert_eq!(world.post(&stop, json!({})).await, (200, json!({"runs": 0})));
    let (status, reused) = world.keyed(&stop, json!({"reason": "another"})).await;
    assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")));
}

#[tokio::test]
async fn only_what_has_been_started_can_be_stopped_and_for_a_reason_on_one_line() {
    let world = Channels::new().await;
    published(&world).await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let start = started(&world, &world.order(&client).await).await;
    let created = world.events("order.created").await[0]["id"].as_str().unwrap().to_owned();
    for event in ["evt_99999", created.as_str()] {
        let (status, answer) = world.post(&format!("/v1/workflow-starts/{event}/stop"), json!({})).await;
        assert_eq!(status, 404, "{event}: {answer}");
    }
    let stop = format!("/v1/workflow-starts/{start}/stop");
    for (body, place) in [
        (json!({"reason": "a\nb"}), "/reason"),
        (json!({"reason": " "}), "/reason"),
        (json!({"reason": "x".repeat(501)}), "/reason"),
        (json!({"reason": 7}), "/reason"),
        (json!({"why": "x"}), "/why"),
    ] {
        world.mistaken(Method::POST, &stop, body, place).await;
    }
    assert_eq!(runs(&world, &start).await[1].1, "scheduled");
}
