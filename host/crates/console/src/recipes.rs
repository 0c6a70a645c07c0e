//! Recipes: automations that somebody has thought through, looked at beforehand, put into the shop and taken out again.

mod view;

use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{InstalledRecipe, PipelineId, Recipe, ShopConfig, account::Ability};
use rulewright_engine::{Pending, RecipeWish, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Console,
    door::{At, Edit, Look, See, Visitor},
    forms::{self, Posted},
    listing::filled,
    names,
    shell::{self, Place},
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/recipes", get(list))
        .route("/recipes/{id}", get(page).post(install))
        .route("/recipes/{id}/remove", post(remove))
}

/// Before the names of all parameters in the form.
const PARAMETERS: &str = "/parameters";

fn find<'c>(console: &'c Console, id: &str) -> Result<&'c Recipe, Trouble> {
    console.0.recipes.iter().find(|recipe| recipe.id == id).ok_or(Trouble::NotFound)
}

fn title<'r>(look: &Look, recipe: &'r Recipe) -> &'r str {
    Recipe::word(&recipe.title, look.words.language().code)
}

/// Where the shop has it.
fn installed<'c>(config: &'c ShopConfig, recipe: &str) -> impl Iterator<Item = &'c InstalledRecipe> {
    config.recipes.iter().filter(move |one| one.recipe == recipe)
}

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let look = &visitor.look;
    let heading = look.text("recipes-title");
    let body = html! {
        p { a href="/marketplace" { (look.text("market-back")) } }
        h1 { (heading) }
        p.muted { (look.text("recipes-help")) }
        @if console.0.recipes.is_empty() { (show::empty(&look.text("recipes-none"), None)) }
        ul.cards { @for recipe in &console.0.recipes { (card(look, &config, recipe)) } }
    };
    Ok(shell::page(&visitor, shell::Page { title: &heading, place: Some(Place::Marketplace), body }))
}

fn card(look: &Look, config: &ShopConfig, recipe: &Recipe) -> Markup {
    html! {
        li.card data-row="" {
            h2 { a href=(format!("/recipes/{}", recipe.id)) { (title(look, recipe)) } }
            p { (Recipe::word(&recipe.description, look.words.language().code)) }
            @for one in installed(config, &recipe.id) {
                p.row { (Tone::Good.pill(&look.with("recipe-installed", &[("pipeline", names::pipeline(config, &one.pipeline).into())]))) }
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    pipeline: String,
}

/// What it would do as it is suggested, or as it was installed last.
async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let recipe = find(&console, &id)?;
    let config = console.config(visitor.shop).await?;
    let pipeline = filled(&asked.pipeline).map(PipelineId::from);
    let last =
        installed(&config, &id).find(|one| pipeline.as_ref().is_none_or(|named| one.pipeline == *named));
    let parameters = last.map_or_else(|| recipe.defaults(), |one| one.parameters.clone());
    let wish = RecipeWish { pipeline, parameters, publish: true, ..RecipeWish::default() };
    looked_at(&console, &visitor, recipe, &wish).await
}

async fn looked_at(
    console: &Console,
    visitor: &Visitor,
    recipe: &Recipe,
    wish: &RecipeWish,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let change = console.engine().preview_recipe(visitor.shop, recipe, wish).await.map_err(Trouble::from);
    Ok(sheet(visitor, &config, recipe, wish, &change))
}

fn sheet(
    visitor: &Visitor,
    config: &ShopConfig,
    recipe: &Recipe,
    wish: &RecipeWish,
    change: &Result<rulewright_engine::RecipeChange, Trouble>,
) -> Markup {
    let (look, may) = (&visitor.look, visitor.may(Ability::Edit));
    let heading = title(look, recipe);
    let body = html! {
        p { a href="/recipes" { (look.text("recipes-back")) } }
        h1 { (heading) }
        p { (Recipe::word(&recipe.description, look.words.language().code)) }
        (view::shown(look, config, recipe, wish, change, may))
        @if may { @for one in installed(config, &recipe.id) { (view::removal(look, config, one, heading)) } }
    };
    shell::page(visitor, shell::Page { title: heading, place: Some(Place::Marketplace), body })
}

/// What a form says that it should be like.
fn wished(recipe: &Recipe, pairs: &[(String, String)]) -> RecipeWish {
    let posted = Posted::of(pairs);
    let parameters = match forms::read_at(&recipe.parameters, pairs, PARAMETERS) {
        Value::Object(parameters) => parameters,
        _ => Map::new(),
    };
    RecipeWish {
        pipeline: posted.last("pipeline").and_then(filled).map(PipelineId::from),
        stages: Default::default(),
        parameters,
        allow_hosts: posted.all("host").iter().map(|host| (*host).to_owned()).collect(),
        publish: posted.last("publish").is_some(),
    }
}

/// Shows what it would do, or does it: all of it or nothing.
async fn install(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(id): At<String>,
    Form(mut pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let recipe = find(&console, &id)?;
    let again = forms::act(&mut pairs);
    let wish = wished(recipe, &pairs);
    if again || Posted::of(&pairs).last("act") != Some("install") {
        return Ok(looked_at(&console, &visitor, recipe, &wish).await?.into_response());
    }
    // A host is a part of what a plugin may do.
    if !wish.allow_hosts.is_empty() && !visitor.may(Ability::Plugins) {
        return Err(Trouble::Denied(Ability::Plugins));
    }
    match visitor.engine(&console).install_recipe(visitor.shop, recipe, &wish).await {
        Ok(change) => {
            let to = change.pipeline.map(|pipeline| format!("/automation/{pipeline}"));
            Ok(Redirect::to(to.as_deref().unwrap_or("/automation")).into_response())
        }
        Err(refusal @ (Refusal::Invalid(_) | Refusal::OutOfPlan(_))) => {
            let config = console.config(visitor.shop).await?;
            let page = sheet(&visitor, &config, recipe, &wish, &Err(refusal.into()));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
struct Removal {
    pipeline: String,
    #[serde(default)]
    pending: Pending,
}

async fn remove(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(id): At<String>,
    Form(removal): Form<Removal>,
) -> Result<Redirect, Trouble> {
    let recipe = find(&console, &id)?;
    let pipeline = PipelineId(removal.pipeline);
    visitor.engine(&console).remove_recipe(visitor.shop, recipe, Some(&pipeline), removal.pending).await?;
    Ok(Redirect::to(&format!("/recipes/{id}")))
}
