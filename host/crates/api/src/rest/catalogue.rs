use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::AutomationRead,
    problem::{Problem, Problems},
    state::Api,
    view::Catalogue,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_catalogue))
}

/// Read what can be put on a stage
///
/// Every installed plugin by group, with the schema of its settings.
#[utoipa::path(
    get, path = "/v1/catalogue", tag = "automation",
    responses((status = 200, body = Catalogue), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_catalogue(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Catalogue>, Problem> {
    Ok(Json(Catalogue::of(config(&api, caller.shop()).await?)))
}
