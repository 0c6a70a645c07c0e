//! Logs of the program itself, to stderr: stdout is for data.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::error::{CliError, Result};

/// `default` is what the command logs when nobody said anything.
pub fn start(config: &Config, default: &str) -> Result<()> {
    let filter = config.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        CliError::usage(format!("`{filter}` is not a log filter: {error}"))
            .hint("try `info`, or `warn,rulewright_engine=debug`")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second subscriber is refused, and then the first is as good.
    let _ = match config.log_json {
        true => log.json().try_init(),
        false => log.with_target(false).try_init(),
    };
    Ok(())
}
