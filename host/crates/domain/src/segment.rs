use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Channel, Client, Condition};

/// Clients that something is true of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub name: String,
    pub title: String,
    /// On `client.` fields. None means every client.
    #[serde(default)]
    pub condition: Option<Condition>,
}

impl Segment {
    pub fn has(&self, client: &Client) -> bool {
        let met = |condition: &Condition| condition.evaluate(&json!({ "client": client.view() })).met;
        self.condition.as_ref().is_none_or(met)
    }
}

/// A message to everybody in a segment who has not unsubscribed from its channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mailing {
    pub segment: String,
    pub channel: Channel,
    pub sender: Option<String>,
    pub subject: Option<String>,
    pub text: String,
    #[serde(default)]
    pub params: Map<String, Value>,
}

impl Mailing {
    /// Clients that one mailing reaches: all of its messages are one transaction.
    pub const MAX: usize = 10_000;
}
