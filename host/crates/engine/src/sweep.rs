//! What concerns many orders or runs at once, a batch in each transaction. The rest is an alarm that is due at once.

use std::sync::Arc;

use rulewright_domain::{
    EmployeeId, Event, EventId, OrderId, PipelineId, Reason, Rings, RuleId, Run, RunId, RunState, Wake,
    automation::Which, away,
};
use rulewright_ports::storage::{Page, RunQuery, Sequence};

use crate::{Refusal, alarm::BATCH, change::Change, config::pinned_rule, sequence::resumed_state};

/// Which orders are still to be asked about.
pub(crate) struct Part {
    pub pipeline: PipelineId,
    pub after: OrderId,
    pub until: OrderId,
    pub newest: Option<OrderId>,
    pub asked: u64,
}

impl Change<'_> {
    /// Every open order of each pipeline whose triggers want such an event is asked about, from the next transaction
    /// on.
    pub fn ask_open_orders(&mut self, event: &Event) -> Result<(), Refusal> {
        let config = self.config.clone();
        let until = OrderId(self.tx.last(Sequence::Order)?);
        for pipeline in config.automations.keys() {
            let triggers = config.triggers(pipeline, &event.what.kind);
            if triggers.is_empty() {
                continue;
            }
            let newest = match triggers.iter().any(|(_, trigger)| trigger.which == Which::Newest) {
                true => self.newest_open(pipeline)?,
                false => None,
            };
            let (pipeline, after) = (pipeline.clone(), OrderId(0));
            let rings = Rings::AskOrders { event: event.id, pipeline, after, until, newest, asked: 0 };
            self.set_alarm(self.now, rings)?;
        }
        Ok(())
    }

    fn newest_open(&mut self, pipeline: &PipelineId) -> Result<Option<OrderId>, Refusal> {
        let stages = self.config.open_stages(pipeline);
        let page = Page { after: None, limit: BATCH, newest_first: true };
        for id in self.tx.orders_in(self.shop, pipeline, &stages, page)? {
            if self.tx.order(self.shop, id)?.is_some_and(|order| self.config.is_open(&order)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The next batch; returns how many orders that were.
    pub fn ask_orders(&mut self, event: EventId, part: Part) -> Result<u32, Refusal> {
        let Part { pipeline, after, until, newest, mut asked } = part;
        let Some(event) = self.tx.event(self.shop, event)? else { return Ok(1) };
        let config = self.config.clone();
        let stages = config.open_stages(&pipeline);
        let page = Page { after: Some(after.0), limit: BATCH, newest_first: false };
        let orders = self.tx.orders_in(self.shop, &pipeline, &stages, page)?;
        for id in orders.iter().filter(|id| **id <= until) {
            let Some(order) = self.tx.order(self.shop, *id)?.filter(|order| config.is_open(order)) else {
                continue;
            };
            let wants = |trigger: &rulewright_domain::TriggerSpec| {
                trigger.which == Which::All || newest == Some(order.id)
            };
            asked += u64::from(self.ask_triggers_where(&config, &event, &order, wants)?);
        }
        let looked_at = u32::try_from(orders.len()).unwrap_or(BATCH);
        match orders.last().filter(|last| looked_at == BATCH && **last < until) {
            Some(last) => {
                let (event, after) = (event.id, *last);
                let rings = Rings::AskOrders { event, pipeline, after, until, newest, asked };
                self.set_alarm(self.now, rings)?;
            }
            // Recorded, so that somebody who wonders why nothing moved finds the answer.
            None if asked == 0 => self.put_match(&event, None, Vec::new())?,
            None => {}
        }
        Ok(looked_at.max(1))
    }

    /// Cancels a batch of what has not ended of rules that were taken out; returns how many runs that were.
    pub fn cancel_runs_of(
        &mut self,
        pipeline: PipelineId,
        rules: Vec<RuleId>,
        revision: u64,
    ) -> Result<u32, Refusal> {
        let mut left = BATCH;
        for rule in &rules {
            let open = self.tx.open_runs_of_rule(self.shop, &pipeline, rule, revision, left)?;
            left -= u32::try_from(open.len()).unwrap_or(left).min(left);
            for id in open {
                // One that ran after another of them has ended with it.
                if let Some(mut run) = self.tx.run(self.shop, id)?.filter(|run| !run.state.is_terminal()) {
                    self.take_back_messages(id)?;
                    let reason = Reason::RuleRemoved { revision, rule: run.rule_name.clone() };
                    self.end_run(&mut run, RunState::Cancelled { reason: reason.to_string() })?;
                }
            }
            if left == 0 {
                self.set_alarm(self.now, Rings::CancelRuns { pipeline, rules, revision })?;
                break;
            }
        }
        Ok((BATCH - left).max(1))
    }

    /// A batch of the runs that wait for the event goes on; returns how many were looked at. The rest have their turn
    /// in the next transactions: those that waited when it came, and none that has begun since. Where one's own time
    /// comes first, it goes on with that.
    pub fn wake_after(&mut self, event: &Arc<Event>, after: RunId) -> Result<u32, Refusal> {
        let waiting = self.tx.runs_waiting_for(self.shop, &event.what, event.id, after, BATCH)?;
        let looked_at = u32::try_from(waiting.len()).unwrap_or(BATCH);
        let last = waiting.last().map(|run| run.id).filter(|_| looked_at == BATCH);
        for mut run in waiting {
            let RunState::Waiting { filter: Some(filter), .. } = &run.state else { continue };
            if filter.matches(&event.what) {
                run.wake = Wake::Event { event: event.clone() };
                self.make_ready(&mut run)?;
            }
        }
        if let Some(after) = last {
            self.set_alarm(self.now, Rings::WakeRuns { event: event.id, after })?;
        }
        Ok(looked_at.max(1))
    }

    /// The next batch.
    pub fn wake_runs(&mut self, event: EventId, after: RunId) -> Result<u32, Refusal> {
        match self.tx.event(self.shop, event)? {
            Some(event) => self.wake_after(&event, after),
            None => Ok(1),
        }
    }

    /// The employee is at work: a batch of what waited for that goes on; returns how many runs were looked at.
    pub fn release_runs(&mut self, employee: EmployeeId, after: RunId) -> Result<u32, Refusal> {
        let query = RunQuery { state: Some("parked".to_owned()), ..RunQuery::default() };
        let page = Page { after: Some(after.0), limit: BATCH, newest_first: false };
        let parked = self.tx.runs(self.shop, &query, page)?;
        let looked_at = u32::try_from(parked.len()).unwrap_or(BATCH);
        let last = parked.last().map(|run| run.id).filter(|_| looked_at == BATCH);
        let waited = away(employee);
        for run in parked {
            if matches!(&run.state, RunState::Parked { reason } if reason.starts_with(&waited)) {
                self.resume(run)?;
            }
        }
        if let Some(after) = last {
            self.set_alarm(self.now, Rings::ReleaseRuns { employee, after })?;
        }
        Ok(looked_at.max(1))
    }

    /// Whoever it waited for may be there now, or somebody else may be responsible.
    pub fn resume(&mut self, mut run: Run) -> Result<(), Refusal> {
        let config = self.config.clone();
        let Some(rule) = pinned_rule(&config, self.tx, &run)? else { return Ok(()) };
        let Some(order) = self.tx.order(self.shop, run.order)? else { return Ok(()) };
        let state = resumed_state(&rule, &config, &order, self.now);
        match state == run.state {
            true => Ok(()),
            false => self.begin(&mut run, state),
        }
    }
}
