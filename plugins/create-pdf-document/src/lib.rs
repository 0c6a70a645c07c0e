//! Create CRM Document (PDF): a page description in Typst, filled from the order, typeset inside the sandbox.

mod typeset;
mod world;

use rulewright_sdk::documents::{self, FromTemplate, Prepared};
use rulewright_sdk::log;
use rulewright_sdk::prelude::*;
use time::{Date, OffsetDateTime};

/// Kind of the templates that this plugin fills.
const KIND: &str = "typst";

/// So many things wrong are told at once: the rest often follows from them.
const TOLD: usize = 3;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Template
    /// Typst source, uploaded as text/x-typst.
    #[schemars(length(min = 1), extend("x-widget" = "document-template"))]
    template: String,
    /// Numbering
    /// Empty means the template's own.
    #[serde(default)]
    #[schemars(extend("x-widget" = "numerator"))]
    numerator: String,
    /// Title
    /// Empty means the template's own.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    title: String,
    /// My company
    /// Whose requisites the template inserts; empty means the first of the shop's.
    #[serde(default)]
    #[schemars(extend("x-widget" = "requisites"))]
    requisites: String,
    /// With bank details
    #[serde(default = "yes")]
    bank_details: bool,
    /// Create a public link
    #[serde(default)]
    public_link: bool,
}

fn yes() -> bool {
    true
}

struct CreatePdfDocument;

impl Rule for CreatePdfDocument {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        let wanted = FromTemplate {
            numerator: filled(&settings.numerator),
            title: filled(&one_line(&settings.title)),
            requisites: filled(&settings.requisites),
            bank_details: settings.bank_details,
            public_link: settings.public_link,
            ..FromTemplate::new(&step.order.id, &settings.template)
        };
        let Prepared { kind, source, number, values, .. } = documents::prepare(&wanted)?;
        let wrong =
            |code: &str, problem: &str| Error::settings(format!("{code}: `{}`: {problem}", wanted.template));
        if kind != KIND {
            let problem =
                format!("it is of the kind {kind}; choose one in Typst, or the rule Create CRM Document");
            return Err(wrong("other-kind", &problem));
        }
        let template = String::from_utf8(source)
            .map_err(|_| wrong("template", "it is not in UTF-8; save it so and upload it again"))?;
        let now = utc(step.now())?;
        let job = typeset::Job { template, data: values, ident: &number, now, today: today(step, now) };
        let made = typeset::pdf(job).map_err(|problems| wrong("template", &few(&problems)))?;
        for warning in &made.warnings {
            log::warn(&format!("template `{}`: {warning}", wanted.template));
        }
        documents::create_filled(&wanted, &number, "application/pdf", &made.pdf)?;
        let pages = if made.pages == 1 { "1 page".to_owned() } else { format!("{} pages", made.pages) };
        Ok(done(format!("PDF {number} made from {}, {pages}", wanted.template)))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.template.trim() {
            "" => vec![Issue::new("/template", "required", "Select a template.")],
            _ => Vec::new(),
        }
    }
}

fn utc(now: Instant) -> Result<OffsetDateTime> {
    let seconds = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000)).ok();
    seconds.ok_or_else(|| Error::give_up(format!("no-such-time: {now} is beyond the calendar")))
}

/// The day where the shop is: the last one that has begun there.
fn today(step: &Step<CreatePdfDocument>, now: OffsetDateTime) -> Date {
    let utc = now.date();
    let begun = |day: &Date| step.midnight(&day.to_string()).is_some_and(|at| at <= step.now());
    [utc.next_day(), Some(utc)].into_iter().flatten().find(begun).or(utc.previous_day()).unwrap_or(utc)
}

fn few(problems: &[String]) -> String {
    let mut text = problems.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    if problems.len() > TOLD {
        text.push_str(&format!("; and {} more", problems.len() - TOLD));
    }
    text
}

rule! {
    CreatePdfDocument {
        id: "rulewright.create-pdf-document",
        publisher: "Rulewright",
        title: "Create CRM Document (PDF)",
        description: "Typesets a PDF from one of the shop's Typst templates and the order, and numbers it.",
        missing: "Without a numbering or a title of its own the document gets the template's. Where the template, the \
                  numbering or the company is gone, or the template has a mistake, the rule fails, and no number is \
                  taken.",
        example: json!({ "template": "Invoice (PDF)", "public-link": true }),
        group: Employees,
        // The host puts them there at commit, when the number is taken.
        outputs: [
            ("document.id", "Id of the document"),
            ("document.title", "Its title"),
            ("document.number", "Its number"),
            ("document.link", "Where it can be read, with a public link"),
            ("document.pdf", "The same: it is a PDF"),
        ],
        limits: [("fuel", 10_000_000_000), ("memory", 256 << 20), ("wall", 30_000)],
    }
}

#[cfg(test)]
mod tests;
