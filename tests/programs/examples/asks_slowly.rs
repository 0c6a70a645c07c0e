//! Fetches the address `text` in a step of a second, and hands on how that ended.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct AsksSlowly;

impl Rule for AsksSlowly {
    type Settings = Text;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let answer = match http::get(&step.settings.text).send() {
            Ok(answer) => answer.text(),
            Err(error) => format!("{error:?}"),
        };
        Ok(done_with("asked", json!({ "answer": answer })))
    }
}

rule!(AsksSlowly {
    id: "test.asks-slowly",
    title: "Asks slowly",
    http_chosen_by_shop: true,
    limits: [("wall", 1_000)],
});
