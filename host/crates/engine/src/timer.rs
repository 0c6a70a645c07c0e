//! Durable timers: a waiting run is a row with a time, and this looks at the earliest.

use rulewright_domain::{Flow, Run, RunState, Timestamp, Wake};
use rulewright_ports::{Reads, StorageExt, fault, planted::planted};

use crate::{
    Engine, Refusal, SimulatedClock,
    alarm::earliest,
    change::{Aftermath, Change},
    config::pinned_rule,
    lane::Work,
    sequence::start_state,
    trace::Origin,
};

/// Runs woken in one transaction; more wait for the next, so that other writers get their turn.
const BATCH: u32 = 256;

/// In milliseconds: later than anybody waits for.
const CENTURY: i64 = 100 * 365 * 86_400_000;

impl Engine {
    pub(crate) async fn timer_loop(&self) {
        let mut failures = 0;
        while !self.inner.stop.is_cancelled() {
            match self.next_timer().await {
                Ok(()) => failures = 0,
                Err(error) => {
                    tracing::error!(%error, "timers cannot be fired");
                    failures += 1;
                    self.pause(failures).await;
                }
            }
        }
    }

    /// Waits for the earliest time, or for an earlier one to be set, or the end.
    async fn next_timer(&self) -> Result<(), Refusal> {
        let changed = self.inner.timer_changed.notified();
        let thinner = self.inner.backlog.thinner.notified();
        let next = self.next_wake()?;
        let sleep = async {
            match next {
                Some(at) => self.clock().sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // In this order: what is due goes off, whatever else has changed.
            biased;
            () = self.inner.stop.cancelled() => Ok(()),
            () = sleep => {
                // Until all that it sets in motion is known, nobody may think that nothing is under way.
                self.inner.busy.begin();
                let fired = self.fire_due().await;
                self.inner.busy.end();
                fired
            }
            () = changed => Ok(()),
            () = thinner => Ok(()),
        }
    }

    fn next_wake(&self) -> Result<Option<Timestamp>, Refusal> {
        let crowded = self.inner.backlog.crowded();
        let runs = self.storage().glance(move |reads| Ok::<_, Refusal>(reads.next_wake(&crowded)?))?;
        Ok(earliest([runs, self.next_alarm()?]))
    }

    /// Makes every run ready whose time has come, and rings the alarms. An error of the ones keeps nobody from the
    /// others. Looks first: a transaction that finds nothing to do would still be one.
    async fn fire_due(&self) -> Result<(), Refusal> {
        let now = self.clock().now();
        let crowded = self.inner.backlog.crowded();
        let (run, alarm) = self
            .storage()
            .glance(move |reads| Ok::<_, Refusal>((reads.next_wake(&crowded)?, reads.next_alarm()?)))?;
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        fault::point("timer.before");
        let runs = if due(run) { self.fire_runs().await } else { Ok(()) };
        let alarms = if due(alarm) { self.ring_due().await } else { Ok(()) };
        fault::point("timer.after");
        runs.and(alarms)
    }

    /// Those of a shop that has many ready already wait for these to begin.
    async fn fire_runs(&self) -> Result<(), Refusal> {
        let most = self.inner.backlog.at_once(BATCH);
        loop {
            let woken = self
                .change_shops(move |engine, tx, now| {
                    let due = tx.due_runs(due_by(now), &engine.inner.backlog.crowded(), most)?;
                    let mut after = Aftermath::default();
                    for (shop, id) in &due {
                        let config = engine.inner.configs.of(tx, *shop)?;
                        let shop = *shop;
                        let mut change =
                            Change { engine, tx, config, shop, now, after: Aftermath::default() };
                        change.fire(*id)?;
                        after.join(change.after);
                    }
                    Ok((due.len(), after))
                })
                .await;
            match woken {
                Ok(woken) if woken < most as usize => return Ok(()),
                Ok(_) => {}
                Err(error) => return self.fire_one_by_one().await.and(Err(error)),
            }
        }
    }

    /// One run that cannot be read holds up no other.
    async fn fire_one_by_one(&self) -> Result<(), Refusal> {
        let now = self.clock().now();
        let crowded = self.inner.backlog.crowded();
        let read = move |reads: &mut dyn Reads| Ok::<_, Refusal>(reads.due_runs(now, &crowded, BATCH)?);
        let due = self.storage().read(read).await?;
        for (shop, id) in due {
            if let Err(error) = self.change(shop, move |change| change.fire(id)).await {
                tracing::error!(run = %id, %error, "its timer cannot be fired");
            }
        }
        Ok(())
    }

    /// Lets simulated time pass up to `at`: each timer fires at its own instant, and everything that it starts
    /// comes to rest before the next one.
    pub async fn run_until(&self, clock: &SimulatedClock, at: Timestamp) -> Result<(), Refusal> {
        loop {
            self.idle().await;
            let (timer, message) = self.due()?;
            let Some(next) = earliest([timer, message]).filter(|next| *next <= at) else { break };
            clock.advance_to(next);
            self.fire_due().await?;
            if message.is_some_and(|message| message <= next) {
                self.kick_relay();
            }
        }
        clock.advance_to(at);
        Ok(())
    }

    /// When something is to be done by itself next, as far as is known now.
    pub fn next_due(&self) -> Result<Option<Timestamp>, Refusal> {
        let (timer, message) = self.due()?;
        Ok(earliest([timer, message]))
    }

    /// The earliest timer, and the earliest message that is to leave.
    fn due(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Refusal> {
        self.storage().glance(|reads| {
            let timer = earliest([reads.next_wake(&[])?, reads.next_alarm()?]);
            let message = match reads.halt(Flow::Outbox)? {
                None => earliest([reads.next_message(&[])?, reads.next_webhook(&[], &[])?]),
                Some(_) => None,
            };
            Ok((timer, message))
        })
    }

    /// What was ready when the engine stopped.
    pub(crate) async fn resume_work(&self) -> Result<(), Refusal> {
        let (runs, matches) = self
            .storage()
            .read(|reads| Ok::<_, Refusal>((reads.ready_runs()?, reads.pending_matches()?)))
            .await?;
        let runs = if planted("runs-forgotten-at-start") { Vec::new() } else { runs };
        if planted("timers-forgotten-at-start") {
            self.change_shops(|_, tx, _| {
                for (shop, id) in tx.due_runs(Timestamp(i64::MAX), &[], u32::MAX)? {
                    let Some(mut run) = tx.run(shop, id)? else { continue };
                    if let RunState::Scheduled { until } | RunState::Waiting { until: Some(until), .. } =
                        &mut run.state
                    {
                        *until = until.plus(CENTURY);
                        tx.put_run(&run)?;
                    }
                }
                Ok(((), Aftermath::default()))
            })
            .await?;
        }
        let ask = |(shop, order, id)| Work::Match { shop, order, id, question: None };
        let matches = matches.into_iter().map(ask);
        self.enqueue(matches.chain(runs.into_iter().map(Work::from)).collect(), &Origin::default());
        Ok(())
    }
}

/// Until when something is due at this moment.
fn due_by(now: Timestamp) -> Timestamp {
    if planted("timer-early") { now.plus(3_600_000) } else { now }
}

impl Change<'_> {
    fn fire(&mut self, id: rulewright_domain::RunId) -> Result<(), Refusal> {
        let Some(mut run) = self.tx.run(self.shop, id)? else { return Ok(()) };
        let due = run.state.wake_at().is_some_and(|at| at <= due_by(self.now));
        if !due {
            return Ok(());
        }
        if run.step == 0 && run.attempt == 0 && matches!(run.state, RunState::Scheduled { .. }) {
            return self.start(run);
        }
        match &run.state {
            RunState::Waiting { filter: Some(_), .. } => run.wake = Wake::TimedOut,
            RunState::Waiting { filter: None, .. } => run.wake = Wake::Timer,
            // A retry knows already why it runs.
            _ => {}
        }
        self.make_ready(&mut run)
    }

    /// The time of a run that was delayed has come.
    fn start(&mut self, mut run: Run) -> Result<(), Refusal> {
        let config = self.config.clone();
        let rule = pinned_rule(&config, self.tx, &run)?;
        let (Some(rule), Some(order)) = (rule, self.tx.order(self.shop, run.order)?) else {
            // Its step says what is missing.
            return self.make_ready(&mut run);
        };
        let state = start_state(&rule, &config, &order);
        self.begin(&mut run, state)
    }
}
