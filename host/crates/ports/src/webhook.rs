use std::{any::Any, fmt};

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

    fn owner(&self) -> Option<String> {
        self.application.map(|application| application.to_string())
    }
}

/// An event that a subscriber wants by its kind.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'t> {
    pub subscription: &'t Subscription,
    pub event: &'t Event,
    /// The one that the event is about, where it is still there.
    pub order: Option<&'t Order>,
    /// Kinds of all events that follow from the same change of an order, in their order.
    pub together: &'t [String],
    /// Of this event among them.
    pub place: usize,
}

/// How an event waits for an application that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queueing {
    pub label: String,
    /// What is the same waits once.
    pub same: String,
    /// Which of the application's queues.
    pub queue: String,
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
pub trait WebhookForm: Any + Send + Sync + fmt::Debug {
    /// What [`Subscription::form`] names.
    fn name(&self) -> &'static str;

    /// Whether an event that the subscription wants is told in this form at all. Part of the transaction that records the
    /// event.
    fn tells(&self, _: &Telling<'_>, _: &mut dyn Reads) -> Stored<bool> {
        Ok(true)
    }

    /// How the event waits where the subscriber asks for it.
    fn queues(&self, _: &Subscription, event: &Event) -> Queueing {
        let label = event.what.kind.clone();
        Queueing { label, same: event.id.to_string(), queue: String::new() }
    }

    /// Asked for anew at each attempt, on what is there then. The inner error says why this can never be told.
    fn request(
        &self,
        call: &WebhookCall<'_>,
        reads: &mut dyn Reads,
    ) -> Stored<std::result::Result<WebhookRequest, String>>;
}
