use serde::{Deserialize, Serialize};

/// A form that clients fill in, on the site or wherever it is embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub name: String,
    pub title: String,
    /// Who sends it asks to be called back.
    pub callback: bool,
}

impl Form {
    pub fn kind(&self) -> &'static str {
        if self.callback { crate::kind::CALLBACK_REQUESTED } else { crate::kind::FORM_SUBMITTED }
    }
}
