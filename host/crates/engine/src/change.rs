//! One open transaction, and what it sets in motion once it is committed.

use std::sync::Arc;

use rulewright_domain::{Event, ShopConfig, ShopId, Timestamp};
use rulewright_ports::Transaction;

use crate::{Engine, Refusal, lane::Work};

pub(crate) struct Change<'t> {
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
    pub messages: bool,
    pub timers: bool,
}

impl Aftermath {
    pub fn join(&mut self, other: Aftermath) {
        self.work.extend(other.work);
        self.events.extend(other.events);
        self.messages |= other.messages;
        self.timers |= other.timers;
    }
}

impl Engine {
    /// Runs one transaction for a shop and then tells whom it concerns. Goes on to its end even when the
    /// caller goes away, so that nothing committed stays untold.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        shop: ShopId,
        job: impl FnOnce(&mut Change<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.change_shops(move |engine, tx, now| {
            let config = engine.inner.configs.of(tx, shop)?;
            let mut change = Change { tx, config, shop, now, after: Aftermath::default() };
            let value = job(&mut change)?;
            Ok((value, change.after))
        })
        .await
    }

    /// The same for a transaction over several shops.
    pub(crate) async fn change_shops<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Engine, &mut dyn Transaction, Timestamp) -> Result<(T, Aftermath), Refusal>
        + Send
        + 'static,
    ) -> Result<T, Refusal> {
        use rulewright_ports::StorageExt;
        let engine = self.clone();
        let task = tokio::spawn(async move {
            let inside = engine.clone();
            let committed = engine
                .inner
                .deps
                .storage
                .write(move |tx| {
                    let now = inside.inner.deps.clock.now();
                    job(&inside, tx, now)
                })
                .await;
            committed.map(|(value, after)| {
                engine.tell(after);
                value
            })
        });
        match task.await {
            Ok(result) => result,
            Err(error) => Err(rulewright_ports::StorageError::Database(error.to_string()).into()),
        }
    }

    fn tell(&self, after: Aftermath) {
        for event in after.events {
            // Nobody listening is no error.
            let _ = self.inner.events.send(event);
        }
        if after.messages {
            self.kick_relay();
        }
        if after.timers {
            self.inner.timer_changed.notify_one();
        }
        self.enqueue(after.work);
    }
}
