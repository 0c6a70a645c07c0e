//! What becomes of one file: the verdict of the gate, and of the compiler.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{ComponentSource, Executor};
use rulewright_registry::{digest, inspect};
use rulewright_runtime::{Apart, Limits, Runtime};

pub struct Verdict {
    /// `accepted`, or why not.
    pub code: String,
    pub told: String,
    pub accepted: bool,
    pub panicked: bool,
    pub took: Duration,
}

pub struct Judge {
    tokio: tokio::runtime::Runtime,
    sandbox: Option<Sandbox>,
}

struct Sandbox {
    runtime: Runtime,
    _cache: tempfile::TempDir,
    left: u32,
}

/// Compiled code is kept on disk, which is given back now and then.
const KEPT: u32 = 100;

/// How long this thread has worked, where the system tells; else what time it is. A thread that waits for a processor is
/// not slow.
struct Worked(Option<Duration>, Instant);

impl Worked {
    fn so_far() -> Worked {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
        Worked(nanoseconds.map(Duration::from_nanos), Instant::now())
    }

    fn elapsed(&self) -> Duration {
        match (self.0, Worked::so_far().0) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.1.elapsed(),
        }
    }
}

impl Judge {
    pub fn new() -> Judge {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Judge { tokio, sandbox: None }
    }

    pub fn gate(&self, bytes: &[u8]) -> Verdict {
        let started = Worked::so_far();
        let judged = catch_unwind(AssertUnwindSafe(|| inspect(bytes)));
        let took = started.elapsed();
        match judged {
            Ok(Ok(package)) => {
                let told = format!("{} {}", package.manifest.id, package.manifest.version);
                Verdict { code: "accepted".into(), told, accepted: true, panicked: false, took }
            }
            Ok(Err(refusal)) => {
                let code = refusal.code().to_owned();
                Verdict { code, told: refusal.to_string(), accepted: false, panicked: false, took }
            }
            Err(panic) => {
                let told = panic.downcast_ref::<String>().cloned();
                let told = told.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                let told = told.unwrap_or_default();
                Verdict { code: "panic".into(), told, accepted: false, panicked: true, took }
            }
        }
    }

    /// In a process of its own, then linked in this one, as at an installation. Says how that ended; an error is what
    /// no plugin may bring about.
    pub fn compile(&mut self, bytes: &[u8]) -> Result<String, String> {
        let sandbox = match self.sandbox.take().filter(|sandbox| sandbox.left > 0) {
            Some(sandbox) => sandbox,
            None => Sandbox::new(),
        };
        let sandbox = self.sandbox.insert(Sandbox { left: sandbox.left - 1, ..sandbox });
        let digest = digest(bytes);
        let prepare = sandbox.runtime.prepare(&digest, bytes.into());
        let done = catch_unwind(AssertUnwindSafe(|| self.tokio.block_on(prepare)));
        match done {
            Ok(Ok(())) => Ok("compiled and linked".to_owned()),
            Ok(Err(failure)) if failure.code == "unavailable" => Err(failure.to_string()),
            Ok(Err(failure)) => Ok(failure.code),
            Err(_) => Err("compiling or linking panicked".to_owned()),
        }
    }
}

impl Sandbox {
    fn new() -> Sandbox {
        struct Nothing;
        #[async_trait]
        impl ComponentSource for Nothing {
            async fn component(&self, _: &Digest) -> Option<Arc<[u8]>> {
                None
            }
        }
        let cache = tempfile::tempdir().unwrap();
        let apart = Arc::new(Apart::new(env!("CARGO_BIN_EXE_rulewright")));
        let limits = Limits { concurrency: 1, outside: 1, ..Limits::default() };
        let runtime = Runtime::with_compiler(limits, cache.path(), Arc::new(Nothing), apart).unwrap();
        Sandbox { runtime, _cache: cache, left: KEPT }
    }
}
