//! A step's completion becomes one transaction: its effects, its outcome and what follows, or none of it.

use std::sync::Arc;

use rulewright_domain::{
    Actor, Command, ConditionTrace, DocumentDraft, Effect, Event, EventFilter, FromTemplate, Order, Outcome,
    Prepared, Read, Reason, Rejection, Request, Run, RunState, SavedState, StepTrace, Timestamp, Unsent,
    Wake, Woken,
};
use rulewright_ports::{
    Answer, Completion, Failure,
    planted::planted,
    storage::{EventQuery, Page, ReadyRun},
};
use serde_json::{Value, json};
use tracing::Span;

use crate::{
    Engine, Receipt, Refusal,
    change::Change,
    hash::{hash_of, message_key},
    invocation::Snapshot,
    lane::Place,
    numbers::Turn,
    plugin::Fared,
    prepare::next_number,
    run::place_of,
    sequence::cause_of,
    shadow,
    step::pinned_plugin,
    trace,
};

pub(crate) enum Committed {
    Done,
    /// The order changed meanwhile: the effects are gone, and the step runs again on a fresh snapshot.
    Conflict,
}

/// What a step reports, and what it was based on.
pub(crate) struct Report {
    snapshot: Snapshot,
    condition: Option<ConditionTrace>,
    /// The rendered settings, where they differ from the rule's, without what is secret in them.
    settings: Option<String>,
    reads: Vec<Read>,
    completion: Completion,
    /// Of the number that the step was told: until the commit, nobody else is told it.
    turn: Option<Turn>,
    /// Only of a run in shadow.
    unsent: Vec<Unsent>,
    requests: Vec<Request>,
    /// Of the step; it ends when this is committed.
    span: Span,
}

impl Report {
    pub fn new(
        snapshot: Snapshot,
        condition: Option<ConditionTrace>,
        settings: Option<String>,
        reads: Vec<Read>,
        completion: Completion,
    ) -> Report {
        let (turn, unsent, requests, span) = (None, Vec::new(), Vec::new(), Span::none());
        Report { snapshot, condition, settings, reads, completion, turn, unsent, requests, span }
    }

    pub fn with_turn(self, turn: Option<Turn>) -> Report {
        Report { turn, ..self }
    }

    pub fn with_unsent(self, unsent: Vec<Unsent>) -> Report {
        Report { unsent, ..self }
    }

    pub fn with_requests(self, requests: Vec<Request>) -> Report {
        Report { requests, ..self }
    }

    pub fn within(self, span: Span) -> Report {
        trace::came_to(&span, &self.completion);
        Report { span, ..self }
    }

    pub fn span(&self) -> Span {
        self.span.clone()
    }
}

impl Engine {
    pub(crate) async fn commit_step(&self, report: Report, place: &Arc<Place>) -> Result<Committed, Refusal> {
        let report = Arc::new(report);
        let first = report.clone();
        let shop = report.snapshot.run.shop;
        let committed = self.change_from(Some(place), shop, move |change| change.commit(&first, None)).await;
        let refusal = match committed {
            // An effect was refused, so the transaction is gone; the refusal is what is committed instead.
            Err(
                refusal @ (Refusal::Rejected(_)
                | Refusal::Invalid(_)
                | Refusal::NotFound { .. }
                | Refusal::Failed(_)),
            ) => refusal,
            other => return other,
        };
        let message = format!("an effect of the step was refused: {refusal}");
        let failure = Failure::new(refusal.code(), message, false);
        let commit = move |change: &mut Change<'_>| change.commit(&report, Some(failure.clone()));
        self.change_from(Some(place), shop, commit).await
    }

    /// In one transaction and in this order. Those that saw the order before one of the others changed it are made
    /// ready again.
    pub(crate) async fn commit_together(
        &self,
        mut reports: Vec<Report>,
        place: &Arc<Place>,
    ) -> Result<(), Refusal> {
        // Kept here until all is durable.
        let _turns: Vec<Turn> = reports.iter_mut().filter_map(|report| report.turn.take()).collect();
        let Some(first) = reports.first() else { return Ok(()) };
        self.change_from(Some(place), first.snapshot.run.shop, move |change| {
            for (place, report) in reports.iter().enumerate() {
                let based = &report.snapshot;
                // By one of those before it, so it is no conflict that counts.
                let moved = place > 0
                    && change
                        .tx
                        .order(change.shop, based.order.id)?
                        .is_some_and(|order| order.revision != based.order.revision);
                if moved || matches!(change.commit(report, None)?, Committed::Conflict) {
                    change.after.work.push(place_of(&based.run).into());
                }
            }
            Ok(())
        })
        .await
    }

    /// Ends a run whose step cannot even begin.
    pub(crate) async fn fail_run(&self, ready: ReadyRun, failure: Failure) -> Result<Committed, Refusal> {
        self.change(ready.shop, move |change| {
            if let Some(mut run) = change.tx.run(ready.shop, ready.run)?
                && run.state == RunState::Ready
            {
                change.done_since(run.ready_at);
                let Failure { code, message, .. } = failure.clone();
                change.end_run(&mut run, RunState::Failed { code, message })?;
            }
            Ok(Committed::Done)
        })
        .await
    }
}

impl Change<'_> {
    /// `refused` stands for what the step reported, where that cannot be committed.
    fn commit(&mut self, report: &Report, refused: Option<Failure>) -> Result<Committed, Refusal> {
        let based = &report.snapshot;
        let Some(mut run) = self.tx.run(self.shop, based.run.id)? else { return Ok(Committed::Done) };
        let same_step = same_step(&run, &based.run);
        if run.state != RunState::Ready || !same_step {
            // Cancelled meanwhile, a late twin of a step that is committed already, or made ready by a transaction that
            // was lost, and then by another one.
            return Ok(Committed::Done);
        }
        self.done_since(run.ready_at);
        // Revoked while the step ran: nothing of it comes to be.
        if let Some(reason) = self.config.revoked.get(&run.digest) {
            let reason = Reason::Revoked { why: reason.clone() }.to_string();
            let mut trace = trace_of(report, self.now);
            trace.result.clone_from(&reason);
            run.remember(trace);
            self.stop_run(&mut run, &reason)?;
            return Ok(Committed::Done);
        }
        let Some(order) = self.tx.order(self.shop, based.order.id)? else {
            self.end_run(&mut run, RunState::Cancelled { reason: Reason::OrderDeleted.to_string() })?;
            return Ok(Committed::Done);
        };
        // Not by its revision alone: one that was made by a transaction that was lost has been made again.
        let same = Arc::ptr_eq(&order, &based.order) || order == based.order;
        if !same && !planted("stale-view-commits") {
            return self.conflict(run, report, &order);
        }
        if self.moved(report)? {
            // Not counted: whoever was quicker has got on, so this cannot go on for ever.
            return Ok(Committed::Conflict);
        }
        let mut trace = trace_of(report, self.now);
        let result = match refused {
            Some(failure) => Err(failure),
            None => report.completion.result.clone(),
        };
        // Where its condition was not met, it was not run.
        if report.condition.as_ref().is_none_or(|condition| condition.met) {
            self.after.fared.push(Fared::of(&run, &based.rule.plugin, &result));
        }
        if let Some(reason) = shadow::unknown(&result, &report.unsent) {
            trace.result = said(&result);
            run.remember(trace);
            self.end_run(&mut run, RunState::Skipped { reason })?;
            return Ok(Committed::Done);
        }
        match result {
            Err(failure) => {
                if planted("effects-without-state") && !run.shadow {
                    let _ = self.effects(&mut run, report);
                }
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
                trace.effects = report.completion.effects.iter().map(shown).collect();
                if !run.shadow {
                    self.effects(&mut run, report)?;
                }
                self.outcome(run, trace, outcome)?;
            }
            Ok(_) => {
                let failure = Failure::new("trap", "the plugin answered something else than a step", false);
                self.failed(run, failure)?;
            }
        }
        Ok(Committed::Done)
    }

    /// Whether anything apart from its order is no longer as the step saw it.
    fn moved(&mut self, report: &Report) -> Result<bool, Refusal> {
        let based = &report.snapshot;
        let plugin = &based.plugin;
        if self.config.version != based.config.version {
            let config = self.config.clone();
            let now = pinned_plugin(&config, self.tx, &plugin.manifest.id, &based.run)?;
            if now.map(|now| now.grant.clone()).as_ref() != Some(&plugin.grant) {
                return Ok(true);
            }
        }
        for read in &report.reads {
            let moved = match read {
                Read::Order { id, found } => {
                    let now = self.tx.order(self.shop, *id)?.map(|order| order.revision);
                    now != found.as_ref().map(|order| order.revision)
                }
                Read::Stored { key, found } => self.tx.stored(self.shop, &plugin.manifest.id, key)? != *found,
                // Looked up to find a way to somebody, not to count on.
                Read::OrdersOfClient { .. }
                | Read::Client { .. }
                | Read::Employees { .. }
                | Read::HasSecret { .. } => false,
                Read::Item { list, id, found } => self.tx.item(self.shop, list, *id)? != *found,
                Read::Items { list, fields, limit, found } => {
                    self.tx.find_items(self.shop, list, fields, *limit)? != *found
                }
                // In shadow nothing is made with the number, so it may be somebody else's by now.
                Read::Template { .. } if based.run.shadow => false,
                Read::Template { from, found: Ok(prepared) } => {
                    self.prepared_moved(from, prepared, based.run.ready_at)?
                }
                // It has told the plugin what is missing.
                Read::Template { found: Err(_), .. } => false,
            };
            if moved {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether somebody else has taken the number, or what it was filled from is another one.
    fn prepared_moved(
        &mut self,
        from: &FromTemplate,
        prepared: &Prepared,
        at: Timestamp,
    ) -> Result<bool, Refusal> {
        let config = self.config.clone();
        let revision = self.tx.order(self.shop, from.order)?.map(|order| order.revision);
        let same = config.templates.get(&from.template) == Some(&prepared.template)
            && revision == Some(prepared.revision);
        let Some(numerator) = config.numerators.get(&prepared.numerator).filter(|_| same) else {
            return Ok(true);
        };
        // The host fills it, and numbers it then.
        if prepared.number.is_empty() {
            return Ok(false);
        }
        let (_, next) = next_number(self.tx, self.shop, &config.shop.time_zone, numerator, at)?;
        Ok(next != prepared.number)
    }

    fn conflict(&mut self, mut run: Run, report: &Report, order: &Order) -> Result<Committed, Refusal> {
        run.conflicts += 1;
        if run.conflicts <= Run::MAX_CONFLICTS {
            // Not through put_run: the step goes on at once, at its place in the lane.
            self.tx.put_run(&run)?;
            return Ok(Committed::Conflict);
        }
        let mut trace = trace_of(report, self.now);
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
        run.state = RunState::Scheduled { until: self.now.plus(pause.max(1)) };
        self.put_run(&run)
    }

    fn effects(&mut self, run: &mut Run, report: &Report) -> Result<(), Refusal> {
        let cause = cause_of(run);
        let all = &report.completion.effects;
        let count = all.len().saturating_sub(usize::from(planted("half-of-effects")));
        for (ordinal, effect) in all.iter().take(count).enumerate() {
            match effect.clone() {
                Effect::Command { command, label } => {
                    let receipt = self.apply(command, &cause, Some(run))?;
                    if let Some(label) = label {
                        let created = self.created(&receipt)?;
                        run.output.insert(label, created);
                    }
                }
                Effect::Message(draft) => {
                    let key = message_key(run, run.step, ordinal);
                    self.queue(draft, key, Some(run.id))?;
                }
                Effect::Storage { key, value } => self.store(report, &key, value.as_deref())?,
            }
        }
        Ok(())
    }

    /// What the rules after this one can insert about something created.
    fn created(&mut self, receipt: &Receipt) -> Result<Value, Refusal> {
        if let Some(mailed) = &receipt.mailed {
            return Ok(json!(mailed));
        }
        let Some(id) = receipt.document else {
            let entry = receipt.entry.map(|id| id.to_string());
            let item = receipt.item.map(|id| id.to_string());
            let started = receipt.events.first().map(ToString::to_string);
            return Ok(json!({ "id": entry.or(item).or(started) }));
        };
        let document = self.tx.document(self.shop, id)?.ok_or_else(|| Refusal::not_found("document", id))?;
        let link = document.public_code.as_ref().map(|code| format!("/d/{code}"));
        let pdf = link.as_ref().filter(|_| document.media_type == "application/pdf");
        Ok(json!({
            "id": id, "title": document.title, "number": document.number, "link": link, "pdf": pdf,
        }))
    }

    fn store(&mut self, report: &Report, key: &str, value: Option<&[u8]>) -> Result<(), Refusal> {
        let plugin = &report.snapshot.plugin;
        self.tx.store(self.shop, &plugin.manifest.id, key, value)?;
        let used = self.tx.stored_size(self.shop, &plugin.manifest.id)?;
        if value.is_some() && used > plugin.grant.storage {
            let message =
                format!("the plugin's storage would hold {used} bytes, {} are granted", plugin.grant.storage);
            return Err(Rejection::invalid("storage", message).into());
        }
        Ok(())
    }

    fn outcome(&mut self, mut run: Run, mut trace: StepTrace, outcome: Outcome) -> Result<(), Refusal> {
        run.step += 1;
        run.attempt = 0;
        run.conflicts = 0;
        trace.result = outcome.to_string();
        match outcome {
            Outcome::Done { output, .. } => {
                run.remember(trace);
                run.output.extend(output);
                if planted("timer-twice") && run.step == 2 && run.wake == Wake::Timer {
                    return self.put_run(&Run {
                        state: RunState::Waiting { until: Some(self.now), filter: None },
                        ..run
                    });
                }
                self.end_run(&mut run, RunState::Done)
            }
            Outcome::Skipped { reason } => {
                run.remember(trace);
                self.end_run(&mut run, RunState::Skipped { reason })
            }
            Outcome::WaitUntil { at, state } => {
                run.remember(trace);
                self.wait(run, RunState::Waiting { until: Some(at), filter: None }, state)
            }
            Outcome::WaitFor { filter, until, state } => {
                run.remember(trace);
                let waits = match self.missed_event(&filter, &run)? {
                    Some(event) => {
                        run.wake = Wake::Event { event: Arc::new(event) };
                        RunState::Ready
                    }
                    None => RunState::Waiting { until, filter: Some(filter) },
                };
                self.wait(run, waits, state)
            }
            Outcome::Retry { .. } => Ok(()),
        }
    }

    /// Ready: what it waits for has come already.
    fn wait(&mut self, mut run: Run, state: RunState, saved: SavedState) -> Result<(), Refusal> {
        if run.step >= Run::MAX_STEPS {
            let message = format!("the run has made {} steps, which is the limit", run.step);
            return self.end_run(&mut run, RunState::Failed { code: "limit".to_owned(), message });
        }
        let order = self.tx.order(self.shop, run.order)?;
        if order.is_none_or(|order| run.workflow.is_none() && order.visit != run.visit) {
            let reason = Reason::StageLeftByItself.to_string();
            return self.end_run(&mut run, RunState::Cancelled { reason });
        }
        run.saved = Some(saved);
        if state == RunState::Ready {
            return self.make_ready(&mut run);
        }
        run.state = state;
        self.put_run(&run)
    }

    /// An event that came since the step became ready, and that nobody would wake the run for again.
    fn missed_event(&mut self, filter: &EventFilter, run: &Run) -> Result<Option<Event>, Refusal> {
        // What the step itself has just caused is no answer to it.
        let mine = |by: &Actor| matches!(by, Actor::Rule { run: by, .. } if *by == run.id);
        let missed = |event: &Event| filter.matches(&event.what) && !mine(&event.cause.by);
        let mut first: Option<Event> = None;
        for kind in &filter.kinds {
            let query = EventQuery { order: filter.order, kind: Some(kind.clone()) };
            let mut after = run.ready_after.0;
            loop {
                let page = Page { after: Some(after), limit: Page::MAX, newest_first: false };
                let events = self.tx.events(self.shop, &query, page)?;
                let Some(last) = events.last() else { break };
                after = last.id.0;
                if let Some(event) = events.into_iter().find(missed) {
                    let sooner = first.as_ref().is_none_or(|first| event.id < first.id);
                    first = if sooner { Some(event) } else { first };
                    break;
                }
            }
        }
        Ok(first)
    }
}

fn same_step(now: &Run, then: &Run) -> bool {
    let step = |run: &Run| (run.step, run.attempt, run.conflicts, run.ready_at, run.ready_after);
    step(now) == step(then) && (&now.digest, &now.wake) == (&then.digest, &then.wake)
}

/// Bytes of a value that a trace shows; documents and stored values can be large, and their places are elsewhere.
const SHOWN: usize = 1_024;

pub(crate) fn shown(effect: &Effect) -> Value {
    let large = |bytes: &[u8]| json!({ "bytes": bytes.len(), "sha256": hash_of(bytes) });
    match effect {
        Effect::Storage { key, value: Some(value) } if value.len() > SHOWN => {
            json!({ "storage": { "key": key, "value": large(value) } })
        }
        Effect::Command {
            command: Command::CreateDocument(DocumentDraft::Made { order, title, media_type, content }),
            label,
        } if content.len() > SHOWN => json!({ "command": { "label": label, "command": {
            "type": "create-document", "order": order, "title": title, "media_type": media_type,
            "content": large(content),
        } } }),
        Effect::Command {
            command: Command::CreateDocument(DocumentDraft::Filled { from, number, media_type, content }),
            label,
        } if content.len() > SHOWN => json!({ "command": { "label": label, "command": {
            "type": "create-document", "from": from, "number": number, "media_type": media_type,
            "content": large(content),
        } } }),
        effect => json!(effect),
    }
}

fn trace_of(report: &Report, now: Timestamp) -> StepTrace {
    let based = &report.snapshot;
    StepTrace {
        step: based.run.step,
        attempt: based.run.attempt,
        at: now,
        now: based.run.ready_at,
        wake: Woken::from(&based.run.wake),
        order_revision: based.order.revision,
        settings: report.settings.clone(),
        reads: report.reads.clone(),
        condition: report.condition.clone(),
        result: String::new(),
        backtrace: report
            .completion
            .result
            .as_ref()
            .err()
            .map_or_else(Vec::new, |failure| failure.backtrace.clone()),
        effects: Vec::new(),
        unsent: report.unsent.clone(),
        requests: Some(report.requests.clone()),
        logs: report.completion.logs.clone(),
        usage: report.completion.usage.clone(),
    }
}

/// The result of a step in one line.
fn said(result: &Result<Answer, Failure>) -> String {
    match result {
        Ok(Answer::Outcome(outcome)) => outcome.to_string(),
        Ok(_) => String::new(),
        Err(failure) => failure.to_string(),
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
