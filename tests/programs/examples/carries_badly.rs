//! A provider that does what the text of a message says: loops, traps, or reaches for what it was not given.

use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{Answer, Connection, Delivery, Outgoing, Reception, Request, taken};
use rulewright_test_programs::Nothing;

struct CarriesBadly;

impl Provider for CarriesBadly {
    type Settings = Nothing;

    fn deliver(_: &Connection<Self>, message: &Outgoing) -> Result<Delivery> {
        match message.text.as_str() {
            "loop" => spin(),
            "trap" => panic!("on purpose"),
            "give up" => Err(Error::give_up("hopeless: on purpose")),
            "another secret" => Ok(Delivery::Sent(secrets::open("other")?.name())),
            text if text.starts_with("http") => {
                let status = http::get(text).send()?.status;
                Ok(Delivery::Sent(status.to_string()))
            }
            text => Ok(Delivery::Sent(format!("{text} #{}", message.attempt))),
        }
    }

    fn receive(_: &Connection<Self>, call: &Request) -> Result<Reception> {
        match call.body.as_slice() {
            b"loop" => spin(),
            b"trap" => panic!("on purpose"),
            body => Ok(taken([], Answer::new(200, "text/html", body))),
        }
    }
}

fn spin() -> ! {
    loop {
        std::hint::black_box(());
    }
}

provider!(CarriesBadly {
    id: "test.carries-badly",
    title: "Carries badly",
    channels: ["sms"],
    http: ["allowed.example"],
    secrets: ["token"],
    max_text: 160,
});
