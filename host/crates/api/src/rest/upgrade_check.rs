use axum::{Json, extract::State};
use rulewright_domain::{Manifest, usage};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::AutomationRead,
    extract::Ask,
    problem::{Problem, Problems},
    state::Api,
    view::UpgradeCheck,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(check_upgrade))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CheckQuery {
    /// Dotted path of the field; what lies below it counts too.
    #[param(example = "order.fields.delivery")]
    field: String,
}

/// Find what reads a field
///
/// Before a field is renamed or removed: every published rule and trigger that reads it, and where.
#[utoipa::path(
    get, path = "/v1/upgrade-check", tag = "automation", params(CheckQuery),
    responses((status = 200, body = UpgradeCheck), Problems), security(("bearer" = ["automation-read"]))
)]
async fn check_upgrade(
    State(api): State<Api>,
    caller: AutomationRead,
    Ask(CheckQuery { field }): Ask<CheckQuery>,
) -> Result<Json<UpgradeCheck>, Problem> {
    if field.split('.').any(str::is_empty) {
        let detail = format!("`{field}` is no dotted path such as order.fields.delivery");
        return Err(Problem::bad_request("query", detail));
    }
    let config = config(&api, caller.shop()).await?;
    let manifest = |plugin: &String| -> Option<&Manifest> { Some(&config.plugins.get(plugin)?.manifest) };
    let readers = config
        .automations
        .values()
        .flat_map(|automation| {
            let found = usage::readers(&automation.stages, &manifest, &field);
            found.into_iter().map(move |reader| (automation, reader))
        })
        .map(|(automation, reader)| (automation.pipeline.clone(), automation.revision, reader));
    Ok(Json(UpgradeCheck::of(readers)))
}
