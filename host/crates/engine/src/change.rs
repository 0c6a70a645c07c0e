//! One open transaction, and what it sets in motion once it is committed.

use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use rulewright_domain::{Event, OrderId, RunId, ShopConfig, ShopId, Timestamp};
use rulewright_ports::Transaction;
use tracing::Instrument;

use crate::{
    Engine, Refusal,
    lane::{Ahead, Place, Promise, Settles, Work},
    plugin::Fared,
    relay::Handed,
    trace::{self, Origin},
};

pub(crate) struct Change<'t> {
    pub engine: &'t Engine,
    pub tx: &'t mut dyn Transaction,
    pub config: Arc<ShopConfig>,
    pub shop: ShopId,
    pub now: Timestamp,
    pub after: Aftermath,
}

/// Known only inside until the commit; then everybody concerned is told.
#[derive(Default)]
pub(crate) struct Aftermath {
    pub work: Vec<Work>,
    pub events: Vec<Arc<Event>>,
    pub runs: Vec<RunMoved>,
    /// Already marked as being sent.
    pub handed: Vec<Handed>,
    /// Others are there for the relay to look for.
    pub messages: bool,
    pub timers: bool,
    /// Some of them were revoked.
    pub tokens: bool,
    /// How the plugins of its steps have fared.
    pub fared: Vec<Fared>,
    /// Of the change of an order whose events are being recorded; empty where nobody is told of any.
    pub together: Together,
    /// For those who have begun with what this has made ready.
    pub settled: Option<Settles>,
    /// Of the work that has not begun.
    pub promises: Vec<Promise>,
}

/// A run has begun, or is in another state. No event: it is what comes of one, and the run itself remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunMoved {
    pub shop: ShopId,
    pub order: OrderId,
    pub run: RunId,
}

/// The kinds of one change's events, and which of them is being recorded.
#[derive(Default)]
pub(crate) struct Together {
    pub kinds: Vec<String>,
    pub place: usize,
}

/// Pieces of work of one transaction for which everything they need is looked up in it. Of many orders only some are
/// done soon: the others would only take memory.
const PREPARED: usize = 256;

impl Aftermath {
    pub fn join(&mut self, other: Aftermath) {
        self.work.extend(other.work);
        self.events.extend(other.events);
        self.runs.extend(other.runs);
        self.handed.extend(other.handed);
        self.messages |= other.messages;
        self.timers |= other.timers;
        self.tokens |= other.tokens;
        self.fared.extend(other.fared);
    }
}

impl Change<'_> {
    /// What is changed from here on comes of something that began then.
    pub fn done_since(&mut self, began: Timestamp) {
        self.now = self.engine.clock().when_done(began);
    }
}

impl Engine {
    /// Runs one transaction for a shop and then tells whom it concerns. Goes on to its end even when the
    /// caller goes away, so that nothing committed stays untold. The job may be run again: see
    /// [`rulewright_ports::storage::WriteJob`].
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        shop: ShopId,
        job: impl Fn(&mut Change<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.change_from(None, shop, job).await
    }

    /// The same for what was done at a place in a lane: in the transaction that has made it ready, where that is still
    /// open, and what it makes ready goes on there.
    pub(crate) async fn change_from<T: Send + 'static>(
        &self,
        place: Option<&Arc<Place>>,
        shop: ShopId,
        job: impl Fn(&mut Change<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        // Goes with the job, so that it counts until the commit even where nobody waits for the answer any more.
        let waiting = self.inner.backlog.wait(shop);
        self.commit_from(place, move |engine, tx, now| {
            let _until_the_commit = &waiting;
            let config = engine.inner.configs.of(tx, shop)?;
            let mut change = Change { engine, tx, config, shop, now, after: Aftermath::default() };
            let value = job(&mut change)?;
            Ok((value, change.after))
        })
        .await
    }

    /// The same for a transaction over several shops.
    pub(crate) async fn change_shops<T: Send + 'static>(
        &self,
        job: impl Fn(&Engine, &mut dyn Transaction, Timestamp) -> Result<(T, Aftermath), Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.commit_from(None, job).await
    }

    async fn commit_from<T: Send + 'static>(
        &self,
        place: Option<&Arc<Place>>,
        job: impl Fn(&Engine, &mut dyn Transaction, Timestamp) -> Result<(T, Aftermath), Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        use rulewright_ports::StorageExt;
        let engine = self.clone();
        let span = trace::commit();
        let origin = Origin::of(&span);
        let seat = place.and_then(|place| place.seat());
        let ahead = Ahead::here(place, &origin);
        let committed = async move {
            let inside = engine.clone();
            let committed = engine.inner.deps.storage.write_from(seat, move |tx| {
                let now = inside.inner.deps.clock.now();
                let (value, mut after) = job(&inside, tx, now)?;
                after.work.iter_mut().take(PREPARED).for_each(|work| inside.prepare(tx, work));
                if let Some(ahead) = &ahead {
                    inside.go_ahead(tx, &mut after, ahead);
                }
                Ok::<_, Refusal>((value, after))
            });
            committed.await.map(|(value, after)| {
                engine.tell(after, &origin);
                value
            })
        };
        Surely(Some(Box::pin(committed.instrument(span)))).await
    }

    fn tell(&self, after: Aftermath, origin: &Origin) {
        if after.tokens {
            self.inner.tokens_revoked.fetch_add(1, Ordering::SeqCst);
        }
        if !after.events.is_empty() || !after.runs.is_empty() {
            self.inner.told_at.store(self.inner.deps.clock.now().0, Ordering::SeqCst);
        }
        for event in after.events {
            // Nobody listening is no error.
            let _ = self.inner.events.send(event);
        }
        for moved in after.runs {
            let _ = self.inner.runs.send(moved);
        }
        self.hand_over(after.handed, origin);
        if after.messages {
            self.kick_relay();
        }
        if after.timers {
            self.inner.timer_changed.notify_one();
        }
        after.fared.into_iter().for_each(|fared| self.note_fared(fared));
        self.enqueue(after.work, origin);
    }
}

/// Goes on to its end even when whoever waits for it goes away.
struct Surely<F: Future + Send + 'static>(Option<Pin<Box<F>>>)
where
    F::Output: Send;

impl<F: Future + Send + 'static> Future for Surely<F>
where
    F::Output: Send,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        let polled = future.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future + Send + 'static> Drop for Surely<F>
where
    F::Output: Send,
{
    fn drop(&mut self) {
        if let (Some(future), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(future);
        }
    }
}
