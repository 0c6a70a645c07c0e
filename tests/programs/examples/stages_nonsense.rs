//! Asks for what no sound plugin would, and hands on the code of each refusal.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct StagesNonsense;

impl Rule for StagesNonsense {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let id = &step.order.id;
        let money = Value::Money(Money { amount: i64::MAX, scale: 255, currency: "?".into() });
        let huge = "x".repeat(1 << 20);
        let asked = [
            ("unknown-order", orders::cancel("no-such-order", None)),
            ("unknown-stage", orders::move_stage(id, "no-such-stage")),
            ("unknown-employee", orders::set_responsible(id, "nobody")),
            ("empty-field-name", orders::set_fields(id, &[attr("", "x")])),
            ("impossible-money", orders::set_fields(id, &[attr("price", money)])),
            ("broken-json", orders::set_fields(id, &[attr("x", Value::Json("{".into()))])),
            ("huge-tag", orders::add_tags(id, &[huge])),
        ];
        let codes = asked.iter().map(|(name, result)| {
            let code = result.as_ref().err().map_or("accepted", |error| error.code());
            (name.to_string(), json!(code))
        });
        Ok(done_with("asked", codes.collect()))
    }
}

rule!(StagesNonsense { id: "test.stages-nonsense", title: "Stages nonsense" });
