use rulewright_sdk::prelude::*;

struct Visit;

impl Trigger for Visit {
    type Settings = NoSettings;

    fn examine(ctx: &Examine<Self>, visit: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(visit) {
            return Ok(ignores("somebody else came"));
        }
        Ok(fires(format!("the client came to the shop: visit {}", visit.attr_text("visit"))))
    }
}

trigger! {
    Visit {
        id: "rulewright.visit",
        publisher: "Rulewright",
        title: "Visit",
        description: "The client comes to the shop: the tracking of a visit begins.",
        missing: "A visitor who is not recognised as a client of the order does nothing.",
        example: json!({}),
        origin: External,
        subscriptions: ["visit.started"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(event: Event) -> Verdict {
        let event = event.with_attr("visit", "v7");
        testing::examine::<Visit>(json!({}), testing::order(), event).expect("there are no settings")
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        let visit = || testing::event("visit.started");
        assert_eq!(verdict(visit().of_client("client-1")), fires("the client came to the shop: visit v7"));
        assert_eq!(verdict(visit().of_client("client-2")), ignores("somebody else came"));
        assert_eq!(verdict(visit()), ignores("somebody else came"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Visit>(Visit::manifest()["example"].clone()), []);
    }
}
