//! Reads a field that hosts will have some day.

use rulewright_sdk::prelude::*;

struct WantsNewerData;

impl Rule for WantsNewerData {
    type Settings = NoSettings;
    type State = ();

    fn step(_: &mut Step<Self>) -> Result<Outcome> {
        Ok(done("It is there"))
    }
}

rule! {
    WantsNewerData { id: "test.wants-newer-data", needs_schema: ">=1000" }
}
