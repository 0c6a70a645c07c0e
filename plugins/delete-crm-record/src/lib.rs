use rulewright_sdk::prelude::*;

struct DeleteCrmRecord;

impl Rule for DeleteCrmRecord {
    type Settings = NoSettings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Order { id, number, total, paid, .. } = &step.order;
        match orders::delete(id) {
            // The host's word: nothing with money on it is ever deleted.
            Err(refused) if refused.code() == "paid" => {
                Ok(skipped(format!("paid: {paid} of {total} has been paid, so the record stays")))
            }
            deleted => {
                deleted?;
                Ok(done(format!("Record {number} deleted")))
            }
        }
    }
}

rule! {
    DeleteCrmRecord {
        id: "rulewright.delete-crm-record",
        publisher: "Rulewright",
        title: "Delete CRM record",
        description: "Deletes the record, and with it everything that is still to run for it.",
        missing: "A record that has been paid, be it in part, is not deleted: the rule is skipped.",
        example: json!({}),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn delete(paid: i64) -> testing::End {
        let order = Order { paid: Money::new(paid, 2, "EUR"), ..testing::order() };
        testing::run::<DeleteCrmRecord>().order(order).go()
    }

    #[test]
    fn deletes_what_nobody_has_paid_for() {
        let end = delete(0);
        assert_eq!(end.summary(), "Record 1001 deleted");
        assert_eq!(end.effects, [Effect::Delete { order: "order-1".into() }]);
    }

    #[test]
    fn the_smallest_payment_keeps_it() {
        let end = delete(1);
        assert_eq!(end.skipped(), "paid: 0.01 EUR of 100.00 EUR has been paid, so the record stays");
        assert_eq!(end.effects, []);
    }

    #[test]
    fn another_refusal_is_a_failure() {
        let end = testing::run::<DeleteCrmRecord>().deny("orders-write.delete").go();
        assert!(end.gave_up().starts_with("denied"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<DeleteCrmRecord>(DeleteCrmRecord::manifest()["example"].clone()), []);
    }
}
