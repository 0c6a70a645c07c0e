//! Passes on texts that become many times as much once they are read as JSON, and hands on what the host said.

use rulewright_sdk::prelude::*;
use rulewright_test_programs::Nothing;

struct Swells;

impl Rule for Swells {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let id = &step.order.id;
        let lists = |bytes: usize| Value::Json(format!("[{}0]", "0,".repeat(bytes / 2)));
        let many: Vec<Attr> = (0..50).map(|n| attr(n.to_string(), lists(30_000))).collect();
        let asked = [
            (
                "long",
                orders::set_fields(id, &[attr("x", Value::Json(format!("\"{}\"", "x".repeat(70_000))))]),
            ),
            ("list", orders::set_fields(id, &[attr("x", lists(60_000))])),
            ("many", orders::set_fields(id, &many)),
            ("texts", orders::set_fields(id, &[attr("x", vec![String::new(); 100_000])])),
            ("nested", orders::set_fields(id, &[attr("x", Value::Json("[".repeat(60_000)))])),
        ];
        log::write(log::Level::Info, "fields", &[attr("x", lists(60_000))]);
        let codes = asked.iter().map(|(name, result)| {
            let code = result.as_ref().err().map_or("accepted", |error| error.code());
            (name.to_string(), json!(code))
        });
        Ok(done_with("asked", codes.collect()))
    }
}

rule!(Swells { id: "test.swells", title: "Swells" });
