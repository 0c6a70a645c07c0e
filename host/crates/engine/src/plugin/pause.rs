//! A plugin that breaks at every run is not run for one order after the other: what would begin with it waits, until
//! somebody lets it go on or another version comes. So a bad version leaves a note and a queue, not a thousand failed
//! runs that somebody has to find and do again.
//!
//! Of each shop by itself, and only for what begins: a run that waits between two steps may be the one that still
//! works.

use std::collections::HashMap;

use parking_lot::Mutex;
use rulewright_domain::{
    Reason, Rings, Run, RunId, RunState, ShopId, Timestamp,
    audit::Deed,
    plugin::{Digest, PluginId},
};
use rulewright_ports::{
    Answer, Failure, Reads, StorageExt,
    storage::{Page, PutRecords, ReadyRun, Record, Records, RunQuery, Sequence},
};
use serde::{Deserialize, Serialize};

use crate::{Asked, Engine, Refusal, alarm::BATCH, change::Change, commit::Committed};

/// Runs in a row: whatever an order holds, twenty of them have little in common but the plugin.
const BROKEN: u32 = 20;
/// Milliseconds from the first of them to the last. What breaks once a day does so in a year, and a note tells of it.
const WITHIN: i64 = 10 * 60 * 1_000;
/// Codes of failures that are the plugin's own, and will be the same for the next order.
const BREAKS: [&str; 6] = ["trap", "out-of-fuel", OUT_OF_TIME, "out-of-memory", "stack-overflow", "limit"];
const OUT_OF_TIME: &str = "out-of-time";
/// A process may die of another plugin's step, but hardly twenty times in a row beside this one and never without it.
const DIED: &str = "worker-died";

/// What runs of a plugin wait for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginPause {
    id: i64,
    pub plugin: PluginId,
    /// Another version may run.
    pub digest: Digest,
    pub at: Timestamp,
    /// What the last run came to.
    pub error: String,
}

impl Record for PluginPause {
    const KIND: &'static str = "plugin-pause";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.plugin.clone())
    }
}

/// What a committed step says of its plugin.
#[derive(Clone, Debug)]
pub(crate) struct Fared {
    shop: ShopId,
    plugin: PluginId,
    digest: Digest,
    /// How it broke, where it did.
    broke: Option<String>,
    /// Nobody knows how it would have ended: it was not given the time.
    is_open: bool,
}

impl Fared {
    pub fn of(run: &Run, plugin: &PluginId, result: &Result<Answer, Failure>) -> Fared {
        let broke = result.as_ref().err().filter(|failure| is_its_own(failure));
        Fared {
            shop: run.shop,
            plugin: plugin.clone(),
            digest: run.digest.clone(),
            broke: broke.map(ToString::to_string),
            is_open: result.as_ref().is_err_and(|failure| failure.retryable && failure.code == OUT_OF_TIME),
        }
    }
}

/// What may be tried again is somebody else's fault, such as time that has passed while a busy host or a slow network
/// did not answer.
fn is_its_own(failure: &Failure) -> bool {
    failure.code == DIED || !failure.retryable && BREAKS.contains(&failure.code.as_str())
}

/// Steps that broke, in a row. Nothing of it is stored: after a restart it is found out again.
#[derive(Default)]
pub(crate) struct Streaks(Mutex<HashMap<(ShopId, Digest), Streak>>);

struct Streak {
    since: Timestamp,
    broken: u32,
}

impl Streaks {
    /// Whether the plugin is to be paused.
    fn note(&self, fared: &Fared, now: Timestamp) -> bool {
        let mut all = self.0.lock();
        if fared.is_open || fared.broke.is_none() && all.is_empty() {
            return false;
        }
        let place = (fared.shop, fared.digest.clone());
        if fared.broke.is_none() {
            all.remove(&place);
            return false;
        }
        let streak = all.entry(place.clone()).or_insert(Streak { since: now, broken: 0 });
        if now.0.saturating_sub(streak.since.0) > WITHIN {
            *streak = Streak { since: now, broken: 0 };
        }
        streak.broken += 1;
        let enough = streak.broken >= BROKEN;
        if enough {
            all.remove(&place);
        }
        enough
    }
}

impl Engine {
    /// Told once the step is committed.
    pub(crate) fn note_fared(&self, fared: Fared) {
        if !self.inner.streaks.note(&fared, self.clock().now()) {
            return;
        }
        self.inner.busy.begin();
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let (plugin, shop) = (fared.plugin.clone(), fared.shop);
            match engine.change(shop, move |change| change.pause(&fared)).await {
                Ok(()) => tracing::warn!(%shop, %plugin, "a plugin broke at every run and is paused"),
                // The next ones that break pause it.
                Err(error) => tracing::error!(%shop, %plugin, %error, "a plugin could not be paused"),
            }
            engine.inner.busy.end();
        });
    }

    /// Whether runs of the plugin wait, and why.
    pub async fn plugin_pause(
        &self,
        shop: ShopId,
        plugin: &PluginId,
    ) -> Result<Option<PluginPause>, Refusal> {
        let plugin = plugin.clone();
        self.storage().read(move |reads| Ok(reads.record_named::<PluginPause>(shop, &plugin)?)).await
    }

    /// Runs that wait go on, with the version in use. Nothing happens where none does.
    pub async fn resume_plugin(&self, asked: impl Into<Asked>, plugin: &PluginId) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        let plugin = plugin.clone();
        let resumed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                if !change.config.plugins.contains_key(&plugin) {
                    return Err(Refusal::not_found("plugin", &plugin));
                }
                if change.end_pause(&plugin)? {
                    change.audit(Deed::new("plugin.resumed", &plugin))?;
                }
                Ok(())
            })
        });
        resumed.await.map(|once| once.answer)
    }

    /// The run does not begin, as long as its plugin is paused.
    pub(crate) async fn hold_run(&self, ready: ReadyRun, plugin: PluginId) -> Result<Committed, Refusal> {
        self.change(ready.shop, move |change| {
            let Some(mut run) = change.tx.run(ready.shop, ready.run)? else { return Ok(Committed::Done) };
            if run.state != RunState::Ready {
                return Ok(Committed::Done);
            }
            if !is_held(change.tx, &run, &plugin)? {
                // It goes on by now.
                return Ok(Committed::Conflict);
            }
            run.state = RunState::Parked { reason: paused(&plugin) };
            change.put_run(&run)?;
            Ok(Committed::Done)
        })
        .await
    }
}

/// How the reason of each run stands that waits for the plugin.
fn paused(plugin: &PluginId) -> String {
    Reason::PluginPaused { plugin: plugin.clone() }.to_string()
}

/// Whether the run must not begin. One that somebody has told to try does.
pub(crate) fn is_held<R: Reads + ?Sized>(
    reads: &mut R,
    run: &Run,
    plugin: &PluginId,
) -> Result<bool, Refusal> {
    if run.step > 0 || run.attempt > 0 {
        return Ok(false);
    }
    let pause = reads.record_named::<PluginPause>(run.shop, plugin)?;
    Ok(pause.is_some_and(|pause| pause.digest == run.digest))
}

/// Whether a run waits because its plugin is paused.
pub(crate) fn waits_for_plugin(run: &Run) -> bool {
    let RunState::Parked { reason } = &run.state else { return false };
    matches!(Reason::read(reason), Reason::PluginPaused { .. })
}

impl Change<'_> {
    /// Unless another version is in use by now.
    fn pause(&mut self, fared: &Fared) -> Result<(), Refusal> {
        let Fared { plugin, digest, broke, .. } = fared;
        let (Some(active), Some(error)) = (self.config.plugins.get(plugin), broke) else { return Ok(()) };
        if active.digest != *digest {
            return Ok(());
        }
        let before = self.tx.record_named::<PluginPause>(self.shop, plugin)?;
        if before.as_ref().is_some_and(|before| before.digest == *digest) {
            return Ok(());
        }
        let id = match before {
            Some(before) => before.id,
            None => self.tx.next(Sequence::Record)?,
        };
        let (plugin, digest, error) = (plugin.clone(), digest.clone(), error.clone());
        let deed = Deed::new("plugin.paused", &plugin).with("digest", digest.clone());
        let pause = PluginPause { id, plugin, digest, at: self.now, error };
        self.tx.put_record(self.shop, &pause)?;
        self.audit(deed.with("failure", pause.error))
    }

    /// Another version has come.
    pub(super) fn end_pause_of_other(&mut self, plugin: &PluginId, digest: &Digest) -> Result<(), Refusal> {
        let pause = self.tx.record_named::<PluginPause>(self.shop, plugin)?;
        match pause.filter(|pause| pause.digest != *digest) {
            Some(_) => self.end_pause(plugin).map(drop),
            None => Ok(()),
        }
    }

    /// Whether there was one.
    pub(super) fn end_pause(&mut self, plugin: &PluginId) -> Result<bool, Refusal> {
        let Some(pause) = self.tx.record_named::<PluginPause>(self.shop, plugin)? else { return Ok(false) };
        self.tx.remove_record::<PluginPause>(self.shop, pause.id)?;
        self.resume_runs(plugin.clone(), RunId(0))?;
        Ok(true)
    }

    /// A batch of what waited for the plugin begins, with the version in use; returns how many runs were looked at.
    pub(crate) fn resume_runs(&mut self, plugin: PluginId, after: RunId) -> Result<u32, Refusal> {
        let installed = self.tx.installations(self.shop)?.into_iter().find(|one| one.plugin == plugin);
        let query = RunQuery { state: Some("parked".to_owned()), ..RunQuery::default() };
        let page = Page { after: Some(after.0), limit: BATCH, newest_first: false };
        let parked = self.tx.runs(self.shop, &query, page)?;
        let looked_at = u32::try_from(parked.len()).unwrap_or(BATCH);
        let last = parked.last().map(|run| run.id).filter(|_| looked_at == BATCH);
        let waited = paused(&plugin);
        for mut run in parked {
            if !matches!(&run.state, RunState::Parked { reason } if *reason == waited) {
                continue;
            }
            if let Some(installed) = &installed {
                run.digest.clone_from(&installed.digest);
            }
            self.make_ready(&mut run)?;
        }
        if let Some(after) = last {
            self.set_alarm(self.now, Rings::ResumeRuns { plugin, after })?;
        }
        Ok(looked_at.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn fared(shop: i64, digest: &str, broke: bool) -> Fared {
        let broke = broke.then(|| "trap: unreachable".to_owned());
        let (shop, plugin, digest) = (ShopId(shop), "acme.greet".to_owned(), digest.to_owned());
        Fared { shop, plugin, digest, broke, is_open: false }
    }

    #[test]
    fn only_breaking_in_a_row_and_in_a_short_time_pauses() {
        let streaks = Streaks::default();
        let broke = fared(1, "a", true);
        for _ in 1..BROKEN {
            assert!(!streaks.note(&broke, NOW));
        }
        assert!(!streaks.note(&fared(1, "a", false), NOW), "one that went well begins anew");
        for _ in 1..BROKEN {
            assert!(!streaks.note(&broke, NOW));
        }
        let unfinished = Fared { is_open: true, ..fared(1, "a", false) };
        assert!(!streaks.note(&unfinished, NOW), "one that was not given the time says nothing");
        assert!(!streaks.note(&broke, NOW.plus(WITHIN + 1)), "long ago");
        for _ in 2..BROKEN {
            assert!(!streaks.note(&broke, NOW.plus(WITHIN + 1)));
        }
        assert!(streaks.note(&broke, NOW.plus(WITHIN + 1)));
        assert!(!streaks.note(&broke, NOW.plus(WITHIN + 1)), "and from the start");
    }

    #[test]
    fn what_a_plugin_was_kept_waiting_for_is_not_its_own_failure() {
        for (code, retryable, its_own) in [
            ("trap", false, true),
            ("out-of-time", false, true),
            ("out-of-time", true, false),
            ("unavailable", true, false),
            ("permanent", false, false),
            ("worker-died", true, true),
        ] {
            assert_eq!(is_its_own(&Failure::new(code, "x", retryable)), its_own, "{code} {retryable}");
        }
    }

    #[test]
    fn each_shop_and_version_has_a_streak_of_its_own() {
        let streaks = Streaks::default();
        for _ in 1..BROKEN {
            for (shop, digest) in [(1, "a"), (2, "a"), (1, "b")] {
                assert!(!streaks.note(&fared(shop, digest, true), NOW));
            }
            assert!(!streaks.note(&fared(3, "a", false), NOW));
        }
        assert!(streaks.note(&fared(1, "a", true), NOW));
        assert!(streaks.note(&fared(2, "a", true), NOW));
    }
}
