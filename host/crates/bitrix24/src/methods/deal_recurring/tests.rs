//! Recurring orders on the durable timers of a real engine over a real database.

use rulewright_domain::{
    Actor, Command, Order, OrderChange, OrderId, OrderKind, Pipeline, Recurrence, RecurrenceId, Stage,
    StageKind, Timestamp, kind,
    recurrence::{Period, Repeats, Unit, Until},
};
use rulewright_engine::{NewRecurrence, Receipt, Refusal, Request};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{EventQuery, OrderQuery, Page, Records, order_or_template},
};
use serde_json::{Value, json};

use crate::golden::Shop;

const BY: fn() -> Actor = || Actor::Token { name: "test".into() };

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// With one order, of whose pipeline nothing else knows.
async fn shop() -> (Shop, OrderId) {
    let shop = Shop::open().await;
    let stages = vec![Stage::new("new", "New", StageKind::Open), Stage::new("won", "Won", StageKind::Won)];
    shop.engine.put_pipeline(shop.id, Pipeline::new("tea", "Tea", OrderKind::Deal, stages)).await.unwrap();
    let new = serde_json::from_value(json!({
        "kind": "deal", "number": null, "title": "Tea", "pipeline": "tea", "stage": "won", "currency": "EUR",
        "lines": [{
            "sku": "T", "title": "Tea", "quantity_milli": 2000,
            "unit_price": { "amount": "3.00", "currency": "EUR" },
        }],
        "responsible": "emp_1", "company": null, "contacts": [], "source": "web", "comments": "c", "tags": ["t"],
        "fields": { "colour": "red" }, "historical": false, "created": null,
    }))
    .unwrap();
    let order = command(&shop, Command::CreateOrder(new)).await.unwrap().order.unwrap();
    (shop, order)
}

async fn command(shop: &Shop, command: Command) -> Result<Receipt, Refusal> {
    shop.engine.execute(Request { shop: shop.id, command, by: BY(), key: None }).await
}

fn daily(order: OrderId, start: &str, until: Until) -> NewRecurrence {
    NewRecurrence {
        order,
        active: true,
        pipeline: None,
        start: start.into(),
        repeats: Repeats::Every(Period { unit: Unit::Day, count: 1 }),
        until,
        begins_after: Some(Period { unit: Unit::Day, count: 1 }),
        closes_after: None,
    }
}

async fn orders(shop: &Shop) -> Vec<Order> {
    let id = shop.id;
    let page = Page { after: None, limit: Page::MAX, newest_first: false };
    let read = shop
        .engine
        .storage()
        .read::<_, StorageError, _>(move |reads| reads.orders(id, &OrderQuery::default(), page));
    read.await.unwrap()
}

async fn recurrence(shop: &Shop, id: RecurrenceId) -> Recurrence {
    let shop_id = shop.id;
    let read = shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.record(shop_id, id.0));
    read.await.unwrap().unwrap()
}

async fn template(shop: &Shop, id: OrderId) -> Option<Order> {
    let shop_id = shop.id;
    let read =
        shop.engine.storage().read::<_, StorageError, _>(move |reads| order_or_template(reads, shop_id, id));
    read.await.unwrap().map(|order| (*order).clone())
}

/// Kinds of events since the shop was opened, those of orders and of recurrences.
async fn events(shop: &Shop) -> Vec<String> {
    let id = shop.id;
    let page = Page { after: None, limit: Page::MAX, newest_first: false };
    let read = shop
        .engine
        .storage()
        .read::<_, StorageError, _>(move |reads| reads.events(id, &EventQuery::default(), page));
    let kinds = read.await.unwrap().into_iter().map(|event| event.what.kind);
    kinds.filter(|kind| kind.starts_with("order.") || kind.starts_with("recurrence.")).collect()
}

#[tokio::test]
async fn a_limit_of_two_makes_exactly_two_orders_even_after_restarts() {
    let (shop, order) = shop().await;
    let new = daily(order, "2026-03-03", Until::Times(2));
    let id = shop.engine.add_recurrence(shop.id, BY(), new).await.unwrap();
    assert_eq!(recurrence(&shop, id).await.next, Some(at("2026-03-02T23:00:00Z")));
    shop.engine.run_until(&shop.clock, at("2026-03-02T22:59:59Z")).await.unwrap();
    let shop = shop.restarted().await;
    assert_eq!(orders(&shop).await.len(), 1, "it is not yet that day");
    shop.engine.run_until(&shop.clock, at("2026-03-03T12:00:00Z")).await.unwrap();
    assert_eq!(orders(&shop).await.len(), 2);
    let shop = shop.restarted().await;
    shop.engine.run_until(&shop.clock, at("2026-03-20T12:00:00Z")).await.unwrap();
    let shop = shop.restarted().await;
    shop.engine.run_until(&shop.clock, at("2026-04-20T12:00:00Z")).await.unwrap();
    let made = orders(&shop).await.split_off(1);
    let days: Vec<&Value> = made.iter().map(|order| &order.fields["begin-date"]).collect();
    assert_eq!(days, ["2026-03-04", "2026-03-05"]);
    let Recurrence { active, next, times, .. } = recurrence(&shop, id).await;
    assert_eq!((active, next, times), (false, None, 2));
}

#[tokio::test]
async fn an_order_is_a_copy_that_begins_anew_and_tells_of_itself() {
    let (shop, order) = shop().await;
    let id =
        shop.engine.add_recurrence(shop.id, BY(), daily(order, "2026-03-03", Until::Forever)).await.unwrap();
    let made = shop.engine.expose_recurrence(shop.id, BY(), id).await.unwrap();
    let all = orders(&shop).await;
    let (original, copy) = (&all[0], all.iter().find(|order| order.id == made).unwrap());
    assert_eq!((copy.title.as_str(), copy.stage.clone(), copy.total), ("Tea", "new".into(), original.total));
    assert_eq!((copy.responsible, copy.source.clone()), (original.responsible, original.source.clone()));
    assert_eq!((&copy.fields["colour"], &copy.fields["begin-date"]), (&json!("red"), &json!("2026-03-03")));
    let Recurrence { times, last, next, .. } = recurrence(&shop, id).await;
    assert_eq!((times, last.is_some(), next), (1, true, Some(at("2026-03-02T23:00:00Z"))), "it counts");
    let expected =
        [kind::ORDER_CREATED, kind::RECURRENCE_ADDED, kind::ORDER_CREATED, kind::RECURRENCE_EXPOSED];
    assert_eq!(events(&shop).await, expected);
}

#[tokio::test]
async fn a_template_is_changed_like_an_order_and_is_none() {
    let (shop, order) = shop().await;
    let id =
        shop.engine.add_recurrence(shop.id, BY(), daily(order, "2026-03-03", Until::Forever)).await.unwrap();
    let template_id = recurrence(&shop, id).await.template;
    let fields = [("title".to_owned(), json!("Green tea"))].into();
    let change = OrderChange::SetFields { fields };
    let receipt =
        command(&shop, Command::ChangeOrder { id: template_id, expected: Some(1), change }).await.unwrap();
    assert_eq!((receipt.revision, receipt.events.len()), (Some(2), 0));
    let stage = OrderChange::MoveStage { stage: "nowhere".into() };
    assert!(
        command(&shop, Command::ChangeOrder { id: template_id, expected: None, change: stage })
            .await
            .is_err()
    );
    assert_eq!(orders(&shop).await.len(), 1, "it is in no list");
    assert_eq!(events(&shop).await, [kind::ORDER_CREATED, kind::RECURRENCE_ADDED]);
    let made = shop.engine.expose_recurrence(shop.id, BY(), id).await.unwrap();
    assert_eq!(template(&shop, made).await.unwrap().title, "Green tea");

    let delete = Command::ChangeOrder { id: template_id, expected: None, change: OrderChange::Delete };
    command(&shop, delete).await.unwrap();
    assert!(template(&shop, template_id).await.is_none());
    let Recurrence { active, next, .. } = recurrence(&shop, id).await;
    assert_eq!((active, next), (false, None), "there is nothing left to copy");
    assert!(shop.engine.expose_recurrence(shop.id, BY(), id).await.is_err());
    shop.engine.run_until(&shop.clock, at("2026-03-20T12:00:00Z")).await.unwrap();
    assert_eq!(orders(&shop).await.len(), 2);
}

#[tokio::test]
async fn an_order_recurs_once_and_what_recurs_is_told_when_it_is_changed() {
    let (shop, order) = shop().await;
    let add = || shop.engine.add_recurrence(shop.id, BY(), daily(order, "2026-03-03", Until::Forever));
    let id = add().await.unwrap();
    assert_eq!(add().await.unwrap_err().code(), "conflict");
    let unknown = daily(OrderId(99), "2026-03-03", Until::Forever);
    assert_eq!(shop.engine.add_recurrence(shop.id, BY(), unknown).await.unwrap_err().code(), "not-found");
    let wrong = daily(order, "soon", Until::Forever);
    assert!(shop.engine.add_recurrence(shop.id, BY(), wrong).await.is_err());
    let stop = |recurrence: &mut Recurrence| {
        recurrence.active = false;
        Ok(())
    };
    for _ in 0..2 {
        shop.engine.change_recurrence(shop.id, BY(), id, stop).await.unwrap();
    }
    shop.engine.run_until(&shop.clock, at("2026-03-20T12:00:00Z")).await.unwrap();
    assert_eq!(orders(&shop).await.len(), 1);
    shop.engine.remove_recurrence(shop.id, BY(), id).await.unwrap();
    let expected =
        [kind::ORDER_CREATED, kind::RECURRENCE_ADDED, kind::RECURRENCE_CHANGED, kind::RECURRENCE_REMOVED];
    assert_eq!(events(&shop).await, expected, "the second change changed nothing");
    add().await.unwrap();
}

#[tokio::test]
async fn however_long_the_host_was_down_one_order_is_made() {
    let (shop, order) = shop().await;
    let id =
        shop.engine.add_recurrence(shop.id, BY(), daily(order, "2026-03-03", Until::Forever)).await.unwrap();
    shop.engine.shutdown().await;
    shop.clock.advance_to(at("2026-03-10T12:00:00Z"));
    let shop = shop.restarted().await;
    shop.engine.run_until(&shop.clock, at("2026-03-10T12:00:01Z")).await.unwrap();
    assert_eq!(orders(&shop).await.len(), 2);
    assert_eq!(recurrence(&shop, id).await.next, Some(at("2026-03-10T23:00:00Z")));
}
