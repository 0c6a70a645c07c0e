//! How a step fails: by whether anybody, or only time, can mend it.

use crate::bindings::rule::rulewright::plugin::runs::{Failure, Outcome, Retry};
use crate::{HostError, Issue};

/// The step failed. Whatever it staged is dropped.
///
/// Begin the text with a stable code and a colon: `too-long: the text has 214 characters, 200 fit`.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Trying again cannot help.
    GiveUp(String),
    /// The settings are wrong; somebody must mend them.
    Settings(String),
    /// Trying again may help.
    RetryLater {
        /// Milliseconds, where the other side said so.
        after: Option<u64>,
        reason: String,
    },
}

/// What a step, and anything it calls, comes back with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Trying again cannot help.
    pub fn give_up(reason: impl Into<String>) -> Self {
        Error::GiveUp(reason.into())
    }

    /// The settings are wrong; somebody must mend them.
    pub fn settings(reason: impl Into<String>) -> Self {
        Error::Settings(reason.into())
    }

    /// Trying again may help; the host chooses when, and how often.
    pub fn retry_later(reason: impl Into<String>) -> Self {
        Error::RetryLater { after: None, reason: reason.into() }
    }

    /// Whether time alone may mend it.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::RetryLater { .. })
    }

    /// What the host is told. A known waiting time travels as the outcome `retry`.
    pub(crate) fn into_result(self) -> Result<Outcome, Failure> {
        match self {
            Error::GiveUp(reason) => Err(Failure::Permanent(reason)),
            Error::Settings(reason) => Err(Failure::Config(reason)),
            Error::RetryLater { after: None, reason } => Err(Failure::Transient(reason)),
            Error::RetryLater { after, reason } => Ok(Outcome::Retry(Retry { after, reason })),
        }
    }

    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Error::GiveUp(reason) => Failure::Permanent(reason),
            Error::Settings(reason) => Failure::Config(reason),
            Error::RetryLater { reason, .. } => Failure::Transient(reason),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::GiveUp(reason) | Error::Settings(reason) | Error::RetryLater { reason, .. } => {
                f.write_str(reason)
            }
        }
    }
}

impl std::error::Error for Error {}

/// Refusals that pass with time are transient, all others permanent.
impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        let reason = error.explain();
        match error {
            HostError::Conflict(_) => Error::retry_later(reason),
            HostError::Unavailable(after) => Error::RetryLater { after, reason },
            HostError::Other(detail) if detail.retryable => {
                Error::RetryLater { after: detail.retry_after, reason }
            }
            _ => Error::GiveUp(reason),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::GiveUp(format!("bad-json: {error}"))
    }
}

impl HostError {
    /// Stable and machine-readable: `denied`, `not-found`, `no-address`, ...
    pub fn code(&self) -> &str {
        match self {
            HostError::Denied(_) => "denied",
            HostError::NotFound => "not-found",
            HostError::Conflict(_) => "conflict",
            HostError::Invalid(_) => "invalid",
            HostError::Limit(_) => "limit",
            HostError::Unavailable(_) => "unavailable",
            HostError::Other(detail) => &detail.code,
        }
    }

    /// One line: the code, a colon, and what is known.
    pub fn explain(&self) -> String {
        let code = self.code();
        match self {
            HostError::Denied(what) => format!("{code}: {what}"),
            HostError::NotFound => format!("{code}: there is nothing with that id"),
            HostError::Conflict(revision) => format!("{code}: the order is at revision {revision}"),
            HostError::Invalid(issues) => format!("{code}: {}", explain(issues)),
            HostError::Limit(name) => format!("{code}: {name} is used up"),
            HostError::Unavailable(_) => format!("{code}: the other side is down"),
            HostError::Other(detail) => format!("{code}: {}", detail.message),
        }
    }
}

fn explain(issues: &[Issue]) -> String {
    let lines: Vec<String> =
        issues.iter().map(|issue| format!("{} {}", issue.path, issue.message).trim().to_owned()).collect();
    lines.join("; ")
}
