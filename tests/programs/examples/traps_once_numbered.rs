//! Is told a number, makes the document, and traps: the number must be the next one's.

use rulewright_sdk::documents::FromTemplate;
use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct TrapsOnceNumbered;

impl Rule for TrapsOnceNumbered {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let document = FromTemplate::new(&step.order.id, "invoice");
        let prepared = documents::prepare(&document)?;
        documents::create_filled(&document, &prepared.number, "text/plain", b"half done")?;
        panic!("trapped once numbered")
    }
}

rule!(TrapsOnceNumbered { id: "test.traps-once-numbered", title: "Traps once numbered" });
