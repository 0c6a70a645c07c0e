//! The transitions of a run, and what each sets in motion.

use rulewright_domain::{Run, RunId, RunState, ShopId, Wake, automation::OnFailure};
use rulewright_ports::storage::ReadyRun;

use crate::{Engine, Refusal, change::Change, config::pinned_rule, lane::Work, sequence::first_state};

impl Change<'_> {
    /// Stores a run, and remembers to wake whoever its new state concerns.
    pub fn put_run(&mut self, run: &Run) -> Result<(), Refusal> {
        self.tx.put_run(run)?;
        match &run.state {
            RunState::Ready => self.after.work.push(Work::Run(ReadyRun {
                shop: run.shop,
                order: run.order,
                visit: run.visit,
                position: run.position,
                run: run.id,
            })),
            state => self.after.timers |= state.wake_at().is_some(),
        }
        Ok(())
    }

    pub fn make_ready(&mut self, run: &mut Run) -> Result<(), Refusal> {
        run.state = RunState::Ready;
        run.ready_at = self.now;
        self.put_run(run)
    }

    /// The run has reached a terminal state: stores it and lets the one that runs after it go on.
    pub fn end_run(&mut self, run: &mut Run, state: RunState) -> Result<(), Refusal> {
        run.state = state;
        run.ended = Some(self.now);
        run.saved = None;
        self.put_run(run)?;
        self.release_next(run)
    }

    pub fn release_next(&mut self, ended: &Run) -> Result<(), Refusal> {
        let mut above = ended.clone();
        // A chain of rules that are all skipped or cancelled ends here, not in one transaction each.
        while let Some(next) = above.next {
            let Some(mut run) = self.tx.run(self.shop, next)? else { return Ok(()) };
            if !matches!(run.state, RunState::Blocked { .. }) {
                return Ok(());
            }
            run.state = self.state_after(&above, &mut run)?;
            run.ready_at = self.now;
            if run.state.is_terminal() {
                run.ended = Some(self.now);
            }
            self.put_run(&run)?;
            if !run.state.is_terminal() {
                return Ok(());
            }
            above = run;
        }
        Ok(())
    }

    fn state_after(&mut self, above: &Run, run: &mut Run) -> Result<RunState, Refusal> {
        let config = self.config.clone();
        let gone = |reason: &str| RunState::Cancelled { reason: reason.to_owned() };
        let Some(rule) = pinned_rule(&config, self.tx, run)? else {
            return Ok(gone("rule-gone: the revision of the automation is gone"));
        };
        let stopped = matches!(above.state, RunState::Failed { .. } | RunState::Cancelled { .. });
        if stopped && rule.on_previous_failed == OnFailure::Stop {
            let reason = format!("previous-{}: `{}` did not succeed", above.state.name(), above.rule_name);
            return Ok(RunState::Cancelled { reason });
        }
        let Some(order) = self.tx.order(self.shop, run.order)? else {
            return Ok(gone("order-deleted: the order was deleted"));
        };
        run.inputs = above.inputs.clone();
        run.inputs.insert(above.rule.0.clone(), above.output.clone().into());
        run.inputs.insert(crate::view::PREVIOUS.to_owned(), above.output.clone().into());
        Ok(first_state(&rule, &config, &order, self.now))
    }
}

impl Engine {
    /// A failed run becomes ready again, at the step that failed.
    pub async fn retry_run(&self, shop: ShopId, id: RunId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let mut run = change.tx.run(shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
            if !matches!(run.state, RunState::Failed { .. } | RunState::Parked { .. }) {
                let message =
                    format!("run {id} is {}: only a failed or parked run can be retried", run.state.name());
                return Err(Refusal::Conflict { message });
            }
            let order = change.tx.order(shop, run.order)?;
            if order.is_none_or(|order| order.visit != run.visit) {
                let message = format!("run {id} belongs to a stage that its order has left");
                return Err(Refusal::Conflict { message });
            }
            if run.digest.is_empty() {
                let config = change.config.clone();
                let rule = pinned_rule(&config, change.tx, &run)?;
                let plugin = rule.and_then(|rule| config.plugins.get(&rule.plugin));
                run.digest = plugin.map(|plugin| plugin.digest.clone()).unwrap_or_default();
            }
            run.attempt = 0;
            run.conflicts = 0;
            run.ended = None;
            run.wake = if run.step == 0 { Wake::Started } else { Wake::Retried };
            change.make_ready(&mut run)
        })
        .await
    }

    pub async fn cancel_run(&self, shop: ShopId, id: RunId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let mut run = change.tx.run(shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
            if run.state.is_terminal() {
                let message = format!("run {id} has already ended as {}", run.state.name());
                return Err(Refusal::Conflict { message });
            }
            change.take_back_messages(id)?;
            change.end_run(
                &mut run,
                RunState::Cancelled { reason: "by-hand: somebody cancelled it".to_owned() },
            )
        })
        .await
    }
}
