//! Stages something that can be done and then something that cannot: neither may ever have happened.

use rulewright_sdk::{documents::FromTemplate, prelude::*};
use rulewright_test_programs::Nothing;

struct CancelsThenAsksTooMuch;

impl Rule for CancelsThenAsksTooMuch {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        orders::cancel(&step.order.id, None)?;
        documents::create(&FromTemplate::new(&step.order.id, "no such template"))?;
        Ok(done("both"))
    }
}

rule!(CancelsThenAsksTooMuch { id: "test.cancels-then-asks-too-much", title: "Cancels, then asks too much" });
