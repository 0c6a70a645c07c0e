//! Writes lines of a megabyte, `amount` of them, a thousand by default: little work for itself, much for the host.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Shouts;

impl Rule for Shouts {
    type Settings = Amount;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let line = "x".repeat(1 << 20);
        for _ in 0..step.settings.amount.unwrap_or(1_000) {
            log::info(&line);
        }
        Ok(done("shouted"))
    }
}

rule!(Shouts { id: "test.shouts", title: "Shouts" });
