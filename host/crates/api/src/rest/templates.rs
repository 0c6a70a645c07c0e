//! What documents are made of: templates, and the numerators that number them.

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Numerator, NumeratorInput, Template, TemplateInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(put_template))
        .routes(routes!(list_numerators))
        .routes(routes!(put_numerator))
}

/// List templates
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/templates", tag = "documents",
    responses((status = 200, body = Page<Template>), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn list_templates(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Template>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(Page { items: config.templates.into_values().map(Template::from).collect(), next: None }))
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

/// List numerators
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/numerators", tag = "documents",
    responses((status = 200, body = Page<Numerator>), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn list_numerators(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Numerator>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(Page { items: config.numerators.into_values().map(Numerator::from).collect(), next: None }))
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
