use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Status
    #[schemars(length(min = 1), extend("x-widget" = "shipment-status"))]
    status: String,
}

struct SetShipmentStatus;

impl Rule for SetShipmentStatus {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let status = step.settings.status.trim();
        if step.order.shipments.is_empty() {
            return Ok(skipped("no-shipment: the order has no shipments"));
        }
        match shipments::edit(&step.order.id, None, &[attr("status", status)])? {
            0 => Ok(done(format!("Every shipment is in {status} already"))),
            changed => Ok(done(format!("Shipments set to {status}: {changed}"))),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.status.trim() {
            "" => vec![Issue::new("/status", "required", "Select a status.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    SetShipmentStatus {
        id: "rulewright.set-shipment-status",
        publisher: "Rulewright",
        title: "Set shipment status",
        description: "Sets the status of every shipment of the order.",
        missing: "An order without shipments is skipped. Shipments in that status already are left alone.",
        example: json!({ "status": "handed-over" }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Shipment;
    use rulewright_sdk::testing::{self, End};

    use super::*;

    fn set(before: &[&str]) -> End {
        let shipments = before.iter().enumerate().map(|(index, status)| Shipment {
            status: Some((*status).into()),
            ..testing::shipment(&format!("shipment-{index}"))
        });
        let order = Order { shipments: shipments.collect(), ..testing::order() };
        testing::run::<SetShipmentStatus>().settings(json!({ "status": "sent" })).order(order).go()
    }

    #[test]
    fn all_shipments_have_it() {
        let end = set(&["packed", "sent", "packed"]);
        assert_eq!(end.summary(), "Shipments set to sent: 2");
        assert!(end.order.shipments.iter().all(|shipment| shipment.status.as_deref() == Some("sent")));
        assert_eq!(set(&["sent"]).summary(), "Every shipment is in sent already");
    }

    #[test]
    fn an_order_without_shipments_is_skipped() {
        let end = set(&[]);
        assert!(end.skipped().starts_with("no-shipment"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn a_status_must_be_selected() {
        assert_eq!(testing::check::<SetShipmentStatus>(json!({ "status": " " }))[0].code, "required");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<SetShipmentStatus>(SetShipmentStatus::manifest()["example"].clone()), []);
    }
}
