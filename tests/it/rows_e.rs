//! The engine rows E1 to E21 of the specification, each with its acceptance check; more of E9 is in `time.rs`.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    Automation, Command, EntryKind, NewEvent, OrderChange, OrderId, RunState, Verdict,
    plugin::{DATA_SCHEMA, Group},
    usage,
};
use rulewright_engine::{Pending, Refusal};
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::{
    automation::stage_lines,
    programs,
    support::{TestShop, bundled, package, rule, then},
};

fn payment_trigger(id: &str) -> Value {
    json!({ "id": id, "name": id, "plugin": "rulewright.payment" })
}

fn watches(id: &str, settings: Value) -> Value {
    json!({ "id": id, "name": id, "plugin": "test.watches", "settings": settings })
}

fn field(name: &str, value: &str) -> OrderChange {
    OrderChange::SetFields { fields: [(name.to_owned(), json!(value))].into() }
}

async fn pay(shop: &TestShop, order: OrderId) {
    let amount = shop.read(order).await.total;
    shop.change(order, OrderChange::AddPayment { amount, system: None, paid: true }).await.unwrap();
    shop.engine.idle().await;
}

async fn published(shop: &TestShop) -> Automation {
    let (id, pipeline) = (shop.id, shop.pipeline.clone());
    let config = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.config(id)?));
    config.await.unwrap().unwrap().automations.remove(&pipeline).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn e01_without_order_automation_nothing_runs_and_nothing_is_lost() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let stages = json!({ "paid": { "rules": [rule("count", "test.counts", json!({}))] } });
    shop.publish(stages.clone()).await;
    let before = serde_json::to_string(&published(&shop).await).unwrap();
    let set = |on: bool| {
        let changed = shop.engine.change_shop(shop.id, move |shop| shop.automate_orders = on);
        async move { changed.await.unwrap() }
    };
    set(false).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert!(shop.runs(order).await.is_empty());
    let Err(Refusal::Invalid(issues)) = shop.try_publish(stages).await else { panic!("published") };
    assert_eq!(issues[0].code, "orders-not-automated");
    set(true).await;
    assert_eq!(serde_json::to_string(&published(&shop).await).unwrap(), before);
    shop.enter(order, "new").await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["count done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e02_what_is_not_in_the_plan_is_not_added_and_where_it_is_does_not_run() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WATCHES, bundled("robocall")]).await;
    let late = |id: &str| {
        let mut late = rule(id, "test.counts", json!({}));
        late["when"] = json!({ "run": "after", "seconds": 60 });
        late
    };
    let trigger = watches("watch", json!({ "changes": true, "field": "colour" }));
    let stages = json!({ "paid": { "triggers": [trigger], "rules": [late("late")] } });
    shop.publish(stages.clone()).await;
    let waiting = shop.order().await;
    shop.enter(waiting, "paid").await;
    let forbid = |shop: &mut rulewright_domain::Shop| {
        shop.not_in_plan.extend(["rulewright.robocall", "test.counts", "test.watches"].map(String::from));
    };
    shop.engine.change_shop(shop.id, forbid).await.unwrap();
    let call = json!({ "number": "+442079460000", "using": { "kind": "text", "text": "hello" } });
    for added in [rule("call", "rulewright.robocall", call), late("another")] {
        let refused = shop.try_publish(json!({ "paid": { "rules": [added] } })).await.unwrap_err();
        assert_eq!(refused.code(), "not-available-on-plan");
    }
    let (id, pipeline) = (shop.id, shop.pipeline.clone());
    let draft = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.draft(id, &pipeline)?));
    assert_eq!(draft.await.unwrap().1, published(&shop).await.stages, "something was saved");
    // What is there already stays, and says why it does nothing.
    shop.publish(stages).await;
    shop.pass(60).await;
    let run = shop.run(waiting).await;
    assert!(
        matches!(&run.state, RunState::Skipped { reason } if reason.contains("not-available-on-plan")),
        "{:?}",
        run.state
    );
    let order = shop.order().await;
    shop.change(order, field("colour", "blue")).await.unwrap();
    shop.engine.idle().await;
    let verdict = shop.matches(order).await[0].candidates[0].verdict.clone();
    assert!(matches!(verdict, Some(Verdict::Failed { code, .. }) if code == "not-available-on-plan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn e04_half_finished_editing_never_runs() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let first = shop.publish(json!({ "paid": { "rules": [rule("count", "test.counts", json!({}))] } })).await;
    let draft = json!({ "paid": { "rules": [rule("edited", "test.counts", json!({}))] } });
    let draft = serde_json::from_value(draft).unwrap();
    shop.engine.save_draft(shop.id, &shop.pipeline, None, draft).await.unwrap();
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert_eq!((run.rule.0.as_str(), run.revision), ("count", first));
}

#[tokio::test(flavor = "multi_thread")]
async fn e05_rules_run_on_every_entry_and_only_on_entry() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    shop.publish(json!({ "paid": { "rules": [rule("count", "test.counts", json!({}))] } })).await;
    shop.engine.idle().await;
    assert!(shop.runs(order).await.is_empty(), "publishing is not entering");
    shop.enter(order, "paid").await;
    assert!(shop.runs(order).await.is_empty(), "staying is not entering");
    shop.enter(order, "packing").await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.runs(order).await.len(), 1);
    shop.enter(order, "new").await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.read(order).await.fields["count"], json!(2));
    let created = shop.order_with(|new| new.stage = Some("paid".into())).await;
    shop.engine.idle().await;
    assert_eq!(shop.runs(created).await.len(), 1, "created in the stage is entering it");
    let imported = shop
        .order_with(|new| {
            new.stage = Some("paid".into());
            new.historical = true;
        })
        .await;
    shop.engine.idle().await;
    assert!(shop.runs(imported).await.is_empty(), "brought in from the past");
}

#[tokio::test(flavor = "multi_thread")]
async fn e06_leaving_a_stage_cancels_what_has_not_run_and_keeps_what_has() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WAITS]).await;
    let mut late = rule("late", "test.counts", json!({}));
    late["when"] = json!({ "run": "after", "seconds": 7200 });
    shop.publish(json!({ "paid": { "rules": [
        rule("now", "test.counts", json!({})),
        late,
        rule("waits", "test.waits", json!({})),
        then("behind", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["now done", "late scheduled", "waits waiting", "behind blocked"]);
    shop.pass(1800).await;
    shop.enter(order, "packing").await;
    shop.pass(5 * 3600).await;
    assert_eq!(
        shop.states(order).await,
        ["now done", "late cancelled", "waits cancelled", "behind cancelled"]
    );
    assert_eq!(shop.read(order).await.fields["count"], json!(1));
    let cancelled = &shop.runs(order).await[1];
    let RunState::Cancelled { reason } = &cancelled.state else { panic!() };
    assert!(reason.starts_with("stage-left") && reason.contains("packing"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e07_a_rule_after_another_reads_its_output_every_time() {
    let shop = TestShop::with(&[bundled("generate-code"), bundled("send-sms")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("code", "rulewright.generate-code", json!({ "length": 8 })),
        then("sms", "rulewright.send-sms", json!({ "text": "Your code is {{ rules.code.code }}, {{ previous.code }}" })),
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let mut orders = Vec::new();
    for _ in 0..1_000 {
        orders.push(shop.order_of(&[client]).await);
    }
    futures::future::join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    let sent: Vec<_> = shop.provider.received.lock().unwrap().clone();
    let texts: BTreeMap<_, _> = sent.into_iter().map(|one| (one.order.unwrap(), one.draft.text)).collect();
    for order in orders {
        let code = shop.runs(order).await[0].output["code"].as_str().unwrap().to_owned();
        assert_eq!(texts[&order], format!("Your code is {code}, {code}"));
    }

    // Without the option both start at once, and neither knows what the other has made.
    shop.publish(json!({ "packing": { "rules": [
        rule("code", "rulewright.generate-code", json!({ "length": 8 })),
        rule("sms", "rulewright.send-sms", json!({ "text": "{{ rules.code.code | none }}, {{ previous.code | none }}" })),
    ] } }))
    .await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "packing").await;
    let runs = shop.runs(order).await;
    assert_eq!(runs[0].trace[0].now, runs[1].trace[0].now);
    let last = shop.provider.received.lock().unwrap().last().unwrap().draft.text.clone();
    assert_eq!(last, "none, none");
}

#[tokio::test(flavor = "multi_thread")]
async fn e08_rules_at_the_same_time_end_the_same_whatever_the_scheduling() {
    let shop = TestShop::with(&[programs::COUNTS, bundled("task"), bundled("add-comment")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("count", "test.counts", json!({})),
        rule("task", "rulewright.task", json!({ "title": "Call" })),
        rule("again", "test.counts", json!({})),
        rule("comment", "rulewright.add-comment", json!({ "text": "Paid" })),
        rule("last", "test.counts", json!({})),
    ] } }))
    .await;
    let mut orders = Vec::new();
    for _ in 0..200 {
        orders.push(shop.order().await);
    }
    futures::future::join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    let mut ends = BTreeSet::new();
    for order in orders {
        let fields = serde_json::to_string(&shop.read(order).await.fields).unwrap();
        let by = |event: rulewright_domain::Event| event.cause.by.name().to_owned();
        let writers: Vec<String> = shop.events(order).await.into_iter().map(by).collect();
        ends.insert((fields, writers, shop.states(order).await));
    }
    assert_eq!(ends.len(), 1, "{ends:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_a_rule_before_a_date_follows_the_date() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut before = rule("before", "test.counts", json!({}));
    before["when"] = json!({ "run": "at-field", "field": "meeting", "offset-seconds": -7200 });
    shop.publish(json!({ "paid": { "rules": [before] } })).await;
    let set = |value: &str| OrderChange::SetFields { fields: [("meeting".to_owned(), json!(value))].into() };
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert!(
        matches!(&run.state, RunState::Parked { reason } if reason.contains("date-empty")),
        "{:?}",
        run.state
    );
    shop.change(order, set("2026-11-20T15:00:00Z")).await.unwrap();
    shop.change(order, set("2026-11-20T18:00:00Z")).await.unwrap();
    shop.pass(4 * 3600).await;
    assert_eq!(shop.run(order).await.state.name(), "scheduled", "ran at the old time");
    shop.pass(2 * 3600 + 60).await;
    assert_eq!(shop.run(order).await.state, RunState::Done);
    // A time that has passed means now.
    let late = shop.order().await;
    shop.change(late, set("2026-11-20T10:00:00Z")).await.unwrap();
    shop.enter(late, "paid").await;
    assert_eq!(shop.run(late).await.state, RunState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_a_condition_that_is_not_met_skips_and_keeps_what_was_compared() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut big = rule("big", "test.counts", json!({}));
    big["condition"] = json!({ "field": "order.total", "operator": "greater-than", "value": 5000 });
    shop.publish(json!({ "paid": { "rules": [big] } })).await;
    let line = json!({
        "sku": null, "title": "Piano", "quantity_milli": 1000,
        "unit_price": { "amount": "5000.00", "currency": "GBP" },
    });
    let order = shop.order_with(|new| new.lines = vec![serde_json::from_value(line).unwrap()]).await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert!(matches!(&run.state, RunState::Skipped { reason } if reason.contains("condition")));
    let compared = &run.trace[0].condition.as_ref().unwrap().compared[0];
    assert_eq!(
        (&compared.actual, &compared.expected, compared.met),
        (&json!("5000.00"), &json!(5000), false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e11_of_two_triggers_the_earlier_stage_wins_and_the_other_is_told() {
    let shop = TestShop::with(&[bundled("payment")]).await;
    shop.publish(json!({
        "paid": { "triggers": [payment_trigger("first")] },
        "shipped": { "triggers": [payment_trigger("later")] },
    }))
    .await;
    let order = shop.order().await;
    pay(&shop, order).await;
    assert_eq!(shop.read(order).await.stage.0, "paid");
    let moves = shop.events(order).await.into_iter().filter(|event| event.what.kind == "order.stage-changed");
    assert_eq!(moves.count(), 1);
    let matches = shop.matches(order).await;
    let loser = &matches[0].candidates[1];
    assert!(matches!(&loser.verdict, Some(Verdict::LostTo { name, .. }) if name == "first"), "{loser:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e12_a_trigger_moves_forward_only_unless_it_is_allowed_back() {
    let shop = TestShop::with(&[bundled("payment")]).await;
    shop.publish(json!({ "paid": { "triggers": [payment_trigger("payment")] } })).await;
    let order = shop.order().await;
    shop.enter(order, "packing").await;
    pay(&shop, order).await;
    assert_eq!(shop.read(order).await.stage.0, "packing");
    assert_eq!(shop.matches(order).await[0].candidates[0].verdict, Some(Verdict::Backward));
    let stays = "Not moved: order is already past this stage (paid)";
    assert_eq!(stage_lines(&shop, order).await, ["new -> packing", stays]);

    let mut back = payment_trigger("payment");
    back["allow-previous"] = json!(true);
    shop.publish(json!({ "paid": { "triggers": [back] } })).await;
    let other = shop.order().await;
    shop.enter(other, "packing").await;
    pay(&shop, other).await;
    assert_eq!(shop.read(other).await.stage.0, "paid");
    assert_eq!(stage_lines(&shop, other).await, ["new -> packing", "packing -> paid"]);

    shop.publish(json!({ "paid": { "triggers": [payment_trigger("payment")] } })).await;
    let there = shop.order().await;
    shop.enter(there, "paid").await;
    pay(&shop, there).await;
    assert_eq!(shop.matches(there).await[0].candidates[0].verdict, Some(Verdict::AlreadyThere));
    let closed = shop.order().await;
    shop.enter(closed, "lost").await;
    pay(&shop, closed).await;
    assert_eq!(shop.matches(closed).await[0].candidates[0].verdict, Some(Verdict::Closed));
    assert_eq!(stage_lines(&shop, closed).await, ["new -> lost", stays]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_a_trigger_of_somebody_else_is_like_any_other_and_an_unknown_code_moves_nothing() {
    let shop = TestShop::with(&[programs::WATCHES, bundled("webhook")]).await;
    let hook =
        json!({ "id": "h", "name": "h", "plugin": "rulewright.webhook", "settings": { "code": "k3y" } });
    shop.publish(json!({
        "paid": { "triggers": [watches("colour", json!({ "changes": true, "field": "colour" }))] },
        "packing": { "triggers": [hook] },
    }))
    .await;
    let order = shop.order().await;
    let call =
        |code: &str| NewEvent { order: Some(order), ..NewEvent::new("webhook.received").attr("code", code) };
    let refused = shop.execute(Command::Ingest(call("other"))).await.unwrap_err();
    shop.engine.idle().await;
    assert!(refused.code() == "wrong-code" && refused.to_string().contains("`other`"), "{refused}");
    assert_eq!(shop.read(order).await.stage.0, "new");
    shop.change(order, field("colour", "blue")).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "paid");
    shop.execute(Command::Ingest(call("k3y"))).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_settings_are_checked_by_name_and_a_waiting_run_keeps_its_bytes() {
    let shop = TestShop::with(&[bundled("send-sms"), programs::WAITS]).await;
    let draft = json!({ "paid": { "rules": [rule("sms", "rulewright.send-sms", json!({}))] } });
    let Err(Refusal::Invalid(issues)) = shop.try_publish(draft).await else { panic!("published") };
    assert!(format!("{issues:?}").contains("text"), "{issues:?}");

    shop.publish(json!({ "paid": { "rules": [rule("waits", "test.waits", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let old = shop.run(order).await.digest;
    // The same program in other bytes: a custom section that says nothing.
    let upgrade = [programs::WAITS, &[0, 3, 1, b'x', b'2']].concat();
    assert_ne!(package(&upgrade).digest, old);
    shop.install(&upgrade).await;
    shop.pass(3600).await;
    let run = shop.run(order).await;
    assert_eq!((run.state, run.digest), (RunState::Done, old));
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_inserted_text_is_never_looked_at_again() {
    let shop = TestShop::with(&[bundled("task")]).await;
    let title = json!({ "title": "Call {{ client.name }}" });
    shop.publish(json!({ "paid": { "rules": [rule("task", "rulewright.task", title)] } })).await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let mut card = shop.card(client).await;
    card.name = "{{ order.number }}".into();
    shop.execute(Command::UpdateClient(card)).await.unwrap();
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.entries(order, EntryKind::Task).await[0].text, "Call {{ order.number }}");
    let unknown = json!({ "title": "Call {{ client.nmae }}" });
    let draft = json!({ "paid": { "rules": [rule("task", "rulewright.task", unknown)] } });
    let Err(Refusal::Invalid(issues)) = shop.try_publish(draft).await else { panic!("published") };
    assert_eq!(issues[0].code, "no-such-field");
    assert!(issues[0].path.ends_with("/settings/title"), "{}", issues[0].path);
}

#[tokio::test(flavor = "multi_thread")]
async fn e16_only_the_change_that_is_watched_fires_and_the_last_run_is_known() {
    let shop = TestShop::with(&[programs::WATCHES, bundled("task")]).await;
    let title = json!({ "title": "Last {{ rule.last_run | never }}" });
    let mut back = watches("colour", json!({ "changes": true, "field": "colour" }));
    back["allow-previous"] = json!(true);
    shop.publish(json!({ "paid": {
        "triggers": [back], "rules": [rule("task", "rulewright.task", title)],
    } }))
    .await;
    let order = shop.order().await;
    shop.change(order, field("size", "large")).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.read(order).await.stage.0, "new");
    assert!(shop.runs(order).await.is_empty());
    for colour in ["blue", "red"] {
        shop.change(order, field("colour", colour)).await.unwrap();
        shop.engine.idle().await;
        shop.enter(order, "new").await;
        shop.pass(60).await;
    }
    let ended = shop.runs(order).await[0].ended.unwrap();
    let tasks: Vec<String> =
        shop.entries(order, EntryKind::Task).await.into_iter().map(|entry| entry.text).collect();
    assert_eq!(tasks, ["Last never".to_owned(), format!("Last {ended}")]);
}

#[test]
fn e17_every_bundled_trigger_is_either_external_or_internal() {
    // How the catalogue is asked for one or the other is tested where it is put together.
    for (name, component) in rulewright_bundled::PLUGINS {
        let manifest = package(component).manifest;
        assert_eq!(
            manifest.origin.is_some(),
            manifest.group == Group::Trigger,
            "{name}: {:?}",
            manifest.origin
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e18_a_missing_or_invalid_address_skips_the_rule_and_the_others_go_on() {
    let shop = TestShop::with(&[bundled("send-sms"), bundled("send-email"), bundled("task")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("sms", "rulewright.send-sms", json!({ "text": "hi" })),
        rule("mail", "rulewright.send-email", json!({ "subject": "hi", "text": "hi" })),
        rule("task", "rulewright.task", json!({ "title": "Call {{ client.name }}" })),
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "123")], &[("work", "a@")]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await, ["sms skipped", "mail skipped", "task done"]);
    assert!(shop.provider.received.lock().unwrap().is_empty());
    let tasks = shop.entries(order, EntryKind::Task).await;
    assert_eq!(tasks[0].text, "Call Ada Lovelace");

    let nobody = shop.order().await;
    shop.enter(nobody, "paid").await;
    assert_eq!(shop.states(nobody).await[..2], ["sms skipped", "mail skipped"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e19_a_rule_is_taken_out_with_its_pending_runs_or_they_finish() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let late = |id: &str| {
        let mut late = rule(id, "test.counts", json!({}));
        late["name"] = json!(format!("Rule {id}"));
        late["when"] = json!({ "run": "after", "seconds": 3600 });
        late
    };
    shop.publish(json!({ "paid": { "rules": [late("a"), late("b"), late("c")] } })).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        orders.push(order);
    }
    let save = async |stages: Value| {
        let stages = serde_json::from_value(stages).unwrap();
        shop.engine.save_draft(shop.id, &shop.pipeline, None, stages).await.unwrap();
    };
    save(json!({ "paid": { "rules": [late("b"), late("c")] } })).await;
    let preview = shop.engine.publish_preview(shop.id, &shop.pipeline).await.unwrap();
    assert_eq!((preview.len(), preview[0].name.as_str(), preview[0].pending), (1, "Rule a", 3));
    let done = shop.engine.publish_with(shop.id, &shop.pipeline, Pending::Cancel).await.unwrap();
    assert_eq!(done.removed, preview);
    save(json!({ "paid": { "rules": [late("c")] } })).await;
    shop.engine.publish(shop.id, &shop.pipeline).await.unwrap();
    shop.pass(3600).await;
    for order in orders {
        assert_eq!(shop.states(order).await, ["a cancelled", "b done", "c done"]);
        let run = &shop.runs(order).await[0];
        assert_eq!(run.rule_name, "Rule a");
        assert!(matches!(&run.state, RunState::Cancelled { reason } if reason.starts_with("rule-removed")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e20_before_a_field_is_renamed_exactly_its_readers_are_listed() {
    let shop = TestShop::with(&[programs::WATCHES, bundled("task")]).await;
    let task = |id: &str, title: &str| rule(id, "rulewright.task", json!({ "title": title }));
    let mut conditional = task("conditional", "Call");
    conditional["condition"] = json!({ "field": "order.fields.track", "operator": "filled" });
    let mut dated = task("dated", "Call");
    dated["when"] = json!({ "run": "at-field", "field": "track", "offset-seconds": 0 });
    shop.publish(json!({ "paid": {
        "triggers": [watches("reads", json!({ "changes": true, "field": "track" })), watches("not", json!({ "field": "t" }))],
        "rules": [task("inserts", "{{ order.fields.track }}"), task("none", "{{ order.number }}"), conditional, dated],
    } }))
    .await;
    let id = shop.id;
    let config = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.config(id)?));
    let config = config.await.unwrap().unwrap();
    let manifest = |plugin: &String| Some(&config.plugins.get(plugin)?.manifest);
    let found = usage::readers(&config.automations[&shop.pipeline].stages, &manifest, "order.fields.track");
    let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["reads", "inserts", "conditional", "dated"]);

    // What is offered reads the new name everywhere, and stands in the draft once somebody wants it.
    let (from, to) = ("order.fields.track", "order.fields.parcel");
    let offered = shop.engine.rewrites(shop.id, from, to).await.unwrap();
    let saved = shop.engine.rewrite(shop.id, from, to).await.unwrap();
    assert_eq!((offered.len(), &offered[0].stages, &offered[0].left), (1, &saved[0].stages, &Vec::new()));
    assert_eq!(saved[0].version, offered[0].version + 1);
    assert_eq!(usage::readers(&saved[0].stages, &manifest, from), []);
    let found = usage::readers(&saved[0].stages, &manifest, to);
    let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["reads", "inserts", "conditional", "dated"]);
    assert_eq!(shop.engine.rewrite(shop.id, from, to).await.unwrap(), [], "there is nothing left to rewrite");
    shop.engine.publish(shop.id, &shop.pipeline).await.unwrap();
    let order = shop.order_with(|new| drop(new.fields.insert("parcel".into(), json!("P1")))).await;
    shop.enter(order, "paid").await;
    let tasks = shop.entries(order, EntryKind::Task).await;
    assert_eq!(tasks[0].text, "P1", "{tasks:?}");
}

#[test]
fn e20_a_plugin_that_needs_newer_data_is_refused_before_it_is_installed() {
    let refusal = rulewright_registry::inspect(programs::WANTS_NEWER_DATA).unwrap_err();
    let told = refusal.to_string();
    assert_eq!(refusal.code(), "other-schema");
    assert!(told.contains(">=1000") && told.contains(DATA_SCHEMA), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e21_what_a_rule_writes_fires_a_field_trigger_only_where_it_is_told_to() {
    let shop = TestShop::with(&[programs::WATCHES, programs::COUNTS]).await;
    let stages = |include: bool| {
        let mut trigger = watches("count", json!({ "changes": true, "field": "count" }));
        trigger["include-changes-by-rules"] = json!(include);
        let rules = [rule("writes", "test.counts", json!({}))];
        json!({ "paid": { "rules": rules }, "packing": { "triggers": [trigger] } })
    };
    shop.publish(stages(false)).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.read(order).await.stage.0, "paid");
    assert_eq!(shop.matches(order).await[0].candidates[0].verdict, Some(Verdict::RuleOrigin));

    shop.publish(stages(true)).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.read(order).await.stage.0, "packing");
    let events = shop.events(order).await;
    let moves: Vec<_> = events.iter().filter(|event| event.what.kind == "order.stage-changed").collect();
    assert_eq!(moves.len(), 2);
    assert_eq!(moves[1].cause.chain, ["writes", "count"]);
}
