//! Recipes, and what putting one into the shop or taking it out does.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, PipelineId, Recipe, ShopConfig, StageId};
use rulewright_engine as engine;
use rulewright_registry::{Verb, consent};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{automation::Pending, pipeline::StageKind, value::mirror};
use crate::problem::Fault;

/// An automation that can be installed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipeSummary {
    #[schema(example = "abandoned-payment")]
    id: String,
    version: u32,
    /// In the shop's language, or in English.
    title: String,
    description: String,
    installed: Vec<RecipeInstallation>,
}

/// Where a shop has a recipe.
#[derive(Debug, Serialize, ToSchema)]
struct RecipeInstallation {
    pipeline: String,
    /// An earlier one may be in use than the server has.
    version: u32,
    /// Stages by role.
    stages: BTreeMap<String, String>,
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    /// Whether it is part of what runs; else it is in the draft.
    published: bool,
}

impl RecipeSummary {
    pub fn of(recipe: &Recipe, config: &ShopConfig) -> RecipeSummary {
        let locale = &config.shop.locale;
        let installed = config.recipes.iter().filter(|one| one.recipe == recipe.id);
        RecipeSummary {
            id: recipe.id.clone(),
            version: recipe.version,
            title: Recipe::word(&recipe.title, locale).to_owned(),
            description: Recipe::word(&recipe.description, locale).to_owned(),
            installed: installed.map(|one| RecipeInstallation::of(one, config)).collect(),
        }
    }
}

impl RecipeInstallation {
    fn of(one: &domain::InstalledRecipe, config: &ShopConfig) -> RecipeInstallation {
        let running = config.automations.get(&one.pipeline).into_iter().flat_map(|all| all.stages.values());
        let is_own = |of: &Option<String>| of.as_ref() == Some(&one.recipe);
        let published = running.into_iter().any(|on| {
            on.rules.iter().any(|rule| is_own(&rule.recipe))
                || on.triggers.iter().any(|trigger| is_own(&trigger.recipe))
        });
        RecipeInstallation {
            pipeline: one.pipeline.0.clone(),
            version: one.version,
            stages: one.stages.iter().map(|(role, stage)| (role.clone(), stage.0.clone())).collect(),
            parameters: one.parameters.clone(),
            published,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecipeDetail {
    #[serde(flatten)]
    summary: RecipeSummary,
    stages: Vec<RecipeRole>,
    /// JSON Schema of the parameters, with their defaults.
    #[schema(value_type = Object)]
    parameters: Value,
    rules: Vec<RecipePart>,
    triggers: Vec<RecipePart>,
    may: Vec<RecipeMay>,
}

/// A stage that the recipe uses.
#[derive(Debug, Serialize, ToSchema)]
struct RecipeRole {
    role: String,
    /// Of the stage that is made where none fits.
    name: String,
    kind: StageKind,
    /// Ids or names of stages that fit.
    suggested: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecipePart {
    /// As it will be on the stage.
    id: String,
    name: String,
    plugin: String,
    role: String,
}

/// What a plugin of the recipe changes, sends and reaches.
#[derive(Debug, Serialize, ToSchema)]
struct RecipeMay {
    plugin: String,
    sentences: Vec<String>,
}

impl RecipeDetail {
    pub fn plugins(recipe: &Recipe) -> BTreeSet<String> {
        let parts = ["rules", "triggers"].into_iter().flat_map(|list| parts(recipe, list));
        parts.map(|part| part.plugin).collect()
    }

    pub fn of(recipe: &Recipe, config: &ShopConfig, packages: Vec<domain::Package>) -> RecipeDetail {
        let role = |role: &domain::Role| RecipeRole {
            role: role.role.clone(),
            name: role.name.clone(),
            kind: role.kind.into(),
            suggested: role.suggested.clone(),
        };
        RecipeDetail {
            summary: RecipeSummary::of(recipe, config),
            stages: recipe.stages.iter().map(role).collect(),
            parameters: recipe.parameters.clone(),
            rules: parts(recipe, "rules"),
            triggers: parts(recipe, "triggers"),
            may: may(packages),
        }
    }
}

fn parts(recipe: &Recipe, list: &str) -> Vec<RecipePart> {
    let mut all = Vec::new();
    for (role, on) in &recipe.automation {
        let text = |part: &Value, key: &str| part[key].as_str().unwrap_or_default().to_owned();
        all.extend(on[list].as_array().into_iter().flatten().map(|part| RecipePart {
            id: recipe.part_id(&text(part, "id")),
            name: text(part, "name"),
            plugin: text(part, "plugin"),
            role: role.clone(),
        }));
    }
    all
}

fn may(packages: Vec<domain::Package>) -> Vec<RecipeMay> {
    let told = packages.into_iter().map(|package| {
        let verbs = [Verb::Change, Verb::Send, Verb::Reach];
        let sentences = consent(&package).into_iter().filter(|one| verbs.contains(&one.verb));
        RecipeMay { plugin: package.manifest.id.clone(), sentences: sentences.map(|one| one.text).collect() }
    });
    told.filter(|one| !one.sentences.is_empty()).collect()
}

/// How a recipe is installed. What is left out is as at its last installation, or as the recipe suggests.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecipeAsked {
    /// The shop's only one if left out.
    #[schema(example = "orders")]
    pipeline: Option<String>,
    /// Stages by role.
    stages: BTreeMap<String, String>,
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    /// Hosts that the recipe's plugins may send to from now on.
    allow_hosts: BTreeSet<String>,
    publish: bool,
    preview: bool,
}

impl RecipeAsked {
    pub fn into_wish(self) -> (engine::RecipeWish, bool) {
        let RecipeAsked { pipeline, stages, parameters, allow_hosts, publish, preview } = self;
        let stages = stages.into_iter().map(|(role, stage)| (role, StageId(stage))).collect();
        let pipeline = pipeline.map(PipelineId);
        (engine::RecipeWish { pipeline, stages, parameters, allow_hosts, publish }, preview)
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecipeRemoval {
    /// The one that it is installed in if left out.
    #[schema(example = "orders")]
    pub pipeline: Option<String>,
    /// What becomes of runs that have not ended.
    pub pending: Pending,
    pub preview: bool,
}

mirror! {
    /// What becomes of something that a recipe has. `kept`: staff made it, changed it or took it out.
    Fate = engine::Fate {
        Added = "added",
        Updated = "updated",
        Unchanged = "unchanged",
        Kept = "kept",
        Removed = "removed",
    }
}

mirror! {
    ThingKind = engine::ThingKind {
        Numerator = "numerator",
        Template = "template",
        List = "list",
        Segment = "segment",
        Schedule = "schedule",
    }
}

/// What an installation or a removal did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipeChange {
    recipe: String,
    /// Nothing has been done yet.
    preview: bool,
    pipeline: Option<String>,
    pipeline_created: bool,
    stages: Vec<RecipeStage>,
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    things: Vec<RecipeThing>,
    rules: Vec<RecipeRule>,
    triggers: Vec<RecipeRule>,
    hosts: Vec<RecipeHost>,
    /// The recipe's own order is made with it.
    order_created: bool,
    order: Option<String>,
    /// Version of the draft.
    draft: u64,
    /// What runs.
    revision: Option<u64>,
    /// Runs of removed rules that have not ended.
    pending: u64,
    may: Vec<RecipeMay>,
    /// What keeps it from being done.
    issues: Vec<Fault>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecipeStage {
    role: String,
    stage: String,
    name: String,
    created: bool,
}

/// A list, a template, a schedule, ...
#[derive(Debug, Serialize, ToSchema)]
struct RecipeThing {
    kind: ThingKind,
    name: String,
    fate: Fate,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecipeRule {
    id: String,
    name: String,
    plugin: String,
    stage: String,
    fate: Fate,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecipeHost {
    plugin: String,
    host: String,
    /// Granted with the installation.
    allowed: bool,
}

impl RecipeChange {
    pub fn of(
        recipe: &Recipe,
        preview: bool,
        change: engine::RecipeChange,
        packages: Vec<domain::Package>,
    ) -> RecipeChange {
        let part = |part: engine::PartChange| RecipeRule {
            id: part.id,
            name: part.name,
            plugin: part.plugin,
            stage: part.stage.0,
            fate: part.fate.into(),
        };
        let stage = |one: engine::StageUse| RecipeStage {
            role: one.role,
            stage: one.stage.0,
            name: one.name,
            created: one.created,
        };
        let thing = |one: engine::ThingChange| RecipeThing {
            kind: one.kind.into(),
            name: one.name,
            fate: one.fate.into(),
        };
        let host =
            |one: engine::HostAsked| RecipeHost { plugin: one.plugin, host: one.host, allowed: one.allowed };
        let fault = |rulewright_ports::Issue { path, code, message }| Fault { path, code, message };
        let (triggers, rules): (Vec<_>, Vec<_>) = change.parts.into_iter().partition(|part| part.trigger);
        RecipeChange {
            recipe: recipe.id.clone(),
            preview,
            pipeline: change.pipeline.map(|id| id.0),
            pipeline_created: change.pipeline_created,
            stages: change.stages.into_iter().map(stage).collect(),
            parameters: change.parameters,
            things: change.things.into_iter().map(thing).collect(),
            rules: rules.into_iter().map(part).collect(),
            triggers: triggers.into_iter().map(part).collect(),
            hosts: change.hosts.into_iter().map(host).collect(),
            order_created: change.order_created,
            order: change.order.map(|id| id.to_string()),
            draft: change.draft,
            revision: change.revision,
            pending: change.pending,
            may: may(packages),
            issues: change.issues.into_iter().map(fault).collect(),
        }
    }
}
