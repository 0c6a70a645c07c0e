//! Moves its order to the stage `text`, whatever that sets off.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct MovesStage;

impl Rule for MovesStage {
    type Settings = Text;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        orders::move_stage(&step.order.id, &step.settings.text)?;
        Ok(done(format!("moved to {}", step.settings.text)))
    }
}

rule!(MovesStage { id: "test.moves-stage", title: "Moves stage" });
