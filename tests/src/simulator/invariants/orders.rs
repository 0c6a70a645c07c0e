//! I4, I7, I15, I21: what orders are, and what steps see of them.

use std::collections::BTreeMap;

use rulewright_domain::OrderId;
use serde_json::{Value, json};

use super::facts::{Left, forget_numbers, histories, steps, told};
use crate::{
    money::adds_up,
    simulator::trace::{Happened, Rest, Trace},
};

pub(super) fn i4(trace: &Trace, rest: &Rest) -> Result<(), String> {
    let histories = histories(trace)?;
    for (id, stored) in &rest.orders {
        let summed = histories.get(id).and_then(|history| history.last());
        let summed = summed.map_or(&Value::Null, |left| &left.order);
        let mut stored = json!(stored.as_deref());
        forget_numbers(&mut stored);
        if *summed != stored {
            return Err(format!("{id} is {stored}, and its events make it {summed}"));
        }
    }
    Ok(())
}

pub(super) fn i7(trace: &Trace, _: &Rest) -> Result<(), String> {
    let histories = histories(trace)?;
    for (place, happened) in trace.0.iter().enumerate() {
        let Happened::Began(began) = happened else { continue };
        let mut seen = json!(*began.order);
        forget_numbers(&mut seen);
        let mut known = histories.get(&began.order.id).into_iter().flatten();
        if !known.any(|left| left.place < place && left.order == seen) {
            return Err(format!("step {} of {} saw what was never committed: {seen}", began.step, began.run));
        }
    }
    Ok(())
}

pub(super) fn i15(trace: &Trace, _: &Rest) -> Result<(), String> {
    let histories = histories(trace)?;
    for step in steps(trace) {
        let (step_number, attempt) = (step.before.step, step.before.attempt);
        let mut traces = step.after.trace.iter().rev();
        let mine = traces.find(|one| (one.step, one.attempt) == (step_number, attempt));
        let Some(saw) = mine.map(|one| one.order_revision) else { continue };
        // Of steps that are committed together, only the last may change the order.
        let was = revision_before(&histories, step.after.order, step.place);
        if was.is_some_and(|was| was != saw) {
            let (run, was) = (step.after.id, was.unwrap_or_default());
            return Err(format!(
                "step {step_number} of {run} saw revision {saw} of its order, which was at {was}"
            ));
        }
    }
    Ok(())
}

fn revision_before(
    histories: &BTreeMap<OrderId, Vec<Left<'_>>>,
    order: OrderId,
    place: usize,
) -> Option<u64> {
    let before = histories.get(&order)?.iter().rev().find(|left| left.place < place)?;
    before.order["revision"].as_u64()
}

pub(super) fn i21(trace: &Trace, rest: &Rest) -> Result<(), String> {
    for left in histories(trace)?.values().flatten() {
        if !adds_up(&left.order) {
            return Err(format!("after {} the order is {}", told(left.event), left.order));
        }
    }
    for happened in &trace.0 {
        let Happened::Began(began) = happened else { continue };
        let seen = json!(*began.order);
        if !adds_up(&seen) {
            return Err(format!("step {} of {} saw {seen}", began.step, began.run));
        }
    }
    match rest.orders.values().flatten().map(|order| json!(**order)).find(|order| !adds_up(order)) {
        Some(order) => Err(format!("in the end, an order is {order}")),
        None => Ok(()),
    }
}
