use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Payment
    #[serde(default)]
    payment: Payment,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Payment {
    /// The order is paid in full
    #[default]
    Full,
    /// Any payment, a part too
    Any,
}

struct PaymentReceived;

impl Trigger for PaymentReceived {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, payment: &Event) -> Result<Verdict> {
        let Order { paid, total, .. } = &ctx.order;
        // What the payment itself did: by now the order may have been paid by a later one, which fires as well.
        let full = match payment.attr("full") {
            Some(Value::Boolean(full)) => *full,
            _ => ctx.order.is_fully_paid(),
        };
        match ctx.settings.payment {
            Payment::Any => Ok(fires(format!("{paid} of {total} is paid"))),
            Payment::Full if full => Ok(fires(format!("paid in full: {paid} of {total}"))),
            Payment::Full => Ok(ignores(format!("paid in part: {paid} of {total}"))),
        }
    }
}

trigger! {
    PaymentReceived {
        id: "rulewright.payment",
        publisher: "Rulewright",
        title: "Payment",
        description: "The client pays the order.",
        missing: "Where the payment does not say whether the order is paid in full by it, the sums of \
                  the order do.",
        example: json!({ "payment": "full" }),
        origin: External,
        subscriptions: ["payment.received"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn paid(amount: i64, settings: Json) -> Verdict {
        let mut order = testing::order();
        order.paid = Money::new(amount, 2, "EUR");
        let event = testing::event("payment.received").of_order("order-1");
        testing::examine::<PaymentReceived>(settings, order, event).expect("the settings are right")
    }

    #[test]
    fn fires_when_the_whole_is_paid() {
        let part = "paid in part: 40.00 EUR of 100.00 EUR";
        assert_eq!(paid(4_000, json!({})), ignores(part));
        let full = "paid in full: 100.00 EUR of 100.00 EUR";
        assert_eq!(paid(10_000, json!({})), fires(full));
        let more = "paid in full: 100.01 EUR of 100.00 EUR";
        assert_eq!(paid(10_001, json!({ "payment": "full" })), fires(more));
    }

    #[test]
    fn a_part_is_a_part_although_the_rest_has_come_meanwhile() {
        let mut order = testing::order();
        order.paid = order.total.clone();
        let event = |full: bool| testing::event("payment.received").with_attr("full", full);
        let examine = |full| testing::examine::<PaymentReceived>(json!({}), order.clone(), event(full));
        assert!(matches!(examine(false), Ok(Verdict::Ignores(_))));
        assert!(matches!(examine(true), Ok(Verdict::Fires(_))));
    }

    #[test]
    fn fires_for_a_part_where_asked_to() {
        let part = "40.00 EUR of 100.00 EUR is paid";
        assert_eq!(paid(4_000, json!({ "payment": "any" })), fires(part));
    }

    #[test]
    fn sees_payments_only() {
        let manifest = PaymentReceived::manifest();
        assert_eq!(manifest["subscriptions"], json!(["payment.received"]));
        assert_eq!(manifest["kind"], "trigger");
        assert_eq!(manifest["group"], "trigger");
    }
}
