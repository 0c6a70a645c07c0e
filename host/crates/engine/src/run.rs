//! The transitions of a run, and what each sets in motion.

use rulewright_domain::{EventId, Reason, Run, RunId, RunState, automation::OnFailure};
use rulewright_ports::storage::{ReadyRun, Sequence};

use crate::{
    Asked, Engine, Refusal,
    change::{Change, RunMoved},
    config::pinned_rule,
    plugin::waits_for_plugin,
    sequence::first_state,
};

pub(crate) fn place_of(run: &Run) -> ReadyRun {
    ReadyRun { shop: run.shop, order: run.order, visit: run.visit, position: run.position, run: run.id }
}

impl Change<'_> {
    /// Stores a run, and remembers to wake whoever its new state concerns.
    pub fn put_run(&mut self, run: &Run) -> Result<(), Refusal> {
        self.tx.put_run(run)?;
        self.after.runs.push(RunMoved { shop: run.shop, order: run.order, run: run.id });
        match &run.state {
            RunState::Ready => self.after.work.push(place_of(run).into()),
            state => self.after.timers |= state.wake_at().is_some(),
        }
        Ok(())
    }

    /// Its next step may begin. One that is tried again is told the time of the first try.
    pub fn make_ready(&mut self, run: &mut Run) -> Result<(), Refusal> {
        run.state = RunState::Ready;
        if run.attempt == 0 {
            self.note_time(run)?;
        }
        self.put_run(run)
    }

    /// Nothing blocks its first step any more.
    pub fn begin(&mut self, run: &mut Run, state: RunState) -> Result<(), Refusal> {
        self.note_time(run)?;
        match state.is_terminal() {
            true => self.end_run(run, state),
            false => {
                run.state = state;
                self.put_run(run)
            }
        }
    }

    fn note_time(&mut self, run: &mut Run) -> Result<(), Refusal> {
        run.ready_at = self.now;
        run.ready_after = EventId(self.tx.last(Sequence::Event)?);
        Ok(())
    }

    /// The run has reached a terminal state: stores it and lets the one that runs after it go on.
    pub fn end_run(&mut self, run: &mut Run, state: RunState) -> Result<(), Refusal> {
        self.finish(run, state)?;
        self.release_next(run)
    }

    fn finish(&mut self, run: &mut Run, state: RunState) -> Result<(), Refusal> {
        run.ended = Some(self.now);
        // A failed step can be retried, with what the step before it left.
        if !matches!(state, RunState::Failed { .. }) {
            run.saved = None;
        }
        run.state = state;
        self.put_run(run)
    }

    pub fn release_next(&mut self, ended: &Run) -> Result<(), Refusal> {
        let mut above = std::borrow::Cow::Borrowed(ended);
        // A chain of rules that are all skipped or cancelled ends here, not in one transaction each.
        while let Some(next) = above.next {
            let Some(mut run) = self.tx.run(self.shop, next)? else { return Ok(()) };
            if !matches!(run.state, RunState::Blocked { .. }) {
                return Ok(());
            }
            let state = self.state_after(&above, &mut run)?;
            self.note_time(&mut run)?;
            if !state.is_terminal() {
                run.state = state;
                return self.put_run(&run);
            }
            self.finish(&mut run, state)?;
            above = std::borrow::Cow::Owned(run);
        }
        Ok(())
    }

    /// What becomes of a run when the one above it has ended, with what that one leaves to it.
    pub fn state_after(&mut self, above: &Run, run: &mut Run) -> Result<RunState, Refusal> {
        let config = self.config.clone();
        let gone = |reason: Reason| RunState::Cancelled { reason: reason.to_string() };
        let Some(rule) = pinned_rule(&config, self.tx, run)? else {
            return Ok(gone(Reason::RuleGone));
        };
        let stopped = matches!(above.state, RunState::Failed { .. } | RunState::Cancelled { .. });
        if stopped && rule.on_previous_failed == OnFailure::Stop {
            return Ok(gone(Reason::previous(above)));
        }
        let Some(order) = self.tx.order(self.shop, run.order)? else {
            return Ok(gone(Reason::OrderDeleted));
        };
        run.inputs = above.inputs.clone();
        run.inputs.insert(above.rule.0.clone(), above.output.clone().into());
        run.inputs.insert(crate::view::PREVIOUS.to_owned(), above.output.clone().into());
        Ok(first_state(&rule, &config, &order, self.now))
    }

    fn retry(&mut self, id: RunId) -> Result<(), Refusal> {
        let mut run = self.tx.run(self.shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
        if !matches!(run.state, RunState::Failed { .. } | RunState::Parked { .. }) {
            let message =
                format!("run {id} is {}: only a failed or parked run can be retried", run.state.name());
            return Err(Refusal::Conflict { message });
        }
        let order = self.tx.order(self.shop, run.order)?;
        if order.is_none_or(|order| run.workflow.is_none() && order.visit != run.visit) {
            let message = format!("run {id} belongs to a stage that its order has left");
            return Err(Refusal::Conflict { message });
        }
        // It has left nothing behind that only the version with which it began could read, and that one may be gone.
        if run.digest.is_empty() || (run.saved.is_none() && self.tx.package(&run.digest)?.is_none()) {
            let config = self.config.clone();
            let rule = pinned_rule(&config, self.tx, &run)?;
            let plugin = rule.and_then(|rule| config.plugins.get(&rule.plugin));
            run.digest = plugin.map(|plugin| plugin.digest.clone()).unwrap_or_default();
        }
        // Somebody wants to know whether it still breaks: the first try is taken for done, and so it is not held.
        run.attempt = u32::from(waits_for_plugin(&run));
        run.conflicts = 0;
        run.ended = None;
        run.state = RunState::Ready;
        // With the cause and the time that it had: it is the same step once more.
        self.put_run(&run)?;
        self.revive_after(&run)
    }

    /// Those that were cancelled because this one failed wait for it again.
    fn revive_after(&mut self, retried: &Run) -> Result<(), Refusal> {
        let (mut above, mut next) = (retried.id, retried.next);
        while let Some(id) = next {
            let Some(mut run) = self.tx.run(self.shop, id)? else { return Ok(()) };
            let stopped =
                matches!(&run.state, RunState::Cancelled { reason } if reason.starts_with("previous-"));
            if !stopped {
                return Ok(());
            }
            run.state = RunState::Blocked { on: above };
            run.ended = None;
            self.put_run(&run)?;
            (above, next) = (id, run.next);
        }
        Ok(())
    }

    fn cancel(&mut self, id: RunId) -> Result<(), Refusal> {
        let mut run = self.tx.run(self.shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
        if run.state.is_terminal() {
            let message = format!("run {id} has already ended as {}", run.state.name());
            return Err(Refusal::Conflict { message });
        }
        self.take_back_messages(id)?;
        self.end_run(&mut run, RunState::Cancelled { reason: Reason::ByHand.to_string() })
    }
}

impl Engine {
    /// A failed run becomes ready again, at the step that failed.
    pub async fn retry_run(&self, asked: impl Into<Asked>, id: RunId) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        let retried = self.change(shop, move |change| change.once(key.as_ref(), |change| change.retry(id)));
        retried.await.map(|once| once.answer)
    }

    pub async fn cancel_run(&self, asked: impl Into<Asked>, id: RunId) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        let cancelled =
            self.change(shop, move |change| change.once(key.as_ref(), |change| change.cancel(id)));
        cancelled.await.map(|once| once.answer)
    }
}
