//! Templates: texts that the host fills, and files that plugins fill. What is wrong with one is told when it is saved.

use rulewright_domain::{Numerator, ShopId, Source, Template, TemplateFile, audit::Deed, template};
use rulewright_ports::Failure;

use crate::{Engine, Refusal, change::Change, hash::hash_of, prepare::braced, used::Named, view};

/// Bytes of a template that is a file: it travels into the sandbox and back with every document.
pub const MAX_TEMPLATE_FILE: usize = 2 << 20;

/// Media types of typst: none is registered, and these are in use.
const TYPST: [&str; 3] = ["text/x-typst", "text/vnd.typst", "application/x-typst"];

/// A template to be saved whose content comes as a file.
pub struct NewTemplateFile {
    pub name: String,
    pub title: String,
    pub numerator: String,
    /// Of the file, without parameters.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Engine {
    pub async fn put_template(&self, shop: ShopId, template: Template) -> Result<(), Refusal> {
        check_text(&template)?;
        self.change(shop, move |change| {
            known(change.config.numerators.get(&template.numerator), &template)?;
            change.put_template(&template)
        })
        .await
    }

    /// What was made of it stays, and so does its file, which runs of the past refer to. Refused while something uses it.
    pub async fn remove_template(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            change.not_used(Named::Template, &name)?;
            match change.tx.remove_template(shop, &name)? {
                true => change.audit(Deed::new("template.removed", &name)),
                false => Err(Refusal::not_found("template", &name)),
            }
        })
        .await
    }

    pub async fn put_template_file(&self, shop: ShopId, new: NewTemplateFile) -> Result<Template, Refusal> {
        // Unpacking and reading megabytes is no work for the threads that others wait for.
        let read = tokio::task::spawn_blocking(move || read(&new).map(|template| (template, new.bytes)));
        let (template, bytes) =
            read.await.map_err(|error| Failure::new("unavailable", error.to_string(), true))??;
        self.change(shop, move |change| {
            known(change.config.numerators.get(&template.numerator), &template)?;
            if let Source::File(file) = &template.source {
                check_placeholders(file, &change.config.shop)?;
                change.tx.put_template_file(shop, &file.digest, &bytes)?;
            }
            change.put_template(&template)?;
            Ok(template.clone())
        })
        .await
    }
}

impl Change<'_> {
    fn put_template(&mut self, template: &Template) -> Result<(), Refusal> {
        let before = self.config.templates.get(&template.name).cloned();
        self.tx.put_template(self.shop, template)?;
        self.audit_saved("template", &template.name, before.as_ref(), template)
    }
}

fn known(numerator: Option<&Numerator>, template: &Template) -> Result<(), Refusal> {
    numerator.map(drop).ok_or_else(|| Refusal::not_found("numerator", &template.numerator))
}

fn read(new: &NewTemplateFile) -> Result<Template, Refusal> {
    let refused = |code: &str, message: String| Refusal::invalid("/file", code, message);
    if new.bytes.len() > MAX_TEMPLATE_FILE {
        let message = format!("it has {} bytes, at most {MAX_TEMPLATE_FILE} fit", new.bytes.len());
        return Err(refused("too-large", message));
    }
    let (kind, media_type, placeholders) = match new.media_type.as_str() {
        rulewright_docx::MEDIA_TYPE => {
            let found = rulewright_docx::placeholders(&new.bytes)
                .map_err(|problem| refused("template", problem.to_string()))?;
            let texts = found.into_iter().map(|placeholder| placeholder.text).collect();
            (TemplateFile::DOCX, rulewright_docx::MEDIA_TYPE, texts)
        }
        typst if TYPST.contains(&typst) => {
            if std::str::from_utf8(&new.bytes).is_err() {
                return Err(refused("template", "it is not in UTF-8".to_owned()));
            }
            (TemplateFile::TYPST, "application/pdf", Vec::new())
        }
        other => {
            let message = format!(
                "`{other}` is no kind of template: send {} or {}",
                rulewright_docx::MEDIA_TYPE,
                TYPST[0]
            );
            return Err(refused("media-type", message));
        }
    };
    let file = TemplateFile {
        kind: kind.to_owned(),
        digest: hash_of(&new.bytes),
        size: new.bytes.len() as u64,
        placeholders,
    };
    Ok(Template {
        name: new.name.clone(),
        title: new.title.clone(),
        media_type: media_type.to_owned(),
        source: Source::File(file),
        numerator: new.numerator.clone(),
    })
}

/// Each one that would never be filled, with the name that comes nearest.
fn check_placeholders(file: &TemplateFile, shop: &rulewright_domain::Shop) -> Result<(), Refusal> {
    let issues = file.placeholders.iter().filter_map(|text| {
        let written = braced(text);
        let message = match template::fields(&written) {
            Err(error) => Some(error.to_string()),
            Ok(paths) => paths.into_iter().find_map(|path| view::unknown_in_document(path, shop)),
        };
        let message = format!("{written}: {}", message?);
        Some(rulewright_ports::Issue { path: "/file".to_owned(), code: "template".to_owned(), message })
    });
    match Vec::from_iter(issues) {
        issues if issues.is_empty() => Ok(()),
        issues => Err(Refusal::Invalid(issues)),
    }
}

pub(crate) fn check_text(template: &Template) -> Result<(), Refusal> {
    if !is_media_type(&template.media_type) {
        let message = format!("`{}` is no media type such as text/html", template.media_type);
        return Err(Refusal::invalid("/media_type", "media-type", message));
    }
    let Source::Text(source) = &template.source else {
        return Err(Refusal::invalid("/source", "template", "a file is saved with its bytes"));
    };
    minijinja::Environment::new().template_from_str(source).map(drop).map_err(|error| {
        let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
        let message = format!("template `{}`{line}: {error}", template.name);
        Refusal::invalid("/source", "template", message)
    })
}

/// `type/subtype`, and perhaps parameters, as RFC 9110 writes them: it becomes a header.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !part.is_empty() && part.bytes().all(sign)
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let named = essence.trim().split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    named && text.len() <= 127 && parameters.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::is_media_type;

    #[test]
    fn what_is_no_media_type_does_not_become_a_header() {
        for text in ["text/html", "text/plain; charset=utf-8", "application/vnd.acme.v1+json"] {
            assert!(is_media_type(text), "{text}");
        }
        for text in ["", "html", "text/", "/html", "text/ht ml", "text/html\r\nX: y", "text/html; a=\n"] {
            assert!(!is_media_type(text), "{text:?}");
        }
    }
}
