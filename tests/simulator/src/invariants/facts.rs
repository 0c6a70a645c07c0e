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
    lives: Vec<Life>,
}

/// Where the engine has started, and whether a transaction of that life was undone.
struct Life {
    start: usize,
    undone: bool,
}

impl Facts<'_> {
    pub fn of<'t>(trace: &'t Trace, rest: &'t Rest) -> Facts<'t> {
        let began = trace.0.iter().enumerate().filter_map(|(place, one)| match one {
            Happened::Began(began) => Some((place, &**began)),
            _ => None,
        });
        Facts {
            trace,
            rest,
            steps: steps(trace),
            orders: histories(trace),
            began: began.collect(),
            lives: lives(trace),
        }
    }

    fn life_of(&self, place: usize) -> Option<&Life> {
        self.lives.iter().rev().find(|life| life.start <= place)
    }

    fn is_of_one_life(&self, one: usize, other: usize) -> bool {
        let start = |place| self.life_of(place).map(|life| life.start);
        start(one) == start(other)
    }

    /// The commit of the transaction that was open, where one was: there is one at a time.
    pub fn next_commit(&self, place: usize) -> Option<(usize, &Commit)> {
        commits(self.trace)
            .find(|(commit, _)| *commit > place)
            .filter(|(at, _)| self.is_of_one_life(place, *at))
    }

    /// Whether a commit is one that a step may have seen: an earlier one, or the one that it began before.
    pub fn may_be_seen(&self, began: usize, commit: usize) -> bool {
        commit < began || self.next_commit(began).is_some_and(|(next, _)| next == commit)
    }

    /// Whether a step may have begun on what no transaction has left in the end: one was lost, and the step with it.
    pub fn is_in_vain(&self, place: usize, began: &Began) -> bool {
        let key = (began.run, began.step, began.attempt);
        let again = |(_, one): &&(usize, &Began)| (one.run, one.step, one.attempt) == key;
        let again = self.began.iter().filter(again).map(|(place, _)| *place).find(|next| *next > place);
        let mine = |step: &&Step<'_>| (step.after.id, step.number, step.attempt) == key && step.place > place;
        let committed = self.steps.iter().find(mine).filter(|step| self.is_of_one_life(place, step.place));
        let is_mine = committed.is_some_and(|step| again.is_none_or(|again| again > step.place));
        let crashed = self.lives.last().is_some_and(|last| last.start > place);
        let open_at_the_crash = crashed && self.next_commit(place).is_none();
        !is_mine && (open_at_the_crash || self.life_of(place).is_some_and(|life| life.undone))
    }
}

fn lives(trace: &Trace) -> Vec<Life> {
    let mut lives: Vec<Life> = Vec::new();
    for (start, happened) in trace.0.iter().enumerate() {
        match (happened, lives.last_mut()) {
            (Happened::Started { .. }, _) => lives.push(Life { start, undone: false }),
            (Happened::Undone { .. }, Some(life)) => life.undone = true,
            _ => {}
        }
    }
    lives
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
    /// With others that were let in.
    pub shared: bool,
    /// It was ready before the transaction.
    pub waited: bool,
    pub number: u32,
    pub attempt: u32,
    pub after: &'t Arc<Run>,
}

fn steps(trace: &Trace) -> Vec<Step<'_>> {
    let (mut last, mut found) = (BTreeMap::<RunId, (usize, &Arc<Run>)>::new(), Vec::new());
    for (place, commit) in commits(trace) {
        for row in &commit.rows {
            let Row::Run(after) = row else { continue };
            // Of a run that begins in the same commit there is no row from before.
            let before = last.insert(after.id, (place, after));
            let (number, attempt) = before.map_or((0, 0), |(_, before)| (before.step, before.attempt));
            if number < after.step {
                let waited = before.is_some_and(|(earlier, _)| earlier < place);
                found.push(Step { place, shared: commit.joined, waited, number, attempt, after });
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
