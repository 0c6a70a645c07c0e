use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Shipments
    #[serde(default)]
    shipments: Which,
    /// Delivery service
    /// What is empty stays as it is, here and below.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    service: String,
    /// Tracking number
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    tracking_number: String,
    /// Comment
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    comment: String,
    /// Date
    /// When it is to arrive, e.g. 2026-12-01.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    date: String,
    /// Responsible
    /// Who sees to it.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    responsible: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// All
    #[default]
    All,
    /// Those that have not been shipped
    NotShipped,
}

struct EditShipments;

impl Rule for EditShipments {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Order { id, shipments, .. } = &step.order;
        let fields = fields(&step.settings);
        if fields.is_empty() {
            return Ok(skipped("nothing-to-change: nothing is left of the new values"));
        }
        let changed = match step.settings.shipments {
            _ if shipments.is_empty() => {
                return Ok(skipped("no-shipment: the order has no shipments"));
            }
            Which::All => shipments::edit(id, None, &fields)?,
            Which::NotShipped => {
                let open = shipments.iter().filter(|shipment| !shipment.shipped);
                let open: Vec<&str> = open.map(|shipment| shipment.id.as_str()).collect();
                if open.is_empty() {
                    return Ok(skipped("no-shipment: every shipment has been shipped"));
                }
                let mut changed = 0;
                for shipment in open {
                    changed += shipments::edit(id, Some(shipment), &fields)?;
                }
                changed
            }
        };
        Ok(done(format!("Shipments changed: {changed}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match fields(settings).as_slice() {
            [] => vec![Issue::new("", "nothing-to-change", "Fill in at least one new value.")],
            _ => Vec::new(),
        }
    }
}

fn fields(settings: &Settings) -> Vec<Attr> {
    let Settings { service, tracking_number, comment, date, responsible, .. } = settings;
    let texts = [
        ("service", service),
        ("tracking-number", tracking_number),
        ("comment", comment),
        ("date", date),
        ("responsible", responsible),
    ];
    texts.into_iter().filter_map(|(key, text)| Some(attr(key, filled(text)?.trim()))).collect()
}

rule! {
    EditShipments {
        id: "rulewright.edit-shipments",
        publisher: "Rulewright",
        title: "Edit shipments",
        description: "Sets the delivery service, the tracking number, the comment, the date or the responsible of the \
                      order's shipments.",
        missing: "An order without shipments, or without such that have not been shipped where only those are meant, \
                  is skipped. What is empty in the settings, or becomes empty, stays as it is in the shipments. Where \
                  the date is none, or the responsible has left, the rule fails and changes nothing.",
        example: json!({ "shipments": "not-shipped", "service": "Royal Mail", "comment": "Leave at the door" }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End};
    use rulewright_sdk::{Json, Shipment};

    use super::*;

    fn edit(settings: Json, shipped: &[bool]) -> End {
        let shipments = shipped
            .iter()
            .enumerate()
            .map(|(index, &shipped)| Shipment { shipped, ..testing::shipment(&format!("shipment-{index}")) });
        let order = Order { shipments: shipments.collect(), ..testing::order() };
        testing::run::<EditShipments>().settings(settings).order(order).go()
    }

    #[test]
    fn changes_all() {
        let end = edit(json!({ "service": "Post", "tracking-number": "T1", "comment": " " }), &[false, true]);
        assert_eq!(end.summary(), "Shipments changed: 2");
        for shipment in &end.order.shipments {
            assert_eq!(shipment.service.as_deref(), Some("Post"));
            assert_eq!(shipment.tracking_number.as_deref(), Some("T1"));
            assert_eq!(shipment.attrs, []);
        }
    }

    #[test]
    fn changes_only_what_has_not_been_shipped() {
        let settings = json!({ "shipments": "not-shipped", "comment": "Door" });
        let end = edit(settings.clone(), &[false, true, false]);
        assert_eq!(end.summary(), "Shipments changed: 2");
        let edit_of = |id: &str| Effect::EditShipments {
            order: "order-1".into(),
            shipment: Some(id.into()),
            fields: vec![attr("comment", "Door")],
        };
        assert_eq!(end.effects, [edit_of("shipment-0"), edit_of("shipment-2")]);
        assert!(edit(settings, &[true]).skipped().starts_with("no-shipment"));
    }

    #[test]
    fn changes_the_date_and_who_sees_to_it() {
        let end = edit(json!({ "date": " 2026-12-01", "responsible": "employee-1" }), &[false]);
        let expected = [attr("date", "2026-12-01"), attr("responsible", "employee-1")];
        assert_eq!(end.order.shipments[0].attrs, expected);
    }

    #[test]
    fn an_order_without_shipments_is_skipped() {
        for which in ["all", "not-shipped"] {
            let end = edit(json!({ "shipments": which, "service": "Post" }), &[]);
            assert_eq!(end.skipped(), "no-shipment: the order has no shipments");
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn a_change_has_a_value() {
        assert_eq!(testing::check::<EditShipments>(json!({}))[0].code, "nothing-to-change");
        assert!(edit(json!({ "service": " " }), &[false]).skipped().starts_with("nothing-to-change"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<EditShipments>(EditShipments::manifest()["example"].clone()), []);
    }
}
