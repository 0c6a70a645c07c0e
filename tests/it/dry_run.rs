//! What staff see before they let rules loose: told in full, and nothing done.

use std::{collections::BTreeMap, sync::Mutex};

use rulewright_domain::{NewEvent, Numerator, OrderId, Template};
use rulewright_engine::{DryRule, DryRun, DryRunReport, DryVerdict, Refusal, Simulation};
use rulewright_ports::HttpResponse;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    programs,
    support::{START, TestShop, at, bundled, rule, then},
};

/// Every row of every table, by table: how many, and what they hold.
fn rows(shop: &TestShop) -> BTreeMap<String, Vec<String>> {
    let path = shop.dir.path().join("rulewright.db");
    let database =
        rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut found = BTreeMap::new();
    for name in names {
        let mut all = database.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = all.column_count();
        let rows = all.query_map([], |row| {
            let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        });
        let mut rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
        rows.sort();
        found.insert(name, rows);
    }
    found
}

fn wish(order: OrderId, stage: &str) -> DryRun {
    DryRun {
        pipeline: "orders".into(),
        stage: stage.into(),
        stages: None,
        rule: None,
        order,
        now: None,
        event: None,
        answer: None,
    }
}

/// Whatever comes of it, nothing has.
async fn tried(shop: &TestShop, wish: DryRun) -> Result<DryRunReport, Refusal> {
    shop.engine.idle().await;
    let before = rows(shop);
    assert!(before.values().any(|rows| rows.len() > 1), "{:?}", before.keys());
    let report = shop.engine.dry_run(shop.id, wish).await;
    shop.engine.idle().await;
    let after = rows(shop);
    for (table, rows) in &before {
        assert_eq!(after.get(table), Some(rows), "table {table}");
    }
    assert_eq!(before.len(), after.len());
    report
}

fn verdicts(report: &DryRunReport) -> Vec<String> {
    let told = |rule: &DryRule| match &rule.then {
        Some(then) => format!("{} {} then {}", rule.rule, rule.verdict.name(), then.name()),
        None => format!("{} {}", rule.rule, rule.verdict.name()),
    };
    report.rules.iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_messages_documents_and_changes_in_full_and_leaves_no_row() {
    let plugins = ["send-sms", "create-crm-document", "change-order-data", "task", "add-comment"];
    let plugins = plugins.map(bundled);
    let shop = TestShop::with(&plugins).await;
    let invoices = Numerator { pad: 4, ..Numerator::new("invoices", "INV-{number}") };
    shop.engine.put_numerator(shop.id, invoices).await.unwrap();
    let template = Template {
        name: "invoice".into(),
        title: "Invoice".into(),
        media_type: "text/plain".into(),
        source: "{{ document.number }} for {{ client.name }}".into(),
        numerator: "invoices".into(),
    };
    shop.engine.put_template(shop.id, template).await.unwrap();
    let sms = json!({ "text": "Dear {{ client.name }}, {{ order.title }}" });
    let note = json!({ "comment": "Checked", "tags": ["seen"], "fields": [] });
    let tell = json!({ "text": "{{ order.comments }} {{ previous.document.number }}" });
    let mut poor = rule("poor", "rulewright.send-sms", sms.clone());
    poor["condition"] = json!({ "field": "order.total", "operator": "less-than", "value": 1 });
    let mut off = rule("off", "rulewright.send-sms", sms.clone());
    off["active"] = json!(false);
    shop.publish(json!({ "paid": { "rules": [
        rule("sms", "rulewright.send-sms", sms),
        rule("note", "rulewright.change-order-data", note),
        rule("invoice", "rulewright.create-crm-document", json!({ "template": "invoice" })),
        then("tell", "rulewright.add-comment", tell),
        poor,
        off,
    ] } }))
    .await;
    let client = shop.client(&[("mobile", "+12025550100")], &[]).await;
    let order = shop.order_of(&[client]).await;

    let report = tried(&shop, wish(order, "paid")).await.unwrap();
    assert_eq!(
        verdicts(&report),
        ["sms runs", "note runs", "invoice runs", "tell runs", "poor condition-false", "off off"],
        "{report:#?}"
    );
    assert!(!report.stands_there);
    let effect = |rule: usize| &report.rules[rule].steps[0].effects[0];
    assert_eq!(effect(0).kind, "message");
    assert_eq!(effect(0).effect["message"]["text"], "Dear Ada Lovelace, An order");
    assert_eq!(effect(0).effect["message"]["address"], "+12025550100");
    assert_eq!(effect(1).changes["comments"], json!({ "before": "", "after": "Checked" }));
    let document = effect(2).document.as_ref().unwrap();
    assert_eq!(document.text.as_deref(), Some("INV-0001 for Ada Lovelace"));
    assert_eq!(document.number.as_deref(), Some("INV-0001"));
    let said = effect(3).effect.to_string();
    assert!(
        said.contains("Checked INV-0001"),
        "the order and the output are as those before left them: {said}"
    );
    let condition = report.rules[4].steps[0].condition.as_ref().unwrap();
    assert_eq!(condition.compared[0].actual, json!("15.30"));
    assert_eq!(report.changes["tags"]["after"], json!(["seen"]));
    let usage = &report.rules[0].steps[0].usage;
    assert!(usage.fuel > 0 && usage.fuel <= usage.fuel_limit, "{usage:?}");

    // The number stayed free, and the real run does what was told.
    shop.enter(order, "paid").await;
    assert_eq!(shop.states(order).await[..3], ["sms done", "note done", "invoice done"]);
    assert_eq!(shop.messages().await[0].draft.text, "Dear Ada Lovelace, An order");
    assert!(shop.comments(order).await[0].contains("INV-0001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_until_when_and_what_it_would_do_then() {
    let shop = TestShop::with(&[programs::WAITS, programs::WAITS_FOR_EVENT, programs::COUNTS]).await;
    let mut later = rule("later", "test.counts", json!({}));
    later["when"] = json!({ "run": "after", "seconds": 60 });
    let mut parked = rule("parked", "test.counts", json!({}));
    parked["when"] = json!({ "run": "at-field", "field": "due", "offset-seconds": 0 });
    shop.publish(json!({ "paid": { "rules": [
        rule("hour", "test.waits", json!({ "amount": 3_600_000 })),
        rule("call", "test.waits-for-event", json!({ "text": "call.incoming" })),
        later,
        parked,
        rule("now", "test.counts", json!({})),
    ] } }))
    .await;
    let order = shop.order().await;
    let report = tried(&shop, wish(order, "paid")).await.unwrap();
    assert_eq!(
        verdicts(&report),
        [
            "hour waits then runs",
            "call waits then skipped",
            "later waits then runs",
            "parked waits",
            "now runs"
        ],
        "{report:#?}"
    );
    let hour = &report.rules[0];
    assert!(
        matches!(&hour.verdict, DryVerdict::Waits { until: Some(until), .. } if *until == at(START).plus(3_600_000))
    );
    assert!(hour.steps[1].effects[0].effect.to_string().contains("waited 3600000 ms"), "{hour:#?}");
    // The one without a delay has counted before it, a minute earlier.
    let counted = &report.rules[2].steps[0].effects[0];
    assert_eq!(counted.changes["fields.count"], json!({ "before": 1, "after": 2 }));

    let call = NewEvent { order: Some(order), ..NewEvent::new("call.incoming") };
    let woken = DryRun { event: Some(call), rule: Some("call".into()), ..wish(order, "paid") };
    let report = tried(&shop, woken).await.unwrap();
    assert_eq!(verdicts(&report), ["call waits then runs"]);
    assert!(report.rules[0].steps[1].effects[0].effect.to_string().contains("saw call.incoming"));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_limits_and_moves_are_told_as_a_run_would_end() {
    let plugins =
        [programs::LOOPS_FOREVER, programs::TRAPS_AFTER_STAGING, programs::MOVES_STAGE, programs::COUNTS];
    let shop = TestShop::with(&plugins).await;
    shop.publish(json!({
        "paid": { "rules": [
            rule("loops", "test.loops-forever", json!({})),
            rule("traps", "test.traps-after-staging", json!({})),
            then("behind", "test.counts", json!({})),
            rule("astray", "test.moves-stage", json!({ "text": "nowhere" })),
            rule("moves", "test.moves-stage", json!({ "text": "packing" })),
            rule("left", "test.counts", json!({})),
        ] },
    }))
    .await;
    let order = shop.order().await;
    let report = tried(&shop, wish(order, "paid")).await.unwrap();
    assert_eq!(
        verdicts(&report),
        [
            "loops stopped",
            "traps failed",
            "behind cancelled",
            "astray failed",
            "moves runs",
            "left cancelled"
        ],
        "{report:#?}"
    );
    assert!(report.rules[1].steps[0].effects.is_empty(), "what a failed step has asked for is gone");
    assert!(report.rules[0].steps[0].usage.fuel > 0);
    assert_eq!(report.changes["stage"], json!({ "before": "paid", "after": "packing" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_and_no_secret_leaves_a_dry_run() {
    let shop = TestShop::with(&[]).await;
    // Nobody listens there: a request that is sent would fail.
    shop.install_with_hosts(programs::USES_A_SECRET, &["example.invalid"]).await;
    let plugin = "test.uses-a-secret".to_owned();
    let canary = "canary-4f1c";
    shop.engine.put_secret(shop.id, &plugin, "token", Some(canary.into())).await.unwrap();
    let url = "https://example.invalid/x";
    shop.publish(json!({ "paid": { "rules": [
        rule("asks", &plugin, json!({ "text": url })), then("next", &plugin, json!({ "text": url })),
    ] } }))
    .await;
    let order = shop.order().await;
    let report = tried(&shop, wish(order, "paid")).await.unwrap();
    assert_eq!(verdicts(&report), ["asks asks-server", "next waits"], "{report:#?}");
    let request = &report.rules[0].steps[0].requests[0];
    assert_eq!((request.method.as_str(), request.url.as_str(), request.answered), ("GET", url, false));
    assert!(request.headers.contains(&("authorization".to_owned(), "Bearer ***".to_owned())), "{request:?}");

    let answer = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: b"fine".to_vec(),
        truncated: false,
        replayed: false,
    };
    let report = tried(&shop, DryRun { answer: Some(answer), ..wish(order, "paid") }).await.unwrap();
    assert_eq!(verdicts(&report), ["asks runs", "next runs"], "{report:#?}");
    assert!(
        matches!(&report.rules[0].verdict, DryVerdict::Runs { output, .. } if output["body"] == json!("fine"))
    );
    assert!(!format!("{report:?}").contains(canary), "the secret is in the report");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_nobody_saved_is_tried_and_its_mistakes_are_told() {
    let shop = TestShop::with(&[bundled("add-comment"), bundled("payment")]).await;
    shop.publish(json!({ "paid": { "rules": [] } })).await;
    let order = shop.order().await;
    let stages = json!({ "paid": {
        "triggers": [{ "id": "pay", "name": "pay", "plugin": "rulewright.payment" }],
        "rules": [
            rule("good", "rulewright.add-comment", json!({ "text": "Hello {{ order.number }}" })),
            rule("bad", "rulewright.add-comment", json!({ "txt": "Hello" })),
            rule("gone", "acme.gone", json!({})),
        ],
    } });
    let draft = DryRun { stages: Some(serde_json::from_value(stages).unwrap()), ..wish(order, "paid") };
    let report = tried(&shop, draft.clone()).await.unwrap();
    assert_eq!(verdicts(&report), ["good runs", "bad unusable", "gone unusable"], "{report:#?}");
    let DryVerdict::Unusable { issues, .. } = &report.rules[1].verdict else { panic!("{report:#?}") };
    assert!(issues.iter().any(|issue| issue.path.starts_with("/settings")), "{issues:?}");
    assert!(report.triggers.is_empty());

    // The draft says nothing of an event, so no trigger is asked; with one it is, though nobody has published it.
    let event = Some(NewEvent { order: Some(order), ..NewEvent::new("payment.received") });
    let report = tried(&shop, DryRun { event, ..draft }).await.unwrap();
    assert!(report.triggers[0].verdict.is_some(), "{report:#?}");

    let unknown = DryRun { rule: Some("nobody".into()), ..wish(order, "paid") };
    assert_eq!(tried(&shop, unknown).await.unwrap_err().code(), "not-found");
    assert_eq!(tried(&shop, wish(order, "nowhere")).await.unwrap_err().code(), "no-such-stage");
    assert_eq!(tried(&shop, wish(OrderId(9_999), "paid")).await.unwrap_err().code(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_counts_what_a_draft_would_do_differently() {
    let shop = TestShop::with(&[bundled("add-comment")]).await;
    let says = |text: &str| rule("says", "rulewright.add-comment", json!({ "text": text }));
    shop.publish(json!({ "paid": { "rules": [says("Hello")] } })).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        orders.push(order);
    }
    shop.enter(orders[0], "packing").await;
    let elsewhere = shop.order().await;
    let mut changed = says("Hello");
    changed["condition"] = json!({ "field": "order.stage", "operator": "equals", "value": "packing" });
    let stages = json!({ "paid": { "rules": [changed] } });
    let simulation = Simulation {
        pipeline: shop.pipeline.clone(),
        stage: "paid".into(),
        stages: Some(serde_json::from_value(stages).unwrap()),
        rule: None,
        last: 10,
    };
    let before = rows(&shop);
    let cancel = Default::default();
    let simulated = shop.engine.simulate(shop.id, simulation, |_, _| {}, cancel).await.unwrap();
    assert_eq!(rows(&shop), before);
    assert_eq!((simulated.orders, simulated.cancelled), (3, false), "{simulated:#?}");
    assert!(!simulated.different.contains(&elsewhere));
    assert_eq!(simulated.different.len(), 3);
    let says = &simulated.rules[0];
    assert_eq!(says.tally.verdicts["condition-false"], 3);
    let published = says.published.as_ref().unwrap();
    assert_eq!((published.verdicts["runs"], published.effects["add-entry"]), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_that_is_cancelled_at_once_says_how_many_it_would_have_tried() {
    let shop = TestShop::with(&[bundled("add-comment")]).await;
    let says = rule("says", "rulewright.add-comment", json!({ "text": "Hello" }));
    shop.publish(json!({ "paid": { "rules": [says] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let simulation = Simulation {
        pipeline: shop.pipeline.clone(),
        stage: "paid".into(),
        stages: None,
        rule: None,
        last: 10,
    };
    let (cancel, told) = (CancellationToken::new(), Mutex::new(Vec::new()));
    cancel.cancel();
    let progress = |done, total| told.lock().unwrap().push((done, total));
    let simulated = shop.engine.simulate(shop.id, simulation, progress, cancel).await.unwrap();
    assert_eq!((simulated.orders, simulated.cancelled), (0, true));
    assert_eq!(told.into_inner().unwrap(), [(0, 1)]);
}
