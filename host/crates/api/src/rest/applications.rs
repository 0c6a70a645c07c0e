//! Programs of others: registered by the shop, installed by consent, gone with all that is theirs.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{Actor, ApplicationId};
use rulewright_engine::{Consent, Refusal, Registered};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Admin, AutomationRead},
    extract::{At, MaybeSent, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Application, ApplicationConsent, ApplicationMade, ApplicationPatch, NewApplication, Nothing},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_applications, register_application))
        .routes(routes!(get_application, patch_application, remove_application))
        .routes(routes!(install_application))
        .routes(routes!(uninstall_application))
        .routes(routes!(renew_application_secret))
}

/// No cache keeps an answer that has a secret in it.
const NOT_KEPT: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// List applications
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/applications", tag = "applications",
    responses((status = 200, body = Page<Application>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_applications(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Application>>, Problem> {
    let found = api.engine.applications(caller.shop()).await?;
    let items = found.into_iter().map(|one| Application::of(one, api.engine.areas())).collect();
    Ok(Json(Page { items, next: None }))
}

/// Register an application
///
/// Nothing is open to it before it is installed. Its secrets are in this answer and never shown again.
#[utoipa::path(
    post, path = "/v1/applications", tag = "applications", request_body = NewApplication,
    responses((status = 201, body = ApplicationMade), Problems), security(("bearer" = ["admin"]))
)]
async fn register_application(
    State(api): State<Api>,
    caller: Admin,
    sent: Sent<NewApplication>,
) -> Result<Response, Problem> {
    let made =
        api.by(&caller).engine.register_application(asked(&caller, sent.key), sent.body.into()).await?;
    let id = made.application.id;
    let Some(body) = shown(&api, made) else { return Err(made_before(id)) };
    let place = format!("/v1/applications/{id}");
    Ok((StatusCode::CREATED, [NOT_KEPT], [(header::LOCATION, place)], Json(body)).into_response())
}

/// Read an application
#[utoipa::path(
    get, path = "/v1/applications/{id}", tag = "applications", params(("id" = String, Path, example = "app_7")),
    responses((status = 200, body = Application), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_application(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<ApplicationId>,
) -> Result<Json<Application>, Problem> {
    let found = api.engine.application(caller.shop(), id).await.map_err(at(id))?;
    Ok(Json(Application::of(found, api.engine.areas())))
}

/// Change an application
///
/// What it asks for beyond what the shop has agreed to is open once it is installed again.
#[utoipa::path(
    patch, path = "/v1/applications/{id}", tag = "applications", request_body = ApplicationPatch,
    params(("id" = String, Path, example = "app_7")),
    responses((status = 200, body = Application), Problems), security(("bearer" = ["admin"]))
)]
async fn patch_application(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<ApplicationId>,
    sent: Sent<ApplicationPatch>,
) -> Result<Json<Application>, Problem> {
    let changed = api
        .by(&caller)
        .engine
        .change_application(caller.shop(), id, sent.body.into())
        .await
        .map_err(at(id))?;
    Ok(Json(Application::of(changed, api.engine.areas())))
}

/// Remove an application
///
/// One that is not installed.
#[utoipa::path(
    delete, path = "/v1/applications/{id}", tag = "applications",
    params(("id" = String, Path, example = "app_7")),
    responses((status = 204, description = "Removed"), Problems), security(("bearer" = ["admin"]))
)]
async fn remove_application(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<ApplicationId>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.remove_application(caller.shop(), id).await.map_err(at(id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Install an application
///
/// By consent to exactly what it asks for. Of one that is installed: agree to what it asks for by now.
#[utoipa::path(
    post, path = "/v1/applications/{id}/install", tag = "applications", request_body = ApplicationConsent,
    params(("id" = String, Path, example = "app_7")),
    responses((status = 200, body = Application), Problems), security(("bearer" = ["admin"]))
)]
async fn install_application(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<ApplicationId>,
    sent: Sent<ApplicationConsent>,
) -> Result<Json<Application>, Problem> {
    let ApplicationConsent { consent, employee } = sent.body;
    let employee = employee.or(caller.employee());
    let by = Actor::Token { name: caller.name().to_owned() };
    let consent = Consent { areas: consent, employee, admin: true, by };
    let asked = asked(&caller, sent.key);
    let installed = api.by(&caller).engine.install_application(asked, id, consent).await.map_err(at(id))?;
    Ok(Json(Application::of(installed, api.engine.areas())))
}

/// Uninstall an application
///
/// Its tokens work no more from this moment, and its handlers, triggers and rules are gone. It stays registered.
#[utoipa::path(
    post, path = "/v1/applications/{id}/uninstall", tag = "applications", request_body = Option<Nothing>,
    params(("id" = String, Path, example = "app_7")),
    responses((status = 200, body = Application), Problems), security(("bearer" = ["admin"]))
)]
async fn uninstall_application(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<ApplicationId>,
    _: MaybeSent<Nothing>,
) -> Result<Json<Application>, Problem> {
    let by = Actor::Token { name: caller.name().to_owned() };
    let left = api.by(&caller).engine.uninstall_application(caller.shop(), id, by).await.map_err(at(id))?;
    Ok(Json(Application::of(left, api.engine.areas())))
}

/// Change the secret of an application
///
/// The new one is in this answer and never shown again; the one before is worth nothing from this moment. Tokens that
/// were given out stay.
#[utoipa::path(
    post, path = "/v1/applications/{id}/rotate", tag = "applications", request_body = Option<Nothing>,
    params(("id" = String, Path, example = "app_7")),
    responses((status = 200, body = ApplicationMade), Problems), security(("bearer" = ["admin"]))
)]
async fn renew_application_secret(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<ApplicationId>,
    _: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let renewed = api.by(&caller).engine.renew_application_secret(caller.shop(), id).await.map_err(at(id))?;
    let body = shown(&api, renewed).ok_or_else(|| made_before(id))?;
    Ok(([NOT_KEPT], Json(body)).into_response())
}

fn shown(api: &Api, made: Registered) -> Option<ApplicationMade> {
    let Registered { application, secret } = made;
    let application_token = application.token.clone();
    let application = Application::of(application, api.engine.areas());
    Some(ApplicationMade { application, client_secret: secret?, application_token })
}

/// The secret is known to nobody any more, so the first answer cannot be given again.
fn made_before(id: ApplicationId) -> Problem {
    let detail = format!("this request registered `{id}` before, and its secret is shown only once");
    Problem::new(StatusCode::CONFLICT, "made-before", detail)
        .hint("have its secret changed: POST /v1/applications/{id}/rotate")
}

fn at(id: ApplicationId) -> impl Fn(Refusal) -> Problem {
    move |refusal| Problem::refused(refusal, &[&id.to_string()])
}
