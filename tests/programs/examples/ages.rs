//! Waits `amount` milliseconds, an hour by default, then comments. The first version of `ages_anew`: an odd amount makes a
//! state that the second version does not take over.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Ages;

impl Rule for Ages {
    type Settings = Amount;
    type State = (i64, bool);

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let amount = step.settings.amount.unwrap_or(HOUR);
        let Some((since, _)) = step.state else {
            return step.wait_until(later(step.now(), amount), (step.now(), amount % 2 == 1));
        };
        let waited = step.now() - since;
        timeline::add_comment(&step.order.id, &format!("first version, waited {waited} ms"), None)?;
        Ok(done("waited"))
    }
}

rule!(Ages { id: "test.ages", title: "Ages" });
