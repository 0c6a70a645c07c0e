//! Timelines of orders and clients: what stands there, is changed and goes.

use super::channels::Channels;
use super::*;

async fn texts(world: &Channels, path: &str) -> Vec<String> {
    let (status, page) = world.get(path).await;
    assert_eq!(status, 200, "{path}: {page}");
    let items = page["items"].as_array().unwrap();
    items.iter().map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_written_about_an_order_and_a_client_stands_at_both_until_it_is_deleted() {
    let world = Channels::new().await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&client).await;
    let new = json!({
        "kind": "activity", "order": order, "client": client, "text": "Call back",
        "details": {"kind": "call", "deadline": "2026-11-20T12:00:00Z", "priority": "high"},
    });
    let (status, made) = world.post("/v1/entries", new).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/v1/entries/{}", made["entry"].as_str().unwrap());
    for list in [
        format!("/v1/orders/{order}/timeline"),
        format!("/v1/clients/{client}/timeline"),
        format!("/v1/entries?order={order}&kind=activity"),
        format!("/v1/entries?client={client}"),
    ] {
        assert_eq!(texts(&world, &list).await, ["Call back"], "{list}");
    }

    let patch =
        json!({"text": "Ring", "details": {"deadline": null, "location": "Deck 1"}, "completed": true});
    let (status, changed) = world.json(Method::PATCH, &path, patch).await;
    assert_eq!((status, changed["events"].as_array().map(Vec::len)), (200, Some(2)), "{changed}");
    let (_, entry) = world.get(&path).await;
    let details = &entry["details"];
    assert_eq!((&entry["text"], &details["location"]), (&json!("Ring"), &json!("Deck 1")));
    assert!(details["deadline"].is_null() && details["completed"] == true && details["priority"] == "high");

    let at = json!({"at": client});
    assert_eq!(world.post(&format!("{path}/pin"), at.clone()).await.0, 200);
    let note = json!({"text": "Mornings only"});
    assert_eq!(world.json(Method::PUT, &format!("{path}/note"), note).await.0, 200);
    let (_, entry) = world.get(&path).await;
    assert_eq!((&entry["pinned"], &entry["note"]["text"]), (&json!([client]), &json!("Mornings only")));
    assert_eq!(world.post(&format!("{path}/unbind"), at.clone()).await.0, 200);
    assert!(texts(&world, &format!("/v1/clients/{client}/timeline")).await.is_empty());
    let (status, last) = world.post(&format!("{path}/unbind"), json!({"at": order})).await;
    assert_eq!((status, &last["code"]), (409, &json!("settled")), "its last place stays: {last}");

    let other = world.order(&client).await;
    let moved = async |from: &str, to: &str| {
        world.post(&format!("{path}/rebind"), json!({"from": from, "to": to})).await
    };
    assert_eq!(moved(&order, &other).await.0, 200);
    assert!(texts(&world, &format!("/v1/orders/{order}/timeline")).await.is_empty());
    assert_eq!(texts(&world, &format!("/v1/orders/{other}/timeline")).await, ["Ring"]);
    assert_eq!(moved(&other, &client).await.0, 422, "an order is no client");
    assert_eq!(moved(&other, "ord_99").await.0, 422);

    let (status, gone) = world.json(Method::DELETE, &path, json!({})).await;
    assert_eq!(status, 200, "{gone}");
    assert_eq!(world.get(&path).await.0, 404);
}

#[tokio::test]
async fn a_mistake_in_an_entry_is_told_where_it_is() {
    let world = Channels::new().await;
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&client).await;
    let activity =
        |details: Value| json!({"kind": "activity", "order": order, "text": "x", "details": details});
    for (body, told) in [
        (json!({"kind": "comment", "order": order, "text": " "}), "/text"),
        (json!({"kind": "comment", "text": "x"}), "/order"),
        (json!({"kind": "stage-change", "order": order, "text": "x"}), "stage-change"),
        (json!({"kind": "comment", "order": "ord_999", "text": "x"}), "ord_999"),
        (activity(json!({"deadline": "soon"})), "details.deadline"),
        (activity(json!({"responsible": "emp_999"})), "emp_999"),
        (activity(json!({"colour": "red"})), "details.colour"),
    ] {
        let (status, problem) = world.post("/v1/entries", body.clone()).await;
        assert_eq!(status, 422, "{body}: {problem}");
        assert!(problem.to_string().contains(told), "{body}: {problem}");
    }
    let moved = world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await;
    assert_eq!(moved.0, 200);
    let (_, page) = world.get(&format!("/v1/entries?order={order}&kind=stage-change")).await;
    let id = page["items"][0]["id"].as_str().unwrap();
    for (method, body) in [(Method::PATCH, json!({"text": "x"})), (Method::DELETE, json!({}))] {
        let (status, problem) = world.json(method, &format!("/v1/entries/{id}"), body).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains("tells what happened"), "{problem}");
    }
    let (status, problem) = world.get(&format!("/v1/entries?order={order}&client={client}")).await;
    assert_eq!((status, &problem["code"]), (400, &json!("query")));
}
