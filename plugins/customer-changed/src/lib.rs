use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What changed
    #[serde(default)]
    what: What,
    /// Parts of the card
    /// One of these must have changed: name, phones, emails, locale, time-zone, unsubscribed, or a field of
    /// the shop's own. None means any. Another customer on the order has no parts, and always counts.
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// The customer's card
    Card,
    /// The order has another customer
    Replaced,
    /// Either of them
    #[default]
    Any,
}

struct CustomerChanged;

impl Trigger for CustomerChanged {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, change: &Event) -> Result<Verdict> {
        let Settings { what, fields } = &ctx.settings;
        if !ctx.order.concerns(change) {
            return Ok(ignores("it is not the customer of the order"));
        }
        if change.kind == "order.clients-changed" {
            let why = "the order has another customer";
            return Ok(if *what == What::Card { ignores(why) } else { fires(why) });
        }
        let changed = change.attr_texts("fields");
        let meant =
            fields.is_empty() || changed.iter().any(|name| fields.iter().any(|one| allows(one, name)));
        let why = format!("what changed on the card: {}", changed.join(", "));
        Ok(if meant && *what != What::Replaced { fires(why) } else { ignores(why) })
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let blank = settings.fields.iter().position(|field| field.trim().is_empty());
        let issue =
            |index| Issue::new(format!("/fields/{index}"), "required", "Write a part or remove the line.");
        blank.map(issue).into_iter().collect()
    }
}

trigger! {
    CustomerChanged {
        id: "rulewright.customer-changed",
        publisher: "Rulewright",
        title: "Customer changed",
        description: "The card of the order's customer changes, or the order gets another customer.",
        missing: "An order without a customer reacts when it gets one. Where parts of the card are asked \
                  for, a report that does not name what changed does nothing.",
        example: json!({ "what": "card", "fields": ["phones", "emails"] }),
        origin: Internal,
        subscriptions: ["client.changed", "order.clients-changed"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn card(changed: &[&str]) -> Event {
        let changed: Vec<String> = changed.iter().map(|name| (*name).into()).collect();
        testing::event("client.changed").of_client("client-1").with_attr("fields", changed)
    }

    fn replaced() -> Event {
        testing::event("order.clients-changed").of_order("order-1").of_client("client-9")
    }

    fn verdict(settings: Json, event: Event) -> Verdict {
        let verdict = testing::examine::<CustomerChanged>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_kind_of_change_that_is_asked_for() {
        let fired = |what: &str| {
            [card(&["name"]), replaced()]
                .map(|event| matches!(verdict(json!({ "what": what }), event), Verdict::Fires(_)))
        };
        assert_eq!(
            [fired("card"), fired("replaced"), fired("any")],
            [[true, false], [false, true], [true, true]]
        );
    }

    #[test]
    fn one_of_the_parts_must_have_changed() {
        let parts = json!({ "fields": ["phones", "emails"] });
        let meant = verdict(parts.clone(), card(&["emails", "name"]));
        assert_eq!(meant, fires("what changed on the card: emails, name"));
        assert_eq!(verdict(parts.clone(), card(&["name"])), ignores("what changed on the card: name"));
        assert!(matches!(verdict(parts.clone(), card(&[])), Verdict::Ignores(_)));
        assert_eq!(verdict(parts, replaced()), fires("the order has another customer"));
    }

    #[test]
    fn it_must_be_the_customer_of_the_order() {
        let other = testing::event("client.changed").of_client("client-2");
        assert_eq!(verdict(json!({}), other), ignores("it is not the customer of the order"));
    }

    #[test]
    fn a_blank_part_cannot_be_saved() {
        let issues = testing::check::<CustomerChanged>(json!({ "fields": [""] }));
        assert_eq!((issues.len(), issues[0].path.as_str()), (1, "/fields/0"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<CustomerChanged>(CustomerChanged::manifest()["example"].clone()), []);
    }
}
