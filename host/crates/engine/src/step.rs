//! One step of a run: read a snapshot, run the plugin with no transaction open, commit what it asks for.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::StreamExt;
use rulewright_domain::{ActivePlugin, Run, RunState, ShopConfig, Timestamp, plugin::PluginId};
use rulewright_ports::{
    Failure, Reads, StorageExt,
    storage::{Page, ReadyRun, RunQuery},
};
use tracing::{Instrument, Span};

use crate::{
    Engine, Refusal, application_rule,
    attempt::failed,
    commit::{Committed, Report},
    config::pinned_rule,
    invocation::{Snapshot, looks},
    lane::Place,
    plugin::is_held,
    trace::Origin,
};

const UNSTORABLE: &str = "the step could not be stored; the host's log says why";

/// What reading before a step may find.
pub(crate) enum Found {
    Step(Box<Snapshot>),
    /// The run can never go on; it ends with this failure.
    Broken(Failure),
    /// Its plugin is paused.
    Held(PluginId),
    /// Already done, cancelled, or not ready: nothing to do.
    Nothing,
}

/// A step that can be done, its snapshot where the commit that made it ready has taken one, and that commit.
pub(crate) struct Due {
    pub ready: ReadyRun,
    pub known: Option<Box<Snapshot>>,
    pub origin: Origin,
}

/// Tries of one step that the storage refuses, before its run is given up; each waits longer than the one before.
const TRIES: u32 = 6;

/// Steps of one order that share a commit at most.
pub(crate) const TOGETHER: usize = 16;

/// What is done does not wait longer for a step after it that takes its time.
const PATIENCE: Duration = Duration::from_millis(5);

impl Engine {
    /// One step, or several that stay inside: these are done one after the other and committed together, in their
    /// order.
    pub(crate) async fn do_steps(&self, steps: Vec<Due>, place: &Arc<Place>) {
        if steps.len() > 1 && steps.iter().all(|due| due.known.is_some()) {
            return self.do_together(steps, place).await;
        }
        self.do_each(steps, place, true).await;
    }

    /// `ends`: nothing comes after them here.
    async fn do_each(&self, steps: Vec<Due>, place: &Arc<Place>, ends: bool) {
        let mut left = steps.len();
        for due in steps {
            left -= 1;
            place.ends(ends && left == 0);
            self.do_step(due, place).await;
        }
    }

    async fn do_together(&self, steps: Vec<Due>, place: &Arc<Place>) {
        let (mut attempts, mut asked) = (Vec::new(), Vec::new());
        for Due { ready, known, origin } in steps {
            // Each has one: `do_steps` has looked.
            let Some(snapshot) = known else { continue };
            let (attempt, call) = self.attempt(snapshot, place);
            let unasked = call.map(|call| asked.push(call)).err();
            attempts.push((Due { ready, known: None, origin }, attempt, unasked));
        }
        let mut completions = self.run_each(asked);
        let mut done = Vec::new();
        for (due, attempt, unasked) in attempts {
            let span = due.origin.begins(attempt.span());
            let completion = async {
                match unasked {
                    Some(completion) => *completion,
                    None => completions.next().await.unwrap_or_else(|| failed(unheard())),
                }
            };
            let mut completion = pin!(completion.instrument(span.clone()));
            let completion = tokio::select! {
                biased;
                completion = &mut completion => completion,
                () = tokio::time::sleep(PATIENCE), if !done.is_empty() => {
                    // Both go on: a step that nobody looks at would keep its turn, and get no answers.
                    let commit = self.commit_done(std::mem::take(&mut done), place, false);
                    tokio::join!(completion, commit).0
                }
            };
            done.push((due, attempt.report(completion).within(span)));
        }
        self.commit_done(done, place, true).await;
    }

    /// Where they cannot be committed together, each is done again for itself, so that one harms no other.
    async fn commit_done(&self, done: Vec<(Due, Report)>, place: &Arc<Place>, ends: bool) {
        place.ends(ends);
        let (steps, reports): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        let span = reports.first().map_or_else(Span::none, Report::span);
        if let Err(error) = self.commit_together(reports, place).instrument(span).await {
            tracing::debug!(%error, "steps could not be committed together");
            self.do_each(steps, place, ends).await;
        }
    }

    async fn do_step(&self, due: Due, place: &Arc<Place>) {
        let Due { ready, mut known, origin } = due;
        let (mut tries, mut failures) = (0, 0);
        loop {
            if place.is_handed_over() {
                return self.enqueue(vec![ready.into()], &origin);
            }
            let done = match tries {
                0..TRIES => {
                    self.try_step(Due { ready, known: known.take(), origin: origin.clone() }, place).await
                }
                // It is this run that cannot be committed, or nothing can: then this waits on.
                _ => self.fail_run(ready, Failure::new("storage", UNSTORABLE, false)).await,
            };
            match done {
                Ok(Committed::Conflict) => {}
                Ok(Committed::Done) => return,
                Err(error) => {
                    tracing::error!(run = %ready.run, %error, "a step could not be committed");
                    failures += 1;
                    // A disk without room says nothing about this run.
                    tries += u32::from(!error.passes());
                    if !self.pause(failures).await {
                        // The run stays ready in storage, and is found there when the engine starts again.
                        return;
                    }
                }
            }
        }
    }

    /// Waits longer each time; false where the engine stops.
    pub(crate) async fn pause(&self, tries: u32) -> bool {
        let pause = Duration::from_millis(100 << tries.min(9));
        tokio::select! {
            biased;
            () = self.inner.stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    async fn try_step(&self, due: Due, place: &Arc<Place>) -> Result<Committed, Refusal> {
        let Due { ready, known, origin } = due;
        let engine = self.clone();
        let found = match known {
            Some(snapshot) => Found::Step(snapshot),
            None => {
                place.settled().await;
                self.storage().glance(move |reads| engine.read_step(reads, ready))?
            }
        };
        match found {
            Found::Nothing => Ok(Committed::Done),
            Found::Broken(failure) => self.fail_run(ready, failure).await,
            Found::Held(plugin) => self.hold_run(ready, plugin).await,
            Found::Step(snapshot) => {
                let report = self.report(snapshot, origin, place).await;
                let span = report.span();
                self.commit_step(report, place).instrument(span).await
            }
        }
    }

    async fn report(&self, snapshot: Box<Snapshot>, origin: Origin, place: &Arc<Place>) -> Report {
        let (attempt, call) = self.attempt(snapshot, place);
        let span = origin.begins(attempt.span());
        let completion = match call {
            Ok((admitted, world)) => self.run(admitted, world).instrument(span.clone()).await,
            Err(completion) => *completion,
        };
        attempt.report(completion).within(span)
    }

    pub(crate) fn read_step(&self, reads: &mut dyn Reads, ready: ReadyRun) -> Result<Found, Refusal> {
        let Some(run) = reads.run(ready.shop, ready.run)? else { return Ok(Found::Nothing) };
        if run.state != RunState::Ready {
            return Ok(Found::Nothing);
        }
        let broken = |code: &str, message: String| Ok(Found::Broken(Failure::new(code, message, false)));
        let config = self.inner.configs.of(reads, ready.shop)?;
        let Some(rule) = pinned_rule(&config, reads, &run)? else {
            return broken("rule-gone", format!("revision {} of the automation is gone", run.revision));
        };
        let Some(plugin) = pinned_plugin(&config, reads, &rule.plugin, &run)? else {
            let plugin = &rule.plugin;
            if config.plugins.contains_key(plugin) {
                let message = format!("the version of `{plugin}` that the run began with is no longer kept");
                return broken("version-gone", message);
            }
            return broken(
                "no-such-plugin",
                format!("plugin `{plugin}` is no longer installed; install it and retry the run"),
            );
        };
        if is_held(reads, &run, &rule.plugin)? {
            return Ok(Found::Held(rule.plugin));
        }
        let Some(order) = reads.order(ready.shop, run.order)? else {
            return broken("order-deleted", format!("order {} was deleted", run.order));
        };
        if run.step == 0
            && let Some(dead) =
                application_rule::dead(&config, order.kind, &plugin.manifest.settings, &rule.settings)
        {
            return Ok(Found::Broken(dead));
        }
        let Some(started_by) = reads.event(ready.shop, run.event)? else {
            return broken("event-gone", format!("event {} is gone from the log", run.event));
        };
        let mut clients = Vec::new();
        for id in order.clients() {
            clients.extend(reads.client(ready.shop, id)?);
        }
        let last_run = match looks(&rule).at_last_run() {
            true => last_run(reads, &run)?,
            false => None,
        };
        let snapshot = Snapshot { config, run, rule, plugin, order, clients, started_by, last_run };
        Ok(Found::Step(Box::new(snapshot)))
    }
}

/// When an earlier run of the same rule for the same order was done. What was only recorded was not done; to a run in
/// shadow it was.
pub(crate) fn last_run(reads: &mut dyn Reads, run: &Run) -> Result<Option<Timestamp>, Refusal> {
    let query = RunQuery { order: Some(run.order), rule: Some(run.rule.0.clone()), ..RunQuery::default() };
    let page = Page { after: Some(run.id.0), limit: Page::MAX, newest_first: true };
    let earlier = reads.runs(run.shop, &query, page)?;
    let done = |earlier: &&Run| {
        let counts = run.shadow || !earlier.shadow;
        counts && earlier.state == RunState::Done && earlier.pipeline == run.pipeline
    };
    Ok(earlier.iter().find(done).and_then(|earlier| earlier.ended))
}

/// The bytes that the run began with, under the grant that goes with them. What the shop takes back is gone from it at
/// once: see [`Engine::put_grant`].
pub(crate) fn pinned_plugin(
    config: &ShopConfig,
    reads: &mut dyn Reads,
    id: &str,
    run: &Run,
) -> Result<Option<Arc<ActivePlugin>>, Refusal> {
    let Some(active) = config.plugins.get(id) else { return Ok(None) };
    if active.digest == run.digest {
        return Ok(Some(active.clone()));
    }
    let Some(package) = reads.package(&run.digest)? else { return Ok(None) };
    let agreed = reads.replaced_plugins(run.shop, &package.manifest.id)?.into_iter();
    let agreed = agreed.map(|one| one.installation).find(|one| one.digest == run.digest);
    let grant = agreed.map_or_else(|| active.grant.clone(), |agreed| agreed.grant);
    Ok(Some(Arc::new(ActivePlugin { digest: package.digest, manifest: package.manifest, grant })))
}

/// Of an executor that has told of fewer steps than it was given.
fn unheard() -> Failure {
    Failure::new("unavailable", "nobody said what came of the step", true)
}
