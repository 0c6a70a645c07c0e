use rulewright_sdk::prelude::*;

struct ResponsibleChange;

impl Trigger for ResponsibleChange {
    type Settings = NoSettings;

    fn examine(ctx: &Examine<Self>, _change: &Event) -> Result<Verdict> {
        Ok(match &ctx.order.responsible {
            Some(employee) => fires(format!("{employee} is responsible now")),
            None => fires("nobody is responsible now"),
        })
    }
}

trigger! {
    ResponsibleChange {
        id: "rulewright.responsible-change",
        publisher: "Rulewright",
        title: "Responsible person change",
        description: "Another employee becomes responsible for the order, by hand or by a rule.",
        missing: "It also fires when the order is left without a responsible person. Saving the same person \
                  again does nothing.",
        example: json!({}),
        origin: Internal,
        subscriptions: ["order.responsible-changed"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(responsible: Option<&str>) -> Verdict {
        let mut order = testing::order();
        order.responsible = responsible.map(Into::into);
        let event = testing::event("order.responsible-changed").of_order("order-1");
        testing::examine::<ResponsibleChange>(json!({}), order, event).expect("there are no settings")
    }

    #[test]
    fn fires_for_whoever_it_is_now() {
        assert_eq!(verdict(Some("employee-9")), fires("employee-9 is responsible now"));
        assert_eq!(verdict(None), fires("nobody is responsible now"));
    }

    #[test]
    fn sees_real_changes_only() {
        let manifest = ResponsibleChange::manifest();
        assert_eq!(manifest["subscriptions"], json!(["order.responsible-changed"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ResponsibleChange>(ResponsibleChange::manifest()["example"].clone()), []);
    }
}
