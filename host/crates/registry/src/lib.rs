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
mod features;
mod form;
mod inspect;
mod json;
pub mod keys;
mod manifest;
mod parts;
mod refusal;
mod schema;
mod shape;
mod trust;
pub mod signature;
mod statement;
mod strict_json;
mod words;
mod world;

pub use binary::MAX_BYTES;
pub use choose::{NotAsked, choose};
pub use compatible::breaking_changes;
pub use consent::{Sentence, Verb, consent};
pub use contract::{Contract, HOST_API};
pub use diff::{Diff, as_granted, diff};
pub use inspect::{MANIFEST_SECTION, digest, inspect};
pub use refusal::Refusal;
pub use trust::{Distrust, Known, Trusted, Wishes, trust};
pub use statement::{Stated, Statement};

#[cfg(test)]
mod testing;
