//! Logs of the program itself, to stderr: stdout is for data. And traces of what it does, where the operator has named
//! a collector.

mod traces;

use std::io::IsTerminal;

use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::Config;
use crate::error::{CliError, Result};
use traces::Traces;

/// `default` is what the command logs when nobody said anything; `collector` is sent traces, from the runtime. Whoever
/// gets them back finishes them at the end.
pub fn start(
    config: &Config,
    default: &str,
    collector: Option<&str>,
    runtime: &Handle,
) -> Result<Option<Traces>> {
    let filter = config.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        CliError::usage(format!("`{filter}` is not a log filter: {error}"))
            .hint("try `info`, or `warn,rulewright_engine=debug`")
    })?;
    let traces = collector.map(|collector| Traces::to(collector, runtime.clone())).transpose()?;
    let told = tracing_subscriber::registry()
        .with(log(config.log_json, filter))
        .with(traces.as_ref().map(|traces| traces.layer()));
    // A second subscriber is refused, and then the first is as good.
    let _ = told.try_init();
    Ok(traces)
}

fn log<S>(json: bool, filter: EnvFilter) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let log = fmt::layer::<S>().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match json {
        true => log.json().with_filter(filter).boxed(),
        false => log.with_target(false).with_filter(filter).boxed(),
    }
}
