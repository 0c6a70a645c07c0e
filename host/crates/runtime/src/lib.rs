//! Runs plugins: the only crate that knows wasmtime.
//!
//! **Invariant:** a guest reaches nothing but what the invocation's grant names, and uses no more than the
//! limits say. Whatever it does, the answer is a [`Completion`](rulewright_ports::Completion).

mod artifact_cache;
mod bindings;
mod capability;
mod compiler;
mod components;
mod convert;
mod day;
mod engine;
mod execute;
mod exports;
mod limiter;
mod linker;
mod log;
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

use std::{
    panic::AssertUnwindSafe,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use components::Components;
use engine::Ticker;
use futures::FutureExt;
use room::Room;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{Completion, ComponentSource, Executor, Failure, Invocation, World};
use turn::Turns;

pub use capability::offered;
pub use compiler::{Apart, Bounds, COMPILE_CHILD, Compiler, Here, Job, compile_child};
pub use engine::{Allocation, engine_config};
pub use options::{LimitInfo, Limits};

/// Why there is no runtime. Read by the operator at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    #[error("{0}")]
    Cache(String),
}

/// The sandbox. One for the whole process.
pub struct Runtime {
    allocation: Allocation,
    limits: Arc<Limits>,
    components: Components,
    turns: Turns,
    _ticker: Ticker,
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
        let ordinary = Room::ordinary(&limits, cache_dir)?;
        let large = Room::large(&limits, cache_dir)?;
        let engines: Vec<_> =
            [Some(&ordinary), large.as_ref()].into_iter().flatten().map(|room| &room.engine).collect();
        let ticker = Ticker::start(&engines, Duration::from_millis(limits.tick.max(1)))?;
        Ok(Runtime {
            allocation: ordinary.allocation,
            limits: ordinary.limits.clone(),
            turns: Turns::new(&limits, ticker.ticks.clone()),
            components: Components::new(ordinary, large, source, compiler),
            _ticker: ticker,
        })
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
        execute::execute(&loaded, invocation, world, admission).await
    }
}

#[async_trait]
impl Executor for Runtime {
    async fn prepare(&self, digest: &Digest, component: Arc<[u8]>) -> Result<(), Failure> {
        self.components.get(digest, Some(component)).await.map(drop)
    }

    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        let started = Instant::now();
        // A panic in a host function would otherwise take the worker with it, and the run would stay open.
        let completion = AssertUnwindSafe(self.execute(invocation, world)).catch_unwind().await;
        let mut completion = completion.unwrap_or_else(|_| {
            execute::failed(trap::ours("the host made a mistake in this step; its log tells more"))
        });
        completion.usage.microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        completion
    }
}
