//! The rows of the rules for employees, R15 to R28, each with its acceptance check.

use std::collections::BTreeSet;

use rulewright_domain::{EmployeeId, EntryKind, NewEvent, OrderChange, OrderId, RunState, Shipment};
use rulewright_engine::Refusal;
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::{
    rows_rules::{
        add_item, add_shipment, does, employ, happened, items, order_in_the_hands_of, put_list, refused,
        run_of, sent, shop_with, then_does, timeline, trigger, why,
    },
    support::{START, TestShop, at, rule},
};

/// A line of a table of fields.
fn line(field: &str, value: &str) -> Value {
    json!({ "field": field, "value": value })
}

async fn shipments(shop: &TestShop, order: OrderId) -> Vec<Shipment> {
    shop.read(order).await.shipments
}

#[tokio::test(flavor = "multi_thread")]
async fn r15_employee_information_outputs_equal_the_profile() {
    let shop = shop_with(&["employee-information", "add-comment"]).await;
    let head = employ(&shop, 0, |one| one.name = "Ada Lovelace".into()).await;
    let employee = employ(&shop, 0, |one| {
        one.phone = Some("+44 20 7946 0002".into());
        one.email = Some("grace@example.com".into());
        one.position = Some("Sales".into());
        one.head = Some(head);
        one.absent = true;
    })
    .await;
    let signed = json!({ "text": "{{ previous.name | nobody }}, {{ previous.phone | no phone }}" });
    shop.publish(json!({ "paid": { "rules": [
        does("employee-information", json!({})),
        then_does("add-comment", signed),
        rule("gone", "rulewright.employee-information", json!({ "employee": EmployeeId(99) })),
    ] } }))
    .await;
    let order = order_in_the_hands_of(&shop, employee).await;
    shop.enter(order, "paid").await;
    let profile = json!({
        "name": "Grace Hopper", "phone": "+44 20 7946 0002", "email": "grace@example.com", "position": "Sales",
        "head": head, "head-name": "Ada Lovelace", "absent": true,
    });
    assert_eq!(json!(run_of(&shop, order, "employee-information").await.output), profile);
    assert_eq!(shop.comments(order).await, ["Grace Hopper, +44 20 7946 0002"]);
    assert!(why(&shop, order, "gone").await.starts_with("no-such-employee"));
    assert!(run_of(&shop, order, "gone").await.output.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_edit_element_changes_fields_and_saves_nothing_where_nothing_changes() {
    let shop = shop_with(&["edit-element"]).await;
    let labels = json!({ "field": "labels", "value": "gift", "mode": "append" });
    let edit = |id: &str, comments: &str| {
        let fields = json!([line("comments", comments), labels]);
        rule(id, "rulewright.edit-element", json!({ "fields": fields }))
    };
    shop.publish(json!({
        "paid": { "rules": [edit("same", "Gift")] },
        "packing": { "rules": [edit("other", "Gift for {{ client.name }}")] },
    }))
    .await;
    let client = shop.client(&[], &[]).await;
    let order = shop
        .order_with(|new| {
            new.contacts = vec![client];
            new.comments = "Gift".into();
            new.fields.insert("labels".into(), json!(["gift", "fragile"]));
        })
        .await;
    shop.enter(order, "paid").await;
    assert_eq!(run_of(&shop, order, "same").await.state, RunState::Done);
    assert_eq!(shop.read(order).await.revision, 2, "only the move counts");
    assert!(happened(&shop, "order.fields-changed").await.is_empty());
    assert_eq!(timeline(&shop, order).await.len(), 1);
    shop.enter(order, "packing").await;
    assert_eq!(shop.read(order).await.comments, "Gift for Ada Lovelace");
    let changes = happened(&shop, "order.fields-changed").await;
    assert_eq!((changes.len(), &changes[0].what.attrs["fields"]), (1, &json!(["comments"])));
    let total = json!({ "fields": [line("total", "0.00")] });
    assert_eq!(refused(&shop, does("edit-element", total)).await, ["read-only"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r17_edit_details_changes_the_clients_card_and_saves_nothing_where_nothing_changes() {
    let shop = shop_with(&["edit-details"]).await;
    let edit = |id: &str, phone: &str| {
        let fields = json!([line("phone", phone), line("name", "Ada Lovelace")]);
        rule(id, "rulewright.edit-details", json!({ "kind": "contact", "fields": fields }))
    };
    shop.publish(json!({
        "paid": { "rules": [edit("same", "+447700900123")] },
        "packing": { "rules": [edit("other", "{{ order.fields.phone }}")] },
    }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let order = shop
        .order_with(|new| {
            new.contacts = vec![client];
            new.fields.insert("phone".into(), json!("+447700900124"));
        })
        .await;
    shop.enter(order, "paid").await;
    assert_eq!(run_of(&shop, order, "same").await.state, RunState::Done);
    assert!(happened(&shop, "client.changed").await.is_empty());
    shop.enter(order, "packing").await;
    let card = shop.card(client).await;
    assert_eq!((card.phones.len(), card.phones[0].value.as_str()), (1, "+447700900124"));
    let changes = happened(&shop, "client.changed").await;
    assert_eq!((changes.len(), &changes[0].what.attrs["fields"]), (1, &json!(["phones"])));

    let nobody = shop.order().await;
    shop.enter(nobody, "paid").await;
    assert!(why(&shop, nobody, "same").await.starts_with("no-contact"));
    assert_eq!(refused(&shop, edit("id", " ")).await, ["empty-value"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r18_edit_list_item_changes_the_item_and_fails_for_a_wrong_id() {
    let shop = shop_with(&["edit-list-item"]).await;
    put_list(&shop, "prices").await;
    put_list(&shop, "others").await;
    let tea = add_item(&shop, "prices", json!({ "sku": "tea", "price": "2.55" })).await;
    let other = add_item(&shop, "others", json!({ "sku": "tea" })).await;
    let edit = |id: &str, item: &str| {
        let fields = json!([line("price", "3.10")]);
        rule(id, "rulewright.edit-list-item", json!({ "list": "prices", "item": item, "fields": fields }))
    };
    shop.publish(json!({
        "paid": { "rules": [edit("none", "item_999"), edit("others", &other), edit("no-id", "tea")] },
        "packing": { "rules": [edit("right", &tea)] },
    }))
    .await;
    let before = (items(&shop, "prices").await, items(&shop, "others").await);
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    for rule in ["none", "others", "no-id"] {
        assert!(why(&shop, order, rule).await.starts_with("not-found"), "{rule}");
    }
    assert_eq!((items(&shop, "prices").await, items(&shop, "others").await), before);
    shop.enter(order, "packing").await;
    assert_eq!(json!(items(&shop, "prices").await[0].fields), json!({ "sku": "tea", "price": "3.10" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_edit_shipments_changes_both_shipments_with_an_event_for_each() {
    let shop = shop_with(&["edit-shipments", "tracking-number-added"]).await;
    let settings = json!({ "service": "Royal Mail", "tracking-number": "RM{{ order.number }}" });
    let only_open = json!({ "shipments": "not-shipped", "comment": "Leave at the door" });
    shop.publish(json!({
        "paid": { "rules": [does("edit-shipments", settings)] },
        "packing": { "triggers": [trigger("tracking-number-added", json!({}))] },
        "shipped": { "rules": [rule("open", "rulewright.edit-shipments", only_open)] },
    }))
    .await;
    let order = shop.order().await;
    add_shipment(&shop, order).await;
    add_shipment(&shop, order).await;
    shop.enter(order, "paid").await;
    let number = format!("RM{}", order.0);
    for shipment in shipments(&shop, order).await {
        assert_eq!(shipment.service.as_deref(), Some("Royal Mail"));
        assert_eq!(shipment.tracking_number.as_deref(), Some(number.as_str()));
    }
    let updates = happened(&shop, "shipment.updated").await;
    assert_eq!(updates.len(), 2);
    assert_eq!(updates[0].what.attrs["fields"], json!(["tracking-number", "service"]));
    assert_eq!(shop.read(order).await.stage.0, "packing", "the trigger of the tracking number did not fire");

    shop.change(order, OrderChange::MarkShipped).await.unwrap();
    add_shipment(&shop, order).await;
    shop.enter(order, "shipped").await;
    let comments: Vec<_> = shipments(&shop, order).await.into_iter().map(|one| one.comment).collect();
    assert_eq!(comments, [None, None, Some("Leave at the door".to_owned())]);
    let none = shop.order().await;
    shop.enter(none, "paid").await;
    assert!(why(&shop, none, "edit-shipments").await.starts_with("no-shipment"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r20_sms_and_mail_to_an_employee_go_where_the_employee_can_be_reached() {
    let shop = shop_with(&["sms-to-employee", "email-to-employee"]).await;
    let text = "Pick up {{ order.number }}";
    shop.publish(json!({ "paid": { "rules": [
        does("sms-to-employee", json!({ "text": text })),
        does("email-to-employee", json!({ "from": "shop@example.com", "subject": text, "text": "Today." })),
    ] } }))
    .await;
    let both = employ(&shop, 0, |one| {
        one.phone = Some("+44 7700 900123".into());
        one.work_phone = Some("+44 20 7946 0001".into());
        one.email = Some("grace@example.com".into());
    })
    .await;
    let at_work = employ(&shop, 0, |one| one.work_phone = Some("+44 20 7946 0001".into())).await;
    let unreachable = employ(&shop, 0, |one| one.phone = Some("ask Ada".into())).await;
    // The client, who can be reached, is not meant.
    let client = shop.client(&[("mobile", "+447700900999")], &[("work", "ada@example.com")]).await;
    let mut states = Vec::new();
    for responsible in [both, at_work, unreachable] {
        let of = |new: &mut rulewright_domain::NewOrder| {
            (new.responsible, new.contacts) = (Some(responsible), vec![client]);
        };
        let order = shop.order_with(of).await;
        shop.enter(order, "paid").await;
        states.push(shop.states(order).await.join(", "));
    }
    assert_eq!(
        states,
        [
            "sms-to-employee done, email-to-employee done",
            "sms-to-employee done, email-to-employee skipped",
            "sms-to-employee skipped, email-to-employee skipped",
        ]
    );
    let phones: Vec<_> = sent(&shop, "sms").into_iter().map(|message| message.draft.address).collect();
    assert_eq!(phones, ["+447700900123", "+442079460001"]);
    let mail = &sent(&shop, "email")[0].draft;
    assert_eq!(
        (mail.address.as_str(), mail.sender.as_deref()),
        ("grace@example.com", Some("shop@example.com"))
    );
    assert_eq!(sent(&shop, "email").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn r21_generate_code_has_the_wanted_length_and_characters_and_is_the_same_in_a_replay() {
    let shop = shop_with(&["generate-code"]).await;
    let chosen = json!({ "length": 8, "characters": ["digits", "upper"] });
    let default = rule("default", "rulewright.generate-code", json!({}));
    shop.publish(json!({ "paid": { "rules": [does("generate-code", chosen), default] } })).await;
    let mut codes = BTreeSet::new();
    for _ in 0..10 {
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        let output = run_of(&shop, order, "generate-code").await.output;
        let code = output["code"].as_str().unwrap().to_owned();
        let allowed = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
        assert!(code.len() == 8 && code.chars().all(allowed), "{code}");
        let output = run_of(&shop, order, "default").await.output;
        let default = output["code"].as_str().unwrap();
        assert!(default.len() == 5 && default.chars().all(|c| c.is_ascii_digit()), "{default}");
        assert_eq!(shop.differences(order).await, []);
        codes.insert(code);
    }
    assert_eq!(codes.len(), 10, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r22_read_list_item_finds_the_first_or_nothing_and_the_next_rule_goes_on() {
    let shop = shop_with(&["read-list-item", "add-comment"]).await;
    put_list(&shop, "prices").await;
    let first = add_item(&shop, "prices", json!({ "sku": "tea", "price": "2.55" })).await;
    add_item(&shop, "prices", json!({ "sku": "tea", "price": "9.99" })).await;
    let filter = json!({ "kind": "filter", "fields": [line("sku", "{{ order.fields.sku }}")] });
    shop.publish(json!({ "paid": { "rules": [
        does("read-list-item", json!({ "list": "prices", "item": filter, "fields": ["price"] })),
        then_does("add-comment", json!({ "text": "Price: {{ previous.item.price | unknown }}" })),
    ] } }))
    .await;
    for (sku, output, comment) in [
        ("coffee", json!({ "found": false, "item-id": null, "item": null }), "Price: unknown"),
        ("tea", json!({ "found": true, "item-id": first, "item": { "price": "2.55" } }), "Price: 2.55"),
    ] {
        let order = shop.order_with(|new| drop(new.fields.insert("sku".into(), json!(sku)))).await;
        shop.enter(order, "paid").await;
        assert_eq!(json!(run_of(&shop, order, "read-list-item").await.output), output);
        assert_eq!(shop.comments(order).await, [comment]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r23_run_workflow_starts_it_with_its_parameters_and_refuses_one_for_another_kind_of_order() {
    let shop = shop_with(&["run-workflow", "add-comment"]).await;
    for (name, kind) in [("approval", "order"), ("of-deals", "deal"), ("retired", "order")] {
        let ask = rule(name, "rulewright.add-comment", json!({ "text": "Approve: {{ workflow.reason }}" }));
        let workflow = json!({
            "name": name, "title": name, "kind": kind, "revision": 0, "published": START,
            "parameters": [{ "name": "reason", "required": true }], "rules": [ask],
        });
        let workflow = serde_json::from_value(workflow).unwrap();
        shop.engine.publish_workflow(shop.id, workflow).await.unwrap();
    }
    let start = |id: &str, workflow: &str, reason: &str| {
        let settings = json!({ "workflow": workflow, "parameters": [line("reason", reason)] });
        rule(id, "rulewright.run-workflow", settings)
    };
    shop.publish(json!({
        "paid": { "rules": [
            start("mismatch", "of-deals", "big"),
            start("missing", "retired", "big"),
            start("incomplete", "approval", "{{ order.comments }}"),
        ] },
        "packing": { "rules": [start("right", "approval", "total {{ order.total }}")] },
    }))
    .await;
    shop.engine.retire_workflow(shop.id, "retired").await.unwrap();
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    for (rule, reason) in [
        ("mismatch", "`of-deals` is for the other kind of order"),
        ("missing", "there is no workflow `retired`"),
        ("incomplete", "`approval` requires it"),
    ] {
        let told = why(&shop, order, rule).await;
        assert!(told.contains(reason), "{told}");
    }
    assert!(happened(&shop, "workflow.started").await.is_empty());
    shop.enter(order, "packing").await;
    let started = happened(&shop, "workflow.started").await;
    assert_eq!((started.len(), &started[0].what.attrs["workflow"]), (1, &json!("approval")));
    assert_eq!(run_of(&shop, order, "right").await.output["workflow"]["id"], json!(started[0].id));
    assert_eq!(shop.comments(order).await, ["Approve: total 15.30"]);
}

/// Days before a field that holds the first of July as the shop's calendar has it, one hour ahead of UTC.
fn on_july_first() -> Value {
    json!({ "kind": "before", "field": "delivery-date", "days": 1 })
}

async fn planned(shop: &TestShop, settings: Value, plugin: &str, date: &str) -> OrderId {
    shop.publish(json!({ "paid": { "rules": [does(plugin, settings)] } })).await;
    let employee = employ(shop, 0, |_| {}).await;
    let order = shop
        .order_with(|new| {
            new.responsible = Some(employee);
            new.fields.insert("delivery-date".into(), json!(date));
        })
        .await;
    shop.enter(order, "paid").await;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_schedule_a_call_plans_a_call_by_the_shops_clock_and_calls_nobody() {
    let shop = shop_with(&["schedule-call"]).await;
    let settings = json!({
        "subject": "Call about {{ order.number }}", "time": on_july_first(), "important": true, "reminder": 15,
    });
    let order = planned(&shop, settings.clone(), "schedule-call", "2027-07-02").await;
    let calls = shop.entries(order, EntryKind::Activity).await;
    assert_eq!((calls.len(), calls[0].text.as_str()), (1, format!("Call about {}", order.0).as_str()));
    let details = &calls[0].details;
    assert_eq!((&details["kind"], &details["starts"]), (&json!("call"), &json!(at("2027-06-30T23:00:00Z"))));
    assert_eq!(details["responsible"], json!(shop.read(order).await.responsible));
    assert_eq!(details["attrs"], json!({ "important": true, "remind-before": 15 }));
    assert_eq!(run_of(&shop, order, "schedule-call").await.output["activity"]["id"], json!(calls[0].id));
    assert!(shop.provider.received.lock().unwrap().is_empty(), "somebody was called");

    let never = planned(&shop, settings.clone(), "schedule-call", "").await;
    assert!(why(&shop, never, "schedule-call").await.starts_with("empty-date"));
    assert!(shop.entries(never, EntryKind::Activity).await.is_empty());
    let late = planned(&shop, settings, "schedule-call", "2026-01-01").await;
    assert_eq!(shop.entries(late, EntryKind::Activity).await[0].details["starts"], json!(at(START)));
}

#[tokio::test(flavor = "multi_thread")]
async fn r25_schedule_a_meeting_plans_a_meeting_at_its_place() {
    let shop = shop_with(&["schedule-meeting"]).await;
    let settings = json!({
        "subject": "Show {{ order.number }}", "time": on_july_first(), "place": "Showroom",
    });
    let order = planned(&shop, settings, "schedule-meeting", "2027-07-02").await;
    let meetings = shop.entries(order, EntryKind::Activity).await;
    assert_eq!(meetings.len(), 1);
    let details = &meetings[0].details;
    assert_eq!((&details["kind"], &details["attrs"]["place"]), (&json!("meeting"), &json!("Showroom")));
    assert_eq!(details["starts"], json!(at("2027-06-30T23:00:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_set_shipment_status_sets_it_on_every_shipment() {
    let shop = shop_with(&["set-shipment-status"]).await;
    let set = |status: &str| does("set-shipment-status", json!({ "status": status }));
    shop.publish(json!({ "paid": { "rules": [set("handed-over")] } })).await;
    let order = shop.order().await;
    add_shipment(&shop, order).await;
    add_shipment(&shop, order).await;
    shop.enter(order, "paid").await;
    let statuses: Vec<_> = shipments(&shop, order).await.into_iter().map(|one| one.status.unwrap()).collect();
    assert_eq!(statuses, ["handed-over", "handed-over"]);
    assert_eq!(happened(&shop, "shipment.updated").await.len(), 2);
    let none = shop.order().await;
    shop.enter(none, "paid").await;
    assert!(why(&shop, none, "set-shipment-status").await.starts_with("no-shipment"));
    assert_eq!(refused(&shop, set(" ")).await, ["required"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_task_gives_one_task_that_is_linked_to_the_order_to_somebody_who_is_there() {
    let shop = shop_with(&["task"]).await;
    let (responsible, chosen) = (employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await);
    let settings = json!({
        "title": "Pack {{ order.number }}", "responsible": chosen, "observers": [responsible],
        "deadline": 4, "deadline-unit": "hours", "checklist": ["Box", "{{ order.comments }}", "Label"],
    });
    shop.publish(json!({ "paid": { "rules": [does("task", settings)] } })).await;
    let order = order_in_the_hands_of(&shop, responsible).await;
    shop.enter(order, "paid").await;
    let tasks = shop.entries(order, EntryKind::Task).await;
    assert_eq!((tasks.len(), tasks[0].text.as_str()), (1, format!("Pack {}", order.0).as_str()));
    let details = &tasks[0].details;
    // A Friday at ten: four hours later the shop still works.
    assert_eq!(details["deadline"], json!(at("2026-11-20T14:00:00Z")));
    assert_eq!((&details["responsible"], &details["observers"]), (&json!(chosen), &json!([responsible])));
    assert_eq!(details["checklist"], json!(["Box", "Label"]));
    assert_eq!(run_of(&shop, order, "task").await.output["task"]["id"], json!(tasks[0].id));

    let id = shop.id;
    let dismissed = shop.engine.storage().write(move |tx| Ok::<_, Refusal>(tx.remove_employee(id, chosen)?));
    dismissed.await.unwrap();
    let order = order_in_the_hands_of(&shop, responsible).await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.entries(order, EntryKind::Task).await[0].details["responsible"], json!(responsible));
    let warning = &run_of(&shop, order, "task").await.trace[0].logs;
    assert!(warning.iter().any(|line| line.message.starts_with("no-such-employee")), "{warning:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r28_wait_ends_when_the_client_acts_or_at_its_time_also_after_a_restart() {
    let shop = shop_with(&["wait"]).await;
    let employee = employ(&shop, 0, |_| {}).await;
    let until = |until: Value| json!({ "until": until, "description": "Ask again" });
    let past = json!({ "kind": "before", "field": "delivery-date" });
    shop.publish(json!({
        "paid": { "rules": [does("wait", until(json!({ "kind": "after", "amount": 2, "unit": "days" })))] },
        "packing": { "rules": [rule("past", "rulewright.wait", until(past))] },
    }))
    .await;
    let mut orders = Vec::new();
    for _ in 0..2 {
        let client = shop.client(&[], &[]).await;
        let of = |new: &mut rulewright_domain::NewOrder| {
            (new.responsible, new.contacts) = (Some(employee), vec![client]);
        };
        let order = shop.order_with(of).await;
        shop.enter(order, "paid").await;
        orders.push((order, client));
    }
    let [(answered, client), (silent, _)] = orders[..] else { unreachable!() };
    shop.pass(5 * 3600).await;
    let shop = shop.restarted().await;
    assert_eq!(shop.states(answered).await, ["wait waiting"]);
    let mail = NewEvent { client: Some(client), ..NewEvent::new("mail.received") };
    shop.execute(rulewright_domain::Command::Ingest(mail)).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.states(silent).await, ["wait waiting"], "the mail of another client ended it");
    shop.pass(7 * 24 * 3600).await;
    for (order, by, text, ended) in [
        (answered, "mail.received", "the client wrote a mail", "2026-11-20T15:00:00Z"),
        (silent, "time", "the time is up", "2026-11-22T10:00:00Z"),
    ] {
        let run = run_of(&shop, order, "wait").await;
        assert_eq!((&run.output["ended-by"], run.ended), (&json!(by), Some(at(ended))), "{:?}", run.state);
        let notes = shop.entries(order, EntryKind::Notification).await;
        assert_eq!((notes.len(), &notes[0].details["recipients"]), (1, &json!([employee])));
        assert_eq!(notes[0].text, format!("Order {}: {text}. Ask again", order.0));
    }
    for (date, code) in [("2026-11-01", "already-past"), ("soon", "not-a-date"), ("", "empty-date")] {
        let fields = [("delivery-date".to_owned(), json!(date))].into();
        shop.change(silent, OrderChange::SetFields { fields }).await.unwrap();
        shop.enter(silent, "packing").await;
        let told = why(&shop, silent, "past").await;
        assert!(told.starts_with(code), "{told}");
        shop.enter(silent, "new").await;
    }
}
