//! Stages a comment and asks for another try, until the try `amount`, the third by default.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Retries;

impl Rule for Retries {
    type Settings = Amount;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let comment = format!("try {}", step.attempt);
        timeline::add_comment(&step.order.id, &comment, None)?;
        if u64::from(step.attempt) + 1 < step.settings.amount.unwrap_or(3) {
            return Ok(retry(SECOND, "not yet"));
        }
        Ok(done(comment))
    }
}

rule!(Retries { id: "test.retries", title: "Retries" });
