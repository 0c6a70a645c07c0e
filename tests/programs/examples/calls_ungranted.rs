//! Sends an SMS. Run without that grant, it has to fail with a reason.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct CallsUngranted;

impl Rule for CallsUngranted {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let to = messages::Recipient::Address("+441632960001".into());
        let mut message = messages::Message::new("sms", to, "Hello");
        message.about = Some(step.order.id.clone());
        messages::queue(&message)?;
        Ok(done("sent"))
    }
}

rule!(CallsUngranted { id: "test.calls-ungranted", title: "Calls ungranted", channels: ["sms"] });
