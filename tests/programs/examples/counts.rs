//! Well-behaved and minimal: adds one to the order's field `count`. Two of them at once must make two.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct Counts;

impl Rule for Counts {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let count = match find(&step.order.fields, "count") {
            Some(Value::Integer(count)) => *count,
            _ => 0,
        };
        orders::set_fields(&step.order.id, &[attr("count", Value::Integer(count + 1))])?;
        Ok(done(format!("count is {}", count + 1)))
    }
}

rule!(Counts { id: "test.counts", title: "Counts" });
