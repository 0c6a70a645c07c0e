use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, EmployeeId, MessageId, OrderId, RunId, ShopId, Timestamp};

/// `sms`, `email`, `call`, `chat`, ...
pub type Channel = String;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// The order's primary contact, other contacts, company, in this order.
    ClientOf(OrderId),
    Client(ClientId),
    Employee(EmployeeId),
    Address(String),
}

/// What a rule wants sent; the host has found the address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub channel: Channel,
    pub to: Recipient,
    pub address: String,
    pub about: Option<OrderId>,
    pub sender: Option<String>,
    pub subject: Option<String>,
    pub text: String,
    #[serde(default)]
    pub params: Map<String, Value>,
    pub correlation: Option<String>,
}

/// What the provider has told of a message since it took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub at: Timestamp,
    pub delivered: bool,
    /// Why it was not.
    pub reason: Option<String>,
}

/// ```text
/// Pending --claimed--> Sending --accepted--> Sent
///    |                    |----refused----> Dead
///    |                    `--unavailable--> Pending (later)
///    `----run cancelled----------------> Cancelled
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    Pending,
    /// Handed to the provider, answer not yet recorded; after a crash it is sent again with the same key.
    Sending,
    Sent,
    Dead,
    Cancelled,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub shop: ShopId,
    pub order: Option<OrderId>,
    pub run: Option<RunId>,
    /// The same on every attempt, and different for every message.
    pub key: String,
    pub draft: Draft,
    pub state: MessageState,
    pub attempt: u32,
    pub next_at: Timestamp,
    pub created: Timestamp,
    pub settled: Option<Timestamp>,
    pub provider: Option<String>,
    pub provider_id: Option<String>,
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

impl Message {
    /// Attempts before a message is given up.
    pub const MAX_ATTEMPTS: u32 = 8;

    /// The next attempt begins.
    pub fn send(&mut self) {
        self.state = MessageState::Sending;
        self.attempt += 1;
        self.error = None;
    }

    /// Milliseconds to wait after the given failed attempt: 5 s, 30 s, 3 min, then every 20 min.
    pub fn pause_after(attempt: u32) -> i64 {
        match attempt {
            0 | 1 => 5_000,
            2 => 30_000,
            3 => 180_000,
            _ => 1_200_000,
        }
    }
}
