//! The outbox: committed messages go to their provider, at least once, always with the same key.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use rulewright_domain::{Actor, Cause, Message, MessageState, NewEvent, kind};
use rulewright_ports::{Delivery, StorageExt};
use tokio::sync::Notify;

use crate::{
    Engine, Refusal,
    change::{Aftermath, Change},
};

/// Tries to write down what became of one message.
const SETTLE_TRIES: u32 = 10;

/// Tells the relay that there may be something to do, and counts as busy until it has looked.
#[derive(Default)]
pub(crate) struct Kick {
    waiting: AtomicBool,
    notify: Notify,
}

impl Engine {
    pub(crate) fn kick_relay(&self) {
        if !self.inner.relay.waiting.swap(true, Ordering::SeqCst) {
            self.inner.busy.begin();
            self.inner.relay.notify.notify_one();
        }
    }

    /// Messages that were handed over when the engine stopped: nobody knows whether they arrived.
    pub(crate) async fn resume_deliveries(&self) -> Result<(), Refusal> {
        let unsettled = self.storage().read(|reads| Ok::<_, Refusal>(reads.sending_messages()?)).await?;
        self.change_shops(move |_, tx, now| {
            for mut message in unsettled {
                message.state = MessageState::Pending;
                message.next_at = now;
                tx.put_message(&message)?;
            }
            Ok(((), Aftermath { messages: true, ..Aftermath::default() }))
        })
        .await
    }

    pub(crate) async fn relay_loop(&self) {
        let inner = &self.inner;
        let mut failures = 0;
        loop {
            let next = async {
                match self.next_message().await {
                    Some(at) => self.clock().sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = inner.stop.cancelled() => break,
                () = inner.relay.notify.notified() => {}
                () = next => self.kick_relay(),
            }
            if inner.relay.waiting.swap(false, Ordering::SeqCst) {
                let worked = self.deliver_due().await;
                inner.busy.end();
                failures = if worked.is_ok() { 0 } else { failures + 1 };
                if let Err(error) = worked {
                    tracing::error!(%error, "the outbox cannot be worked off");
                    self.pause(failures).await;
                }
            }
        }
        if inner.relay.waiting.swap(false, Ordering::SeqCst) {
            inner.busy.end();
        }
    }

    async fn next_message(&self) -> Option<rulewright_domain::Timestamp> {
        let next = self.storage().read(|reads| Ok::<_, Refusal>(reads.next_message()?)).await;
        next.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read");
            Some(self.clock().now().plus(1_000))
        })
    }

    /// A provider that takes its time holds up nobody else: what is settled makes room for the next at once.
    async fn deliver_due(&self) -> Result<(), Refusal> {
        let limit = self.inner.options.deliveries.max(1);
        let mut out = FuturesUnordered::new();
        let mut more = true;
        loop {
            let room = limit.saturating_sub(u32::try_from(out.len()).unwrap_or(limit));
            if more && room > 0 && !self.inner.stop.is_cancelled() {
                let claimed = self.claim(room).await?;
                more = claimed.len() == room as usize;
                out.extend(claimed.into_iter().map(|message| async {
                    let delivery = self.inner.deps.transport.deliver(&message).await;
                    (message, delivery)
                }));
            }
            let Some(first) = out.next().await else { return Ok(()) };
            let mut settled = vec![first];
            while let Some(Some(one)) = out.next().now_or_never() {
                settled.push(one);
            }
            // While others were out, new ones may have come.
            more |= self.inner.relay.waiting.load(Ordering::SeqCst);
            self.settle_surely(settled).await;
        }
    }

    /// What a provider has said is not asked again: it is written down as soon as the storage takes it.
    async fn settle_surely(&self, results: Vec<(Message, Delivery)>) {
        let Err(error) = self.settle(results.clone()).await else { return };
        tracing::error!(%error, "deliveries could not be written down together");
        for one in results {
            let mut tries = 0;
            while let Err(error) = self.settle(vec![one.clone()]).await {
                tracing::error!(message = %one.0.id, %error, "a delivery could not be written down");
                tries += 1;
                if tries > SETTLE_TRIES || !self.pause(tries).await {
                    // It stays marked as being sent, and goes out once more, with its key, after a restart.
                    break;
                }
            }
        }
    }

    /// Marks before sending: a message that may have left is never taken back.
    async fn claim(&self, limit: u32) -> Result<Vec<Message>, Refusal> {
        self.change_shops(move |_, tx, now| {
            let mut due = tx.due_messages(now, limit)?;
            for message in &mut due {
                message.state = MessageState::Sending;
                message.attempt += 1;
                message.error = None;
                tx.put_message(message)?;
            }
            Ok((due, Aftermath::default()))
        })
        .await
    }

    async fn settle(&self, results: Vec<(Message, Delivery)>) -> Result<(), Refusal> {
        self.change_shops(move |engine, tx, now| {
            let mut after = Aftermath::default();
            for (message, delivery) in results {
                let shop = message.shop;
                let config = engine.inner.configs.of(tx, shop)?;
                let mut change = Change { tx, config, shop, now, after: Aftermath::default() };
                change.settle(message, delivery)?;
                after.join(change.after);
            }
            Ok(((), after))
        })
        .await
    }
}

impl Change<'_> {
    fn settle(&mut self, mut message: Message, delivery: Delivery) -> Result<(), Refusal> {
        let mut reported = Vec::new();
        match delivery {
            Delivery::Sent { provider, provider_id, events } => {
                message.state = MessageState::Sent;
                message.settled = Some(self.now);
                message.provider = Some(provider);
                message.provider_id = Some(provider_id);
                reported.push(about(&message, kind::MESSAGE_SENT));
                reported.extend(events);
            }
            Delivery::Unavailable { provider, reason } if message.attempt < Message::MAX_ATTEMPTS => {
                message.state = MessageState::Pending;
                message.next_at = self.now.plus(Message::pause_after(message.attempt));
                message.provider = Some(provider);
                message.error = Some(reason);
            }
            Delivery::Unavailable { provider, reason } | Delivery::Rejected { provider, reason } => {
                message.state = MessageState::Dead;
                message.settled = Some(self.now);
                message.provider = Some(provider);
                message.error = Some(reason.clone());
                reported.push(about(&message, kind::MESSAGE_FAILED).attr("reason", reason));
            }
        }
        self.tx.put_message(&message)?;
        if reported.is_empty() {
            return Ok(());
        }
        // A delivery goes on with the chain of its run: a loop through messages is a loop too.
        let run = match message.run {
            Some(run) => self.tx.run(self.shop, run)?,
            None => None,
        };
        let cause = match &run {
            Some(run) => Cause::link(run.event, &run.cause, Actor::Host),
            None => Cause::from_outside(Actor::Host),
        };
        let order = match message.order {
            Some(order) => self.tx.order(self.shop, order)?,
            None => None,
        };
        for event in reported {
            self.record(event, &cause, order.as_deref(), None)?;
        }
        Ok(())
    }
}

fn about(message: &Message, kind: &str) -> NewEvent {
    NewEvent { order: message.order, correlation: message.draft.correlation.clone(), ..NewEvent::new(kind) }
        .attr("message", message.id.to_string())
        .attr("channel", message.draft.channel.clone())
}
