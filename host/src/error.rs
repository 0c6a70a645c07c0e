//! Errors as people at a terminal need them: what happened, what to do now, and a code for scripts.

use std::path::Path;
use std::{
    fmt,
    io::{self, Write},
};

use rulewright_domain::code::explain;
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
    pub hint: String,
    /// Of the API's answer, where it was one.
    pub status: Option<u16>,
}

pub type Result<T> = std::result::Result<T, CliError>;

impl CliError {
    /// With the hint that is usual for such an end; [`CliError::hint`] says something better.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> CliError {
        let hint = usual_hint(exit).to_owned();
        CliError { exit, code: code.to_owned(), message: message.into(), hint, status: None }
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

    /// A file that was named and cannot be read.
    pub fn no_file(path: &Path, error: &io::Error) -> CliError {
        let (code, hint) = match error.kind() {
            io::ErrorKind::NotFound => ("no-such-file", "check the path; it begins at the current folder"),
            io::ErrorKind::PermissionDenied => {
                ("not-readable", "let the user that runs this command read it")
            }
            _ => ("not-readable", "name a file that can be read"),
        };
        CliError::refused(code, format!("cannot read {}: {error}", path.display())).hint(hint)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = hint.into();
        self
    }

    pub fn json(&self) -> Value {
        json!({ "type": "error", "code": self.code, "message": self.message, "hint": self.hint })
    }

    /// To the terminal's error stream; stdout is for data.
    pub fn print(&self, as_json: bool) {
        let mut to = io::stderr();
        // Where nobody can be told any more, how it ended says it.
        let _ = match as_json {
            true => writeln!(to, "{}", self.json()),
            false => writeln!(to, "{self}"),
        };
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}\n  = help: {}", self.code, self.message, self.hint)?;
        // Plugins have codes of their own, which nobody here can explain.
        match explain("en", &self.code) {
            Some(_) => write!(f, "\n  = more: rulewright explain {}", self.code),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CliError {}

fn usual_hint(exit: Exit) -> &'static str {
    match exit {
        Exit::Failed => {
            "the same command with --log debug says more; `rulewright doctor` checks machine and data"
        }
        Exit::Usage => "`rulewright help COMMAND` lists what it takes; settings are in docs/cli.md",
        Exit::Refused => "correct what the message names; list and show commands tell what there is",
        Exit::Consent => "say yes, or use --yes where nobody can answer",
        Exit::Unreachable => "check --data, or --server and --token; `rulewright doctor` says more",
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> CliError {
        let exit = match refusal {
            Refusal::Storage(_) | Refusal::Failed(_) => Exit::Failed,
            _ => Exit::Refused,
        };
        CliError::new(exit, refusal.code(), refusal.to_string()).hint(refusal.hint())
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
        let text = "error[not-found]: there is no run `run_7`\n  = help: list them: `rulewright run list`\n  = \
                    more: rulewright explain not-found";
        assert_eq!(error.to_string(), text);
        assert!(!CliError::refused("of-a-plugin", "x").to_string().contains("explain"));
        assert_eq!(error.json()["hint"], "list them: `rulewright run list`");
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let plain = Err::<(), _>("it broke").doing(|| "cannot go on".to_owned());
        let errors = [
            CliError::failed("x"),
            CliError::usage("x"),
            CliError::refused("x", "x"),
            CliError::new(Exit::Consent, "x", "x"),
            CliError::new(Exit::Unreachable, "x", "x"),
            CliError::no_file(Path::new("a.csv"), &missing),
            plain.unwrap_err(),
            StorageError::Closed.into(),
            Refusal::Conflict { message: "x".to_owned() }.into(),
        ];
        for error in errors {
            assert!(error.json()["hint"].as_str().is_some_and(|hint| hint.len() > 9), "{error}");
        }
    }
}
