//! Automations that nobody would write.

use super::*;

/// Rules and triggers on three to five stages. Rule ids are the same in every revision, so that what a run does shows
/// which revision it follows.
pub(super) fn automation(chance: &mut Chance, staff: &[EmployeeId]) -> Value {
    let mut stages = STAGES.to_vec();
    for _ in 0..chance.between(1, 3) {
        let left_out = chance.of(&stages);
        stages.retain(|stage| *stage != left_out);
    }
    let on = |stage: &&str| {
        let rules = 0..chance.between(0, 3);
        let rules: Vec<_> = rules.map(|n| a_rule(chance, &format!("{stage}-{n}"), n == 0, staff)).collect();
        let triggers = 0..chance.between(0, 2);
        let triggers: Vec<_> = triggers.map(|n| a_trigger(chance, &format!("to-{stage}-{n}"))).collect();
        ((*stage).to_owned(), json!({ "triggers": triggers, "rules": rules }))
    };
    let mut all = stages.iter().map(on).collect::<Map<_, _>>();
    let mut add = |stage: usize, id: &str, plugin: &str, settings: Value| {
        let id = format!("{}-{id}", stages[stage]);
        all[stages[stage]]["rules"].as_array_mut().unwrap().push(rule(&id, plugin, settings));
    };
    if chance.percent(25) {
        // Two stages that chase an order, which somebody has to stop.
        add(0, "chase", "rulewright.change-status", json!({ "stage": stages[1] }));
        add(1, "chase", "rulewright.change-status", json!({ "stage": stages[0] }));
    }
    if chance.percent(30) {
        // Two that count at the same time.
        for id in ["one", "two"] {
            add(2, id, "test.counts", json!({}));
        }
    }
    all.into()
}

pub(super) fn a_rule(chance: &mut Chance, id: &str, first: bool, staff: &[EmployeeId]) -> Value {
    let days = chance.between(1, 4);
    let palette = [
        ("rulewright.add-comment", json!({ "text": "Order {{ order.number }}" })),
        ("rulewright.allow-delivery", json!({})),
        ("rulewright.change-responsible", json!({ "employees": staff })),
        ("rulewright.change-status", json!({ "stage": chance.of(&STAGES) })),
        ("rulewright.change-status", json!({ "stage": chance.of(&STAGES) })),
        ("rulewright.generate-code", json!({ "length": 8 })),
        ("rulewright.pay-order", json!({})),
        ("rulewright.send-sms", json!({ "text": "Order {{ order.number }} is on its way" })),
        ("rulewright.set-shipment-status", json!({ "status": "handed-over" })),
        ("rulewright.task", json!({ "title": "Pack it", "deadline": 1 })),
        ("rulewright.wait", json!({ "until": { "kind": "after", "amount": days, "unit": "days" } })),
        ("test.counts", json!({})),
        ("test.fails", json!({ "text": chance.of(&["never", "config", "transient"]) })),
        ("test.floods-effects", json!({ "amount": chance.between(1, 5) })),
        ("test.keeps-count", json!({})),
        // More than five tries nobody gets.
        ("test.retries", json!({ "amount": chance.between(1, 7) })),
        ("test.traps-after-staging", json!({})),
        ("test.waits", json!({ "amount": chance.between(1_000, 3 * DAY) })),
        ("test.waits-for-event", json!({ "text": "form.submitted" })),
    ];
    let (plugin, settings) = chance.of(&palette);
    let mut rule = rule(id, plugin, settings);
    if !first && chance.percent(40) {
        rule["after-previous"] = true.into();
        rule["on-previous-failed"] = chance.of(&["stop", "run-anyway"]).into();
    }
    if chance.percent(35) {
        let seconds = chance.between(1, 3 * DAY / 1000);
        rule["when"] = chance.of(&[
            json!({ "run": "after", "seconds": seconds }),
            json!({ "run": "after", "seconds": seconds, "working-hours": true }),
            json!({ "run": "at-field", "field": "meeting", "offset-seconds": seconds - DAY / 1000 }),
            json!({ "run": "at-time-of-day", "time": "09:30" }),
        ]);
    }
    if chance.percent(20) {
        rule["condition"] = a_condition(chance);
    }
    rule["active"] = (!chance.percent(8)).into();
    rule
}

pub(super) fn a_trigger(chance: &mut Chance, id: &str) -> Value {
    let palette = [
        ("rulewright.incoming-call", json!({})),
        ("rulewright.order-canceled", json!({})),
        ("rulewright.order-field-changed", json!({ "field": "colour" })),
        // With what rules change, this goes round in circles.
        ("rulewright.order-field-changed", json!({ "field": "count" })),
        ("rulewright.payment", json!({ "payment": "any" })),
        ("rulewright.payment", json!({ "payment": "full" })),
        ("rulewright.shipment-approved", json!({})),
        ("test.watches", json!({ "field": "meeting", "offset-minutes": -60 })),
    ];
    let (plugin, settings) = chance.of(&palette);
    let mut trigger = rule(id, plugin, settings);
    trigger["allow-previous"] = chance.percent(60).into();
    trigger["include-changes-by-rules"] = chance.percent(50).into();
    if chance.percent(15) {
        trigger["condition"] = a_condition(chance);
    }
    trigger
}

pub(super) fn a_condition(chance: &mut Chance) -> Value {
    chance.of(&[
        json!({ "field": "order.total", "operator": "greater-than", "value": 20 }),
        json!({ "field": "order.fully-paid", "operator": "equals", "value": true }),
        json!({ "field": "order.fields.colour", "operator": "equals", "value": "red" }),
    ])
}
