//! The triggers of the stage: which of them would move the order to it, because of the event that was given.

use std::sync::Arc;

use rulewright_domain::{Client, Verdict};
use rulewright_ports::StorageExt;

use super::{DryTrigger, scene::Scene};
use crate::{
    Engine, Refusal,
    examine::{Ask, kept_back},
};

impl Engine {
    /// Of the order as it is stored: a trigger is asked before it moves anything.
    pub(super) async fn ask_dry(&self, scene: &Scene) -> Result<Vec<DryTrigger>, Refusal> {
        let Some(event) = &scene.event else { return Ok(Vec::new()) };
        let (shop, order) = (scene.config.shop.id, scene.before.clone());
        let clients = self.storage().glance(move |reads| {
            let mut clients = Vec::new();
            for id in order.clients() {
                clients.extend(reads.client(shop, id)?);
            }
            Ok::<Vec<Client>, Refusal>(clients)
        })?;
        let mut told = Vec::new();
        for trigger in &scene.on.triggers {
            let plugin = scene.config.plugins.get(&trigger.plugin);
            let listens = plugin.is_some_and(|it| it.manifest.subscriptions.contains(&event.what.kind));
            let verdict = match trigger.active && (listens || plugin.is_none()) {
                false => None,
                true => {
                    let ask = Ask {
                        config: &scene.config,
                        order: &Arc::clone(&scene.before),
                        event,
                        clients: &clients,
                        seed: "dry-run",
                        place: None,
                    };
                    Some(match self.examine_trigger(&ask, trigger).await {
                        Ok(moves @ Verdict::Moved { .. }) => {
                            kept_back(&scene.config, &scene.before, trigger, &scene.stage).unwrap_or(moves)
                        }
                        Ok(verdict) => verdict,
                        Err(failure) => Verdict::Failed { code: failure.code, message: failure.message },
                    })
                }
            };
            let (id, name, plugin) = (trigger.id.clone(), trigger.name.clone(), trigger.plugin.clone());
            let stage = scene.stage.clone();
            told.push(DryTrigger { trigger: id, name, plugin, stage, verdict });
        }
        Ok(told)
    }
}
