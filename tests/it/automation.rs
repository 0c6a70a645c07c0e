//! What staff rely on when they set rules and triggers on stages.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rulewright_domain::{
    Command, EntryKind, MessageState, NewEvent, Numerator, OrderChange, OrderId, RunState, Template,
};
use serde_json::{Value, json};
use tokio::{sync::Barrier, time::timeout};

use crate::{
    programs,
    support::{TestShop, bundled, rule, then},
};

fn payment_trigger(id: &str) -> Value {
    json!({ "id": id, "name": id, "plugin": "rulewright.payment" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_stops_behind_a_failure_unless_the_rule_says_run_anyway() {
    let shop = TestShop::with(&[programs::COUNTS, programs::TRAPS_AFTER_STAGING]).await;
    let mut anyway = then("anyway", "test.counts", json!({}));
    anyway["on-previous-failed"] = json!("run-anyway");
    let mut skipped = rule("skipped", "test.counts", json!({}));
    skipped["condition"] = json!({ "field": "order.total", "operator": "less-than", "value": 0 });
    shop.publish(json!({
        "paid": { "rules": [
            rule("bad", "test.traps-after-staging", json!({})),
            then("stops", "test.counts", json!({})),
            then("also", "test.counts", json!({})),
        ] },
        "packing": { "rules": [rule("bad2", "test.traps-after-staging", json!({})), anyway] },
        "shipped": { "rules": [skipped, then("goes-on", "test.counts", json!({}))] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["bad failed", "stops cancelled", "also cancelled"]);
    shop.enter(order, "packing").await;
    assert_eq!(shop.states(order).await[3..], ["bad2 failed", "anyway done"]);
    shop.enter(order, "shipped").await;
    assert_eq!(shop.states(order).await[5..], ["skipped skipped", "goes-on done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_payment_does_not_fire_and_the_rest_does_once() {
    let shop = TestShop::with(&[bundled("payment")]).await;
    shop.publish(json!({ "paid": { "triggers": [payment_trigger("payment")] } })).await;
    let order = shop.order().await;
    let money =
        |amount: &str| serde_json::from_value(json!({ "amount": amount, "currency": "GBP" })).unwrap();
    let part = |amount| OrderChange::AddPayment { amount: money(amount), system: None, paid: true };
    shop.change(order, part("5.30")).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "new");
    shop.change(order, part("10.00")).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "paid");
    assert_eq!(shop.entries(order, EntryKind::Payment).await.len(), 2, "each is on the timeline");
}

/// What the timeline says of the order's stages, the oldest first.
pub async fn stage_lines(shop: &TestShop, order: OrderId) -> Vec<String> {
    let mut lines = shop.entries(order, EntryKind::StageChange).await;
    lines.sort_by_key(|entry| entry.id);
    lines.into_iter().map(|entry| entry.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_moves_nothing_back_says_so_once_for_each_stay() {
    let shop = TestShop::with(&[programs::WATCHES]).await;
    let settings = json!({ "changes": true, "field": "colour" });
    let trigger = json!({ "id": "colour", "name": "colour", "plugin": "test.watches", "settings": settings });
    shop.publish(json!({ "paid": { "triggers": [trigger] } })).await;
    let order = shop.order().await;
    let stays = "Not moved: order is already past this stage (paid)";
    for (stage, lines) in [("packing", 2), ("shipped", 4)] {
        shop.enter(order, stage).await;
        for colour in ["blue", "red"] {
            let fields = [("colour".to_owned(), json!(colour))].into();
            shop.change(order, OrderChange::SetFields { fields }).await.unwrap();
            shop.engine.idle().await;
        }
        let said = stage_lines(&shop, order).await;
        assert_eq!((said.len(), said.last().map(String::as_str)), (lines, Some(stays)), "{said:?}");
    }
    let said = shop.entries(order, EntryKind::StageChange).await;
    let said = said.iter().find(|entry| entry.text == stays).unwrap();
    assert_eq!(said.by.name(), "colour");
    assert_eq!((&said.details["not-moved"], &said.details["to"]), (&json!("past"), &json!("paid")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_a_client_finds_the_open_orders_of_that_client() {
    let shop = TestShop::with(&[bundled("incoming-call")]).await;
    shop.publish(json!({ "packing": { "triggers": [
        { "id": "call", "name": "call", "plugin": "rulewright.incoming-call", "settings": {} },
    ] } }))
    .await;
    let caller = shop.client(&[("mobile", "+12025550100")], &[]).await;
    let stranger = shop.client(&[("mobile", "+12025550101")], &[]).await;
    let (open, other, closed) =
        (shop.order_of(&[caller]).await, shop.order_of(&[stranger]).await, shop.order_of(&[caller]).await);
    shop.enter(closed, "done").await;
    let call = NewEvent::new("call.incoming").attr("phone", "+12025550100").attr("line", "A");
    let receipt = shop.execute(Command::Ingest(call)).await.unwrap();
    assert_eq!(receipt.client, Some(caller));
    shop.engine.idle().await;
    assert_eq!(shop.read(open).await.stage.0, "packing");
    assert_eq!(shop.read(other).await.stage.0, "new");
    assert_eq!(shop.read(closed).await.stage.0, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_rule_wakes_on_its_event_or_when_its_time_is_over() {
    let shop = TestShop::with(&[programs::WAITS_FOR_EVENT]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("w", "test.waits-for-event", json!({ "text": "form.submitted" })),
    ] } }))
    .await;
    let (answered, silent) = (shop.order().await, shop.order().await);
    shop.enter(answered, "paid").await;
    shop.enter(silent, "paid").await;
    let form = NewEvent { order: Some(answered), ..NewEvent::new("form.submitted") };
    shop.execute(Command::Ingest(form)).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.comments(answered).await, ["saw form.submitted"]);
    assert_eq!(shop.run(silent).await.state.name(), "waiting");
    shop.pass(3600).await;
    assert!(
        matches!(&shop.run(silent).await.state, RunState::Skipped { reason } if reason.contains("never"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_documents_and_five_failures_are_numbered_without_gaps() {
    let shop =
        TestShop::with(&[bundled("create-crm-document"), programs::COUNTS, bundled("change-status")]).await;
    let numerator = Numerator { pad: 4, ..Numerator::new("invoices", "INV-{number}") };
    shop.engine.put_numerator(shop.id, numerator).await.unwrap();
    let template = |name: &str, source: &str| Template {
        name: name.into(),
        title: "Invoice".into(),
        media_type: "text/html".into(),
        source: source.into(),
        numerator: "invoices".into(),
    };
    let good = "<h1>{{ document.number }}</h1>{% for line in order.lines %}<p>{{ line.title }} x {{ line.quantity }}</p>{% endfor %}{{ client.name }}";
    shop.engine.put_template(shop.id, template("invoice", good)).await.unwrap();
    shop.engine
        .put_template(shop.id, template("broken", "{{ order.lines[0].nothing.at.all }}"))
        .await
        .unwrap();
    let document =
        |id: &str, name: &str| rule(id, "rulewright.create-crm-document", json!({ "template": name }));
    shop.publish(json!({
        "paid": { "rules": [document("invoice", "invoice")] },
        "packing": { "rules": [document("broken", "broken")] },
    }))
    .await;
    let mut orders = Vec::new();
    for _ in 0..50 {
        orders.push(shop.order().await);
    }
    let stage = |index: usize| if index % 10 == 3 { "packing" } else { "paid" };
    let moves = orders.iter().enumerate().map(|(index, order)| shop.move_to(*order, stage(index)));
    futures::future::join_all(moves).await;
    shop.engine.idle().await;

    let id = shop.id;
    let documents = {
        use rulewright_ports::StorageExt;
        let read = shop.engine.storage().read(move |reads| {
            Ok::<_, rulewright_engine::Refusal>(reads.documents(id, None, crate::support::ALL)?)
        });
        read.await.unwrap()
    };
    let numbers: BTreeSet<String> = documents.iter().filter_map(|one| one.number.clone()).collect();
    let expected: BTreeSet<String> = (1..=45).map(|number| format!("INV-{number:04}")).collect();
    assert_eq!(numbers, expected);
    let run = shop.runs(orders[0]).await.remove(0);
    assert!(run.output["document"]["number"].as_str().unwrap().starts_with("INV-"), "{:?}", run.output);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_revision_stays_with_the_runs_that_began_under_it() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WAITS]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("waits", "test.waits", json!({ "amount": 60_000 })),
        then("count", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let second = shop.publish(json!({ "paid": { "rules": [] } })).await;
    assert_eq!(second, 2);
    shop.pass(60).await;
    assert_eq!(shop.states(order).await, ["waits done", "count done"]);
    assert!(shop.runs(order).await.iter().all(|run| run.revision == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn unsent_messages_of_a_cancelled_run_are_taken_back_in_the_same_transaction() {
    let shop = TestShop::with(&[bundled("robocall")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("call", "rulewright.robocall", json!({
            "number": "+442079460000", "using": { "kind": "text", "text": "Your order is ready" },
        })),
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    *shop.provider.failures.lock().unwrap() = u32::MAX;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.run(order).await.state.name(), "waiting");
    assert_eq!(shop.messages().await[0].state, MessageState::Pending);
    shop.enter(order, "packing").await;
    assert_eq!(shop.messages().await[0].state, MessageState::Cancelled);
    let sent = shop.provider.received.lock().unwrap().len();
    shop.pass(24 * 3600).await;
    assert_eq!(shop.provider.received.lock().unwrap().len(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_asks_for_another_leaves_nothing_behind() {
    let shop = TestShop::with(&[programs::RETRIES]).await;
    shop.publish(json!({ "paid": { "rules": [rule("r", "test.retries", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert!(shop.comments(order).await.is_empty());
    shop.pass(60).await;
    assert_eq!(shop.comments(order).await, ["try 2"]);
    assert_eq!(shop.run(order).await.trace.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_moves_its_order_ends_its_own_stage() {
    let shop = TestShop::with(&[programs::MOVES_STAGE, programs::COUNTS]).await;
    shop.publish(json!({
        "paid": { "rules": [
            rule("move", "test.moves-stage", json!({ "text": "packing" })),
            rule("late", "test.counts", json!({})),
        ] },
        "packing": { "rules": [rule("next", "test.counts", json!({}))] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["move done", "late cancelled", "next done"]);
    assert_eq!(shop.read(order).await.stage.0, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_effect_is_refused_harms_no_other_that_was_ready_with_it() {
    let shop = TestShop::with(&[programs::COUNTS, bundled("create-crm-document")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("first", "test.counts", json!({})),
        rule("document", "rulewright.create-crm-document", json!({ "template": "there-is-none" })),
        rule("last", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["first done", "document failed", "last done"]);
    assert_eq!(shop.read(order).await.fields["count"], json!(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_holds_up_no_other_message() {
    let shop = TestShop::with(&[bundled("send-sms")]).await;
    let text = json!({ "text": "Your order is ready" });
    shop.publish(json!({ "paid": { "rules": [rule("sms", "rulewright.send-sms", text)] } })).await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let [first, second] = [shop.order_of(&[client]).await, shop.order_of(&[client]).await];
    // The provider answers the first only when the second is there too.
    *shop.provider.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(2)));
    shop.move_to(first, "paid").await;
    while shop.provider.received.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    timeout(Duration::from_secs(60), shop.enter(second, "paid"))
        .await
        .expect("the second waits for the first");
    let states: Vec<_> = shop.messages().await.into_iter().map(|message| message.state).collect();
    assert_eq!(states, [MessageState::Sent, MessageState::Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_does_not_wait_for_a_step_after_it_that_takes_its_time() {
    // The quick one leaves the order alone: else the slow one would be done again anyway.
    let shop = TestShop::with(&[bundled("write-to-log"), programs::LOOPS_FOREVER]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("quick", "rulewright.write-to-log", json!({ "text": "quick" })),
        rule("slow", "test.loops-forever", json!({})),
    ] } }))
    .await;
    let mut seen = false;
    // The slow one is stopped some time; whoever looks before that sees that the quick one is done. On a busy machine it
    // takes many orders until somebody looks in time.
    let enough = Instant::now() + Duration::from_secs(60);
    while Instant::now() < enough {
        let order = shop.order().await;
        shop.move_to(order, "paid").await;
        let mut states = shop.states(order).await;
        while !states[1].ends_with("failed") {
            seen |= states == ["quick done", "slow ready"];
            states = shop.states(order).await;
        }
        shop.engine.idle().await;
        if seen {
            return;
        }
    }
    panic!("both were always committed at once");
}
