//! What calls and text messages may cost a shop, whoever chooses where they go and how often.

use rulewright_domain::{Flow, MessageState, OrderId, Spending, spending::Pace};
use serde_json::json;

use crate::{
    rows_rules::{does, shop_with},
    support::TestShop,
};

async fn texting(spending: Spending) -> TestShop {
    let shop = shop_with(&["send-sms"]).await;
    bound(&shop, spending).await;
    shop.publish(json!({ "paid": { "rules": [does("send-sms", json!({ "text": "Thank you" }))] } })).await;
    shop
}

async fn bound(shop: &TestShop, spending: Spending) {
    let set = move |shop: &mut rulewright_domain::Shop| shop.spending.clone_from(&spending);
    shop.engine.change_shop(shop.id, set).await.unwrap();
}

async fn paid_by(shop: &TestShop, phone: &str) -> OrderId {
    let client = shop.client(&[("mobile", phone)], &[]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    order
}

/// What became of each message, oldest first.
async fn fates(shop: &TestShop) -> Vec<String> {
    let fate = |one: rulewright_domain::Message| match one.state {
        MessageState::Dead => one.error.unwrap().split(':').next().unwrap().to_owned(),
        state => format!("{state:?}").to_lowercase(),
    };
    shop.messages().await.into_iter().map(fate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_or_written_to_where_it_costs_extra() {
    let shop = shop_with(&["send-sms", "robocall"]).await;
    let said = json!({ "kind": "text", "text": "Thank you" });
    shop.publish(json!({ "paid": { "rules": [
        does("send-sms", json!({ "text": "Thank you" })),
        does("robocall", json!({ "number": "+442079460099", "using": said })),
    ] } }))
    .await;
    let order = paid_by(&shop, "+44 909 879 0000").await;
    let errors: Vec<String> = shop.messages().await.into_iter().filter_map(|one| one.error).collect();
    assert!(errors.len() == 2 && errors.iter().all(|error| error.starts_with("limit-premium")), "{errors:?}");
    let failed = shop.events(order).await.into_iter().filter(|one| one.what.kind == "message.failed");
    assert_eq!(failed.count(), 2, "whoever waits for it is told");
    paid_by(&shop, "999").await;
    assert_eq!(shop.messages().await.len(), 2, "what is dialled in an emergency is no address to begin with");
    assert!(shop.provider.received.lock().unwrap().is_empty());
    paid_by(&shop, "+447700900123").await;
    assert_eq!(shop.provider.received.lock().unwrap().len(), 2, "others are");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_names_the_countries_that_it_writes_to_also_for_what_waits() {
    let shop = texting(Spending::default()).await;
    shop.engine.halt(Flow::Outbox, "a strange bill").await.unwrap();
    for phone in ["+447700900123", "+18765550100", "07700900123"] {
        paid_by(&shop, phone).await;
    }
    assert_eq!(fates(&shop).await, ["pending", "pending", "pending"]);
    bound(&shop, Spending { countries: ["44".to_owned()].into(), ..Spending::default() }).await;
    shop.engine.resume(Flow::Outbox).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(fates(&shop).await, ["sent", "limit-country", "limit-country"]);
    assert_eq!(shop.provider.received.lock().unwrap().len(), 1);

    // Meant after all: the same message goes out.
    bound(&shop, Spending::default()).await;
    let refused = shop.messages().await.remove(1);
    shop.engine.retry_delivery(shop.id, refused.id).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(fates(&shop).await, ["sent", "sent", "limit-country"]);
    assert_eq!(shop.provider.received.lock().unwrap()[1].key, refused.key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_gets_so_many_in_a_day_and_a_shop_sends_so_many_in_an_hour_and_a_day() {
    let sms = Pace { hour: Some(3), day: Some(5) };
    let shop = texting(Spending { number: Some(2), sms, ..Spending::default() }).await;
    // However it is written, it is one number.
    for phone in ["+447700900123", "0044 7700 900123", "+44 (0)7700-900123", "+447700900001", "+447700900002"]
    {
        paid_by(&shop, phone).await;
    }
    assert_eq!(fates(&shop).await, ["sent", "sent", "limit-number", "sent", "limit-hour"]);

    // Over a restart too, and what was refused has not counted.
    let shop = shop.restarted().await;
    shop.pass(3601).await;
    let late = shop.messages().await.remove(4);
    shop.engine.retry_delivery(shop.id, late.id).await.unwrap();
    shop.engine.idle().await;
    for phone in ["+447700900123", "+447700900003", "+447700900004"] {
        paid_by(&shop, phone).await;
    }
    let after = fates(&shop).await;
    assert_eq!(after[4..], ["sent", "limit-number", "sent", "limit-day"]);
    shop.pass(24 * 3600).await;
    paid_by(&shop, "+447700900123").await;
    assert_eq!(fates(&shop).await.last().map(String::as_str), Some("sent"), "the next day");
    assert_eq!(shop.provider.received.lock().unwrap().len(), 3, "since the restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_shop_spends_is_nothing_to_another() {
    let sms = Pace { hour: None, day: Some(1) };
    let shop = texting(Spending { sms, ..Spending::default() }).await;
    let other = shop.another().await;
    other.install(crate::support::bundled("send-sms")).await;
    other.publish(json!({ "paid": { "rules": [does("send-sms", json!({ "text": "Hello" }))] } })).await;
    bound(&other, Spending { sms, ..Spending::default() }).await;
    for shop in [&shop, &other] {
        for _ in 0..2 {
            paid_by(shop, "+447700900123").await;
        }
    }
    for shop in [&shop, &other] {
        assert_eq!(fates(shop).await, ["sent", "limit-day"]);
    }
}
