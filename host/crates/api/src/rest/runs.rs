use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{OrderId, RunId, Scope};
use rulewright_engine::Shown;
use rulewright_ports::storage::RunQuery;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::fields::actor;
use crate::{
    auth::{RunsRead, RunsWrite, allowed},
    extract::{Ask, At, MaybeSent},
    key::asked,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Nothing, Run, RunDetail, RunRecording, StartedAgain},
};

/// Every name that a state has.
const STATES: [&str; 9] =
    ["blocked", "scheduled", "parked", "ready", "waiting", "done", "skipped", "failed", "cancelled"];

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_runs))
        .routes(routes!(get_run))
        .routes(routes!(get_recording))
        .routes(routes!(retry_run))
        .routes(routes!(run_again))
        .routes(routes!(cancel_run))
}

list_query! {
    RunsQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
        #[param(example = "failed")]
        state: String,
        /// Id of the rule.
        rule: String,
        /// Only runs of rules in shadow, or only the others.
        shadow: bool,
    }
}

/// List runs
#[utoipa::path(
    get, path = "/v1/runs", tag = "runs", params(RunsQuery),
    responses((status = 200, body = Page<Run>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_runs(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<RunsQuery>,
) -> Result<Json<Page<Run>>, Problem> {
    if let Some(state) = query.state.as_deref().filter(|state| !STATES.contains(state)) {
        let detail = format!("`{state}` is not the state of a run: {}", STATES.join(", "));
        return Err(Problem::bad_request("query", detail));
    }
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = RunQuery {
        order: query.order,
        state: query.state,
        rule: query.rule,
        shadow: query.shadow,
        ..RunQuery::default()
    };
    let found = api.read(move |reads| reads.runs(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |run| run.id.0, Run::from)))
}

/// Read a run with its trace
#[utoipa::path(
    get, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path, example = "run_5")),
    responses((status = 200, body = RunDetail), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_run(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<RunId>,
) -> Result<Json<RunDetail>, Problem> {
    let shop = caller.shop();
    let run = api.read(move |reads| reads.run(shop, id)).await?;
    Ok(Json(run.ok_or_else(|| Problem::not_found("run", id))?.into()))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RecordingQuery {
    /// With the people as they are; needs the scope `orders-read` too. What is secret in the settings of the rule is `•••`
    /// without the scope `automation-write`.
    #[serde(default)]
    unmasked: bool,
}

/// Read what a run was given
///
/// For `rulewright plugin replay`: with it the run can be done again, by the same component or by a changed one. Names,
/// phone numbers, mail addresses and addresses are made unrecognisable and keep their form; the same person is the same in
/// all runs of the shop. What staff have written about somebody in free text is found only where it holds one of these.
#[utoipa::path(
    get, path = "/v1/runs/{id}/recording", tag = "runs",
    params(("id" = String, Path, example = "run_5"), RecordingQuery),
    responses((status = 200, body = RunRecording), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_recording(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<RunId>,
    Ask(query): Ask<RecordingQuery>,
) -> Result<Json<RunRecording>, Problem> {
    let shown = match query.unmasked {
        true => {
            allowed(&caller, Scope::OrdersRead)?;
            if caller.may(Scope::AutomationWrite) { Shown::All } else { Shown::NoSecrets }
        }
        false => Shown::NoPeople,
    };
    let recording = api.engine.recording_as(caller.shop(), id, shown).await;
    let recording = recording.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(Json(recording.into()))
}

/// Try a failed run again
#[utoipa::path(
    post, path = "/v1/runs/{id}/retry", tag = "runs", params(("id" = String, Path, example = "run_5")),
    responses((status = 204, description = "It is ready again"), Problems), security(("bearer" = ["runs-write"]))
)]
async fn retry_run(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<RunId>,
    sent: MaybeSent<Nothing>,
) -> Result<StatusCode, Problem> {
    let retried = api.engine.retry_run(asked(&caller, sent.key), id).await;
    retried.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Start the rule of an ended run again
///
/// A new run of the same rule for the same order, from its first step, under the automation as it is published now. Nothing
/// of the old run is undone, and everything that it did is done again: messages are sent once more, with keys of their own.
/// Refused with 409 where the old run has not ended, the order has left the stage, or the rule is gone, switched off or under
/// way for the order.
#[utoipa::path(
    post, path = "/v1/runs/{id}/again", tag = "runs", params(("id" = String, Path, example = "run_5")),
    responses((status = 201, body = StartedAgain), Problems), security(("bearer" = ["runs-write"]))
)]
async fn run_again(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<RunId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let started = api.by(&caller).engine.run_again(asked(&caller, sent.key), id, actor(&caller)).await;
    let run = started.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    let place = format!("/v1/runs/{run}");
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(StartedAgain { run })).into_response())
}

/// Cancel a run that has not ended
#[utoipa::path(
    post, path = "/v1/runs/{id}/cancel", tag = "runs", params(("id" = String, Path, example = "run_5")),
    responses((status = 204, description = "It will not go on"), Problems), security(("bearer" = ["runs-write"]))
)]
async fn cancel_run(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<RunId>,
    sent: MaybeSent<Nothing>,
) -> Result<StatusCode, Problem> {
    let cancelled = api.engine.cancel_run(asked(&caller, sent.key), id).await;
    cancelled.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}
