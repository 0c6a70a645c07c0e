//! What has become of a webhook.

use rulewright_domain::{Message, MessageState, SubscriptionId};
use rulewright_ports::Delivery;

use crate::{Refusal, change::Change};

impl Change<'_> {
    pub fn settle_webhook(
        &mut self,
        id: SubscriptionId,
        mut message: Message,
        delivery: Delivery,
    ) -> Result<(), Refusal> {
        self.engine.inner.webhooks.places.went(id, matches!(delivery, Delivery::Sent { .. }));
        let (provider, failed) = match delivery {
            Delivery::Sent { provider, provider_id, .. } => {
                message.provider_id = Some(provider_id);
                (provider, None)
            }
            Delivery::Unavailable { provider, reason } => (provider, Some((reason, message.pause(), false))),
            Delivery::Later { provider, reason, after } => {
                let pause = message.pause().map(|pause| pause.max(after));
                (provider, Some((reason, pause, false)))
            }
            Delivery::Rejected { provider, reason } => (provider, Some((reason, None, false))),
            Delivery::Gone { provider, reason } => (provider, Some((reason, None, true))),
        };
        message.provider = Some(provider);
        match failed {
            None => {
                message.state = MessageState::Sent;
                message.settled = Some(self.now);
                self.forget_trouble(id)?;
            }
            Some((reason, pause, gone)) => {
                match pause {
                    Some(pause) => {
                        message.state = MessageState::Pending;
                        message.next_at = self.now.plus(pause);
                    }
                    None => {
                        message.state = MessageState::Dead;
                        message.settled = Some(self.now);
                    }
                }
                self.went_wrong(id, &reason, gone)?;
                message.error = Some(reason);
            }
        }
        Ok(self.tx.put_message(&message)?)
    }

    /// Of an address that nothing is sent to, nothing is learnt.
    fn went_wrong(&mut self, id: SubscriptionId, reason: &str, gone: bool) -> Result<(), Refusal> {
        let known = self.config.subscriptions.get(&id);
        if !known.is_some_and(|subscription| subscription.is_on()) {
            return Ok(());
        }
        match gone {
            true => self.disable(id, reason.to_owned()),
            false => self.note_trouble(id, reason),
        }
    }
}
