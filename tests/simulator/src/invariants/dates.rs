//! I14b: rules that count from a date of their order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rulewright_domain::{Automation, OrderId, Reason, Run, RunId, RunState, ShopId, Timestamp, When, kind};
use serde_json::Value;

use super::facts::{Facts, commits};
use crate::{
    guest::DUE,
    trace::{Commit, Happened, Row},
    workload::What,
};

pub(super) fn i14b(facts: &Facts<'_>) -> Result<(), String> {
    let mut published = BTreeMap::<(ShopId, u64), &Arc<Automation>>::new();
    let mut runs = BTreeMap::<RunId, &Arc<Run>>::new();
    // Somebody wants them to run whatever the date.
    let retried: BTreeSet<RunId> = facts.trace.0.iter().filter_map(retried).collect();
    for (place, commit) in commits(facts.trace) {
        for row in &commit.rows {
            match row {
                Row::Published(shop, automation) => {
                    published.insert((*shop, automation.revision), automation);
                }
                Row::Run(run) => {
                    let before = runs.insert(run.id, run);
                    if !retried.contains(&run.id) {
                        let automation = published.get(&(run.shop, run.revision)).copied();
                        follows(before, run, automation, due(facts, run.order, place), commit.at)?;
                    }
                }
                _ => {}
            }
        }
        // Those that waited for a date have heard of it.
        for run in runs.values().filter(|run| lacks_date(run) && is_replanned(commit, run.order)) {
            if let Some(due) = due(facts, run.order, place) {
                return Err(format!("{} waits for a date, and its order has {due}", run.id));
            }
        }
    }
    Ok(())
}

fn retried(happened: &Happened) -> Option<RunId> {
    match happened {
        Happened::Asked { what, .. } => match what.what {
            What::RetryRun(run) => Some(run),
            _ => None,
        },
        _ => None,
    }
}

/// No run begins before what its order's date makes of its time, nor without a date.
fn follows(
    before: Option<&Arc<Run>>,
    run: &Run,
    automation: Option<&Arc<Automation>>,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), String> {
    let rules = automation.and_then(|one| one.stages.get(&run.stage)).map(|on| &on.rules);
    let rule = rules.and_then(|rules| rules.iter().find(|rule| rule.id == run.rule));
    let Some(When::AtField { offset_seconds, .. }) = rule.map(|rule| &rule.when) else { return Ok(()) };
    if lacks_date(run)
        && let Some(due) = due
    {
        return Err(format!("{} has no date to count from, and its order has {due}", run.id));
    }
    // Whoever was ready before, and waited for something else, has had its time.
    let planned = |before: &Arc<Run>| match &before.state {
        RunState::Blocked { .. } | RunState::Scheduled { .. } => true,
        RunState::Parked { .. } => lacks_date(before),
        _ => false,
    };
    let begins = (run.step, run.attempt) == (0, 0) && run.state == RunState::Ready;
    if !begins || !before.is_none_or(planned) {
        return Ok(());
    }
    match due.map(|due| due.plus(offset_seconds * 1_000)) {
        Some(at) if at <= now => Ok(()),
        at => Err(format!("{} was to begin at {at:?} and was ready at {now}", run.id)),
    }
}

fn lacks_date(run: &Run) -> bool {
    let RunState::Parked { reason } = &run.state else { return false };
    matches!(Reason::read(reason), Reason::DateEmpty { .. })
}

/// The order's date as a commit left it.
fn due(facts: &Facts<'_>, order: OrderId, place: usize) -> Option<Timestamp> {
    let left = facts.orders.of.get(&order)?.iter().rev().find(|left| left.place <= place)?;
    Timestamp::parse(left.order["fields"][DUE].as_str()?).ok()
}

/// The date of the order changes in this commit.
pub(super) fn is_replanned(commit: &Commit, order: OrderId) -> bool {
    commit.rows.iter().any(|row| match row {
        Row::Event(event) if event.what.kind == kind::FIELDS_CHANGED && event.what.order == Some(order) => {
            let names = event.what.attrs.get("fields").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|name| name == DUE))
        }
        _ => false,
    })
}
