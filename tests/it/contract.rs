//! The ten promises of the design, each a test with its sentence for a name.

use std::collections::BTreeSet;

use rulewright_domain::{Command, EntryKind, MessageState, OrderChange, RunState, Verdict};
use rulewright_engine::Refusal;
use rulewright_ports::Executor;
use serde_json::json;

use crate::{
    programs,
    support::{TestShop, at, bundled, package, rule, runtime, then},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_effects_on_our_own_data_are_all_or_nothing() {
    let guests = [programs::TRAPS_AFTER_STAGING, programs::COUNTS, programs::FAILS];
    let shop = TestShop::with(&guests).await;
    shop.publish(json!({ "paid": { "rules": [rule("bad", "test.traps-after-staging", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;

    let run = shop.run(order).await;
    assert!(matches!(&run.state, RunState::Failed { code, .. } if code == "trap"), "{:?}", run.state);
    let trace = run.trace.last().unwrap();
    assert!(!trace.backtrace.is_empty(), "it does not say where: {trace:?}");
    assert!(shop.read(order).await.tags.is_empty(), "a tag of a trapped step exists");
    assert!(shop.comments(order).await.is_empty(), "a comment of a trapped step exists");
    assert_eq!(shop.read(order).await.revision, 2, "only the move by hand counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_effect_takes_the_whole_step_with_it() {
    let shop = TestShop::with(&[bundled("create-crm-document"), bundled("add-comment")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("document", "rulewright.create-crm-document", json!({ "template": "no such template" })),
    ] } }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    let RunState::Failed { message, .. } = &run.state else { panic!("{:?}", run.state) };
    assert!(message.contains("no such template"), "{message}");
    assert!(shop.entries(order, EntryKind::Document).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_event_leads_to_exactly_one_terminal_run_per_matching_rule_revision() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let rules: Vec<_> = (0..5).map(|n| rule(&format!("r{n}"), "test.counts", json!({}))).collect();
    shop.publish(json!({ "paid": { "rules": rules } })).await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(shop.order().await);
    }
    let moves = orders.iter().map(|order| shop.move_to(*order, "paid"));
    futures::future::join_all(moves).await;
    // A stop in the middle, and a start: what was accepted goes on, and nothing happens twice.
    let shop = shop.restarted().await;
    shop.engine.idle().await;
    for order in orders {
        let runs = shop.runs(order).await;
        let rules: BTreeSet<_> = runs.iter().map(|run| run.rule.clone()).collect();
        assert_eq!((runs.len(), rules.len()), (5, 5));
        assert!(runs.iter().all(|run| run.state == RunState::Done), "{:?}", shop.states(order).await);
        assert_eq!(shop.read(order).await.fields["count"], json!(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_leave_only_after_commit_at_least_once_with_the_same_key_on_every_attempt() {
    let shop = TestShop::with(&[bundled("send-sms")]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("sms", "rulewright.send-sms", json!({ "text": "Order {{ order.number }} is paid" })),
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    *shop.provider.failures.lock().unwrap() = 2;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.run(order).await.state, RunState::Done);
    shop.pass(3600).await;

    let received = shop.provider.received.lock().unwrap().clone();
    assert_eq!(received.len(), 3, "two failures and a success");
    let keys: BTreeSet<_> = received.iter().map(|message| message.key.clone()).collect();
    assert_eq!(keys.len(), 1, "the key changed between attempts: {keys:?}");
    assert_eq!(received[0].draft.address, "+447700900123");
    let stored = shop.messages().await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].state, MessageState::Sent);
    assert_eq!(stored[0].draft.text, format!("Order {} is paid", order.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_can_do_only_what_it_imports_declares_and_was_granted() {
    let shop = TestShop::with(&[]).await;
    let component = programs::CALLS_UNGRANTED;
    let package = package(component);
    let mut grant = rulewright_domain::Grant::whole(&package.manifest, &package.imports, &[]);
    grant.functions.remove("messages.queue");
    let id = package.manifest.id.clone();
    shop.engine.install(shop.id, package, component.into(), grant).await.unwrap();
    let published = shop.try_publish(json!({ "paid": { "rules": [rule("r", &id, json!({}))] } })).await;
    if published.is_ok() {
        let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
        let order = shop.order_of(&[client]).await;
        shop.enter(order, "paid").await;
        let RunState::Failed { code, message } = shop.run(order).await.state else { panic!("it ran") };
        assert_eq!(code, "denied");
        assert!(message.contains("messages.queue"), "{message}");
    } else {
        let Err(Refusal::Invalid(issues)) = published else { panic!("{published:?}") };
        assert!(issues[0].message.contains("messages.queue"), "{issues:?}");
    }
    assert!(shop.messages().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_run_is_rows_on_disk_and_survives_restart() {
    let shop = TestShop::with(&[programs::WAITS]).await;
    shop.publish(json!({ "paid": { "rules": [rule("w", "test.waits", json!({ "amount": 60_000 }))] } }))
        .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let waiting = shop.run(order).await;
    let RunState::Waiting { until: Some(until), .. } = waiting.state else { panic!("{:?}", waiting.state) };
    assert_eq!(until, at("2026-11-20T10:01:00Z"));

    let shop = shop.restarted().await;
    shop.pass(59).await;
    assert_eq!(shop.run(order).await.state.name(), "waiting", "woke too early");
    shop.pass(1).await;
    let done = shop.run(order).await;
    assert_eq!(done.state, RunState::Done);
    assert_eq!(done.digest, waiting.digest);
    assert_eq!(shop.comments(order).await, ["waited 60000 ms"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_inputs_give_the_same_effects_so_any_past_run_can_be_replayed() {
    let guests = [
        programs::READS_RANDOM,
        programs::KEEPS_COUNT,
        programs::WAITS,
        bundled("generate-code"),
        bundled("send-sms"),
    ];
    let shop = TestShop::with(&guests).await;
    let text = "Dear {{ client.name }}, your code for {{ order.number }} is {{ previous.code }}.";
    shop.publish(json!({ "paid": { "rules": [
        rule("known", "test.reads-random", json!({})),
        rule("count", "test.keeps-count", json!({})),
        rule("wait", "test.waits", json!({ "amount": 60_000 })),
        rule("code", "rulewright.generate-code", json!({ "length": 12 })),
        then("sms", "rulewright.send-sms", json!({ "text": text })),
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let (first, second) = (shop.order_of(&[client]).await, shop.order_of(&[client]).await);
    shop.enter(first, "paid").await;
    shop.enter(second, "paid").await;
    shop.pass(60).await;
    let codes = [first, second].map(|order| {
        let shop = &shop;
        async move { shop.runs(order).await.into_iter().find(|run| run.rule.0 == "code").unwrap().output }
    });
    let [one, two] = codes;
    assert_ne!(one.await["code"], two.await["code"], "two orders got the same code");

    // Everything that the runs have read changes, and nothing of it reaches the past.
    let mut card = shop.card(client).await;
    card.name = "Somebody else".into();
    card.phones[0].value = "+447700900999".into();
    shop.execute(Command::UpdateClient(card)).await.unwrap();
    let fields = [("title".to_owned(), "Another title".into())].into();
    shop.change(first, OrderChange::SetFields { fields }).await.unwrap();
    shop.change(first, OrderChange::SetLines { lines: Vec::new() }).await.unwrap();
    let messages = shop.messages().await.len();
    let revision = shop.read(first).await.revision;
    assert_eq!(shop.differences(first).await, []);
    assert_eq!(shop.differences(second).await, []);
    assert_eq!(shop.messages().await.len(), messages, "a replay sent something");
    assert_eq!(shop.read(first).await.revision, revision, "a replay changed something");

    // A replay that could not differ would prove nothing: without the grant it ends otherwise.
    shop.narrow("rulewright.send-sms").await;
    let different = shop.differences(first).await;
    assert_eq!(different.len(), 1, "{different:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_steps_have_read_and_both_would_change_is_changed_by_one_after_the_other() {
    let shop = TestShop::with(&[programs::KEEPS_COUNT]).await;
    shop.publish(json!({ "paid": { "rules": [rule("count", "test.keeps-count", json!({}))] } })).await;
    let mut orders = Vec::new();
    for _ in 0..16 {
        orders.push(shop.order().await);
    }
    futures::future::join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    let mut counts = BTreeSet::new();
    for order in orders {
        counts.insert(shop.run(order).await.output["runs"].as_u64().unwrap());
    }
    assert_eq!(counts, (1..=16).collect(), "a count was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn per_order_ready_steps_commit_in_list_order_and_none_is_lost() {
    let shop = TestShop::with(&[programs::COUNTS, programs::WAITS]).await;
    let rules: Vec<_> = (0..6).map(|n| rule(&format!("r{n}"), "test.counts", json!({}))).collect();
    shop.publish(json!({ "paid": { "rules": rules } })).await;
    for _ in 0..20 {
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        assert_eq!(shop.read(order).await.fields["count"], json!(6), "an update was lost");
        let writers: Vec<String> = shop
            .events(order)
            .await
            .into_iter()
            .filter(|event| event.what.kind == "order.fields-changed")
            .map(|event| event.cause.by.name().to_owned())
            .collect();
        assert_eq!(writers, ["r0", "r1", "r2", "r3", "r4", "r5"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_and_every_non_run_explains_itself() {
    let shop = TestShop::with(&[programs::COUNTS, bundled("payment")]).await;
    let mut conditional = rule("big", "test.counts", json!({}));
    conditional["condition"] = json!({ "field": "order.total", "operator": "greater-than", "value": 5000 });
    let mut inactive = rule("off", "test.counts", json!({}));
    inactive["active"] = json!(false);
    let trigger = |id: &str| json!({ "id": id, "name": id, "plugin": "rulewright.payment" });
    shop.publish(json!({
        "paid": { "triggers": [trigger("first")], "rules": [conditional, inactive] },
        "packing": { "triggers": [trigger("later")] },
    }))
    .await;
    let order = shop.order().await;
    let amount = shop.read(order).await.total;
    shop.change(order, OrderChange::AddPayment { amount, system: None, paid: true }).await.unwrap();
    shop.engine.idle().await;

    assert_eq!(shop.read(order).await.stage.0, "paid", "the earliest stage wins");
    let run = shop.run(order).await;
    let RunState::Skipped { reason } = &run.state else { panic!("{:?}", run.state) };
    assert!(reason.contains("15.30") && reason.contains("5000"), "{reason}");
    let condition = run.trace[0].condition.as_ref().unwrap();
    assert_eq!(condition.compared[0].actual, json!("15.30"));
    let matches = shop.matches(order).await;
    assert_eq!(matches.len(), 1);
    let verdicts: Vec<_> = matches[0].candidates.iter().map(|one| one.verdict.clone().unwrap()).collect();
    assert!(matches!(&verdicts[0], Verdict::Moved { .. }), "{verdicts:?}");
    assert!(matches!(&verdicts[1], Verdict::LostTo { name, .. } if name == "first"), "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_rules_stops_by_itself_and_names_both_culprits() {
    let shop = TestShop::with(&[bundled("change-status")]).await;
    let go = |id: &str, stage: &str| rule(id, "rulewright.change-status", json!({ "stage": stage }));
    shop.publish(json!({
        "paid": { "rules": [go("ping", "packing")] },
        "packing": { "rules": [go("pong", "paid")] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let runs = shop.runs(order).await;
    assert!(runs.len() < 40, "{} runs", runs.len());
    let failed: Vec<_> = runs
        .iter()
        .filter_map(|run| match &run.state {
            RunState::Failed { code, message } => Some((code.as_str(), message.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(failed.len(), 1, "{:?}", shop.states(order).await);
    assert_eq!(failed[0].0, "loop");
    assert!(failed[0].1.contains("`ping`") && failed[0].1.contains("`pong`"), "{}", failed[0].1);
    assert!(["paid", "packing"].contains(&shop.read(order).await.stage.0.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_a_clear_error_and_changes_nothing() {
    let shop = TestShop::with(&[bundled("send-sms"), bundled("payment")]).await;
    let order = shop.order().await;
    let refused = shop.change(order, OrderChange::MoveStage { stage: "payed".into() }).await.unwrap_err();
    assert_eq!(refused.code(), "no-such-stage");
    assert!(refused.to_string().contains("`payed`") && refused.to_string().contains("packing"), "{refused}");
    assert_eq!(shop.read(order).await.revision, 1);

    let long = "x".repeat(201);
    for (settings, expected) in [
        (json!({ "text": long }), "/settings"),
        (json!({ "text": "hi {{ order.totl }}" }), "`totl`"),
        (json!({ "text": "hi {{ order.total" }), "never closed"),
        (json!({}), "text"),
        (json!({ "text": "hi", "tetx": 1 }), "tetx"),
    ] {
        let draft = json!({ "paid": { "rules": [rule("sms", "rulewright.send-sms", settings)] } });
        let Err(Refusal::Invalid(issues)) = shop.try_publish(draft).await else { panic!("published") };
        let shown = format!("{issues:?}");
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let wrong = json!({ "paid": { "rules": [rule("p", "rulewright.payment", json!({}))] } });
    let Err(Refusal::Invalid(issues)) = shop.try_publish(wrong).await else { panic!("published") };
    assert_eq!(issues[0].code, "wrong-kind");
}

/// The executor alone, without an engine: the same value in, the same value out.
#[tokio::test(flavor = "multi_thread")]
async fn a_validation_of_good_settings_finds_nothing() {
    let package = package(bundled("send-sms"));
    let grant = rulewright_domain::Grant::whole(&package.manifest, &package.imports, &[]);
    let invocation = rulewright_ports::Invocation {
        shop: rulewright_domain::ShopId(1),
        plugin: package.manifest.id.clone(),
        digest: package.digest.clone(),
        grant,
        limits: Default::default(),
        seed: "seed".into(),
        now: at("2026-11-20T10:00:00Z"),
        locale: "en".into(),
        time_zone: "UTC".into(),
        hours: Default::default(),
        task: rulewright_ports::Task::Validate {
            settings: r#"{"text":"hi"}"#.into(),
            kind: rulewright_domain::plugin::PluginKind::Rule,
        },
    };
    let world = std::sync::Arc::new(crate::sandbox::Void::default());
    let first = runtime().run(invocation.clone(), world.clone()).await;
    let second = runtime().run(invocation, world).await;
    assert_eq!(first.result, Ok(rulewright_ports::Answer::Issues(vec![])));
    assert_eq!((first.result, first.effects), (second.result, second.effects));
}
