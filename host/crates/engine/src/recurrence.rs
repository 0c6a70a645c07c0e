//! Orders that come again and again. Each time is an alarm, so an order comes once, also where the host was down when
//! its day began; the order, the count and the next alarm are one transaction.

use rulewright_domain::{
    Actor, Cause, NewEvent, Order, OrderChange, OrderId, OrderTemplate, Recurrence, RecurrenceId, Rejection,
    Rings, ShopId, Timestamp, decide, kind,
    recurrence::{Period, Repeats, Until},
};
use rulewright_ports::storage::{PutRecords, Records, Sequence};
use serde::{Deserialize, Serialize};

use crate::{Asked, Engine, Receipt, Refusal, change::Change};

/// When an order is to come again.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecurrence {
    /// Copied into a template; or a template that does not recur yet.
    pub order: OrderId,
    pub active: bool,
    pub pipeline: Option<rulewright_domain::PipelineId>,
    pub start: String,
    pub repeats: Repeats,
    pub until: Until,
    pub begins_after: Option<Period>,
    pub closes_after: Option<Period>,
}

/// An order that was made of a recurrence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exposed {
    pub order: OrderId,
}

impl Engine {
    pub async fn add_recurrence(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        new: NewRecurrence,
    ) -> Result<RecurrenceId, Refusal> {
        let Asked { shop, key } = asked.into();
        let added = self.change_from_outside(shop, move |change| {
            change.once(key.as_ref(), |change| {
                change.must_take_in()?;
                change.add_recurrence(new.clone(), &by)
            })
        });
        Ok(added.await?.answer)
    }

    /// What it is made of, and how often it has come, stay as they are. Like its removal this goes on while intake is
    /// halted, as settings do: what recurs comes then too, and whoever has halted intake may want to stop it.
    pub async fn change_recurrence(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        id: RecurrenceId,
        patch: impl Fn(&mut Recurrence) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        let changed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.change_recurrence(id, &patch, &by))
        });
        changed.await.map(drop)
    }

    /// Its template goes with it, where it still has one.
    pub async fn remove_recurrence(&self, shop: ShopId, by: Actor, id: RecurrenceId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let recurrence = change.recurrence(id)?;
            if let Some(template) = change.template(recurrence.template)? {
                change.tx.remove_record::<OrderTemplate>(shop, template.row)?;
            }
            change.tx.remove_record::<Recurrence>(shop, id.0)?;
            change.remove_alarm(Rings::Recurrence { recurrence: id })?;
            change.tell_of_recurrence(kind::RECURRENCE_REMOVED, &recurrence, &by)
        })
        .await
    }

    /// Makes an order of it now, whether it is active or not. It counts, and the next one comes when it would have.
    pub async fn expose_recurrence(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        id: RecurrenceId,
    ) -> Result<OrderId, Refusal> {
        let Asked { shop, key } = asked.into();
        let exposed = self.change_from_outside(shop, move |change| {
            change.once(key.as_ref(), |change| {
                change.must_take_in()?;
                let mut recurrence = change.recurrence(id)?;
                let order = change.expose(&mut recurrence, &Cause::from_outside(by.clone()))?;
                change.schedule(&mut recurrence, change.now)?;
                Ok(Exposed { order })
            })
        });
        Ok(exposed.await?.answer.order)
    }
}

impl Change<'_> {
    fn recurrence(&mut self, id: RecurrenceId) -> Result<Recurrence, Refusal> {
        self.tx.record(self.shop, id.0)?.ok_or_else(|| Refusal::not_found("recurrence", id))
    }

    fn template(&mut self, id: OrderId) -> Result<Option<OrderTemplate>, Refusal> {
        Ok(self.tx.record_named(self.shop, &id.to_string())?)
    }

    fn add_recurrence(&mut self, new: NewRecurrence, by: &Actor) -> Result<RecurrenceId, Refusal> {
        let NewRecurrence { order, active, pipeline, start, repeats, until, begins_after, closes_after } =
            new;
        if self.tx.all_records::<Recurrence>(self.shop, None)?.len() >= Recurrence::MOST {
            let message = format!("a shop has at most {} recurring orders", Recurrence::MOST);
            return Err(Refusal::Conflict { message });
        }
        let recurs = |what: &str| Refusal::Conflict { message: format!("{what} recurs already") };
        let template = match self.template(order)? {
            Some(template) if self.recurs(template.order.id)? => return Err(recurs(&order.to_string())),
            Some(template) => template,
            None => {
                let original = self.tx.order(self.shop, order)?;
                let original = original.ok_or_else(|| Refusal::not_found("order", order))?;
                if self.has_template(order)? {
                    return Err(recurs(&order.to_string()));
                }
                self.make_template(&original, by)?
            }
        };
        let mut recurrence = Recurrence {
            id: RecurrenceId(self.tx.next(Sequence::Record)?),
            template: template.order.id,
            based_on: template.based_on,
            active,
            pipeline,
            start,
            repeats,
            until,
            begins_after,
            closes_after,
            times: 0,
            last: None,
            next: None,
            stopped: None,
        };
        self.check_recurrence(&recurrence, Some(&template.order))?;
        self.plan(&mut recurrence, self.now)?;
        self.tell_of_recurrence(kind::RECURRENCE_ADDED, &recurrence, by)?;
        Ok(recurrence.id)
    }

    fn recurs(&mut self, template: OrderId) -> Result<bool, Refusal> {
        Ok(self.tx.record_named::<Recurrence>(self.shop, &template.to_string())?.is_some())
    }

    /// Whether a recurrence was made of an order.
    fn has_template(&mut self, order: OrderId) -> Result<bool, Refusal> {
        let of_it = self.tx.all_records::<OrderTemplate>(self.shop, Some(&order.to_string()))?;
        Ok(!of_it.is_empty())
    }

    fn make_template(&mut self, order: &Order, by: &Actor) -> Result<OrderTemplate, Refusal> {
        let first = self.config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.stages.first());
        let first = first.map_or_else(|| order.stage.clone(), |stage| stage.id.clone());
        let row = self.tx.next(Sequence::Record)?;
        let id = OrderId(self.tx.next(Sequence::Order)?);
        let touch = rulewright_domain::Touch { at: self.now, by: by.employee() };
        let template = OrderTemplate::of(order, row, id, first, touch);
        self.tx.put_record(self.shop, &template)?;
        Ok(template)
    }

    fn change_recurrence(
        &mut self,
        id: RecurrenceId,
        patch: impl Fn(&mut Recurrence) -> Result<(), Refusal>,
        by: &Actor,
    ) -> Result<(), Refusal> {
        let before = self.recurrence(id)?;
        let mut recurrence = before.clone();
        patch(&mut recurrence)?;
        let Recurrence { template, based_on, times, last, next, .. } = before.clone();
        recurrence = Recurrence { id, template, based_on, times, last, next, stopped: None, ..recurrence };
        if (Recurrence { stopped: before.stopped.clone(), ..recurrence.clone() }) == before {
            return Ok(());
        }
        let template = self.template(template)?;
        self.check_recurrence(&recurrence, template.as_ref().map(|template| &template.order))?;
        if template.is_none() && recurrence.active {
            let message = "its template has been deleted: it cannot come again".to_owned();
            return Err(Refusal::Conflict { message });
        }
        self.plan(&mut recurrence, self.now)?;
        self.tell_of_recurrence(kind::RECURRENCE_CHANGED, &recurrence, by)
    }

    fn check_recurrence(&self, recurrence: &Recurrence, template: Option<&Order>) -> Result<(), Refusal> {
        if let Some((path, message)) = recurrence.issue() {
            return Err(Refusal::invalid(path, "recurrence", message));
        }
        let Some(id) = &recurrence.pipeline else { return Ok(()) };
        let pipeline = self.config.pipelines.get(id);
        let pipeline = pipeline.ok_or_else(|| Rejection::NoSuchPipeline(id.0.clone()))?;
        match template.is_some_and(|template| template.kind != pipeline.kind) {
            true => Err(Refusal::invalid("/pipeline", "kind", "it is for the other kind of order")),
            false => Ok(()),
        }
    }

    /// Stores it with its next time, counted from `now`, and sets the alarm.
    fn plan(&mut self, recurrence: &mut Recurrence, now: Timestamp) -> Result<(), Refusal> {
        let zone = self.config.shop.time_zone.clone();
        recurrence.plan(now, &zone);
        self.tx.put_record(self.shop, &*recurrence)?;
        let rings = Rings::Recurrence { recurrence: recurrence.id };
        match recurrence.next {
            Some(next) => self.set_alarm(next, rings),
            None => self.remove_alarm(rings),
        }
    }

    /// The same after it has come: where nothing is left, it is over.
    fn schedule(&mut self, recurrence: &mut Recurrence, now: Timestamp) -> Result<(), Refusal> {
        self.plan(recurrence, now)?;
        if recurrence.active && recurrence.next.is_none() {
            recurrence.active = false;
            self.tx.put_record(self.shop, &*recurrence)?;
        }
        Ok(())
    }

    /// The order's rules start as those of any new order.
    fn expose(&mut self, recurrence: &mut Recurrence, cause: &Cause) -> Result<OrderId, Refusal> {
        let template = self.template(recurrence.template)?;
        let template = template.ok_or_else(|| {
            Rejection::invalid("recurrence", "its template has been deleted: there is nothing to copy")
        })?;
        let mut new = recurrence.order(&template.order, self.now, &self.config.shop.time_zone);
        // Whoever has gone since then is left out: a recurring order does not fail for that.
        if new.responsible.is_some_and(|employee| !self.config.employees.contains_key(&employee)) {
            new.responsible = None;
        }
        let (company, contacts) = (new.company.take(), std::mem::take(&mut new.contacts));
        for client in contacts {
            if self.tx.client(self.shop, client)?.is_some() {
                new.contacts.push(client);
            }
        }
        if let Some(client) = company {
            new.company = self.tx.client(self.shop, client)?.map(|client| client.id);
        }
        let made = self.create_order_of(new, cause)?;
        let order = made.order.ok_or_else(|| Refusal::not_found("order", recurrence.template))?;
        recurrence.came(self.now);
        let event = NewEvent::new(kind::RECURRENCE_EXPOSED)
            .attr("recurrence", recurrence.id.to_string())
            .attr("template", recurrence.template.to_string())
            .attr("order", order.to_string());
        let there = self.tx.order(self.shop, order)?;
        let client = there.as_ref().and_then(|order| order.client());
        let event = NewEvent { order: Some(order), client, ..event };
        self.record(event, cause, there.as_deref(), None)?;
        Ok(order)
    }

    /// However many times of it have passed while the host was down, it comes once.
    pub fn recurrence_due(&mut self, id: RecurrenceId, at: Timestamp) -> Result<u32, Refusal> {
        let Some(mut recurrence) = self.tx.record::<Recurrence>(self.shop, id.0)? else { return Ok(1) };
        if !recurrence.active || recurrence.next != Some(at) {
            return Ok(1);
        }
        let cause = Cause::from_outside(Actor::Host);
        match self.expose(&mut recurrence, &cause) {
            Ok(_) => self.schedule(&mut recurrence, self.now)?,
            // Such as a pipeline that is gone. It would be refused again and again.
            Err(Refusal::Rejected(rejection)) => {
                tracing::warn!(recurrence = %id, %rejection, "a recurring order cannot come");
                recurrence.active = false;
                recurrence.stopped = Some(rejection.to_string());
                self.plan(&mut recurrence, self.now)?;
                self.tell_of_recurrence(kind::RECURRENCE_CHANGED, &recurrence, &Actor::Host)?;
            }
            Err(other) => return Err(other),
        }
        Ok(1)
    }

    fn tell_of_recurrence(&mut self, kind: &str, recurrence: &Recurrence, by: &Actor) -> Result<(), Refusal> {
        let event = NewEvent::new(kind)
            .attr("recurrence", recurrence.id.to_string())
            .attr("template", recurrence.template.to_string());
        self.record(event, &Cause::from_outside(by.clone()), None, None).map(drop)
    }

    /// A template is changed as an order is, and nothing follows from it. None: there is no such template.
    pub fn change_template(
        &mut self,
        id: OrderId,
        expected: Option<u64>,
        change: &OrderChange,
        cause: &Cause,
    ) -> Result<Option<Receipt>, Refusal> {
        let Some(template) = self.template(id)? else { return Ok(None) };
        let current = template.order.revision;
        if let Some(expected) = expected.filter(|expected| *expected != current) {
            return Err(Rejection::Conflict { expected, current }.into());
        }
        let change = self.prepared(&template.order, change.clone(), cause)?;
        let pipeline = change.to_pipeline().unwrap_or(&template.order.pipeline);
        let decision = decide(&template.order, change.clone(), self.pipeline(pipeline)?, self.touch(cause))?;
        let revision = decision.order.as_ref().map(|order| order.revision);
        match decision.order {
            Some(order) => self.tx.put_record(self.shop, &OrderTemplate { order, ..template })?,
            None => {
                self.tx.remove_record::<OrderTemplate>(self.shop, template.row)?;
                self.end_recurrence_of(id, &cause.by)?;
            }
        }
        Ok(Some(Receipt { order: Some(id), revision, ..Receipt::default() }))
    }

    /// It stays known what there was, until it is deleted too.
    fn end_recurrence_of(&mut self, template: OrderId, by: &Actor) -> Result<(), Refusal> {
        let found = self.tx.record_named::<Recurrence>(self.shop, &template.to_string())?;
        let Some(mut recurrence) = found.filter(|recurrence| recurrence.active) else { return Ok(()) };
        recurrence.active = false;
        self.plan(&mut recurrence, self.now)?;
        self.tell_of_recurrence(kind::RECURRENCE_CHANGED, &recurrence, by)
    }
}
