//! Ends with an output of `amount` bytes, 100 million by default.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Returns100Mb;

impl Rule for Returns100Mb {
    type Settings = Amount;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let bytes = step.settings.amount.unwrap_or(100_000_000);
        Ok(done_with("much ado", json!({ "text": "x".repeat(bytes as usize) })))
    }
}

rule!(Returns100Mb { id: "test.returns-100-mb", title: "Returns 100 mb" });
