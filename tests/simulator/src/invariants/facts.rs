//! What several checks read out of a trace.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{Actor, Event, OrderId, Run, RunId, kind};
use serde_json::{Value, json};

use crate::trace::{Began, Commit, Happened, Rest, Row, Trace};

/// All that the checks look at.
pub(super) struct Facts<'t> {
    pub trace: &'t Trace,
    pub rest: &'t Rest,
    /// In the order in which they were committed.
    pub steps: Vec<Step<'t>>,
    pub orders: Histories<'t>,
    /// What guests were given, with its place in the trace.
    pub began: Vec<(usize, &'t Began)>,
}

impl Facts<'_> {
    pub fn of<'t>(trace: &'t Trace, rest: &'t Rest) -> Facts<'t> {
        let began = trace.0.iter().enumerate().filter_map(|(place, one)| match one {
            Happened::Began(began) => Some((place, &**began)),
            _ => None,
        });
        Facts { trace, rest, steps: steps(trace), orders: histories(trace), began: began.collect() }
    }
}

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

fn steps(trace: &Trace) -> Vec<Step<'_>> {
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

/// Every state of every order, summed up from the events alone.
#[derive(Default)]
pub(super) struct Histories<'t> {
    pub of: BTreeMap<OrderId, Vec<Left<'t>>>,
    /// The first event whose change does not go on from the one before.
    pub wrong: Option<String>,
}

fn histories(trace: &Trace) -> Histories<'_> {
    let mut all = Histories::default();
    for (place, event) in events(trace) {
        let Some(id) = event.what.order else { continue };
        let history = all.of.entry(id).or_default();
        let before = history.last().map_or(Value::Null, |left| left.order.clone());
        let mut wrong = None;
        if let Some(order) = after(before, event, &mut wrong) {
            history.push(Left { place, event, order });
        }
        all.wrong = all.wrong.or(wrong);
    }
    all
}

/// None: the event tells of no change.
fn after(mut order: Value, event: &Event, wrong: &mut Option<String>) -> Option<Value> {
    let what = event.what.kind.as_str();
    if what == kind::ORDER_DELETED {
        return Some(Value::Null);
    }
    if !["order.", "payment.", "shipment."].iter().any(|part| what.starts_with(part)) {
        return None;
    }
    let Value::Object(mut changes) = event.what.data.value() else { return None };
    if what == kind::ORDER_CREATED {
        let mut order = changes.get_mut("order").map_or(Value::Null, |order| order["after"].take());
        forget_numbers(&mut order);
        return Some(order);
    }
    if order.is_null() {
        *wrong = Some(format!("{} changes an order that is not there", told(event)));
        return None;
    }
    for (part, change) in &changes {
        if order[part] != change["before"] {
            let (is, says) = (&order[part], &change["before"]);
            *wrong = Some(format!("{} says that `{part}` was {says}, and it was {is}", told(event)));
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
    Some(order)
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
