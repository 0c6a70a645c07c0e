//! Funnels, the way through them, payments and store orders: what follows from a call, seen in the log.

use rulewright_domain::{
    Command, Currency, Event, Money, NewLine, NewOrder, OrderChange, OrderId, OrderKind, Scope, StageId,
};
use rulewright_engine::{Asked, Request};
use rulewright_ports::{
    StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::{Value, json};

use crate::golden::{CODE, Shop};

const EMPLOYEE: &str = "employee0code";

/// With a pipeline for store orders, which is number 1.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    done(&shop, "crm.category.add", json!({"entityTypeId": 14, "fields": {"name": "Store"}})).await;
    shop
}

async fn call(shop: &Shop, code: &str, method: &str, params: Value) -> (u16, Value) {
    let request = json!({ "path": format!("/rest/1/{code}/{method}"), "json": params });
    let reply = shop.send(&serde_json::from_value(request).unwrap()).await;
    (reply.status, reply.answer)
}

/// What must succeed.
async fn done(shop: &Shop, method: &str, params: Value) -> Value {
    let (status, mut answer) = call(shop, CODE, method, params).await;
    assert_eq!(status, 200, "{method}: {answer}");
    answer["result"].take()
}

async fn refused(shop: &Shop, method: &str, params: Value) -> (u16, String) {
    let (status, answer) = call(shop, CODE, method, params).await;
    (status, answer["error_description"].as_str().unwrap_or_default().to_owned())
}

async fn execute(shop: &Shop, command: Command) -> OrderId {
    let by = rulewright_domain::Actor::Host;
    let request = Request { shop: shop.id, command, by, key: None };
    let receipt = shop.engine.execute(request).await.unwrap();
    receipt.order.unwrap()
}

async fn deal(shop: &Shop, stage: &str) -> OrderId {
    let euros = Currency::new(b"EUR");
    let line = NewLine {
        id: None,
        sku: None,
        title: "Tea".into(),
        quantity_milli: 2_000,
        unit_price: Money::parse("10", euros).unwrap(),
        tax: None,
        attrs: Default::default(),
    };
    let new = NewOrder {
        kind: OrderKind::Deal,
        number: None,
        title: "Tea".into(),
        pipeline: crate::classic::PIPELINE.into(),
        stage: Some(StageId(stage.into())),
        currency: euros,
        lines: vec![line],
        responsible: None,
        company: None,
        contacts: Vec::new(),
        source: None,
        comments: String::new(),
        tags: Default::default(),
        fields: Default::default(),
        historical: false,
        created: None,
        total: None,
        total_always: false,
    };
    execute(shop, Command::CreateOrder(new)).await
}

async fn change(shop: &Shop, id: OrderId, change: OrderChange) {
    execute(shop, Command::ChangeOrder { id, expected: None, change }).await;
}

async fn log(shop: &Shop, order: i64) -> Vec<Event> {
    let (id, query) = (shop.id, EventQuery { order: Some(OrderId(order)), kind: None });
    let page = Page { after: None, limit: Page::MAX, newest_first: false };
    let read = shop.engine.storage().read(move |reads| reads.events(id, &query, page));
    let events: Result<_, rulewright_ports::StorageError> = read.await;
    events.unwrap()
}

async fn kinds(shop: &Shop, order: i64) -> Vec<String> {
    log(shop, order).await.into_iter().map(|event| event.what.kind).collect()
}

#[tokio::test]
async fn a_history_has_a_row_for_each_arrival_in_the_order_of_time() {
    let shop = shop().await;
    done(&shop, "crm.category.add", json!({"entityTypeId": 2, "fields": {"name": "Partners"}})).await;
    let id = deal(&shop, "NEW").await;
    for stage in ["PREPARATION", "EXECUTING"] {
        change(&shop, id, OrderChange::MoveStage { stage: stage.into() }).await;
    }
    let to = OrderChange::MovePipeline { pipeline: "deals-1".into(), stage: None };
    change(&shop, id, to).await;
    change(&shop, id, OrderChange::MoveStage { stage: "WON".into() }).await;
    let list = |params: Value| done(&shop, "crm.stagehistory.list", params);
    let column = |answer: &Value, name: &str| -> Vec<Value> {
        answer["items"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    let all = list(json!({"entityTypeId": 2, "order": {"CREATED_TIME": "ASC"}})).await;
    assert_eq!(column(&all, "TYPE_ID"), [1, 2, 2, 5, 3]);
    assert_eq!(column(&all, "STAGE_ID"), ["NEW", "PREPARATION", "EXECUTING", "C2:NEW", "C2:WON"]);
    assert_eq!(column(&all, "CATEGORY_ID"), [0, 0, 0, 2, 2]);
    assert_eq!(column(&all, "STAGE_SEMANTIC_ID"), ["P", "P", "P", "P", "S"]);
    let some =
        list(json!({"entityTypeId": 2, "filter": {"typeId": [3, 5], "ownerId": id.0}, "start": -1})).await;
    assert_eq!(column(&some, "STAGE_ID"), ["C2:NEW", "C2:WON"]);
    let orders = list(json!({"entityTypeId": 14})).await;
    assert_eq!(orders["items"], json!([]), "a deal is no store order");
    // What happened in a funnel that is gone is still told by its number, which is nobody else's.
    change(&shop, id, OrderChange::MovePipeline { pipeline: "deals".into(), stage: None }).await;
    done(&shop, "crm.category.delete", json!({"entityTypeId": 2, "id": 2})).await;
    let gone = list(json!({"entityTypeId": 2, "filter": {"CATEGORY_ID": 2}})).await;
    assert_eq!(column(&gone, "STAGE_ID"), ["C2:NEW", "C2:WON"]);
    let added = done(&shop, "crm.category.add", json!({"entityTypeId": 2, "fields": {"name": "Next"}})).await;
    assert_eq!(added["category"]["id"], 3);
}

#[tokio::test]
async fn a_payment_that_is_paid_twice_is_received_once() {
    let shop = shop().await;
    let id = deal(&shop, "NEW").await;
    let payment = done(&shop, "crm.item.payment.add", json!({"entityId": id.0, "entityTypeId": 2})).await;
    assert_eq!(payment, id.0 * 10_000 + 1);
    for _ in 0..2 {
        let paid = done(&shop, "crm.item.payment.pay", json!({"id": payment})).await;
        assert_eq!(paid, true);
    }
    assert_eq!(kinds(&shop, id.0).await, ["order.created", "payment.added", "payment.received"]);
    let received = log(&shop, id.0).await.pop().unwrap();
    assert_eq!(received.what.attrs["full"], true, "it was for the whole deal");
    let row = done(&shop, "crm.item.payment.get", json!({"id": payment})).await;
    assert_eq!((&row["sum"], &row["paid"], &row["empPaidId"]), (&json!(20), &json!("Y"), &json!(1)));
}

#[tokio::test]
async fn what_a_payment_is_for_is_never_more_than_the_deal_has() {
    let shop = shop().await;
    let id = deal(&shop, "NEW").await;
    let line = id.0 * 10_000_000 + 1;
    let mut payments = Vec::new();
    for _ in 0..2 {
        payments
            .push(done(&shop, "crm.item.payment.add", json!({"entityId": id.0, "entityTypeId": 2})).await);
    }
    let add =
        |payment: &Value, quantity: f64| json!({"paymentId": payment, "rowId": line, "quantity": quantity});
    let item = done(&shop, "crm.item.payment.product.add", add(&payments[0], 1.5)).await;
    let (status, why) = refused(&shop, "crm.item.payment.product.add", add(&payments[1], 1.0)).await;
    assert_eq!((status, why.as_str()), (400, "Insufficient product quantity to add to payment"));
    done(&shop, "crm.item.payment.product.add", add(&payments[1], 0.5)).await;
    let more = json!({"id": item, "quantity": 2});
    assert_eq!(refused(&shop, "crm.item.payment.product.setQuantity", more).await.0, 400);
    let sums = done(&shop, "crm.item.payment.list", json!({"entityId": id.0, "entityTypeId": 2})).await;
    let sums: Vec<&Value> = sums.as_array().unwrap().iter().map(|row| &row["sum"]).collect();
    assert_eq!(sums, [15, 5]);
    let list = done(&shop, "crm.item.payment.product.list", json!({"paymentId": payments[0]})).await;
    assert_eq!(list, json!([{"id": item, "paymentId": payments[0], "quantity": 1.5, "rowId": line}]));
}

#[tokio::test]
async fn flags_of_store_orders_are_the_commands_that_they_stand_for() {
    let shop = shop().await;
    let fields = json!({"lid": "s1", "personTypeId": 1, "currency": "EUR", "price": 100});
    let order = done(&shop, "sale.order.add", json!({ "fields": fields })).await["order"]["id"].clone();
    let id = order.as_i64().unwrap();
    let shipment = json!({"orderId": id, "allowDelivery": "N", "deducted": "N", "deliveryId": 2});
    let shipment = done(&shop, "sale.shipment.add", json!({ "fields": shipment })).await;
    let shipment = shipment["shipment"]["id"].clone();
    for fields in [json!({"allowDelivery": "Y"}), json!({"trackingNumber": "RR1"}), json!({"deducted": "Y"})]
    {
        done(&shop, "sale.shipment.update", json!({"id": shipment, "fields": fields})).await;
    }
    let payment = json!({"orderId": id, "paySystemId": 1, "paid": "Y"});
    done(&shop, "sale.payment.add", json!({ "fields": payment })).await;
    let fields = json!({"statusId": "PREPARATION", "canceled": "Y", "reasonCanceled": "Broken"});
    done(&shop, "sale.order.update", json!({"id": id, "fields": fields})).await;
    let happened = kinds(&shop, id).await;
    for kind in [
        "shipment.added",
        "shipment.approved",
        "shipment.tracking-added",
        "shipment.shipped",
        "payment.received",
        "order.stage-changed",
        "order.canceled",
    ] {
        assert_eq!(happened.iter().filter(|happened| *happened == kind).count(), 1, "{kind} in {happened:?}");
    }
    let order = done(&shop, "sale.order.get", json!({"id": id})).await["order"].take();
    for (field, expected) in [
        ("payed", json!("Y")),
        ("deducted", json!("Y")),
        ("canceled", json!("Y")),
        ("reasonCanceled", json!("Broken")),
        ("empCanceledId", json!(1)),
        ("statusId", json!("PREPARATION")),
    ] {
        assert_eq!(order[field], expected, "{field}");
    }
    assert_eq!(order["shipments"][0]["empDeductedId"], 1);
    let revision = order["version"].clone();
    // The same once more changes nothing.
    let fields = json!({"statusId": "PREPARATION", "canceled": "Y", "payed": "Y", "deducted": "Y"});
    let again = done(&shop, "sale.order.update", json!({"id": id, "fields": fields})).await;
    assert_eq!(again["order"]["version"], revision);
}

#[tokio::test]
async fn payments_and_shipments_are_listed_over_all_orders_and_by_pages() {
    let shop = shop().await;
    for price in 1..=60 {
        let fields = json!({"lid": "s1", "personTypeId": 1, "currency": "EUR", "price": price});
        let order = done(&shop, "sale.order.add", json!({ "fields": fields })).await["order"]["id"].clone();
        let fields =
            json!({"orderId": order, "paySystemId": 1, "paid": if price % 2 == 0 { "Y" } else { "N" }});
        done(&shop, "sale.payment.add", json!({ "fields": fields })).await;
    }
    let params = json!({"filter": {">sum": 2}, "order": {"sum": "desc"}, "start": 50});
    let (_, answer) = call(&shop, CODE, "sale.payment.list", params).await;
    assert_eq!((&answer["total"], answer.get("next")), (&json!(58), None));
    assert_eq!(answer["result"]["payments"].as_array().unwrap().len(), 8);
    assert_eq!(answer["result"]["payments"][7]["sum"], 3);
    let (_, answer) = call(&shop, CODE, "sale.order.list", json!({"filter": {"payed": "Y"}})).await;
    assert_eq!((&answer["total"], answer.get("next")), (&json!(30), None));
    let (_, answer) = call(&shop, CODE, "sale.order.list", json!({"filter": {">price": 5}})).await;
    assert_eq!((&answer["total"], &answer["next"]), (&json!(55), &json!(50)));
}

#[tokio::test]
async fn only_administrators_change_funnels_and_directories() {
    let shop = shop().await;
    shop.webhook(EMPLOYEE, &[Scope::OrdersWrite], &["crm", "sale"]).await;
    for (method, params, code) in [
        ("crm.category.add", json!({"entityTypeId": 2, "fields": {"name": "X"}}), "ACCESS_DENIED"),
        (
            "crm.category.update",
            json!({"entityTypeId": 2, "id": 0, "fields": {"name": "X"}}),
            "ACCESS_DENIED",
        ),
        ("crm.category.delete", json!({"entityTypeId": 2, "id": 0}), "ACCESS_DENIED"),
        ("crm.status.add", json!({"fields": {"ENTITY_ID": "SOURCE", "STATUS_ID": "X", "NAME": "X"}}), ""),
        ("crm.status.update", json!({"id": 1001, "fields": {"NAME": "X"}}), ""),
        ("crm.status.delete", json!({"id": 1002}), ""),
    ] {
        let (status, answer) = call(&shop, EMPLOYEE, method, params).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(code)), "{method}");
        assert!(answer["error_description"].as_str().unwrap().starts_with("Access denied"), "{answer}");
    }
    let (status, answer) = call(&shop, EMPLOYEE, "crm.status.list", json!({})).await;
    assert_eq!(status, 200, "everybody reads them: {answer}");
}

#[tokio::test]
async fn a_pipeline_in_use_stays_and_two_changes_at_once_are_both_there() {
    let shop = shop().await;
    deal(&shop, "EXECUTING").await;
    let pipeline = rulewright_domain::PipelineId(crate::classic::PIPELINE.into());
    let asked = || Asked { shop: shop.id, key: None };
    let refused = shop.engine.remove_pipeline(asked(), pipeline.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "conflict");
    let rename = |stage: usize, name: &'static str| {
        shop.engine.change_pipeline(asked(), pipeline.clone(), move |pipeline| {
            pipeline.stages[stage].name = name.to_owned();
            Ok(())
        })
    };
    let (one, other) = tokio::join!(rename(0, "First"), rename(1, "Second"));
    one.unwrap();
    other.unwrap();
    let items = done(&shop, "crm.status.entity.items", json!({"entityId": "DEAL_STAGE"})).await;
    assert_eq!((&items[0]["NAME"], &items[1]["NAME"]), (&json!("First"), &json!("Second")));
}
