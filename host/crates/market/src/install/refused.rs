//! Why nothing was installed, in one shape, whatever found it.

use std::borrow::Cow;

use rulewright_engine::Refusal as EngineRefusal;
use rulewright_ports::{FetchRefusal, StorageError};
use rulewright_registry::{self as registry, Distrust, NotAsked, signature::SignatureRefusal};

use super::job::Refused;

/// Why something that was asked of installations came to nothing.
#[derive(Clone, Debug)]
pub enum Denied {
    /// What stands against it here.
    Refused(Refused),
    /// What the engine says, or the storage below it.
    Engine(EngineRefusal),
}

impl Denied {
    /// In one shape, whoever says it.
    pub fn refused(self) -> Refused {
        match self {
            Denied::Refused(refused) => refused,
            Denied::Engine(refusal) => refusal.into(),
        }
    }
}

impl From<Refused> for Denied {
    fn from(refused: Refused) -> Denied {
        Denied::Refused(refused)
    }
}

impl From<EngineRefusal> for Denied {
    fn from(refusal: EngineRefusal) -> Denied {
        Denied::Engine(refusal)
    }
}

impl From<StorageError> for Denied {
    fn from(error: StorageError) -> Denied {
        Denied::Engine(error.into())
    }
}

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
}

impl From<FetchRefusal> for Refused {
    fn from(refusal: FetchRefusal) -> Refused {
        let hint = "docs/errors.md says what the code means and what to do";
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
                match error {
                    StorageError::Full(_) => "the server's disk is full".to_owned(),
                    _ => "the data could not be read or written".to_owned(),
                }
            }
            EngineRefusal::Failed(failure) => failure.message.clone(),
            _ => refusal.to_string(),
        };
        Refused { ours, ..Refused::new(code, message, hint) }
    }
}
