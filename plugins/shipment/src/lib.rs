use rulewright_sdk::prelude::*;

struct Shipped;

impl Trigger for Shipped {
    type Settings = NoSettings;

    fn examine(_: &Examine<Self>, shipped: &Event) -> Result<Verdict> {
        Ok(fires(format!("shipment {} left", shipped.attr_text("shipment"))))
    }
}

trigger! {
    Shipped {
        id: "rulewright.shipment",
        publisher: "Rulewright",
        title: "Shipment",
        description: "A shipment of the order is marked as shipped.",
        missing: "Saving a shipment that has left already does nothing.",
        example: json!({}),
        origin: Internal,
        subscriptions: ["shipment.shipped"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    #[test]
    fn fires_and_says_for_which_shipment() {
        let event = testing::event("shipment.shipped").of_order("order-1").with_attr("shipment", "1");
        let verdict = testing::examine::<Shipped>(json!({}), testing::order(), event);
        assert_eq!(verdict, Ok(fires("shipment 1 left")));
    }

    #[test]
    fn other_changes_of_a_shipment_are_not_meant() {
        assert_eq!(Shipped::manifest()["subscriptions"], json!(["shipment.shipped"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Shipped>(Shipped::manifest()["example"].clone()), []);
    }
}
