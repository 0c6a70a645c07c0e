//! Running a plugin: an [`Invocation`] in, a [`Completion`] out, both plain values, so that plugins can move to
//! another process without the engine noticing. What a running step still needs from outside goes through
//! [`World`].

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use rulewright_domain::{
    Client, ClientId, Effect, Employee, Event, Fields, Frame, FromTemplate, Grant, Item, ItemId, LogLine,
    Order, OrderId, Outcome, Prepared, SavedState, ShopId, StageId, Timestamp, Unprepared, Usage, Wake,
    WorkingHours,
    plugin::{Digest, PluginId, PluginKind},
};
use serde::{Deserialize, Serialize};

use crate::{Carried, DeliverTask, HttpError, HttpRequest, HttpResponse, ReceiveTask, Reception};

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
    /// IANA zone of the shop: where its days begin.
    pub time_zone: String,
    /// When the shop works.
    #[serde(default)]
    pub hours: WorkingHours,
    pub task: Task,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Step(Box<StepTask>),
    Examine(Box<ExamineTask>),
    Deliver(Box<DeliverTask>),
    Receive(Box<ReceiveTask>),
    /// Settings as written, JSON text. `kind` says which export to ask.
    Validate {
        settings: String,
        kind: PluginKind,
    },
    Upgrade {
        state: SavedState,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTask {
    pub run: String,
    /// Stays the same over the revisions of the automation.
    pub rule: String,
    pub rule_name: String,
    pub step: u32,
    pub attempt: u32,
    #[serde(with = "rulewright_domain::shared")]
    pub order: Arc<Order>,
    /// Stages of the order's pipeline: where it may be moved to.
    pub stages: Vec<StageId>,
    /// JSON text, rendered.
    pub settings: String,
    /// JSON text of the output of the rule before.
    pub previous: Option<String>,
    pub wake: Wake,
    /// The event that started the run.
    #[serde(with = "rulewright_domain::shared")]
    pub started_by: Arc<Event>,
    pub state: Option<SavedState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExamineTask {
    pub trigger_name: String,
    pub settings: String,
    #[serde(with = "rulewright_domain::shared")]
    pub order: Arc<Order>,
    #[serde(with = "rulewright_domain::shared")]
    pub event: Arc<Event>,
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
    Carried(Carried),
    Received(Reception),
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
    /// Where the plugin was, innermost first; empty where it broke nowhere in its own code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtrace: Vec<Frame>,
}

impl Failure {
    pub fn new(code: &str, message: impl Into<String>, retryable: bool) -> Failure {
        Failure { code: code.to_owned(), message: message.into(), retryable, backtrace: Vec::new() }
    }
}

/// What a component may be made of: the registry refuses more, and the sandbox has room for no more.
pub mod component {
    /// Bytes. The bundled plugins have about 100 KiB, a language with a runtime of its own some megabytes. Up to
    /// here, instances come out of a pool that is set up for them.
    pub const BYTES: usize = 8 << 20;

    /// Bytes of a large component, e.g. one with a typesetter in it: its steps get memory of their own. Beyond
    /// that, compiling becomes a burden for the host.
    pub const LARGE_BYTES: usize = 32 << 20;

    /// Core instances, memories and tables. One made by `wit-component` has 3 instances (program, shim, fixups),
    /// 1 memory and 2 tables; other toolchains add adapters and stubs: JavaScript's has 11 instances and 3 memories,
    /// two of them empty. The pool has this much for each step.
    pub const INSTANCES: u32 = 16;
    pub const MEMORIES: u32 = 3;
    pub const TABLES: u32 = 4;

    /// Core instances of a large component. Python's is linked from a library for each of its parts, and has 38.
    pub const LARGE_INSTANCES: u32 = 64;

    /// By the names that `wasmparser` gives them. Not: threads, 64-bit or several memories, tail calls, garbage
    /// collection, exceptions and component async, which no plugin needs; nor relaxed SIMD, whose results differ
    /// between machines, so that no run could be replayed.
    pub const FEATURES: &[&str] = &[
        "FLOATS",
        "MUTABLE_GLOBAL",
        "SATURATING_FLOAT_TO_INT",
        "SIGN_EXTENSION",
        "REFERENCE_TYPES",
        "MULTI_VALUE",
        "BULK_MEMORY",
        "SIMD",
        "EXTENDED_CONST",
        "COMPONENT_MODEL",
    ];
}

#[async_trait]
pub trait Executor: Send + Sync {
    /// Compiles a component and keeps the result; called at install, so that no step waits for it.
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure>;

    /// Never panics and never takes longer than the limits allow.
    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion;

    /// Steps of one order, each begun when the one before it is done, and what each came to. Whoever runs them in another
    /// process is told of all of them at once, and saves ways there and back.
    fn run_each<'a>(&'a self, steps: Vec<(Invocation, Arc<dyn World>)>) -> BoxStream<'a, Completion> {
        one_by_one(self, steps)
    }
}

/// [`Executor::run_each`] of whoever gains nothing from being told of all at once.
pub fn one_by_one<'a, E: Executor + ?Sized>(
    executor: &'a E,
    steps: Vec<(Invocation, Arc<dyn World>)>,
) -> BoxStream<'a, Completion> {
    stream::iter(steps).then(move |(invocation, world)| executor.run(invocation, world)).boxed()
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
    /// Those of the run's own order without asking anybody.
    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError>;
    async fn employees(&self) -> Result<Vec<Employee>, WorldError>;
    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError>;
    /// Those in which every given field is equal, in the order of their ids.
    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError>;
    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError>;
    /// Whether the shop has filled the secret in.
    async fn has_secret(&self, name: &str) -> Result<bool, WorldError>;
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError>;
    /// A template to fill, with its bytes. Until the step is committed, nobody else should be told the same number.
    async fn prepare(&self, _: &FromTemplate) -> Result<Result<(Prepared, Vec<u8>), Unprepared>, WorldError> {
        Err(WorldError("there are no templates here".to_owned()))
    }
    /// Answers of an earlier try of the same step come from the journal.
    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}
