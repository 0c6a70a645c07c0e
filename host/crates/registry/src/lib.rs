//! What a plugin is, told from its bytes alone: what it asks for, in words that a shop owner can agree to, and
//! why it is refused if it is.
//!
//! **Invariant:** reads bytes, returns values. Nothing here runs a guest, opens a file or a connection, or knows
//! which shops there are; and no plugin is believed: what the binary imports is read from the binary.

pub mod artifact;
mod binary;
mod choose;
mod compatible;
mod consent;
mod contract;
mod diff;
mod envelope;
mod features;
mod foreign;
mod form;
pub mod index;
mod inspect;
mod json;
pub mod keys;
pub mod list_artifact;
mod manifest;
mod packages;
mod parts;
mod refusal;
pub mod revocations;
mod schema;
pub mod search;
mod settings;
mod shape;
pub mod signature;
mod statement;
mod trust;
mod words;
mod world;

pub use binary::MAX_BYTES;
pub use choose::{NotAsked, choose};
pub use compatible::breaking_changes;
pub use consent::{Given, Said, Sentence, Verb, consent};
pub use contract::{Contract, HOST_API};
pub use diff::{Diff, as_granted, diff};
pub use envelope::{ListKind, ListRefusal, MAX_LIST, Seen, SignedList};
pub use foreign::{Foreign, Origin, foreign_imports};
pub use inspect::{MANIFEST_SECTION, digest, inspect};
pub use json::names_stand_once;
pub use refusal::Refusal;
pub use settings::{SettingsChange, settings_changes, settings_problems};
pub use statement::{Stated, Statement};
pub use trust::{Distrust, Known, Trusted, Wishes, trust};
pub use words::{Detail, LINES, Line};

#[cfg(test)]
mod testing;
