//! Running a plugin: an [`Invocation`] in, a [`Completion`] out, both plain values, so that plugins can move to
//! another process without the engine noticing. What a running step still needs from outside goes through
//! [`World`].

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use rulewright_domain::{
    Client, ClientId, Effect, Employee, Event, Grant, LogLine, Order, OrderId, Outcome, SavedState, ShopId,
    Timestamp, Usage, Wake,
    plugin::{Digest, PluginId},
};
use serde::{Deserialize, Serialize};

use crate::{HttpError, HttpRequest, HttpResponse};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    pub shop: ShopId,
    pub plugin: PluginId,
    pub digest: Digest,
    pub grant: Grant,
    /// Limits that the manifest wishes for; the operator's maxima still hold.
    pub limits: BTreeMap<String, u64>,
    /// Of random numbers and idempotency keys: the same for every repetition of the step.
    pub seed: String,
    /// What the plugin is told as the time.
    pub now: Timestamp,
    /// BCP 47.
    pub locale: String,
    pub task: Task,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Step(Box<StepTask>),
    Examine(Box<ExamineTask>),
    /// Settings as written, JSON text. `trigger` says which export to ask.
    Validate {
        settings: String,
        trigger: bool,
    },
    Upgrade {
        state: SavedState,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTask {
    pub run: String,
    pub rule_name: String,
    pub step: u32,
    pub attempt: u32,
    pub order: Order,
    /// The order's clients: where messages find addresses. Not shown to the plugin.
    pub clients: Vec<Client>,
    /// JSON text, rendered.
    pub settings: String,
    /// JSON text of the output of the rule before.
    pub previous: Option<String>,
    pub wake: Wake,
    /// The event that started the run.
    pub started_by: Event,
    pub state: Option<SavedState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExamineTask {
    pub trigger_name: String,
    pub settings: String,
    pub order: Order,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    pub result: Result<Answer, Failure>,
    /// Empty where the result is a failure.
    pub effects: Vec<Effect>,
    pub logs: Vec<LogLine>,
    pub usage: Usage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Outcome(Outcome),
    Verdict { fires: bool, reason: String },
    Issues(Vec<Issue>),
    State(SavedState),
}

/// One thing wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// JSON pointer.
    pub path: String,
    pub code: String,
    pub message: String,
}

/// Why a step has no answer. Its effects are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// `out-of-fuel`, `out-of-time`, `out-of-memory`, `stack-overflow`, `trap`, `limit`, `state-too-old`,
    /// `unavailable` (ours), or the plugin's own `permanent`, `config`, `transient`.
    pub code: String,
    /// Names the limit and the usage where there is one.
    pub message: String,
    /// Trying again may help.
    pub retryable: bool,
}

impl Failure {
    pub fn new(code: &str, message: impl Into<String>, retryable: bool) -> Failure {
        Failure { code: code.to_owned(), message: message.into(), retryable }
    }
}

#[async_trait]
pub trait Executor: Send + Sync {
    /// Compiles a component and keeps the result; called at install, so that no step waits for it.
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure>;

    /// Never panics and never takes longer than the limits allow.
    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion;
}

/// Where the executor finds a component that it has not compiled yet.
#[async_trait]
pub trait ComponentSource: Send + Sync {
    async fn component(&self, digest: &Digest) -> Option<Arc<[u8]>>;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WorldError(pub String);

/// What a running step may ask for beyond its invocation. The executor has checked the grant.
#[async_trait]
pub trait World: Send + Sync {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError>;
    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError>;
    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError>;
    async fn employees(&self) -> Result<Vec<Employee>, WorldError>;
    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError>;
    /// Whether the shop has filled the secret in.
    async fn has_secret(&self, name: &str) -> Result<bool, WorldError>;
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError>;
    /// Answers of an earlier try of the same step come from the journal. In header values, `{secret:NAME}`
    /// stands for a secret that the executor has seen opened.
    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}
