//! Calls itself until the stack ends.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct Recurses;

impl Rule for Recurses {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        Ok(done(deeper(u64::from(step.number)).to_string()))
    }
}

fn deeper(depth: u64) -> u64 {
    // On the stack, and seen by the optimiser as needed after the call.
    let ballast = std::hint::black_box([depth; 32]);
    if depth == u64::MAX {
        return 0;
    }
    deeper(depth + 1) + ballast[31]
}

rule!(Recurses { id: "test.recurses", title: "Recurses" });
