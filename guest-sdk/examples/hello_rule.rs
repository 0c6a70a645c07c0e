//! The smallest rule that does something: `cargo build --target wasm32-unknown-unknown --example hello_rule`.

use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Whom to greet
    #[schemars(extend("x-template" = true))]
    name: String,
}

struct Hello;

impl Rule for Hello {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let name = &step.settings.name;
        step.order.add_comment(&format!("Hello, {name}!"))?;
        Ok(done(format!("Greeted {name}")))
    }
}

rule! { Hello { id: "example.hello", title: "Say hello" } }
