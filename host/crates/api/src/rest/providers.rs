//! What carries messages for the shop, and what its gateways report.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{Connection, Scope, ShopConfig, ShopId};
use rulewright_engine::{Received, Refusal, TOO_MANY, hide_secrets};
use rulewright_ports::{GatewayCall, Reads, StorageError};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use crate::{
    auth::{AutomationRead, AutomationWrite, Caller, PluginsWrite},
    extract::{At, Raw, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Provider, ProviderInput, SecretInput, TrialInput, Tried},
};

/// Bytes that a gateway may report at once: a few messages with their texts.
const MAX_REPORT: usize = 256 << 10;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_providers))
        .routes(routes!(get_provider, put_provider, remove_provider))
        .routes(routes!(put_provider_secret, remove_provider_secret))
        .routes(routes!(try_provider))
        .routes(routes!(receive_report, receive_report_by_get).layer(DefaultBodyLimit::max(MAX_REPORT)))
}

/// List providers
///
/// On one page. The provider for development is no part of it: see `sandbox` of the shop.
#[utoipa::path(
    get, path = "/v1/providers", tag = "channels",
    responses((status = 200, body = Page<Provider>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_providers(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Provider>>, Problem> {
    let (shop, engine) = (caller.shop(), api.engine.clone());
    let whole = caller.may(Scope::AutomationWrite);
    let found = api.read(move |reads| {
        let Some(config) = reads.config(shop)? else { return Ok(Vec::new()) };
        let told =
            config.connections.values().map(|one| told(reads, &config, one, engine.public_url(), whole));
        told.collect()
    });
    Ok(Json(Page { items: found.await?, next: None }))
}

/// Read about a provider
#[utoipa::path(
    get, path = "/v1/providers/{id}", tag = "channels", params(("id" = String, Path, example = "main")),
    responses((status = 200, body = Provider), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_provider(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Provider>, Problem> {
    provider(&api, caller.shop(), id, caller.may(Scope::AutomationWrite)).await.map(Json)
}

/// Connect a provider, or change it
///
/// Its plugin checks the settings. Its inbound address stays as it is. Where it leads to another server than before, or has
/// another plugin, its secrets are forgotten: fill them in again. Else it keeps what `•••` stands for in its settings.
#[utoipa::path(
    put, path = "/v1/providers/{id}", tag = "channels", request_body = ProviderInput,
    params(("id" = String, Path, example = "main")),
    responses((status = 200, body = Provider), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_provider(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<ProviderInput>,
) -> Result<Json<Provider>, Problem> {
    let shop = caller.shop();
    let put = api.by(&caller).engine.put_connection(shop, sent.body.into_domain(id)).await?;
    provider(&api, shop, put.id, true).await.map(Json)
}

/// Disconnect a provider
///
/// Its secrets are forgotten. What waits for it goes to whoever carries the channel then.
#[utoipa::path(
    delete, path = "/v1/providers/{id}", tag = "channels", params(("id" = String, Path, example = "main")),
    responses((status = 204, description = "Disconnected"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_provider(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_connection(caller.shop(), &id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fill in a secret of a provider
///
/// It is kept for this provider and never shown again.
#[utoipa::path(
    put, path = "/v1/providers/{id}/secrets/{name}", tag = "channels", request_body = SecretInput,
    params(("id" = String, Path, example = "main"), ("name" = String, Path, example = "auth-token")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn put_provider_secret(
    State(api): State<Api>,
    caller: PluginsWrite,
    At((id, name)): At<(String, String)>,
    sent: Sent<SecretInput>,
) -> Result<StatusCode, Problem> {
    secret(&api, &caller, id, name, Some(sent.body.value.into_bytes())).await
}

/// Delete a secret of a provider
#[utoipa::path(
    delete, path = "/v1/providers/{id}/secrets/{name}", tag = "channels",
    params(("id" = String, Path, example = "main"), ("name" = String, Path, example = "auth-token")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn remove_provider_secret(
    State(api): State<Api>,
    caller: PluginsWrite,
    At((id, name)): At<(String, String)>,
) -> Result<StatusCode, Problem> {
    secret(&api, &caller, id, name, None).await
}

async fn secret(
    api: &Api,
    caller: &Caller,
    id: String,
    name: String,
    value: Option<Vec<u8>>,
) -> Result<StatusCode, Problem> {
    let saved = api.by(caller).engine.put_connection_secret(caller.shop(), &id, &name, value).await;
    saved.map_err(|refusal| Problem::refused(refusal, &[&id, &name]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a provider out
///
/// Sends a message, or makes a test call, to an address of one's own. `sandbox` is the provider for development.
#[utoipa::path(
    post, path = "/v1/providers/{id}/trials", tag = "channels", request_body = TrialInput,
    params(("id" = String, Path, example = "main")),
    responses((status = 202, body = Tried), Problems), security(("bearer" = ["automation-write"]))
)]
async fn try_provider(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<TrialInput>,
) -> Result<(StatusCode, Json<Tried>), Problem> {
    let tried = api.engine.try_connection(asked(&caller, sent.key), &id, sent.body.into_engine()).await;
    let delivery = tried.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok((StatusCode::ACCEPTED, Json(Tried { delivery })))
}

/// `whole`: with what is secret in its settings.
async fn provider(api: &Api, shop: ShopId, id: String, whole: bool) -> Result<Provider, Problem> {
    let (wanted, engine) = (id.clone(), api.engine.clone());
    let found = api.read(move |reads| {
        let Some(config) = reads.config(shop)? else { return Ok(None) };
        let one = config.connections.get(&wanted);
        one.map(|one| told(reads, &config, one, engine.public_url(), whole)).transpose()
    });
    found.await?.ok_or_else(|| Problem::not_found("provider", id))
}

fn told(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    one: &Connection,
    public_url: Option<&str>,
    whole: bool,
) -> Result<Provider, StorageError> {
    let mut filled = BTreeSet::new();
    let plugin = config.plugins.get(&one.plugin);
    for name in plugin.into_iter().flat_map(|plugin| &plugin.grant.secrets) {
        if reads.connection_secret(config.shop.id, &one.id, name)?.is_some() {
            filled.insert(name.clone());
        }
    }
    let mut one = one.clone();
    if !whole {
        hide_secrets(config, &one.plugin, &mut one.settings);
    }
    Ok(Provider::of(config, &one, &filled, public_url))
}

/// Report to a provider
///
/// For gateways. The provider's plugin finds out whether it is its gateway that calls, and decides on the answer.
#[utoipa::path(
    post, path = "/hooks/providers/{shop}/{id}/{code}", tag = "channels",
    request_body(content = Vec<u8>, description = "As the gateway has it", content_type = "*/*"),
    params(
        ("shop" = String, Path, example = "shop_1"),
        ("id" = String, Path, example = "main"),
        ("code" = String, Path, description = "Nobody can guess it"),
    ),
    responses((status = 200, description = "As the gateway wants it"), Problems)
)]
async fn receive_report(
    State(api): State<Api>,
    At(address): At<(ShopId, String, String)>,
    method: Method,
    uri: Uri,
    raw: Raw,
) -> Result<Response, Problem> {
    receive(&api, address, &method, &uri, raw).await
}

/// Report to a provider by GET
#[utoipa::path(
    get, path = "/hooks/providers/{shop}/{id}/{code}", tag = "channels",
    params(
        ("shop" = String, Path, example = "shop_1"),
        ("id" = String, Path, example = "main"),
        ("code" = String, Path, description = "Nobody can guess it"),
    ),
    responses((status = 200, description = "As the gateway wants it"), Problems)
)]
async fn receive_report_by_get(
    State(api): State<Api>,
    At(address): At<(ShopId, String, String)>,
    method: Method,
    uri: Uri,
    raw: Raw,
) -> Result<Response, Problem> {
    receive(&api, address, &method, &uri, raw).await
}

async fn receive(
    api: &Api,
    (shop, id, code): (ShopId, String, String),
    method: &Method,
    uri: &Uri,
    raw: Raw,
) -> Result<Response, Problem> {
    let base = api.engine.public_url().map_or_else(|| as_called(&raw.headers), str::to_owned);
    let path = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let call = GatewayCall {
        method: method.to_string(),
        url: format!("{base}{path}"),
        headers: raw.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: raw.body.into(),
    };
    match api.engine.receive_from_gateway(shop, &id, &code, call).await {
        Ok(Received::Answered(answer)) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            let kind = HeaderValue::from_str(&answer.content_type);
            let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            // A plugin wrote it: in a browser it must not act as a page of ours.
            let policy = HeaderValue::from_static("sandbox; default-src 'none'");
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)];
            Ok((status, headers, answer.body).into_response())
        }
        Ok(Received::Refused(reason)) => {
            tracing::warn!(%shop, provider = id, reason, "somebody who is not the gateway has called");
            Err(Problem::new(StatusCode::FORBIDDEN, "not-the-gateway", reason)
                .hint("sign with the secret that the shop has filled in for this provider")
                .wrong_secret())
        }
        Err(Refusal::Failed(failure)) if failure.code == TOO_MANY => {
            let slower = Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, failure.message);
            Err(slower.hint("repeat it in a second"))
        }
        Err(refusal) => {
            let missing = matches!(refusal, Refusal::NotFound { what: "provider", .. });
            if !missing {
                tracing::error!(%shop, provider = id, %refusal, "a gateway's report could not be taken in");
            }
            let problem = Problem::refused(refusal, &[&id]);
            Err(if missing { problem.wrong_secret() } else { problem })
        }
    }
}

/// What the caller thinks our address is, where nobody has told us.
fn as_called(headers: &HeaderMap) -> String {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = header("x-forwarded-proto").unwrap_or("http");
    format!("{scheme}://{}", header("host").unwrap_or("localhost"))
}
