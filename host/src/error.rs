//! Errors as people at a terminal need them: what happened, what to do now, and a code for scripts.

use std::fmt;

use rulewright_engine::Refusal;
use rulewright_ports::StorageError;
use serde_json::{Value, json};

/// How the program ended; documented in `docs/cli.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Failed = 1,
    /// Also what clap uses.
    Usage = 2,
    /// What was named is not there, or was refused.
    Refused = 3,
    /// A question has not been answered with yes.
    Consent = 4,
    /// The data directory or the server cannot be reached.
    Unreachable = 5,
}

#[derive(Debug)]
pub struct CliError {
    pub exit: Exit,
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

pub type Result<T> = std::result::Result<T, CliError>;

impl CliError {
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> CliError {
        CliError { exit, code: code.to_owned(), message: message.into(), hint: None }
    }

    pub fn failed(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Failed, "failed", message)
    }

    pub fn usage(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Usage, "usage", message)
    }

    pub fn refused(code: &str, message: impl Into<String>) -> CliError {
        CliError::new(Exit::Refused, code, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = Some(hint.into());
        self
    }

    pub fn json(&self) -> Value {
        json!({ "type": "error", "code": self.code, "message": self.message, "hint": self.hint })
    }

    /// To the terminal's error stream; stdout is for data.
    pub fn print(&self, as_json: bool) {
        if as_json {
            eprintln!("{}", self.json());
        } else {
            eprintln!("{self}");
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  = help: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CliError {}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> CliError {
        let exit = match refusal {
            Refusal::Storage(_) | Refusal::Failed(_) => Exit::Failed,
            _ => Exit::Refused,
        };
        let hint = refusal.hint();
        let code = refusal.code().to_owned();
        CliError { exit, code, message: refusal.to_string(), hint }
    }
}

impl From<StorageError> for CliError {
    fn from(error: StorageError) -> CliError {
        Refusal::from(error).into()
    }
}

/// Adds what was being done to errors of the system.
pub trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        // The alternate form shows the causes of an `anyhow::Error` too.
        self.map_err(|error| CliError::failed(format!("{}: {error:#}", what())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_happened_and_what_to_do() {
        let error = CliError::refused("not-found", "there is no run `run_7`")
            .hint("list them: `rulewright run list`");
        let text = "error[not-found]: there is no run `run_7`\n  = help: list them: `rulewright run list`";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.json()["hint"], "list them: `rulewright run list`");
    }
}
