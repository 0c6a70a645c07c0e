//! Logs of the program itself, to stderr: stdout is for data. And traces of what it does, where the operator has named
//! a collector.

mod lines;
mod traces;

use std::io::IsTerminal;

use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output;
pub use lines::register;
use traces::Traces;

/// What is still to be told when the command ends.
#[must_use]
pub struct Told {
    traces: Option<Traces>,
    lines: WorkerGuard,
}

impl Told {
    /// Before it is said why a command has failed: what it has logged comes first.
    pub fn finish(self) {
        if let Some(traces) = self.traces {
            traces.finish();
        }
        // Dropped, it waits for lines that are stuck, and tells of them on stdout, which may be stuck as well.
        let lines = self.lines;
        output::at_last(move || drop(lines));
    }
}

/// `default` is what the command logs when nobody said anything; `collector` is sent traces, from the runtime.
pub fn start(config: &Config, default: &str, collector: Option<&str>, runtime: &Handle) -> Result<Told> {
    let filter = config.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        CliError::usage(format!("`{filter}` is not a log filter: {error}"))
            .hint("try `info`, or `warn,rulewright_engine=debug`")
    })?;
    let traces = collector.map(|collector| Traces::to(collector, runtime.clone())).transpose()?;
    let (lines, rest) = lines::to_stderr();
    let told = tracing_subscriber::registry()
        .with(log(config.log_json, filter, lines))
        .with(traces.as_ref().map(|traces| traces.layer()));
    // A second subscriber is refused, and then the first is as good.
    let _ = told.try_init();
    Ok(Told { traces, lines: rest })
}

fn log<S>(json: bool, filter: EnvFilter, lines: NonBlocking) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let log = fmt::layer::<S>().with_ansi(std::io::stderr().is_terminal()).with_writer(lines);
    match json {
        true => log.json().with_filter(filter).boxed(),
        false => log.with_target(false).with_filter(filter).boxed(),
    }
}
