//! Which commands were given in which state of their order while which fault struck: what no seed has tried is not
//! proved.

use std::{collections::BTreeMap, fmt::Write as _};

use rulewright_domain::{MessageState, Reason, RunState};
use serde_json::{Value, json};

use crate::{
    plan::{Fault, Strikes},
    trace::{Happened, Row, STATES, Trace},
    workload::COMMANDS,
};

/// While nothing broke.
const NONE: &str = "none";

/// What is rare, and without which a promise about it would say nothing.
const SITUATIONS: [&str; 6] =
    ["stopped", "joined", "plugin-paused", "date-awaited", "text-refused", "webhook-again"];

#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// How often each combination of command, state and fault was tried.
    cells: BTreeMap<(&'static str, &'static str, &'static str), u64>,
    situations: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// A command was given in this state; what struck before it was answered is what was counted since.
    pub fn note(&mut self, command: &'static str, state: &'static str, before: &Strikes, after: &Strikes) {
        let counted = Fault::ALL.iter().zip(before.iter().zip(after));
        let struck: Vec<&'static str> =
            counted.filter(|(_, (before, after))| after > before).map(|(fault, _)| fault.name()).collect();
        let none = struck.is_empty().then_some(NONE);
        for fault in struck.into_iter().chain(none) {
            *self.cells.entry((command, state, fault)).or_default() += 1;
        }
    }

    /// Counts the situations that a play has met.
    pub fn meet(&mut self, trace: &Trace) {
        for happened in &trace.0 {
            let (rows, whole) = match happened {
                Happened::Committed(commit) => (&commit.rows[..], commit.joined.then_some("joined")),
                Happened::Stopped { at_rest: true, .. } => (&[][..], Some("stopped")),
                _ => (&[][..], None),
            };
            for situation in rows.iter().filter_map(situation).chain(whole) {
                *self.situations.entry(situation).or_default() += 1;
            }
        }
    }

    pub fn join(&mut self, other: &Coverage) {
        for (cell, count) in &other.cells {
            *self.cells.entry(*cell).or_default() += count;
        }
        for (situation, count) in &other.situations {
            *self.situations.entry(*situation).or_default() += count;
        }
    }

    /// Combinations that were tried, and that there are.
    fn share(&self) -> (usize, usize) {
        (self.cells.len(), COMMANDS.len() * STATES.len() * (Fault::ALL.len() + 1))
    }

    /// Commands and faults that were never tried, situations that were never met.
    fn missing(&self) -> Vec<&'static str> {
        let command = |name: &&str| !self.cells.keys().any(|(command, ..)| command == name);
        let fault = |name: &&str| !self.cells.keys().any(|(.., fault)| fault == name);
        let commands = COMMANDS.into_iter().filter(command);
        let faults = Fault::ALL.map(Fault::name).into_iter().filter(fault);
        let situations = SITUATIONS.into_iter().filter(|name| !self.situations.contains_key(name));
        commands.chain(faults).chain(situations).collect()
    }

    pub fn json(&self) -> Value {
        let mut cells = Vec::new();
        for ((command, state, fault), count) in &self.cells {
            cells.push(json!({ "command": command, "state": state, "fault": fault, "count": count }));
        }
        let (tried, all) = self.share();
        let (missing, situations) = (self.missing(), &self.situations);
        json!({ "tried": tried, "of": all, "missing": missing, "cells": cells, "situations": situations })
    }

    /// A row for each command and state that were tried, a column for each fault.
    pub fn table(&self) -> String {
        let faults: Vec<&'static str> = [NONE].into_iter().chain(Fault::ALL.map(Fault::name)).collect();
        let mut table = format!("{:<20} {:<10}", "command", "state");
        for fault in &faults {
            let _ = write!(table, " {fault:>18}");
        }
        for command in COMMANDS {
            for state in STATES {
                let count = |fault: &&'static str| {
                    self.cells.get(&(command, state, *fault)).copied().unwrap_or_default()
                };
                let counts: Vec<u64> = faults.iter().map(count).collect();
                if counts.iter().all(|count| *count == 0) {
                    continue;
                }
                let _ = write!(table, "\n{command:<20} {state:<10}");
                for count in counts {
                    let _ = write!(table, " {count:>18}");
                }
            }
        }
        let (tried, all) = self.share();
        let _ = write!(table, "\n{tried} of {all} combinations were tried; many cannot be.");
        for (situation, count) in &self.situations {
            let _ = write!(table, "\n{situation}: {count}");
        }
        table
    }
}

fn situation(row: &Row) -> Option<&'static str> {
    match row {
        Row::Run(run) => {
            let RunState::Parked { reason } = &run.state else { return None };
            match Reason::read(reason) {
                Reason::PluginPaused { .. } => Some("plugin-paused"),
                Reason::DateEmpty { .. } => Some("date-awaited"),
                _ => None,
            }
        }
        Row::Message(message) if message.state == MessageState::Dead => {
            let limited = message.error.as_deref().is_some_and(|error| error.starts_with("limit-"));
            limited.then_some("text-refused")
        }
        Row::Message(message) if message.state == MessageState::Sending && message.attempt > 1 => {
            message.subscription().map(|_| "webhook-again")
        }
        _ => None,
    }
}
