//! From a component to native code: who does it, and what it may cost.
//!
//! **Invariant:** whoever compiles does it with the settings of the room that will run the code. That what comes
//! back is code of that engine is checked where it is loaded.

mod apart;
mod bounds;
mod child;
mod order;

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::plugin::Digest;
use rulewright_ports::Failure;
use wasmtime::Engine;

use crate::options::Limits;

pub use apart::{Apart, this_program};
pub use bounds::Bounds;
#[cfg(unix)]
pub(crate) use child::close_all_but;
pub use child::compile_child;

/// The first argument of the program that compiles, followed by its order. Not a command for people.
pub const COMPILE_CHILD: &str = "__compile";

/// One component to compile.
pub struct Job {
    pub digest: Digest,
    pub component: Arc<[u8]>,
    pub(crate) engine: Engine,
    /// Of the room; those of a large component are its own.
    pub(crate) limits: Arc<Limits>,
}

impl Job {
    /// Compiles in this process and on this thread, for as long as it takes.
    pub fn here(&self) -> Result<Vec<u8>, Failure> {
        self.engine.precompile_component(&self.component).map_err(|error| failed(&format!("{error:#}")))
    }
}

#[async_trait]
pub trait Compiler: Send + Sync {
    /// Native code, or `compile-limit` or `compile-failed`.
    async fn compile(&self, job: Arc<Job>) -> Result<Vec<u8>, Failure>;
}

/// In this process: for components of our own, and for tests. A stranger's may take all memory and any time.
pub struct Here;

#[async_trait]
impl Compiler for Here {
    async fn compile(&self, job: Arc<Job>) -> Result<Vec<u8>, Failure> {
        let compiled = tokio::task::spawn_blocking(move || job.here()).await;
        // A compiler that panics over a component does so each time.
        compiled.unwrap_or_else(|error| Err(failed(&format!("the compiler broke off: {error}"))))
    }
}

fn failed(problem: &str) -> Failure {
    Failure::new("compile-failed", format!("it cannot be compiled: {problem}"), false)
}
