use rulewright_domain::Rejection;
use rulewright_ports::{Failure, Issue, StorageError};

/// Why nothing was done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("{}", summary(.0))]
    Invalid(Vec<Issue>),
    #[error("{}", summary(.0))]
    OutOfPlan(Vec<Issue>),
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    #[error("the idempotency key `{key}` was used before for another request")]
    KeyReused { key: String },
    #[error("{message}")]
    Conflict { message: String },
    /// Whoever asks may not have it done, whatever else their token allows.
    #[error("{message}")]
    Denied { code: &'static str, message: String },
    #[error(
        "{count} runs of `{plugin}` have not ended: let them end, or remove it with force, which ends them"
    )]
    RunsOpen { plugin: String, count: u64 },
    /// A package that may not come in, or a list of revocations that may not be followed: `unsigned`, `other-key`,
    /// `downgrade`, `revoked`, `stale-list`.
    #[error("{message}")]
    Untrusted { code: &'static str, message: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Refusal {
    /// Whether it is the disk's doing: what was asked for may be done later, as it is.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Refusal::Storage(error) if error.passes())
    }

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
            Refusal::OutOfPlan(_) => crate::publish::NOT_IN_PLAN,
            Refusal::NotFound { .. } => "not-found",
            Refusal::KeyReused { .. } => "idempotency-key-reused",
            Refusal::Conflict { .. } => "conflict",
            Refusal::RunsOpen { .. } => "runs-open",
            Refusal::Denied { code, .. } | Refusal::Untrusted { code, .. } => code,
            Refusal::Storage(error) => error.code(),
            Refusal::Failed(failure) => &failure.code,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Refusal::Rejected(rejection) => rejection_hint(rejection),
            Refusal::Invalid(_) => "correct each place that is named, and send it again",
            Refusal::OutOfPlan(_) => {
                "take out what the shop's plan does not have, or have it added to the plan"
            }
            Refusal::NotFound { .. } => "list what there is; it may be gone, or belong to another shop",
            Refusal::KeyReused { .. } => "use a new key for every new request",
            Refusal::Conflict { .. } => "look at what it is now, and decide again",
            Refusal::RunsOpen { .. } => "look at what still runs, and decide whether it may be ended",
            Refusal::Denied { code, .. } if *code == crate::SIGN_IN || *code == crate::TOO_MANY_TRIES => {
                "type both again; an owner of the shop can set a new password, and so can `rulewright account password`"
            }
            Refusal::Denied { .. } => "compare what was sent with what the shop has set, and send that",
            Refusal::Untrusted { code, .. } => untrusted_hint(code),
            Refusal::Storage(StorageError::Full(_)) => {
                "make room on the server's disk: it goes on by itself, and nothing needs to be started again"
            }
            Refusal::Storage(StorageError::NotWritable(_)) => {
                "let the user that runs this write the data directory and all that is in it"
            }
            Refusal::Storage(_) => "check the disk and the data directory, e.g. with `rulewright doctor`",
            Refusal::Failed(failure) if failure.retryable => "try again in a moment",
            Refusal::Failed(_) => "correct what the message names; the plugin's author can say more",
        }
    }
}

fn untrusted_hint(code: &str) -> &'static str {
    match code {
        "unsigned" => "ask its publisher for a signed one, or say that you take it unsigned",
        "other-key" => {
            "compare the key with what the publisher tells you elsewhere, then accept it by its fingerprint"
        }
        "downgrade" => "take a newer version, go back with a rollback, or say that you want the older one",
        "revoked" => "take another version; the reason comes from a revocation list or from the operator",
        _ => "fetch the list again; if it stays so, ask who publishes it",
    }
}

fn rejection_hint(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::NoSuchStage { .. } => "take one of these stages, or add it to the pipeline first",
        Rejection::NoSuchPipeline(_) => "take one of the shop's pipelines, or make it first",
        Rejection::NotFound { .. } => "list what there is; it may be gone, or belong to another shop",
        Rejection::Conflict { .. } => "read it again, and repeat your change on it",
        Rejection::Paid { .. } => "cancel the order instead: what was paid stays known",
        Rejection::Settled { .. } => "take back what settles it first, or leave it",
        Rejection::Money(_) => "give every amount in the order's currency, and none beyond 64 bits",
        Rejection::Invalid { .. } => "correct it, and send it again",
        Rejection::Loop { .. } => "change one of them so that it does not start the other again",
    }
}

fn summary(issues: &[Issue]) -> String {
    let first = issues.first().map_or_else(String::new, |issue| format!("{}: {}", issue.path, issue.message));
    match issues.len() {
        0 | 1 => first,
        many => format!("{first} (and {} more)", many - 1),
    }
}
