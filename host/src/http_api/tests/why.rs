//! Why rules ran or did not, how many did, and what somebody should look at.

use rulewright_domain::{Channel, Draft, Message, MessageId, MessageState, Recipient, Timestamp};
use rulewright_ports::{StorageExt, storage::Sequence};

use super::*;

/// Stages and rules that need no plugin: what is not installed fails, and says so.
pub async fn shop_with(rules: Value) -> (Shop, String) {
    let shop = Shop::new().await;
    let pipeline = json!({"name": "Orders", "kind": "order", "stages": [
        {"id": "new", "name": "New", "kind": "open"}, {"id": "paid", "name": "Paid", "kind": "open"},
    ]});
    let (status, answer) = shop.put("/v1/pipelines/orders", pipeline).await;
    assert_eq!(status, 204, "{answer}");
    shop.publish(rules).await;
    let order = json!({"pipeline": "orders", "title": "Tea", "currency": "GBP"});
    let (status, receipt) = shop.post("/v1/orders", order).await;
    assert_eq!(status, 201, "{receipt}");
    let order = format!("/v1/orders/{}", receipt["order"].as_str().unwrap());
    (shop, order)
}

impl Shop {
    async fn comments(&self) {
        let (_, component) =
            rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
        let wasm: Headers = &[("content-type", "application/wasm")];
        let (_, asked) = self.send(Method::POST, "/v1/plugins", wasm, component.to_vec()).await;
        let accept = format!("/v1/plugins?accept={}", asked["consent"]["digest"].as_str().unwrap());
        let (status, answer) = self.send(Method::POST, &accept, wasm, component.to_vec()).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Of the stage `paid`.
    async fn publish(&self, rules: Value) {
        if self.get("/v1/plugins").await.1["items"].as_array().is_none_or(Vec::is_empty) {
            self.comments().await;
        }
        let stages = json!({"stages": {"paid": {"rules": rules}}});
        let (status, answer) = self.put("/v1/pipelines/orders/automation", stages).await;
        assert!(status < 300, "{answer}");
        let (status, answer) = self.post("/v1/pipelines/orders/automation/publish", json!({})).await;
        assert!(status < 300, "{answer}");
    }

    pub async fn enter(&self, order: &str, stage: &str) {
        let (status, answer) = self.post(&format!("{order}/stage"), json!({"stage": stage})).await;
        assert_eq!(status, 200, "{answer}");
        self.engine.idle().await;
    }
}

pub fn comment(id: &str, more: Value) -> Value {
    let mut rule = json!({
        "id": id, "name": format!("Comment {id}"), "plugin": "rulewright.add-comment", "settings": {"text": "Hello"},
    });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rule
}

#[tokio::test]
async fn each_rule_of_an_orders_stage_says_what_became_of_it() {
    let dear = json!({"field": "order.total", "operator": "at-least", "value": "100.00"});
    let rules = json!([
        comment("now", json!({})),
        comment("dear", json!({"condition": dear})),
        comment("later", json!({"when": {"run": "after", "seconds": 7200}})),
        comment("off", json!({"active": false})),
    ]);
    let (shop, order) = shop_with(rules.clone()).await;
    shop.enter(&order, "paid").await;
    let mut with_one_more = rules;
    with_one_more.as_array_mut().unwrap().push(comment("added", json!({})));
    shop.publish(with_one_more).await;

    let (status, why) = shop.get(&format!("{order}/why")).await;
    assert_eq!(status, 200, "{why}");
    assert_eq!((&why["visit"]["visit"], &why["visit"]["stage"]), (&json!(2), &json!("paid")));
    assert_eq!(why["visits"].as_array().unwrap().len(), 2);
    let verdicts: Vec<&Value> =
        why["rules"].as_array().unwrap().iter().map(|rule| &rule["verdict"]).collect();
    assert_eq!(verdicts, ["ran", "condition-false", "waits-until", "switched-off", "added-after"], "{why}");
    assert_eq!((&why["rules"][0]["effects"], &why["rules"][0]["revision"]), (&json!(1), &json!(1)));
    let reason = why["rules"][1]["reason"].as_str().unwrap();
    assert!(reason.starts_with("not run: order.total ") && reason.contains("is not >= 100.00"), "{reason}");
    assert_eq!(why["rules"][4]["since_revision"], 2);

    shop.enter(&order, "new").await;
    let (_, earlier) = shop.get(&format!("{order}/why?visit=2")).await;
    let left = &earlier["rules"][2];
    assert_eq!((&left["verdict"], &left["to_stage"]), (&json!("stage-left"), &json!("new")), "{earlier}");
    assert_eq!(earlier["rules"].as_array().unwrap().len(), 4, "the fifth came later: {earlier}");
    assert_eq!(shop.get(&format!("{order}/why?visit=9")).await.0, 422);
    assert_eq!(shop.get("/v1/orders/ord_99/why").await.0, 404);
}

#[tokio::test]
async fn runs_are_counted_over_time_by_rule_and_by_plugin() {
    let (shop, order) = shop_with(json!([
        comment("now", json!({})),
        comment("later", json!({"when": {"run": "after", "seconds": 7200}})),
    ]))
    .await;
    shop.enter(&order, "paid").await;
    let now = shop.engine.clock().now();
    let (from, to) = (now.plus(-3_600_000), now.plus(60_000));
    let (status, counted) = shop.get(&format!("/v1/statistics/runs?from={from}&to={to}&bucket=minute")).await;
    assert_eq!(status, 200, "{counted}");
    assert_eq!(
        (&counted["total"]["done"], &counted["total"]["failure_rate"]),
        (&json!(1), &json!(0.0)),
        "{counted}"
    );
    let buckets = counted["buckets"].as_array().unwrap();
    assert_eq!(buckets.iter().filter_map(|bucket| bucket["done"].as_u64()).sum::<u64>(), 1);
    assert!((60..=62).contains(&buckets.len()), "{}", buckets.len());
    assert_eq!(
        (&counted["rules"][0]["rule"], &counted["rules"][0]["name"]),
        (&json!("now"), &json!("Comment now"))
    );
    assert_eq!(counted["plugins"][0]["plugin"], "rulewright.add-comment");
    assert!(counted["sandbox"]["p50"].as_u64().is_some_and(|p50| p50 > 0), "{counted}");

    let (status, waits) = shop.get("/v1/statistics/queue").await;
    assert_eq!((status, &waits["runs"]), (200, &json!([{"state": "scheduled", "count": 1}])), "{waits}");
    let (status, refused) = shop.get(&format!("/v1/statistics/runs?from={to}&to={from}")).await;
    assert_eq!(status, 422, "{refused}");
    let far = "/v1/statistics/runs?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&bucket=minute";
    assert!(shop.get(far).await.1["detail"].as_str().unwrap().contains("2000 buckets"));
}

/// Given up a moment ago.
fn dead(id: i64, shop: &Shop) -> Message {
    let now = shop.engine.clock().now();
    Message {
        id: MessageId(id),
        shop: shop.id,
        order: None,
        run: None,
        key: format!("key-{id}"),
        draft: Draft {
            channel: Channel::from("sms"),
            to: Recipient::Address("+442079460000".into()),
            address: "+442079460000".into(),
            about: None,
            sender: None,
            subject: None,
            text: "Hello".into(),
            params: Default::default(),
            correlation: None,
        },
        state: MessageState::Dead,
        attempt: 8,
        next_at: now,
        created: now,
        settled: Some(now),
        provider: Some("main".into()),
        provider_id: None,
        error: Some("the provider answered 503".into()),
        report: None,
    }
}

/// As many as are worth a note.
pub async fn give_up_five(shop: &Shop) {
    for number in 0..5 {
        let message = dead(number, shop);
        let written = shop.engine.storage().write(move |tx| {
            let id = MessageId(tx.next(Sequence::Message)?);
            tx.put_message(&Message { id, ..message.clone() })
        });
        written.await.unwrap();
    }
}

#[tokio::test]
async fn a_health_note_is_there_until_somebody_mutes_it_and_again_after_that() {
    let shop = Shop::new().await;
    assert_eq!(shop.get("/v1/health-notes").await, (200, json!({"items": [], "next": null})));
    give_up_five(&shop).await;
    let note = async || shop.get("/v1/health-notes").await.1["items"][0].clone();
    let found = note().await;
    assert_eq!(
        (&found["id"], &found["count"], &found["muted"]),
        (&json!("dead-letters.sms.main"), &json!(5), &Value::Null),
        "{found}"
    );
    let reason = "5 messages by sms with main were given up within a day: the provider answered 503";
    assert_eq!(found["reason"], reason);

    let mute = "/v1/health-notes/dead-letters.sms.main/mute";
    let until = shop.engine.clock().now().plus(3_600_000);
    assert_eq!(shop.post(mute, json!({"until": until})).await.0, 204);
    assert_eq!(note().await["muted"]["by"], "test");
    assert_eq!(shop.post(mute, json!({"until": Timestamp(0)})).await.0, 204);
    assert_eq!(note().await["muted"], Value::Null);
    shop.mistaken(Method::POST, mute, json!({"until": until.plus(400 * 86_400_000)}), "/until").await;
    assert_eq!(shop.post("/v1/health-notes/weather/mute", json!({"until": until})).await.0, 404);
}
