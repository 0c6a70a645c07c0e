//! `rulewright:host/documents`.

use rulewright_domain::{Command, DocumentDraft};
use serde_json::Value;

use super::{Function, at_once, function};
use crate::{
    bindings::host::documents::FromTemplate,
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("documents.create", |linker, name| at_once(linker, name, create)),
    function("documents.put", |linker, name| at_once(linker, name, put)),
];

/// Bytes of a title: it becomes the name of a file.
const TITLE: usize = 250;

fn create(step: &mut Step, (from,): (FromTemplate,)) -> Result<String, Refusal> {
    convert::optional_line("/title", from.title.as_ref(), TITLE)?;
    let draft = DocumentDraft::FromTemplate {
        order: convert::id("/order", &from.order)?,
        template: from.template,
        numerator: from.numerator,
        title: from.title,
        public_link: from.public_link,
        values: Value::Object(convert::fields("/values", from.values, &step.limits)?),
    };
    step.create("document", Command::CreateDocument(draft))
}

type Made = (String, String, String, Vec<u8>);

fn put(step: &mut Step, (order, title, media_type, content): Made) -> Result<String, Refusal> {
    let order = convert::id("/order", &order)?;
    convert::line("/title", &title, TITLE)?;
    // It becomes a response header.
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if !media_type.contains('/') || media_type.len() > 200 || !media_type.chars().all(plain) {
        let message = "expected a media type such as `application/pdf`";
        return Err(invalid("/media-type", "bad-media-type", message).into());
    }
    let draft = DocumentDraft::Made { order, title, media_type, content };
    step.create("document", Command::CreateDocument(draft))
}
