//! Fetches the address `text` twice under different keys, and hands the answers on.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Text;

struct SendsHttp;

impl Rule for SendsHttp {
    type Settings = Text;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let mut answers = Vec::new();
        for key in ["first", "second"] {
            let answer = http::get(&step.settings.text).key(key).send()?;
            answers.push(json!({
                "status": answer.status,
                "body": answer.text(),
                "replayed": answer.replayed,
                "truncated": answer.truncated,
            }));
        }
        Ok(done_with("fetched", json!({ "answers": answers })))
    }
}

rule!(SendsHttp { id: "test.sends-http", title: "Sends http", http_chosen_by_shop: true });
