//! Alarms: timers that belong to no run. Each rings in one transaction with all that follows from it, so it rings
//! once, also where the host was down when its time came. What concerns many orders is done in batches, and the alarm
//! is what is left of it: it survives a crash between two of them.

use rulewright_domain::{
    Actor, Alarm, Cause, NewEvent, OrderId, Rings, ShopId, Timestamp, audit::Deed, kind,
};
use rulewright_ports::StorageExt;
use serde_json::json;

use crate::{
    Engine, Refusal,
    change::{Aftermath, Change},
    used::Named,
};

/// Orders or runs that one transaction looks at; more wait for the next, so that other writers get their turn.
pub(crate) const BATCH: u32 = 500;

impl Engine {
    /// Rings every alarm whose time has come, and goes on until none is left or the engine stops.
    pub(crate) async fn ring_due(&self) -> Result<(), Refusal> {
        // What is left of a batch is found again at the next start.
        while !self.inner.stop.is_cancelled() {
            let rung = self
                .change_shops(|engine, tx, now| {
                    let due = tx.due_alarms(now, BATCH)?;
                    let mut after = Aftermath::default();
                    let mut looked_at = 0;
                    for (shop, key) in &due {
                        if looked_at >= BATCH {
                            break;
                        }
                        let (shop, config) = (*shop, engine.inner.configs.of(tx, *shop)?);
                        let mut change =
                            Change { engine, tx, config, shop, now, after: Aftermath::default() };
                        looked_at += change.ring(key)?;
                        after.join(change.after);
                    }
                    Ok((!due.is_empty(), after))
                })
                .await;
            match rung {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return self.ring_one_by_one().await.and(Err(error)),
            }
        }
        Ok(())
    }

    /// One alarm that cannot be read holds up no other.
    async fn ring_one_by_one(&self) -> Result<(), Refusal> {
        let now = self.clock().now();
        let due = self.storage().read(move |reads| Ok::<_, Refusal>(reads.due_alarms(now, BATCH)?)).await?;
        for (shop, key) in due {
            let wanted = key.clone();
            if let Err(error) = self.change(shop, move |change| change.ring(&wanted)).await {
                tracing::error!(%shop, alarm = %key, %error, "an alarm cannot ring");
            }
        }
        Ok(())
    }

    /// The earliest alarm of any shop.
    pub(crate) fn next_alarm(&self) -> Result<Option<Timestamp>, Refusal> {
        self.storage().glance(|reads| Ok(reads.next_alarm()?))
    }
}

impl Change<'_> {
    pub fn set_alarm(&mut self, at: Timestamp, rings: Rings) -> Result<(), Refusal> {
        self.after.timers = true;
        Ok(self.tx.put_alarm(&Alarm { shop: self.shop, at, rings })?)
    }

    /// How many orders or runs it looked at.
    fn ring(&mut self, key: &str) -> Result<u32, Refusal> {
        let Some(alarm) = self.tx.alarm(self.shop, key)?.filter(|alarm| alarm.at <= self.now) else {
            return Ok(1);
        };
        self.tx.remove_alarm(self.shop, key)?;
        match alarm.rings {
            Rings::Schedule { name } => self.schedule_due(&name, alarm.at),
            Rings::Recurrence { recurrence } => self.recurrence_due(recurrence, alarm.at),
            Rings::Date { order, field, offset_minutes } => {
                self.date_reached(order, &field, offset_minutes, alarm.at)
            }
            Rings::AskOrders { event, pipeline, after, until, newest, asked } => {
                let part = crate::sweep::Part { pipeline, after, until, newest, asked };
                self.ask_orders(event, part)
            }
            Rings::PlanDates { pipeline, after } => self.plan_dates_after(pipeline, after),
            Rings::CancelRuns { pipeline, rules, revision } => self.cancel_runs_of(pipeline, rules, revision),
            Rings::WakeRuns { event, after } => self.wake_runs(event, after),
            Rings::ReleaseRuns { employee, after } => self.release_runs(employee, after),
            Rings::ResumeRuns { plugin, after } => self.resume_runs(plugin, after),
            Rings::EndRevoked { digest } => self.end_revoked(digest),
            Rings::SweepPackages => self.sweep_packages(),
        }
    }

    /// However many times of it have passed while the host was down, it comes due once.
    fn schedule_due(&mut self, name: &str, at: Timestamp) -> Result<u32, Refusal> {
        let config = self.config.clone();
        let Some(schedule) = config.schedules.get(name).filter(|schedule| schedule.active) else {
            return Ok(1);
        };
        if let Some(next) = schedule.next(self.now) {
            self.set_alarm(next, Rings::Schedule { name: name.to_owned() })?;
        }
        let mut event = NewEvent::new(kind::SCHEDULE_DUE).attr("schedule", name);
        event.data = json!({ "due": at }).into();
        self.record(event, &Cause::from_outside(Actor::Host), None, None)?;
        Ok(1)
    }

    fn date_reached(&mut self, id: OrderId, field: &str, offset: i64, at: Timestamp) -> Result<u32, Refusal> {
        let Some(order) = self.tx.order(self.shop, id)? else { return Ok(1) };
        // It may have been planned for a trigger that is gone.
        let planned = crate::date::dates(&self.config, &order).get(&(field.to_owned(), offset)).copied();
        if planned == Some(at) {
            let event = NewEvent {
                order: Some(id),
                client: order.client(),
                ..NewEvent::new(kind::DATE_REACHED).attr("field", field).attr("offset", offset)
            };
            self.record(event, &Cause::from_outside(Actor::Host), Some(&order), None)?;
        }
        Ok(1)
    }
}

/// For whoever asks about a shop without waiting.
pub(crate) fn earliest(times: impl IntoIterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    times.into_iter().flatten().min()
}

impl Engine {
    /// Creates a schedule, or replaces the one of this name.
    pub async fn put_schedule(
        &self,
        shop: ShopId,
        schedule: rulewright_domain::Schedule,
    ) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            if let Some((path, message)) = schedule.issue(change.now) {
                return Err(Refusal::invalid(path, "schedule", message));
            }
            let before = change.config.schedules.get(&schedule.name).cloned();
            change.tx.put_schedule(shop, &schedule)?;
            change.audit_saved("schedule", &schedule.name, before.as_ref(), &schedule)?;
            let rings = Rings::Schedule { name: schedule.name.clone() };
            match schedule.next(change.now).filter(|_| schedule.active) {
                Some(next) => change.set_alarm(next, rings),
                None => change.remove_alarm(rings),
            }
        })
        .await
    }

    /// Refused while something uses it.
    pub async fn remove_schedule(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            change.not_used(Named::Schedule, &name)?;
            if !change.tx.remove_schedule(shop, &name)? {
                return Err(Refusal::not_found("schedule", &name));
            }
            change.audit(Deed::new("schedule.removed", &name))?;
            change.remove_alarm(Rings::Schedule { name: name.clone() })
        })
        .await
    }
}

impl Change<'_> {
    pub fn remove_alarm(&mut self, rings: Rings) -> Result<(), Refusal> {
        let key = Alarm { shop: self.shop, at: self.now, rings }.key();
        Ok(self.tx.remove_alarm(self.shop, &key)?)
    }
}
