//! Components that the operator has stopped everywhere.

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Admin, AutomationRead},
    extract::{At, Sent},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{QuarantineInput, Quarantined},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_quarantined)).routes(routes!(quarantine, release))
}

/// List components that must not run
///
/// By the operator's word, or by a registry's list of revocations. On one page.
#[utoipa::path(
    get, path = "/v1/quarantine", tag = "operating",
    responses((status = 200, body = Page<Quarantined>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_quarantined(
    State(api): State<Api>,
    _caller: AutomationRead,
) -> Result<Json<Page<Quarantined>>, Problem> {
    let all = api.engine.revocations().await?;
    Ok(Json(Page { items: all.into_iter().map(Quarantined::of).collect(), next: None }))
}

/// Stop a component at once, in every shop
///
/// Nothing of it is invoked any more, and its runs that have not ended end with this reason. Not over the API of a server
/// with several shops: there it is done where the data is, with `rulewright plugin quarantine --data DIR`.
#[utoipa::path(
    put, path = "/v1/quarantine/{digest}", tag = "operating", request_body = QuarantineInput,
    params(("digest" = String, Path, example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", description = "SHA-256 of the component")),
    responses((status = 204, description = "Stopped"), Problems), security(("bearer" = ["admin"]))
)]
async fn quarantine(
    State(api): State<Api>,
    caller: Admin,
    At(digest): At<String>,
    sent: Sent<QuarantineInput>,
) -> Result<StatusCode, Problem> {
    alone(
        &api,
        STOPPED,
        "do it where the data is: `rulewright plugin quarantine DIGEST --reason TEXT --data DIR`",
    )
    .await?;
    api.by(&caller).engine.quarantine(&digest, &sent.body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a component run again that the operator has stopped
///
/// What a registry's list revokes stays revoked.
#[utoipa::path(
    delete, path = "/v1/quarantine/{digest}", tag = "operating",
    params(("digest" = String, Path, example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", description = "SHA-256 of the component")),
    responses((status = 204, description = "Released"), Problems), security(("bearer" = ["admin"]))
)]
async fn release(
    State(api): State<Api>,
    caller: Admin,
    At(digest): At<String>,
) -> Result<StatusCode, Problem> {
    alone(
        &api,
        STOPPED,
        "do it where the data is: `rulewright plugin quarantine DIGEST --release --data DIR`",
    )
    .await?;
    api.by(&caller).engine.release(&digest).await.map_err(|refusal| Problem::refused(refusal, &[&digest]))?;
    Ok(StatusCode::NO_CONTENT)
}

const STOPPED: &str = "a component is stopped in all of them";

/// A token belongs to a shop, and what it does may not stop another's.
pub(super) async fn alone(api: &Api, what: &str, hint: &'static str) -> Result<(), Problem> {
    match api.read(|reads| reads.shops()).await?.len() {
        0 | 1 => Ok(()),
        shops => {
            let detail = format!("this server has {shops} shops, and {what}");
            Err(Problem::new(StatusCode::FORBIDDEN, "operator-only", detail).hint(hint))
        }
    }
}
