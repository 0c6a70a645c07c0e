use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Reason
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    reason: String,
}

struct CancelOrder;

impl Rule for CancelOrder {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Order { id, canceled, paid, .. } = &step.order;
        if *canceled {
            return Ok(done("Already canceled"));
        }
        orders::cancel(id, filled(&step.settings.reason).as_deref())?;
        if paid.amount == 0 {
            return Ok(done("Order canceled"));
        }
        let flag = format!("{paid} has been paid and is not given back by this");
        log::warn(&flag);
        Ok(done(format!("Order canceled, but {flag}")))
    }
}

rule! {
    CancelOrder {
        id: "rulewright.cancel-order",
        publisher: "Rulewright",
        title: "Cancel order",
        description: "Marks the order as canceled. Money that has been paid is not given back.",
        missing: "Without a reason the order is canceled without one. A paid order is canceled too, and the run says \
                  how much has been paid. A canceled order is left alone.",
        example: json!({ "reason": "Not paid in time" }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn cancel(reason: &str, order: Order) -> testing::End {
        testing::run::<CancelOrder>().settings(json!({ "reason": reason })).order(order).go()
    }

    #[test]
    fn cancels_with_a_reason() {
        let end = cancel("Not paid", testing::order());
        assert_eq!(end.summary(), "Order canceled");
        assert!(end.order.canceled);
        let expected = Effect::Cancel { order: "order-1".into(), reason: Some("Not paid".into()) };
        assert_eq!(end.effects, [expected]);
    }

    #[test]
    fn cancels_without_a_reason() {
        let end = cancel(" ", testing::order());
        assert_eq!(end.effects, [Effect::Cancel { order: "order-1".into(), reason: None }]);
    }

    #[test]
    fn a_paid_order_is_flagged_and_no_money_moves() {
        let end = cancel("", Order { paid: Money::new(1, 2, "EUR"), ..testing::order() });
        assert!(end.summary().contains("0.01 EUR has been paid"));
        assert_eq!(end.log.len(), 1);
        assert_eq!(end.effects, [Effect::Cancel { order: "order-1".into(), reason: None }]);
    }

    #[test]
    fn a_canceled_order_is_left_alone() {
        let end = cancel("Again", Order { canceled: true, ..testing::order() });
        assert_eq!(end.summary(), "Already canceled");
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<CancelOrder>(CancelOrder::manifest()["example"].clone()), []);
    }
}
