use std::collections::BTreeSet;

use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Fields
    /// One of these must have changed. None selected means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "checkboxes"))]
    fields: BTreeSet<Field>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Field {
    /// Delivery status
    Status,
    /// Delivery service
    Service,
    /// Tracking number
    TrackingNumber,
    /// Comment
    Comment,
    /// Approved
    Allowed,
    /// Shipped
    Shipped,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::Status => "status",
            Field::Service => "service",
            Field::TrackingNumber => "tracking-number",
            Field::Comment => "comment",
            Field::Allowed => "allowed",
            Field::Shipped => "shipped",
        }
    }
}

struct ShipmentUpdated;

impl Trigger for ShipmentUpdated {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, update: &Event) -> Result<Verdict> {
        let wanted = &ctx.settings.fields;
        let changed = update.attr_texts("fields");
        let shipment = update.attr_text("shipment");
        let why = format!("what changed on shipment {shipment}: {}", changed.join(", "));
        let meant =
            wanted.is_empty() || wanted.iter().any(|field| changed.iter().any(|name| name == field.name()));
        Ok(if meant { fires(why) } else { ignores(why) })
    }
}

trigger! {
    ShipmentUpdated {
        id: "rulewright.shipment-updated",
        publisher: "Rulewright",
        title: "Shipment updated",
        description: "Anything of a shipment changes, also that it is shipped.",
        missing: "Saving a shipment without a change does nothing.",
        example: json!({ "fields": ["service", "tracking-number"] }),
        origin: Internal,
        subscriptions: ["shipment.updated"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn verdict(settings: Json, changed: &[&str]) -> Verdict {
        let changed: Vec<String> = changed.iter().map(|name| (*name).into()).collect();
        let event = testing::event("shipment.updated").of_order("order-1");
        let event = event.with_attr("shipment", "1").with_attr("fields", changed);
        testing::examine::<ShipmentUpdated>(settings, testing::order(), event)
            .expect("the settings are right")
    }

    #[test]
    fn any_change_is_meant() {
        for field in ["status", "service", "tracking-number", "comment", "allowed", "shipped"] {
            assert_eq!(verdict(json!({}), &[field]), fires(format!("what changed on shipment 1: {field}")));
        }
    }

    #[test]
    fn where_fields_are_selected_one_of_them_must_have_changed() {
        for field in ["status", "service", "tracking-number", "comment", "allowed", "shipped"] {
            let selected = json!({ "fields": [field] });
            assert!(matches!(verdict(selected.clone(), &["other", field]), Verdict::Fires(_)), "{field}");
            assert!(matches!(verdict(selected.clone(), &["other"]), Verdict::Ignores(_)), "{field}");
            assert!(matches!(verdict(selected, &[]), Verdict::Ignores(_)), "{field}");
        }
    }

    #[test]
    fn only_what_a_shipment_has_can_be_selected() {
        let issues = testing::check::<ShipmentUpdated>(json!({ "fields": ["colour"] }));
        assert!(issues[0].message.contains("colour"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ShipmentUpdated>(ShipmentUpdated::manifest()["example"].clone()), []);
    }
}
