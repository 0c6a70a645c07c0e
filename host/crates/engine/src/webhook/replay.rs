//! Telling once more of what has happened already.

use std::collections::BTreeMap;

use rulewright_domain::{
    Event, EventId, MessageId, MessageState, ShopId, SubscriptionId, Timestamp, WEBHOOK,
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EventQuery, MessageQuery, Page},
};
use serde::{Deserialize, Serialize};

use crate::{Asked, Engine, Refusal, change::Change, webhook::tell::event_of};

/// Events, or messages, of one transaction.
const BATCH: u32 = 200;
/// Looked at by one request; the answer says where the next one goes on.
const AT_MOST: usize = 20_000;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayFrom {
    /// With the first event that happened at this time or later.
    Since(Timestamp),
    /// With the one after this.
    After(EventId),
}

/// What to tell again.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    pub from: ReplayFrom,
    /// Only what was given up. Else whatever the subscription wants, also what it was never sent.
    pub failed_only: bool,
}

/// What is told again. The receiver knows each by the id that it had the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaying {
    pub queued: u64,
    /// The last event that was looked at.
    pub last: Option<EventId>,
    /// There are events behind it.
    pub more: bool,
}

impl Engine {
    pub async fn replay_webhook(
        &self,
        asked: impl Into<Asked>,
        id: SubscriptionId,
        replay: Replay,
    ) -> Result<Replaying, Refusal> {
        let asked = asked.into();
        if let Some(answer) = self.answered(&asked).await? {
            return Ok(answer);
        }
        let shop = asked.shop;
        if !self.webhook(shop, id).await?.subscription.is_on() {
            let message =
                format!("the webhook `{id}` is switched off: turn it on, and replay what it missed");
            return Err(Refusal::Conflict { message });
        }
        let mut after = match replay.from {
            ReplayFrom::After(event) => event,
            ReplayFrom::Since(at) => {
                self.storage().read(move |reads| Ok::<_, Refusal>(last_before(reads, shop, at)?)).await?
            }
        };
        if replay.failed_only {
            let done = self.retry_failed(shop, id, after).await?;
            return self.keep(asked, done).await;
        }
        let mut done = Replaying::default();
        for _ in 0..AT_MOST / BATCH as usize {
            let Replaying { queued, last, more } =
                self.change(shop, move |change| change.tell_again(id, after)).await?;
            done = Replaying { queued: done.queued + queued, last: last.or(done.last), more };
            match last {
                Some(last) if more => after = last,
                _ => break,
            }
        }
        self.keep(asked, done).await
    }

    /// Of one event there may be several messages, where it was replayed before: the latest goes out, and is enough.
    async fn retry_failed(
        &self,
        shop: ShopId,
        id: SubscriptionId,
        after: EventId,
    ) -> Result<Replaying, Refusal> {
        let found = self.storage().read(move |reads| dead(reads, shop, id, after)).await?;
        let mut done = Replaying { more: found.len() > AT_MOST, ..Replaying::default() };
        let all: Vec<_> = found.into_iter().take(AT_MOST).collect();
        for batch in all.chunks(BATCH as usize) {
            let ids: Vec<MessageId> = batch.iter().map(|(_, message)| *message).collect();
            done.last = batch.last().map(|(event, _)| *event);
            done.queued += self.change(shop, move |change| change.retry_all(&ids)).await?;
        }
        Ok(done)
    }
}

fn dead(
    reads: &mut dyn Reads,
    shop: ShopId,
    id: SubscriptionId,
    after: EventId,
) -> Result<BTreeMap<EventId, MessageId>, Refusal> {
    let (channel, state) = (Some(WEBHOOK.to_owned()), Some("dead".to_owned()));
    let query = MessageQuery { channel, state, ..MessageQuery::default() };
    let mut page = Page { after: None, limit: Page::MAX, newest_first: true };
    let mut found = BTreeMap::new();
    loop {
        let messages = reads.messages(shop, &query, page)?;
        let Some(last) = messages.last() else { return Ok(found) };
        page.after = Some(last.id.0);
        for message in messages.iter().filter(|message| message.subscription() == Some(id)) {
            if let Some(event) = event_of(message).filter(|event| *event > after) {
                found.entry(event).or_insert(message.id);
            }
        }
    }
}

impl Change<'_> {
    fn tell_again(&mut self, id: SubscriptionId, after: EventId) -> Result<Replaying, Refusal> {
        let subscription = self.subscription(id)?;
        let page = Page { after: Some(after.0), limit: BATCH, newest_first: false };
        let events = self.tx.events(self.shop, &EventQuery::default(), page)?;
        let mut queued = 0;
        for event in &events {
            let order = match event.what.order {
                Some(order) => self.tx.order(self.shop, order)?,
                None => None,
            };
            if crate::sequence::is_history(event) || !self.is_told(&subscription, event, order.as_deref())? {
                continue;
            }
            self.tell_one(&subscription, event)?;
            queued += 1;
        }
        Ok(Replaying {
            queued,
            last: events.last().map(|event| event.id),
            more: events.len() >= BATCH as usize,
        })
    }

    /// Those that are dead at that moment; how many.
    fn retry_all(&mut self, ids: &[MessageId]) -> Result<u64, Refusal> {
        let mut queued = 0;
        for id in ids {
            let found = self.tx.message(self.shop, *id)?;
            if let Some(message) = found.filter(|message| message.state == MessageState::Dead) {
                self.send_again(message)?;
                queued += 1;
            }
        }
        Ok(queued)
    }
}

/// The log is in the order of time, so the place is found by halving.
fn last_before(
    reads: &mut dyn Reads,
    shop: ShopId,
    at: Timestamp,
) -> Result<EventId, rulewright_ports::StorageError> {
    let mut next = |after: Option<i64>, newest_first: bool| -> Result<Option<Event>, _> {
        let page = Page { after, limit: 1, newest_first };
        Ok(reads.events(shop, &EventQuery::default(), page)?.into_iter().next())
    };
    let (mut low, mut high) = (0, next(None, true)?.map_or(0, |newest| newest.id.0));
    // Everything up to `low` is earlier, nothing after `high` is.
    while low < high {
        let middle = low + (high - low) / 2;
        match next(Some(middle), false)? {
            Some(event) if event.at < at => low = event.id.0,
            _ => high = middle,
        }
    }
    Ok(EventId(low))
}
