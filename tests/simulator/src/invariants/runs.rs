//! I1, I2, I10, I15b, I16, I17, L1: events and what comes of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rulewright_domain::{
    Actor, Automation, Cause, Event, EventId, OrderId, Reason, Run, RunId, RunState, ShopId, StageId,
    Verdict, kind,
};
use serde_json::Value;

use super::facts::{Facts, commits, events, told};
use crate::{
    guest::HEARD,
    trace::{Began, Happened, Rest, Row, Trace},
    workload::What,
};

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.what.attrs.get(name).and_then(Value::as_str)
}

pub(super) fn i1(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    accepted(trace)?;
    let mut started = BTreeMap::<EventId, Vec<&Run>>::new();
    for run in rest.runs.values() {
        started.entry(run.event).or_default().push(run);
    }
    // What was the running one in each shop when the event came.
    let mut running = BTreeMap::<ShopId, &Arc<Automation>>::new();
    let mut ended = BTreeMap::<RunId, &Run>::new();
    let retried = retried(trace, rest);
    for (_, commit) in commits(trace) {
        for row in &commit.rows {
            match row {
                Row::Published(shop, automation) => {
                    running.insert(*shop, automation);
                }
                Row::Event(event) => {
                    let automation = running.get(&event.shop).copied();
                    starts(event, automation, started.get(&event.id).map_or(&[][..], Vec::as_slice))?;
                    asks(event, automation, trace, rest)?;
                }
                Row::Run(run) => {
                    let before = ended.insert(run.id, run).filter(|before| before.state.is_terminal());
                    let again = before.filter(|before| before.state != run.state);
                    if let Some(before) = again.filter(|_| !retried.contains(&(run.order, run.visit))) {
                        let (id, was, is) = (run.id, before.state.name(), run.state.name());
                        return Err(format!("{id} had ended as {was}, and then it was {is}"));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whoever was told yes finds it: it was committed before.
fn accepted(trace: &Trace) -> Result<(), String> {
    let mut there = BTreeSet::<EventId>::new();
    for happened in &trace.0 {
        match happened {
            Happened::Committed(commit) => there.extend(commit.rows.iter().filter_map(|row| match row {
                Row::Event(event) => Some(event.id),
                _ => None,
            })),
            Happened::Answered { ask, answer: Ok(receipt) } => {
                if let Some(lost) = receipt.events.iter().find(|id| !there.contains(id)) {
                    return Err(format!("request {ask} was answered with {lost}, which is not there"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Visits in which somebody has a failed run retried; it brings back those that were to run after it.
fn retried(trace: &Trace, rest: &Rest) -> BTreeSet<(OrderId, u64)> {
    let wanted = trace.0.iter().filter_map(|one| match one {
        Happened::Asked { what, .. } => match what.what {
            What::RetryRun(run) => rest.runs.get(&run),
            _ => None,
        },
        _ => None,
    });
    wanted.map(|run| (run.order, run.visit)).collect()
}

/// Of an entry into a stage, one run for each active rule, in list order; of everything else, none.
fn starts(event: &Event, automation: Option<&Arc<Automation>>, runs: &[&Run]) -> Result<(), String> {
    let stage = match event.what.kind.as_str() {
        kind::ORDER_CREATED => attr(event, "stage"),
        kind::STAGE_CHANGED => attr(event, "to"),
        _ => None,
    };
    let on = automation.zip(stage).and_then(|(one, stage)| one.stages.get(&StageId::from(stage)));
    let rules = on.into_iter().flat_map(|on| &on.rules).filter(|rule| rule.active);
    let revision = automation.map_or(0, |one| one.revision);
    let expected: Vec<(&str, u64)> = rules.map(|rule| (rule.id.0.as_str(), revision)).collect();
    let found: Vec<(&str, u64)> = runs.iter().map(|run| (run.rule.0.as_str(), run.revision)).collect();
    match expected == found {
        true => Ok(()),
        false => Err(format!("{} was to start {expected:?} and started {found:?}", told(event))),
    }
}

/// Every trigger that listens is asked once and answers, and what it moves is moved once.
fn asks(
    event: &Event,
    automation: Option<&Arc<Automation>>,
    trace: &Trace,
    rest: &Rest,
) -> Result<(), String> {
    if !HEARD.contains(&event.what.kind.as_str()) {
        return Ok(());
    }
    let on = automation.into_iter().flat_map(|one| one.stages.values());
    let listening: BTreeSet<_> = on.flat_map(|on| &on.triggers).map(|one| &one.id).collect();
    let matches: Vec<_> = rest.matches.values().filter(|one| one.event == event.id).collect();
    let asked: Vec<_> = matches.iter().flat_map(|one| &one.candidates).collect();
    let found: BTreeSet<_> = asked.iter().map(|one| &one.trigger).collect();
    let answered = asked.iter().all(|one| one.verdict.is_some());
    let moved = asked.iter().filter(|one| matches!(one.verdict, Some(Verdict::Moved { .. }))).count();
    let by_it =
        |one: &Event| one.cause.parent == Some(event.id) && matches!(one.cause.by, Actor::Trigger { .. });
    let moves = events(trace).filter(|(_, one)| by_it(one)).count();
    let right = found == listening && matches.len() <= 1 && moved <= 1 && moves == moved;
    match right && (answered || rest.exhausted) {
        true => Ok(()),
        false => Err(format!("{} was for {listening:?}, asked {asked:?} and moved {moves}", told(event))),
    }
}

pub(super) fn i2(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    let mut left = BTreeMap::<&str, BTreeSet<String>>::new();
    for (_, event) in events(trace) {
        let key = match event.what.kind.as_str() {
            kind::ORDER_CREATED => attr(event, "source"),
            kind::FORM_SUBMITTED => attr(event, "key"),
            _ => None,
        };
        left.entry(key.unwrap_or_default()).or_default().insert(told(event));
    }
    for order in rest.orders.values().flatten() {
        for payment in &order.payments {
            let key = payment.system.as_deref().unwrap_or_default();
            left.entry(key).or_default().insert(format!("{} of {}", payment.id, order.id));
        }
    }
    // Those that nobody has sent.
    left.remove("");
    if let Some((key, twice)) = left.iter().find(|(_, all)| all.len() > 1) {
        return Err(format!("{key} left {twice:?}"));
    }
    let (mut keys, mut answers) = (BTreeMap::new(), BTreeMap::<&str, &[EventId]>::new());
    for happened in &trace.0 {
        match happened {
            Happened::Asked { ask, what } => {
                keys.insert(*ask, what.key.as_deref());
            }
            Happened::Answered { ask, answer: Ok(receipt) } => {
                let Some(key) = keys.get(ask).copied().flatten() else { continue };
                let first = *answers.entry(key).or_insert(receipt.events.as_slice());
                if first != receipt.events.as_slice() {
                    return Err(format!("{key} was answered with {first:?}, then with {:?}", receipt.events));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn i10(facts: &Facts<'_>) -> Result<(), String> {
    let mut runs = BTreeMap::<RunId, &Run>::new();
    for (place, happened) in facts.trace.0.iter().enumerate() {
        match happened {
            Happened::Committed(commit) => {
                for row in &commit.rows {
                    let Row::Run(run) = row else { continue };
                    let Some(before) = runs.insert(run.id, run) else { continue };
                    if before.digest != run.digest && !waited_for_plugin(before) {
                        let (id, was, is) = (run.id, &before.digest, &run.digest);
                        return Err(format!("{id} began with {was} and went over to {is}"));
                    }
                }
            }
            Happened::Began(began) => {
                let pinned = runs.get(&began.run).map(|run| &run.digest);
                let begun_early = || is_pinned_next(facts, place, began);
                if pinned != Some(&began.digest) && !begun_early() && !facts.is_in_vain(place, began) {
                    let (run, with) = (began.run, &began.digest);
                    return Err(format!("{run} is pinned to {pinned:?} and was given to {with}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// It has begun before the commit that makes it ready.
fn is_pinned_next(facts: &Facts<'_>, place: usize, began: &Began) -> bool {
    let rows = facts.next_commit(place).into_iter().flat_map(|(_, commit)| &commit.rows);
    let mut runs = rows.filter_map(|row| match row {
        Row::Run(run) if run.id == began.run => Some(&run.digest),
        _ => None,
    });
    runs.next() == Some(&began.digest)
}

/// It had not begun, because its plugin was paused: it begins with the version that is in use by then.
fn waited_for_plugin(run: &Run) -> bool {
    let RunState::Parked { reason } = &run.state else { return false };
    (run.step, run.attempt) == (0, 0) && matches!(Reason::read(reason), Reason::PluginPaused { .. })
}

pub(super) fn i15b(facts: &Facts<'_>) -> Result<(), String> {
    let mut last = BTreeMap::<(usize, OrderId), (u64, u32, RunId)>::new();
    // What a step of the same transaction has made ready comes after it, wherever it is in the list.
    for step in facts.steps.iter().filter(|step| step.waited) {
        let run = step.after;
        let place = (run.visit, run.position, run.id);
        if let Some(before) = last.insert((step.place, run.order), place).filter(|before| *before > place) {
            let (visit, position, id) = place;
            return Err(format!("{id} (visit {visit}, position {position}) was committed after {before:?}"));
        }
    }
    Ok(())
}

pub(super) fn i16(facts: &Facts<'_>) -> Result<(), String> {
    let (mut alive, mut at) = (0, BTreeMap::<RunId, u32>::new());
    for happened in &facts.trace.0 {
        match happened {
            Happened::Started { life } => alive = *life,
            Happened::Committed(commit) => {
                if commit.life != alive {
                    return Err(format!("life {} wrote in life {alive}", commit.life));
                }
                for row in &commit.rows {
                    let Row::Run(run) = row else { continue };
                    let before = at.insert(run.id, run.step).unwrap_or(0);
                    if run.step < before || run.step > before + 1 {
                        return Err(format!("{} went from step {before} to step {}", run.id, run.step));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn i17(facts: &Facts<'_>) -> Result<(), String> {
    let mut depths = BTreeMap::<EventId, u16>::new();
    for (_, event) in events(facts.trace) {
        let cause = &event.cause;
        let above = cause.parent.map_or(0, |parent| depths.get(&parent).copied().unwrap_or_default());
        let depth = above + u16::from(cause.by.is_automation());
        depths.insert(event.id, depth);
        if cause.depth != depth {
            return Err(format!(
                "{} says that it is {} links deep, and it is {depth}",
                told(event),
                cause.depth
            ));
        }
        if depth > Cause::MAX_DEPTH {
            return Err(format!("{} is {depth} links deep", told(event)));
        }
    }
    Ok(())
}

pub(super) fn l1(facts: &Facts<'_>) -> Result<(), String> {
    let (mut runs, mut visits) = (BTreeMap::<RunId, &Run>::new(), BTreeMap::<OrderId, u64>::new());
    for (_, commit) in commits(facts.trace) {
        let mut left = BTreeSet::new();
        for row in &commit.rows {
            match row {
                Row::Run(run) => {
                    runs.insert(run.id, run);
                }
                Row::Event(event) => {
                    let Some(order) = event.what.order else { continue };
                    let visit = visits.entry(order).or_insert(1);
                    match event.what.kind.as_str() {
                        kind::STAGE_CHANGED => *visit += 1,
                        kind::ORDER_DELETED => *visit = u64::MAX,
                        _ => continue,
                    }
                    left.insert(order);
                }
                _ => {}
            }
        }
        for order in left {
            let visit = visits.get(&order).copied().unwrap_or_default();
            let stays = |run: &&&Run| run.order == order && run.visit < visit && !run.state.is_terminal();
            if let Some(run) = runs.values().find(stays) {
                let state = run.state.name();
                return Err(format!("{order} left the stage of {}, which is {state}", run.id));
            }
        }
    }
    Ok(())
}
