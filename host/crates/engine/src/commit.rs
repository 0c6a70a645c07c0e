//! A step's completion becomes one transaction: its effects, its outcome and what follows, or none of it.

use rulewright_domain::{
    Actor, ConditionTrace, Effect, Message, MessageId, MessageState, Order, OrderId, Outcome, Rejection, Run,
    RunId, RunState, SavedState, ShopId, StepTrace, Timestamp, Wake,
};
use rulewright_ports::{
    Answer, Completion, Failure,
    storage::{EventQuery, Page, ReadyRun, Sequence},
};
use serde_json::{Value, json};

use crate::{
    Engine, Receipt, Refusal, change::Change, hash::key_of, invocation::Snapshot, sequence::cause_of,
};

pub(crate) enum Committed {
    Done,
    /// The order changed meanwhile: the effects are gone, and the step runs again on a fresh snapshot.
    Conflict,
}

/// What a step reports, and what it was based on.
#[derive(Clone)]
pub(crate) struct Report {
    shop: ShopId,
    run: RunId,
    step: u32,
    attempt: u32,
    conflicts: u32,
    order: OrderId,
    order_revision: u64,
    newest_event: Option<i64>,
    plugin: String,
    storage_quota: u64,
    condition: Option<ConditionTrace>,
    completion: Completion,
}

impl Report {
    pub fn new(snapshot: &Snapshot, condition: Option<ConditionTrace>, completion: Completion) -> Report {
        Report {
            shop: snapshot.run.shop,
            run: snapshot.run.id,
            step: snapshot.run.step,
            attempt: snapshot.run.attempt,
            conflicts: snapshot.run.conflicts,
            order: snapshot.order.id,
            order_revision: snapshot.order.revision,
            newest_event: snapshot.newest_event,
            plugin: snapshot.plugin.manifest.id.clone(),
            storage_quota: snapshot.plugin.grant.storage,
            condition,
            completion,
        }
    }
}

impl Engine {
    pub(crate) async fn commit_step(&self, report: Report) -> Result<Committed, Refusal> {
        let again = report.clone();
        let committed = self.change(report.shop, move |change| change.commit(report)).await;
        match committed {
            // An effect was refused, so the transaction is gone; the refusal is what is committed instead.
            Err(Refusal::Rejected(rejection)) => {
                self.commit_refusal(again, rejection.code(), &rejection).await
            }
            Err(refusal @ (Refusal::Invalid(_) | Refusal::NotFound { .. } | Refusal::Failed(_))) => {
                self.commit_refusal(again, refusal.code(), &refusal).await
            }
            other => other,
        }
    }

    async fn commit_refusal(
        &self,
        mut report: Report,
        code: &str,
        why: &(dyn std::fmt::Display + Sync),
    ) -> Result<Committed, Refusal> {
        let message = format!("an effect of the step was refused: {why}");
        report.completion.result = Err(Failure::new(code, message, false));
        report.completion.effects.clear();
        self.change(report.shop, move |change| change.commit(report)).await
    }

    /// Ends a run whose step cannot even begin.
    pub(crate) async fn fail_run(&self, ready: ReadyRun, failure: Failure) -> Result<Committed, Refusal> {
        self.change(ready.shop, move |change| {
            if let Some(mut run) = change.tx.run(ready.shop, ready.run)?
                && run.state == RunState::Ready
            {
                change
                    .end_run(&mut run, RunState::Failed { code: failure.code, message: failure.message })?;
            }
            Ok(Committed::Done)
        })
        .await
    }
}

impl Change<'_> {
    fn commit(&mut self, report: Report) -> Result<Committed, Refusal> {
        let Some(mut run) = self.tx.run(self.shop, report.run)? else { return Ok(Committed::Done) };
        let same_step =
            (run.step, run.attempt, run.conflicts) == (report.step, report.attempt, report.conflicts);
        if run.state != RunState::Ready || !same_step {
            // Cancelled meanwhile, or a late twin of a step that is committed already.
            return Ok(Committed::Done);
        }
        let Some(order) = self.tx.order(self.shop, report.order)? else {
            self.end_run(
                &mut run,
                RunState::Cancelled { reason: "order-deleted: the order was deleted".to_owned() },
            )?;
            return Ok(Committed::Done);
        };
        if order.revision != report.order_revision {
            return self.conflict(run, &report, &order);
        }
        let mut trace = trace_of(&run, &report, self.now);
        match report.completion.result.clone() {
            Err(failure) => {
                trace.result = failure.to_string();
                run.remember(trace);
                self.failed(run, failure)?;
            }
            Ok(Answer::Outcome(Outcome::Retry { after, reason })) => {
                trace.result = format!("retry: {reason}");
                run.remember(trace);
                let failure = Failure::new("retry", reason, true);
                self.try_later(run, failure, after)?;
            }
            Ok(Answer::Outcome(outcome)) => {
                trace.effects = report.completion.effects.iter().map(|effect| json!(effect)).collect();
                self.effects(&mut run, &report)?;
                self.outcome(run, trace, outcome, &report)?;
            }
            Ok(_) => {
                let failure = Failure::new("trap", "the plugin answered something else than a step", false);
                self.failed(run, failure)?;
            }
        }
        Ok(Committed::Done)
    }

    fn conflict(&mut self, mut run: Run, report: &Report, order: &Order) -> Result<Committed, Refusal> {
        run.conflicts += 1;
        if run.conflicts <= Run::MAX_CONFLICTS {
            // Not through put_run: the step goes on at once, at its place in the lane.
            self.tx.put_run(&run)?;
            return Ok(Committed::Conflict);
        }
        let mut trace = trace_of(&run, report, self.now);
        let message = format!(
            "the order changed {} times while the step ran, last to revision {}",
            run.conflicts, order.revision
        );
        let failure = Failure::new("too-many-conflicts", message, false);
        trace.result = failure.to_string();
        run.remember(trace);
        self.failed(run, failure)?;
        Ok(Committed::Done)
    }

    fn failed(&mut self, mut run: Run, failure: Failure) -> Result<(), Refusal> {
        if failure.retryable {
            return self.try_later(run, failure, None);
        }
        self.end_run(&mut run, RunState::Failed { code: failure.code, message: failure.message })
    }

    fn try_later(&mut self, mut run: Run, failure: Failure, after: Option<u64>) -> Result<(), Refusal> {
        run.attempt += 1;
        run.conflicts = 0;
        if run.attempt >= Run::MAX_ATTEMPTS {
            let message = format!("given up after {} tries; the last said: {}", run.attempt, failure.message);
            return self.end_run(&mut run, RunState::Failed { code: failure.code, message });
        }
        let pause =
            after.and_then(|after| i64::try_from(after).ok()).unwrap_or_else(|| pause_after(run.attempt));
        run.wake = Wake::Retried;
        run.state = RunState::Scheduled { until: self.now.plus(pause.max(1)) };
        self.put_run(&run)
    }

    fn effects(&mut self, run: &mut Run, report: &Report) -> Result<(), Refusal> {
        let cause = cause_of(run);
        for (ordinal, effect) in report.completion.effects.iter().enumerate() {
            match effect.clone() {
                Effect::Command { command, label } => {
                    let receipt = self.apply(command, &cause, Some(run))?;
                    if let Some(label) = label {
                        let created = self.created(&receipt)?;
                        run.output.insert(label, created);
                    }
                }
                Effect::Message(draft) => {
                    let key = key_of(&[&run.step_seed(), "message", &ordinal.to_string()]);
                    let message = Message {
                        id: MessageId(self.tx.next(Sequence::Message)?),
                        shop: self.shop,
                        order: draft.about,
                        run: Some(run.id),
                        key,
                        draft,
                        state: MessageState::Pending,
                        attempt: 0,
                        next_at: self.now,
                        created: self.now,
                        settled: None,
                        provider: None,
                        provider_id: None,
                        error: None,
                    };
                    self.tx.put_message(&message)?;
                    self.after.messages = true;
                }
                Effect::Storage { key, value } => self.store(report, &key, value.as_deref())?,
            }
        }
        Ok(())
    }

    /// What the rules after this one can insert about something created.
    fn created(&mut self, receipt: &Receipt) -> Result<Value, Refusal> {
        let Some(id) = receipt.document else {
            return Ok(json!({ "id": receipt.entry }));
        };
        let document = self.tx.document(self.shop, id)?.ok_or_else(|| Refusal::not_found("document", id))?;
        let link = document.public_code.as_ref().map(|code| format!("/d/{code}"));
        Ok(json!({ "id": id, "title": document.title, "number": document.number, "link": link }))
    }

    fn store(&mut self, report: &Report, key: &str, value: Option<&[u8]>) -> Result<(), Refusal> {
        self.tx.store(self.shop, &report.plugin, key, value)?;
        let used = self.tx.stored_size(self.shop, &report.plugin)?;
        if value.is_some() && used > report.storage_quota {
            let message =
                format!("the plugin's storage would hold {used} bytes, {} are granted", report.storage_quota);
            return Err(Rejection::invalid("storage", message).into());
        }
        Ok(())
    }

    fn outcome(
        &mut self,
        mut run: Run,
        mut trace: StepTrace,
        outcome: Outcome,
        report: &Report,
    ) -> Result<(), Refusal> {
        run.step += 1;
        run.attempt = 0;
        run.conflicts = 0;
        match outcome {
            Outcome::Done { summary, output } => {
                trace.result = summary.map_or("done".to_owned(), |summary| format!("done: {summary}"));
                run.remember(trace);
                run.output.extend(output);
                self.end_run(&mut run, RunState::Done)
            }
            Outcome::Skipped { reason } => {
                trace.result = format!("skipped: {reason}");
                run.remember(trace);
                self.end_run(&mut run, RunState::Skipped { reason })
            }
            Outcome::WaitUntil { at, state } => {
                trace.result = format!("waits until {at}");
                run.remember(trace);
                self.wait(run, RunState::Waiting { until: Some(at), filter: None }, state)
            }
            Outcome::WaitFor { filter, until, state } => {
                trace.result = format!("waits for {}", filter.kinds.join(", "));
                run.remember(trace);
                match self.missed_event(&filter, report)? {
                    Some(event) => {
                        run.saved = Some(state);
                        run.wake = Wake::Event { event: Box::new(event) };
                        self.make_ready(&mut run)
                    }
                    None => self.wait(run, RunState::Waiting { until, filter: Some(filter) }, state),
                }
            }
            Outcome::Retry { .. } => Ok(()),
        }
    }

    fn wait(&mut self, mut run: Run, state: RunState, saved: SavedState) -> Result<(), Refusal> {
        if run.step >= Run::MAX_STEPS {
            let message = format!("the run has made {} steps, which is the limit", run.step);
            return self.end_run(&mut run, RunState::Failed { code: "limit".to_owned(), message });
        }
        run.saved = Some(saved);
        run.state = state;
        self.put_run(&run)
    }

    /// An event that came between the step's snapshot and now, and that nobody would wake the run for again.
    fn missed_event(
        &mut self,
        filter: &rulewright_domain::EventFilter,
        report: &Report,
    ) -> Result<Option<rulewright_domain::Event>, Refusal> {
        for kind in &filter.kinds {
            let query = EventQuery { order: filter.order, kind: Some(kind.clone()) };
            let page = Page { after: report.newest_event, limit: Page::MAX, newest_first: false };
            let events = self.tx.events(self.shop, &query, page)?;
            // What the step itself has just caused is no answer to it.
            let mine = |by: &Actor| matches!(by, Actor::Rule { run, .. } if *run == report.run);
            let missed =
                |event: &rulewright_domain::Event| filter.matches(&event.what) && !mine(&event.cause.by);
            if let Some(event) = events.into_iter().find(missed) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

fn trace_of(run: &Run, report: &Report, now: Timestamp) -> StepTrace {
    let wake = match &run.wake {
        Wake::Started => "started".to_owned(),
        Wake::Timer => "its time came".to_owned(),
        Wake::TimedOut => "nothing came in time".to_owned(),
        Wake::Retried => "tried again".to_owned(),
        Wake::Event { event } => format!("{} ({})", event.what.kind, event.id),
    };
    StepTrace {
        step: report.step,
        attempt: report.attempt,
        at: now,
        wake,
        order_revision: report.order_revision,
        condition: report.condition.clone(),
        result: String::new(),
        effects: Vec::new(),
        logs: report.completion.logs.clone(),
        usage: report.completion.usage.clone(),
    }
}

/// Milliseconds before the given try: 1 s, 10 s, 1 min, then every 10 min.
fn pause_after(attempt: u32) -> i64 {
    match attempt {
        0 | 1 => 1_000,
        2 => 10_000,
        3 => 60_000,
        _ => 600_000,
    }
}
