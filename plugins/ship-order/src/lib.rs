use rulewright_sdk::prelude::*;

struct ShipOrder;

impl Rule for ShipOrder {
    type Settings = NoSettings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        if step.order.shipments.is_empty() {
            return Ok(skipped("no-shipment: the order has no shipments"));
        }
        match shipments::mark_shipped(&step.order.id)? {
            0 => Ok(done("Every shipment was shipped already")),
            count => Ok(done(format!("Shipments marked as shipped: {count}"))),
        }
    }
}

rule! {
    ShipOrder {
        id: "rulewright.ship-order",
        publisher: "Rulewright",
        title: "Ship order",
        description: "Marks every shipment of the order as shipped.",
        missing: "An order without shipments is skipped. What has been shipped already is left alone.",
        example: json!({}),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Shipment;
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn ship(shipped: &[bool]) -> testing::End {
        let shipments = shipped.iter().map(|&shipped| Shipment { shipped, ..testing::shipment("shp-1") });
        let order = Order { shipments: shipments.collect(), ..testing::order() };
        testing::run::<ShipOrder>().order(order).go()
    }

    #[test]
    fn ships_what_has_not_been_shipped() {
        let end = ship(&[false, true]);
        assert_eq!(end.summary(), "Shipments marked as shipped: 1");
        assert!(end.order.shipments.iter().all(|shipment| shipment.shipped));
        assert_eq!(end.effects, [Effect::MarkShipped { order: "order-1".into() }]);
    }

    #[test]
    fn what_has_been_shipped_is_left_alone() {
        assert_eq!(ship(&[true]).summary(), "Every shipment was shipped already");
    }

    #[test]
    fn an_order_without_shipments_is_skipped() {
        let end = ship(&[]);
        assert!(end.skipped().starts_with("no-shipment"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ShipOrder>(ShipOrder::manifest()["example"].clone()), []);
    }
}
