//! What a provider's plugin is given and what it answers: plain values, as all that an executor sees.

use rulewright_domain::{Fields, Incoming, MessageId};
use serde::{Deserialize, Serialize};

/// What the shop has connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connected {
    pub id: String,
    /// JSON text.
    pub settings: String,
    pub lines: Vec<String>,
    /// Where the gateway can report to.
    pub inbound: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliverTask {
    pub by: Connected,
    pub message: Outgoing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    pub id: MessageId,
    /// The same on every attempt.
    pub key: String,
    pub channel: String,
    pub to: String,
    pub line: Option<String>,
    pub subject: Option<String>,
    pub text: String,
    pub params: Fields,
    pub attempt: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiveTask {
    pub by: Connected,
    pub call: GatewayCall,
}

/// A request of the gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayCall {
    pub method: String,
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    #[serde(with = "rulewright_domain::bytes")]
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Carried {
    Sent {
        /// The gateway's own id of the message.
        id: String,
    },
    Rejected {
        reason: String,
    },
    Unavailable {
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reception {
    Taken { incoming: Vec<Incoming>, answer: GatewayAnswer },
    Refused { reason: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayAnswer {
    pub status: u16,
    pub content_type: String,
    #[serde(with = "rulewright_domain::bytes")]
    pub body: Vec<u8>,
}
