//! Templates that somebody has as a file: uploaded, replaced by a newer one, and downloaded again.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{ShopConfig, Source, Template, TemplateFile};
use rulewright_engine::{MAX_TEMPLATE_FILE, NewTemplateFile, Refusal};

use super::{
    LIST, TEMPLATES, templates,
    upload::{self, File},
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    download,
    forms::Posted,
    settings::{
        Pairs, Part, again,
        field::{Field, choice, filled, said},
        framed, leads, new_name,
        thing::Thing,
        wrong,
    },
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents/files", get(new).post(add).layer(limit()))
        .route("/settings/documents/templates/{name}/file", get(file).post(replace).layer(limit()))
}

/// With room for the other fields.
fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_TEMPLATE_FILE + 64 * 1024)
}

const UPLOAD: &str = "/settings/documents/files";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const TYPST: &str = "text/x-typst";
const ACCEPTED: &str = ".docx,.typ,.html,.htm,.txt";

/// What is made of a file, by the end of its name: browsers do not agree on the types of the rarer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Filled by the host, with the media type of what comes of it.
    Text(&'static str),
    /// Filled by a plugin, with its own media type.
    File(&'static str),
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "docx" => Kind::File(WORD),
            "typ" => Kind::File(TYPST),
            "html" | "htm" => Kind::Text("text/html"),
            "txt" => Kind::Text("text/plain"),
            _ => return None,
        })
    }

    /// Of one that is kept.
    fn kept(file: &TemplateFile) -> Kind {
        Kind::File(if file.kind == TemplateFile::DOCX { WORD } else { TYPST })
    }
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(shown(&visitor, &config, &Pairs::new(), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let sent = match upload::read(&visitor.look, &headers, body).await {
        Ok(sent) => sent,
        Err(refusal) => {
            return Ok(again(&visitor, refusal, |note| shown(&visitor, &config, &Pairs::new(), Some(note))));
        }
    };
    let posted = Posted::of(&sent.pairs);
    let wanted = new_name(&visitor, &posted, |name| config.templates.contains_key(name));
    let wanted = wanted.and_then(|name| {
        let file = sent.file.ok_or_else(|| wrong("/file", visitor.text("template-no-file")))?;
        let kind = kind_of(&visitor, &file)?;
        Ok(Wanted {
            name,
            title: said(&posted, "title").to_owned(),
            numerator: said(&posted, "numerator").to_owned(),
            kind,
            media_type: None,
            bytes: file.bytes,
        })
    });
    let put = match wanted {
        Ok(wanted) => wanted.put(&console, &visitor).await,
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(()) => Ok(leads(LIST, "saved")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config, &sent.pairs, Some(note))))
        }
    }
}

fn kind_of(visitor: &Visitor, file: &File) -> Result<Kind, Refusal> {
    let unknown = || wrong("/file", visitor.with("template-no-kind", &[("name", file.name.as_str().into())]));
    Kind::of(&file.name).ok_or_else(unknown)
}

/// A template whose content has come as a file.
struct Wanted {
    name: String,
    title: String,
    numerator: String,
    kind: Kind,
    /// Of what comes of a text; None: as its kind has it.
    media_type: Option<String>,
    bytes: Vec<u8>,
}

impl Wanted {
    async fn put(self, console: &Console, visitor: &Visitor) -> Result<(), Refusal> {
        let Wanted { name, title, numerator, kind, media_type, bytes } = self;
        let engine = visitor.engine(console);
        match kind {
            Kind::File(media_type) => {
                let media_type = media_type.to_owned();
                let new = NewTemplateFile { name, title, numerator, media_type, bytes };
                engine.put_template_file(visitor.shop, new).await.map(drop)
            }
            Kind::Text(usual) => {
                let text = String::from_utf8(bytes);
                let text = text.map_err(|_| wrong("/file", visitor.text("template-no-text")))?;
                let media_type = media_type.unwrap_or_else(|| usual.to_owned());
                let template = Template { name, title, media_type, source: Source::Text(text), numerator };
                engine.put_template(visitor.shop, template).await
            }
        }
    }
}

/// Another file in the place of the one before, or with the same file another title or numerator.
async fn replace(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    let stored = one.pairs();
    let refused = |refusal, pairs: &Pairs| {
        let known = Some((one.name.as_str(), one));
        Ok(again(&visitor, refusal, |note| Template::shown(&visitor, &config, known, pairs, Some(note))))
    };
    let sent = match upload::read(&visitor.look, &headers, body).await {
        Ok(sent) => sent,
        Err(refusal) => return refused(refusal, &stored),
    };
    let posted = Posted::of(&sent.pairs);
    let content = match (sent.file, &one.source) {
        (Some(file), _) => kind_of(&visitor, &file).map(|kind| (kind, file.bytes)),
        (None, Source::File(file)) => Ok((Kind::kept(file), bytes_of(&console, &visitor, file).await?)),
        (None, Source::Text(_)) => Err(wrong("/file", visitor.text("template-no-file"))),
    };
    let (kind, bytes) = match content {
        Ok(content) => content,
        Err(refusal) => return refused(refusal, &stored),
    };
    let text = matches!(one.source, Source::Text(_));
    let wanted = Wanted {
        name,
        title: filled(&posted, "title").unwrap_or_else(|| one.title.clone()),
        numerator: filled(&posted, "numerator").unwrap_or_else(|| one.numerator.clone()),
        kind,
        // A text stays what it was made for.
        media_type: text.then(|| one.media_type.clone()),
        bytes,
    };
    match wanted.put(&console, &visitor).await {
        Ok(()) => Ok(leads(&format!("{TEMPLATES}/{}", one.name), "saved")),
        Err(refusal) => {
            let pairs: Pairs = stored.iter().chain(&sent.pairs).cloned().collect();
            refused(refusal, &pairs)
        }
    }
}

async fn bytes_of(console: &Console, visitor: &Visitor, file: &TemplateFile) -> Result<Vec<u8>, Trouble> {
    let (shop, digest) = (visitor.shop, file.digest.clone());
    console.read(move |reads| reads.template_file(shop, &digest)).await?.ok_or(Trouble::NotFound)
}

async fn file(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    let (ending, media_type, bytes) = match &one.source {
        Source::Text(text) => {
            let html = one.media_type.starts_with("text/html");
            (if html { "html" } else { "txt" }, "text/plain; charset=utf-8", text.clone().into_bytes())
        }
        Source::File(file) => {
            let ending = if file.kind == TemplateFile::DOCX { "docx" } else { "typ" };
            (ending, "application/octet-stream", bytes_of(&console, &visitor, file).await?)
        }
    };
    Ok(download::file(&format!("{name}.{ending}"), media_type, bytes))
}

/// What is known of a file, beside what it was sent with.
pub fn facts(look: &Look, file: &TemplateFile) -> Markup {
    let short: String = file.digest.chars().take(12).collect();
    html! {
        dl.facts {
            dt { (look.text("template-kind")) } dd { (file.kind) }
            dt { (look.text("template-size")) } dd { (look.bytes(file.size)) }
            dt { (look.text("template-digest")) } dd { code title=(file.digest) #digest { (short) } }
            dt { (look.text("template-placeholders")) } dd { @for one in &file.placeholders { code { (one) } " " } }
        }
    }
}

/// A text is changed on its own page: of it, only the whole content comes as a file.
pub fn replace_form(look: &Look, config: &ShopConfig, one: &Template, posted: &Posted<'_>) -> Markup {
    let is_file = matches!(one.source, Source::File(_));
    html! {
        form.card method="post" action=(format!("{TEMPLATES}/{}/file", one.name)) enctype="multipart/form-data" {
            h2 { (look.text("template-replace")) }
            p.help { (look.text(if is_file { "template-replace-help" } else { "template-replace-text-help" })) }
            @if is_file { (named(look, config, posted)) }
            (chooser(look, !is_file))
            div.row { button type="submit" { (look.text("template-replace")) } }
        }
    }
}

fn named(look: &Look, config: &ShopConfig, posted: &Posted<'_>) -> Markup {
    html! {
        (Field::new(posted, "title", look.text("template-title")).required().help(look.text("template-title-help")))
        (choice(posted, "numerator", &look.text("template-numerator"), &templates::numerators(config)))
    }
}

fn chooser(look: &Look, required: bool) -> Markup {
    let most = look.bytes(MAX_TEMPLATE_FILE as u64);
    html! {
        div.field {
            label for="in-file" { (look.text("template-file")) }
            input #in-file type="file" name="file" accept=(ACCEPTED) required[required] aria-describedby="in-file-help";
            p.help #in-file-help { (look.with("template-file-help", &[("most", most.into())])) }
        }
    }
}

fn shown(visitor: &Visitor, config: &ShopConfig, sent: &Pairs, note: Option<Markup>) -> Markup {
    let (look, posted) = (&visitor.look, Posted::of(sent));
    let body = html! {
        @if let Some(note) = note { (note) }
        form.card method="post" action=(UPLOAD) enctype="multipart/form-data" {
            (Field::new(&posted, "name", look.text("account-name")).required().hint("invoice").help(look.text("settings-id-help")))
            (named(look, config, &posted))
            (chooser(look, true))
            div.row { button type="submit" { (look.text("template-upload")) } a href=(LIST) { (look.text("cancel")) } }
        }
    };
    framed(visitor, Some(Part::Documents), &look.text("template-upload"), body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    #[test]
    fn a_file_is_known_by_the_end_of_its_name() {
        assert_eq!(Kind::of("Our invoice.DOCX"), Some(Kind::File(WORD)));
        assert_eq!(Kind::of("offer.v2.typ"), Some(Kind::File(TYPST)));
        assert_eq!(Kind::of("mail.htm"), Some(Kind::Text("text/html")));
        for other in ["invoice", "invoice.pdf", "docx", "invoice.docx.exe", ""] {
            assert_eq!(Kind::of(other), None, "{other}");
        }
    }

    #[test]
    fn a_text_is_replaced_as_a_whole_and_a_file_may_keep_its_bytes() {
        let mut one = Template {
            name: "invoice".into(),
            title: "Invoice".into(),
            media_type: "text/html".into(),
            source: "<p>".into(),
            numerator: "invoices".into(),
        };
        let drawn = |one: &Template| {
            replace_form(&look("en"), &config(), one, &Posted::of(&one.pairs())).into_string()
        };
        let html = drawn(&one);
        assert!(html.contains("required") && !html.contains("in-title"), "two fields of one id: {html}");
        let file =
            TemplateFile { kind: "docx".into(), digest: "a".repeat(64), size: 9, placeholders: Vec::new() };
        one.source = Source::File(file);
        let sent = submitted(&drawn(&one));
        let posted = Posted::of(&sent);
        assert_eq!((posted.last("title"), posted.last("numerator")), (Some("Invoice"), Some("invoices")));
    }
}
