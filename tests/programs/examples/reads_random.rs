//! Hands on all that it can know of time and chance: the same for the same run and step, for ever.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct ReadsRandom;

impl Rule for ReadsRandom {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let numbers: Vec<String> = (0..3).map(|_| step.random().to_string()).collect();
        let known = json!({
            "now": step.now(),
            "random": numbers,
            "key": step.idempotency_key("send"),
            "other-key": step.idempotency_key("send again"),
        });
        Ok(done_with("read", known))
    }
}

rule!(ReadsRandom { id: "test.reads-random", title: "Reads random" });
