//! Pure: a recipe, a shop and what somebody wants of both become what is to be changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rulewright_domain::{
    ActivePlugin, Brings, InstalledRecipe, OrderKind, Pipeline, PipelineId, Recipe, Role, ShopConfig, Stage,
    StageAutomation, StageId, StageKind, plugin::HttpTarget,
};
use rulewright_ports::Issue;
use serde_json::{Map, Value};

use super::{
    HostAsked, PartChange, RecipeWish, StageUse, ThingChange,
    fill::{Named, fill},
    merge::{carry_over, merge},
    things,
};
use crate::{
    automation::{Stages, check_schema, issue},
    references,
};

pub(super) struct Plan {
    /// The shop's as it was planned on.
    pub version: u64,
    pub draft_version: u64,
    /// As it will be.
    pub config: ShopConfig,
    pub pipeline: Option<Pipeline>,
    pub pipeline_is_new: bool,
    pub draft: Option<Stages>,
    pub published: Option<Stages>,
    pub record: InstalledRecipe,
    pub stages: Vec<StageUse>,
    pub things: Vec<ThingChange>,
    pub parts: Vec<PartChange>,
    pub hosts: Vec<HostAsked>,
}

/// What the shop has; `draft` is that of the pipeline that [`pipeline_of`] names.
pub(super) struct Shop<'a> {
    pub config: &'a ShopConfig,
    pub draft_version: u64,
    pub draft: Stages,
}

pub(super) fn plan(
    recipe: &Recipe,
    wish: &RecipeWish,
    pipeline: &PipelineId,
    shop: Shop<'_>,
) -> Result<Plan, Vec<Issue>> {
    let mut config = shop.config.clone();
    let before = record_of(&config, recipe, pipeline).cloned();
    let own = recipe.pipeline.clone().filter(|own| own.id == *pipeline);
    let Some(there) = config.pipelines.get(pipeline).cloned().or(own) else {
        return Err(vec![no_pipeline(&config, &format!("there is no pipeline `{pipeline}`"))]);
    };
    let (now, stages) = take_roles(recipe, wish, before.as_ref(), there)?;
    let changed = config.pipelines.get(pipeline) != Some(&now);
    config.pipelines.insert(pipeline.clone(), now.clone());

    let parameters = parameters(recipe, wish, before.as_ref())?;
    let mut named: Named = parameters.clone();
    named.extend(stages.iter().map(|one| (format!("stage.{}", one.role), Value::from(one.stage.0.clone()))));
    let ours = filled_stages(recipe, &stages, &named)?;
    let brings = filled_brings(recipe, &config, &named)?;
    let (brought, things) = things::bring(&mut config, recipe, &brings)?;

    let mut draft = shop.draft.clone();
    let nothing = Stages::new();
    let parts = merge(&mut draft, &ours, before.as_ref().map_or(&nothing, |before| &before.parts));
    let hosts = hosts(&mut config, recipe, wish, &draft);
    let published = wish.publish.then(|| {
        let current = config.automations.get(pipeline).map(|automation| &automation.stages);
        let mut published = current.cloned().unwrap_or_default();
        carry_over(&mut published, &draft, &ours);
        if let Some(before) = &before {
            carry_over(&mut published, &draft, &before.parts);
        }
        (current != Some(&published)).then_some(published)
    });
    let record = InstalledRecipe {
        recipe: recipe.id.clone(),
        version: recipe.version,
        pipeline: pipeline.clone(),
        stages: stages.iter().map(|one| (one.role.clone(), one.stage.clone())).collect(),
        parameters,
        parts: ours,
        brought,
    };
    Ok(Plan {
        version: shop.config.version,
        draft_version: shop.draft_version,
        config,
        pipeline: changed.then_some(now),
        pipeline_is_new: !shop.config.pipelines.contains_key(pipeline),
        draft: (draft != shop.draft).then_some(draft),
        published: published.flatten(),
        record,
        stages,
        things,
        parts,
        hosts,
    })
}

/// The named one, or the one that is meant where none is.
pub(super) fn pipeline_of(
    recipe: &Recipe,
    wish: &RecipeWish,
    config: &ShopConfig,
) -> Result<PipelineId, Issue> {
    if let Some(named) = &wish.pipeline {
        return Ok(named.clone());
    }
    if let Some(own) = &recipe.pipeline {
        return Ok(own.id.clone());
    }
    let installed: Vec<&PipelineId> =
        config.recipes.iter().filter(|one| one.recipe == recipe.id).map(|one| &one.pipeline).collect();
    let all: Vec<&PipelineId> = config.pipelines.keys().collect();
    // Recipes are for what a shop sells: where it has one pipeline for that, those for deals are not meant.
    let selling = config.pipelines.values().filter(|pipeline| pipeline.kind == OrderKind::Order);
    let selling: Vec<&PipelineId> = selling.map(|pipeline| &pipeline.id).collect();
    match (installed.as_slice(), all.as_slice(), selling.as_slice()) {
        ([only], _, _) | ([], [only], _) | ([], _, [only]) => Ok((*only).clone()),
        _ => Err(no_pipeline(config, "name the pipeline")),
    }
}

fn no_pipeline(config: &ShopConfig, message: &str) -> Issue {
    let known: Vec<&str> = config.pipelines.keys().map(|id| id.0.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    issue("/pipeline".to_owned(), "no-such-pipeline", format!("{message}; there are {known}"))
}

pub(super) fn record_of<'a>(
    config: &'a ShopConfig,
    recipe: &Recipe,
    pipeline: &PipelineId,
) -> Option<&'a InstalledRecipe> {
    config.recipes.iter().find(|one| one.recipe == recipe.id && one.pipeline == *pipeline)
}

/// A stage for each role: the named one, that of last time, one that fits, or a new one.
fn take_roles(
    recipe: &Recipe,
    wish: &RecipeWish,
    before: Option<&InstalledRecipe>,
    mut pipeline: Pipeline,
) -> Result<(Pipeline, Vec<StageUse>), Vec<Issue>> {
    let mut issues = Vec::new();
    let known = |role: &String| recipe.stages.iter().any(|one| one.role == *role);
    for role in wish.stages.keys().filter(|role| !known(role)) {
        let roles: Vec<&str> = recipe.stages.iter().map(|one| one.role.as_str()).collect();
        let message = format!("the recipe has no `{role}`; it has {}", roles.join(", "));
        issues.push(issue(format!("/stages/{role}"), "no-such-role", message));
    }
    let mut taken: Vec<Option<StageId>> = Vec::new();
    for role in &recipe.stages {
        let free = |stage: &StageId| role.only_place || !taken.iter().flatten().any(|one| one == stage);
        match stage_of(role, wish, before, &pipeline, free) {
            Ok(stage) => taken.push(stage),
            Err(found) => {
                issues.push(found);
                taken.push(None);
            }
        }
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    let mut uses: Vec<StageUse> = Vec::new();
    for index in 0..recipe.stages.len() {
        let role = &recipe.stages[index];
        let created = taken[index].is_none();
        if created && role.only_place {
            continue;
        }
        let id = taken[index].clone().unwrap_or_else(|| new_id(role));
        if created {
            let place = place_of(&pipeline, role.kind, &taken[..index], &taken[index..]);
            let stage = Stage::new(id.clone(), role.name.clone(), role.kind);
            pipeline.stages.insert(place, stage);
            taken[index] = Some(id.clone());
        }
        let name = pipeline.stage(&id).map_or_else(|| role.name.clone(), |stage| stage.name.clone());
        if !role.only_place {
            uses.push(StageUse { role: role.role.clone(), stage: id, name, created });
        }
    }
    Ok((pipeline, uses))
}

/// None: one is made.
fn stage_of(
    role: &Role,
    wish: &RecipeWish,
    before: Option<&InstalledRecipe>,
    pipeline: &Pipeline,
    free: impl Fn(&StageId) -> bool,
) -> Result<Option<StageId>, Issue> {
    let wrong = |code: &str, message: String| issue(format!("/stages/{}", role.role), code, message);
    let earlier = before.and_then(|before| before.stages.get(&role.role));
    let earlier = earlier.filter(|stage| pipeline.stage(stage).is_some());
    let fits = role.suggested.iter().find_map(|name| {
        let fits = |stage: &&Stage| stage.kind == role.kind && free(&stage.id);
        let same = |stage: &&Stage| stage.id.0 == *name || stage.name.eq_ignore_ascii_case(name);
        pipeline.stages.iter().filter(fits).find(same)
    });
    let Some(id) = wish.stages.get(&role.role).or(earlier).or(fits.map(|stage| &stage.id)) else {
        let id = new_id(role);
        return match pipeline.stage(&id) {
            None => Ok(None),
            Some(_) if role.only_place => Ok(None),
            Some(_) => {
                let message = format!("`{id}` is a stage for something else: name one for `{}`", role.role);
                Err(wrong("no-stage", message))
            }
        };
    };
    match pipeline.stage(id) {
        None => Err(wrong("no-such-stage", format!("pipeline `{}` has no stage `{id}`", pipeline.id))),
        Some(stage) if stage.kind != role.kind => {
            let message = format!("`{id}` ends orders otherwise than `{}` does", role.role);
            Err(wrong("wrong-kind", message))
        }
        Some(_) if !free(id) => Err(wrong("taken-twice", format!("`{id}` takes another role already"))),
        Some(_) => Ok(Some(id.clone())),
    }
}

fn new_id(role: &Role) -> StageId {
    StageId::from(role.suggested.first().map_or(role.role.as_str(), String::as_str))
}

/// An open stage comes after that of the role before it, else before that of the role after it; one that ends orders
/// comes at the end.
fn place_of(
    pipeline: &Pipeline,
    kind: StageKind,
    before: &[Option<StageId>],
    after: &[Option<StageId>],
) -> usize {
    let end = pipeline.stages.len();
    if kind != StageKind::Open {
        return end;
    }
    let place = |id: &StageId| pipeline.position(id);
    let earlier = before.iter().rev().flatten().find_map(place).map(|at| at + 1);
    let later = || after.iter().flatten().find_map(place);
    let closed = pipeline.stages.iter().position(|stage| stage.kind != StageKind::Open).unwrap_or(end);
    earlier.or_else(later).unwrap_or(closed).min(closed)
}

/// Given now, else as last time, else the default.
fn parameters(
    recipe: &Recipe,
    wish: &RecipeWish,
    before: Option<&InstalledRecipe>,
) -> Result<Map<String, Value>, Vec<Issue>> {
    let mut all = recipe.defaults();
    let known = recipe.parameters.get("properties").and_then(Value::as_object);
    let earlier = before.into_iter().flat_map(|before| before.parameters.clone());
    all.extend(earlier.filter(|(name, _)| known.is_some_and(|known| known.contains_key(name))));
    all.extend(wish.parameters.clone());
    let mut issues = Vec::new();
    check_schema(&recipe.parameters, &Value::Object(all.clone()), "/parameters", &mut issues);
    if issues.is_empty() { Ok(all) } else { Err(issues) }
}

fn filled_stages(recipe: &Recipe, uses: &[StageUse], named: &Named) -> Result<Stages, Vec<Issue>> {
    let mut stages = Stages::new();
    for one in uses {
        let Some(raw) = recipe.automation.get(&one.role) else { continue };
        let mut on = fill(raw, named).map_err(|message| wrong(recipe, message))?;
        for list in ["triggers", "rules"] {
            for part in on.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                part["id"] = recipe.part_id(part["id"].as_str().unwrap_or_default()).into();
                part["recipe"] = recipe.id.clone().into();
            }
        }
        let on: StageAutomation =
            serde_json::from_value(on).map_err(|error| wrong(recipe, error.to_string()))?;
        stages.insert(one.stage.clone(), on);
    }
    Ok(stages)
}

fn filled_brings(recipe: &Recipe, config: &ShopConfig, named: &Named) -> Result<Brings, Vec<Issue>> {
    if recipe.brings.is_null() {
        return Ok(Brings::default());
    }
    let mut brings = fill(&recipe.brings, named).map_err(|message| wrong(recipe, message))?;
    for schedule in brings.get_mut("schedules").and_then(Value::as_array_mut).into_iter().flatten() {
        if schedule.get("zone").is_none() {
            schedule["zone"] = config.shop.time_zone.clone().into();
        }
    }
    serde_json::from_value(brings).map_err(|error| wrong(recipe, error.to_string()))
}

/// The tests of the pack keep its files right, so it is a parameter that does not fit where it is put.
fn wrong(recipe: &Recipe, message: String) -> Vec<Issue> {
    let message = format!("recipe `{}` cannot be filled with these parameters: {message}", recipe.id);
    vec![issue("/parameters".to_owned(), "recipe", message)]
}

/// Hosts that the recipe's parts would send to, and that their plugins may not reach yet; what the wish allows is
/// granted in `config`.
fn hosts(config: &mut ShopConfig, recipe: &Recipe, wish: &RecipeWish, draft: &Stages) -> Vec<HostAsked> {
    let rules = draft.values().flat_map(|on| &on.rules);
    let rules = rules.filter(|rule| rule.recipe.as_ref() == Some(&recipe.id));
    let allowed: BTreeSet<String> = wish.allow_hosts.iter().map(|host| host.to_lowercase()).collect();
    let mut asked = BTreeMap::new();
    for rule in rules {
        let Some(plugin) = config.plugins.get(&rule.plugin) else { continue };
        if !plugin.manifest.permissions.http_chosen_by_shop {
            continue;
        }
        for host in references::hosts_missing(&plugin.grant, &plugin.manifest.settings, &rule.settings) {
            let allowed = allowed.contains(&host.to_lowercase());
            asked.insert((rule.plugin.clone(), host), allowed);
        }
    }
    for ((plugin, host), _) in asked.iter().filter(|(_, allowed)| **allowed) {
        if let Some(plugin) = config.plugins.get_mut(plugin) {
            let mut granted: ActivePlugin = (**plugin).clone();
            let target = HttpTarget { host: host.clone(), methods: BTreeSet::new(), path: "/".to_owned() };
            granted.grant.http.push(target);
            *plugin = Arc::new(granted);
        }
    }
    asked.into_iter().map(|((plugin, host), allowed)| HostAsked { plugin, host, allowed }).collect()
}
