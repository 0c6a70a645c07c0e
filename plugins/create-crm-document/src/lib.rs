use rulewright_sdk::documents::FromTemplate;
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
    /// Create a public link
    #[serde(default)]
    public_link: bool,
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
            public_link: settings.public_link,
            ..FromTemplate::new(&step.order.id, &settings.template)
        };
        documents::create(&document)?;
        Ok(done(format!("Document made from {}", settings.template)))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.template.trim() {
            "" => vec![Issue::new("/template", "required", "Select a template.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    CreateCrmDocument {
        id: "rulewright.create-crm-document",
        publisher: "Rulewright",
        title: "Create CRM Document",
        description: "Fills one of the shop's templates from the order and numbers it.",
        missing: "Without a numbering or a title of its own the document gets the template's. Where the template or \
                  the numbering is gone, the rule fails, and no number is taken.",
        example: json!({ "template": "Invoice", "public-link": true }),
        group: Employees,
        // The host puts them there at commit, when the number is taken.
        outputs: [
            ("document.id", "Id of the document"),
            ("document.title", "Its title"),
            ("document.number", "Its number"),
            ("document.link", "Where it can be read"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn fills_the_template() {
        let end = testing::run::<CreateCrmDocument>()
            .settings(json!({ "template": "Invoice", "title": "Invoice 1001", "public-link": true }))
            .go();
        assert_eq!(end.summary(), "Document made from Invoice");
        let document = FromTemplate {
            title: Some("Invoice 1001".into()),
            public_link: true,
            ..FromTemplate::new("order-1", "Invoice")
        };
        assert_eq!(end.effects, [Effect::CreateDocument(document)]);
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
