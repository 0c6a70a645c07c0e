//! What has happened while an application was not looking: it asks, and each event is given out once.

use rulewright_domain::{
    ApplicationId, Event, ShopId, Subscription,
    application::QueuedEvent,
    find::{Direction, Field, Filter, Test},
};
use rulewright_ports::{
    StorageExt,
    storage::{Find, Found, PutRecords, Records, Sequence},
};

use crate::{
    Engine, Refusal,
    change::Change,
    hash::{hash_of, secret},
};

/// Events that one call is given.
const AT_ONCE: u32 = 500;
/// Events that wait for one application: what nobody asks for any more must not fill the disk. Days of a busy shop.
pub const LONGEST_QUEUE: u64 = 10_000;

/// Which events, and what becomes of them.
#[derive(Clone, Debug)]
pub struct Take {
    /// Over [`QueuedEvent`], besides what belongs to the application.
    pub filter: Filter,
    pub order: Vec<(Field, Direction)>,
    pub limit: u32,
    /// Kept for whoever works on them until they are cleared, and not taken again. Else they are gone.
    pub keep: bool,
    /// Who works on them; chosen here where it is left out.
    pub process: Option<String>,
    /// Those that somebody failed with, instead of new ones.
    pub failed: bool,
}

#[derive(Clone, Debug)]
pub struct Taken {
    /// Where they are kept.
    pub process: Option<String>,
    pub events: Vec<(QueuedEvent, Option<Event>)>,
}

impl Engine {
    pub async fn take_events(&self, shop: ShopId, id: ApplicationId, take: Take) -> Result<Taken, Refusal> {
        let chosen: String = secret()?.chars().take(32).collect();
        self.change(shop, move |change| {
            let process = take.process.clone().unwrap_or_else(|| chosen.clone());
            let mut parts =
                vec![take.filter.clone(), Field::flag(["failed"]).is(Test::Equal(take.failed.into()))];
            if !take.failed {
                parts.push(Field::text(["process"]).is(Test::Missing));
            }
            let find = Find {
                order: take.order.clone(),
                limit: take.limit.clamp(1, AT_ONCE),
                ..Find::first(Filter::All(parts))
            };
            let found = change.tx.find_records::<QueuedEvent>(shop, Some(&id.to_string()), &find)?;
            let mut events = Vec::with_capacity(found.rows.len());
            for mut row in found.rows {
                let event = change.tx.event(shop, row.event)?.map(std::sync::Arc::unwrap_or_clone);
                if take.keep {
                    row.process = Some(process.clone());
                    row.failed = false;
                    change.tx.put_record(shop, &row)?;
                } else {
                    change.tx.remove_record::<QueuedEvent>(shop, row.id)?;
                }
                events.push((row, event));
            }
            Ok(Taken { process: take.keep.then_some(process), events })
        })
        .await
    }

    /// Nothing changes.
    pub async fn queued_events(
        &self,
        shop: ShopId,
        id: ApplicationId,
        find: Find,
    ) -> Result<(Taken, Option<u64>), Refusal> {
        let read = self.storage().read(move |reads| {
            let Found { rows, total } =
                reads.find_records::<QueuedEvent>(shop, Some(&id.to_string()), &find)?;
            let mut events = Vec::with_capacity(rows.len());
            for row in rows {
                let event = reads.event(shop, row.event)?.map(std::sync::Arc::unwrap_or_clone);
                events.push((row, event));
            }
            Ok::<_, Refusal>((Taken { process: None, events }, total))
        });
        read.await
    }

    /// Those of a process are done.
    pub async fn clear_events(
        &self,
        shop: ShopId,
        id: ApplicationId,
        process: String,
        which: Filter,
    ) -> Result<(), Refusal> {
        self.each_queued(shop, id, process, which, |change, row| {
            Ok(change.tx.remove_record::<QueuedEvent>(change.shop, row.id).map(drop)?)
        })
        .await
    }

    /// Somebody failed with them: they are given out where failed ones are asked for.
    pub async fn fail_events(
        &self,
        shop: ShopId,
        id: ApplicationId,
        process: String,
        which: Filter,
    ) -> Result<(), Refusal> {
        self.each_queued(shop, id, process, which, |change, row| {
            Ok(change.tx.put_record(change.shop, &QueuedEvent { failed: true, ..row })?)
        })
        .await
    }

    async fn each_queued(
        &self,
        shop: ShopId,
        id: ApplicationId,
        process: String,
        which: Filter,
        act: fn(&mut Change<'_>, QueuedEvent) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let mut after = 0;
            loop {
                let parts = vec![
                    which.clone(),
                    Field::text(["process"]).is(Test::Equal(process.as_str().into())),
                    Field::number(["id"]).is(Test::Above((after as f64).into())),
                ];
                let find = Find::first(Filter::All(parts));
                let found = change.tx.find_records::<QueuedEvent>(shop, Some(&id.to_string()), &find)?;
                let Some(last) = found.rows.last() else { return Ok(()) };
                after = last.id;
                for row in found.rows {
                    act(change, row)?;
                }
            }
        })
        .await
    }
}

impl Change<'_> {
    /// What waits already waits as it happened last. Where too many wait, the first of them give way.
    pub fn queue_event(
        &mut self,
        application: ApplicationId,
        subscription: &Subscription,
        event: &Event,
    ) -> Result<(), Refusal> {
        let Some(form) = self.engine.inner.forms.of(subscription).cloned() else { return Ok(()) };
        let queueing = form.queues(subscription, event);
        let key: String = hash_of(queueing.same.as_bytes()).chars().take(32).collect();
        let name = format!("{}/{key}", subscription.id);
        let id = match self.tx.record_named::<QueuedEvent>(self.shop, &name)? {
            Some(waits) => waits.id,
            None => {
                self.make_room(application)?;
                self.tx.next(Sequence::Record)?
            }
        };
        let queued = QueuedEvent {
            id,
            application,
            subscription: subscription.id,
            queue: queueing.queue,
            label: queueing.label,
            key,
            event: event.id,
            at: event.at,
            process: None,
            failed: false,
        };
        Ok(self.tx.put_record(self.shop, &queued)?)
    }

    /// For one more.
    fn make_room(&mut self, application: ApplicationId) -> Result<(), Refusal> {
        let newest_first = vec![(Field::number(["id"]), Direction::Down)];
        let everything = Find::first(Filter::All(Vec::new()));
        let beyond = Find { order: newest_first, offset: LONGEST_QUEUE - 1, ..everything };
        let found =
            self.tx.find_records::<QueuedEvent>(self.shop, Some(&application.to_string()), &beyond)?;
        for row in found.rows {
            self.tx.remove_record::<QueuedEvent>(self.shop, row.id)?;
        }
        Ok(())
    }
}
