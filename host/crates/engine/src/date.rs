//! Date triggers: for each date of an open order that a trigger waits for, an alarm is kept at it.

use std::collections::BTreeMap;

use rulewright_domain::{Order, OrderId, PipelineId, Rings, ShopConfig, Timestamp, date_of, kind};
use rulewright_ports::storage::Page;

use crate::{Refusal, alarm::BATCH, change::Change};

/// When each of an order's dates is reached that triggers of its pipeline wait for, by field and minutes after it.
pub(crate) fn dates(config: &ShopConfig, order: &Order) -> BTreeMap<(String, i64), Timestamp> {
    let mut dates = BTreeMap::new();
    if !config.is_open(order) || !config.automates(order.kind) {
        return dates;
    }
    for (_, trigger) in config.triggers(&order.pipeline, kind::DATE_REACHED) {
        let field = trigger.settings.get("field").and_then(|field| field.as_str());
        let offset = trigger.settings.get("offset-minutes").map_or(Some(0), |offset| offset.as_i64());
        let (Some(field), Some(offset)) = (field, offset) else { continue };
        // Outside the plan it is still told about its date, and says why it does nothing.
        if let Ok(Some(date)) = date_of(order, field, &config.shop.time_zone) {
            dates.insert((field.to_owned(), offset), date.plus(offset.saturating_mul(60_000)));
        }
    }
    dates
}

impl Change<'_> {
    fn has_date_triggers(&self, pipeline: &PipelineId) -> bool {
        !self.config.triggers(pipeline, kind::DATE_REACHED).is_empty()
    }

    /// After anything about the order has changed that its dates depend on. Where nobody waits for dates, what is left
    /// from before finds that out itself when it rings.
    pub fn dates_changed(&mut self, order: &Order) -> Result<(), Refusal> {
        match self.has_date_triggers(&order.pipeline) {
            true => self.plan_dates(order),
            false => Ok(()),
        }
    }

    fn plan_dates(&mut self, order: &Order) -> Result<(), Refusal> {
        let mut wanted = dates(&self.config, order);
        for alarm in self.tx.alarms_of_order(self.shop, order.id)? {
            let Rings::Date { field, offset_minutes, .. } = &alarm.rings else { continue };
            let key = (field.clone(), *offset_minutes);
            match wanted.get(&key) {
                // Also one that is due and has not rung yet.
                Some(at) if *at == alarm.at => {
                    wanted.remove(&key);
                }
                Some(at) if *at > self.now => {}
                _ => self.tx.remove_alarm(self.shop, &alarm.key())?,
            }
        }
        for ((field, offset_minutes), at) in wanted {
            // What has passed already is not reached any more.
            if at > self.now {
                self.set_alarm(at, Rings::Date { order: order.id, field, offset_minutes })?;
            }
        }
        Ok(())
    }

    pub fn forget_dates(&mut self, order: OrderId) -> Result<(), Refusal> {
        for alarm in self.tx.alarms_of_order(self.shop, order)? {
            self.tx.remove_alarm(self.shop, &alarm.key())?;
        }
        Ok(())
    }

    /// The pipeline's triggers have changed, or what counts as a date: plans those of its open orders anew, in the
    /// transactions after this one.
    pub fn plan_dates_of(&mut self, pipeline: &PipelineId) -> Result<(), Refusal> {
        self.set_alarm(self.now, Rings::PlanDates { pipeline: pipeline.clone(), after: OrderId(0) })
    }

    /// The same for every pipeline where dates are waited for.
    pub fn plan_all_dates(&mut self) -> Result<(), Refusal> {
        let config = self.config.clone();
        let pipelines = config.automations.keys().filter(|pipeline| self.has_date_triggers(pipeline));
        let pipelines: Vec<&PipelineId> = pipelines.collect();
        pipelines.into_iter().try_for_each(|pipeline| self.plan_dates_of(pipeline))
    }

    /// The next batch; returns how many orders that were.
    pub fn plan_dates_after(&mut self, pipeline: PipelineId, after: OrderId) -> Result<u32, Refusal> {
        let stages = self.config.open_stages(&pipeline);
        let page = Page { after: Some(after.0), limit: BATCH, newest_first: false };
        let orders = self.tx.orders_in(self.shop, &pipeline, &stages, page)?;
        for id in &orders {
            if let Some(order) = self.tx.order(self.shop, *id)? {
                self.plan_dates(&order)?;
            }
        }
        let looked_at = u32::try_from(orders.len()).unwrap_or(BATCH);
        if let Some(last) = orders.last().filter(|_| looked_at == BATCH) {
            self.set_alarm(self.now, Rings::PlanDates { pipeline, after: *last })?;
        }
        Ok(looked_at.max(1))
    }
}
