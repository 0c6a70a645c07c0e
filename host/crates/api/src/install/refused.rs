//! Why nothing was installed, in one shape, whatever found it.

use std::borrow::Cow;

use axum::http::StatusCode;
use rulewright_engine::Refusal as EngineRefusal;
use rulewright_ports::FetchRefusal;
use rulewright_registry::{self as registry, Distrust, NotAsked, signature::SignatureRefusal};

use super::job::Refused;
use crate::problem::Problem;

/// What to do about it, where the message does not say so by itself.
const MEND: &str =
    "mend the plugin and build it again; `rulewright plugin check FILE` says the same without a server";

impl Refused {
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Refused {
        Refused { code: code.into(), message: message.into(), hint: hint.into(), ours: false }
    }

    pub fn bug(message: &str) -> Refused {
        let hint = "the server's log says more; please report it";
        Refused { ours: true, ..Refused::new("bug", message, hint) }
    }

    /// The same as an answer to a request.
    pub fn problem(self) -> Problem {
        let status = match &*self.code {
            _ if self.ours => StatusCode::SERVICE_UNAVAILABLE,
            "bug" | "storage" => StatusCode::INTERNAL_SERVER_ERROR,
            "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
            "unsigned" | "other-key" | "downgrade" | "other-digest" | "conflict" | "revoked" => {
                StatusCode::CONFLICT
            }
            "not-found" => StatusCode::NOT_FOUND,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, self.code, self.message).hint(self.hint)
    }
}

impl From<FetchRefusal> for Refused {
    fn from(refusal: FetchRefusal) -> Refused {
        let hint = "docs/installing.md says what each code of the stage `fetch` means and what to do";
        Refused::new(refusal.code, refusal.message, hint)
    }
}

impl From<registry::Refusal> for Refused {
    fn from(refusal: registry::Refusal) -> Refused {
        Refused::new(refusal.code(), refusal.to_string(), MEND)
    }
}

impl From<Distrust> for Refused {
    fn from(distrust: Distrust) -> Refused {
        let hint = match distrust {
            Distrust::ReplacesOurs { .. } => {
                "compare the fingerprint with what the publisher says elsewhere, then repeat it with `accept_key`"
            }
            Distrust::OtherPlugin { .. } => {
                "GET /v1/plugins lists what is installed, with where each came from"
            }
            Distrust::Downgrade { .. } => {
                "go back to the version before with POST /v1/plugins/{id}/rollback, or repeat it with `allow_downgrade`"
            }
        };
        Refused::new(distrust.code(), distrust.to_string(), hint)
    }
}

impl From<SignatureRefusal> for Refused {
    fn from(refusal: SignatureRefusal) -> Refused {
        let hint = match refusal {
            SignatureRefusal::Unsigned(_) => {
                "get a signed package, or allow an unsigned one with `allow_unsigned`"
            }
            SignatureRefusal::OtherKey { .. } => {
                "compare the fingerprint with what the publisher says elsewhere, then repeat it with `accept_key`"
            }
            _ => "get package and signature again from the publisher; nothing has changed here",
        };
        Refused::new(refusal.code(), refusal.to_string(), hint)
    }
}

impl From<NotAsked> for Refused {
    fn from(wrong: NotAsked) -> Refused {
        Refused::new("more-than-asked", wrong.to_string(), "a grant gives at most what the consent names")
    }
}

impl From<EngineRefusal> for Refused {
    fn from(refusal: EngineRefusal) -> Refused {
        let ours = matches!(&refusal, EngineRefusal::Storage(_))
            || matches!(&refusal, EngineRefusal::Failed(failure) if failure.retryable);
        let (code, hint) = (refusal.code().to_owned(), refusal.hint());
        let message = match &refusal {
            // What the database says is for the operator's log, not for callers.
            EngineRefusal::Storage(error) => {
                tracing::error!(%error, "storage failed");
                "the data could not be read or written".to_owned()
            }
            EngineRefusal::Failed(failure) => failure.message.clone(),
            _ => refusal.to_string(),
        };
        Refused { ours, ..Refused::new(code, message, hint) }
    }
}
