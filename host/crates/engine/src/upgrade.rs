//! A field that gets another name: which rules and triggers read it, and their drafts rewritten.

use std::collections::BTreeMap;

use rulewright_domain::{
    Manifest, PipelineId, ShopConfig, ShopId, StageAutomation, StageId, plugin::PluginId, usage,
};
use rulewright_ports::{Reads, StorageExt};

use crate::{Engine, Refusal, automation::Stages};

/// A draft in which every reader of the old name reads the new one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    pub pipeline: PipelineId,
    /// Of the draft that it was made of; once saved, its own.
    pub version: u64,
    pub stages: Stages,
    /// Names of rules and triggers that read the old name in a way that cannot be written otherwise.
    pub left: Vec<String>,
}

impl Engine {
    /// What [`Engine::rewrite`] would save.
    pub async fn rewrites(&self, shop: ShopId, from: &str, to: &str) -> Result<Vec<Rewrite>, Refusal> {
        let (engine, from, to) = (self.clone(), from.to_owned(), to.to_owned());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                rewrites(reads, &config, &from, &to)
            })
            .await
    }

    /// Saves the rewritten drafts; nothing runs because of them until somebody publishes them.
    pub async fn rewrite(&self, shop: ShopId, from: &str, to: &str) -> Result<Vec<Rewrite>, Refusal> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.change(shop, move |change| {
            let config = change.config.clone();
            let mut all = rewrites(change.tx, &config, &from, &to)?;
            for rewrite in &mut all {
                rewrite.version = change.put_draft(&rewrite.pipeline, &rewrite.stages, None)?;
            }
            Ok(all)
        })
        .await
    }
}

/// Of the drafts, so that what somebody is working on is kept; where there is none, of what is published.
fn rewrites<R: Reads + ?Sized>(
    reads: &mut R,
    config: &ShopConfig,
    from: &str,
    to: &str,
) -> Result<Vec<Rewrite>, Refusal> {
    let manifest = |plugin: &PluginId| -> Option<&Manifest> { Some(&config.plugins.get(plugin)?.manifest) };
    let mut all = Vec::new();
    for pipeline in config.pipelines.keys() {
        let (version, draft) = reads.draft(config.shop.id, pipeline)?;
        let published = config.automations.get(pipeline).map(|automation| &automation.stages);
        let before: &BTreeMap<StageId, StageAutomation> = match published {
            Some(published) if version == 0 => published,
            _ => &draft,
        };
        let stages = usage::rewritten(before, &manifest, from, to);
        let left = usage::readers(&stages, &manifest, from).into_iter().map(|one| one.name).collect();
        if stages != *before {
            all.push(Rewrite { pipeline: pipeline.clone(), version, stages, left });
        }
    }
    Ok(all)
}
