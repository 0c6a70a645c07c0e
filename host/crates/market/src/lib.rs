//! Where plugins come from, and how one is installed: what can be had, the walk of a package from its source to a version
//! that runs, what somebody is asked on the way, and what another version would change.
//!
//! **Invariant:** it knows no HTTP and no markup. Who asks, and in which words an answer is given, is for the floor above:
//! here are values and sentences. What a package is and whom it can be trusted to come from is said by the registry, what
//! becomes of it by the engine.
//!
//! A page, or a route, needs two values, each cheap to clone: a [`Marketplace`] to look around in, and [`Installs`] to
//! begin, follow, agree to and end installations with. Everybody in a process shares the same two, so that what one has
//! begun another can follow.

mod install;
mod marketplace;

pub use install::{
    AtOnce, BadHost, BadSource, Begin, Denied, Installs, InstallsDeps, Job, JobState, Question, Refused,
    Said, Stage, StageName, StageState, Supply, Upgrade, UsedBy, Versions, Yes, fingerprint, hosts,
};
pub use marketplace::{
    BUNDLED, Detail, Freshness, Has, Listed, ListedRelease, Looker, MarketDeps, MarketRegistry, Marketplace,
    Page, RegistryState, Trouble, Trust, Wanted,
};
