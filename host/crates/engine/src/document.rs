//! Documents: filled, numbered and stored in the transaction of the step that asked for them.

use rulewright_domain::{
    Cause, Document, DocumentDraft, DocumentId, NewEvent, Order, Rejection, Run, Template, kind,
};
use rulewright_ports::storage::Sequence;
use serde_json::{Value, json};

use crate::{Receipt, Refusal, change::Change, hash::unguessable};

/// Steps of the template engine: a template of a thousand lines uses a tenth of it.
const TEMPLATE_FUEL: u64 = 1_000_000;

impl Change<'_> {
    pub fn create_document(
        &mut self,
        draft: DocumentDraft,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        let (DocumentDraft::FromTemplate { order, .. } | DocumentDraft::Made { order, .. }) = &draft;
        let not_found = || Rejection::NotFound { what: "order", id: order.to_string() };
        let order = self.tx.order(self.shop, *order)?.ok_or_else(not_found)?;
        let mut document = Document {
            id: DocumentId(self.tx.next(Sequence::Document)?),
            shop: self.shop,
            order: order.id,
            run: run.map(|run| run.id),
            template: None,
            numerator: None,
            number: None,
            title: String::new(),
            media_type: String::new(),
            public_code: None,
            created: self.now,
            size: 0,
            content: Vec::new(),
        };
        match draft {
            DocumentDraft::Made { title, media_type, content, .. } => {
                document.title = title;
                document.media_type = media_type;
                document.content = content;
            }
            DocumentDraft::FromTemplate { template, numerator, title, public_link, values, .. } => {
                self.fill(&mut document, &order, &template, numerator, title, &values)?;
                if public_link {
                    let failed =
                        |error: getrandom::Error| Rejection::invalid("public link", error.to_string());
                    document.public_code = Some(unguessable().map_err(failed)?);
                }
            }
        }
        document.size = document.content.len() as u64;
        self.tx.add_document(&document)?;
        let event = NewEvent {
            order: Some(order.id),
            client: order.client(),
            ..NewEvent::new(kind::DOCUMENT_CREATED)
        }
        .attr("document", document.id.to_string())
        .attr("template", document.template.clone())
        .attr("number", document.number.clone())
        .attr("title", document.title.clone());
        let event = self.record(event, cause, Some(&order), run)?;
        Ok(Receipt {
            order: Some(order.id),
            document: Some(document.id),
            events: vec![event],
            ..Receipt::default()
        })
    }

    fn fill(
        &mut self,
        document: &mut Document,
        order: &Order,
        name: &str,
        numerator: Option<String>,
        title: Option<String>,
        values: &Value,
    ) -> Result<(), Refusal> {
        let known = || self.config.templates.keys().cloned().collect::<Vec<_>>().join(", ");
        let Some(template) = self.config.templates.get(name).cloned() else {
            let message = format!("there is no template `{name}`; there are {}", known());
            return Err(Rejection::invalid("template", message).into());
        };
        let numerator = numerator.unwrap_or_else(|| template.numerator.clone());
        let Some(numbers) = self.config.numerators.get(&numerator).cloned() else {
            return Err(
                Rejection::invalid("numerator", format!("there is no numerator `{numerator}`")).into()
            );
        };
        let number = numbers.format(self.tx.take_number(self.shop, &numerator, numbers.start)?);
        let title = title.unwrap_or_else(|| format!("{} {number}", template.title));
        let context = self.document_view(order, &number, &title, values)?;
        document.content = render(&template, &context)?.into_bytes();
        document.media_type = template.media_type;
        document.template = Some(template.name);
        document.numerator = Some(numerator);
        document.number = Some(number);
        document.title = title;
        Ok(())
    }

    fn document_view(
        &mut self,
        order: &Order,
        number: &str,
        title: &str,
        values: &Value,
    ) -> Result<Value, Refusal> {
        let client = match order.client() {
            Some(id) => self.tx.client(self.shop, id)?,
            None => None,
        };
        let mut shown = order.view();
        shown["lines"] = order
            .lines
            .iter()
            .map(|line| {
                json!({
                    "sku": line.sku, "title": line.title, "quantity": quantity(line.quantity_milli),
                    "unit_price": line.unit_price.decimal(), "total": line.total.decimal(),
                })
            })
            .collect();
        let shop = &self.config.shop;
        Ok(json!({
            "document": { "number": number, "title": title, "date": self.now },
            "order": shown,
            "client": client.map(|client| client.view()),
            "shop": { "name": shop.name, "currency": shop.currency },
            "values": values,
        }))
    }
}

/// Thousandths without needless zeros: 1500 is `1.5`.
fn quantity(milli: i64) -> String {
    let (sign, milli) = if milli < 0 { ("-", milli.unsigned_abs()) } else { ("", milli.unsigned_abs()) };
    let decimals = format!("{:03}", milli % 1000);
    let decimals = decimals.trim_end_matches('0');
    let dot = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{dot}{decimals}", milli / 1000)
}

fn render(template: &Template, context: &Value) -> Result<String, Rejection> {
    let mut environment = minijinja::Environment::new();
    environment.set_fuel(Some(TEMPLATE_FUEL));
    let html = template.media_type == "text/html";
    environment.set_auto_escape_callback(move |_| {
        if html { minijinja::AutoEscape::Html } else { minijinja::AutoEscape::None }
    });
    let context = minijinja::Value::from(minijinja::value::Serde(context));
    environment.render_str(&template.source, context).map_err(|error| {
        let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
        Rejection::invalid(format!("template `{}`{line}", template.name), error.to_string())
    })
}

/// What is wrong with a template, before anybody needs it.
pub(crate) fn check(template: &Template) -> Result<(), Refusal> {
    if !is_media_type(&template.media_type) {
        let message = format!("`{}` is no media type such as text/html", template.media_type);
        return Err(Refusal::invalid("/media_type", "media-type", message));
    }
    let parsed = minijinja::Environment::new();
    match parsed.template_from_str(&template.source) {
        Ok(_) => Ok(()),
        Err(error) => {
            let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
            let message = format!("template `{}`{line}: {error}", template.name);
            Err(Refusal::invalid("/source", "template", message))
        }
    }
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
    use super::{is_media_type, quantity};

    #[test]
    fn what_is_no_media_type_does_not_become_a_header() {
        for text in ["text/html", "text/plain; charset=utf-8", "application/vnd.acme.v1+json"] {
            assert!(is_media_type(text), "{text}");
        }
        for text in ["", "html", "text/", "/html", "text/ht ml", "text/html\r\nX: y", "text/html; a=\n"] {
            assert!(!is_media_type(text), "{text:?}");
        }
    }

    #[test]
    fn quantities_are_shown_without_needless_zeros() {
        assert_eq!(quantity(6000), "6");
        assert_eq!(quantity(1500), "1.5");
        assert_eq!(quantity(-250), "-0.25");
    }
}
