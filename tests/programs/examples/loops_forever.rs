//! Never comes back: fuel or the clock has to end it.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct LoopsForever;

impl Rule for LoopsForever {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        loop {
            std::hint::black_box(&step.number);
        }
    }
}

rule!(LoopsForever { id: "test.loops-forever", title: "Loops forever" });
