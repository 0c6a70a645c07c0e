//! Options of the rules whose rows are in `rows_rules.rs` and `rows_rules_more.rs`, each beside its row's number.

use std::collections::BTreeSet;

use rulewright_domain::{
    Command, DocumentDraft, EntryKind, NewEvent, Numerator, OrderChange, OrderId, RunState, ShipmentStatus,
    Template,
};
use rulewright_engine::Refusal;
use serde_json::{Value, json};

use crate::{
    rows_rules::{
        add_shipment, does, employ, happened, items, order_in_the_hands_of, put_list, refused, run_of,
        shop_with, trigger, why,
    },
    support::{TestShop, at, rule},
};

fn line(field: &str, value: &str) -> Value {
    json!({ "field": field, "value": value })
}

/// Code and place of everything that keeps the rule from being published.
async fn mistakes(shop: &TestShop, rule: Value) -> Vec<(String, String)> {
    match shop.try_publish(json!({ "paid": { "rules": [rule] } })).await {
        Err(Refusal::Invalid(issues)) => issues.into_iter().map(|issue| (issue.code, issue.path)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn put_template(shop: &TestShop, name: &str) {
    let numerator = Numerator::new("all", "{number}");
    shop.engine.put_numerator(shop.id, numerator).await.unwrap();
    let template = Template {
        name: name.to_owned(),
        title: name.to_owned(),
        media_type: "text/plain".into(),
        source: "For {{ client.name }}".into(),
        numerator: "all".into(),
    };
    shop.engine.put_template(shop.id, template).await.unwrap();
}

async fn document(shop: &TestShop, order: OrderId, title: &str) -> String {
    let (media_type, content) = ("text/plain".to_owned(), b"x".to_vec());
    let draft = DocumentDraft::Made { order, title: title.to_owned(), media_type, content };
    shop.execute(Command::CreateDocument(draft)).await.unwrap().document.unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_a_comment_has_the_documents_that_were_attached() {
    let shop = shop_with(&["add-comment", "create-crm-document"]).await;
    put_template(&shop, "invoice").await;
    let attach = |id: &str, documents: &[&str]| {
        rule(id, "rulewright.add-comment", json!({ "text": "See there", "attachments": documents }))
    };
    let mut previous =
        attach("previous", &["{{ previous.document.id }}", "{{ order.fields.label }}", "invoice"]);
    previous["after-previous"] = true.into();
    shop.publish(json!({
        "paid": { "rules": [does("create-crm-document", json!({ "template": "invoice" })), previous] },
        "packing": { "rules": [attach("none", &["contract"])] },
        "shipped": { "rules": [attach("foreign", &["{{ order.fields.label }}"])] },
    }))
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let comments = shop.entries(order, EntryKind::Comment).await;
    let attached = comments[0].details["attachments"].as_array().unwrap();
    let titles: Vec<_> = attached.iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["invoice 1", "invoice 1"], "what nothing is left of is left out");
    let made = run_of(&shop, order, "create-crm-document").await.output["document"]["id"].clone();
    assert_eq!((&attached[0]["id"], &attached[0]["media_type"]), (&made, &json!("text/plain")));
    assert!(shop.entries(order, EntryKind::History).await.is_empty());

    shop.enter(order, "packing").await;
    assert!(why(&shop, order, "none").await.contains("the order has no document `contract`"));
    let other = document(&shop, shop.order().await, "Secret").await;
    let fields = [("label".to_owned(), json!(other))].into();
    shop.change(order, OrderChange::SetFields { fields }).await.unwrap();
    shop.enter(order, "shipped").await;
    assert!(why(&shop, order, "foreign").await.contains("the order has no document"), "another order's");
    assert_eq!(shop.comments(order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_a_required_field_that_is_empty_from_the_start_is_refused_when_it_is_saved() {
    let shop = shop_with(&["create-list-item", "edit-list-item"]).await;
    put_list(&shop, "register").await;
    let create = |fields: Value| does("create-list-item", json!({ "list": "register", "fields": fields }));
    let at = |place: &str, code: &str| vec![(code.to_owned(), format!("/paid/rules/0/settings{place}"))];
    for (fields, expected) in [
        (json!([line("sku", " "), line("state", "New")]), at("/fields/0/value", "required")),
        (json!([line("state", "New")]), at("/fields", "required")),
        (json!([line("sku", "1"), line("stat", "New")]), at("/fields/1/field", "no-such-field")),
    ] {
        assert_eq!(mistakes(&shop, create(fields)).await, expected);
    }
    let clear =
        json!({ "list": "register", "item": "item_1", "fields": [{ "field": "sku", "mode": "clear" }] });
    let edit = does("edit-list-item", clear);
    assert_eq!(mistakes(&shop, edit).await, at("/fields/0/value", "required"));
    shop.publish(json!({ "paid": { "rules": [create(json!([line("sku", "{{ order.comments }}")]))] } }))
        .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert!(why(&shop, order, "create-list-item").await.contains("empty-item"), "what was inserted is empty");
    assert!(items(&shop, "register").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_the_date_and_the_responsible_of_shipments_are_edited_and_their_trigger_fires() {
    let shop = shop_with(&["edit-shipments", "shipment-updated"]).await;
    let ada = employ(&shop, 0, |_| {}).await;
    let edit = |id: &str, date: &str, who: &str| {
        rule(id, "rulewright.edit-shipments", json!({ "date": date, "responsible": who }))
    };
    shop.publish(json!({
        "paid": { "rules": [edit("right", "{{ order.fields.day }}", &ada.to_string())] },
        "packing": { "triggers": [trigger("shipment-updated", json!({}))] },
        "shipped": { "rules": [edit("late", "soon", ""), edit("left", "", "emp_99")] },
    }))
    .await;
    let order = shop.order_with(|new| drop(new.fields.insert("day".into(), json!("2026-12-01")))).await;
    add_shipment(&shop, order).await;
    add_shipment(&shop, order).await;
    shop.enter(order, "paid").await;
    for shipment in shop.read(order).await.shipments {
        assert_eq!((shipment.date.as_deref(), shipment.responsible), (Some("2026-12-01"), Some(ada)));
    }
    let updates = happened(&shop, "shipment.updated").await;
    assert_eq!((updates.len(), &updates[0].what.attrs["fields"]), (2, &json!(["date", "responsible"])));
    assert_eq!(shop.read(order).await.stage.0, "packing", "the trigger did not fire");
    assert_eq!(shop.differences(order).await, []);

    shop.enter(order, "shipped").await;
    assert!(why(&shop, order, "late").await.contains("no date such as 2026-11-20"));
    assert!(why(&shop, order, "left").await.contains("there is no employee `emp_99`"));
    assert_eq!(happened(&shop, "shipment.updated").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn r21_unique_codes_of_orders_that_come_at_once_have_no_doubles_and_are_the_same_in_a_replay() {
    let shop = shop_with(&["generate-code"]).await;
    let settings = json!({ "length": 2, "unique-within": "promo" });
    shop.publish(json!({ "paid": { "rules": [does("generate-code", settings)] } })).await;
    let mut orders = Vec::new();
    for _ in 0..60 {
        orders.push(shop.order().await);
    }
    // Of a hundred codes, so that the same one is drawn again and again, also at the same time.
    futures::future::join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    let mut codes = BTreeSet::new();
    for order in &orders {
        let run = run_of(&shop, *order, "generate-code").await;
        assert_eq!(run.state, RunState::Done);
        codes.insert(run.output["code"].as_str().unwrap().to_owned());
        assert_eq!(shop.differences(*order).await, []);
    }
    assert_eq!(codes.len(), 60, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_a_status_that_the_shop_does_not_have_is_refused_when_it_is_saved() {
    let shop = shop_with(&["set-shipment-status"]).await;
    let set = |status: &str| does("set-shipment-status", json!({ "status": status }));
    assert_eq!(refused(&shop, set("handed-ovr")).await, ["no-such-name"]);
    let told = shop.try_publish(json!({ "paid": { "rules": [set("handed-ovr")] } })).await.unwrap_err();
    assert!(told.to_string().contains("did you mean `handed-over`?"), "{told}");
    let statuses = ["boxed", "gone"].map(|id| ShipmentStatus { id: id.into(), name: id.to_uppercase() });
    let change = shop.engine.change_shop(shop.id, move |shop| shop.shipment_statuses = statuses.to_vec());
    change.await.unwrap();
    assert_eq!(refused(&shop, set("handed-over")).await, ["no-such-name"]);
    shop.publish(json!({ "paid": { "rules": [set("boxed")] } })).await;
    let order = shop.order().await;
    add_shipment(&shop, order).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.read(order).await.shipments[0].status.as_deref(), Some("boxed"));
    for (id, name) in [("Gone", "Gone"), ("gone", ""), ("boxed", "Twice")] {
        let wrong = [("boxed", "Boxed"), (id, name)]
            .map(|(id, name)| ShipmentStatus { id: id.into(), name: name.into() });
        let change = shop.engine.change_shop(shop.id, move |shop| shop.shipment_statuses = wrong.to_vec());
        assert!(matches!(change.await, Err(Refusal::Invalid(_))), "{id} {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_a_tasks_deadline_counts_working_time_and_it_is_completed_when_the_order_leaves_the_stage() {
    let shop = shop_with(&["task", "change-status", "add-comment"]).await;
    let ada = employ(&shop, 0, |_| {}).await;
    let task = |id: &str, settings: Value| {
        let mut all = json!({ "title": id, "deadline": 9, "deadline-unit": "hours" });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        rule(id, "rulewright.task", all)
    };
    let ending = json!({
        "complete-when-leaving-stage": true, "group": "Warehouse", "participants": [ada], "observers": [ada],
        "allow-change-deadline": true, "checklist": ["Box"],
    });
    shop.publish(json!({ "paid": { "rules": [
        task("ends", ending),
        task("stays", json!({ "working-time": false })),
        task("unbound", json!({ "bind-to-order": false, "deadline": 1, "deadline-unit": "days" })),
    ] } }))
    .await;
    let order = order_in_the_hands_of(&shop, ada).await;
    shop.enter(order, "paid").await;
    let tasks = shop.entries(order, EntryKind::Task).await;
    assert_eq!(tasks.iter().map(|task| task.text.as_str()).collect::<Vec<_>>(), ["ends", "stays"]);
    // From a Friday at ten: eight hours are left of it, and one is Monday's.
    assert_eq!(tasks[0].details["deadline"], json!(at("2026-11-23T10:00:00Z")));
    assert_eq!(tasks[1].details["deadline"], json!(at("2026-11-20T19:00:00Z")));
    let attrs = json!({
        "allow-change-deadline": true, "complete-when-leaving-stage": true, "group": "Warehouse",
    });
    assert_eq!(tasks[0].details["attrs"], attrs);
    assert_eq!(
        (&tasks[0].details["participants"], &tasks[0].details["observers"]),
        (&json!([ada]), &json!([ada]))
    );
    assert_eq!(tasks[0].details["completed"], Value::Null);

    shop.pass(60).await;
    shop.move_to(order, "packing").await;
    let tasks = shop.entries(order, EntryKind::Task).await;
    assert_eq!(tasks[0].details["completed"], json!(true), "not in the transaction of the move");
    assert_eq!(tasks[0].details["completed-at"], json!(at("2026-11-20T10:01:00Z")));
    assert_eq!(tasks[1].details["completed"], Value::Null);
    shop.enter(order, "shipped").await;
    let completed = happened(&shop, "task.completed").await;
    assert_eq!(completed.len(), 1, "once");
    assert_eq!(completed[0].what.attrs["task"], json!(tasks[0].id));
    let claimed = NewEvent { order: Some(order), ..NewEvent::new("task.completed") };
    assert!(shop.execute(Command::Ingest(claimed)).await.is_err(), "claimed from outside");

    // A move that is refused completes nothing.
    shop.enter(order, "paid").await;
    let wrong = OrderChange::MoveStage { stage: "nowhere".into() };
    assert!(shop.change(order, wrong).await.is_err());
    assert_eq!(shop.entries(order, EntryKind::Task).await[2].details["completed"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_a_task_is_completed_by_hand_once_and_a_comment_never() {
    let shop = shop_with(&["task", "add-comment"]).await;
    shop.publish(json!({ "paid": { "rules": [
        rule("task", "rulewright.task", json!({ "title": "Pack" })),
        rule("comment", "rulewright.add-comment", json!({ "text": "Packed?" })),
    ] } }))
    .await;
    let order = shop.order_with(|_| {}).await;
    shop.enter(order, "paid").await;
    let task = shop.entries(order, EntryKind::Task).await[0].id;
    let first = shop.execute(Command::Complete { entry: task }).await.unwrap();
    let again = shop.execute(Command::Complete { entry: task }).await.unwrap();
    assert_eq!((first.events.len(), again.events.len()), (1, 0));
    let done = shop.entries(order, EntryKind::Task).await.remove(0);
    assert_eq!(done.details["completed"], true);
    assert_eq!(happened(&shop, "task.completed").await[0].what.attrs["reason"], "by-hand");
    let comment = shop.entries(order, EntryKind::Comment).await[0].id;
    let refused = shop.execute(Command::Complete { entry: comment }).await.unwrap_err().to_string();
    assert!(refused.contains("only tasks and activities"), "{refused}");
}
