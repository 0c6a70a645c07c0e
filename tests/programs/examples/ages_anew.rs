//! The second version of `ages`: it asks for tags besides, takes over what the first one remembered if that may be, and
//! says so where the shop has not granted tags.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Amount;

struct Ages;

#[derive(Serialize, Deserialize)]
struct State {
    since: i64,
    upgraded: bool,
}

impl Rule for Ages {
    type Settings = Amount;
    type State = State;
    const STATE_VERSION: u32 = 2;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Some(State { since, upgraded }) = step.state else {
            let until = later(step.now(), step.settings.amount.unwrap_or(HOUR));
            return step.wait_until(until, State { since: step.now(), upgraded: false });
        };
        let waited = step.now() - since;
        let tagged = match orders::add_tags(&step.order.id, &["aged".to_owned()]) {
            Ok(()) => "tagged",
            Err(error) if error.code() == "denied" => "may not tag",
            Err(error) => return Err(error.into()),
        };
        let from = if upgraded { "upgraded" } else { "begun" };
        let text = format!("second version, {from}, {tagged}, waited {waited} ms");
        timeline::add_comment(&step.order.id, &text, None)?;
        Ok(done("waited"))
    }

    fn upgrade(state: SavedState) -> Result<SavedState> {
        if state.version != 1 {
            return Ok(state);
        }
        let (since, odd): (i64, bool) = state.read()?;
        if odd {
            return Err(Error::give_up("odd: what waits for an odd time stays with the first version"));
        }
        SavedState::new(2, &State { since, upgraded: true })
    }
}

rule!(Ages { id: "test.ages", title: "Ages" });
