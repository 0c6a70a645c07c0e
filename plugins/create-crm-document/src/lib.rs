use rulewright_docx::Values;
use rulewright_sdk::documents::{FromTemplate, Prepared};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Template
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

struct CreateCrmDocument;

impl Rule for CreateCrmDocument {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        let document = FromTemplate {
            numerator: filled(&settings.numerator),
            title: filled(&one_line(&settings.title)),
            requisites: filled(&settings.requisites),
            bank_details: settings.bank_details,
            public_link: settings.public_link,
            ..FromTemplate::new(&step.order.id, &settings.template)
        };
        let prepared = documents::prepare(&document)?;
        match prepared.kind.as_str() {
            "text" => documents::create(&document)?,
            "docx" => {
                let bytes = fill(&settings.template, &prepared)?;
                documents::create_filled(&document, &prepared.number, rulewright_docx::MEDIA_TYPE, &bytes)?
            }
            kind => {
                let template = &settings.template;
                return Err(Error::settings(format!(
                    "other-kind: template `{template}` is a .{kind} file, which another rule fills"
                )));
            }
        };
        Ok(done(format!("Document made from {}", settings.template)))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.template.trim() {
            "" => vec![Issue::new("/template", "required", "Select a template.")],
            _ => Vec::new(),
        }
    }
}

fn fill(template: &str, prepared: &Prepared) -> Result<Vec<u8>> {
    let values: Values = serde_json::from_str(&prepared.values)
        .map_err(|error| Error::give_up(format!("values: the host sent others than expected: {error}")))?;
    if !values.missing.is_empty() {
        log::warn(&format!("nothing to insert for {}", values.missing.join(", ")));
    }
    rulewright_docx::fill(&prepared.source, &values)
        .map_err(|problem| Error::settings(format!("template: `{template}`: {problem}")))
}

rule! {
    CreateCrmDocument {
        id: "rulewright.create-crm-document",
        publisher: "Rulewright",
        title: "Create CRM Document",
        description: "Fills one of the shop's templates from the order and numbers it. A Word template (.docx) is \
                      filled here; its table row with values of a line, such as {{ line.title }}, is there once for \
                      each line of the order.",
        missing: "Without a numbering or a title of its own the document gets the template's. What has no value is \
                  left out, and the run's log names it. Where the template, the numbering or the company is gone, \
                  the rule fails, and no number is taken.",
        example: json!({ "template": "Invoice", "public-link": true }),
        group: Employees,
        // The host puts them there at commit, when the number is taken.
        outputs: [
            ("document.id", "Id of the document"),
            ("document.title", "Its title"),
            ("document.number", "Its number"),
            ("document.link", "Where it can be read, with a public link"),
            ("document.pdf", "The same, where it is a PDF"),
        ],
        // Unpacking and packing a hundred pages takes some ten times the usual.
        limits: [("fuel", 1_000_000_000), ("memory", 64 << 20)],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn a_text_is_filled_by_the_host() {
        let end = testing::run::<CreateCrmDocument>()
            .settings(json!({
                "template": "Invoice", "title": "Invoice 1001", "public-link": true,
                "requisites": "main", "bank-details": false,
            }))
            .go();
        assert_eq!(end.summary(), "Document made from Invoice");
        let document = FromTemplate {
            title: Some("Invoice 1001".into()),
            requisites: Some("main".into()),
            bank_details: false,
            public_link: true,
            ..FromTemplate::new("order-1", "Invoice")
        };
        assert_eq!(end.effects, [Effect::CreateDocument(document)]);
    }

    fn prepared(kind: &str, source: &[u8]) -> Prepared {
        Prepared {
            kind: kind.into(),
            source: source.into(),
            number: "INV-0001".into(),
            title: "Invoice INV-0001".into(),
            values: json!({ "inserted": {}, "rows": {}, "missing": [] }).to_string(),
        }
    }

    #[test]
    fn a_file_that_it_cannot_fill_takes_no_number() {
        for (kind, source, told) in [
            ("docx", &b"no zip"[..], "template: `Invoice`: it is no .docx file"),
            ("typst", b"= Invoice", "other-kind: template `Invoice` is a .typst file"),
        ] {
            let end = testing::run::<CreateCrmDocument>()
                .settings(json!({ "template": "Invoice" }))
                .prepared("Invoice", prepared(kind, source))
                .go();
            let failure = format!("{:?}", end.failure());
            assert!(failure.contains(told), "{failure}");
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn a_missing_template_fails_and_numbers_nothing() {
        let end = testing::run::<CreateCrmDocument>()
            .settings(json!({ "template": "Invoice" }))
            .templates(["Waybill"])
            .go();
        assert!(end.gave_up().contains("there is no template `Invoice`"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<CreateCrmDocument>(CreateCrmDocument::manifest()["example"].clone()), []);
    }
}
