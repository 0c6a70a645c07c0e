use async_trait::async_trait;
use rulewright_domain::{Message, NewEvent};

#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    Sent {
        provider: String,
        /// The provider's own id of the message.
        provider_id: String,
        /// What the provider reports at once, e.g. that the call was answered.
        events: Vec<NewEvent>,
    },
    /// Never try again.
    Rejected { provider: String, reason: String },
    /// Try again with the same key.
    Unavailable { provider: String, reason: String },
    /// The same, and not before so many milliseconds.
    Later { provider: String, reason: String, after: i64 },
    /// Never try again, nor anything else for this recipient.
    Gone { provider: String, reason: String },
}

/// Carries a message outward. Called at least once for each message, always with the same key.
#[async_trait]
pub trait Transport: Send + Sync {
    async fn deliver(&self, message: &Message) -> Delivery;
}
