//! Waits a minute for an event of the kind `text`, whatever it is about, and if none has come another minute, without
//! end.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct WaitsOn;

impl Rule for WaitsOn {
    type Settings = Text;
    type State = u32;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        if let Cause::Event(event) = &step.cause {
            return Ok(done(format!("saw {}", event.kind)));
        }
        let filter = EventFilter::new([step.settings.text.as_str()]);
        step.wait_for(filter, later(step.now(), MINUTE), step.number)
    }
}

rule!(WaitsOn { id: "test.waits-on", title: "Waits on" });
