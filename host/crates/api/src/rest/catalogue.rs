use axum::{Json, extract::State};
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
/// Every installed plugin, with the schema of its settings; `groups` has the same by group.
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
        Ok(Some((config.shop, packages)))
    });
    let (shop, packages) = found.await?.ok_or_else(|| Problem::not_found("shop", caller.shop()))?;
    Ok(Json(Catalogue::of(&shop, packages, &filter)))
}
