//! From an event to the messages that tell of it.

use rulewright_domain::{Draft, Event, Message, MessageId, Order, Recipient, Subscription, WEBHOOK};

use rulewright_ports::Telling;

use crate::{
    Refusal,
    change::{Change, Together},
    hash::key_of,
    sequence::is_history,
};

impl Change<'_> {
    /// Looks at nothing but the configuration, and where a shop has no subscribers at nothing at all. Nobody is told of
    /// the past.
    pub fn tell_subscribers(&mut self, event: &Event, order: Option<&Order>) -> Result<(), Refusal> {
        if self.config.subscriptions.is_empty() || is_history(event) {
            return Ok(());
        }
        let config = self.config.clone();
        for subscription in config.subscriptions.values() {
            if self.is_told(subscription, event, order)? {
                self.tell_one(subscription, event)?;
            }
        }
        Ok(())
    }

    pub(super) fn is_told(
        &mut self,
        subscription: &Subscription,
        event: &Event,
        order: Option<&Order>,
    ) -> Result<bool, Refusal> {
        if !subscription.is_on() || !subscription.wants(event, order) {
            return Ok(false);
        }
        let Some(form) = self.engine.inner.forms.of(subscription) else { return Ok(false) };
        // What follows from an event of the change, such as a task that is over, is no part of the change.
        let Together { kinds, place } = &self.after.together;
        let part = kinds.get(*place) == Some(&event.what.kind);
        let alone = [event.what.kind.clone()];
        let (together, place) = if part { (kinds.as_slice(), *place) } else { (alone.as_slice(), 0) };
        let telling = Telling { subscription, event, order, together, place };
        Ok(form.tells(&telling, self.tx)?)
    }

    pub(super) fn tell_one(&mut self, subscription: &Subscription, event: &Event) -> Result<(), Refusal> {
        match (subscription.pull, subscription.application) {
            (true, Some(application)) => self.queue_event(application, subscription, event),
            _ => self.queue_webhook(subscription, event).map(drop),
        }
    }

    fn queue_webhook(&mut self, subscription: &Subscription, event: &Event) -> Result<MessageId, Refusal> {
        // What is told is read from the log when it leaves: it would only lie here twice.
        let draft = Draft {
            channel: WEBHOOK.to_owned(),
            to: Recipient::Subscription(subscription.id),
            address: subscription.url.clone(),
            about: event.what.order,
            sender: None,
            subject: Some(event.what.kind.clone()),
            text: String::new(),
            params: Default::default(),
            correlation: Some(event.id.to_string()),
        };
        let key = self.webhook_key(subscription, event);
        self.put_in_outbox(draft, key, None)
    }

    /// Of an event and a subscription, so that a receiver knows what it has already, also where it is sent again. Nobody
    /// else's key is ever the same.
    fn webhook_key(&self, subscription: &Subscription, event: &Event) -> String {
        let seed = &self.config.shop.seed;
        format!("msg_{}", key_of(&["webhook", seed, &event.id.to_string(), &subscription.id.to_string()]))
    }
}

/// Whether a message tells of this event.
pub(super) fn event_of(message: &Message) -> Option<rulewright_domain::EventId> {
    message.draft.correlation.as_deref().and_then(|id| id.parse().ok())
}
