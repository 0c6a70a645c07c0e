//! Recipes: automations that somebody has thought through, looked at and put into the shop.

use axum::{Json, extract::State};
use rulewright_domain::{PipelineId, Recipe, Scope, ShopId};
use rulewright_engine::{RecipeChange as Change, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite, allowed},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{RecipeAsked, RecipeChange, RecipeDetail, RecipeRemoval, RecipeSummary},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_recipes))
        .routes(routes!(get_recipe))
        .routes(routes!(install_recipe))
        .routes(routes!(remove_recipe))
}

/// List recipes
///
/// On one page, with where the shop has installed them.
#[utoipa::path(
    get, path = "/v1/recipes", tag = "automation",
    responses((status = 200, body = Page<RecipeSummary>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_recipes(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<RecipeSummary>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    let items = api.recipes.iter().map(|recipe| RecipeSummary::of(recipe, &config)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Read a recipe
///
/// Its parameters, the stages that it uses, its rules and triggers, and what their plugins may do.
#[utoipa::path(
    get, path = "/v1/recipes/{id}", tag = "automation", params(("id" = String, Path, example = "abandoned-payment")),
    responses((status = 200, body = RecipeDetail), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_recipe(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<RecipeDetail>, Problem> {
    let recipe = find(&api, &id)?;
    let shop = caller.shop();
    let plugins = RecipeDetail::plugins(recipe);
    let found = api.read(move |reads| {
        let Some(config) = reads.config(shop)? else { return Ok(None) };
        let mut packages = Vec::new();
        for plugin in plugins.iter().filter_map(|plugin| config.plugins.get(plugin)) {
            packages.extend(reads.package(&plugin.digest)?);
        }
        Ok(Some((config, packages)))
    });
    let (config, packages) = found.await?.ok_or_else(|| Problem::not_found("shop", shop))?;
    Ok(Json(RecipeDetail::of(recipe, &config, packages)))
}

/// Install a recipe
///
/// All of it or nothing, and the same however often. What staff have changed of it since stays theirs, and is named as
/// `kept`. It goes into the draft; with `publish`, what runs gets it too, and nothing else of the draft. With
/// `preview`, nothing is done, and `issues` say what keeps it from being done. Hosts need the scope `plugins-write`.
#[utoipa::path(
    post, path = "/v1/recipes/{id}/install", tag = "automation", request_body = RecipeAsked,
    params(("id" = String, Path, example = "abandoned-payment")),
    responses((status = 200, body = RecipeChange), Problems), security(("bearer" = ["automation-write"]))
)]
async fn install_recipe(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<RecipeAsked>,
) -> Result<Json<RecipeChange>, Problem> {
    let recipe = find(&api, &id)?;
    let (wish, preview) = sent.body.into_wish();
    if !preview && !wish.allow_hosts.is_empty() {
        allowed(&caller, Scope::PluginsWrite)?;
    }
    let change = match preview {
        true => api.engine.preview_recipe(caller.shop(), recipe, &wish).await,
        false => api.by(&caller).engine.install_recipe(asked(&caller, sent.key), recipe, &wish).await,
    };
    answered(&api, caller.shop(), recipe, preview, change).await
}

/// Remove a recipe
///
/// From the draft and from what runs, also what staff have changed of it. Lists with items, templates, numerators and
/// stages stay. With `preview`, nothing is done.
#[utoipa::path(
    post, path = "/v1/recipes/{id}/remove", tag = "automation", request_body = RecipeRemoval,
    params(("id" = String, Path, example = "abandoned-payment")),
    responses((status = 200, body = RecipeChange), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_recipe(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<RecipeRemoval>,
) -> Result<Json<RecipeChange>, Problem> {
    let recipe = find(&api, &id)?;
    let RecipeRemoval { pipeline, pending, preview } = sent.body;
    let pipeline = pipeline.map(PipelineId);
    let pipeline = pipeline.as_ref();
    let change = match preview {
        true => api.engine.preview_recipe_removal(caller.shop(), recipe, pipeline).await,
        false => {
            let asked = asked(&caller, sent.key);
            api.by(&caller).engine.remove_recipe(asked, recipe, pipeline, pending.into()).await
        }
    };
    answered(&api, caller.shop(), recipe, preview, change).await
}

async fn answered(
    api: &Api,
    shop: ShopId,
    recipe: &Recipe,
    preview: bool,
    change: Result<Change, Refusal>,
) -> Result<Json<RecipeChange>, Problem> {
    let change = change.map_err(|refusal| Problem::refused(refusal, &[&recipe.id]))?;
    let plugins: Vec<String> = change.parts.iter().map(|part| part.plugin.clone()).collect();
    let packages = api.read(move |reads| {
        let config = reads.config(shop)?;
        let mut packages = Vec::new();
        for active in config.iter().flat_map(|config| &config.plugins) {
            if plugins.contains(active.0) {
                packages.extend(reads.package(&active.1.digest)?);
            }
        }
        Ok(packages)
    });
    Ok(Json(RecipeChange::of(recipe, preview, change, packages.await?)))
}

fn find<'a>(api: &'a Api, id: &str) -> Result<&'a Recipe, Problem> {
    let found = api.recipes.iter().find(|recipe| recipe.id == id);
    found.ok_or_else(|| Problem::not_found("recipe", id).hint("GET /v1/recipes lists them"))
}
