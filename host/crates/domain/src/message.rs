use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, EmployeeId, MessageId, OrderId, RunId, ShopId, SubscriptionId, Timestamp};

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
    /// Told of the event that `correlation` names. No rule can write to it.
    Subscription(SubscriptionId),
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

    /// Milliseconds between the attempts of a webhook: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Whoever is
    /// told by machine may be down over a weekend, and nobody waits at a screen.
    const WEBHOOK_PAUSES: [i64; 9] =
        [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000];

    /// Where it is a webhook, whose.
    pub fn subscription(&self) -> Option<SubscriptionId> {
        match self.draft.to {
            Recipient::Subscription(id) => Some(id),
            _ => None,
        }
    }

    /// Milliseconds until the next attempt, now that this one has failed; none once all have been made.
    pub fn pause(&self) -> Option<i64> {
        match self.subscription() {
            Some(_) => Self::WEBHOOK_PAUSES.get(self.attempt.saturating_sub(1) as usize).copied(),
            None => (self.attempt < Self::MAX_ATTEMPTS).then(|| Self::pause_after(self.attempt)),
        }
    }

    /// From the beginning, with the same key.
    pub fn again(&mut self, now: Timestamp) {
        self.state = MessageState::Pending;
        self.attempt = 0;
        self.next_at = now;
        self.settled = None;
        self.error = None;
    }

    /// The next attempt begins.
    pub fn send(&mut self) {
        self.state = MessageState::Sending;
        self.attempt += 1;
        self.error = None;
    }

    /// Milliseconds to wait after the given failed attempt: 5 s, 30 s, 3 min, then every 20 min.
    fn pause_after(attempt: u32) -> i64 {
        match attempt {
            0 | 1 => 5_000,
            2 => 30_000,
            3 => 180_000,
            _ => 1_200_000,
        }
    }
}
