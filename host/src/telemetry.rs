//! Logs of the program itself, to stderr: stdout is for data.

use std::io::IsTerminal;
use std::sync::OnceLock;

use prometheus_client::metrics::counter::{Atomic, Counter};
use prometheus_client::registry::Registry;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::error::{CliError, Result};

/// Lines that may wait until somebody reads them. More are dropped and counted: a log that nobody reads any more,
/// because what it goes to hangs, must not hold up the program.
const WAITING: usize = 2_048;

static LINES: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes what still waits when it is dropped, and takes a second for it at most.
#[must_use]
pub struct Logs {
    _rest: WorkerGuard,
}

/// `default` is what the command logs when nobody said anything.
pub fn start(config: &Config, default: &str) -> Result<Logs> {
    let filter = config.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        CliError::usage(format!("`{filter}` is not a log filter: {error}"))
            .hint("try `info`, or `warn,rulewright_engine=debug`")
    })?;
    let lines = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING).thread_name("log");
    let (lines, rest) = lines.finish(std::io::stderr());
    // Whoever was first is the one that is written to.
    let _ = LINES.set(lines.error_counter());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(lines);
    // A second subscriber is refused, and then the first is as good.
    let _ = match config.log_json {
        true => log.json().try_init(),
        false => log.with_target(false).try_init(),
    };
    Ok(Logs { _rest: rest })
}

pub fn register(registry: &mut Registry) {
    let dropped = Counter::<u64, Dropped>::default();
    registry.register("rulewright_log_lines_dropped", "Log lines that nobody took in time", dropped);
}

/// What the writer of the log counts by itself.
#[derive(Debug, Default)]
struct Dropped;

impl Atomic<u64> for Dropped {
    fn inc(&self) -> u64 {
        self.get()
    }

    fn inc_by(&self, _: u64) -> u64 {
        self.get()
    }

    fn get(&self) -> u64 {
        LINES.get().map_or(0, |lines| lines.dropped_lines() as u64)
    }
}
