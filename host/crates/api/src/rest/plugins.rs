//! What is installed, and what it may do. Nothing is installed that nobody agreed to.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rulewright_domain::{Grant, Installation, Package, ShopId, plugin::PluginId};
use rulewright_market::{AtOnce, Begin, Question, Said, hosts};
use rulewright_registry::Wishes;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use crate::{
    auth::{AutomationRead, Caller, PluginsWrite},
    extract::{Ask, At, Raw, Sent, media_type},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    signature::signature,
    state::Api,
    view::{self, Consent, Plugin, PluginDetail, SecretInput},
};

/// The registry takes no component that is larger.
const MAX_COMPONENT: usize = rulewright_registry::MAX_BYTES;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_plugins, install_plugin).layer(DefaultBodyLimit::max(MAX_COMPONENT)))
        .routes(routes!(get_plugin, remove_plugin))
        .routes(routes!(put_grant))
        .routes(routes!(put_secret, remove_secret))
}

/// List installed plugins
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/plugins", tag = "plugins",
    responses((status = 200, body = Page<Plugin>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_plugins(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Page<Plugin>>, Problem> {
    let shop = caller.shop();
    let items = api
        .read(move |reads| {
            let mut items = Vec::new();
            for installation in reads.installations(shop)? {
                let package = reads.package(&installation.digest)?;
                items.extend(package.map(|package| Plugin::of(&package, &installation)));
            }
            Ok(items)
        })
        .await?;
    Ok(Json(Page { items, next: None }))
}

/// Read about a plugin, with everything that it may do
#[utoipa::path(
    get, path = "/v1/plugins/{id}", tag = "plugins",
    params(("id" = String, Path, example = "rulewright.send-sms")),
    responses((status = 200, body = PluginDetail), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_plugin(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<PluginDetail>, Problem> {
    Ok(Json(detail(&api, caller.shop(), &id).await?))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct InstallQuery {
    /// Digest of the component whose `consent` was read and agreed to.
    accept: Option<String>,
    /// `consent.pin`, where there is one.
    pin: Option<String>,
    /// Hosts that it may reach, where the shop chooses them; separated by commas.
    #[param(example = "api.example.com,hooks.example.com:8443")]
    hosts: Option<String>,
    /// Also if the shop had a higher version.
    #[serde(default)]
    allow_downgrade: bool,
}

/// Install or update a plugin from a file, in one request
///
/// The body is the component; it walks through the same stages as with `POST /v1/installs`. Without `accept` the answer
/// is 428 with everything that it asks for; an update that asks for no more than the version in use is installed at once.
/// What waits goes on with the version that it began with.
#[utoipa::path(
    post, path = "/v1/plugins", tag = "plugins",
    params(InstallQuery, ("Package-Signature" = Option<String>, Header, description = "The document of its signature in base64")),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses(
        (status = 201, body = PluginDetail),
        (status = 428, description = "Somebody must agree first: `consent` says to what", body = crate::problem::ProblemView, content_type = "application/problem+json"),
        Problems,
    ),
    security(("bearer" = ["plugins-write"]))
)]
async fn install_plugin(
    State(api): State<Api>,
    caller: PluginsWrite,
    Ask(query): Ask<InstallQuery>,
    raw: Raw,
) -> Result<Response, Problem> {
    if !matches!(media_type(&raw.headers).as_deref(), Some("application/wasm" | "application/octet-stream")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-wasm",
            "the body should be a component",
        )
        .hint("send the file with `Content-Type: application/wasm`"));
    }
    let shop = caller.shop();
    let signature = signature(&raw.headers)?;
    let wishes = Wishes { allow_downgrade: query.allow_downgrade, ..Wishes::default() };
    let begin = Begin::sent(None, Arc::from(&raw.body[..]), signature, wishes);
    let hosts = hosts(query.hosts.as_deref().unwrap_or_default())?;
    let said = Said { accept: query.accept, pin: query.pin, hosts };
    match api.installs(&caller).at_once(asked(&caller, raw.key), begin, said).await? {
        AtOnce::Installed(installation) => made(&api, shop, *installation).await,
        AtOnce::Asks(question) => Err(asks(&question)),
    }
}

fn asks(question: &Question) -> Problem {
    let package = &question.package;
    let detail = format!("`{}` may do what `consent` lists once somebody agrees", package.manifest.title);
    let pin = question.pin().map(|pin| format!("&pin={pin}")).unwrap_or_default();
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "consent-required", detail)
        .hint(format!("repeat the request with ?accept={}{pin}", package.digest))
        .consent(Consent::of(question))
}

/// Told of the installation that the request made, whatever has become of it since.
async fn made(api: &Api, shop: ShopId, installation: Installation) -> Result<Response, Problem> {
    let digest = installation.digest.clone();
    let package = api.read(move |reads| reads.package(&digest)).await?;
    let package = package.ok_or_else(|| Problem::not_found("package", &installation.digest))?;
    Ok((StatusCode::CREATED, Json(told(api, shop, installation, package).await?)).into_response())
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RemoveQuery {
    /// Also while runs of it have not ended: each of them ends, and says why.
    #[serde(default)]
    force: bool,
}

/// Remove a plugin
///
/// Refused while the published automation uses it, and while runs of it have not ended: 409 names how many. With
/// `force=true` these runs end visibly, many at a time; should that be broken off, the same again goes on.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}", tag = "plugins",
    params(("id" = String, Path, example = "rulewright.send-sms"), RemoveQuery),
    responses((status = 204, description = "Removed"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn remove_plugin(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    Ask(query): Ask<RemoveQuery>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_plugin(caller.shop(), &id, query.force).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change what a plugin may do
///
/// At most what it asks for. What it lacks then fails visibly.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/grant", tag = "plugins", request_body = view::Grant,
    params(("id" = String, Path, example = "rulewright.send-sms")),
    responses((status = 200, body = PluginDetail), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn put_grant(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    sent: Sent<view::Grant>,
) -> Result<Json<PluginDetail>, Problem> {
    let shop = caller.shop();
    let installed = installed(&api, shop, &id).await?;
    let (_, package) = installed.ok_or_else(|| Problem::not_found("plugin", &id))?;
    let grant = Grant::from(sent.body);
    within(&grant, &package)?;
    let granted = api.by(&caller).engine.put_grant(shop, &id, &package.digest, grant).await;
    let installation = granted.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(Json(told(&api, shop, installation, package).await?))
}

/// A grant gives no more than what is asked for: nothing is allowed that no consent sentence names.
fn within(grant: &Grant, package: &Package) -> Result<(), Problem> {
    let asked = &package.manifest.permissions;
    let refuse = |path: String, what: String| {
        Err(Problem::unprocessable("more-than-asked", what.clone())
            .fault(path, "more-than-asked", what)
            .hint("a grant gives at most what `sentences` of GET /v1/plugins/{id} name"))
    };
    if let Some(name) = grant.functions.difference(&package.imports).next() {
        return refuse("/functions".into(), format!("the plugin does not ask for `{name}`"));
    }
    if let Some(name) = grant.secrets.difference(&asked.secrets).next() {
        return refuse("/secrets".into(), format!("the plugin does not ask for the secret `{name}`"));
    }
    if let Some(name) = grant.channels.difference(&asked.channels).next() {
        return refuse("/channels".into(), format!("the plugin does not ask for the channel `{name}`"));
    }
    if grant.storage > asked.storage {
        return refuse("/storage".into(), format!("the plugin asks for {} bytes", asked.storage));
    }
    for (index, target) in grant.http.iter().enumerate() {
        let covered = asked.http.iter().any(|asked| asked.covers(target));
        if !covered && !asked.http_chosen_by_shop {
            return refuse(
                format!("/http/{index}"),
                format!("the plugin does not ask for `{}`", target.host),
            );
        }
        hosts(&target.host)?;
    }
    Ok(())
}

/// Fill in a secret
///
/// It is kept for this plugin and never shown again.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/secrets/{name}", tag = "plugins", request_body = SecretInput,
    params(("id" = String, Path, example = "rulewright.send-sms"), ("name" = String, Path, example = "api-key")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn put_secret(
    State(api): State<Api>,
    caller: PluginsWrite,
    At((id, name)): At<(String, String)>,
    sent: Sent<SecretInput>,
) -> Result<StatusCode, Problem> {
    secret(&api, &caller, id, name, Some(sent.body.value.into_bytes())).await
}

/// Delete a secret
#[utoipa::path(
    delete, path = "/v1/plugins/{id}/secrets/{name}", tag = "plugins",
    params(("id" = String, Path, example = "rulewright.send-sms"), ("name" = String, Path, example = "api-key")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn remove_secret(
    State(api): State<Api>,
    caller: PluginsWrite,
    At((id, name)): At<(String, String)>,
) -> Result<StatusCode, Problem> {
    secret(&api, &caller, id, name, None).await
}

async fn secret(
    api: &Api,
    caller: &Caller,
    plugin: PluginId,
    name: String,
    value: Option<Vec<u8>>,
) -> Result<StatusCode, Problem> {
    let saved = api.by(caller).engine.put_secret(caller.shop(), &plugin, &name, value).await;
    saved.map_err(|refusal| Problem::refused(refusal, &[&format!("{plugin}/{name}")]))?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn installed(
    api: &Api,
    shop: ShopId,
    id: &str,
) -> Result<Option<(Installation, Package)>, Problem> {
    let id = id.to_owned();
    api.read(move |reads| {
        let found = reads.installations(shop)?.into_iter().find(|one| one.plugin == id);
        let Some(installation) = found else { return Ok(None) };
        let package = reads.package(&installation.digest)?;
        Ok(package.map(|package| (installation, package)))
    })
    .await
}

async fn detail(api: &Api, shop: ShopId, id: &str) -> Result<PluginDetail, Problem> {
    let found = installed(api, shop, id).await?;
    let (installation, package) = found.ok_or_else(|| Problem::not_found("plugin", id))?;
    told(api, shop, installation, package).await
}

pub async fn told(
    api: &Api,
    shop: ShopId,
    installation: Installation,
    package: Package,
) -> Result<PluginDetail, Problem> {
    let (plugin, names) = (installation.plugin.clone(), package.manifest.permissions.secrets.clone());
    let (secrets, used) = api
        .read(move |reads| {
            let mut secrets = BTreeMap::new();
            for name in names {
                let filled = reads.secret(shop, &plugin, &name)?.is_some();
                secrets.insert(name, filled);
            }
            Ok((secrets, reads.stored_size(shop, &plugin)?))
        })
        .await?;
    Ok(PluginDetail::of(&package, installation, secrets, used))
}

#[cfg(test)]
mod tests;
