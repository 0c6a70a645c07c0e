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

struct DocumentOpened;

impl Trigger for DocumentOpened {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, opened: &Event) -> Result<Verdict> {
        let template = opened.attr_text("template");
        if !allows(&ctx.settings.template, &template) {
            return Ok(ignores(format!("its template is `{template}`")));
        }
        // Once for each document.
        Ok(match opened.attr_integer("times") {
            Some(1) => fires(format!("the client opened document {}", opened.attr_text("document"))),
            Some(times) => ignores(format!("the document has been opened {times} times")),
            None => ignores("no-count: the report does not say how often the document has been opened"),
        })
    }
}

trigger! {
    DocumentOpened {
        id: "rulewright.document-opened",
        publisher: "Rulewright",
        title: "Document opened",
        description: "The client opens a document of the order by its public link, for the first time. \
                      Employees who look at it do not count.",
        missing: "A document without a public link cannot be opened by the client. Where a template is \
                  selected, a document without one does nothing. A report without a count does nothing.",
        example: json!({ "template": "Invoice" }),
        origin: External,
        subscriptions: ["document.opened"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn opened(template: &str) -> Event {
        let event = testing::event("document.opened").of_order("order-1");
        event.with_attr("document", "d1").with_attr("template", template)
    }

    fn verdict(selected: &str, event: Event) -> Verdict {
        let settings = json!({ "template": selected });
        let verdict = testing::examine::<DocumentOpened>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn a_document_that_is_opened_three_times_fires_once() {
        let views = (1..=3).map(|times: i64| verdict("", opened("Invoice").with_attr("times", times)));
        let fired: Vec<bool> = views.map(|verdict| matches!(verdict, Verdict::Fires(_))).collect();
        assert_eq!(fired, [true, false, false]);
    }

    #[test]
    fn without_a_count_it_does_not_fire() {
        let uncounted = verdict("", opened("Invoice"));
        assert!(matches!(uncounted, Verdict::Ignores(why) if why.starts_with("no-count: ")));
    }

    #[test]
    fn it_must_be_made_from_the_selected_template() {
        let first = || opened("Invoice").with_attr("times", 1);
        assert_eq!(verdict("Invoice", first()), fires("the client opened document d1"));
        assert_eq!(verdict("Offer", first()), ignores("its template is `Invoice`"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<DocumentOpened>(DocumentOpened::manifest()["example"].clone()), []);
    }
}
