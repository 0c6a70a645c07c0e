use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{RunsRead, RunsWrite},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{HealthMuteInput, HealthNote},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_health_notes)).routes(routes!(mute_health_note))
}

/// List what somebody should look at
///
/// On one page, what has lasted for longest first, what is muted included. Nothing is to be done where it is empty.
#[utoipa::path(
    get, path = "/v1/health-notes", tag = "runs",
    responses((status = 200, body = Page<HealthNote>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_health_notes(
    State(api): State<Api>,
    caller: RunsRead,
) -> Result<Json<Page<HealthNote>>, Problem> {
    let notes = api.engine.health_notes(caller.shop()).await?;
    Ok(Json(Page { items: notes.into_iter().map(HealthNote::from).collect(), next: None }))
}

/// Mute a health note for a time
///
/// Also before it is there: whoever closes for a fortnight knows that nothing will run.
#[utoipa::path(
    post, path = "/v1/health-notes/{id}/mute", tag = "runs", request_body = HealthMuteInput,
    params(("id" = String, Path, example = "silent")),
    responses((status = 204, description = "Muted, or no longer"), Problems), security(("bearer" = ["runs-write"]))
)]
async fn mute_health_note(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<String>,
    sent: Sent<HealthMuteInput>,
) -> Result<StatusCode, Problem> {
    let (asked, by) = (asked(&caller, sent.key), caller.name().to_owned());
    let muted = api.engine.mute_health_note(asked, id.clone(), sent.body.until, by).await;
    muted.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}
