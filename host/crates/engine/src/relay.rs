//! The outbox: committed messages go to their provider, at least once, always with the same key.
//!
//! While there is room, a message is marked as being sent by the transaction that creates it, and handed over when
//! that is committed. What finds no room, or failed before, is looked for and marked by the relay.
//!
//! While the operator has halted it, nothing is marked, and so nothing leaves; what is there waits.
//!
//! There are two, one for messages and one for webhooks: what people wait for is not held up by what machines are told. In each
//! a quarter of the places is never one shop's. Of what waits, shops take turns, however much each of them has.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use parking_lot::Mutex;
use rulewright_domain::{
    Actor, CHAT, Cause, Draft, Flow, Message, MessageId, MessageState, NewEvent, Recipient, RunId, ShopId,
    SubscriptionId, kind,
};
use rulewright_ports::{Delivery, StorageExt, fault, planted::planted, storage::Sequence};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::{
    Engine, Refusal,
    carry::must_fit,
    change::{Aftermath, Change},
    chat::is_whisper,
    share::{self, Share, Shares},
    trace::{self, Origin},
    webhook::Places,
};

/// Tries to write down what became of one message.
const SETTLE_TRIES: u32 = 10;

/// Webhooks that one transaction marks: of those that are read in vain, because their subscriber has no place left, there
/// are never many.
const WEBHOOKS: u32 = 32;

/// Which part of the outbox a relay works off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Messages,
    Webhooks,
}

impl Queue {
    fn of(message: &Message) -> Queue {
        match message.subscription() {
            Some(_) => Queue::Webhooks,
            None => Queue::Messages,
        }
    }
}

/// What the relay has been told and not looked at.
pub(crate) struct Relay {
    /// Messages may be waiting in storage.
    look: AtomicBool,
    /// Told, and counts as busy until it has looked.
    kicked: AtomicBool,
    notify: Notify,
    handed: Mutex<Vec<Handed>>,
    /// For messages under way at once.
    room: Arc<Semaphore>,
    /// Of these, each shop's.
    shares: Shares<ShopId>,
    most_of_shop: u32,
    /// Of these, for each subscriber.
    pub places: Places,
    /// The shop of the message that was looked for and marked last: the next turn is that of the one after it.
    turn: AtomicI64,
}

/// A message that is committed as being sent, with its room among those under way, and the commit that sent it.
pub(crate) struct Handed {
    message: Message,
    room: Room,
    origin: Origin,
}

/// What the relay has marked as being sent.
#[derive(Default)]
struct Claimed {
    handed: Vec<Handed>,
    /// There may be others that are due.
    more: bool,
    /// All that were found are of shops or subscribers that have no place left: to look again is worth it when one of those
    /// under way has made room.
    in_vain: bool,
}

struct Room {
    _permit: OwnedSemaphorePermit,
    _share: Share<ShopId>,
    _place: Option<Share<SubscriptionId>>,
}

impl Relay {
    pub fn new(room: u32) -> Relay {
        let room = room.max(1);
        Relay {
            look: AtomicBool::new(false),
            kicked: AtomicBool::new(false),
            notify: Notify::new(),
            handed: Mutex::default(),
            room: Arc::new(Semaphore::new(room as usize)),
            shares: Shares::default(),
            most_of_shop: share::of_one(room),
            places: Places::default(),
            turn: AtomicI64::new(0),
        }
    }

    fn room(&self, message: &Message) -> Option<Room> {
        let permit = self.room.clone().try_acquire_owned().ok()?;
        let share = self.shares.take(message.shop, self.most_of_shop)?;
        let place = match message.subscription() {
            Some(id) => Some(self.places.take(id)?),
            None => None,
        };
        Some(Room { _permit: permit, _share: share, _place: place })
    }

    fn free(&self) -> u32 {
        u32::try_from(self.room.available_permits()).unwrap_or(u32::MAX)
    }
}

impl Engine {
    /// There may be something to do.
    pub(crate) fn kick_relay(&self) {
        self.kick(Queue::Messages);
        self.kick(Queue::Webhooks);
    }

    fn kick(&self, queue: Queue) {
        self.relay(queue).look.store(true, Ordering::SeqCst);
        self.wake_relay(queue);
    }

    fn relay(&self, queue: Queue) -> &Relay {
        match queue {
            Queue::Messages => &self.inner.relay,
            Queue::Webhooks => &self.inner.webhooks,
        }
    }

    /// These are committed.
    pub(crate) fn hand_over(&self, handed: Vec<Handed>, origin: &Origin) {
        let handed = handed.into_iter().map(|one| Handed { origin: origin.clone(), ..one });
        let webhook = |one: &Handed| Queue::of(&one.message) == Queue::Webhooks;
        let (webhooks, messages): (Vec<_>, Vec<_>) = handed.partition(webhook);
        for (queue, handed) in [(Queue::Messages, messages), (Queue::Webhooks, webhooks)] {
            if !handed.is_empty() {
                self.relay(queue).handed.lock().extend(handed);
                self.wake_relay(queue);
            }
        }
    }

    fn wake_relay(&self, queue: Queue) {
        let relay = self.relay(queue);
        if !relay.kicked.swap(true, Ordering::SeqCst) {
            self.inner.busy.begin();
            relay.notify.notify_one();
        }
    }

    /// Messages that were handed over when the engine stopped: nobody knows whether they arrived.
    pub(crate) async fn resume_deliveries(&self) -> Result<(), Refusal> {
        if planted("sending-forgotten-at-start") {
            return Ok(());
        }
        let unsettled = self.storage().read(|reads| Ok::<_, Refusal>(reads.sending_messages()?)).await?;
        self.change_shops(move |_, tx, now| {
            for mut message in unsettled.iter().cloned() {
                message.state = MessageState::Pending;
                // It was due before, and a clock that was set back since must not keep it waiting.
                message.next_at = message.next_at.min(now);
                tx.put_message(&message)?;
            }
            Ok(((), Aftermath { messages: true, ..Aftermath::default() }))
        })
        .await
    }

    /// A provider that takes its time holds up nobody else: whoever has an answer is written down while the others
    /// are under way, and makes room for the next.
    pub(crate) async fn relay_loop(&self, queue: Queue) {
        let (inner, relay) = (&self.inner, self.relay(queue));
        let mut out = FuturesUnordered::new();
        let (mut failures, mut in_vain) = (0, false);
        loop {
            let next = async {
                match self.next_message(queue) {
                    Some(at) => self.clock().sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let full = relay.free() == 0;
            let looked = in_vain && !out.is_empty();
            let mut done = 0;
            tokio::select! {
                biased;
                () = inner.stop.cancelled() => break,
                () = relay.notify.notified() => {}
                Some(first) = out.next() => {
                    let mut settled = vec![first];
                    while let Some(Some(one)) = out.next().now_or_never() {
                        settled.push(one);
                    }
                    done = settled.len();
                    self.settle_surely(settled).await;
                }
                () = next, if !full && !looked => self.kick(queue),
            }
            in_vain &= done == 0;
            let kicked = relay.kicked.swap(false, Ordering::SeqCst);
            let mut handed = std::mem::take(&mut *relay.handed.lock());
            if relay.look.swap(false, Ordering::SeqCst) {
                match self.claim(queue).await {
                    Ok(claimed) => {
                        failures = 0;
                        in_vain = claimed.in_vain;
                        handed.extend(claimed.handed);
                        // Looked for when one of those under way has made room.
                        relay.look.fetch_or(claimed.more, Ordering::SeqCst);
                    }
                    Err(error) => {
                        tracing::error!(%error, "the outbox cannot be worked off");
                        failures += 1;
                        self.pause(failures).await;
                        self.kick(queue);
                    }
                }
            }
            for Handed { message, room, origin } in handed {
                inner.busy.begin();
                out.push(async {
                    fault::point("outbox.before");
                    let delivery = trace::delivery(&message, origin, self.carry(&message)).await;
                    fault::point("outbox.after");
                    (message, delivery, room)
                });
            }
            // Not before: those that begin may be what these have set in motion.
            (0..done + usize::from(kicked)).for_each(|_| inner.busy.end());
        }
        // What is under way comes to its end. What was only handed over is found again at the next start.
        while let Some(one) = out.next().await {
            self.settle_surely(vec![one]).await;
            inner.busy.end();
        }
        if relay.kicked.swap(false, Ordering::SeqCst) {
            inner.busy.end();
        }
    }

    fn next_message(&self, queue: Queue) -> Option<rulewright_domain::Timestamp> {
        let relay = self.relay(queue);
        let (full, shops) = (relay.places.full(), relay.shares.full(|_| relay.most_of_shop));
        let next = self.storage().glance::<_, Refusal, _>(move |reads| {
            // Whoever lets it go on kicks the relay.
            if reads.halt(Flow::Outbox)?.is_some() {
                return Ok(None);
            }
            Ok(match queue {
                Queue::Messages => reads.next_message(&shops)?,
                Queue::Webhooks => reads.next_webhook(&full, &shops)?,
            })
        });
        next.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read");
            Some(self.clock().now().plus(1_000))
        })
    }

    /// What a provider has said is not asked again: it is written down as soon as the storage takes it.
    async fn settle_surely(&self, results: Vec<(Message, Delivery, Room)>) {
        let (results, _room): (Vec<_>, Vec<_>) =
            results.into_iter().map(|(message, delivery, room)| ((message, delivery), room)).unzip();
        let Err(error) = self.settle(results.clone()).await else { return };
        tracing::error!(%error, "deliveries could not be written down together");
        for one in results {
            let mut tries = 0;
            while let Err(error) = self.settle(vec![one.clone()]).await {
                tracing::error!(message = %one.0.id, %error, "a delivery could not be written down");
                tries += 1;
                // Without room nothing else could be sent either, and then this is known, which nobody should lose.
                if tries > SETTLE_TRIES && !error.passes() || !self.pause(tries).await {
                    // It stays marked as being sent, and goes out once more, with its key, after a restart.
                    break;
                }
            }
        }
    }

    /// Marks before sending: a message that may have left is never taken back.
    async fn claim(&self, queue: Queue) -> Result<Claimed, Refusal> {
        let mut all = Vec::new();
        while self.relay(queue).free() > 0 {
            let claimed = self.change_shops(move |engine, tx, now| {
                if tx.halt(Flow::Outbox)?.is_some() {
                    return Ok((Claimed::default(), Aftermath::default()));
                }
                let relay = engine.relay(queue);
                let (full, shops) = (relay.places.full(), relay.shares.full(|_| relay.most_of_shop));
                let free = match queue {
                    Queue::Messages => relay.free(),
                    Queue::Webhooks => relay.free().min(WEBHOOKS),
                };
                let turn = ShopId(relay.turn.load(Ordering::SeqCst));
                let due = match queue {
                    Queue::Messages => tx.due_messages(now, turn, &shops, free)?,
                    Queue::Webhooks => tx.due_webhooks(now, turn, &full, &shops, free)?,
                };
                let (found, mut handed) = (due.len(), Vec::new());
                for mut message in due {
                    let Some(room) = relay.room(&message) else { continue };
                    message.send();
                    if planted("new-key-at-retry") && message.attempt > 1 {
                        message.key = format!("{}/{}", message.key, message.attempt);
                    }
                    tx.put_message(&message)?;
                    handed.push(Handed { message, room, origin: Origin::default() });
                }
                let left_out = !full.is_empty() || !shops.is_empty();
                let more = found >= free as usize || found > handed.len() || left_out;
                let in_vain = found > 0 && handed.is_empty();
                Ok((Claimed { handed, more, in_vain }, Aftermath::default()))
            });
            let Claimed { handed, more, in_vain } = match claimed.await {
                // Those of the turns before are marked, and nobody else will send them.
                Err(error) if !all.is_empty() => {
                    tracing::warn!(%error, "messages are looked for again");
                    return Ok(Claimed { handed: all, more: true, in_vain: false });
                }
                claimed => claimed?,
            };
            let none = handed.is_empty();
            if let Some(last) = handed.last() {
                self.relay(queue).turn.store(last.message.shop.0, Ordering::SeqCst);
            }
            all.extend(handed);
            // Behind those of a shop or a subscriber with no place left, there may be some of others.
            if none || !more {
                return Ok(Claimed { handed: all, more, in_vain });
            }
        }
        Ok(Claimed { handed: all, more: true, in_vain: false })
    }

    async fn settle(&self, results: Vec<(Message, Delivery)>) -> Result<(), Refusal> {
        self.change_shops(move |engine, tx, now| {
            let mut after = Aftermath::default();
            for (message, delivery) in results.iter().cloned() {
                let shop = message.shop;
                let config = engine.inner.configs.of(tx, shop)?;
                let mut change = Change { engine, tx, config, shop, now, after: Aftermath::default() };
                change.done_since(message.next_at);
                change.settle(message, delivery)?;
                after.join(change.after);
            }
            Ok(((), after))
        })
        .await
    }
}

impl Change<'_> {
    pub fn queue(&mut self, mut draft: Draft, key: String, run: Option<RunId>) -> Result<MessageId, Refusal> {
        draft.sender = self.sender(&draft.channel, draft.sender)?;
        must_fit(&self.config, &draft)?;
        self.put_in_outbox(draft, key, run)
    }

    pub fn put_in_outbox(
        &mut self,
        draft: Draft,
        key: String,
        run: Option<RunId>,
    ) -> Result<MessageId, Refusal> {
        let message = Message {
            id: MessageId(self.tx.next(Sequence::Message)?),
            shop: self.shop,
            order: draft.about,
            run,
            key,
            draft,
            state: MessageState::Pending,
            attempt: 0,
            next_at: self.now,
            created: self.now,
            settled: None,
            provider: None,
            provider_id: None,
            error: None,
            report: None,
        };
        let id = message.id;
        self.send(message)?;
        Ok(id)
    }

    /// Where there is room, the message is handed over with the commit.
    pub fn send(&mut self, mut message: Message) -> Result<(), Refusal> {
        let here = match self.delivered_here(&message)? {
            None => self.spend(&message)?,
            here => here,
        };
        if let Some(delivery) = here {
            message.send();
            return self.settle(message, delivery);
        }
        let room = match self.tx.halt(Flow::Outbox)? {
            None => self.engine.relay(Queue::of(&message)).room(&message),
            Some(_) => None,
        };
        if room.is_some() {
            message.send();
        }
        self.tx.put_message(&message)?;
        match room {
            Some(room) if planted("send-before-commit") => {
                self.engine
                    .hand_over(vec![Handed { message, room, origin: Origin::default() }], &Origin::default());
            }
            Some(room) => self.after.handed.push(Handed { message, room, origin: Origin::default() }),
            None => self.after.messages = true,
        }
        Ok(())
    }

    fn settle(&mut self, mut message: Message, delivery: Delivery) -> Result<(), Refusal> {
        if let Some(subscription) = message.subscription() {
            return self.settle_webhook(subscription, message, delivery);
        }
        if !self.config.connections.is_empty() {
            // A gateway may report before it has answered.
            message.report = self.tx.message(self.shop, message.id)?.and_then(|stored| stored.report);
        }
        let mut reported = Vec::new();
        let asked = if let Delivery::Later { after, .. } = &delivery { *after } else { 0 };
        let pause = message.pause();
        match delivery {
            Delivery::Sent { provider, provider_id, events } => {
                message.state = MessageState::Sent;
                message.settled = Some(self.now);
                message.provider = Some(provider);
                message.provider_id = Some(provider_id);
                // Nobody was sent what is whispered.
                if !is_whisper(&message) {
                    reported.push(about(&message, kind::MESSAGE_SENT));
                }
                reported.extend(events);
                self.remember_mail(&message)?;
                self.remember_mailbox(&message)?;
            }
            Delivery::Unavailable { provider, reason } | Delivery::Later { provider, reason, .. }
                if pause.is_some() =>
            {
                message.state = MessageState::Pending;
                message.next_at = self.now.plus(pause.unwrap_or_default().max(asked));
                message.provider = Some(provider);
                message.error = Some(reason);
            }
            Delivery::Unavailable { provider, reason }
            | Delivery::Later { provider, reason, .. }
            | Delivery::Rejected { provider, reason }
            | Delivery::Gone { provider, reason } => {
                message.state = MessageState::Dead;
                message.settled = Some(self.now);
                message.provider = Some(provider);
                message.error = Some(reason.clone());
                reported.push(about(&message, kind::MESSAGE_FAILED).attr("reason", reason));
            }
        }
        self.tx.put_message(&message)?;
        let said = message.state == MessageState::Sent && message.draft.channel == CHAT;
        if said {
            let cause = self.cause_of_delivery(&message)?;
            self.write_down(&message, &cause)?;
        }
        self.tell_of(&message, reported)
    }

    /// What has become of a message.
    pub fn tell_of(&mut self, message: &Message, events: Vec<NewEvent>) -> Result<(), Refusal> {
        if events.is_empty() {
            return Ok(());
        }
        let cause = self.cause_of_delivery(message)?;
        let order = match message.order {
            Some(order) => self.tx.order(self.shop, order)?,
            None => None,
        };
        for event in events {
            self.record(event, &cause, order.as_deref(), None)?;
        }
        Ok(())
    }

    fn cause_of_delivery(&mut self, message: &Message) -> Result<Cause, Refusal> {
        // A delivery goes on with the chain of its run: a loop through messages is a loop too.
        let run = match message.run {
            Some(run) => self.tx.run(self.shop, run)?,
            None => None,
        };
        Ok(match &run {
            Some(run) => Cause::link(run.event, &run.cause, Actor::Host),
            None => Cause::from_outside(Actor::Host),
        })
    }
}

pub(crate) fn about(message: &Message, kind: &str) -> NewEvent {
    let (to, client) = match message.draft.to {
        Recipient::ClientOf(_) => ("client", None),
        Recipient::Client(id) => ("client", Some(id)),
        Recipient::Employee(_) => ("employee", None),
        Recipient::Address(_) | Recipient::Subscription(_) => ("address", None),
    };
    let correlation = message.draft.correlation.clone();
    NewEvent { order: message.order, client, correlation, ..NewEvent::new(kind) }
        .attr("message", message.id.to_string())
        .attr("to", to)
        .attr("channel", message.draft.channel.clone())
}
