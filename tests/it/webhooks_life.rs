//! Webhooks whose receiver is down, slow, overloaded or gone, and those that are sent once more.

use std::time::Duration;

use rulewright_domain::MessageState;
use rulewright_engine::{NewWebhook, Refusal};
use rulewright_ports::{Clock, StorageExt, Transaction};
use serde_json::{Value, json};

use crate::{
    gateway::Api,
    support::TestShop,
    webhooks::{Case, Receiver},
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

impl Case {
    async fn replay(&self, id: &str, body: Value) -> Value {
        let (status, answer) = self.staff("POST", &format!("/v1/webhooks/{id}/replay"), body).await;
        self.shop.engine.idle().await;
        assert_eq!(status, 202, "{answer}");
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_failed_comes_again_with_the_same_id_and_a_new_signature() {
    let case = Case::with(&[], &[(500, None), (302, None), (204, None)]).await;
    let (id, secret) = case.subscribe(&["order.created"]).await;
    case.order().await;
    let delivery = case.delivery().await;
    assert_eq!((delivery.state, delivery.attempt), (MessageState::Pending, 1));
    assert_eq!(delivery.error.as_deref(), Some("HTTP 500: what is wrong"));
    let trouble = &case.webhook(&id).await["trouble"];
    assert_eq!((&trouble["attempts"], &trouble["reason"]), (&1.into(), &"HTTP 500: what is wrong".into()));
    case.shop.pass(4).await;
    assert_eq!(case.receiver.told().len(), 1, "not before its time");
    case.shop.pass(1).await;
    assert!(case.delivery().await.error.unwrap().contains("redirects are not followed"));
    case.shop.pass(300).await;
    let told = case.receiver.told();
    assert_eq!(told.len(), 3);
    assert!(
        told.iter()
            .all(|one| one.id == told[0].id && one.body == told[0].body && one.is_signed_with(&secret))
    );
    assert_eq!([told[1].at - told[0].at, told[2].at - told[1].at], [5, 300]);
    assert_ne!(told[0].signature, told[1].signature, "of its own time");
    assert_eq!(case.delivery().await.state, MessageState::Sent);
    assert!(case.webhook(&id).await["trouble"].is_null(), "it is well again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_given_up_after_three_days_and_an_address_after_five() {
    let case = Case::with(&[], &[(500, None)]).await;
    let (id, _) = case.subscribe(&["order.created"]).await;
    case.order().await;
    case.shop.pass(3 * DAY + 3 * HOUR).await;
    assert_eq!(case.delivery().await.state, MessageState::Pending, "the last attempt is still to come");
    case.shop.pass(HOUR).await;
    let given_up = case.delivery().await;
    assert_eq!((given_up.state, given_up.attempt), (MessageState::Dead, 10));
    let told = case.receiver.told();
    let pauses: Vec<i64> = told.windows(2).map(|two| two[1].at - two[0].at).collect();
    assert_eq!(pauses, [5, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]);
    let webhook = case.webhook(&id).await;
    assert_eq!((&webhook["active"], &webhook["trouble"]["attempts"]), (&true.into(), &10.into()));

    case.shop.pass(2 * DAY).await;
    case.order().await;
    let webhook = case.webhook(&id).await;
    assert_eq!(webhook["active"], false, "{webhook}");
    let reason = webhook["disabled"]["reason"].as_str().unwrap();
    assert!(reason.contains("11 attempts since 2026-11-20") && reason.contains("HTTP 500"), "{reason}");
    let sent = case.receiver.told().len();
    case.order().await;
    case.shop.pass(DAY).await;
    assert_eq!(case.receiver.told().len(), sent, "nothing more is sent");
    let dead = case.deliveries().await;
    assert!(dead.iter().all(|message| message.state == MessageState::Dead), "{dead:?}");

    let (status, problem) =
        case.staff("POST", &format!("/v1/webhooks/{id}/replay"), json!({ "after": "evt_0" })).await;
    assert_eq!((status, &problem["code"]), (409, &"conflict".into()), "{problem}");
    case.receiver.answers(&[(204, None)]);
    case.staff("PATCH", &format!("/v1/webhooks/{id}"), json!({ "active": true })).await;
    let webhook = case.webhook(&id).await;
    assert!(webhook["active"] == true && webhook["disabled"].is_null() && webhook["trouble"].is_null());
    let replayed = case.replay(&id, json!({ "since": "2026-11-20T00:00:00Z" })).await;
    assert_eq!(replayed["queued"], 3, "with what happened while it was off");
    assert_eq!(case.receiver.told().len(), sent + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_wants_nothing_more_is_told_nothing_more() {
    let case = Case::with(&[], &[(410, None), (204, None)]).await;
    let (id, _) = case.subscribe(&["order.created"]).await;
    case.order().await;
    let webhook = case.webhook(&id).await;
    assert_eq!(webhook["active"], false);
    assert!(webhook["disabled"]["reason"].as_str().unwrap().contains("HTTP 410"), "{webhook}");
    assert_eq!(case.delivery().await.state, MessageState::Dead);
    case.order().await;
    case.shop.pass(DAY).await;
    assert_eq!(case.receiver.told().len(), 1);
    case.staff("PATCH", &format!("/v1/webhooks/{id}"), json!({ "active": true })).await;
    case.order().await;
    assert_eq!(case.receiver.told().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_overloaded_says_when_to_come_again() {
    let case = Case::with(&[], &[(429, Some("120")), (503, Some("1")), (204, None)]).await;
    case.subscribe(&["order.created"]).await;
    case.order().await;
    case.shop.pass(119).await;
    assert_eq!(case.receiver.told().len(), 1);
    case.shop.pass(1).await;
    assert_eq!(case.receiver.told().len(), 2);
    case.shop.pass(299).await;
    assert_eq!(case.receiver.told().len(), 2, "never sooner than usual");
    case.shop.pass(1).await;
    assert_eq!(case.delivery().await.state, MessageState::Sent);
}

/// Without an interface: it would keep the database open.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_before_a_stop_or_a_crash_is_told_after_it() {
    let receiver = Receiver::answering(&[(500, None), (204, None)]).await;
    let shop = TestShop::with_neighbours(&[], std::slice::from_ref(&receiver.address)).await;
    let new = NewWebhook::standard(receiver.url(), vec!["order.created".to_owned()]);
    let subscription = shop.engine.create_webhook(shop.id, new).await.unwrap();
    let secret = subscription.keys[0].secret();
    shop.order().await;
    shop.engine.idle().await;
    let shop = shop.restarted().await;
    shop.pass(5).await;
    let told = receiver.told();
    assert_eq!(told.len(), 2, "what waits goes on waiting");
    assert!(told[0].id == told[1].id && told[1].is_signed_with(secret));

    // As after a crash between the commit and the answer of the receiver.
    let mut message = shop.messages().await.remove(0);
    assert_eq!(message.state, MessageState::Sent);
    message.state = MessageState::Sending;
    let job = move |tx: &mut dyn Transaction| Ok::<_, Refusal>(tx.put_message(&message)?);
    shop.engine.storage().write(job).await.unwrap();
    let shop = shop.restarted().await;
    shop.engine.idle().await;
    assert_eq!(receiver.told().len(), 3, "nobody knows whether it arrived");
    assert_eq!(receiver.told()[2].id, told[0].id);
    assert_eq!(shop.messages().await[0].state, MessageState::Sent);
    shop.order().await;
    shop.engine.idle().await;
    assert_eq!(receiver.told().len(), 4, "and the subscription goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_once_more_from_a_time_or_an_event_on() {
    let case = Case::with(&[], &[(204, None)]).await;
    let (early, _) = case.subscribe(&["order.created"]).await;
    let mut at = Vec::new();
    for _ in 0..5 {
        at.push(case.shop.clock.now());
        case.order().await;
        case.shop.pass(60).await;
    }
    let (late, _) = case.subscribe(&["order.created"]).await;
    let first = case.receiver.told();
    assert_eq!(first.len(), 5);
    let since = |n: usize| json!({ "since": at[n].to_string() });
    assert_eq!(case.replay(&early, since(3)).await["queued"], 2);
    let again = case.receiver.told().split_off(5);
    let ids = |all: &[crate::webhooks::Told]| {
        let mut ids: Vec<_> = all.iter().map(|one| (one.id.clone(), one.body.clone())).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&again), ids(&first[3..]), "a receiver knows what it has");

    let one_later = json!({ "since": at[3].plus(1).to_string() });
    assert_eq!(case.replay(&early, one_later).await["queued"], 1);
    assert_eq!(case.replay(&early, json!({ "since": "2030-01-01T00:00:00Z" })).await["queued"], 0);
    let second = first[1].json()["data"]["id"].clone();
    let answer = case.replay(&late, json!({ "after": second })).await;
    assert_eq!(
        (&answer["queued"], &answer["more"]),
        (&3.into(), &false.into()),
        "also what it was never sent"
    );
    let to_late = case.receiver.told().split_off(8);
    assert_eq!(to_late.len(), 3);
    assert!(to_late.iter().all(|told| first.iter().all(|one| one.id != told.id)), "each has its own ids");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_failed_or_only_one_delivery_is_sent_again() {
    let case = Case::with(&[], &[(204, None), (410, None)]).await;
    let (id, _) = case.subscribe(&["order.created"]).await;
    case.order().await;
    case.order().await;
    case.receiver.answers(&[(204, None)]);
    case.staff("PATCH", &format!("/v1/webhooks/{id}"), json!({ "active": true })).await;
    let answer = case.replay(&id, json!({ "after": "evt_0", "failed_only": true })).await;
    assert_eq!(answer["queued"], 1);
    let told = case.receiver.told();
    assert_eq!((told.len(), &told[2].id), (3, &told[1].id));
    assert!(case.deliveries().await.iter().all(|message| message.state == MessageState::Sent));
    assert_eq!(case.deliveries().await.len(), 2, "the same deliveries");
    assert_eq!(case.replay(&id, json!({ "after": "evt_0", "failed_only": true })).await["queued"], 0);

    let one = case.deliveries().await[0].id;
    let (status, retried) = case.staff("POST", &format!("/v1/deliveries/{one}/retry"), json!({})).await;
    assert_eq!(status, 202, "{retried}");
    case.shop.engine.idle().await;
    let told = case.receiver.told();
    assert_eq!((told.len(), &told[3].id), (4, &retried["key"].as_str().unwrap().to_owned()));
    case.receiver.answers(&[(500, None), (204, None)]);
    case.order().await;
    let waiting = case.deliveries().await.pop().unwrap();
    assert_eq!(waiting.state, MessageState::Pending);
    case.staff("POST", &format!("/v1/deliveries/{}/retry", waiting.id), json!({})).await;
    case.shop.engine.idle().await;
    let sent = case.deliveries().await.pop().unwrap();
    assert_eq!((sent.state, sent.attempt), (MessageState::Sent, 2), "at once, instead of at its time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_slow_holds_up_nobody_else() {
    let slow = Receiver::answering(&[(204, None)]).await;
    let quick = Receiver::answering(&[(204, None)]).await;
    let neighbours = [slow.address.clone(), quick.address.clone()];
    let shop = TestShop::with_neighbours(&[], &neighbours).await;
    let case = Case { api: Api::of(&shop).await, shop, receiver: slow.clone() };
    slow.room.forget_permits(10_000);
    case.subscribe(&["order.created"]).await;
    let body = json!({ "url": quick.url(), "kinds": ["order.created"] });
    assert_eq!(case.staff("POST", "/v1/webhooks", body).await.0, 201);
    for _ in 0..40 {
        case.shop.order().await;
    }
    let arrived = tokio::time::timeout(Duration::from_secs(60), quick.arrived.acquire_many(40)).await;
    arrived.expect("the quick one has them all").unwrap().forget();
    assert_eq!(slow.told().len(), 8, "so many at once");
    let waiting = case.deliveries().await;
    let waiting = waiting
        .iter()
        .filter(|message| message.draft.address == slow.url() && message.state == MessageState::Pending);
    assert_eq!(waiting.count(), 32);
    slow.room.add_permits(10_000);
    case.shop.engine.idle().await;
    assert_eq!(slow.told().len(), 40, "and all of them in the end");
    assert!(case.deliveries().await.iter().all(|message| message.state == MessageState::Sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_down_is_tried_by_one_request_at_a_time() {
    let case = Case::with(&[], &[(503, None)]).await;
    case.subscribe(&["order.created"]).await;
    case.order().await;
    case.receiver.room.forget_permits(10_000);
    for _ in 0..10 {
        case.shop.order().await;
    }
    let arrived = tokio::time::timeout(Duration::from_secs(60), case.receiver.arrived.acquire_many(2)).await;
    arrived.expect("one is tried").unwrap().forget();
    // Whoever comes second would have come with the first: all are committed.
    let under_way = case.deliveries().await;
    let under_way = under_way.iter().filter(|message| message.state == MessageState::Sending);
    assert_eq!(under_way.count(), 1);
    case.receiver.answers(&[(204, None)]);
    case.receiver.room.add_permits(10_000);
    case.shop.engine.idle().await;
    case.shop.pass(10).await;
    assert!(case.deliveries().await.iter().all(|message| message.state == MessageState::Sent));
    assert_eq!(case.receiver.told().len(), 12, "each once, and the first twice");
}
