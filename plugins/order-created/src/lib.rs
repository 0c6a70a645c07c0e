use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Sources
    /// Where the order came from, e.g. site or phone; case does not matter. None means anywhere.
    #[serde(default)]
    sources: Vec<String>,
}

struct OrderCreated;

impl Trigger for OrderCreated {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, created: &Event) -> Result<Verdict> {
        if created.attr("historical") == Some(&Value::Boolean(true)) {
            return Ok(ignores("the order was imported from the past"));
        }
        let sources = &ctx.settings.sources;
        let source = created.attr_text("source");
        if !sources.is_empty() && !sources.iter().any(|one| allows(one, &source)) {
            return Ok(ignores(format!("it came from `{source}`")));
        }
        Ok(fires("a new order"))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let blank = settings.sources.iter().position(|source| source.trim().is_empty());
        let issue =
            |index| Issue::new(format!("/sources/{index}"), "required", "Write a source or remove the line.");
        blank.map(issue).into_iter().collect()
    }
}

trigger! {
    OrderCreated {
        id: "rulewright.order-created",
        publisher: "Rulewright",
        title: "Order created",
        description: "A new order comes in. Orders that are imported from the past do not count.",
        missing: "Where sources are asked for, an order that does not say where it came from does nothing.",
        example: json!({ "sources": ["site"] }),
        origin: External,
        subscriptions: ["order.created"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn created() -> Event {
        testing::event("order.created").of_order("order-1").with_attr("historical", false)
    }

    fn verdict(settings: Json, event: Event) -> Verdict {
        testing::examine::<OrderCreated>(settings, testing::order(), event).expect("the settings are right")
    }

    #[test]
    fn a_new_order_fires_and_an_imported_one_never() {
        assert_eq!(verdict(json!({}), created()), fires("a new order"));
        let imported = testing::event("order.created").of_order("order-1").with_attr("historical", true);
        assert_eq!(verdict(json!({}), imported), ignores("the order was imported from the past"));
    }

    #[test]
    fn it_must_come_from_one_of_the_sources() {
        let sources = json!({ "sources": ["phone", "Site"] });
        assert!(matches!(verdict(sources.clone(), created().with_attr("source", "site")), Verdict::Fires(_)));
        let marketplace = verdict(sources.clone(), created().with_attr("source", "marketplace"));
        assert_eq!(marketplace, ignores("it came from `marketplace`"));
        assert_eq!(verdict(sources, created()), ignores("it came from ``"));
    }

    #[test]
    fn a_blank_source_cannot_be_saved() {
        let issues = testing::check::<OrderCreated>(json!({ "sources": ["site", " "] }));
        assert_eq!((issues.len(), issues[0].path.as_str()), (1, "/sources/1"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<OrderCreated>(OrderCreated::manifest()["example"].clone()), []);
    }
}
