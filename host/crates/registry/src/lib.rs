//! What a plugin is, told from its bytes alone: what it asks for, in words that a shop owner can agree to, and
//! why it is refused if it is.
//!
//! **Invariant:** reads bytes, returns values. Nothing here runs a guest, opens a file or a connection, or knows
//! which shops there are; and no plugin is believed: what the binary imports is read from the binary.

mod asks;
mod binary;
mod compatible;
mod consent;
mod contract;
mod features;
mod form;
mod inspect;
mod json;
mod manifest;
mod packages;
mod parts;
mod refusal;
mod schema;
mod shape;
mod words;
mod world;

pub use asks::{Change, diff, exceeds};
pub use binary::MAX_BYTES;
pub use compatible::breaking_changes;
pub use consent::{Sentence, Verb, consent};
pub use contract::{Contract, HOST_API};
pub use inspect::{MANIFEST_SECTION, digest, inspect};
pub use json::strict as strict_json;
pub use refusal::Refusal;

#[cfg(test)]
mod testing;
