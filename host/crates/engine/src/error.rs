use rulewright_domain::Rejection;
use rulewright_ports::{Failure, Issue, StorageError};

/// Why nothing was done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("{}", summary(.0))]
    Invalid(Vec<Issue>),
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    #[error("the idempotency key `{key}` was used before for another request")]
    KeyReused { key: String },
    #[error("{message}")]
    Conflict { message: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Refusal {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Refusal {
        Refusal::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn invalid(path: &str, code: &str, message: impl Into<String>) -> Refusal {
        let issue = Issue { path: path.to_owned(), code: code.to_owned(), message: message.into() };
        Refusal::Invalid(vec![issue])
    }

    /// Stable and machine-readable.
    pub fn code(&self) -> &str {
        match self {
            Refusal::Rejected(rejection) => rejection.code(),
            Refusal::Invalid(_) => "invalid",
            Refusal::NotFound { .. } => "not-found",
            Refusal::KeyReused { .. } => "idempotency-key-reused",
            Refusal::Conflict { .. } => "conflict",
            Refusal::Storage(_) => "storage",
            Refusal::Failed(failure) => &failure.code,
        }
    }

    /// What to do about it, where the message does not say so already.
    pub fn hint(&self) -> Option<String> {
        match self {
            Refusal::KeyReused { .. } => Some("use a new key for every new request".to_owned()),
            Refusal::Storage(_) => {
                Some("check the disk and the data directory, e.g. with `rulewright doctor`".to_owned())
            }
            _ => None,
        }
    }
}

fn summary(issues: &[Issue]) -> String {
    let first = issues.first().map_or_else(String::new, |issue| format!("{}: {}", issue.path, issue.message));
    match issues.len() {
        0 | 1 => first,
        many => format!("{first} (and {} more)", many - 1),
    }
}
