use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Delivery status
    /// What it became, as the delivery service reports it; case does not matter. Empty means any.
    #[serde(default)]
    status: String,
    /// Delivery type
    /// Of which delivery service. Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "delivery-service"))]
    service: String,
}

struct DeliveryStatusChanged;

impl Trigger for DeliveryStatusChanged {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, update: &Event) -> Result<Verdict> {
        if !update.attr_texts("fields").iter().any(|name| name == "status") {
            return Ok(ignores("the delivery status did not change"));
        }
        let service = update.attr_text("service");
        if !allows(&ctx.settings.service, &service) {
            return Ok(ignores(format!("the delivery type is `{service}`")));
        }
        let why = format!("the delivery status became `{}`", update.attr_text("status"));
        Ok(if allows(&ctx.settings.status, &update.attr_text("status")) { fires(why) } else { ignores(why) })
    }
}

trigger! {
    DeliveryStatusChanged {
        id: "rulewright.delivery-status-changed",
        publisher: "Rulewright",
        title: "Delivery status changed",
        description: "The delivery service reports another status of a shipment, e.g. that the parcel has \
                      arrived.",
        missing: "The same status again does nothing. Where a status or a delivery type is asked for, a \
                  shipment without one does nothing.",
        example: json!({ "status": "arrived", "service": "Royal Mail" }),
        origin: External,
        subscriptions: ["shipment.updated"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn updated(changed: &str) -> Event {
        let event = testing::event("shipment.updated").of_order("order-1");
        event.with_attr("shipment", "1").with_attr("fields", vec![changed.to_owned()])
    }

    fn verdict(settings: Json, event: Event) -> Verdict {
        let verdict = testing::examine::<DeliveryStatusChanged>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn a_courier_order_with_the_same_status_is_not_meant() {
        let by = |service: &str| {
            let settings = json!({ "status": "arrived", "service": "Royal Mail" });
            verdict(settings, updated("status").with_attr("status", "Arrived").with_attr("service", service))
        };
        assert_eq!(by("Royal Mail"), fires("the delivery status became `Arrived`"));
        assert_eq!(by("Courier"), ignores("the delivery type is `Courier`"));
        assert_eq!(by(""), ignores("the delivery type is ``"));
    }

    #[test]
    fn it_must_become_the_status() {
        let became = |status: &str| {
            verdict(json!({ "status": "arrived" }), updated("status").with_attr("status", status))
        };
        assert!(matches!(became("arrived"), Verdict::Fires(_)));
        assert_eq!(became("returned"), ignores("the delivery status became `returned`"));
        assert!(matches!(verdict(json!({ "status": "arrived" }), updated("status")), Verdict::Ignores(_)));
        assert!(matches!(verdict(json!({}), updated("status")), Verdict::Fires(_)));
    }

    #[test]
    fn another_change_of_a_shipment_that_has_the_status_is_not_meant() {
        let comment = updated("comment").with_attr("status", "arrived");
        let verdict = verdict(json!({ "status": "arrived" }), comment);
        assert_eq!(verdict, ignores("the delivery status did not change"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(
            testing::check::<DeliveryStatusChanged>(DeliveryStatusChanged::manifest()["example"].clone()),
            []
        );
    }
}
