use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Command, Draft, EventFilter, Timestamp};

/// What a step asks for. Staged until the step's outcome is committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "a step asks for a few, and hardly any is moved twice")]
pub enum Effect {
    /// Inward: a change of our own data.
    Command {
        command: Command,
        /// Where the run's output will name what was created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// Outward: a row of the outbox.
    Message(Draft),
    /// The plugin's private storage; None deletes.
    Storage {
        key: String,
        #[serde(with = "crate::bytes::optional")]
        value: Option<Vec<u8>>,
    },
}

/// State of a waiting run, opaque to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedState {
    pub version: u32,
    #[serde(with = "crate::bytes")]
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Done {
        summary: Option<String>,
        output: Map<String, Value>,
    },
    Skipped {
        reason: String,
    },
    WaitUntil {
        at: Timestamp,
        state: SavedState,
    },
    WaitFor {
        filter: EventFilter,
        until: Option<Timestamp>,
        state: SavedState,
    },
    /// Drops the staged effects.
    Retry {
        after: Option<u64>,
        reason: String,
    },
}

impl std::fmt::Display for Outcome {
    /// As the trace of a run tells it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Done { summary: Some(summary), .. } => write!(out, "done: {summary}"),
            Outcome::Done { summary: None, .. } => out.write_str("done"),
            Outcome::Skipped { reason } => write!(out, "skipped: {reason}"),
            Outcome::WaitUntil { at, .. } => write!(out, "waits until {at}"),
            Outcome::WaitFor { filter, .. } => write!(out, "waits for {}", filter.kinds.join(", ")),
            Outcome::Retry { reason, .. } => write!(out, "retry: {reason}"),
        }
    }
}
