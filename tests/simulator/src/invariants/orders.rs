//! I4, I7, I15, I21: what orders are, and what steps see of them.

use rulewright_domain::OrderId;
use serde_json::{Value, json};

use super::facts::{Facts, Left, forget_numbers, told};
use crate::money::adds_up;

pub(super) fn i4(facts: &Facts<'_>) -> Result<(), String> {
    if let Some(wrong) = &facts.orders.wrong {
        return Err(wrong.clone());
    }
    for (id, stored) in &facts.rest.orders {
        let summed = facts.orders.of.get(id).and_then(|history| history.last());
        let summed = summed.map_or(&Value::Null, |left| &left.order);
        let mut stored = json!(stored.as_deref());
        forget_numbers(&mut stored);
        if *summed != stored {
            return Err(format!("{id} is {stored}, and its events make it {summed}"));
        }
    }
    Ok(())
}

pub(super) fn i7(facts: &Facts<'_>) -> Result<(), String> {
    for (place, began) in &facts.began {
        let mut known = facts.orders.of.get(&began.order.id).into_iter().flatten();
        // Of what a revision was, there is one truth, whoever has seen it.
        let of_then = |left: &&Left<'_>| left.order["revision"] == began.order.revision;
        let known = known.find(of_then).filter(|left| left.place < *place);
        let mut seen = json!(*began.order);
        forget_numbers(&mut seen);
        if known.is_none_or(|left| left.order != seen) {
            return Err(format!("step {} of {} saw what was never committed: {seen}", began.step, began.run));
        }
    }
    Ok(())
}

pub(super) fn i15(facts: &Facts<'_>) -> Result<(), String> {
    for step in &facts.steps {
        let (number, attempt) = (step.before.step, step.before.attempt);
        let mut traces = step.after.trace.iter().rev();
        let mine = traces.find(|one| (one.step, one.attempt) == (number, attempt));
        let Some(saw) = mine.map(|one| one.order_revision) else { continue };
        // Of steps that are committed together, only the last may change the order.
        let was = revision_before(facts, step.after.order, step.place);
        if let Some(was) = was.filter(|was| *was != saw) {
            let run = step.after.id;
            return Err(format!(
                "step {number} of {run} saw revision {saw} of its order, which was at {was}"
            ));
        }
    }
    Ok(())
}

fn revision_before(facts: &Facts<'_>, order: OrderId, place: usize) -> Option<u64> {
    let before = facts.orders.of.get(&order)?.iter().rev().find(|left| left.place < place)?;
    before.order["revision"].as_u64()
}

/// What a part of an order's money depends on.
const MONEY: [&str; 4] = ["lines", "payments", "total", "paid"];

pub(super) fn i21(facts: &Facts<'_>) -> Result<(), String> {
    for history in facts.orders.of.values() {
        let mut before = &Value::Null;
        for left in history {
            let same = MONEY.iter().all(|part| left.order[part] == before[part]);
            if !same && !adds_up(&left.order) {
                return Err(format!("after {} the order is {}", told(left.event), left.order));
            }
            before = &left.order;
        }
    }
    let stored = facts.rest.orders.values().flatten();
    match stored.map(|order| json!(**order)).find(|order| !adds_up(order)) {
        Some(order) => Err(format!("in the end, an order is {order}")),
        None => Ok(()),
    }
}
