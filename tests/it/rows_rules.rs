//! The rows of the rules for employees, R1 to R14, each with its acceptance check; R11 is in `rows_documents.rs`, R15 to
//! R28 are in `rows_rules_more.rs`.

use rulewright_domain::{
    Actor, Client, ClientId, Command, Employee, EmployeeId, EntryKind, Event, Item, Message, OrderChange,
    OrderId, Run, RunState,
};
use rulewright_engine::Refusal;
use rulewright_ports::{StorageExt, storage::EventQuery};
use serde_json::{Value, json};

use crate::support::{ALL, TestShop, at, bundled, rule, then};

pub async fn shop_with(plugins: &[&str]) -> TestShop {
    let components: Vec<_> = plugins.iter().map(|name| bundled(name)).collect();
    TestShop::with(&components).await
}

/// A rule of a bundled plugin, with the plugin's name as its id.
pub fn does(plugin: &str, settings: Value) -> Value {
    rule(plugin, &format!("rulewright.{plugin}"), settings)
}

/// The same, after the rule above it.
pub fn then_does(plugin: &str, settings: Value) -> Value {
    then(plugin, &format!("rulewright.{plugin}"), settings)
}

pub fn trigger(plugin: &str, settings: Value) -> Value {
    does(plugin, settings)
}

/// Codes of what keeps the rule from being published.
pub async fn refused(shop: &TestShop, rule: Value) -> Vec<String> {
    match shop.try_publish(json!({ "paid": { "rules": [rule] } })).await {
        Err(Refusal::Invalid(issues)) => issues.into_iter().map(|issue| issue.code).collect(),
        other => panic!("{other:?}"),
    }
}

/// Employee 0 is a new one.
pub async fn employ(shop: &TestShop, id: i64, change: impl FnOnce(&mut Employee)) -> EmployeeId {
    let blank = json!({ "id": EmployeeId(id), "name": "Grace Hopper" });
    let mut employee = serde_json::from_value(blank).unwrap();
    change(&mut employee);
    shop.engine.put_employee(shop.id, employee).await.unwrap()
}

pub async fn company(shop: &TestShop, phone: &str) -> ClientId {
    let company = json!({
        "id": "cli_0", "kind": "company", "name": "Analytical Engines Ltd",
        "phones": [{ "kind": "work", "value": phone }],
    });
    let company: Client = serde_json::from_value(company).unwrap();
    shop.execute(Command::CreateClient(company)).await.unwrap().client.unwrap()
}

pub async fn order_in_the_hands_of(shop: &TestShop, responsible: EmployeeId) -> OrderId {
    shop.order_with(|new| new.responsible = Some(responsible)).await
}

/// The latest run of the rule.
pub async fn run_of(shop: &TestShop, order: OrderId, rule: &str) -> Run {
    let found = shop.runs(order).await.into_iter().rev().find(|run| run.rule.0 == rule);
    found.unwrap_or_else(|| panic!("`{rule}` has not run"))
}

/// Why the latest run of the rule did not do what it is there for.
pub async fn why(shop: &TestShop, order: OrderId, rule: &str) -> String {
    match run_of(shop, order, rule).await.state {
        RunState::Skipped { reason } | RunState::Cancelled { reason } => reason,
        RunState::Failed { message, .. } => message,
        state => panic!("`{rule}` is {state:?}"),
    }
}

/// Everything of that kind that happened in the shop.
pub async fn happened(shop: &TestShop, kind: &str) -> Vec<Event> {
    let (id, query) = (shop.id, EventQuery { order: None, kind: Some(kind.to_owned()) });
    let read = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.events(id, &query, ALL)?));
    read.await.unwrap()
}

pub async fn timeline(shop: &TestShop, order: OrderId) -> Vec<EntryKind> {
    let mut found = Vec::new();
    for kind in EntryKind::TIMELINE {
        found.extend(shop.entries(order, *kind).await.into_iter().map(|entry| entry.kind));
    }
    found
}

/// A list of the shop's; `sku` is required.
pub async fn put_list(shop: &TestShop, name: &str) {
    let fields = json!([{ "name": "sku", "required": true }, { "name": "price" }, { "name": "state" }]);
    let list = serde_json::from_value(json!({ "name": name, "title": name, "fields": fields })).unwrap();
    shop.engine.put_list(shop.id, list).await.unwrap();
}

pub async fn add_item(shop: &TestShop, list: &str, fields: Value) -> String {
    let (list, fields) = (list.to_owned(), serde_json::from_value(fields).unwrap());
    shop.execute(Command::AddItem { list, fields }).await.unwrap().item.unwrap().to_string()
}

pub async fn items(shop: &TestShop, list: &str) -> Vec<Item> {
    let (id, list) = (shop.id, list.to_owned());
    let read = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.items(id, &list, ALL)?));
    read.await.unwrap()
}

/// What the provider was given for that channel.
pub fn sent(shop: &TestShop, channel: &str) -> Vec<Message> {
    let received = shop.provider.received.lock().unwrap();
    received.iter().filter(|message| message.draft.channel == channel).cloned().collect()
}

pub async fn add_shipment(shop: &TestShop, order: OrderId) {
    shop.change(order, OrderChange::AddShipment { service: None }).await.unwrap();
}

pub async fn pay(shop: &TestShop, order: OrderId, amount: &str) {
    let amount = serde_json::from_value(json!({ "amount": amount, "currency": "GBP" })).unwrap();
    shop.change(order, OrderChange::AddPayment { amount, system: None, paid: true }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn r01_activity_adds_one_activity_to_the_order_and_later_rules_know_its_id() {
    let shop = shop_with(&["activity", "add-comment"]).await;
    let ada = employ(&shop, 0, |_| {}).await;
    let settings = json!({
        "subject": "Check the stock for {{ order.number }}", "deadline": 4, "deadline-unit": "hours", "notify": true,
    });
    let tell = json!({ "text": "{{ previous.activity.id }}" });
    shop.publish(
        json!({ "paid": { "rules": [does("activity", settings), then_does("add-comment", tell)] } }),
    )
    .await;
    let order = order_in_the_hands_of(&shop, ada).await;
    shop.enter(order, "paid").await;
    let activities = shop.entries(order, EntryKind::Activity).await;
    assert_eq!(activities.len(), 1);
    assert_eq!(activities[0].text, format!("Check the stock for {}", order.0));
    let details = &activities[0].details;
    assert_eq!((&details["kind"], &details["completed"]), (&json!("todo"), &json!(false)));
    assert_eq!(
        (&details["responsible"], &details["deadline"]),
        (&json!(ada), &json!(at("2026-11-20T14:00:00Z")))
    );
    assert_eq!(run_of(&shop, order, "activity").await.output["activity"]["id"], json!(activities[0].id));
    assert_eq!(shop.comments(order).await, [activities[0].id.to_string()]);
    assert_eq!(shop.entries(order, EntryKind::Notification).await[0].details["recipients"], json!([ada]));
}

#[tokio::test(flavor = "multi_thread")]
async fn r02_write_to_log_writes_into_the_history_and_not_on_the_timeline() {
    let shop = shop_with(&["write-to-log"]).await;
    let ada = employ(&shop, 0, |_| {}).await;
    let settings = json!({ "text": "Paid by {{ client.name }}", "author": ada });
    let of_nobody = rule("empty", "rulewright.write-to-log", json!({ "text": "{{ order.comments }}" }));
    shop.publish(json!({ "paid": { "rules": [does("write-to-log", settings), of_nobody] } })).await;
    let client = shop.client(&[], &[]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    let history = shop.entries(order, EntryKind::History).await;
    assert_eq!(history.len(), 1);
    assert_eq!(
        (history[0].text.as_str(), &history[0].details["author"]),
        ("Paid by Ada Lovelace", &json!(ada))
    );
    assert_eq!(timeline(&shop, order).await, [EntryKind::StageChange]);
    assert!(why(&shop, order, "empty").await.starts_with("empty-text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_add_comment_writes_on_the_timeline_and_not_into_the_history() {
    let shop = shop_with(&["add-comment"]).await;
    let ada = employ(&shop, 0, |_| {}).await;
    let settings = json!({ "text": "{{ order.total | money }} is paid", "author": ada });
    let of_nobody = rule("empty", "rulewright.add-comment", json!({ "text": "{{ order.comments }}" }));
    shop.publish(json!({ "paid": { "rules": [does("add-comment", settings), of_nobody] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let comments = shop.entries(order, EntryKind::Comment).await;
    assert_eq!(
        (comments[0].text.as_str(), &comments[0].details["author"]),
        ("15.30 GBP is paid", &json!(ada))
    );
    assert_eq!(timeline(&shop, order).await, [EntryKind::Comment, EntryKind::StageChange]);
    assert!(shop.entries(order, EntryKind::History).await.is_empty());
    assert!(why(&shop, order, "empty").await.starts_with("empty-text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_a_message_in_the_feed_has_the_chosen_readers_only() {
    let shop = shop_with(&["feed-message"]).await;
    let (author, reader) = (employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await);
    let mut settings = json!({
        "title": "A big order", "text": "{{ order.total }}", "author": author,
        "recipients": "chosen", "employees": [reader],
    });
    shop.publish(json!({ "paid": { "rules": [does("feed-message", settings.clone())] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let posts = shop.entries(order, EntryKind::Feed).await;
    assert_eq!((posts.len(), posts[0].text.as_str()), (1, "15.30"));
    let expected = json!({ "title": "A big order", "author": author, "readers": [reader] });
    assert_eq!(posts[0].details, expected);
    settings["employees"] = json!([]);
    assert_eq!(refused(&shop, does("feed-message", settings)).await, ["no-recipient"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_allow_delivery_approves_every_shipment_that_is_not_approved() {
    let shop = shop_with(&["allow-delivery", "shipment-approved"]).await;
    let all = trigger("shipment-approved", json!({ "shipments": "all" }));
    let order = shop.order().await;
    add_shipment(&shop, order).await;
    shop.change(order, OrderChange::AllowDelivery).await.unwrap();
    add_shipment(&shop, order).await;
    add_shipment(&shop, order).await;
    shop.publish(json!({
        "paid": { "rules": [does("allow-delivery", json!({}))] },
        "packing": { "triggers": [all] },
    }))
    .await;
    shop.enter(order, "paid").await;
    assert!(shop.read(order).await.shipments.iter().all(|shipment| shipment.allowed));
    let approvals = happened(&shop, "shipment.approved").await;
    let by_rule = approvals.iter().filter(|event| event.cause.by.is_automation());
    assert_eq!((approvals.len(), by_rule.count()), (3, 2));
    assert_eq!(shop.read(order).await.stage.0, "packing", "its trigger did not fire");

    let none = shop.order().await;
    shop.enter(none, "paid").await;
    assert!(why(&shop, none, "allow-delivery").await.starts_with("no-shipment"));
    assert_eq!(shop.read(none).await.stage.0, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn r06_pay_ship_and_cancel_mark_the_order_and_charge_nobody() {
    let shop = shop_with(&["pay-order", "ship-order", "cancel-order"]).await;
    shop.publish(json!({
        "paid": { "rules": [does("pay-order", json!({}))] },
        "packing": { "rules": [does("ship-order", json!({}))] },
        "lost": { "rules": [does("cancel-order", json!({ "reason": "Lost on the way" }))] },
    }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[("work", "ada@example.com")]).await;
    let order = shop.order_of(&[client]).await;
    add_shipment(&shop, order).await;
    for stage in ["paid", "packing", "lost"] {
        shop.enter(order, stage).await;
    }
    let now = shop.read(order).await;
    assert!(now.is_paid() && now.shipments[0].shipped && now.canceled, "{now:#?}");
    assert_eq!((now.payments.len(), now.paid), (1, now.total), "what was paid is not given back");
    for (kind, rule) in [
        ("payment.received", "pay-order"),
        ("shipment.shipped", "ship-order"),
        ("order.canceled", "cancel-order"),
    ] {
        let events = happened(&shop, kind).await;
        assert_eq!(events.len(), 1, "{kind}");
        assert!(matches!(&events[0].cause.by, Actor::Rule { name, .. } if name == rule), "{kind}");
    }
    assert_eq!(happened(&shop, "order.canceled").await[0].what.attrs["reason"], "Lost on the way");
    let flag = &run_of(&shop, order, "cancel-order").await.trace[0].logs[0];
    assert!(flag.level == "warn" && flag.message.contains("15.30"), "{flag:?}");
    assert!(shop.provider.received.lock().unwrap().is_empty(), "a provider was called");
    shop.enter(order, "paid").await;
    assert_eq!(run_of(&shop, order, "pay-order").await.state, RunState::Done);
    assert_eq!(happened(&shop, "payment.received").await.len(), 1, "paid twice");
}

/// Whom the next order is handed to, and the stage that it is in then.
async fn handed(shop: &TestShop, had: Option<EmployeeId>) -> (Option<EmployeeId>, String) {
    let order = shop.order_with(|new| new.responsible = had).await;
    shop.enter(order, "paid").await;
    let order = shop.read(order).await;
    (order.responsible, order.stage.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_change_responsible_person_gives_each_a_turn_also_after_a_restart() {
    let mut shop = shop_with(&["change-responsible", "responsible-change"]).await;
    let staff =
        [employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await];
    let [a, b, c] = staff;
    shop.publish(json!({
        "paid": { "rules": [does("change-responsible", json!({ "employees": staff, "skip-absent": true }))] },
        "packing": { "triggers": [trigger("responsible-change", json!({}))] },
    }))
    .await;
    let moved = |to| (Some(to), "packing".to_owned());
    for (number, next) in [a, b, c, a, b, c, a].into_iter().enumerate() {
        if number == 4 {
            shop = shop.restarted().await;
        }
        assert_eq!(handed(&shop, None).await, moved(next), "order {number}");
    }
    employ(&shop, b.0, |b| b.absent = true).await;
    for next in [c, a, c] {
        assert_eq!(handed(&shop, None).await, moved(next));
    }
    assert_eq!(handed(&shop, Some(a)).await, (Some(a), "paid".to_owned()), "the same person is no change");
    for id in [a, c] {
        employ(&shop, id.0, |one| one.absent = true).await;
    }
    let kept = order_in_the_hands_of(&shop, b).await;
    shop.enter(kept, "paid").await;
    assert!(why(&shop, kept, "change-responsible").await.starts_with("nobody-available"));
    assert_eq!(shop.read(kept).await.responsible, Some(b));
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_change_status_moves_the_order_and_two_that_chase_each_other_are_stopped() {
    let shop = shop_with(&["change-status"]).await;
    let to = |id: &str, stage: &str| rule(id, "rulewright.change-status", json!({ "stage": stage }));
    shop.publish(json!({
        "paid": { "rules": [to("ping", "packing")] },
        "packing": { "rules": [to("pong", "paid")] },
        "shipped": { "rules": [to("stay", "shipped")] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "shipped").await;
    let stayed = shop.run(order).await;
    assert_eq!((stayed.state, shop.read(order).await.visit), (RunState::Done, 2));

    shop.enter(order, "paid").await;
    let hops = happened(&shop, "order.stage-changed").await;
    assert!((4..20).contains(&hops.len()), "{} moves", hops.len());
    let failed: Vec<Run> =
        shop.runs(order).await.into_iter().filter(|run| run.state.name() == "failed").collect();
    let [Run { state: RunState::Failed { code, message }, .. }] = failed.as_slice() else {
        panic!("{failed:#?}")
    };
    assert_eq!(code, "loop");
    assert!(message.contains("`ping`") && message.contains("`pong`"), "{message}");
    assert!(["paid", "packing"].contains(&shop.read(order).await.stage.0.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn r09_control_notifies_the_head_in_the_name_of_the_responsible() {
    let shop = shop_with(&["control"]).await;
    let head = employ(&shop, 0, |_| {}).await;
    let headed = employ(&shop, 0, |one| one.head = Some(head)).await;
    shop.publish(
        json!({ "paid": { "rules": [does("control", json!({ "message": "{{ order.number }} waits" }))] } }),
    )
    .await;
    let alone = order_in_the_hands_of(&shop, head).await;
    shop.enter(alone, "paid").await;
    assert!(why(&shop, alone, "control").await.starts_with("no-recipient"));
    assert!(shop.entries(alone, EntryKind::Notification).await.is_empty());

    let order = order_in_the_hands_of(&shop, headed).await;
    shop.enter(order, "paid").await;
    let notes = shop.entries(order, EntryKind::Notification).await;
    assert_eq!((notes.len(), notes[0].text.as_str()), (1, format!("{} waits", order.0).as_str()));
    assert_eq!(notes[0].details, json!({ "sender": headed, "recipients": [head] }));
    let sender = json!({ "message": "Look", "sender": head });
    assert_eq!(refused(&shop, does("control", sender)).await, ["schema"], "the sender was chosen");
}

#[tokio::test(flavor = "multi_thread")]
async fn r10_notification_comes_from_the_sender_whom_staff_chose() {
    let shop = shop_with(&["notification"]).await;
    let (responsible, other) = (employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await);
    let chosen = json!({ "message": "Paid", "sender": other });
    let of_the_system =
        rule("system", "rulewright.notification", json!({ "message": "Paid", "employees": [other] }));
    shop.publish(json!({ "paid": { "rules": [does("notification", chosen), of_the_system] } })).await;
    let order = order_in_the_hands_of(&shop, responsible).await;
    shop.enter(order, "paid").await;
    let notes = shop.entries(order, EntryKind::Notification).await;
    let details: Vec<_> = notes.into_iter().map(|note| note.details).collect();
    assert_eq!(
        details,
        [
            json!({ "sender": other, "recipients": [responsible] }),
            json!({ "sender": null, "recipients": [responsible, other] }),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_create_list_item_adds_one_item_whose_id_a_later_rule_can_use() {
    let shop = shop_with(&["create-list-item", "edit-list-item"]).await;
    put_list(&shop, "register").await;
    let line = |field: &str, value: &str| json!({ "field": field, "value": value });
    let create = |fields: Value| does("create-list-item", json!({ "list": "register", "fields": fields }));
    let edit = json!({
        "list": "register", "item": "{{ previous.item.id }}", "fields": [line("state", "Paid")],
    });
    let mut incomplete = create(json!([line("sku", "{{ order.comments }}"), line("state", "New")]));
    incomplete["id"] = json!("incomplete");
    shop.publish(json!({
        "paid": { "rules": [
            create(json!([line("sku", "{{ order.number }}"), line("state", "New")])),
            then_does("edit-list-item", edit),
        ] },
        "packing": { "rules": [incomplete] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let register = items(&shop, "register").await;
    assert_eq!(register.len(), 1);
    assert_eq!(json!(register[0].fields), json!({ "sku": order.0.to_string(), "state": "Paid" }));
    assert_eq!(run_of(&shop, order, "create-list-item").await.output["item"]["id"], json!(register[0].id));

    shop.enter(order, "packing").await;
    assert!(why(&shop, order, "incomplete").await.contains("requires it"));
    assert_eq!(items(&shop, "register").await, register);
}

#[tokio::test(flavor = "multi_thread")]
async fn r13_delete_crm_record_deletes_what_is_unpaid_and_never_money() {
    let shop = shop_with(&["delete-crm-record", "add-comment"]).await;
    let mut late = does("add-comment", json!({ "text": "late" }));
    late["when"] = json!({ "run": "after", "seconds": 7200 });
    shop.publish(json!({ "paid": { "rules": [late, does("delete-crm-record", json!({}))] } })).await;
    let order = shop.order().await;
    pay(&shop, order, "0.01").await;
    shop.enter(order, "paid").await;
    let reason = why(&shop, order, "delete-crm-record").await;
    assert!(reason.starts_with("paid: ") && reason.contains("0.01"), "{reason}");
    assert_eq!(shop.states(order).await, ["add-comment scheduled", "delete-crm-record skipped"]);
    assert!(shop.find(order).await.is_some());

    let unpaid = shop.order().await;
    shop.enter(unpaid, "paid").await;
    assert!(shop.find(unpaid).await.is_none());
    assert_eq!(shop.states(unpaid).await, ["add-comment cancelled", "delete-crm-record done"]);
    assert!(why(&shop, unpaid, "add-comment").await.starts_with("order-deleted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_details_information_reads_the_contact_or_the_company_and_says_where_there_is_none() {
    let shop = shop_with(&["details-information", "add-comment"]).await;
    let read = |kind: &str| does("details-information", json!({ "kind": kind, "fields": ["name", "phone"] }));
    let mut of_company = read("company");
    of_company["id"] = json!("of-company");
    let mut told = then_does("add-comment", json!({ "text": "{{ previous.name | nobody }}" }));
    told["id"] = json!("told");
    shop.publish(json!({
        "paid": { "rules": [
            read("contact"),
            then_does("add-comment", json!({ "text": "{{ previous.name | nobody }}" })),
        ] },
        "packing": { "rules": [of_company, told] },
    }))
    .await;
    let company = company(&shop, "+44 20 7946 0000").await;
    let order = shop.order_with(|new| new.company = Some(company)).await;
    shop.enter(order, "paid").await;
    assert!(why(&shop, order, "details-information").await.starts_with("no-contact"));
    assert!(run_of(&shop, order, "details-information").await.output.is_empty());
    shop.enter(order, "packing").await;
    let output = json!({ "name": "Analytical Engines Ltd", "phone": "+44 20 7946 0000" });
    assert_eq!(json!(run_of(&shop, order, "of-company").await.output), output);
    assert_eq!(shop.comments(order).await, ["nobody", "Analytical Engines Ltd"]);
}
