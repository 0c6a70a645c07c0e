use axum::{Json, extract::State};
use rulewright_domain::{
    Manifest, Package, ShopConfig,
    application_rule::{RULE_PLUGIN, TRIGGER_PLUGIN, offered},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::AutomationRead,
    extract::Ask,
    problem::{Problem, Problems},
    state::Api,
    view::{Catalogue, CatalogueFilter},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_catalogue))
}

/// Read what can be put on a stage
///
/// Every installed plugin, with the schema of its settings; `groups` has the same by group. Rules and triggers of
/// applications follow, each with a schema of its own: they are put on a stage as settings of the plugin behind them.
#[utoipa::path(
    get, path = "/v1/catalogue", tag = "automation", params(CatalogueFilter),
    responses((status = 200, body = Catalogue), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_catalogue(
    State(api): State<Api>,
    caller: AutomationRead,
    Ask(filter): Ask<CatalogueFilter>,
) -> Result<Json<Catalogue>, Problem> {
    let shop = caller.shop();
    let found = api.read(move |reads| {
        let Some(config) = reads.config(shop)? else { return Ok(None) };
        let mut packages = Vec::new();
        for plugin in config.plugins.values() {
            packages.extend(reads.package(&plugin.digest)?);
        }
        let of_applications = of_applications(&config, &packages);
        packages.extend(of_applications);
        Ok(Some((config.shop, packages)))
    });
    let (shop, packages) = found.await?.ok_or_else(|| Problem::not_found("shop", caller.shop()))?;
    Ok(Json(Catalogue::of(&shop, packages, &filter)))
}

/// What applications have registered, as far as the plugin behind it is installed.
fn of_applications(config: &ShopConfig, packages: &[Package]) -> Vec<Package> {
    let find = |id: &str| packages.iter().find(|package| package.manifest.id == id);
    let like = |package: &Package, manifest: Manifest| Package { manifest, ..package.clone() };
    let rules = find(RULE_PLUGIN).into_iter().flat_map(|package| {
        let rules = config.application_rules.values();
        rules.map(|rule| like(package, rule.offered(&package.manifest)))
    });
    let triggers = find(TRIGGER_PLUGIN).into_iter().flat_map(|package| {
        let triggers = config.application_triggers.iter();
        triggers.map(|trigger| like(package, offered(trigger, config, &package.manifest)))
    });
    rules.chain(triggers).collect()
}
