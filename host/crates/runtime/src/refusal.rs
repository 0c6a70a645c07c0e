//! Why a host function does not do what it was asked.
//!
//! **Invariant:** what the guest did wrong, or may not do, is a value that the guest can handle. What is wrong
//! with us, or beyond every limit, ends the step: no plugin can decide well about a broken database.

use rulewright_domain::Rejection;
use rulewright_ports::WorldError;

use crate::bindings::errors::{Detail, HostError, Issue};

pub(crate) enum Refusal {
    /// For the guest.
    Value(HostError),
    /// Ends the step.
    Stop(Stop),
}

/// Ends the step from inside a host function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("limit `{name}`: {message}")]
    Limit { name: &'static str, message: String },
    #[error("the host could not answer: {0}")]
    Host(String),
    #[error("the CPU time is used up")]
    Cpu,
}

impl From<HostError> for Refusal {
    fn from(error: HostError) -> Refusal {
        Refusal::Value(error)
    }
}

impl From<WorldError> for Refusal {
    fn from(error: WorldError) -> Refusal {
        Refusal::Stop(Stop::Host(error.0))
    }
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Refusal {
        Refusal::Stop(stop)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Refusal {
        Refusal::Value(match rejection {
            Rejection::NotFound { .. } => HostError::NotFound,
            Rejection::Conflict { current, .. } => HostError::Conflict(current),
            Rejection::Invalid { .. } => invalid("", rejection.code(), rejection.to_string()),
            other_rejection => other(other_rejection.code(), other_rejection.to_string()),
        })
    }
}

pub(crate) fn denied(message: impl Into<String>) -> HostError {
    HostError::Denied(message.into())
}

/// `path` is a JSON pointer into the arguments.
pub(crate) fn invalid(path: &str, code: &str, message: impl Into<String>) -> HostError {
    HostError::Invalid(vec![Issue { path: path.to_owned(), code: code.to_owned(), message: message.into() }])
}

pub(crate) fn other(code: &str, message: impl Into<String>) -> HostError {
    HostError::Other(detail(code, message))
}

pub(crate) fn detail(code: &str, message: impl Into<String>) -> Detail {
    Detail { code: code.to_owned(), message: message.into(), retryable: false, retry_after: None }
}
