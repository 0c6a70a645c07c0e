use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Template
    /// What the document was made from. Empty means any document.
    #[serde(default)]
    #[schemars(extend("x-widget" = "document-template"))]
    template: String,
}

struct DocumentCreated;

impl Trigger for DocumentCreated {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, document: &Event) -> Result<Verdict> {
        let template = document.attr_text("template");
        if !allows(&ctx.settings.template, &template) {
            return Ok(ignores(format!("its template is `{template}`")));
        }
        Ok(fires(format!("document {} was created", document.attr_text("number"))))
    }
}

trigger! {
    DocumentCreated {
        id: "rulewright.document-created",
        publisher: "Rulewright",
        title: "Document created",
        description: "A document is put on the order, by hand or by a rule.",
        missing: "Where a template is selected, a document without one does nothing.",
        example: json!({ "template": "Invoice" }),
        origin: Internal,
        subscriptions: ["document.created"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, template: &str) -> Verdict {
        let event = testing::event("document.created").of_order("order-1").with_attr("number", "A-7");
        let event = event.with_attr("template", template);
        let settings = json!({ "template": selected });
        let verdict = testing::examine::<DocumentCreated>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn it_must_be_made_from_the_selected_template() {
        assert_eq!(verdict("Invoice", "Invoice"), fires("document A-7 was created"));
        assert_eq!(verdict("Invoice", "Offer"), ignores("its template is `Offer`"));
        assert_eq!(verdict("Invoice", ""), ignores("its template is ``"));
    }

    #[test]
    fn none_selected_means_any_document() {
        for template in ["Invoice", ""] {
            assert!(matches!(verdict("", template), Verdict::Fires(_)));
        }
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<DocumentCreated>(DocumentCreated::manifest()["example"].clone()), []);
    }
}
