//! Takes memory until none is given.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct AllocatesWithoutEnd;

impl Rule for AllocatesWithoutEnd {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        loop {
            kept.push(vec![step.number as u8 + 1; 1 << 20]);
            std::hint::black_box(&kept);
        }
    }
}

rule!(AllocatesWithoutEnd { id: "test.allocates-without-end", title: "Allocates without end" });
