//! One more attempt at a message, because somebody says so.

use rulewright_domain::{Message, MessageId, MessageState};
use rulewright_ports::StorageExt;

use crate::{Asked, Engine, Refusal, change::Change};

impl Engine {
    /// What was given up begins from the start, and what waits is tried at once; each with its key, so that a receiver
    /// knows what it has already.
    pub async fn retry_delivery(&self, asked: impl Into<Asked>, id: MessageId) -> Result<Message, Refusal> {
        let Asked { shop, key } = asked.into();
        let retried = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let found = change.tx.message(shop, id)?;
                let message = found.ok_or_else(|| Refusal::not_found("delivery", id))?;
                if let Some(why) = kept_from(&message) {
                    return Err(Refusal::Conflict { message: format!("`{id}` {why}") });
                }
                change.send_again(message)
            })
        });
        retried.await?;
        let read = self.storage().glance(move |reads| Ok::<_, Refusal>(reads.message(shop, id)?))?;
        read.ok_or_else(|| Refusal::not_found("delivery", id))
    }
}

/// Why a message is not sent again.
fn kept_from(message: &Message) -> Option<&'static str> {
    match message.state {
        MessageState::Dead | MessageState::Pending => None,
        // A machine that was told twice knows it by the key. A person would read it twice.
        MessageState::Sent if message.subscription().is_some() => None,
        MessageState::Sent => Some("has been sent: queue another message if it shall be sent twice"),
        MessageState::Sending => {
            Some("is being sent at this moment: look at it again when there is an answer")
        }
        MessageState::Cancelled => Some("was taken back, because its rule was cancelled: run the rule again"),
    }
}

impl Change<'_> {
    pub fn send_again(&mut self, mut message: Message) -> Result<(), Refusal> {
        match message.state {
            MessageState::Pending => message.next_at = self.now,
            _ => message.again(self.now),
        }
        self.send(message)
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Draft, Recipient, ShopId, SubscriptionId, Timestamp};

    use super::*;

    fn message(state: MessageState, to: Recipient) -> Message {
        let draft = Draft {
            channel: "sms".into(),
            to,
            address: "+441632960000".into(),
            about: None,
            sender: None,
            subject: None,
            text: "Hi".into(),
            params: Default::default(),
            correlation: None,
        };
        Message {
            id: MessageId(1),
            shop: ShopId(1),
            order: None,
            run: None,
            key: "k".into(),
            draft,
            state,
            attempt: 1,
            next_at: Timestamp(0),
            created: Timestamp(0),
            settled: None,
            provider: None,
            provider_id: None,
            error: None,
            report: None,
        }
    }

    #[test]
    fn a_person_is_written_to_once_and_a_machine_as_often_as_it_asks() {
        use MessageState::{Cancelled, Dead, Pending, Sending, Sent};
        let person = Recipient::Address("+441632960000".into());
        let machine = Recipient::Subscription(SubscriptionId(1));
        for (state, to_person, to_machine) in [
            (Dead, true, true),
            (Pending, true, true),
            (Sent, false, true),
            (Sending, false, false),
            (Cancelled, false, false),
        ] {
            let again = |to: &Recipient| kept_from(&message(state, to.clone())).is_none();
            assert_eq!((again(&person), again(&machine)), (to_person, to_machine), "{state:?}");
        }
    }
}
