use axum::{Json, extract::State, http::StatusCode};
use rulewright_domain::PipelineId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Pipeline, PipelineInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_pipelines)).routes(routes!(
        get_pipeline,
        put_pipeline,
        delete_pipeline
    ))
}

/// List pipelines
///
/// Few enough for one page.
#[utoipa::path(
    get, path = "/v1/pipelines", tag = "automation",
    responses((status = 200, body = Page<Pipeline>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_pipelines(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Pipeline>>, Problem> {
    let mut config = config(&api, caller.shop()).await?;
    let items = config.pipelines.into_values().map(|pipeline| {
        let published = config.automations.remove(&pipeline.id).map(|automation| automation.revision);
        Pipeline::of(pipeline, published)
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// Read a pipeline
#[utoipa::path(
    get, path = "/v1/pipelines/{id}", tag = "automation", params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = Pipeline), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_pipeline(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Pipeline>, Problem> {
    let id = PipelineId(id);
    let mut config = config(&api, caller.shop()).await?;
    let pipeline = config.pipelines.remove(&id).ok_or_else(|| Problem::not_found("pipeline", &id))?;
    let published = config.automations.get(&id).map(|automation| automation.revision);
    Ok(Json(Pipeline::of(pipeline, published)))
}

/// Create or replace a pipeline
///
/// Stages that orders stand in cannot be taken away.
#[utoipa::path(
    put, path = "/v1/pipelines/{id}", tag = "automation", request_body = PipelineInput,
    params(("id" = String, Path, example = "sales")),
    responses((status = 204, description = "It is in use"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_pipeline(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<PipelineInput>,
) -> Result<StatusCode, Problem> {
    if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    {
        let detail =
            format!("`{id}` is not the id of a pipeline: 1 to 64 letters, digits, dashes and underscores");
        return Err(Problem::bad_request("path", detail));
    }
    api.by(&caller).engine.put_pipeline(asked(&caller, sent.key), sent.body.into_domain(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a pipeline with its automation
///
/// Not while orders stand in it, and never the first one for deals. What happened in it stays told, by its number.
#[utoipa::path(
    delete, path = "/v1/pipelines/{id}", tag = "automation", params(("id" = String, Path, example = "repairs")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_pipeline(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_pipeline(caller.shop(), PipelineId(id.clone())).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}
