use rulewright_domain::{self as domain, DocumentId, OrderId, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::yes;

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
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Invoice", "media_type": "text/html", "source": "<h1>Invoice {{ document.number }}</h1>", "numerator": "invoices"}))]
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
        domain::Template { name, title, media_type, source: domain::Source::Text(source), numerator }
    }
}

/// What documents are made of: a text, or a file that a plugin fills.
#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    #[schema(example = "invoice")]
    name: String,
    title: String,
    /// Of the filled template.
    #[schema(example = "text/html")]
    media_type: String,
    /// Gives its documents their numbers.
    numerator: String,
    /// `text`, `docx` or `typst`.
    #[schema(example = "docx")]
    kind: String,
    /// Of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<TemplateFile>,
}

/// Its bytes are at `/v1/templates/{name}/file`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateFile {
    /// SHA-256.
    digest: String,
    /// Bytes.
    size: u64,
    /// What it inserts, where that can be read from it.
    #[schema(example = json!(["order.number", "order.total | money"]))]
    placeholders: Vec<String>,
}

impl From<domain::Template> for Template {
    fn from(template: domain::Template) -> Template {
        let kind = template.kind().to_owned();
        let domain::Template { name, title, media_type, source, numerator } = template;
        let (source, file) = match source {
            domain::Source::Text(text) => (Some(text), None),
            domain::Source::File(domain::TemplateFile { digest, size, placeholders, .. }) => {
                (None, Some(TemplateFile { digest, size, placeholders }))
            }
        };
        Template { name, title, media_type, numerator, kind, source, file }
    }
}

/// Hands out gapless numbers. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumeratorInput {
    /// With `{number}`, and `{year}`, `{month}` and `{day}` of the day where the shop is.
    #[schema(example = "INV-{year}-{number}")]
    pattern: String,
    /// A start that is raised above the last number counts; numbers never go back.
    #[serde(default = "one")]
    start: u64,
    #[serde(default = "one")]
    step: u64,
    /// The number is filled up in front to this length.
    #[serde(default)]
    pad: u8,
    /// With this: 0, or a sign that is no digit.
    #[serde(default = "zero")]
    #[schema(value_type = String, example = "0")]
    pad_with: char,
    #[serde(default)]
    reset: Reset,
}

/// When numbers begin anew, in the shop's time zone. The pattern then needs the date down to that.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    #[default]
    Never,
    Year,
    Month,
    Day,
}

fn one() -> u64 {
    1
}

fn zero() -> char {
    '0'
}

impl NumeratorInput {
    pub fn into_domain(self, name: String) -> domain::Numerator {
        let NumeratorInput { pattern, start, step, pad, pad_with, reset } = self;
        let reset = match reset {
            Reset::Never => domain::Reset::Never,
            Reset::Year => domain::Reset::Year,
            Reset::Month => domain::Reset::Month,
            Reset::Day => domain::Reset::Day,
        };
        domain::Numerator { name, pattern, start, step, pad, pad_with, reset }
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
        let domain::Numerator { name, pattern, start, step, pad, pad_with, reset } = numerator;
        let reset = match reset {
            domain::Reset::Never => Reset::Never,
            domain::Reset::Year => Reset::Year,
            domain::Reset::Month => Reset::Month,
            domain::Reset::Day => Reset::Day,
        };
        Numerator { name, rest: NumeratorInput { pattern, start, step, pad, pad_with, reset } }
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
    /// As whom the shop writes; its first if left out.
    requisites: Option<String>,
    /// Whether their bank details may be inserted.
    #[serde(default = "yes")]
    bank_details: bool,
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
        let NewDocument { order, template, numerator, title, requisites, bank_details, public_link, values } =
            new;
        domain::DocumentDraft::FromTemplate(domain::FromTemplate {
            order,
            template,
            numerator,
            title,
            requisites,
            bank_details,
            public_link,
            values,
        })
    }
}
