use rulewright_domain::{self as domain, DocumentId, OrderId, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document without its content.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    #[schema(value_type = String, example = "doc_3")]
    id: DocumentId,
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    #[schema(value_type = Option<String>, example = "run_5")]
    run: Option<RunId>,
    template: Option<String>,
    numerator: Option<String>,
    #[schema(example = "INV-0001")]
    number: Option<String>,
    title: String,
    media_type: String,
    /// Bytes.
    size: u64,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// Path of the link that works without a token; null where none was asked for.
    #[schema(example = "/d/9f0c")]
    public_path: Option<String>,
}

impl From<domain::Document> for Document {
    fn from(document: domain::Document) -> Document {
        Document {
            id: document.id,
            order: document.order,
            run: document.run,
            template: document.template,
            numerator: document.numerator,
            number: document.number,
            title: document.title,
            media_type: document.media_type,
            size: document.size,
            created: document.created,
            public_path: document.public_code.map(|code| format!("/d/{code}")),
        }
    }
}

/// A text with placeholders. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateInput {
    title: String,
    /// Of the filled template.
    #[schema(example = "text/html")]
    media_type: String,
    source: String,
    /// Gives its documents their numbers.
    numerator: String,
}

impl TemplateInput {
    pub fn into_domain(self, name: String) -> domain::Template {
        let TemplateInput { title, media_type, source, numerator } = self;
        domain::Template { name, title, media_type, source, numerator }
    }
}

/// A text with placeholders.
#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    #[schema(example = "invoice")]
    name: String,
    #[serde(flatten)]
    rest: TemplateInput,
}

impl From<domain::Template> for Template {
    fn from(template: domain::Template) -> Template {
        let domain::Template { name, title, media_type, source, numerator } = template;
        Template { name, rest: TemplateInput { title, media_type, source, numerator } }
    }
}

/// Hands out gapless numbers. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumeratorInput {
    #[schema(example = "INV-{number}")]
    pattern: String,
    #[serde(default = "one")]
    start: u64,
    /// Zeros are put in front up to this length.
    #[serde(default)]
    pad: u8,
}

fn one() -> u64 {
    1
}

impl NumeratorInput {
    pub fn into_domain(self, name: String) -> domain::Numerator {
        let NumeratorInput { pattern, start, pad } = self;
        domain::Numerator { name, pattern, start, pad }
    }
}

/// Hands out gapless numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Numerator {
    #[schema(example = "invoices")]
    name: String,
    #[serde(flatten)]
    rest: NumeratorInput,
}

impl From<domain::Numerator> for Numerator {
    fn from(numerator: domain::Numerator) -> Numerator {
        let domain::Numerator { name, pattern, start, pad } = numerator;
        Numerator { name, rest: NumeratorInput { pattern, start, pad } }
    }
}

/// A template to be filled from an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    template: String,
    /// The template's own if left out.
    numerator: Option<String>,
    title: Option<String>,
    /// Whether it gets a link that works without a token.
    #[serde(default)]
    public_link: bool,
    /// More for the placeholders.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: serde_json::Value,
}

impl From<NewDocument> for domain::DocumentDraft {
    fn from(new: NewDocument) -> domain::DocumentDraft {
        let NewDocument { order, template, numerator, title, public_link, values } = new;
        domain::DocumentDraft::FromTemplate { order, template, numerator, title, public_link, values }
    }
}
