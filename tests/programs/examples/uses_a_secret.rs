//! Sends the secret `token` to the address `text` without ever holding it.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct UsesASecret;

impl Rule for UsesASecret {
    type Settings = Text;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let token = secrets::open("token")?;
        let answer =
            http::get(&step.settings.text).secret_header("authorization", "Bearer ", &token).send()?;
        Ok(done_with("fetched", json!({ "status": answer.status, "body": answer.text() })))
    }
}

rule!(UsesASecret {
    id: "test.uses-a-secret",
    title: "Uses a secret",
    http_chosen_by_shop: true,
    secrets: ["token"],
});
