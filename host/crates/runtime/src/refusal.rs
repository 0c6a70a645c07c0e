//! Why a host function does not do what it was asked.
//!
//! **Invariant:** what the guest did wrong, or may not do, is a value that the guest can handle. What is wrong
//! with us, or beyond every limit, ends the step: no plugin can decide well about a broken database.

use rulewright_domain::{Rejection, address::Missing};
use rulewright_ports::WorldError;
use serde::{Deserialize, Serialize};

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
        Refused::from(rejection).into()
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        Refusal::Value(match refused {
            Refused::NotFound => HostError::NotFound,
            Refused::Conflict(current) => HostError::Conflict(current),
            Refused::Invalid { code, message } => invalid("", &code, message),
            Refused::Limit(message) => HostError::Limit(message),
            Refused::Other { code, message } => other(&code, message),
            Refused::World(error) => return Refusal::Stop(Stop::Host(error)),
        })
    }
}

/// Why the keeper does not do it: a refusal that can be told from another process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refused {
    NotFound,
    Conflict(u64),
    Invalid {
        code: String,
        message: String,
    },
    Limit(String),
    Other {
        code: String,
        message: String,
    },
    /// Ours: the guest cannot decide anything about it.
    World(String),
}

impl From<WorldError> for Refused {
    fn from(error: WorldError) -> Refused {
        Refused::World(error.0)
    }
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Refused {
        let (code, message) = (rejection.code().to_owned(), rejection.to_string());
        match rejection {
            Rejection::NotFound { .. } => Refused::NotFound,
            Rejection::Conflict { current, .. } => Refused::Conflict(current),
            Rejection::Invalid { .. } => Refused::Invalid { code, message },
            _ => Refused::Other { code, message },
        }
    }
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Refused {
        Refused::Other { code: missing.code().to_owned(), message: missing.message() }
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
