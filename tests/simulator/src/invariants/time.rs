//! I14, I18: times that come, and an end.

use std::collections::BTreeMap;

use rulewright_domain::{MessageId, MessageState, Run, RunId, RunState, Timestamp, Wake};

use super::{
    dates::is_replanned,
    facts::{Facts, commits},
};
use crate::trace::{Commit, Happened, Row, Said, Trace, is_settled};

pub(super) fn i14(facts: &Facts<'_>) -> Result<(), String> {
    // What each step said last.
    let mut said = BTreeMap::<(RunId, u32), &Said>::new();
    let mut runs = BTreeMap::<RunId, &Run>::new();
    for happened in &facts.trace.0 {
        match happened {
            Happened::Ended { run, step, said: what, .. } => {
                said.insert((*run, *step), what);
            }
            Happened::Began(began) if began.step > 0 => {
                let before = said.get(&(began.run, began.step - 1));
                if !matches!(before, Some(Said::WaitsUntil(_))) {
                    let (run, step) = (began.run, began.step);
                    return Err(format!("step {step} of {run} began, and the one before said {before:?}"));
                }
            }
            Happened::Committed(commit) => {
                for row in &commit.rows {
                    let Row::Run(run) = row else { continue };
                    if let Some(before) = runs.insert(run.id, run) {
                        is_in_time(before, run, commit)?;
                    }
                    is_as_asked(run, &said)?;
                }
            }
            _ => {}
        }
    }
    deliveries(facts.trace)
}

/// No timer fires before its time, and none is moved.
fn is_in_time(before: &Run, run: &Run, commit: &Commit) -> Result<(), String> {
    let (id, now) = (run.id, commit.at);
    // A rule that counts from a date goes with it.
    if matches!(before.state, RunState::Scheduled { .. }) && is_replanned(commit, run.order) {
        return Ok(());
    }
    let by_event = matches!(before.state, RunState::Waiting { .. }) && matches!(run.wake, Wake::Event { .. });
    if let Some(until) = before.state.wake_at()
        && run.state == RunState::Ready
        && now < until
        && !by_event
    {
        return Err(format!("{id} was to wait until {until} and was woken at {now}"));
    }
    if let (RunState::Scheduled { until }, RunState::Scheduled { until: then }) = (&before.state, &run.state)
        && (before.step, before.attempt) == (run.step, run.attempt)
        && until != then
    {
        return Err(format!("{id} was planned for {until}, and all at once for {then}"));
    }
    Ok(())
}

/// A run waits as long as its guest wanted.
fn is_as_asked(run: &Run, said: &BTreeMap<(RunId, u32), &Said>) -> Result<(), String> {
    let RunState::Waiting { until: Some(until), .. } = &run.state else { return Ok(()) };
    match said.get(&(run.id, run.step.saturating_sub(1))) {
        Some(Said::WaitsUntil(asked)) if asked != until => {
            Err(format!("{} waits until {until}, and its guest said {asked}", run.id))
        }
        _ => Ok(()),
    }
}

/// A message that is to be tried again later is tried later.
fn deliveries(trace: &Trace) -> Result<(), String> {
    let mut due = BTreeMap::<MessageId, Timestamp>::new();
    for (_, commit) in commits(trace) {
        for row in &commit.rows {
            let Row::Message(message) = row else { continue };
            let waited = due.remove(&message.id);
            if message.state == MessageState::Pending {
                due.insert(message.id, message.next_at);
            } else if let Some(until) = waited.filter(|until| *until > commit.at)
                && message.state == MessageState::Sending
            {
                let (id, now) = (message.id, commit.at);
                return Err(format!("{id} was to be tried at {until} and was taken at {now}"));
            }
        }
    }
    Ok(())
}

pub(super) fn i18(facts: &Facts<'_>) -> Result<(), String> {
    let rest = facts.rest;
    if rest.exhausted {
        return Err("it goes on and on, and nothing waits for a time".to_owned());
    }
    if let Some(run) = rest.runs.values().find(|run| !run.state.is_terminal()) {
        return Err(format!("{} is left as {:?}", run.id, run.state));
    }
    if let Some(message) = rest.messages.values().find(|message| !is_settled(message)) {
        return Err(format!("{} is left as {:?}", message.id, message.state));
    }
    match rest.matches.values().find(|matching| matching.pending) {
        Some(matching) => Err(format!("{} was never examined", matching.id)),
        None => Ok(()),
    }
}
