//! Why a call has no result, in the facade's words. A caller's mistake is never 5xx: clients repeat those.

use axum::http::StatusCode;
use rulewright_engine::{INTAKE_HALTED, OVERLOADED, Refusal};
use rulewright_ports::{StorageError, TurnedAway};

#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub status: StatusCode,
    /// Empty for the classic methods' sentences.
    pub code: String,
    pub description: String,
    /// Seconds after which a repetition has a chance.
    pub wait: Option<u64>,
    /// Why nobody has looked into the call, for the numbers.
    pub turned: Option<TurnedAway>,
}

/// What can be wrong before a method is reached, or with the call as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    HttpsRequired,
    BatchTooLong,
    BatchInBatch,
    NoAuth,
    InvalidToken,
    ExpiredToken,
    InsufficientScope,
    AccessDenied,
    ApplicationRequired,
    UserAccess,
    MethodNotFound,
    OperationTime,
    TooManyRequests,
    TooManyWrong,
    LateAuth,
    Internal,
}

impl Fault {
    pub fn new(status: StatusCode, code: impl Into<String>, description: impl Into<String>) -> Fault {
        Fault { status, code: code.into(), description: description.into(), wait: None, turned: None }
    }

    pub fn turned_away(self, why: TurnedAway, wait: Option<u64>) -> Fault {
        Fault { wait, turned: Some(why), ..self }
    }

    /// Whether it says that a secret is none of ours. One that was is a secret all the same.
    pub fn is_wrong_secret(&self) -> bool {
        [System::NoAuth, System::InvalidToken].into_iter().any(|what| self.code == Fault::system(what).code)
    }

    /// A sentence of the classic methods, which have no codes.
    pub fn classic(description: impl Into<String>) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, "", description)
    }

    pub fn coded(code: impl Into<String>, description: impl Into<String>) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, code, description)
    }

    /// A required parameter of a universal method.
    pub fn missing(parameter: &str) -> Fault {
        Fault::coded("100", format!("Could not find value for parameter {{{parameter}}}"))
    }

    pub fn system(what: System) -> Fault {
        use System::*;
        let (status, code, description) = match what {
            HttpsRequired => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", "Https required."),
            BatchTooLong => (
                StatusCode::BAD_REQUEST,
                "ERROR_BATCH_LENGTH_EXCEEDED",
                "Max batch length exceeded: 50 commands",
            ),
            BatchInBatch => (
                StatusCode::METHOD_NOT_ALLOWED,
                "ERROR_BATCH_METHOD_NOT_ALLOWED",
                "Method is not allowed for batch usage",
            ),
            NoAuth => (
                StatusCode::UNAUTHORIZED,
                "NO_AUTH_FOUND",
                "Wrong authorization data: call /rest/USER/CODE/METHOD of a webhook, or send a token as `auth`",
            ),
            InvalidToken => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token provided is unknown or revoked: ask for a new one",
            ),
            ExpiredToken => (
                StatusCode::UNAUTHORIZED,
                "expired_token",
                "The access token provided has expired: refresh it",
            ),
            InsufficientScope => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The request requires higher privileges than provided by the access token",
            ),
            AccessDenied => (StatusCode::FORBIDDEN, "ACCESS_DENIED", "Access denied."),
            ApplicationRequired => {
                (StatusCode::FORBIDDEN, "ACCESS_DENIED", "Access denied! Application context required")
            }
            UserAccess => (
                StatusCode::FORBIDDEN,
                "user_access_error",
                "The user does not have access: they do not work for this shop, or do not any more",
            ),
            MethodNotFound => (StatusCode::NOT_FOUND, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
            OperationTime => (
                StatusCode::TOO_MANY_REQUESTS,
                "OPERATION_TIME_LIMIT",
                "Method is blocked due to operation time limit: see `operating_reset_at` of its last answer",
            ),
            TooManyRequests => (StatusCode::SERVICE_UNAVAILABLE, "QUERY_LIMIT_EXCEEDED", "Too many requests"),
            // As the one before, which its clients know as "wait, and repeat it".
            LateAuth => (
                StatusCode::SERVICE_UNAVAILABLE,
                "QUERY_LIMIT_EXCEEDED",
                "Too many large requests say only in their body who asks: repeat it, or send the token in the query or as \
                 `Authorization: Bearer`",
            ),
            // Ours, beyond the contract, and no 5xx: clients would repeat it at once.
            TooManyWrong => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_WRONG_SECRETS",
                "Too many wrong codes or tokens came from this address: a right one works, with another wait",
            ),
            Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "Internal server error"),
        };
        Fault::new(status, code, description)
    }

    /// For a request that cannot be read at all.
    pub fn unreadable(description: impl Into<String>) -> Fault {
        Fault::coded("INVALID_REQUEST", description)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Fault {
        tracing::error!(%error, "the storage failed");
        match error {
            StorageError::Full(_) | StorageError::Disk(_) | StorageError::Unsure(_) => {
                let description = "The server's disk takes nothing now: repeat the call later";
                Fault::new(StatusCode::SERVICE_UNAVAILABLE, code(error.code()), description)
            }
            _ => Fault::system(System::Internal),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let hint = refusal.hint();
        match refusal {
            Refusal::Storage(error) => Fault::from(error),
            Refusal::Denied { message, .. } => {
                Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", format!("{message}: {hint}"))
            }
            Refusal::Failed(failure) if failure.code == INTAKE_HALTED => {
                Fault::new(StatusCode::SERVICE_UNAVAILABLE, code(INTAKE_HALTED), failure.message)
            }
            // Its clients know this as "wait, and repeat it".
            Refusal::Failed(failure) if failure.code == OVERLOADED => {
                Fault { wait: Some(5), ..Fault::system(System::TooManyRequests) }
            }
            other => Fault::coded(code(other.code()), format!("{other}: {hint}")),
        }
    }
}

/// In the facade's spelling.
fn code(ours: &str) -> String {
    ours.to_ascii_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Rejection;

    use super::*;

    #[test]
    fn what_the_engine_refuses_is_the_callers_mistake_and_only_storage_is_ours() {
        let rejected =
            Fault::from(Refusal::Rejected(Rejection::NotFound { what: "order", id: "ord_7".into() }));
        assert_eq!((rejected.status.as_u16(), rejected.code.as_str()), (400, "NOT_FOUND"));
        assert!(rejected.description.contains("ord_7"), "{}", rejected.description);
        let broken = Fault::from(Refusal::Storage(StorageError::Closed));
        assert_eq!((broken.status.as_u16(), broken.code.as_str()), (500, "INTERNAL_SERVER_ERROR"));
        assert!(!broken.description.contains("storage"), "what broke is for the log, not for callers");
        let full = Refusal::Failed(rulewright_ports::Failure::new(OVERLOADED, "too much waits", true));
        let full = Fault::from(full);
        assert_eq!((full.status.as_u16(), full.code.as_str()), (503, "QUERY_LIMIT_EXCEEDED"));
        let disk = Fault::from(Refusal::Storage(StorageError::Full("13".into())));
        assert_eq!((disk.status.as_u16(), disk.code.as_str()), (503, "DISK_FULL"));
        let denied = Refusal::Denied { code: "x", message: "no".into() };
        assert_eq!(Fault::from(denied).status.as_u16(), 403);
    }

    #[test]
    fn each_system_error_has_the_status_of_the_contract() {
        use System::*;
        for (what, status, code) in [
            (HttpsRequired, 400, "INVALID_REQUEST"),
            (BatchTooLong, 400, "ERROR_BATCH_LENGTH_EXCEEDED"),
            (BatchInBatch, 405, "ERROR_BATCH_METHOD_NOT_ALLOWED"),
            (NoAuth, 401, "NO_AUTH_FOUND"),
            (InvalidToken, 401, "invalid_token"),
            (ExpiredToken, 401, "expired_token"),
            (InsufficientScope, 403, "insufficient_scope"),
            (AccessDenied, 403, "ACCESS_DENIED"),
            (ApplicationRequired, 403, "ACCESS_DENIED"),
            (UserAccess, 403, "user_access_error"),
            (MethodNotFound, 404, "ERROR_METHOD_NOT_FOUND"),
            (OperationTime, 429, "OPERATION_TIME_LIMIT"),
            (Internal, 500, "INTERNAL_SERVER_ERROR"),
            (TooManyRequests, 503, "QUERY_LIMIT_EXCEEDED"),
            (LateAuth, 503, "QUERY_LIMIT_EXCEEDED"),
            (TooManyWrong, 429, "TOO_MANY_WRONG_SECRETS"),
        ] {
            let fault = Fault::system(what);
            assert_eq!((fault.status.as_u16(), fault.code.as_str()), (status, code));
        }
        let guessed = |what| Fault::system(what).is_wrong_secret();
        assert_eq!(
            [NoAuth, InvalidToken, ExpiredToken, AccessDenied].map(guessed),
            [true, true, false, false]
        );
        assert_eq!(Fault::missing("fields").description, "Could not find value for parameter {fields}");
        assert_eq!(Fault::classic("Not found.").code, "");
    }
}
