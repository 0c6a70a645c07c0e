//! Rules that applications carry out, and triggers that they fire.
//!
//! The rule is a plugin like every other: it emits an event with a token, and waits for an answer with the same one. The
//! application's subscription is told of that event through the outbox, by whatever form it was registered with.
//!
//! **Invariant:** an answer is taken once, by the run that waits for it, and by no other.

mod answer;
mod manage;
mod place;
mod trigger;

pub use answer::RuleAnswer;
pub use manage::{ApplicationRuleChange, NewApplicationRule};
pub(crate) use place::{dead, issues};
