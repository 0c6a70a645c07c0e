use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DocumentId, OrderId, RunId, ShopId, Timestamp};

/// A text with placeholders, in the template language of documents (minijinja: loops over lines, escaping).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub title: String,
    /// Of what the filled template is, e.g. `text/html`.
    pub media_type: String,
    pub source: String,
    pub numerator: String,
}

/// Hands out gapless numbers: the next one is taken in the transaction that stores the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numerator {
    pub name: String,
    /// `{number}` is replaced, e.g. `INV-{number}`.
    pub pattern: String,
    pub start: u64,
    /// Zeros are put in front up to this length.
    pub pad: u8,
}

impl Numerator {
    pub fn format(&self, number: u64) -> String {
        let padded = format!("{number:0width$}", width = usize::from(self.pad));
        self.pattern.replace("{number}", &padded)
    }
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentDraft {
    FromTemplate {
        order: OrderId,
        template: String,
        numerator: Option<String>,
        title: Option<String>,
        public_link: bool,
        values: Value,
    },
    Made {
        order: OrderId,
        title: String,
        media_type: String,
        #[serde(with = "crate::bytes")]
        content: Vec<u8>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub id: DocumentId,
    pub shop: ShopId,
    pub order: OrderId,
    pub run: Option<RunId>,
    pub template: Option<String>,
    pub numerator: Option<String>,
    pub number: Option<String>,
    pub title: String,
    pub media_type: String,
    /// Of the unguessable public link, where one was asked for.
    pub public_code: Option<String>,
    pub created: Timestamp,
    pub size: u64,
    #[serde(skip)]
    pub content: Vec<u8>,
}
