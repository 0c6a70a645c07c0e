//! One step of a run: read a snapshot, run the plugin with no transaction open, commit what it asks for.

use std::sync::Arc;

use rulewright_domain::{ActivePlugin, ConditionTrace, LogLine, Outcome, Run, RunState, ShopConfig};
use rulewright_ports::{Answer, Completion, Failure, Reads, StorageExt, storage::ReadyRun};

use crate::{
    Engine, Refusal,
    commit::{Committed, Report},
    config::pinned_rule,
    invocation::Snapshot,
    lane::Place,
    world::StepWorld,
};

/// What reading before a step may find.
enum Found {
    Step(Box<Snapshot>),
    /// The run can never go on; it ends with this failure.
    Broken(Failure),
    /// Already done, cancelled, or not ready: nothing to do.
    Nothing,
}

impl Engine {
    pub(crate) async fn do_step(&self, ready: ReadyRun, place: Arc<Place>) {
        loop {
            match self.try_step(ready, &place).await {
                Ok(Committed::Conflict) => continue,
                Ok(Committed::Done) => return,
                Err(error) => {
                    // The run stays ready in storage, and is found there when the engine starts again.
                    tracing::error!(run = %ready.run, %error, "a step could not be committed");
                    return;
                }
            }
        }
    }

    async fn try_step(&self, ready: ReadyRun, place: &Arc<Place>) -> Result<Committed, Refusal> {
        let engine = self.clone();
        let found = self.inner.deps.storage.read(move |reads| engine.read_step(reads, ready)).await?;
        let snapshot = match found {
            Found::Nothing => return Ok(Committed::Done),
            Found::Broken(failure) => return self.fail_run(ready, failure).await,
            Found::Step(snapshot) => snapshot,
        };
        let condition = snapshot.condition();
        let completion = match &condition {
            Some(trace) if !trace.met => skipped_by_condition(trace),
            _ => self.run_plugin(&snapshot, place).await,
        };
        self.commit_step(Report::new(&snapshot, condition, completion)).await
    }

    async fn run_plugin(&self, snapshot: &Snapshot, place: &Arc<Place>) -> Completion {
        let (invocation, missing) = match snapshot.invocation(snapshot.run.ready_at) {
            Ok(packed) => packed,
            Err(failure) => return failed(failure),
        };
        let world = Arc::new(StepWorld::new(self.clone(), snapshot, place.clone()));
        let mut completion = self.inner.deps.executor.run(invocation, world).await;
        if !missing.is_empty() {
            let message = format!("nothing to insert for {}", missing.join(", "));
            let line = LogLine { level: "warn".to_owned(), message, fields: Default::default() };
            completion.logs.insert(0, line);
        }
        completion
    }

    fn read_step(&self, reads: &mut dyn Reads, ready: ReadyRun) -> Result<Found, Refusal> {
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
            return broken(
                "no-such-plugin",
                format!("plugin `{}` is no longer installed; install it and retry the run", rule.plugin),
            );
        };
        let Some(order) = reads.order(ready.shop, run.order)? else {
            return broken("order-deleted", format!("order {} was deleted", run.order));
        };
        let Some(started_by) = reads.event(ready.shop, run.event)? else {
            return broken("event-gone", format!("event {} is gone from the log", run.event));
        };
        let mut clients = Vec::new();
        for id in order.clients() {
            clients.extend(reads.client(ready.shop, id)?);
        }
        let newest_event = newest_event(reads, &run)?;
        let snapshot = Snapshot { config, run, rule, plugin, order, clients, started_by, newest_event };
        Ok(Found::Step(Box::new(snapshot)))
    }
}

/// The bytes that the run began with, under the grant of today: what the shop takes back is gone at once.
fn pinned_plugin(
    config: &ShopConfig,
    reads: &mut dyn Reads,
    id: &str,
    run: &Run,
) -> Result<Option<ActivePlugin>, Refusal> {
    let Some(active) = config.plugins.get(id) else { return Ok(None) };
    if active.digest == run.digest {
        return Ok(Some(active.clone()));
    }
    let package = reads.package(&run.digest)?;
    Ok(package.map(|package| ActivePlugin {
        digest: package.digest,
        manifest: package.manifest,
        grant: active.grant.clone(),
    }))
}

fn newest_event(reads: &mut dyn Reads, run: &Run) -> Result<Option<i64>, Refusal> {
    let page = rulewright_ports::storage::Page { after: None, limit: 1, newest_first: true };
    let newest = reads.events(run.shop, &Default::default(), page)?;
    Ok(newest.first().map(|event| event.id.0))
}

fn skipped_by_condition(trace: &ConditionTrace) -> Completion {
    let failed = trace.compared.iter().filter(|one| !one.met);
    let shown: Vec<String> = failed
        .map(|one| format!("{} ({}) {} {}", one.field, one.actual, one.operator, one.expected))
        .collect();
    let reason = format!("condition: not met: {}", shown.join("; "));
    Completion {
        result: Ok(Answer::Outcome(Outcome::Skipped { reason })),
        effects: Vec::new(),
        logs: Vec::new(),
        usage: Default::default(),
    }
}

pub(crate) fn failed(failure: Failure) -> Completion {
    Completion { result: Err(failure), effects: Vec::new(), logs: Vec::new(), usage: Default::default() }
}
