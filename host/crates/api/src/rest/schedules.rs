//! Schedules of the shop: times at which triggers are asked about every open order.

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Schedule, ScheduleInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_schedules)).routes(routes!(
        get_schedule,
        put_schedule,
        delete_schedule
    ))
}

/// List schedules
///
/// On one page, each with its next three times.
#[utoipa::path(
    get, path = "/v1/schedules", tag = "automation",
    responses((status = 200, body = Page<Schedule>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_schedules(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Schedule>>, Problem> {
    let now = api.engine.clock().now();
    let schedules = config(&api, caller.shop()).await?.schedules.into_values();
    Ok(Json(Page { items: schedules.map(|schedule| Schedule::of(schedule, now)).collect(), next: None }))
}

/// Read a schedule
#[utoipa::path(
    get, path = "/v1/schedules/{name}", tag = "automation",
    params(("name" = String, Path, example = "morning")),
    responses((status = 200, body = Schedule), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_schedule(
    State(api): State<Api>,
    caller: AutomationRead,
    At(name): At<String>,
) -> Result<Json<Schedule>, Problem> {
    let found = config(&api, caller.shop()).await?.schedules.remove(&name);
    let found = found.ok_or_else(|| Problem::not_found("schedule", &name))?;
    Ok(Json(Schedule::of(found, api.engine.clock().now())))
}

/// Create or replace a schedule
///
/// Comes due from now on; what has passed before does not count. Where the server was down, it comes due once.
#[utoipa::path(
    put, path = "/v1/schedules/{name}", tag = "automation", request_body = ScheduleInput,
    params(("name" = String, Path, example = "morning")),
    responses((status = 200, body = Schedule), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_schedule(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<ScheduleInput>,
) -> Result<Json<Schedule>, Problem> {
    let zone = config(&api, caller.shop()).await?.shop.time_zone;
    let schedule = sent.body.into_domain(name, zone);
    api.by(&caller).engine.put_schedule(caller.shop(), schedule.clone()).await?;
    Ok(Json(Schedule::of(schedule, api.engine.clock().now())))
}

/// Delete a schedule
///
/// Refused while a trigger names it.
#[utoipa::path(
    delete, path = "/v1/schedules/{name}", tag = "automation",
    params(("name" = String, Path, example = "morning")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_schedule(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_schedule(caller.shop(), &name).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}
