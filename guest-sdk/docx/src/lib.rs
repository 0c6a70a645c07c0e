//! Word documents with placeholders: which there are, and the document with values in their places.
//!
//! **Invariant:** bytes in, bytes out. The host uses it to look a template over when it is saved, a plugin to fill it in
//! its sandbox; neither trusts the bytes, so every size has a limit, and nothing here panics.
//!
//! `{{ order.number }}` may be split over runs as an editor likes to do: what comes in its place looks as its first
//! character did. A table row with placeholders of something repeated (`{{ line.title }}`) is there once for each. What a
//! placeholder means is not known here: it is looked up as it is written.

mod archive;
mod part;
mod placeholder;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use archive::Archive;
use part::Part;
pub use placeholder::{Placeholder, repeated};

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// What a row is repeated for: `{{ line.title }}` is of one of the order's lines.
pub const REPEATED: [&str; 3] = ["line", "payment", "shipment"];

pub type Inserted = BTreeMap<String, String>;

/// What stands for each placeholder, as it is written between the braces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub inserted: Inserted,
    /// By the name of what is repeated.
    pub rows: BTreeMap<String, Vec<Inserted>>,
    /// Placeholders without a value: nothing is inserted for them.
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("it is no .docx file: {0}")]
    NoDocument(String),
    #[error("it is too large: {0}")]
    TooLarge(String),
    #[error("it holds macros, which nobody should be sent: save it as .docx without them")]
    Macros,
    #[error("{part}: it cannot be read: {message}")]
    Xml { part: String, message: String },
    #[error("{part}: {message}, near `{near}`")]
    Placeholder { part: String, message: String, near: String },
}

/// Every placeholder of the document once, in the order of the text.
pub fn placeholders(docx: &[u8]) -> Result<Vec<Placeholder>, Problem> {
    let archive = Archive::open(docx)?;
    let mut found = Vec::new();
    for entry in archive.texts() {
        let xml = archive.text(entry)?;
        for one in Part::read(&entry.name, &xml)?.placeholders() {
            if !found.contains(one) {
                found.push(one.clone());
            }
        }
    }
    Ok(found)
}

/// What a reader sees, paragraph by paragraph: of the document, then of what stands around it.
pub fn lines(docx: &[u8]) -> Result<Vec<String>, Problem> {
    let archive = Archive::open(docx)?;
    let mut lines = Vec::new();
    for entry in archive.texts() {
        lines.extend(Part::read(&entry.name, &archive.text(entry)?)?.lines);
    }
    Ok(lines)
}

/// The document with its values. What it has no value for, it leaves out.
pub fn fill(docx: &[u8], values: &Values) -> Result<Vec<u8>, Problem> {
    let archive = Archive::open(docx)?;
    archive.rewritten(|entry, xml| Part::read(&entry.name, xml)?.filled(values))
}

#[cfg(test)]
mod tests;
