//! Documents: numbered and stored in the transaction of the step that asked for them. Texts are also filled there; what
//! a plugin has filled before is refused where the number it was told is no longer the next.

use rulewright_domain::{
    Cause, Document, DocumentDraft, DocumentId, FromTemplate, NewEvent, Numerator, Rejection, Run, Source,
    Template, Timestamp, Unprepared, kind,
};
use rulewright_ports::storage::Sequence;
use serde_json::Value;

use crate::{
    Receipt, Refusal,
    change::Change,
    hash::unguessable,
    prepare::{Told, Wanted, next_number, view},
};

/// Steps of the template engine: a template of a thousand lines uses a tenth of it.
const TEMPLATE_FUEL: u64 = 1_000_000;

impl Change<'_> {
    pub fn create_document(
        &mut self,
        draft: DocumentDraft,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        let id = draft.order();
        let not_found = || Rejection::NotFound { what: "order", id: id.to_string() };
        let order = self.tx.order(self.shop, id)?.ok_or_else(not_found)?;
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
        // A number is of the day that the step was told, however often it was tried.
        let at = run.map_or(self.now, |run| run.ready_at);
        match draft {
            DocumentDraft::Made { title, media_type, content, .. } => {
                document.title = title;
                document.media_type = media_type;
                document.content = content;
            }
            DocumentDraft::FromTemplate(from) => {
                let config = self.config.clone();
                let wanted = Wanted::of(&config, &from).map_err(unprepared)?;
                let Source::Text(source) = &wanted.template.source else {
                    let message = format!(
                        "`{}` is a .{} file: a rule fills it, such as Create CRM Document",
                        wanted.template.name,
                        wanted.template.kind()
                    );
                    return Err(Rejection::invalid("template", message).into());
                };
                self.number(&mut document, &wanted, &from, at)?;
                let told =
                    Told { number: document.number.as_deref().unwrap_or_default(), title: &document.title };
                let view = view(self.tx, &config, &order, &from, &wanted, told, at)?;
                document.content = render(wanted.template, source, &view)?.into_bytes();
                document.media_type.clone_from(&wanted.template.media_type);
            }
            DocumentDraft::Filled { from, number, media_type, content } => {
                let config = self.config.clone();
                let wanted = Wanted::of(&config, &from).map_err(unprepared)?;
                self.number(&mut document, &wanted, &from, at)?;
                if document.number.as_ref() != Some(&number) {
                    let message = format!(
                        "`{number}` is not the next of `{}`: make one numbered document in each step",
                        wanted.numerator.name
                    );
                    return Err(Rejection::invalid("number", message).into());
                }
                document.media_type = media_type;
                document.content = content;
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

    /// Takes the number, and gives the document what comes with its template.
    fn number(
        &mut self,
        document: &mut Document,
        wanted: &Wanted<'_>,
        from: &FromTemplate,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let number = self.take_number(wanted.numerator, at)?;
        document.title = wanted.title(from, &number);
        document.template = Some(wanted.template.name.clone());
        document.numerator = Some(wanted.numerator.name.clone());
        document.number = Some(number);
        if from.public_link {
            let failed = |error: getrandom::Error| Rejection::invalid("public link", error.to_string());
            document.public_code = Some(unguessable().map_err(failed)?);
        }
        Ok(())
    }

    fn take_number(&mut self, numerator: &Numerator, at: Timestamp) -> Result<String, Refusal> {
        let zone = self.config.shop.time_zone.clone();
        let (number, text) = next_number(self.tx, self.shop, &zone, numerator, at)?;
        let period = numerator.period(at, &zone);
        self.tx.put_last_number(self.shop, &numerator.name, &period, number)?;
        Ok(text)
    }
}

pub(crate) fn unprepared(why: Unprepared) -> Refusal {
    let what = why.code.trim_start_matches("no-such-").to_owned();
    Rejection::invalid(what, why.message).into()
}

pub(crate) fn render(template: &Template, source: &str, view: &Value) -> Result<String, Rejection> {
    let mut environment = minijinja::Environment::new();
    environment.set_fuel(Some(TEMPLATE_FUEL));
    let html = template.media_type == "text/html";
    environment.set_auto_escape_callback(move |_| {
        if html { minijinja::AutoEscape::Html } else { minijinja::AutoEscape::None }
    });
    let view = minijinja::Value::from(minijinja::value::Serde(view));
    environment.render_str(source, view).map_err(|error| {
        let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
        Rejection::invalid(format!("template `{}`{line}", template.name), error.to_string())
    })
}
