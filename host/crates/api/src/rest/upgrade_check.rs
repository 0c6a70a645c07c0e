use std::collections::BTreeMap;

use axum::{Json, extract::State};
use rulewright_domain::{Manifest, Scope, StageAutomation, StageId, usage};
use rulewright_engine::hide_secrets_of;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{Ask, Sent},
    problem::{Problem, Problems},
    state::Api,
    view::{Place, Renaming, Rewrites, UpgradeCheck},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(check_upgrade, rewrite_drafts))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CheckQuery {
    /// Dotted path of the field; what lies below it counts too.
    #[param(example = "order.fields.delivery")]
    field: String,
    /// Its new path, for the drafts that would read it there.
    #[param(example = "order.fields.courier")]
    to: Option<String>,
}

/// Find what reads a field
///
/// Before a field is renamed or removed: every published rule and trigger that reads it, and where. With `to`, also the
/// drafts in which they read the new one. Workflows have no drafts: change and publish them by hand.
#[utoipa::path(
    get, path = "/v1/upgrade-check", tag = "automation", params(CheckQuery),
    responses((status = 200, body = UpgradeCheck), Problems), security(("bearer" = ["automation-read"]))
)]
async fn check_upgrade(
    State(api): State<Api>,
    caller: AutomationRead,
    Ask(CheckQuery { field, to }): Ask<CheckQuery>,
) -> Result<Json<UpgradeCheck>, Problem> {
    let wrong = |text: &str| Problem::bad_request("query", not_a_path(text));
    if let Some(text) = [Some(&field), to.as_ref()].into_iter().flatten().find(|text| !is_path(text)) {
        return Err(wrong(text));
    }
    let config = config(&api, caller.shop()).await?;
    let manifest = |plugin: &String| -> Option<&Manifest> { Some(&config.plugins.get(plugin)?.manifest) };
    let mut readers = Vec::new();
    for automation in config.automations.values() {
        let place = Place { pipeline: Some(automation.pipeline.0.clone()), workflow: None };
        let found = usage::readers(&automation.stages, &manifest, &field);
        readers.extend(found.into_iter().map(|reader| (place.clone(), automation.revision, reader)));
    }
    for workflow in config.workflows.values() {
        let place = Place { pipeline: None, workflow: Some(workflow.name.clone()) };
        let rules = StageAutomation { triggers: Vec::new(), rules: workflow.rules.clone() };
        let found = usage::readers(&BTreeMap::from([(StageId(String::new()), rules)]), &manifest, &field);
        readers.extend(found.into_iter().map(|reader| (place.clone(), workflow.revision, reader)));
    }
    let mut drafts = match &to {
        Some(to) => api.engine.rewrites(caller.shop(), &field, to).await?,
        None => Vec::new(),
    };
    if !caller.may(Scope::AutomationWrite) {
        drafts.iter_mut().for_each(|draft| hide_secrets_of(&config, &mut draft.stages));
    }
    Ok(Json(UpgradeCheck::of(readers, drafts)))
}

/// Save the drafts in which a field has its new name
///
/// Those that `GET /v1/upgrade-check` offers. Nothing runs because of them until they are published.
#[utoipa::path(
    post, path = "/v1/upgrade-check", tag = "automation", request_body = Renaming,
    responses((status = 200, body = Rewrites), Problems), security(("bearer" = ["automation-write"]))
)]
async fn rewrite_drafts(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<Renaming>,
) -> Result<Json<Rewrites>, Problem> {
    let Renaming { field, to } = sent.body;
    for (path, text) in [("/field", &field), ("/to", &to)] {
        if !is_path(text) {
            return Err(Problem::mistake(path, "path", not_a_path(text)));
        }
    }
    Ok(Json(api.engine.rewrite(caller.shop(), &field, &to).await?.into()))
}

fn is_path(text: &str) -> bool {
    !text.split('.').any(str::is_empty)
}

fn not_a_path(text: &str) -> String {
    format!("`{text}` is no dotted path such as order.fields.delivery")
}
