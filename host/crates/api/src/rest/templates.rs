//! What documents are made of: templates, and the numerators that number them.

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::Source;
use rulewright_engine::{MAX_TEMPLATE_FILE, NewTemplateFile};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{Ask, At, Raw, Sent, media_type},
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Numerator, NumeratorInput, Template, TemplateInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(put_template, delete_template))
        .routes(routes!(get_template_file, put_template_file).layer(DefaultBodyLimit::max(MAX_TEMPLATE_FILE)))
        .routes(routes!(list_numerators))
        .routes(routes!(put_numerator, delete_numerator))
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
    api.by(&caller).engine.put_template(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a template
///
/// Documents that were made of it stay. Refused while a rule names it.
#[utoipa::path(
    delete, path = "/v1/templates/{name}", tag = "documents", params(("name" = String, Path, example = "invoice")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_template(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_template(caller.shop(), &name).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TemplateFileQuery {
    /// Of its documents, before the number.
    #[param(example = "Invoice")]
    title: String,
    /// Gives its documents their numbers.
    #[param(example = "invoices")]
    numerator: String,
}

/// Create or replace a template that is a file
///
/// The body is the file: a Word document, or a source of typst (`text/x-typst`). A plugin fills it.
#[utoipa::path(
    put, path = "/v1/templates/{name}/file", tag = "documents",
    params(("name" = String, Path, example = "invoice"), TemplateFileQuery),
    request_body(
        content = Vec<u8>,
        content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    responses((status = 200, body = Template), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_template_file(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    Ask(query): Ask<TemplateFileQuery>,
    raw: Raw,
) -> Result<Json<Template>, Problem> {
    let TemplateFileQuery { title, numerator } = query;
    let media_type = media_type(&raw.headers).unwrap_or_default();
    let new = NewTemplateFile { name, title, numerator, media_type, bytes: raw.body.into() };
    Ok(Json(api.by(&caller).engine.put_template_file(caller.shop(), new).await?.into()))
}

/// Read the file of a template
#[utoipa::path(
    get, path = "/v1/templates/{name}/file", tag = "documents",
    params(("name" = String, Path, example = "invoice")),
    responses((status = 200, description = "As it was sent", body = Vec<u8>, content_type = "*/*"), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn get_template_file(
    State(api): State<Api>,
    caller: AutomationRead,
    At(name): At<String>,
) -> Result<Response, Problem> {
    let shop = caller.shop();
    let config = config(&api, shop).await?;
    let missing = || Problem::not_found("file of template", &name);
    let Some(Source::File(file)) = config.templates.get(&name).map(|template| &template.source) else {
        return Err(missing());
    };
    let digest = file.digest.clone();
    let bytes = api.read(move |reads| reads.template_file(shop, &digest)).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes.ok_or_else(missing)?).into_response())
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
    api.by(&caller).engine.put_numerator(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a numerator
///
/// One of the same name goes on after the numbers that it gave. Refused while a template or a rule names it.
#[utoipa::path(
    delete, path = "/v1/numerators/{name}", tag = "documents",
    params(("name" = String, Path, example = "invoices")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_numerator(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_numerator(caller.shop(), &name).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}
