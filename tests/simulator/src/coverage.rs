//! Which commands were given in which state of their order while which fault struck: what no seed has tried is not
//! proved.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    plan::{Fault, Strikes},
    trace::STATES,
    workload::COMMANDS,
};

/// While nothing broke.
const NONE: &str = "none";

/// How often each combination of command, state and fault was tried.
#[derive(Clone, Debug, Default)]
pub struct Coverage(BTreeMap<(&'static str, &'static str, &'static str), u64>);

impl Coverage {
    /// A command was given in this state; what struck before it was answered is what was counted since.
    pub fn note(&mut self, command: &'static str, state: &'static str, before: &Strikes, after: &Strikes) {
        let counted = Fault::ALL.iter().zip(before.iter().zip(after));
        let struck: Vec<&'static str> =
            counted.filter(|(_, (before, after))| after > before).map(|(fault, _)| fault.name()).collect();
        let none = struck.is_empty().then_some(NONE);
        for fault in struck.into_iter().chain(none) {
            *self.0.entry((command, state, fault)).or_default() += 1;
        }
    }

    pub fn join(&mut self, other: &Coverage) {
        for (cell, count) in &other.0 {
            *self.0.entry(*cell).or_default() += count;
        }
    }

    /// Combinations that were tried, and that there are.
    fn share(&self) -> (usize, usize) {
        (self.0.len(), COMMANDS.len() * STATES.len() * (Fault::ALL.len() + 1))
    }

    /// Commands and faults that were never tried.
    fn missing(&self) -> Vec<&'static str> {
        let command = |name: &&str| !self.0.keys().any(|(command, ..)| command == name);
        let fault = |name: &&str| !self.0.keys().any(|(.., fault)| fault == name);
        let commands = COMMANDS.into_iter().filter(command);
        commands.chain(Fault::ALL.map(Fault::name).into_iter().filter(fault)).collect()
    }

    pub fn json(&self) -> Value {
        let mut cells = Vec::new();
        for ((command, state, fault), count) in &self.0 {
            cells.push(json!({ "command": command, "state": state, "fault": fault, "count": count }));
        }
        let (tried, all) = self.share();
        json!({ "tried": tried, "of": all, "missing": self.missing(), "cells": cells })
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
                let count =
                    |fault: &&'static str| self.0.get(&(command, state, *fault)).copied().unwrap_or_default();
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
        table
    }
}
