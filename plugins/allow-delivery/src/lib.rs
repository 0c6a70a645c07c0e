use rulewright_sdk::prelude::*;

struct AllowDelivery;

impl Rule for AllowDelivery {
    type Settings = NoSettings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        if step.order.shipments.is_empty() {
            return Ok(skipped("no-shipment: the order has no shipments"));
        }
        match shipments::allow_delivery(&step.order.id)? {
            0 => Ok(done("Every shipment was approved already")),
            count => Ok(done(format!("Shipments approved for delivery: {count}"))),
        }
    }
}

rule! {
    AllowDelivery {
        id: "rulewright.allow-delivery",
        publisher: "Rulewright",
        title: "Allow delivery",
        description: "Approves every shipment of the order for delivery.",
        missing: "An order without shipments is skipped. Shipments that are approved already are left alone.",
        example: json!({}),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Shipment;
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn allow(allowed: &[bool]) -> testing::End {
        let shipments = allowed.iter().map(|&allowed| Shipment { allowed, ..testing::shipment("shp-1") });
        let order = Order { shipments: shipments.collect(), ..testing::order() };
        testing::run::<AllowDelivery>().order(order).go()
    }

    #[test]
    fn approves_those_that_are_not_approved() {
        let end = allow(&[false, true, false]);
        assert_eq!(end.summary(), "Shipments approved for delivery: 2");
        assert!(end.order.shipments.iter().all(|shipment| shipment.allowed));
        assert_eq!(end.effects, [Effect::AllowDelivery { order: "order-1".into() }]);
    }

    #[test]
    fn approved_shipments_are_left_alone() {
        assert_eq!(allow(&[true, true]).summary(), "Every shipment was approved already");
    }

    #[test]
    fn an_order_without_shipments_is_skipped() {
        let end = allow(&[]);
        assert!(end.skipped().starts_with("no-shipment"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<AllowDelivery>(AllowDelivery::manifest()["example"].clone()), []);
    }
}
