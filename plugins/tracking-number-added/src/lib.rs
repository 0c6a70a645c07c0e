use rulewright_sdk::prelude::*;

struct TrackingNumberAdded;

impl Trigger for TrackingNumberAdded {
    type Settings = NoSettings;

    fn examine(_: &Examine<Self>, added: &Event) -> Result<Verdict> {
        let shipment = added.attr_text("shipment");
        Ok(fires(format!(
            "shipment {shipment} got the tracking number {}",
            added.attr_text("tracking-number")
        )))
    }
}

trigger! {
    TrackingNumberAdded {
        id: "rulewright.tracking-number-added",
        publisher: "Rulewright",
        title: "Tracking number added",
        description: "A shipment gets a tracking number, and had none before.",
        missing: "Another number in place of one that was there does nothing: that is Shipment updated.",
        example: json!({}),
        origin: Internal,
        subscriptions: ["shipment.tracking-added"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    #[test]
    fn fires_and_says_for_which_number() {
        let event = testing::event("shipment.tracking-added").of_order("order-1").with_attr("shipment", "1");
        let event = event.with_attr("tracking-number", "RM1");
        let verdict = testing::examine::<TrackingNumberAdded>(json!({}), testing::order(), event);
        assert_eq!(verdict, Ok(fires("shipment 1 got the tracking number RM1")));
    }

    #[test]
    fn another_number_in_place_of_one_is_not_meant() {
        let manifest = TrackingNumberAdded::manifest();
        assert_eq!(manifest["subscriptions"], json!(["shipment.tracking-added"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(
            testing::check::<TrackingNumberAdded>(TrackingNumberAdded::manifest()["example"].clone()),
            []
        );
    }
}
