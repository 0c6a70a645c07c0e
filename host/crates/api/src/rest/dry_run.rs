//! What the rules of a stage would do with an order, without doing anything.

use axum::{Json, extract::State, http::StatusCode};
use rulewright_domain::{PipelineId, Scope};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::automation::refused;
use crate::{
    auth::AutomationRead,
    extract::{At, Sent},
    problem::{Problem, Problems},
    state::Api,
    view::{DryRun, DryRunInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(dry_run_automation))
}

/// Try a stage's rules with an order
///
/// Nothing is sent, nothing is written and no number is taken. The answer tells for each rule of the stage what would become
/// of it, and every effect by value: who would get which message, what changes from what to what. With `stages` it tries an
/// automation that nobody has saved. Who tries rules with an order reads it: that needs the scope `orders-read` too.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/automation/dry-run", tag = "automation", request_body = DryRunInput,
    params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = DryRun), Problems), security(("bearer" = ["automation-read"]))
)]
async fn dry_run_automation(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    sent: Sent<DryRunInput>,
) -> Result<Json<DryRun>, Problem> {
    if !caller.may(Scope::OrdersRead) {
        let detail = "a dry run shows the order and its clients, and the token may not read orders";
        return Err(Problem::new(StatusCode::FORBIDDEN, "orders-not-shown", detail)
            .hint("use a token that has the scope `orders-read` too"));
    }
    let pipeline = PipelineId(id);
    // It may be repeated as often as one likes, so no answer is kept under a key.
    let wish = sent.body.into_domain(pipeline.clone())?;
    let report = api.engine.dry_run(caller.shop(), wish).await;
    Ok(Json(report.map_err(|refusal| refused(refusal, &pipeline))?.into()))
}
