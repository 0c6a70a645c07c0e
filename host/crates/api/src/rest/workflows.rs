//! Workflows: chains of rules that are started for an order, wherever it stands.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{Command, EventId, OrderId, Scope};
use rulewright_engine::hide_secrets;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{done, shop::config};
use crate::{
    auth::{AutomationRead, AutomationWrite, OrdersWrite, RunsWrite},
    extract::{At, MaybeSent, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{
        Receipt, Workflow, WorkflowInput, WorkflowPublished, WorkflowStart, WorkflowStop, WorkflowStopped,
    },
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_workflows))
        .routes(routes!(put_workflow, delete_workflow))
        .routes(routes!(start_workflow))
        .routes(routes!(stop_workflow))
}

/// List workflows
///
/// On one page. Without the scope `automation-write`, `•••` stands in place of each secret in the settings of its rules.
#[utoipa::path(
    get, path = "/v1/workflows", tag = "automation",
    responses((status = 200, body = Page<Workflow>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_workflows(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Workflow>>, Problem> {
    let mut config = config(&api, caller.shop()).await?;
    if !caller.may(Scope::AutomationWrite) {
        let mut workflows = std::mem::take(&mut config.workflows);
        for rule in workflows.values_mut().flat_map(|workflow| &mut workflow.rules) {
            hide_secrets(&config, &rule.plugin, &mut rule.settings);
        }
        config.workflows = workflows;
    }
    Ok(Json(Page { items: config.workflows.into_values().map(Workflow::from).collect(), next: None }))
}

/// Publish a workflow
///
/// As a new revision. What runs already keeps the one that it began with. Where `•••` stands in place of a secret, the rule
/// of this id keeps the one that it has.
#[utoipa::path(
    put, path = "/v1/workflows/{name}", tag = "automation", request_body = WorkflowInput,
    params(("name" = String, Path, example = "approval")),
    responses((status = 200, body = WorkflowPublished), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_workflow(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<WorkflowInput>,
) -> Result<Json<WorkflowPublished>, Problem> {
    let published =
        api.by(&caller).engine.publish_workflow(caller.shop(), sent.body.into_domain(name.clone())).await;
    Ok(Json(WorkflowPublished {
        revision: published.map_err(|refusal| Problem::refused(refusal, &[&name]))?,
    }))
}

/// Retire a workflow
///
/// Nobody can start it any more. What runs already goes on.
#[utoipa::path(
    delete, path = "/v1/workflows/{name}", tag = "automation",
    params(("name" = String, Path, example = "approval")),
    responses((status = 204, description = "Retired"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_workflow(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let retired = api.by(&caller).engine.retire_workflow(caller.shop(), &name).await;
    retired.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Start a workflow for an order
///
/// Its runs are among the order's. The event in the receipt is the start, which can be stopped.
#[utoipa::path(
    post, path = "/v1/orders/{id}/workflows", tag = "orders", request_body = WorkflowStart,
    params(("id" = String, Path, example = "ord_42")),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn start_workflow(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(order): At<OrderId>,
    sent: Sent<WorkflowStart>,
) -> Result<Response, Problem> {
    let WorkflowStart { workflow, parameters } = sent.body;
    let parameters = parameters.into_iter().collect();
    let command = Command::StartWorkflow { workflow, order, parameters };
    let receipt = api.execute(&caller, sent.key, command, &[&order.to_string()]).await?;
    Ok(done(StatusCode::ACCEPTED, receipt))
}

/// Stop what still runs of a start
///
/// The id is that of the start's event: it is in the receipt of whoever started it, and each of its runs names it. What has
/// run already stays done.
#[utoipa::path(
    post, path = "/v1/workflow-starts/{id}/stop", tag = "runs", request_body = Option<WorkflowStop>,
    params(("id" = String, Path, example = "evt_1001")),
    responses((status = 200, body = WorkflowStopped), Problems), security(("bearer" = ["runs-write"]))
)]
async fn stop_workflow(
    State(api): State<Api>,
    caller: RunsWrite,
    At(id): At<EventId>,
    sent: MaybeSent<WorkflowStop>,
) -> Result<Json<WorkflowStopped>, Problem> {
    let reason = sent.body.reason();
    let stopped = api.engine.stop_workflow(asked(&caller, sent.key), id, &reason).await;
    let runs = stopped.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(Json(WorkflowStopped { runs }))
}
