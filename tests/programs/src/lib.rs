//! What the programs share: their settings. The programs are in `examples/`, each a rule that does one thing,
//! most of them badly.

use rulewright_sdk::prelude::*;

/// For a program that has nothing to set.
#[derive(Deserialize, JsonSchema)]
pub struct Nothing {}

/// How much, how many or how long; each program says of what, and has a default.
#[derive(Deserialize, JsonSchema)]
pub struct Amount {
    #[serde(default)]
    pub amount: Option<u64>,
}

/// Where to, what with: one text.
#[derive(Deserialize, JsonSchema)]
pub struct Text {
    pub text: String,
}
