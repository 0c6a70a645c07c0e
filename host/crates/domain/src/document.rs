use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DocumentId, OrderId, RunId, ShopId, Timestamp};

/// What documents are made of, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub title: String,
    /// Of what the filled template is, e.g. `text/html`.
    pub media_type: String,
    pub source: Source,
    pub numerator: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// In the template language of documents (minijinja: loops over lines, escaping). The host fills it.
    Text(String),
    /// A plugin fills it.
    File(TemplateFile),
}

impl From<&str> for Source {
    fn from(text: &str) -> Source {
        Source::Text(text.to_owned())
    }
}

/// The bytes are kept under their digest, so that what a run of the past has filled can still be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFile {
    /// `docx`, `typst`.
    pub kind: String,
    pub digest: String,
    pub size: u64,
    /// What it inserts, where the host can read it.
    #[serde(default)]
    pub placeholders: Vec<String>,
}

impl TemplateFile {
    pub const DOCX: &str = "docx";
    pub const TYPST: &str = "typst";
}

impl Template {
    /// `text`, or what the file is.
    pub fn kind(&self) -> &str {
        match &self.source {
            Source::Text(_) => "text",
            Source::File(file) => &file.kind,
        }
    }
}

/// A document that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FromTemplate {
    pub order: OrderId,
    pub template: String,
    /// None: the template's own.
    pub numerator: Option<String>,
    /// None: the template's own, with the number.
    pub title: Option<String>,
    /// As whom the shop writes; None: its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisites: Option<String>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub bank_details: bool,
    pub public_link: bool,
    pub values: Value,
}

fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentDraft {
    /// The host fills the template.
    FromTemplate(FromTemplate),
    /// A plugin has filled it, under the number that it was told.
    Filled {
        from: FromTemplate,
        number: String,
        media_type: String,
        #[serde(with = "crate::bytes")]
        content: Vec<u8>,
    },
    Made {
        order: OrderId,
        title: String,
        media_type: String,
        #[serde(with = "crate::bytes")]
        content: Vec<u8>,
    },
}

impl DocumentDraft {
    pub fn order(&self) -> OrderId {
        match self {
            DocumentDraft::FromTemplate(from) | DocumentDraft::Filled { from, .. } => from.order,
            DocumentDraft::Made { order, .. } => *order,
        }
    }
}

/// What a plugin needs to fill a template, without the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    pub template: Template,
    pub numerator: String,
    /// Of the order that it was filled from.
    pub revision: u64,
    /// Empty, as is what follows, where the host fills the template itself.
    pub number: String,
    pub title: String,
    pub values: Value,
}

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unprepared {
    /// `no-such-order`, `no-such-template`, `no-such-numerator` or `no-such-requisites`.
    pub code: String,
    pub message: String,
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

impl Document {
    /// What whoever keeps its file finds it by, and the program for it. Nothing in it breaks out of a header.
    pub fn file_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
        let name = self.number.as_deref().unwrap_or(&self.title);
        let name: String = name.chars().take(80).map(plain).collect();
        let ending = match self.media_type.split(';').next().unwrap_or_default().trim() {
            "application/pdf" => ".pdf",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ".docx",
            "text/html" => ".html",
            "text/plain" => ".txt",
            _ => "",
        };
        format!("{name}{ending}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_break_out_of_its_header() {
        let mut document = Document {
            id: DocumentId(1),
            shop: ShopId(1),
            order: OrderId(1),
            run: None,
            template: None,
            numerator: None,
            number: Some("INV-0001".into()),
            title: "a\"; x=\"b\r\nSet-Cookie: c".into(),
            media_type: "text/html; charset=utf-8".into(),
            public_code: None,
            created: Timestamp(0),
            size: 0,
            content: Vec::new(),
        };
        assert_eq!(document.file_name(), "INV-0001.html");
        (document.number, document.media_type) = (None, "image/png".into());
        assert_eq!(document.file_name(), "a__ x__b__Set-Cookie_ c");
    }

    #[test]
    fn a_template_of_before_is_a_text() {
        let stored = r#"{"name":"a","title":"A","media_type":"text/html","source":"<p>","numerator":"n"}"#;
        let template: Template = serde_json::from_str(stored).unwrap();
        assert_eq!((template.kind(), &template.source), ("text", &Source::from("<p>")));
        assert_eq!(serde_json::to_string(&template).unwrap(), stored);
    }

    #[test]
    fn what_a_run_of_before_asked_for_is_written_as_then() {
        let stored = r#"{"FromTemplate":{"order":"ord_1","template":"a","numerator":null,"title":null,"public_link":true,"values":{}}}"#;
        let draft: DocumentDraft = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&draft).unwrap(), stored);
    }
}
