//! Counts its runs in its private storage, which commits or vanishes with the step.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct KeepsCount;

impl Rule for KeepsCount {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let before = storage::get("runs")?;
        let before = before.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
        let now = before.unwrap_or(0) + 1;
        storage::set("runs", &now.to_le_bytes())?;
        if step.order.tags.iter().any(|tag| tag == "fail") {
            return Err(Error::give_up("asked: the order is tagged `fail`"));
        }
        Ok(done_with("counted", json!({ "runs": now })))
    }
}

rule!(KeepsCount { id: "test.keeps-count", title: "Keeps count", storage: 1024 });
