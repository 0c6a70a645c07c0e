//! Events to runs: what one recorded event wakes, cancels, starts and asks triggers about. All of it is part of
//! the transaction that records the event, so nothing is missed and nothing happens twice.

use std::{collections::BTreeSet, sync::Arc};

use rulewright_domain::{
    Candidate, Cause, Event, EventId, Match, MatchId, NewEvent, Order, OrderId, RESPONSIBLE_AWAY, Reason,
    Run, RunId, RunState, Verdict, automation::Which, kind, plugin::PluginId,
};
use rulewright_ports::{planted::planted, storage::Sequence};

use crate::{
    Refusal,
    change::Change,
    config::pinned_rule,
    lane::Work,
    sequence::{first_state, is_history, is_stage_entry, runs_of_visit},
};

/// Orders that one event about a client may concern; more are not open orders but an import gone wrong.
const ORDERS_OF_CLIENT: u32 = 100;

/// What decides which dates an order has, and whether anybody waits for them.
const MOVE_DATES: [&str; 6] = [
    kind::ORDER_CREATED,
    kind::STAGE_CHANGED,
    kind::PIPELINE_CHANGED,
    kind::FIELDS_CHANGED,
    kind::ORDER_CANCELED,
    kind::ORDER_RESTORED,
];

impl Change<'_> {
    /// Appends the event to the log and lets everything react to it. `order` is as it is after the event,
    /// `by_run` the run that caused it.
    pub fn record(
        &mut self,
        what: NewEvent,
        cause: &Cause,
        order: Option<&Order>,
        by_run: Option<&Run>,
    ) -> Result<EventId, Refusal> {
        let id = EventId(self.tx.next(Sequence::Event)?);
        let event = Arc::new(Event { id, shop: self.shop, at: self.now, cause: cause.clone(), what });
        self.tx.append_event(&event)?;
        if event.what.order.is_some() && order.is_some() {
            self.note_on_timeline(&event.what, &event.cause.by)?;
        }
        self.wake_waiting(&event)?;
        match (event.what.order, order) {
            (Some(gone), None) if event.what.kind == kind::ORDER_DELETED => {
                self.cancel_runs(gone, u64::MAX, by_run, &Reason::OrderDeleted.to_string())?;
                self.forget_dates(gone)?;
            }
            (Some(_), Some(order)) => {
                if is_stage_entry(&event) {
                    self.enter_stage(&event, order, by_run)?;
                }
                if event.what.kind == kind::FIELDS_CHANGED {
                    self.replan(&event, order)?;
                }
                if event.what.kind == kind::RESPONSIBLE_CHANGED {
                    self.resume_parked(order)?;
                }
                if MOVE_DATES.contains(&event.what.kind.as_str()) {
                    self.dates_changed(order)?;
                }
            }
            _ => {}
        }
        if event.what.kind != kind::ORDER_DELETED && !is_history(&event) {
            self.ask_triggers(&event, order)?;
        }
        self.tell_subscribers(&event, order)?;
        self.answer_at_once(&event, order)?;
        self.after.events.push(event);
        Ok(id)
    }

    fn wake_waiting(&mut self, event: &Arc<Event>) -> Result<(), Refusal> {
        self.wake_after(event, RunId(0)).map(drop)
    }

    /// Leaves the stages before, and starts the rules of the new one.
    fn enter_stage(&mut self, event: &Event, order: &Order, by_run: Option<&Run>) -> Result<(), Refusal> {
        if order.visit > 1 {
            let by = event.cause.by.name().to_owned();
            let reason = Reason::StageLeft { by, stage: order.stage.clone() };
            if !planted("leaving-cancels-nothing") {
                self.cancel_runs(order.id, order.visit, by_run, &reason.to_string())?;
            }
            self.complete_tasks(order, event)?;
        }
        if !self.config.automates(order.kind) {
            return Ok(());
        }
        let config = self.config.clone();
        for _ in 0..1 + usize::from(planted("run-twice")) {
            let runs = runs_of_visit(&config, order, event, || self.tx.next(Sequence::Run).map(RunId))?;
            self.start_runs(&runs)?;
        }
        Ok(())
    }

    pub fn start_runs(&mut self, runs: &[Run]) -> Result<(), Refusal> {
        // All rows first: a run that ends at once releases the next by its id.
        for run in runs {
            self.put_run(run)?;
        }
        for run in runs.iter().filter(|run| run.state.is_terminal()) {
            self.release_next(run)?;
        }
        Ok(())
    }

    /// Cancels what has not ended of the visits before `visit`, and takes back its unsent messages. A workflow goes on
    /// wherever its order stands; it ends with the order.
    fn cancel_runs(
        &mut self,
        order: OrderId,
        visit: u64,
        except: Option<&Run>,
        reason: &str,
    ) -> Result<(), Refusal> {
        for mut run in self.tx.open_runs(self.shop, order)? {
            let over = run.visit < visit && (run.workflow.is_none() || visit == u64::MAX);
            if over && except.is_none_or(|except| except.id != run.id) {
                self.take_back_messages(run.id)?;
                run.state = RunState::Cancelled { reason: reason.to_owned() };
                run.ended = Some(self.now);
                self.put_run(&run)?;
            }
        }
        Ok(())
    }

    pub fn take_back_messages(&mut self, run: RunId) -> Result<(), Refusal> {
        for mut message in self.tx.unsent_of_run(run)? {
            if message.attempt > 0 && message.error.is_none() {
                // Handed over before a crash: it may have arrived, though nobody said so.
                continue;
            }
            message.state = rulewright_domain::MessageState::Cancelled;
            message.settled = Some(self.now);
            self.tx.put_message(&message)?;
        }
        Ok(())
    }

    /// A rule that counts from a date follows it when it is filled in or changed.
    fn replan(&mut self, event: &Event, order: &Order) -> Result<(), Refusal> {
        let changed = event.what.attrs.get("fields").and_then(serde_json::Value::as_array).cloned();
        let changed = changed.unwrap_or_default();
        for mut run in self.tx.open_runs(self.shop, order.id)? {
            if run.step > 0 || !matches!(run.state, RunState::Scheduled { .. } | RunState::Parked { .. }) {
                continue;
            }
            let config = self.config.clone();
            let Some(rule) = pinned_rule(&config, self.tx, &run)? else { continue };
            let Some(field) = rule.when.follows() else { continue };
            if changed.iter().any(|name| name == field) {
                let state = first_state(&rule, &config, order, self.now);
                self.begin(&mut run, state)?;
            }
        }
        Ok(())
    }

    /// Rules that wait for the responsible to be at work follow another one.
    fn resume_parked(&mut self, order: &Order) -> Result<(), Refusal> {
        for run in self.tx.open_runs(self.shop, order.id)? {
            if matches!(&run.state, RunState::Parked { reason } if reason.starts_with(RESPONSIBLE_AWAY)) {
                self.resume(run)?;
            }
        }
        Ok(())
    }

    fn ask_triggers(&mut self, event: &Event, order: Option<&Order>) -> Result<(), Refusal> {
        if let Some(order) = order {
            return self.ask_triggers_of(event, order);
        }
        if !self.config.any_trigger(&event.what.kind) {
            return Ok(());
        }
        if event.what.kind == kind::SCHEDULE_DUE {
            return self.ask_open_orders(event);
        }
        let mut orders = match event.what.client {
            Some(client) => self.tx.orders_of_client(self.shop, client, ORDERS_OF_CLIENT)?,
            None => Vec::new(),
        };
        orders.retain(|order| self.config.is_open(order));
        let config = self.config.clone();
        let mut asked = false;
        let mut pipelines = BTreeSet::new();
        for order in &orders {
            // A trigger belongs to a pipeline: the newest order that it can move is the newest there.
            let newest = pipelines.insert(&order.pipeline);
            let wants = |trigger: &rulewright_domain::TriggerSpec| trigger.which == Which::All || newest;
            asked |= self.ask_triggers_where(&config, event, order, wants)?;
        }
        if !asked {
            // Recorded, so that somebody who wonders why nothing moved finds the answer.
            self.put_match(event, None, Vec::new())?;
        }
        Ok(())
    }

    fn ask_triggers_of(&mut self, event: &Event, order: &Order) -> Result<(), Refusal> {
        let config = self.config.clone();
        self.ask_triggers_where(&config, event, order, |_| true).map(drop)
    }

    pub fn ask_triggers_where(
        &mut self,
        config: &rulewright_domain::ShopConfig,
        event: &Event,
        order: &Order,
        wants: impl Fn(&rulewright_domain::TriggerSpec) -> bool,
    ) -> Result<bool, Refusal> {
        if !config.automates(order.kind) {
            return Ok(false);
        }
        let echo = event.what.kind == kind::FIELDS_CHANGED && event.cause.by.is_automation();
        let triggers = config.triggers(&order.pipeline, &event.what.kind);
        let wanted = triggers.into_iter().filter(|(_, trigger)| wants(trigger));
        let candidates: Vec<Candidate> = wanted
            .map(|(stage, trigger)| Candidate {
                trigger: trigger.id.clone(),
                name: trigger.name.clone(),
                stage: stage.clone(),
                verdict: match config.in_plan(&trigger.plugin) {
                    true => (echo && !trigger.include_changes_by_rules).then_some(Verdict::RuleOrigin),
                    false => Some(out_of_plan(&trigger.plugin)),
                },
            })
            .collect();
        if candidates.is_empty() {
            return Ok(false);
        }
        self.put_match(event, Some(order.id), candidates)?;
        Ok(true)
    }

    pub fn put_match(
        &mut self,
        event: &Event,
        order: Option<OrderId>,
        candidates: Vec<Candidate>,
    ) -> Result<(), Refusal> {
        let id = MatchId(self.tx.next(Sequence::Match)?);
        let pending = candidates.iter().any(|candidate| candidate.verdict.is_none());
        let created = self.now;
        let matching = Match { id, shop: self.shop, event: event.id, order, created, pending, candidates };
        self.tx.put_match(&matching)?;
        if let Some(order) = order.filter(|_| pending) {
            self.after.work.push(Work::Match { shop: self.shop, order, id, question: None });
        }
        Ok(())
    }
}

fn out_of_plan(plugin: &PluginId) -> Verdict {
    let message = format!("`{plugin}` is not part of the shop's plan");
    Verdict::Failed { code: "not-available-on-plan".to_owned(), message }
}
