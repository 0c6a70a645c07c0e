use rulewright_domain::{
    ConditionTrace,
    why::{Because, StageVisit, Unmoved, Why, WhyTrigger},
};
use serde_json::json;

use super::*;
use crate::orders::{sample, timeline::Past};

fn seen() -> Seen {
    let (config, order, past) = (sample::config().into(), sample::order(1).into(), Past::default());
    Seen { config, order, clients: Vec::new(), runs: Vec::new(), past }
}

fn visit(visit: u64, stage: &str) -> StageVisit {
    StageVisit {
        visit,
        pipeline: "orders".into(),
        stage: stage.into(),
        entered: sample::NOW,
        by: "Ada".into(),
        historical: false,
        left: None,
    }
}

fn told(language: &str, because: Because) -> String {
    let rule = Why {
        rule: "r1".into(),
        name: "Thank".into(),
        plugin: "rulewright.send-sms".into(),
        position: 0,
        because,
        run: Some(RunId(7)),
        revision: Some(7),
        retries: 0,
        removed: false,
    };
    let trigger = WhyTrigger {
        trigger: "t1".into(),
        name: "Payment received".into(),
        plugin: "rulewright.payment".into(),
        stage: "paid".into(),
        because: Unmoved::NoEvent { kinds: ["payment.received".to_owned()].into() },
        asked: None,
        events: 0,
    };
    let visits = vec![visit(1, "paid"), visit(2, "new")];
    let why = OrderWhy { visit: visits[1].clone(), visits, rules: vec![rule], triggers: vec![trigger] };
    panel(&sample::look(language), &seen(), &why).into_string()
}

#[test]
fn a_condition_that_was_not_met_is_told_with_both_sides() {
    let condition: ConditionTrace = serde_json::from_value(json!({"met": false, "compared": [
        {"field": "order.total", "operator": "at-least", "expected": "100.00", "actual": "84.00", "met": false},
        {"field": "client.phone", "operator": "filled", "expected": null, "actual": null, "met": false},
        {"field": "order.source", "operator": "equals", "expected": "web", "actual": "web", "met": true},
    ]}))
    .unwrap();
    let html = told("en", Because::ConditionFalse { at: sample::NOW, condition });
    assert!(html.contains("order.total 84.00 is not &gt;= 100.00"), "{html}");
    assert!(html.contains("client.phone is empty") && !html.contains("order.source"), "{html}");
    assert!(html.contains("/runs/run_7"), "{html}");
}

#[test]
fn a_rule_that_was_stopped_says_where_the_order_went_and_when() {
    let to = Some(("orders".into(), "paid".into()));
    let because = Because::StageLeft { at: sample::NOW, to, by: "Dana".into() };
    let html = told("en", because.clone());
    assert!(html.contains("Dana moved the order to Paid") && html.contains("<time datetime="), "{html}");
    assert!(told("de", because).contains("Dana hat den Auftrag nach Paid verschoben"));
}

#[test]
fn earlier_visits_can_be_looked_at_and_triggers_say_what_they_wait_for() {
    let html = told("en", Because::NotStarted);
    assert!(html.contains("/orders/ord_1?visit=1#why") && html.contains("Payment received → Paid"), "{html}");
    assert!(html.contains("payment.received"), "{html}");
}

#[test]
fn a_rule_that_was_added_later_says_by_which_revision() {
    let because = Because::AddedAfter { revision: 9, published: sample::NOW, entered: sample::NOW };
    assert!(told("en", because).contains("Revision 9"));
}
