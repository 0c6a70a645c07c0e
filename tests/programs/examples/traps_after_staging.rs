//! Stages a tag and a comment, then traps: neither may ever exist.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct TrapsAfterStaging;

impl Rule for TrapsAfterStaging {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        orders::add_tags(&step.order.id, &["half-done".into()])?;
        timeline::add_comment(&step.order.id, "half done", None)?;
        panic!("trapped after staging")
    }
}

rule!(TrapsAfterStaging { id: "test.traps-after-staging", title: "Traps after staging" });
