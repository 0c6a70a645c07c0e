//! The whole engine on the real storage, under one seed: it decides what is asked for, what breaks, what time it is
//! and who goes on next. The same seed plays the same again.
//!
//! Whatever would take its time outside waits at a [`gate`] until the seed lets it through: transactions and their
//! answers, guests, providers, subscribers, servers. A crash drops the runtime with everything in it, at whatever await each task
//! stands. In the end the faults stop, time goes on until nothing goes on by itself, and pure functions over the trace
//! say whether what is promised has held: [`invariants`].

mod chance;
mod coverage;
mod gate;
mod guest;
pub mod invariants;
pub mod money;
mod outside;
mod plan;
mod play;
mod storage;
mod template;
pub mod trace;
mod workload;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use chance::Chance;
pub use coverage::Coverage;
pub use play::{Played, play};

/// Turns of a seed, where nobody asks for more or fewer.
pub const TURNS: u32 = 250;

/// Who panicked meanwhile has its own report.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
