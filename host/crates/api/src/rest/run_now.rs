//! A rule for orders that were in its stage before it was.

use axum::{Json, extract::State};
use rulewright_domain::{PipelineId, RuleId, StageId};
use rulewright_engine::RunNow;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::fields::actor;
use crate::{
    auth::{RunsRead, RunsWrite},
    extract::{At, MaybeSent},
    key::asked,
    problem::{Problem, Problems},
    state::Api,
    view::{RunNowInput, RunNowPreview, StartedNow},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(preview_run_now, run_now))
}

/// See for how many orders a rule would be started
///
/// Orders that stand in its stage, and those of them for which it has not run since they entered it.
#[utoipa::path(
    get, path = "/v1/pipelines/{id}/stages/{stage}/rules/{rule}/run", tag = "runs",
    params(("id" = String, Path, example = "sales"), ("stage" = String, Path, example = "won"), ("rule" = String, Path, example = "thanks")),
    responses((status = 200, body = RunNowPreview), Problems), security(("bearer" = ["runs-read"]))
)]
async fn preview_run_now(
    State(api): State<Api>,
    caller: RunsRead,
    At((pipeline, stage, rule)): At<(String, String, String)>,
) -> Result<Json<RunNowPreview>, Problem> {
    let found = api
        .engine
        .run_now_preview(
            caller.shop(),
            &PipelineId(pipeline.clone()),
            &StageId(stage.clone()),
            &RuleId(rule.clone()),
        )
        .await;
    Ok(Json(found.map_err(|refusal| Problem::refused(refusal, &[&pipeline, &stage, &rule]))?.into()))
}

/// Start a published rule for orders that are in its stage already
///
/// As an entry would: one that runs after the rule above it waits for that. Orders for which it has run since they entered
/// the stage are left alone, and counted. Many orders take many transactions: repeated with the same Idempotency-Key, a
/// request that was cut off does the rest.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/stages/{stage}/rules/{rule}/run", tag = "runs", request_body = Option<RunNowInput>,
    params(("id" = String, Path, example = "sales"), ("stage" = String, Path, example = "won"), ("rule" = String, Path, example = "thanks")),
    responses((status = 200, body = StartedNow), Problems), security(("bearer" = ["runs-write"]))
)]
async fn run_now(
    State(api): State<Api>,
    caller: RunsWrite,
    At((pipeline, stage, rule)): At<(String, String, String)>,
    sent: MaybeSent<RunNowInput>,
) -> Result<Json<StartedNow>, Problem> {
    let wish = RunNow {
        pipeline: PipelineId(pipeline.clone()),
        stage: StageId(stage.clone()),
        rule: RuleId(rule.clone()),
        orders: sent.body.into(),
        by: actor(&caller),
    };
    let done = api.by(&caller).engine.run_now(asked(&caller, sent.key), wish).await;
    Ok(Json(done.map_err(|refusal| Problem::refused(refusal, &[&pipeline, &stage, &rule]))?.into()))
}
