//! Installing, from a source to a version that runs: one walk, whoever begins it.
//!
//! Fetch, verify, check, compile, consent, self-test, active. What a package is and whom it can be trusted to come from
//! is said by the registry, what becomes of it by the engine; here is only the order of things, and what is told
//! meanwhile. A refusal changes nothing.

mod at_once;
mod installs;
mod job;
mod jobs;
mod question;
mod refused;
mod supply;
mod upgrade;
mod walk;
mod work;

pub use at_once::{AtOnce, Said};
pub use installs::{Installs, InstallsDeps, Yes};
pub use job::{Job, JobState, Refused, Stage, StageName, StageState};
pub use question::{Question, fingerprint};
pub use refused::Denied;
pub use supply::{BadHost, BadSource, Begin, Supply, hosts};
pub use upgrade::{Upgrade, UsedBy, Versions};
