//! What shops use triggers and rules for, as rows K1 to K7 of the requirements promise it.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use rulewright_domain::*;
use rulewright_engine::Refusal;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{rows_case::*, support::*};

#[tokio::test(flavor = "multi_thread")]
async fn k01_a_new_order_from_the_site_is_thanked_for_and_an_imported_one_is_not() {
    let case = Case::new(&["order-created", "send-sms"]).await;
    let thanks = "Thank you for your order. We will contact you soon";
    let from_site = trigger("it", "order-created", json!({ "sources": ["site"] }));
    case.publish(json!({ "paid": { "triggers": [from_site], "rules": [sms(thanks)] } })).await;
    let comes = async |source: &str, historical: bool| {
        let order = case.shop.order_with(|new| {
            new.contacts = vec![case.client];
            new.source = Some(source.to_owned());
            new.historical = historical;
        });
        let order = order.await;
        case.shop.engine.idle().await;
        case.story_of(order).await
    };
    assert_eq!(comes("site", true).await, "new", "imported");
    assert_eq!(comes("phone", false).await, "new: ignored", "another source");
    assert!(case.texts().await.is_empty());
    assert_eq!(comes("site", false).await, "paid: moved");
    assert_eq!(case.texts().await, [thanks]);
}

#[tokio::test(flavor = "multi_thread")]
async fn k02_an_order_that_royal_mail_brought_to_the_depot_is_announced_and_a_couriers_is_not() {
    let case = Case::new(&["delivery-status-changed", "send-sms"]).await;
    let arrived = json!({ "service": "Royal Mail", "status": "arrived" });
    case.publish(json!({ "packing": {
        "triggers": [trigger("it", "delivery-status-changed", arrived)],
        "rules": [sms("Order {{ order.number }} is at the depot")],
    } }))
    .await;
    let by_courier = case.shop.order_of(&[case.client]).await;
    case.does_to(by_courier, ships_by("Courier delivery")).await;
    case.does_to(by_courier, edits("status", "arrived")).await;
    case.does(ships_by("Royal Mail")).await;
    case.does(edits("status", "on its way")).await;
    assert!(case.texts().await.is_empty());
    case.does(edits("status", "arrived")).await;
    assert_eq!(case.texts().await, [format!("Order {} is at the depot", case.order.0)]);
    assert_eq!(case.story_of(by_courier).await, "new: ignored");
}

#[tokio::test(flavor = "multi_thread")]
async fn k03_a_storage_period_that_has_expired_is_told_once_with_the_number_to_call() {
    let case = Case::new(&["delivery-status-changed", "send-sms"]).await;
    case.publish(json!({ "packing": {
        "triggers": [trigger("it", "delivery-status-changed", json!({ "status": "expired" }))],
        "rules": [sms("Your parcel goes back. Call us: +44 20 7946 0000")],
    } }))
    .await;
    case.does(ships_by("Royal Mail")).await;
    case.does(edits("status", "expired")).await;
    assert_eq!(case.texts().await, ["Your parcel goes back. Call us: +44 20 7946 0000"]);
    case.shop.enter(case.order, "new").await;
    case.does(edits("status", "expired")).await;
    case.does(edits("comment", "still there")).await;
    assert_eq!(case.story().await, "new: moved, ignored", "told already");
    assert_eq!(case.texts().await.len(), 1);
    case.does(edits("status", "arrived")).await;
    case.does(edits("status", "expired")).await;
    assert_eq!(case.texts().await.len(), 2, "it expired once more");
}

/// A courier who is busy twice before he takes an order.
#[derive(Clone)]
struct Courier {
    address: String,
    /// Idempotency key and body of every request.
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Courier {
    async fn start() -> Courier {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let courier =
            Courier { address: listener.local_addr().unwrap().to_string(), requests: Arc::default() };
        let router = Router::new().route("/deliveries", post(Courier::answer)).with_state(courier.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        courier
    }

    async fn answer(
        State(courier): State<Courier>,
        headers: HeaderMap,
        Json(body): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        let mut requests = courier.requests.lock().unwrap();
        requests.push((key, body));
        match requests.len() {
            1 | 2 => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
            _ => (StatusCode::OK, Json(json!({ "tracking": "CD1", "state": "accepted" }))),
        }
    }

    /// Asked when the delivery type becomes that of the courier.
    fn stages(&self) -> Value {
        let settings = json!({
            "url": format!("http://{}/deliveries", self.address),
            "body": { "kind": "json", "text": "{\"reference\": \"{{ order.number }}\"}" },
            "tracking-number": "/tracking",
            "delivery-status": "/state",
        });
        let courier = json!({ "service": "Courier delivery" });
        json!({ "packing": {
            "triggers": [trigger("it", "delivery-type-changed", courier)],
            "rules": [rule("ask", "rulewright.delivery-request", settings)],
        } })
    }

    async fn case(&self) -> Case {
        let plugins = [bundled("delivery-type-changed")];
        Case::around(TestShop::with_neighbours(&plugins, std::slice::from_ref(&self.address)).await).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k04_a_courier_is_asked_until_he_answers_under_one_key_when_the_delivery_type_becomes_his() {
    let courier = Courier::start().await;
    let case = courier.case().await;
    case.shop.install_with_hosts(bundled("delivery-request"), &[&courier.address]).await;
    case.publish(courier.stages()).await;
    case.does(ships_by("Royal Mail")).await;
    case.shop.pass(600).await;
    assert_eq!((case.stage().await, courier.requests.lock().unwrap().len()), ("new".to_owned(), 0));
    case.does(edits("service", "Courier delivery")).await;
    assert_eq!((case.stage().await, courier.requests.lock().unwrap().len()), ("packing".to_owned(), 1));
    case.shop.pass(600).await;
    assert_eq!(case.shop.run(case.order).await.state, RunState::Done);
    let requests = courier.requests.lock().unwrap().clone();
    let body = json!({ "reference": case.order.0.to_string() });
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|one| *one == (requests[0].0.clone(), body.clone())), "{requests:?}");
    let shipment = case.shop.read(case.order).await.shipments.remove(0);
    assert_eq!(shipment.tracking_number.as_deref(), Some("CD1"));
    assert_eq!(shipment.status.as_deref(), Some("accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn k04_a_request_to_a_host_that_was_not_granted_cannot_be_enabled() {
    let courier = Courier::start().await;
    let case = courier.case().await;
    case.shop.install_with_hosts(bundled("delivery-request"), &["api.courier.example"]).await;
    let published = case.shop.try_publish(courier.stages()).await;
    let Err(Refusal::Invalid(issues)) = published else { panic!("published: {published:?}") };
    assert_eq!(issues[0].code, "host-not-granted");
    assert!(issues[0].message.contains("127.0.0.1"), "{issues:?}");
    case.shop.install_with_hosts(bundled("delivery-request"), &[&courier.address]).await;
    case.publish(courier.stages()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k05_a_segment_gets_marketing_sms_except_those_who_unsubscribed() {
    let case = Case::new(&["marketing-sms"]).await;
    let condition = json!({ "field": "client.fields.loyal", "operator": "equals", "value": true });
    let condition = Some(serde_json::from_value(condition).unwrap());
    let segment = Segment { name: "loyal".into(), title: "Loyal".into(), condition };
    case.shop.engine.put_segment(case.shop.id, segment).await.unwrap();
    let mut subscribed = Vec::new();
    for number in 0..10 {
        let phone = format!("+4477009001{number:02}");
        let id = case.shop.client(&[("mobile", phone.as_str())], &[]).await;
        let left: &[&str] = if number < 3 { &["sms"] } else { &["email"] };
        let fields = [("loyal".to_owned(), json!(true)), ("unsubscribed".to_owned(), json!(left))].into();
        case.shop.execute(Command::ChangeClient { id, fields }).await.unwrap();
        if number >= 3 {
            subscribed.push(phone);
        }
    }
    let settings = json!({ "segment": "loyal", "text": "Garden tools at half the price" });
    case.publish(json!({ "paid": { "rules": [rule("all", "rulewright.marketing-sms", settings)] } })).await;
    case.shop.enter(case.order, "paid").await;
    let mut reached: Vec<String> =
        case.shop.messages().await.into_iter().map(|message| message.draft.address).collect();
    reached.sort();
    assert_eq!(reached, subscribed, "7 of 10, and nobody outside the segment");
    let mailing = json!({ "messages": 7, "unsubscribed": 3, "unreachable": 0 });
    assert_eq!(case.shop.run(case.order).await.output["mailing"], mailing);
}

#[tokio::test(flavor = "multi_thread")]
async fn k06_the_head_is_notified_once_for_a_set_of_changes_and_not_for_each_field() {
    let case = Case::new(&["order-field-changed", "notification"]).await;
    let head = case.employee("Head", None).await;
    case.does(responsible(case.employee("Manager", Some(head)).await)).await;
    let watch = |field: &str| trigger(field, "order-field-changed", json!({ "field": field }));
    let message = "Order {{ order.number }} has changed";
    let to_head = json!({ "message": message, "to-responsible": false, "to-head": true });
    case.publish(json!({ "packing": {
        "triggers": [watch("gift"), watch("wrapping"), watch("comments")],
        "rules": [rule("tell", "rulewright.notification", to_head)],
    } }))
    .await;
    case.does(set(&[("slot", "noon")])).await;
    assert_eq!(case.entries(EntryKind::Notification).await, 0, "nobody watches it");
    case.does(set(&[("gift", "yes"), ("wrapping", "red"), ("comments", "For Ada")])).await;
    let told = case.shop.entries(case.order, EntryKind::Notification).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].details["recipients"], json!([head]));
    assert_eq!(told[0].text, format!("Order {} has changed", case.order.0));
    case.shop.enter(case.order, "new").await;
    case.does(set(&[("gift", "no"), ("wrapping", "blue")])).await;
    assert_eq!(case.entries(EntryKind::Notification).await, 2, "another set");
}

#[tokio::test(flavor = "multi_thread")]
async fn k07_a_rule_that_writes_the_field_its_trigger_watches_runs_once() {
    let case = Case::new(&["order-field-changed", "change-order-data"]).await;
    // Another value each time: nothing but the guard stops it.
    let write = json!({ "fields": [{ "field": "note", "value": "after {{ event.id }}" }] });
    for (listens, verdict) in [(false, "rule-origin"), (true, "already-there")] {
        let mut watch = trigger("watch", "order-field-changed", json!({ "field": "note" }));
        watch["include-changes-by-rules"] = json!(listens);
        watch["allow-previous"] = json!(true);
        let write = rule("write", "rulewright.change-order-data", write.clone());
        case.publish(json!({ "packing": { "triggers": [watch], "rules": [write] } })).await;
        let order = case.shop.order().await;
        case.does_to(order, set(&[("note", "by hand")])).await;
        assert_eq!(case.story_of(order).await, format!("packing: moved, {verdict}"));
        assert_eq!(case.shop.run(order).await.state, RunState::Done);
        let note = case.shop.read(order).await.fields["note"].clone();
        assert!(note.as_str().is_some_and(|note| note.starts_with("after evt_")), "{note}");
    }
}
