//! Installing, from a source to a version that runs: one walk, whoever begins it.
//!
//! Fetch, verify, check, compile, consent, self-test, active. What a package is and whom it can be trusted to come from
//! is said by the registry, what becomes of it by the engine; here is only the order of things, and what is told
//! meanwhile. A refusal changes nothing.

pub mod job;
pub mod jobs;
pub mod question;
pub mod refused;
pub mod run;
pub mod walk;

pub use job::{Job, JobState, Refused};
pub use jobs::{Jobs, Live};
pub use question::Question;
