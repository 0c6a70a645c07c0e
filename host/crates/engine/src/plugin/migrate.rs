//! Runs that wait go over to the version in use, through its `upgrade`, one by one; who cannot stays as it is and says why.

use std::sync::Arc;

use futures::StreamExt;
use rulewright_domain::{
    ActivePlugin, Migration, Run, RunId, RunState, SavedState, ShopConfig, ShopId,
    audit::Deed,
    plugin::{Digest, PluginId},
};
use rulewright_ports::{Answer, Invocation, Reads, StorageExt, Task};
use serde::{Deserialize, Serialize};

use crate::{
    Engine, Refusal, alarm::BATCH, automation::check_schema, change::Change, config::pinned_rule,
    examine::Nowhere,
};

/// Runs that are asked about at once: enough that their commits share a write to the disk.
const AT_ONCE: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    pub moved: u64,
    /// Runs that stay with the version that they began with, and why.
    pub refused: Vec<(RunId, String)>,
}

/// A run as it was read, and where it is to go.
struct Candidate {
    config: Arc<ShopConfig>,
    active: Arc<ActivePlugin>,
    run: Run,
    settings: serde_json::Value,
}

impl Engine {
    /// Of every run that waits and began with another version than the one in use. No transaction is open while the
    /// plugin upgrades a state. After a crash, the same again goes on.
    pub async fn migrate_runs(&self, shop: ShopId, plugin: &PluginId) -> Result<Migrated, Refusal> {
        let (engine, wanted) = (self.clone(), plugin.clone());
        let config = self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await?;
        let active = config.plugins.get(&wanted).ok_or_else(|| Refusal::not_found("plugin", &wanted))?;
        let to = active.digest.clone();
        let mut migrated = Migrated::default();
        let done = self.migrate_all(shop, plugin, &to, &mut migrated).await;
        let (moved, refused) = (migrated.moved, migrated.refused.len());
        // Also what was moved before something went wrong.
        if moved > 0 || refused > 0 {
            let plugin = plugin.clone();
            self.change(shop, move |change| {
                let deed = Deed::new("plugin.migrated", &plugin).with("digest", to.clone());
                change.audit(deed.with("moved", moved).with("refused", refused))
            })
            .await?;
        }
        done.map(|()| migrated)
    }

    async fn migrate_all(
        &self,
        shop: ShopId,
        plugin: &PluginId,
        to: &Digest,
        migrated: &mut Migrated,
    ) -> Result<(), Refusal> {
        for from in self.waiting_runs(shop, plugin).await?.into_keys().filter(|digest| digest != to) {
            let mut after = RunId(0);
            loop {
                let digest = from.clone();
                let page = self.storage().read(move |reads| {
                    Ok::<_, Refusal>(reads.open_runs_of_digest(shop, &digest, after, BATCH)?)
                });
                let page = page.await?;
                let Some(last) = page.last().copied() else { break };
                let moves =
                    page.into_iter().map(|id| async move { (id, self.migrate(shop, plugin, id).await) });
                let mut moves = futures::stream::iter(moves).buffered(AT_ONCE);
                while let Some((id, moved)) = moves.next().await {
                    match moved? {
                        Ok(moved) => migrated.moved += u64::from(moved),
                        Err(reason) => migrated.refused.push((id, reason)),
                    }
                }
                after = last;
            }
        }
        Ok(())
    }

    /// The inner error is why it stays. False: there was nothing to move.
    async fn migrate(
        &self,
        shop: ShopId,
        plugin: &PluginId,
        id: RunId,
    ) -> Result<Result<bool, String>, Refusal> {
        let (engine, plugin) = (self.clone(), plugin.clone());
        let found = self.storage().glance(move |reads| engine.candidate(reads, shop, &plugin, id))?;
        let candidate = match found {
            Ok(Some(candidate)) => candidate,
            Ok(None) => return Ok(Ok(false)),
            Err(reason) => return Ok(Err(reason)),
        };
        let upgraded = self.upgraded(&candidate).await;
        let (seen, to) = (candidate.run, candidate.active.digest.clone());
        self.change(shop, move |change| change.migrate(&seen, &to, upgraded.clone())).await
    }

    fn candidate(
        &self,
        reads: &mut dyn Reads,
        shop: ShopId,
        plugin: &PluginId,
        id: RunId,
    ) -> Result<Result<Option<Candidate>, String>, Refusal> {
        let Some(run) = reads.run(shop, id)? else { return Ok(Ok(None)) };
        let config = self.inner.configs.of(reads, shop)?;
        let Some(active) = config.plugins.get(plugin).cloned() else { return Ok(Ok(None)) };
        if run.state.is_terminal() || run.digest == active.digest {
            return Ok(Ok(None));
        }
        if run.state == RunState::Ready {
            return Ok(Err("it is at work just now: try again when it waits".to_owned()));
        }
        let Some(rule) = pinned_rule(&config, reads, &run)? else {
            return Ok(Err("the revision of the automation that it belongs to is gone".to_owned()));
        };
        Ok(Ok(Some(Candidate { config, active, run, settings: rule.settings })))
    }

    /// The state that it would go on with. One that has not begun has none to upgrade.
    async fn upgraded(&self, candidate: &Candidate) -> Result<Option<SavedState>, String> {
        let Candidate { config, active, run, settings } = candidate;
        let mut issues = Vec::new();
        check_schema(&active.manifest.settings, settings, "", &mut issues);
        if let Some(issue) = issues.first() {
            return Err(format!("its settings do not fit: {}: {}", issue.path, issue.message));
        }
        let Some(state) = &run.saved else { return Ok(None) };
        let invocation = Invocation {
            shop: run.shop,
            plugin: active.manifest.id.clone(),
            digest: active.digest.clone(),
            grant: active.grant.clone(),
            limits: active.manifest.limits.clone(),
            seed: String::new(),
            now: self.clock().now(),
            locale: config.shop.locale.clone(),
            time_zone: config.shop.time_zone.clone(),
            hours: config.shop.hours.clone(),
            task: Task::Upgrade { state: state.clone() },
        };
        match self.invoke(config, invocation, Arc::new(Nowhere)).await.result {
            Ok(Answer::State(state)) => Ok(Some(state)),
            Ok(_) => Err("the plugin answered something else than a state".to_owned()),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

impl Change<'_> {
    fn migrate(
        &mut self,
        seen: &Run,
        to: &Digest,
        upgraded: Result<Option<SavedState>, String>,
    ) -> Result<Result<bool, String>, Refusal> {
        let Some(mut run) = self.tx.run(self.shop, seen.id)? else { return Ok(Ok(false)) };
        let same = run.state == seen.state && run.digest == seen.digest && run.saved == seen.saved;
        if !same {
            return Ok(Err("it went on while its state was upgraded: try again when it waits".to_owned()));
        }
        let refused = upgraded.as_ref().err().cloned();
        let (from, to) = (run.digest.clone(), to.clone());
        if let Ok(state) = upgraded {
            run.digest.clone_from(&to);
            run.saved = state;
        }
        run.note_migration(Migration { at: self.now, from, to, refused: refused.clone() });
        self.put_run(&run)?;
        Ok(refused.map_or(Ok(true), Err))
    }
}
