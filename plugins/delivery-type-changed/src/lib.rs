use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Delivery type
    /// Which delivery service it became. Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "delivery-service"))]
    service: String,
}

struct DeliveryTypeChanged;

impl Trigger for DeliveryTypeChanged {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, event: &Event) -> Result<Verdict> {
        let service = event.attr_text("service");
        let changed = match event.kind.as_str() {
            "shipment.added" => !service.is_empty(),
            _ => event.attr_texts("fields").iter().any(|name| name == "service"),
        };
        if !changed {
            return Ok(ignores("the delivery type did not change"));
        }
        let why = format!("the delivery type became `{service}`");
        Ok(if allows(&ctx.settings.service, &service) { fires(why) } else { ignores(why) })
    }
}

trigger! {
    DeliveryTypeChanged {
        id: "rulewright.delivery-type-changed",
        publisher: "Rulewright",
        title: "Delivery type changed",
        description: "A shipment of the order gets another delivery type, e.g. courier, or is added with \
                      one.",
        missing: "A shipment that is added without a delivery type does nothing, nor does the same type \
                  again.",
        example: json!({ "service": "Courier delivery" }),
        origin: Internal,
        subscriptions: ["shipment.updated", "shipment.added"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, event: Event) -> Verdict {
        let settings = json!({ "service": selected });
        let verdict = testing::examine::<DeliveryTypeChanged>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    fn updated(changed: &str, service: &str) -> Event {
        let event = testing::event("shipment.updated").of_order("order-1");
        event.with_attr("fields", vec![changed.to_owned()]).with_attr("service", service)
    }

    #[test]
    fn it_must_become_the_selected_type() {
        let became = fires("the delivery type became `Courier`");
        assert_eq!(verdict("Courier", updated("service", "Courier")), became);
        let other = ignores("the delivery type became `Royal Mail`");
        assert_eq!(verdict("Courier", updated("service", "Royal Mail")), other);
        assert!(matches!(verdict("", updated("service", "Royal Mail")), Verdict::Fires(_)));
    }

    #[test]
    fn another_change_of_a_shipment_of_that_type_is_not_meant() {
        let verdict = verdict("Courier", updated("comment", "Courier"));
        assert_eq!(verdict, ignores("the delivery type did not change"));
    }

    #[test]
    fn a_shipment_may_come_with_the_type() {
        let added = || testing::event("shipment.added").of_order("order-1");
        assert!(matches!(verdict("Courier", added().with_attr("service", "Courier")), Verdict::Fires(_)));
        assert_eq!(verdict("", added()), ignores("the delivery type did not change"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(
            testing::check::<DeliveryTypeChanged>(DeliveryTypeChanged::manifest()["example"].clone()),
            []
        );
    }
}
