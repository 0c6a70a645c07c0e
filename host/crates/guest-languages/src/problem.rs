//! Why a plugin was not built.

use std::fmt::{Display, Formatter};
use std::path::Path;

/// What happened, and what its author can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable and machine-readable.
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(code: &'static str, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Problem {
        Problem { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error) -> Problem {
        Problem::new("file", format!("cannot {verb} {}: {error}", path.display()))
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n{hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
