//! Waits for a minute with a state of `amount` bytes, 10 MiB by default.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct BigState;

impl Rule for BigState {
    type Settings = Amount;
    type State = String;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        if let Some(state) = &step.state {
            return Ok(done(format!("kept {} bytes", state.len())));
        }
        let bytes = step.settings.amount.unwrap_or(10 << 20);
        step.wait_until(later(step.now(), MINUTE), "x".repeat(bytes as usize))
    }
}

rule!(BigState { id: "test.big-state", title: "Big state" });
