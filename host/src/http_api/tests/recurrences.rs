//! Recurring orders through `/v1`: they come on their days, once each, and as they are told.

use super::channels::Channels;
use super::*;

const DAY: i64 = 24 * 60;

/// From the day after tomorrow on, every day.
fn daily(order: &str) -> Value {
    json!({"order": order, "start": "2026-11-20", "every": {"unit": "day", "count": 1}})
}

async fn ordered(world: &Channels) -> String {
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    world.order(&client).await
}

async fn added(world: &Channels, body: Value) -> (String, Value) {
    let (status, made) = world.post("/v1/recurrences", body).await;
    assert_eq!(status, 201, "{made}");
    (format!("/v1/recurrences/{}", made["id"].as_str().unwrap()), made)
}

async fn orders(world: &Channels) -> usize {
    world.get("/v1/orders").await.1["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_order_comes_on_its_days_until_it_has_come_often_enough() {
    let world = Channels::new().await;
    let mut twice = daily(&ordered(&world).await);
    twice["at_most"] = json!(2);
    let (path, made) = added(&world, twice).await;
    assert_eq!(
        (&made["next"], &made["times"]),
        (&json!("2026-11-20T00:00:00.000Z"), &json!(0)),
        "the shop keeps UTC"
    );
    let template = format!("/v1/orders/{}", made["template"].as_str().unwrap());
    assert_eq!(world.get(&template).await.0, 200);
    world.pass(DAY).await;
    assert_eq!(orders(&world).await, 1, "it is the 19th");
    world.pass(DAY).await;
    assert_eq!((orders(&world).await, &world.get(&path).await.1["times"]), (2, &json!(1)));
    world.pass(DAY).await;
    world.pass(DAY).await;
    let (_, come) = world.get(&path).await;
    assert_eq!((orders(&world).await, &come["times"], &come["next"]), (3, &json!(2), &Value::Null));
}

#[tokio::test]
async fn what_is_changed_of_a_recurrence_counts_from_then_on() {
    let world = Channels::new().await;
    let (path, made) = added(&world, daily(&ordered(&world).await)).await;
    let (status, stopped) = world.patch(&path, json!({"active": false})).await;
    assert_eq!((status, &stopped["active"], &stopped["next"]), (200, &json!(false), &Value::Null));
    world.pass(3 * DAY).await;
    assert_eq!(orders(&world).await, 1);
    let again = json!({"active": true, "every": {"unit": "week", "count": 1}, "until": "2026-12-31"});
    let (_, changed) = world.patch(&path, again).await;
    assert_eq!(
        (&changed["next"], &changed["start"], &changed["until"]),
        (&json!("2026-11-27T00:00:00.000Z"), &made["start"], &json!("2026-12-31"))
    );
    let (_, endless) = world.patch(&path, json!({"until": null})).await;
    assert_eq!((&endless["until"], &endless["every"]), (&Value::Null, &changed["every"]));
    assert_eq!(world.get(&path).await.1, endless);
}

#[tokio::test]
async fn a_recurrence_is_deleted_with_its_template_and_what_has_come_of_it_stays() {
    let world = Channels::new().await;
    let (path, made) = added(&world, daily(&ordered(&world).await)).await;
    let (status, exposed) = world.post(&format!("{path}/expose"), json!({})).await;
    assert_eq!(status, 201, "{exposed}");
    assert_eq!((world.delete(&path).await.0, world.delete(&path).await.0), (204, 404));
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.patch(&path, json!({"active": true})).await.0, 404);
    assert_eq!(world.post(&format!("{path}/expose"), json!({})).await.0, 404);
    assert_eq!(world.get(&format!("/v1/orders/{}", made["template"].as_str().unwrap())).await.0, 404);
    assert_eq!(world.get(&format!("/v1/orders/{}", exposed["order"].as_str().unwrap())).await.0, 200);
    assert_eq!(world.get("/v1/recurrences").await.1["items"], json!([]));
}

#[tokio::test]
async fn a_recurrence_is_added_and_exposed_once_under_one_key() {
    let world = Channels::new().await;
    let order = ordered(&world).await;
    let first = world.keyed("/v1/recurrences", daily(&order)).await;
    assert_eq!(first.0, 201, "{first:?}");
    assert_eq!(world.keyed("/v1/recurrences", daily(&order)).await, first);
    assert_eq!(world.post("/v1/recurrences", daily(&order)).await.0, 409, "it recurs already");
    let expose = format!("/v1/recurrences/{}/expose", first.1["id"].as_str().unwrap());
    let key: Headers = &[JSON, ("idempotency-key", "k2")];
    let exposed = async || world.send(Method::POST, &expose, key, b"{}".to_vec()).await;
    let once = exposed().await;
    assert_eq!((once.0, exposed().await), (201, once));
    assert_eq!(orders(&world).await, 2);
}

#[tokio::test]
async fn a_mistake_in_a_recurrence_is_told_where_it_is_and_changes_nothing() {
    let world = Channels::new().await;
    let order = ordered(&world).await;
    let never = json!({"unit": "day", "count": 0});
    let wrong = [
        (json!({"start": "soon"}), "/start"),
        (json!({"every": never}), "/every"),
        (json!({"every": {"unit": "moon", "count": 1}}), "/every/unit"),
        (json!({"every": {"unit": "day", "count": 1}, "before_start": never}), "/before_start"),
        (json!({"until": "2026-02-30"}), "/until"),
        (json!({"at_most": 0}), "/at_most"),
        (json!({"until": "2026-12-31", "at_most": 2}), "/at_most"),
        (json!({"pipeline": "nowhere"}), "/pipeline"),
        (json!({"active": "yes"}), "/active"),
    ];
    for (part, place) in &wrong {
        let mut new = daily(&order);
        new.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        world.mistaken(Method::POST, "/v1/recurrences", new, place).await;
    }
    let (status, unknown) = world.post("/v1/recurrences", daily("ord_999")).await;
    assert_eq!((status, &unknown["code"]), (422, &json!("no-such-order")));
    assert_eq!(world.get("/v1/recurrences").await.1["items"], json!([]));

    let (path, made) = added(&world, daily(&order)).await;
    for (part, place) in wrong {
        world.mistaken(Method::PATCH, &path, part, place).await;
    }
    assert_eq!(world.get(&path).await, (200, made));
}
