use rulewright_sdk::prelude::*;

struct PayOrder;

impl Rule for PayOrder {
    type Settings = NoSettings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Order { id, total, paid, .. } = &step.order;
        if step.order.is_fully_paid() {
            return Ok(done(format!("Already paid: {paid} of {total}")));
        }
        payments::mark_paid(id)?;
        Ok(done(format!("Marked as paid: {total}, {paid} of it before")))
    }
}

rule! {
    PayOrder {
        id: "rulewright.pay-order",
        publisher: "Rulewright",
        title: "Pay order",
        description: "Marks the order as paid. Nobody is charged.",
        missing: "Where no payment covers a part of the total, one is created for it. An order that is paid already \
                  is left alone.",
        example: json!({}),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn pay(paid: i64) -> testing::End {
        let order = Order { paid: Money::new(paid, 2, "EUR"), ..testing::order() };
        testing::run::<PayOrder>().order(order).go()
    }

    #[test]
    fn marks_the_order_as_paid_and_charges_nobody() {
        let end = pay(4_000);
        assert_eq!(end.summary(), "Marked as paid: 100.00 EUR, 40.00 EUR of it before");
        assert!(end.order.is_fully_paid());
        assert_eq!(end.effects, [Effect::MarkPaid { order: "order-1".into() }]);
        assert_eq!(end.requests, []);
    }

    #[test]
    fn a_paid_order_is_left_alone() {
        let end = pay(10_000);
        assert_eq!(end.summary(), "Already paid: 100.00 EUR of 100.00 EUR");
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<PayOrder>(PayOrder::manifest()["example"].clone()), []);
    }
}
