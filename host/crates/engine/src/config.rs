//! A shop's configuration as one shared value, read again only when its version has grown.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;
use rulewright_domain::{RuleSpec, Run, ShopConfig, ShopId, Workflow};
use rulewright_ports::{Reads, StorageExt};

use crate::{Engine, Refusal};

#[derive(Default)]
pub(crate) struct Configs(RwLock<HashMap<ShopId, Arc<ShopConfig>>>);

impl Configs {
    pub fn of(&self, reads: &mut dyn Reads, shop: ShopId) -> Result<Arc<ShopConfig>, Refusal> {
        let version = reads.config_version(shop)?;
        if let Some(config) = self.0.read().get(&shop).filter(|config| config.version == version) {
            return Ok(config.clone());
        }
        let config = reads.config(shop)?.ok_or_else(|| Refusal::not_found("shop", shop))?;
        let config = Arc::new(config);
        self.0.write().insert(shop, config.clone());
        Ok(config)
    }
}

impl Engine {
    /// What a shop has set, as it is now.
    pub async fn config(&self, shop: ShopId) -> Result<Arc<ShopConfig>, Refusal> {
        let engine = self.clone();
        self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await
    }
}

/// The rule as it was when the run began, whatever has been published since.
pub fn pinned_rule(
    config: &ShopConfig,
    reads: &mut dyn Reads,
    run: &Run,
) -> Result<Option<RuleSpec>, Refusal> {
    let find = |automation: &rulewright_domain::Automation| {
        let stage = automation.stages.get(&run.stage)?;
        stage.rules.iter().find(|rule| rule.id == run.rule).cloned()
    };
    if let Some(started) = &run.workflow {
        let find = |workflow: &Workflow| workflow.rules.iter().find(|rule| rule.id == run.rule).cloned();
        return match config.workflows.get(&started.workflow) {
            Some(current) if current.revision == run.revision => Ok(find(current)),
            _ => Ok(reads.workflow(run.shop, &started.workflow, run.revision)?.as_ref().and_then(find)),
        };
    }
    match config.automations.get(&run.pipeline) {
        Some(current) if current.revision == run.revision => Ok(find(current)),
        _ => Ok(reads.revision(run.shop, &run.pipeline, run.revision)?.as_ref().and_then(find)),
    }
}
