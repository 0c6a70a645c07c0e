//! What documents are made of: templates, and the numerators that number them.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    problem::{Problem, Problems},
    state::Api,
    view::{NumeratorInput, TemplateInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(put_template))
        .routes(routes!(list_numerators))
        .routes(routes!(put_numerator))
}

/// Read every template by name
#[utoipa::path(
    get, path = "/v1/templates", tag = "documents",
    responses((status = 200, body = BTreeMap<String, TemplateInput>), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn list_templates(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<BTreeMap<String, TemplateInput>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(config.templates.into_iter().map(|(name, template)| (name, template.into())).collect()))
}

/// Create or replace a template
#[utoipa::path(
    put, path = "/v1/templates/{name}", tag = "documents", request_body = TemplateInput,
    params(("name" = String, Path, example = "invoice")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_template(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<TemplateInput>,
) -> Result<StatusCode, Problem> {
    api.engine.put_template(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read every numerator by name
#[utoipa::path(
    get, path = "/v1/numerators", tag = "documents",
    responses((status = 200, body = BTreeMap<String, NumeratorInput>), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn list_numerators(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<BTreeMap<String, NumeratorInput>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(config.numerators.into_iter().map(|(name, numerator)| (name, numerator.into())).collect()))
}

/// Create or replace a numerator
#[utoipa::path(
    put, path = "/v1/numerators/{name}", tag = "documents", request_body = NumeratorInput,
    params(("name" = String, Path, example = "invoices")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_numerator(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<NumeratorInput>,
) -> Result<StatusCode, Problem> {
    api.engine.put_numerator(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
