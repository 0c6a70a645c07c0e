use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Shipments
    #[serde(default)]
    shipments: Shipments,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Shipments {
    /// Any shipment of the order
    #[default]
    Any,
    /// All of them: the last one is approved
    All,
}

struct ShipmentApproved;

impl Trigger for ShipmentApproved {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, approval: &Event) -> Result<Verdict> {
        let shipments = &ctx.order.shipments;
        let waiting = shipments.iter().filter(|shipment| !shipment.allowed).count();
        Ok(match ctx.settings.shipments {
            Shipments::Any => fires(format!("shipment {} is approved", approval.attr_text("shipment"))),
            Shipments::All if shipments.is_empty() => ignores("no-shipment: the order has no shipments"),
            Shipments::All if waiting > 0 => ignores(format!("{waiting} of {} are not", shipments.len())),
            Shipments::All => fires(format!("all {} shipments are approved", shipments.len())),
        })
    }
}

trigger! {
    ShipmentApproved {
        id: "rulewright.shipment-approved",
        publisher: "Rulewright",
        title: "Shipment approved",
        description: "A shipment of the order may be delivered.",
        missing: "Where all shipments are asked for and the order has none, nothing happens.",
        example: json!({ "shipments": "all" }),
        origin: Internal,
        subscriptions: ["shipment.approved"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, Shipment, testing};

    use super::*;

    fn verdict(settings: Json, allowed: &[bool]) -> Verdict {
        let shipment = |(index, allowed): (usize, &bool)| Shipment {
            id: index.to_string(),
            allowed: *allowed,
            shipped: false,
            status: None,
            tracking_number: None,
            service: None,
            attrs: Vec::new(),
        };
        let mut order = testing::order();
        order.shipments = allowed.iter().enumerate().map(shipment).collect();
        let event = testing::event("shipment.approved").of_order("order-1").with_attr("shipment", "0");
        testing::examine::<ShipmentApproved>(settings, order, event).expect("the settings are right")
    }

    #[test]
    fn fires_for_each_shipment() {
        assert_eq!(verdict(json!({}), &[true, false]), fires("shipment 0 is approved"));
    }

    #[test]
    fn waits_for_the_last_one_where_asked_to() {
        let all = json!({ "shipments": "all" });
        assert_eq!(verdict(all.clone(), &[true, false]), ignores("1 of 2 are not"));
        assert_eq!(verdict(all, &[true, true]), fires("all 2 shipments are approved"));
    }

    #[test]
    fn all_of_none_is_none() {
        let none = verdict(json!({ "shipments": "all" }), &[]);
        assert_eq!(none, ignores("no-shipment: the order has no shipments"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ShipmentApproved>(ShipmentApproved::manifest()["example"].clone()), []);
    }
}
