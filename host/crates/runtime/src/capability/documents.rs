//! `rulewright:host/documents`.

use rulewright_domain::{Command, DocumentDraft, FromTemplate as Wish};
use serde_json::Value;

use super::{Function, at_once, function, waiting};
use crate::{
    bindings::{
        errors::HostError,
        host::documents::{FromTemplate, Prepared},
    },
    convert,
    refusal::{Refusal, invalid, other},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("documents.create", |linker, name| at_once(linker, name, create)),
    function("documents.prepare", |linker, name| {
        waiting(linker, name, |step, (from,): (FromTemplate,)| Box::pin(prepare(step, from)))
    }),
    function("documents.create-filled", |linker, name| at_once(linker, name, create_filled)),
    function("documents.put", |linker, name| at_once(linker, name, put)),
];

/// Bytes of a title: it becomes the name of a file.
const TITLE: usize = 250;

fn wish(step: &Step, from: FromTemplate) -> Result<Wish, Refusal> {
    convert::optional_line("/title", from.title.as_ref(), TITLE)?;
    Ok(Wish {
        order: convert::id("/order", &from.order)?,
        template: from.template,
        numerator: from.numerator,
        title: from.title,
        requisites: from.requisites,
        bank_details: from.bank_details,
        public_link: from.public_link,
        values: Value::Object(convert::fields("/values", from.values, &step.limits)?),
    })
}

fn create(step: &mut Step, (from,): (FromTemplate,)) -> Result<String, Refusal> {
    let draft = DocumentDraft::FromTemplate(wish(step, from)?);
    step.create("document", Command::CreateDocument(draft))
}

async fn prepare(step: &mut Step, from: FromTemplate) -> Result<Prepared, Refusal> {
    let wish = wish(step, from)?;
    step.read()?;
    let world = step.world.clone();
    let found = step.ask(async move { world.prepare(&wish).await }).await?;
    let (prepared, source) = found.map_err(|why| match why.code.as_str() {
        "no-such-order" => HostError::NotFound,
        code => other(code, why.message),
    })?;
    Ok(Prepared {
        kind: prepared.template.kind().to_owned(),
        source,
        number: prepared.number,
        title: prepared.title,
        values: if prepared.values.is_null() { String::new() } else { prepared.values.to_string() },
    })
}

type Filled = (FromTemplate, String, String, Vec<u8>);

fn create_filled(step: &mut Step, (from, number, media_type, content): Filled) -> Result<String, Refusal> {
    must_be_media_type(&media_type)?;
    let draft = DocumentDraft::Filled { from: wish(step, from)?, number, media_type, content };
    step.create("document", Command::CreateDocument(draft))
}

type Made = (String, String, String, Vec<u8>);

fn put(step: &mut Step, (order, title, media_type, content): Made) -> Result<String, Refusal> {
    let order = convert::id("/order", &order)?;
    convert::line("/title", &title, TITLE)?;
    must_be_media_type(&media_type)?;
    let draft = DocumentDraft::Made { order, title, media_type, content };
    step.create("document", Command::CreateDocument(draft))
}

/// It becomes a response header.
pub(crate) fn must_be_media_type(media_type: &str) -> Result<(), HostError> {
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if media_type.contains('/') && media_type.len() <= 200 && media_type.chars().all(plain) {
        return Ok(());
    }
    Err(invalid("/media-type", "bad-media-type", "expected a media type such as `application/pdf`"))
}
