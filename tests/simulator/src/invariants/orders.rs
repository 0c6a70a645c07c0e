//! I4, I7, I15, I21: what orders are, and what steps see of them.

use rulewright_domain::Actor;
use serde_json::{Value, json};

use super::facts::{Facts, Left, Step, forget_numbers, told};
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
        let known = known.find(of_then);
        let mut seen = json!(*began.order);
        forget_numbers(&mut seen);
        let known = known.filter(|left| left.order == seen && facts.may_be_seen(*place, left.place));
        if known.is_none() && !facts.is_in_vain(*place, began) {
            return Err(format!("step {} of {} saw what was never committed: {seen}", began.step, began.run));
        }
    }
    Ok(())
}

pub(super) fn i15(facts: &Facts<'_>) -> Result<(), String> {
    for step in &facts.steps {
        let (number, attempt) = (step.number, step.attempt);
        let mut traces = step.after.trace.iter().rev();
        let mine = traces.find(|one| (one.step, one.attempt) == (number, attempt));
        let Some(saw) = mine.map(|one| one.order_revision) else { continue };
        let was = revisions_at(facts, step);
        if !was.is_empty() && !was.contains(&saw) {
            let run = step.after.id;
            return Err(format!(
                "step {number} of {run} saw revision {saw} of its order, which was at {was:?}"
            ));
        }
    }
    Ok(())
}

/// What the order may have been at when the step was committed: the revision before what it changed itself. Where that is
/// nothing, the one before the commit; or one of its own, where several were let into it.
fn revisions_at(facts: &Facts<'_>, step: &Step<'_>) -> Vec<u64> {
    let Some(history) = facts.orders.of.get(&step.after.order) else { return Vec::new() };
    let by_it = |left: &Left<'_>| {
        left.place == step.place
            && matches!(&left.event.cause.by, Actor::Rule { run, .. } if *run == step.after.id)
    };
    let before = |place: usize| history.iter().take_while(|left| left.place < place).count();
    let (from, to) = match (history.iter().position(by_it), history.iter().rposition(by_it)) {
        // A step may follow from the one before it in the same transaction.
        (Some(first), Some(last)) if step.shared => (first, last + 1),
        (Some(first), _) => (first, first),
        _ => (before(step.place), before(step.place + usize::from(step.shared))),
    };
    let seen = history.iter().take(to).skip(from.saturating_sub(1));
    seen.filter_map(|left| left.order["revision"].as_u64()).collect()
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
