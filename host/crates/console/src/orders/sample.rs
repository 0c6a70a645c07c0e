//! Values for the tests of this part.

use std::collections::BTreeMap;

use rulewright_domain::{
    Actor, Automation, Cause, Currency, Employee, EmployeeId, EventId, Money, Order, OrderId, OrderKind,
    Pipeline, RuleSpec, Run, RunId, RunState, Shop, ShopConfig, ShopId, Stage, StageAutomation, StageKind,
    Timestamp,
    account::{Account, Role},
};
use serde_json::json;

use super::load::{Card, Mark};
use crate::{
    door::{Look, Visitor},
    listing, runs,
};

pub const NOW: Timestamp = Timestamp(1_795_000_000_000);
const DAY: i64 = 24 * 3_600_000;

pub fn look(language: &str) -> Look {
    Look { zone: jiff::tz::TimeZone::UTC, now: NOW, ..listing::tests::look(language) }
}

pub fn visitor(role: Role) -> Visitor {
    let account = json!({
        "id": "acc_1", "email": "ada@shop.example", "name": "Ada", "role": role, "created": NOW,
    });
    let account: Account = serde_json::from_value(account).unwrap();
    let (shop_name, here) = ("Tea".into(), "/orders".into());
    Visitor { shop: ShopId(1), shop_name, account, look: look("en"), halts: Vec::new(), here }
}

pub fn euro(amount: &str) -> Money {
    Money::parse(amount, Currency::parse("EUR").unwrap()).unwrap()
}

pub fn pipeline() -> Pipeline {
    let stages = vec![
        Stage::new("new", "New", StageKind::Open),
        Stage::new("paid", "Paid", StageKind::Open),
        Stage::new("done", "Done", StageKind::Won),
    ];
    Pipeline::new("orders", "Orders", OrderKind::Order, stages)
}

pub fn rule(id: &str, name: &str) -> RuleSpec {
    serde_json::from_value(json!({ "id": id, "name": name, "plugin": "rulewright.send-sms" })).unwrap()
}

pub fn config() -> ShopConfig {
    let shop: Shop = serde_json::from_value(json!({
        "id": "shop_1", "name": "Tea", "currency": "EUR", "locale": "en", "time_zone": "UTC",
    }))
    .unwrap();
    let off = RuleSpec { active: false, ..rule("r3", "Off") };
    let rules = vec![rule("r1", "Thank"), rule("r2", "Call"), off];
    let stages = BTreeMap::from([("new".into(), StageAutomation { triggers: Vec::new(), rules })]);
    let automation =
        Automation { pipeline: "orders".into(), revision: 7, published: NOW, by: None, draft: None, stages };
    let dana = Employee {
        id: EmployeeId(1),
        name: "Dana".into(),
        phone: None,
        work_phone: None,
        email: None,
        position: None,
        head: None,
        absent: false,
        working: true,
    };
    ShopConfig {
        shop,
        pipelines: [("orders".into(), pipeline())].into(),
        automations: [("orders".into(), automation)].into(),
        employees: [(EmployeeId(1), dana)].into(),
        ..runs::sample::config()
    }
}

pub fn order(id: i64) -> Order {
    Order {
        id: OrderId(id),
        revision: 3,
        kind: OrderKind::Order,
        number: (1_000 + id).to_string(),
        title: "Tea for two".into(),
        pipeline: "orders".into(),
        stage: "new".into(),
        visit: 1,
        created: NOW.plus(-3 * DAY),
        updated: NOW,
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: euro("84"),
        total_by: Default::default(),
        paid: euro("0"),
        canceled: false,
        responsible: Some(EmployeeId(1)),
        company: None,
        contacts: Vec::new(),
        source: Some("web".into()),
        comments: String::new(),
        lines: Default::default(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: Default::default(),
        fields: Default::default(),
        numbered: Default::default(),
    }
}

pub fn card(id: i64) -> Card {
    let order = order(id);
    Card {
        id: order.id,
        revision: order.revision,
        number: order.number,
        title: order.title,
        stage: order.stage,
        client: Some("Mira Holm".into()),
        total: order.total,
        responsible: Some("Dana".into()),
        since: NOW.plus(-3 * DAY),
        late: true,
        unpaid: false,
        canceled: false,
        mark: Some(Mark::Failed),
    }
}

/// Read as it is stored, so that a new part of a run that may be missing changes nothing here.
pub fn run(id: i64, state: RunState) -> Run {
    serde_json::from_value(json!({
        "id": RunId(id), "shop": ShopId(1), "order": OrderId(1), "rule": "r1", "rule_name": "Thank",
        "pipeline": "orders", "stage": "new", "revision": 7, "position": 0, "visit": 1, "digest": "abc",
        "state": state, "wake": {"type": "started"}, "step": 0, "attempt": 0, "conflicts": 0,
        "created": NOW, "ready_at": NOW, "ready_after": EventId(0), "ended": null, "event": EventId(1),
        "cause": Cause::from_outside(Actor::Host), "saved": null,
    }))
    .unwrap()
}
