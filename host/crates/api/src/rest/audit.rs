use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Admin,
    extract::Ask,
    page::{Page, PageQuery},
    problem::{Problem, Problems},
    state::Api,
    view::{AuditEntry, AuditVerified},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_audit)).routes(routes!(verify_audit))
}

/// List what was changed about the shop, and by whom
///
/// Append-only: each entry is chained to the one before by its hash.
#[utoipa::path(
    get, path = "/v1/audit", tag = "operating", params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>), Problems), security(("bearer" = ["admin"]))
)]
async fn list_audit(
    State(api): State<Api>,
    caller: Admin,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = api.read(move |reads| reads.audit(shop, page)).await?;
    Ok(Json(window.page(found, |entry| entry.number as i64, AuditEntry::from)))
}

/// Go through the whole audit log
#[utoipa::path(
    get, path = "/v1/audit/verify", tag = "operating",
    responses((status = 200, body = AuditVerified), Problems), security(("bearer" = ["admin"]))
)]
async fn verify_audit(State(api): State<Api>, caller: Admin) -> Result<Json<AuditVerified>, Problem> {
    Ok(Json(api.engine.verify_audit(caller.shop()).await?.into()))
}
