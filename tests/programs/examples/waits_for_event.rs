//! Waits an hour for an event of the kind `text` about its order, and says how that ended.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct WaitsForEvent;

impl Rule for WaitsForEvent {
    type Settings = Text;
    type State = u32;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        match &step.cause {
            Cause::Event(event) => {
                timeline::add_comment(&step.order.id, &format!("saw {}", event.kind), None)?;
                Ok(done("saw it"))
            }
            Cause::TimedOut => Ok(skipped("it never happened")),
            _ => {
                let mut filter = EventFilter::new([step.settings.text.as_str()]);
                filter.order = Some(step.order.id.clone());
                step.wait_for(filter, later(step.now(), HOUR), step.number)
            }
        }
    }
}

rule!(WaitsForEvent { id: "test.waits-for-event", title: "Waits for event" });
