//! What waits for a time: of the shop, of its staff, of an order, or of everybody's clock.

use rulewright_domain::{Employee, EmployeeId, OrderChange, RunState, Schedule, Shop};
use rulewright_engine::Refusal;
use rulewright_ports::{StorageExt, storage::EventQuery};
use serde_json::{Value, json};

use crate::{
    programs,
    support::{ALL, TestShop, at, rule},
};

fn watches(id: &str, settings: Value) -> Value {
    json!({ "id": id, "name": id, "plugin": "test.watches", "settings": settings })
}

fn field(name: &str, value: &str) -> OrderChange {
    OrderChange::SetFields { fields: [(name.to_owned(), json!(value))].into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_days_off_and_the_hours_of_the_shop_and_of_the_responsible_are_kept() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let holiday = |shop: &mut Shop| shop.hours.holidays.extend(["2026-11-25".to_owned()]);
    shop.engine.change_shop(shop.id, holiday).await.unwrap();
    let when = |id: &str, when: Value| {
        let mut rule = rule(id, "test.counts", json!({}));
        rule["when"] = when;
        rule
    };
    shop.publish(json!({
        "paid": { "rules": [when("before", json!({
            "run": "at-field", "field": "meeting", "offset-seconds": -86_400, "working-hours": true,
        }))] },
        "packing": { "rules": [when("there", json!({ "run": "immediately", "responsible-hours": true }))] },
        "shipped": { "rules": [when("morning", json!({
            "run": "at-time-of-day", "time": "09:30", "working-days": true,
        }))] },
    }))
    .await;
    // The meeting is on a day off, so it counts as the day before: the rule runs a day before that.
    let order = shop.order().await;
    shop.change(order, field("meeting", "2026-11-25T10:00:00Z")).await.unwrap();
    shop.enter(order, "paid").await;
    let until = at("2026-11-23T10:00:00Z");
    assert_eq!(shop.run(order).await.state, RunState::Scheduled { until });

    let person = |id: i64, working: bool| Employee {
        id: EmployeeId(id),
        name: "Ada".into(),
        phone: None,
        work_phone: None,
        email: None,
        position: None,
        head: None,
        absent: false,
        working,
    };
    let ada = shop.engine.put_employee(shop.id, person(0, false)).await.unwrap();
    let bob = shop.engine.put_employee(shop.id, person(0, true)).await.unwrap();
    let away =
        |state: &RunState| matches!(state, RunState::Parked { reason } if reason.contains("not at work"));
    let (comes, handed) = (shop.order().await, shop.order().await);
    for order in [comes, handed] {
        shop.change(order, OrderChange::SetResponsible { to: Some(ada) }).await.unwrap();
        shop.enter(order, "packing").await;
        assert!(away(&shop.run(order).await.state), "{:?}", shop.run(order).await.state);
    }
    shop.change(handed, OrderChange::SetResponsible { to: Some(bob) }).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.run(handed).await.state, RunState::Done);
    assert!(away(&shop.run(comes).await.state));
    shop.engine.put_employee(shop.id, person(ada.0, true)).await.unwrap();
    shop.engine.idle().await;
    assert_eq!(shop.run(comes).await.state, RunState::Done);

    let friday = shop.order().await;
    shop.enter(friday, "shipped").await;
    let until = at("2026-11-23T09:30:00Z");
    assert_eq!(shop.run(friday).await.state, RunState::Scheduled { until });
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_a_date_that_is_reached_and_a_schedule_that_is_due_fire_once() {
    let shop = TestShop::with(&[programs::WATCHES]).await;
    let date = json!({ "field": "meeting", "offset-minutes": -60 });
    shop.publish(json!({
        "paid": { "triggers": [watches("date", date)] },
        "packing": { "triggers": [watches("daily", json!({ "schedule": "daily" }))] },
    }))
    .await;
    let (order, past) = (shop.order().await, shop.order().await);
    shop.change(order, field("meeting", "2026-11-20T15:00:00Z")).await.unwrap();
    shop.change(order, field("meeting", "2026-11-20T18:00:00Z")).await.unwrap();
    shop.change(past, field("meeting", "2026-11-20T09:00:00Z")).await.unwrap();
    shop.pass(6 * 3600).await;
    assert_eq!(shop.read(order).await.stage.0, "new", "it fired for the old date");
    shop.pass(3600).await;
    assert_eq!(shop.read(order).await.stage.0, "paid");
    assert_eq!(shop.read(past).await.stage.0, "new", "a date that had passed is not reached");

    let (name, title) = ("daily".to_owned(), "Every morning".to_owned());
    let (cron, zone) = ("0 9 * * *".to_owned(), "Europe/London".to_owned());
    let schedule = Schedule { name, title, cron, zone, active: true };
    shop.engine.put_schedule(shop.id, schedule).await.unwrap();
    // Down for two days: it comes due once, late.
    let clock = shop.clock.clone();
    shop.engine.shutdown().await;
    clock.advance_to(at("2026-11-23T12:00:00Z"));
    let shop = shop.restarted().await;
    shop.pass(60).await;
    assert_eq!(shop.read(order).await.stage.0, "packing");
    assert_eq!(shop.read(past).await.stage.0, "packing");
    let (id, due) = (shop.id, EventQuery { order: None, kind: Some("schedule.due".to_owned()) });
    let events = shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.events(id, &due, ALL)?));
    assert_eq!(events.await.unwrap().len(), 1);
}
