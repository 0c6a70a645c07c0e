//! The rule that `benches/step.rs` measures: looks at the order, stages three effects.

use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Settings {
    text: String,
}

struct Small;

impl Rule for Small {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let order = &step.order;
        let pieces: i64 = order.lines.iter().map(|line| line.quantity_milli / 1000).sum();
        orders::add_tags(&order.id, &["greeted".into()])?;
        orders::set_fields(&order.id, &[attr("pieces", Value::Integer(pieces))])?;
        timeline::add_comment(&order.id, &step.settings.text, None)?;
        Ok(done(format!("{pieces} pieces")))
    }
}

rule! { Small { id: "bench.small", title: "Small" } }
