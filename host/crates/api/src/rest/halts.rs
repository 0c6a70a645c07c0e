//! Switches of the operator: what is halted on the whole server.

use axum::{Json, extract::State, http::StatusCode};
use rulewright_domain::Flow;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::quarantine::alone;
use crate::{
    auth::{Admin, AutomationRead},
    extract::{At, Sent},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{HaltInput, Halted},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_halts)).routes(routes!(halt, resume))
}

/// List what the operator has halted
///
/// On one page, and empty where everything goes.
#[utoipa::path(
    get, path = "/v1/halts", tag = "operating",
    responses((status = 200, body = Page<Halted>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_halts(State(api): State<Api>, _caller: AutomationRead) -> Result<Json<Page<Halted>>, Problem> {
    let halts = api.engine.halts()?;
    Ok(Json(Page { items: halts.into_iter().map(Halted::of).collect(), next: None }))
}

/// Halt a flow at once, in every shop
///
/// `intake`: events and changes from outside are answered with 503 and `intake-halted`, and can be repeated; reading and
/// settings go on. `outbox`: messages and webhooks wait, and go out afterwards. `egress`: requests of plugins are refused
/// as if there were no network. It stays so over restarts. Not over the API of a server with several shops: there it is done
/// where the data is, with `rulewright halt --data DIR`.
#[utoipa::path(
    put, path = "/v1/halts/{flow}", tag = "operating", request_body = HaltInput,
    params(("flow" = String, Path, example = "egress", description = "`intake`, `outbox` or `egress`")),
    responses((status = 204, description = "Halted"), Problems), security(("bearer" = ["admin"]))
)]
async fn halt(
    State(api): State<Api>,
    caller: Admin,
    At(flow): At<String>,
    sent: Sent<HaltInput>,
) -> Result<StatusCode, Problem> {
    alone(&api, HALTED, "do it where the data is: `rulewright halt FLOW --reason TEXT --data DIR`").await?;
    api.by(&caller).engine.halt(named(&flow)?, &sent.body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a flow go on that was halted
#[utoipa::path(
    delete, path = "/v1/halts/{flow}", tag = "operating",
    params(("flow" = String, Path, example = "egress", description = "`intake`, `outbox` or `egress`")),
    responses((status = 204, description = "It goes on"), Problems), security(("bearer" = ["admin"]))
)]
async fn resume(State(api): State<Api>, caller: Admin, At(flow): At<String>) -> Result<StatusCode, Problem> {
    alone(&api, HALTED, "do it where the data is: `rulewright halt FLOW --resume --data DIR`").await?;
    let resumed = api.by(&caller).engine.resume(named(&flow)?).await;
    resumed.map_err(|refusal| Problem::refused(refusal, &[&flow]))?;
    Ok(StatusCode::NO_CONTENT)
}

const HALTED: &str = "a flow is halted in all of them";

fn named(flow: &str) -> Result<Flow, Problem> {
    Flow::named(flow).ok_or_else(|| {
        Problem::not_found("flow", flow).hint("what can be halted is `intake`, `outbox` and `egress`")
    })
}
