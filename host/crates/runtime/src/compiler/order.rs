//! What the program that compiles is told, and what it says first. One line of JSON each; bytes follow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bounds, Job};
use crate::options::Limits;

/// An argument of the program: it has to know its bounds before it reads anything.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    /// Seconds of processor time.
    pub cpu: u64,
    /// Bytes of address space beyond what it has.
    pub memory: u64,
    /// Bytes of the component that follows.
    pub size: u64,
    /// What the engine is set up with, by name.
    pub limits: BTreeMap<String, u64>,
}

impl Order {
    pub fn new(job: &Job, bounds: &Bounds) -> Order {
        let named = |info: &crate::LimitInfo| Some((info.name.to_owned(), job.limits.get(info.name)?));
        Order {
            // Rounded up: the system counts whole seconds.
            cpu: u64::try_from(bounds.cpu.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1),
            memory: bounds.memory,
            size: job.component.len() as u64,
            limits: Limits::TABLE.iter().filter_map(named).collect(),
        }
    }

    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limits {
            limits.set(name, *value);
        }
        limits
    }
}

/// The first line of the answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    /// So many bytes of code follow. Milliseconds of processor time and bytes of memory are for the log.
    Code {
        size: u64,
        cpu: u64,
        peak: u64,
    },
    Failed(String),
}
