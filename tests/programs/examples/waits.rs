//! Waits `amount` milliseconds, an hour by default, then comments.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Waits;

impl Rule for Waits {
    type Settings = Amount;
    type State = i64;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Some(since) = step.state else {
            let until = later(step.now(), step.settings.amount.unwrap_or(HOUR));
            return step.wait_until(until, step.now());
        };
        let waited = step.now() - since;
        timeline::add_comment(&step.order.id, &format!("waited {waited} ms"), None)?;
        Ok(done("waited"))
    }
}

rule!(Waits { id: "test.waits", title: "Waits" });
