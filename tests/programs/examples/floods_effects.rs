//! Stages `amount` comments, a hundred thousand by default, whatever the host says.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct FloodsEffects;

impl Rule for FloodsEffects {
    type Settings = Amount;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let wanted = step.settings.amount.unwrap_or(100_000);
        let mut staged = 0;
        for _ in 0..wanted {
            staged += u64::from(timeline::add_comment(&step.order.id, "spam", None).is_ok());
        }
        Ok(done_with("spammed", json!({ "staged": staged })))
    }
}

rule!(FloodsEffects { id: "test.floods-effects", title: "Floods effects" });
