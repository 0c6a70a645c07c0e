use std::fmt;

use rulewright_domain::{Event, Order, Subscription, Timestamp};

use crate::{
    Reads,
    storage::{Record, Result as Stored},
};

impl Record for Subscription {
    const KIND: &'static str = "subscription";

    fn id(&self) -> i64 {
        self.id.0
    }
}

/// One attempt to tell a subscriber of an event.
#[derive(Clone, Copy, Debug)]
pub struct WebhookCall<'c> {
    /// The same on every attempt: by it a receiver knows what it has already.
    pub id: &'c str,
    /// Of this attempt.
    pub at: Timestamp,
    pub subscription: &'c Subscription,
    pub event: &'c Event,
}

/// What is posted to the subscriber's address.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRequest {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A way of telling subscribers: which events, in what words, with what proof of who tells them. How often it is tried,
/// and what an answer means, is the same for all of them.
pub trait WebhookForm: Send + Sync + fmt::Debug {
    /// What [`Subscription::form`] names.
    fn name(&self) -> &'static str;

    /// Whether an event that the subscription wants is told in this form at all. `order` is the one that the event is
    /// about, where it is still there. Part of the transaction that records the event: it must only look.
    fn tells(&self, _subscription: &Subscription, _event: &Event, _order: Option<&Order>) -> bool {
        true
    }

    /// Asked for anew at each attempt, on what is there then. The inner error says why this can never be told.
    fn request(
        &self,
        call: &WebhookCall<'_>,
        reads: &mut dyn Reads,
    ) -> Stored<std::result::Result<WebhookRequest, String>>;
}
