//! What several checks read out of a trace.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{Actor, Event, OrderId, Run, RunId, kind};
use serde_json::{Value, json};

use crate::simulator::trace::{Commit, Happened, Row, Trace};

/// Commits, with their places in the trace.
pub(super) fn commits(trace: &Trace) -> impl Iterator<Item = (usize, &Commit)> {
    trace.0.iter().enumerate().filter_map(|(place, one)| match one {
        Happened::Committed(commit) => Some((place, commit)),
        _ => None,
    })
}

/// Events in the order of their commits.
pub(super) fn events(trace: &Trace) -> impl Iterator<Item = (usize, &Arc<Event>)> {
    commits(trace).flat_map(|(place, commit)| {
        commit.rows.iter().filter_map(move |row| match row {
            Row::Event(event) => Some((place, event)),
            _ => None,
        })
    })
}

/// A step whose outcome was committed.
pub(super) struct Step<'t> {
    pub place: usize,
    pub before: &'t Arc<Run>,
    pub after: &'t Arc<Run>,
}

/// In the order in which they were committed.
pub(super) fn steps(trace: &Trace) -> Vec<Step<'_>> {
    let (mut last, mut found) = (BTreeMap::<RunId, &Arc<Run>>::new(), Vec::new());
    for (place, commit) in commits(trace) {
        for row in &commit.rows {
            let Row::Run(after) = row else { continue };
            if let Some(before) = last.insert(after.id, after).filter(|before| before.step < after.step) {
                found.push(Step { place, before, after });
            }
        }
    }
    found
}

/// An order as one event left it; null where it was deleted.
pub(super) struct Left<'t> {
    pub place: usize,
    pub event: &'t Arc<Event>,
    pub order: Value,
}

/// Every state of every order, summed up from the events alone. An event whose change does not go on from the one
/// before is an error.
pub(super) fn histories(trace: &Trace) -> Result<BTreeMap<OrderId, Vec<Left<'_>>>, String> {
    let mut all = BTreeMap::<OrderId, Vec<Left<'_>>>::new();
    for (place, event) in events(trace) {
        let Some(id) = event.what.order else { continue };
        let history = all.entry(id).or_default();
        let before = history.last().map_or(Value::Null, |left| left.order.clone());
        if let Some(order) = after(before, event)? {
            history.push(Left { place, event, order });
        }
    }
    Ok(all)
}

/// None: the event tells of no change.
fn after(mut order: Value, event: &Event) -> Result<Option<Value>, String> {
    let what = event.what.kind.as_str();
    if what == kind::ORDER_DELETED {
        return Ok(Some(Value::Null));
    }
    if !["order.", "payment.", "shipment."].iter().any(|part| what.starts_with(part)) {
        return Ok(None);
    }
    let Value::Object(mut changes) = event.what.data.value() else { return Ok(None) };
    if what == kind::ORDER_CREATED {
        let mut order = changes.get_mut("order").map_or(Value::Null, |order| order["after"].take());
        forget_numbers(&mut order);
        return Ok(Some(order));
    }
    if order.is_null() {
        return Err(format!("{} changes an order that is not there", told(event)));
    }
    for (part, change) in &changes {
        if order[part] != change["before"] {
            let (is, says) = (&order[part], &change["before"]);
            return Err(format!("{} says that `{part}` was {says}, and it was {is}", told(event)));
        }
        order[part] = change["after"].clone();
    }
    let next = |number: &Value| json!(number.as_u64().unwrap_or_default() + 1);
    if changes.contains_key("stage") {
        order["visit"] = next(&order["visit"]);
        order["moved"] = json!(event.at);
    }
    order["revision"] = next(&order["revision"]);
    order["updated"] = json!(event.at);
    Ok(Some(order))
}

/// Numbers that were given once are remembered beside what the events tell.
pub(super) fn forget_numbers(order: &mut Value) {
    if let Some(parts) = order.as_object_mut() {
        parts.remove("numbered");
    }
}

/// By what it is known in a report.
pub(super) fn told(event: &Event) -> String {
    let by = match &event.cause.by {
        Actor::Rule { run, .. } => run.to_string(),
        by => by.name().to_owned(),
    };
    let about = event.what.order.map(|order| format!(" of {order}")).unwrap_or_default();
    format!("{} ({}{about}, by {by})", event.id, event.what.kind)
}
