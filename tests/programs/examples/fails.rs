//! Stages a tag, then fails in the way that `text` names: permanent, config or transient.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct Fails;

impl Rule for Fails {
    type Settings = Text;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        orders::add_tags(&step.order.id, &["failed".into()])?;
        Err(match step.settings.text.as_str() {
            "config" => Error::settings("bad-text: nobody should say config"),
            "transient" => Error::retry_later("later: it may be better then"),
            _ => Error::give_up("never: it cannot work"),
        })
    }
}

rule!(Fails { id: "test.fails", title: "Fails" });
