//! The draft becomes the running revision, and what was taken out of it ends or is let finish.

use std::collections::BTreeSet;

use rulewright_domain::{
    Actor, Automation, PipelineId, RuleId, ShopConfig, ShopId, StageId, TriggerSpec, audit::Deed, kind,
    plugin::PluginId,
};
use rulewright_ports::{Issue, Reads, StorageExt};
use serde::{Deserialize, Serialize};

use crate::{
    Asked, Engine, Refusal,
    automation::{Stages, issue},
    change::Change,
    draft::{Editor, draft_of},
};

/// What becomes of runs that have not ended of a rule that the new revision no longer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pending {
    Cancel,
    #[default]
    Finish,
}

/// A rule that the new revision no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    pub rule: RuleId,
    pub name: String,
    pub stage: StageId,
    /// Its runs that have not ended.
    pub pending: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    pub revision: u64,
    /// Version of the draft that was published.
    #[serde(default)]
    pub draft: u64,
    pub removed: Vec<Removed>,
}

/// What a revision says of its making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    pub by: Option<Actor>,
    pub draft: Option<u64>,
}

impl Engine {
    /// Makes the draft the running revision. Orders that stand in its stages already are left alone.
    pub async fn publish(&self, asked: impl Into<Asked>, pipeline: &PipelineId) -> Result<u64, Refusal> {
        let published = self.publish_with(asked, pipeline, Pending::default()).await?;
        Ok(published.revision)
    }

    pub async fn publish_with(
        &self,
        asked: impl Into<Asked>,
        pipeline: &PipelineId,
        pending: Pending,
    ) -> Result<Publication, Refusal> {
        self.publish_as(asked, pipeline, pending, Editor::default()).await
    }

    /// The same, and the revision says who it was. With `expected`, refuses when somebody else saved meanwhile.
    pub async fn publish_as(
        &self,
        asked: impl Into<Asked>,
        pipeline: &PipelineId,
        pending: Pending,
        editor: Editor,
    ) -> Result<Publication, Refusal> {
        let asked = asked.into();
        // The draft may have changed since, and what is published does not.
        if let Some(published) = self.answered(&asked).await? {
            return Ok(published);
        }
        let Asked { shop, key } = asked;
        let (wanted, read) = (pipeline.clone(), editor.clone());
        let (version, stages) =
            self.storage().read(move |reads| draft_of(reads, shop, &wanted, &read)).await?;
        // What has been checked is what is published.
        let checked = Editor { expected: Some(version), ..editor };
        let issues = self.check_automation(shop, pipeline, &stages).await?;
        if issues.iter().any(|issue| issue.code == NOT_IN_PLAN) {
            return Err(Refusal::OutOfPlan(issues));
        }
        if !issues.is_empty() {
            return Err(Refusal::Invalid(issues));
        }
        let pipeline = pipeline.clone();
        let published = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                draft_of(change.tx, shop, &pipeline, &checked)?;
                let signed = Signed { by: checked.by.clone(), draft: Some(version) };
                change.publish(&pipeline, &stages, pending, signed)
            })
        });
        Ok(published.await?.answer)
    }

    /// What publishing the draft would take out.
    pub async fn publish_preview(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
    ) -> Result<Vec<Removed>, Refusal> {
        let (engine, pipeline) = (self.clone(), pipeline.clone());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                if !config.pipelines.contains_key(&pipeline) {
                    return Err(Refusal::not_found("pipeline", &pipeline));
                }
                let (_, stages) = reads.draft(shop, &pipeline)?;
                removed(reads, &config, &pipeline, &stages)
            })
            .await
    }
}

impl Change<'_> {
    pub fn publish(
        &mut self,
        pipeline: &PipelineId,
        stages: &Stages,
        pending: Pending,
        signed: Signed,
    ) -> Result<Publication, Refusal> {
        let config = self.config.clone();
        let last = self.tx.revisions(self.shop, pipeline)?.first().map_or(0, |last| last.revision);
        let revision = last + 1;
        let removed = removed(self.tx, &config, pipeline, stages)?;
        let Signed { by, draft } = signed;
        let automation = Automation {
            pipeline: pipeline.clone(),
            revision,
            published: self.now,
            by,
            draft,
            stages: stages.clone(),
        };
        self.tx.publish(self.shop, &automation)?;
        self.audit(Deed::new("automation.published", pipeline).with("revision", revision))?;
        if pending == Pending::Cancel {
            let rules = removed.iter().filter(|one| one.pending > 0).map(|one| one.rule.clone()).collect();
            self.cancel_runs_of(pipeline.clone(), rules, revision)?;
        }
        let waits = |trigger: &TriggerSpec| {
            let plugin = config.plugins.get(&trigger.plugin);
            plugin.is_some_and(|plugin| plugin.manifest.subscriptions.contains(kind::DATE_REACHED))
        };
        let waited = config.automations.get(pipeline).map(|automation| &automation.stages);
        let triggers = stages.values().chain(waited.into_iter().flat_map(|stages| stages.values()));
        if triggers.flat_map(|on| &on.triggers).any(waits) {
            self.plan_dates_of(pipeline)?;
        }
        Ok(Publication { revision, draft: draft.unwrap_or_default(), removed })
    }
}

pub(crate) fn removed<R: Reads + ?Sized>(
    reads: &mut R,
    config: &ShopConfig,
    pipeline: &PipelineId,
    stages: &Stages,
) -> Result<Vec<Removed>, Refusal> {
    let Some(current) = config.automations.get(pipeline) else { return Ok(Vec::new()) };
    let kept: BTreeSet<&RuleId> = stages.values().flat_map(|on| &on.rules).map(|rule| &rule.id).collect();
    let mut removed = Vec::new();
    for (stage, on) in &current.stages {
        for rule in on.rules.iter().filter(|rule| !kept.contains(&rule.id)) {
            let open = reads.open_runs_of_rule(
                config.shop.id,
                pipeline,
                &rule.id,
                current.revision + 1,
                u32::MAX,
            )?;
            let (rule, name, stage) = (rule.id.clone(), rule.name.clone(), stage.clone());
            removed.push(Removed { rule, name, stage, pending: open.len() as u64 });
        }
    }
    Ok(removed)
}

pub(crate) const NOT_IN_PLAN: &str = "not-available-on-plan";

/// Places of plugins outside the shop's plan that are in none of `kept`: a plugin that has left the plan stays where
/// it is, but is added nowhere.
pub(crate) fn not_in_plan(config: &ShopConfig, stages: &Stages, kept: &[&Stages]) -> Vec<Issue> {
    let known: BTreeSet<(bool, &str, &PluginId)> =
        kept.iter().flat_map(|stages| placed(stages)).map(|(_, part)| part).collect();
    let added = placed(stages).filter(|(_, part)| !config.in_plan(part.2) && !known.contains(part));
    let told = added.map(|(at, (.., plugin))| {
        let message = format!("`{plugin}` is not part of the shop's plan");
        issue(format!("{at}/plugin"), NOT_IN_PLAN, message)
    });
    told.collect()
}

/// Everything that stands on stages: where, and whether it is a rule, its id and its plugin.
fn placed(stages: &Stages) -> impl Iterator<Item = (String, (bool, &str, &PluginId))> {
    stages.iter().flat_map(|(stage, on)| {
        let triggers = on.triggers.iter().enumerate().map(move |(index, one)| {
            (format!("/{stage}/triggers/{index}"), (false, one.id.0.as_str(), &one.plugin))
        });
        let rules = on.rules.iter().enumerate().map(move |(index, one)| {
            (format!("/{stage}/rules/{index}"), (true, one.id.0.as_str(), &one.plugin))
        });
        triggers.chain(rules)
    })
}
