//! Where plugins are compiled: those that come with this program here, strangers' in a process of its own.
//!
//! **Invariant:** what is compiled in this process are bytes that this process was built with.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use rulewright_domain::plugin::Digest;
use rulewright_ports::Failure;
use rulewright_registry::digest;
use rulewright_runtime::{Apart, COMPILE_CHILD, Compiler, Here, Job, compile_child};

use crate::error::{Doing, Result};

/// This process as the one that compiles, if that is what it was started for. Asked before anything else is done,
/// so that it has nothing but what it needs.
pub fn as_child() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    (arguments.next()? == COMPILE_CHILD).then(|| compile_child(arguments.next()))
}

pub fn compiler(apart: bool) -> Result<Arc<dyn Compiler>> {
    if !apart {
        return Ok(Arc::new(Here));
    }
    let apart = Apart::this_program().doing(|| "the program does not find itself".to_owned())?;
    Ok(Arc::new(ByOrigin { apart, ours: OnceLock::new() }))
}

struct ByOrigin {
    apart: Apart,
    /// Reading them all takes some milliseconds, and most starts compile nothing.
    ours: OnceLock<HashSet<Digest>>,
}

#[async_trait]
impl Compiler for ByOrigin {
    async fn compile(&self, job: Arc<Job>) -> std::result::Result<Vec<u8>, Failure> {
        let ours = self
            .ours
            .get_or_init(|| rulewright_bundled::PLUGINS.iter().map(|(_, one)| digest(one)).collect());
        match ours.contains(&job.digest) {
            true => Here.compile(job).await,
            false => self.apart.compile(job).await,
        }
    }
}
