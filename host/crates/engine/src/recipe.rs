//! Recipes into a shop and out of it: looked at beforehand, all or nothing, and the same however often. What staff have
//! changed of a recipe is theirs.

mod commit;
mod fill;
mod merge;
mod plan;
mod remove;
mod things;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rulewright_domain::{OrderId, PipelineId, Recipe, ShopConfig, ShopId, StageId, plugin::PluginId};
use rulewright_ports::{Issue, Reads, StorageExt, storage::Page};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Asked, Engine, Refusal, automation::issue, publish::NOT_IN_PLAN};

/// What somebody wants of a recipe. What is left out is as at its last installation, or as the recipe suggests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecipeWish {
    pub pipeline: Option<PipelineId>,
    /// By role.
    pub stages: BTreeMap<String, StageId>,
    pub parameters: Map<String, Value>,
    /// Hosts that plugins may send to from now on, where the recipe's rules need them.
    pub allow_hosts: BTreeSet<String>,
    /// Else it is put into the draft only.
    pub publish: bool,
}

/// What becomes of something that a recipe has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Added,
    Updated,
    Unchanged,
    /// Staff made it, changed it or took it out.
    Kept,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageUse {
    pub role: String,
    pub stage: StageId,
    pub name: String,
    pub created: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThingKind {
    Numerator,
    Template,
    List,
    Segment,
    Schedule,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingChange {
    pub kind: ThingKind,
    pub name: String,
    pub fate: Fate,
}

/// A rule or a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartChange {
    pub id: String,
    pub name: String,
    pub trigger: bool,
    pub plugin: PluginId,
    pub stage: StageId,
    pub fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAsked {
    pub plugin: PluginId,
    pub host: String,
    /// By the wish: granted with the installation.
    pub allowed: bool,
}

/// What an installation or a removal does, or would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecipeChange {
    pub pipeline: Option<PipelineId>,
    pub pipeline_created: bool,
    pub stages: Vec<StageUse>,
    pub parameters: Map<String, Value>,
    pub things: Vec<ThingChange>,
    pub parts: Vec<PartChange>,
    pub hosts: Vec<HostAsked>,
    /// The recipe's own order is made with it.
    pub order_created: bool,
    pub order: Option<OrderId>,
    /// Version of the draft, and the revision that runs, after it.
    pub draft: u64,
    pub revision: Option<u64>,
    /// Runs of removed rules that have not ended.
    pub pending: u64,
    /// What keeps it from being done.
    pub issues: Vec<Issue>,
}

/// Somebody may change the shop between planning and commit; not for ever.
const ATTEMPTS: u32 = 3;

impl Engine {
    /// What installing would do, with what keeps it from being done.
    pub async fn preview_recipe(
        &self,
        shop: ShopId,
        recipe: &Recipe,
        wish: &RecipeWish,
    ) -> Result<RecipeChange, Refusal> {
        let (plan, open) = self.plan_recipe(shop, recipe, wish).await?;
        let issues = self.check_recipe(recipe, wish, &plan).await?;
        let mut told = told(&plan);
        told.order_created = recipe.order.is_some() && !open;
        Ok(RecipeChange { issues, ..told })
    }

    /// Puts the recipe into the draft, and where it is wished publishes it: its own parts, and nothing else that
    /// stands in the draft.
    pub async fn install_recipe(
        &self,
        asked: impl Into<Asked>,
        recipe: &Recipe,
        wish: &RecipeWish,
    ) -> Result<RecipeChange, Refusal> {
        let asked = asked.into();
        // What it is planned on may have changed since.
        if let Some(installed) = self.answered(&asked).await? {
            return Ok(installed);
        }
        let mut attempt = 1;
        loop {
            let (plan, _) = self.plan_recipe(asked.shop, recipe, wish).await?;
            let issues = self.check_recipe(recipe, wish, &plan).await?;
            if issues.iter().any(|issue| issue.code == NOT_IN_PLAN) {
                return Err(Refusal::OutOfPlan(issues));
            }
            if !issues.is_empty() {
                return Err(Refusal::Invalid(issues));
            }
            match self.commit_recipe(asked.clone(), recipe, plan).await {
                Err(Refusal::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// Also whether the pipeline has an open order.
    async fn plan_recipe(
        &self,
        shop: ShopId,
        recipe: &Recipe,
        wish: &RecipeWish,
    ) -> Result<(plan::Plan, bool), Refusal> {
        let (engine, recipe, wish) = (self.clone(), recipe.clone(), wish.clone());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let pipeline = plan::pipeline_of(&recipe, &wish, &config);
                let pipeline = pipeline.map_err(|issue| Refusal::Invalid(vec![issue]))?;
                let (draft_version, draft) = reads.draft(shop, &pipeline)?;
                let open = has_open_order(reads, &config, &pipeline)?;
                let on = plan::Shop { config: &config, draft_version, draft };
                let plan = plan::plan(&recipe, &wish, &pipeline, on).map_err(Refusal::Invalid)?;
                Ok((plan, open))
            })
            .await
    }

    /// By the server's own validator, with the shop as it will be.
    async fn check_recipe(
        &self,
        recipe: &Recipe,
        wish: &RecipeWish,
        plan: &plan::Plan,
    ) -> Result<Vec<Issue>, Refusal> {
        let mut found = things::check(&plan.config, &plan.things, self.clock().now());
        let config = Arc::new(plan.config.clone());
        let pipeline = &plan.record.pipeline;
        if let Some(draft) = &plan.draft {
            let issues = self.check_stages(&config, pipeline, draft).await?;
            // What staff have left unfinished beside it is theirs.
            let own = issues.into_iter().filter(|issue| is_of(recipe, draft, issue));
            found.extend(own.map(|issue| named(draft, issue)));
        }
        if let Some(published) = plan.published.as_ref().filter(|_| wish.publish) {
            let issues = self.check_stages(&config, pipeline, published).await?;
            found.extend(issues.into_iter().map(|issue| named(published, issue)));
        }
        found.sort_by(|one, other| (&one.path, &one.message).cmp(&(&other.path, &other.message)));
        found.dedup();
        Ok(found)
    }
}

fn has_open_order<R: Reads + ?Sized>(
    reads: &mut R,
    config: &ShopConfig,
    pipeline: &PipelineId,
) -> Result<bool, Refusal> {
    let page = Page { after: None, limit: 1, newest_first: false };
    let stages = config.open_stages(pipeline);
    Ok(!reads.orders_in(config.shop.id, pipeline, &stages, page)?.is_empty())
}

fn told(plan: &plan::Plan) -> RecipeChange {
    let config = &plan.config;
    let pipeline = &plan.record.pipeline;
    RecipeChange {
        pipeline: Some(pipeline.clone()),
        pipeline_created: plan.pipeline_is_new,
        stages: plan.stages.clone(),
        parameters: plan.record.parameters.clone(),
        things: plan.things.clone(),
        parts: plan.parts.clone(),
        hosts: plan.hosts.clone(),
        draft: plan.draft_version,
        revision: config.automations.get(pipeline).map(|automation| automation.revision),
        ..RecipeChange::default()
    }
}

/// Id and name of the rule or trigger that an issue is about: `/stage/rules/0/..`.
fn part_at<'a>(stages: &'a crate::automation::Stages, issue: &Issue) -> Option<(&'a str, &'a str)> {
    let mut path = issue.path.split('/').skip(1);
    let (stage, list, index) = (path.next()?, path.next()?, path.next()?.parse::<usize>().ok()?);
    let on = stages.get(&StageId::from(stage))?;
    match list {
        "rules" => on.rules.get(index).map(|rule| (rule.id.0.as_str(), rule.name.as_str())),
        _ => on.triggers.get(index).map(|trigger| (trigger.id.0.as_str(), trigger.name.as_str())),
    }
}

fn is_of(recipe: &Recipe, stages: &crate::automation::Stages, issue: &Issue) -> bool {
    part_at(stages, issue).is_none_or(|(id, _)| id.starts_with(&recipe.part_id("")))
}

/// In the words of whoever installs: they see names, and can change the parameters.
fn named(stages: &crate::automation::Stages, found: Issue) -> Issue {
    let path = match found.code.as_str() {
        "host-not-granted" => "/allow_hosts",
        _ => "/parameters",
    };
    let message = match part_at(stages, &found) {
        Some((id, name)) => format!("`{name}` ({id}): {}", found.message),
        None => found.message,
    };
    issue(path.to_owned(), &found.code, message)
}
