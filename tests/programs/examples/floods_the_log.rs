//! Writes lines of 1 KiB; `amount` says how many, a million by default.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct FloodsTheLog;

impl Rule for FloodsTheLog {
    type Settings = Amount;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let line = "x".repeat(1 << 10);
        let lines = step.settings.amount.unwrap_or(1_000_000);
        for _ in 0..lines {
            log::info(&line);
        }
        Ok(done(format!("wrote {lines} lines")))
    }
}

rule!(FloodsTheLog { id: "test.floods-the-log", title: "Floods the log" });
