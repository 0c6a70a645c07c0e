//! Every boundary of the system on a few pages: traits, the values that cross them, and their errors.
//!
//! **Invariant:** nothing here does anything, but for [`fault`] and [`planted`], which only tests can arm. Logic
//! (`engine`, `registry`, `api`) sees these traits and no adapter; adapters (`runtime`, `storage`, `outbound`) see these
//! traits and no logic. They meet in the binary.

mod application;
mod application_rule;
mod clock;
mod dictionary;
mod draft;
mod egress;
mod executor;
pub mod fault;
mod fixture;
mod kept;
mod mail;
mod packages;
pub mod planted;
mod provider;
pub mod storage;
mod transport;
mod turned_away;
mod webhook;

pub use application_rule::WorkflowNumber;
pub use clock::Clock;
pub use egress::{Egress, HttpError, HttpRequest, HttpResponse};
pub use executor::{
    Answer, Completion, ComponentSource, ExamineTask, Executor, Failure, Invocation, Issue, StepTask, Task,
    World, WorldError, component, one_by_one,
};
pub use fixture::{DiffLine, FixturePlayed, FixtureRefusal, FixtureUse, Fixtures, Side};
pub use kept::Kept;
pub use mail::{Arrived, Attachment, Fetched, Inbox, Letter, MailAccess, MailError, MailServers};
pub use packages::{
    Artifact, Blob, FetchProgress, FetchRefusal, FetchedPackage, FoundManifest, Packages, ReadArtifact,
    Registries, Upload, UploadBlob,
};
pub use provider::{
    Carried, Connected, DeliverTask, GatewayAnswer, GatewayCall, Outgoing, ReceiveTask, Reception,
};
pub use storage::{Reads, Storage, StorageError, StorageExt, Transaction};
pub use transport::{Delivery, Transport};
pub use turned_away::{TurnedAway, WrongSecret};
pub use webhook::{Queueing, Telling, WebhookCall, WebhookForm, WebhookRequest};
