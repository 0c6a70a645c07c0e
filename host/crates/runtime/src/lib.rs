//! Runs plugins: the only crate that knows wasmtime.
//!
//! **Invariant:** a guest reaches nothing but what the invocation's grant names, and uses no more than the
//! limits say. Whatever it does, the answer is a [`Completion`](rulewright_ports::Completion).

mod artifact_cache;
mod background;
mod bindings;
mod capability;
mod compiler;
mod components;
mod convert;
mod day;
mod engine;
mod execute;
mod exports;
mod keeper;
mod limiter;
mod linker;
mod log;
mod meter;
mod options;
mod random;
mod refusal;
mod room;
mod staged;
mod step;
mod target;
#[cfg(test)]
mod testing;
mod trap;
mod turn;
mod weight;
mod worker;

use std::{
    ffi::OsString,
    panic::AssertUnwindSafe,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use background::Background;
use components::Components;
use engine::Ticker;
use execute::Around;
use futures::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use keeper::Near;
use room::Room;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{Completion, ComponentSource, Executor, Failure, Invocation, World, one_by_one};
use turn::Turns;
use worker::{Chain, Workers};

pub use capability::offered;
pub use compiler::{Apart, Bounds, COMPILE_CHILD, Compiler, Here, Job, compile_child, this_program};
pub use engine::{Allocation, engine_config};
pub use options::{LimitInfo, Limits};
pub use worker::{Guests, GuestsNow, WORKER_CHILD, Walls, worker_child};

/// Why there is no runtime. Read by the operator at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    #[error("{0}")]
    Cache(String),
    #[error("guests have no processes of their own: {0}")]
    Workers(String),
}

/// The sandbox. One for the whole process.
pub struct Runtime {
    allocation: Allocation,
    limits: Arc<Limits>,
    components: Components,
    turns: Turns,
    place: Place,
}

/// Where guests run.
enum Place {
    Here(Background),
    Workers(Workers),
}

impl Runtime {
    /// Compiles in this process, which is for components of our own.
    pub fn new(
        limits: Limits,
        cache_dir: &Path,
        source: Arc<dyn ComponentSource>,
    ) -> Result<Runtime, RuntimeError> {
        Runtime::with_compiler(limits, cache_dir, source, Arc::new(Here))
    }

    /// `cache_dir` becomes private to this user. Compiled code of other versions in it is left alone.
    pub fn with_compiler(
        limits: Limits,
        cache_dir: &Path,
        source: Arc<dyn ComponentSource>,
        compiler: Arc<dyn Compiler>,
    ) -> Result<Runtime, RuntimeError> {
        let ordinary = Room::ordinary(&limits)?;
        let large = Room::large(&limits)?;
        let engines: Vec<_> =
            [Some(&ordinary), large.as_ref()].into_iter().flatten().map(|room| &room.engine).collect();
        let ticker = Ticker::start(&engines, Duration::from_millis(limits.tick.max(1)))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let place = Place::Here(Background::start(threads, ticker)?);
        Ok(Runtime {
            allocation: ordinary.allocation,
            limits: ordinary.limits.clone(),
            turns: Turns::new(&limits),
            components: Components::new(ordinary, large, cache_dir, source, compiler)?,
            place,
        })
    }

    /// The same, and guests run in processes: `program` started with [`WORKER_CHILD`] and an order, which it hands to
    /// [`worker_child`]. Within a runtime of tokio; the processes end with this value.
    pub fn with_workers(mut self, program: impl Into<OsString>) -> Result<Runtime, RuntimeError> {
        self.place = Place::Workers(Workers::start(&self.limits, program.into())?);
        Ok(self)
    }

    /// The processes that guests run in, if they do.
    pub fn guests(&self) -> Option<Guests> {
        match &self.place {
            Place::Here(_) => None,
            Place::Workers(workers) => Some(workers.guests().clone()),
        }
    }

    /// How instances are allocated on this machine; for `rulewright doctor` and the metrics.
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    async fn execute(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        let loaded = match self.components.get(&invocation.digest, None).await {
            Ok(loaded) => loaded,
            Err(failure) => return execute::failed(failure),
        };
        let Some(admission) = loaded.room.admit(&self.turns).await else {
            return execute::failed(trap::ours("the runtime is shutting down"));
        };
        let background = match &self.place {
            Place::Here(background) => background,
            Place::Workers(workers) => {
                return Chain::new(workers).only(admission, loaded, invocation, world).await;
            }
        };
        let near = Arc::new(Near::of(&invocation, world, &loaded.room.limits));
        let completion =
            execute::execute(loaded, invocation, Around::near(&near), admission, background).await;
        near.addressed(completion).unwrap_or_else(|why| execute::failed(trap::ours(why)))
    }

    /// All of them in one process. Large ones have a place each, and so go by themselves.
    async fn chain<'a>(&'a self, steps: Vec<(Invocation, Arc<dyn World>)>) -> BoxStream<'a, Completion> {
        let Place::Workers(workers) = &self.place else { return one_by_one(self, steps) };
        let mut loaded = Vec::with_capacity(steps.len());
        for (invocation, _) in &steps {
            match self.components.get(&invocation.digest, None).await {
                Ok(one) if !one.room.is_large() => loaded.push(one),
                _ => return one_by_one(self, steps),
            }
        }
        let mut chain = Chain::new(workers);
        for (loaded, (invocation, world)) in loaded.into_iter().zip(steps) {
            chain.push(loaded, invocation, world);
        }
        let turns = &self.turns;
        let next = move |mut chain: Chain<'a>| async move {
            let completion = timed(chain.next(turns)?).await;
            Some((completion, chain))
        };
        stream::unfold(chain, next).boxed()
    }
}

/// The completion of a step, with the time that it took.
async fn timed(step: impl Future<Output = Completion>) -> Completion {
    let started = Instant::now();
    // A panic in a host function would otherwise take the worker with it, and the run would stay open.
    let completion = AssertUnwindSafe(step).catch_unwind().await;
    let mut completion = completion.unwrap_or_else(|_| {
        execute::failed(trap::ours("the host made a mistake in this step; its log tells more"))
    });
    completion.usage.microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    completion
}

#[async_trait]
impl Executor for Runtime {
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure> {
        self.components.get(digest, Some(component)).await.map(drop)
    }

    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        timed(self.execute(invocation, world)).await
    }

    fn run_each<'a>(&'a self, steps: Vec<(Invocation, Arc<dyn World>)>) -> BoxStream<'a, Completion> {
        self.chain(steps).flatten_stream().boxed()
    }
}
