use axum::{Json, extract::State};
use rulewright_domain::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::RunsRead,
    extract::Ask,
    problem::{Problem, Problems},
    state::Api,
    view::{Bucket, QueueStatistics, RunStatistics},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_run_statistics)).routes(routes!(get_queue_statistics))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RunsQuery {
    /// Runs that ended from then on.
    #[param(value_type = String, format = DateTime, example = "2026-11-20T00:00:00Z")]
    from: Timestamp,
    /// And before this.
    #[param(value_type = String, format = DateTime, example = "2026-11-21T00:00:00Z")]
    to: Timestamp,
    /// `hour` if left out. The time may have 2,000 at most.
    #[param(inline)]
    bucket: Option<Bucket>,
}

/// Count the runs that ended in a time
///
/// By how they ended: over time, by rule, and by version of the plugin; and how long they took.
#[utoipa::path(
    get, path = "/v1/statistics/runs", tag = "runs", params(RunsQuery),
    responses((status = 200, body = RunStatistics), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_run_statistics(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<RunsQuery>,
) -> Result<Json<RunStatistics>, Problem> {
    let RunsQuery { from, to, bucket } = query;
    let bucket = bucket.unwrap_or(Bucket::Hour);
    let found = api.engine.run_statistics(caller.shop(), from, to, bucket.into()).await?;
    Ok(Json(RunStatistics::of(from, to, bucket, found)))
}

/// Count what waits
#[utoipa::path(
    get, path = "/v1/statistics/queue", tag = "runs",
    responses((status = 200, body = QueueStatistics), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_queue_statistics(
    State(api): State<Api>,
    caller: RunsRead,
) -> Result<Json<QueueStatistics>, Problem> {
    Ok(Json(api.engine.queue_statistics(caller.shop()).await?.into()))
}
