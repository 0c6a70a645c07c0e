//! Installing step by step: a job that tells each stage, waits for a yes, and goes on.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
};
use futures::Stream;
use rulewright_market::{BadSource, Begin, Job, Yes, hosts};
use rulewright_registry::Wishes;
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::stream::PAUSE;
use crate::{
    auth::{AutomationRead, Caller, PluginsWrite},
    extract::{Ask, At, Raw, Sent, media_type},
    key::asked,
    metrics::Open,
    page::Page,
    problem::{Problem, Problems},
    signature::signature,
    state::Api,
    view::{Agreement, Install, NewInstall},
};

pub fn routes() -> OpenApiRouter<Api> {
    let most = DefaultBodyLimit::max(rulewright_registry::MAX_BYTES);
    OpenApiRouter::new()
        .routes(routes!(list_installs, begin_install).layer(most))
        .routes(routes!(get_install))
        .routes(routes!(stream_install))
        .routes(routes!(agree_to_install))
        .routes(routes!(decline_install))
        .routes(routes!(cancel_install))
}

/// Of a component that is sent itself.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SentQuery {
    /// Name of the file, to tell it by.
    #[param(example = "greet.wasm")]
    name: Option<String>,
    /// The plugin that it must be, e.g. of an upgrade.
    #[param(example = "acme.greet")]
    plugin: Option<String>,
    /// Fingerprint of the key that it must be signed with, also where another one is pinned.
    accept_key: Option<String>,
    /// Also if the shop had a higher version.
    #[serde(default)]
    allow_downgrade: bool,
}

/// Begin to install or upgrade a plugin
///
/// From where, as JSON; or the component itself, as `application/wasm`, with its signature's document in base64 in the
/// header `Package-Signature` where it is signed. The answer is a job: read it, or follow its stream. It fetches,
/// verifies, checks and compiles, and then waits for consent, unless the plugin asks for no more than the version in use
/// was granted. A refusal names its stage and its reason, and changes nothing.
#[utoipa::path(
    post, path = "/v1/installs", tag = "plugins",
    params(SentQuery, ("Package-Signature" = Option<String>, Header, description = "Of a component that is sent")),
    request_body(content((NewInstall = "application/json"), (Vec<u8> = "application/wasm"))),
    responses((status = 202, body = Install), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn begin_install(
    State(api): State<Api>,
    caller: PluginsWrite,
    Ask(query): Ask<SentQuery>,
    raw: Raw,
) -> Result<Response, Problem> {
    let wasm =
        matches!(media_type(&raw.headers).as_deref(), Some("application/wasm" | "application/octet-stream"));
    let begin = match wasm {
        true => sent(&raw, query)?,
        false => named(raw.json()?)?,
    };
    told(api.installs(&caller).begin(asked(&caller, raw.key), caller.name(), begin).await?)
}

fn told(job: Job) -> Result<Response, Problem> {
    let view = Install::from(job);
    let at = format!("/v1/installs/{}", view.id());
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, at)], Json(view)).into_response())
}

fn sent(raw: &Raw, query: SentQuery) -> Result<Begin, Problem> {
    let signature = signature(&raw.headers)?;
    let wishes = Wishes {
        allow_unsigned: false,
        accept_key: query.accept_key,
        allow_downgrade: query.allow_downgrade,
        plugin: query.plugin,
    };
    Ok(Begin::sent(query.name, Arc::from(&raw.body[..]), signature, wishes))
}

fn named(asked: NewInstall) -> Result<Begin, Problem> {
    let NewInstall { source, plugin, allow_unsigned, accept_key, allow_downgrade } = asked;
    let wishes = Wishes { allow_unsigned, accept_key, allow_downgrade, plugin };
    Begin::named(&source, wishes).map_err(|wrong| {
        let detail = wrong.to_string();
        Problem::unprocessable("source", detail.clone())
            .fault("/source", "source", detail)
            .hint(BadSource::HINT)
    })
}

/// List installations
///
/// Those under way, those that wait for consent, and those that ended within the last hour; newest first, on one page.
#[utoipa::path(
    get, path = "/v1/installs", tag = "plugins",
    responses((status = 200, body = Page<Install>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_installs(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Install>>, Problem> {
    let all = api.installs.list(caller.shop()).await?;
    Ok(Json(Page { items: all.into_iter().map(Install::from).collect(), next: None }))
}

/// Read an installation
#[utoipa::path(
    get, path = "/v1/installs/{id}", tag = "plugins",
    params(("id" = String, Path, example = "ins_9f86d081884c7d65")),
    responses((status = 200, body = Install), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_install(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Install>, Problem> {
    Ok(Json(api.installs.get(caller.shop(), &id).await?.into()))
}

/// Follow an installation
///
/// Each change sends `id` (its revision), `event` (its state) and `data` (all of it as JSON), beginning with how it
/// stands; with `Last-Event-ID`, if that is not known already. It ends when the installation does.
#[utoipa::path(
    get, path = "/v1/installs/{id}/stream", tag = "plugins",
    params(("id" = String, Path, example = "ins_9f86d081884c7d65"), ("Last-Event-ID" = Option<String>, Header, example = "7")),
    responses((status = 200, body = Install, content_type = "text/event-stream"), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn stream_install(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let news = api.installs.watch(caller.shop(), &id).await?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::parse::<u64>);
    let seen = seen.transpose().map_err(|error| {
        Problem::bad_request("last-event-id", error.to_string())
            .hint("send the `id` that the stream sent last, or leave the header out")
    })?;
    let follow = Follow { open: api.http.stream(), news, caller: caller.0, api, seen, over: false };
    let stream = futures::stream::unfold(follow, |mut follow| async move {
        let event = follow.next().await?;
        Some((Ok(event), follow))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(PAUSE)))
}

struct Follow {
    api: Api,
    caller: Caller,
    news: watch::Receiver<Job>,
    /// Revision that was sent last.
    seen: Option<u64>,
    over: bool,
    #[expect(dead_code, reason = "counts the stream while it lives")]
    open: Open,
}

impl Follow {
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if self.over || !self.caller.is_still_valid(&self.api).await {
                return None;
            }
            let job = self.news.borrow_and_update().clone();
            self.over = job.state.is_over();
            if self.seen != Some(job.revision) {
                self.seen = Some(job.revision);
                return Some(sent_event(job));
            }
            if self.over {
                return None;
            }
            tokio::select! {
                () = self.api.stop.cancelled() => return None,
                () = tokio::time::sleep(PAUSE) => {}
                news = self.news.changed() => news.ok()?,
            }
        }
    }
}

fn sent_event(job: Job) -> sse::Event {
    let revision = job.revision;
    let view = Install::from(job);
    let event = sse::Event::default().id(revision.to_string()).event(view.state());
    match serde_json::to_string(&view) {
        Ok(data) => event.data(data),
        Err(_) => event,
    }
}

/// Agree to what a plugin asks for
///
/// To all of it, or to a part: what is left out answers `denied` when the plugin calls it. It is tried with what it was
/// granted, and then runs.
#[utoipa::path(
    post, path = "/v1/installs/{id}/consent", tag = "plugins", request_body = Agreement,
    params(("id" = String, Path, example = "ins_9f86d081884c7d65")),
    responses((status = 202, body = Install), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn agree_to_install(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    sent: Sent<Agreement>,
) -> Result<Response, Problem> {
    let Agreement { digest, functions, hosts: named, pin } = sent.body;
    let yes = Yes { digest, functions, hosts: hosts(&named.join(","))?, pin };
    told(api.installs(&caller).consent(asked(&caller, sent.key), caller.name(), &id, yes).await?)
}

/// Decline what a plugin asks for
///
/// Nothing of it is kept. A version in use goes on.
#[utoipa::path(
    post, path = "/v1/installs/{id}/decline", tag = "plugins",
    params(("id" = String, Path, example = "ins_9f86d081884c7d65")),
    responses((status = 200, body = Install), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn decline_install(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
) -> Result<Json<Install>, Problem> {
    Ok(Json(api.installs(&caller).decline(caller.shop(), &id).await?.into()))
}

/// Cancel an installation
///
/// Ends it as soon as it can be ended, which the job tells. What is installed already stays.
#[utoipa::path(
    post, path = "/v1/installs/{id}/cancel", tag = "plugins",
    params(("id" = String, Path, example = "ins_9f86d081884c7d65")),
    responses((status = 202, body = Install), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn cancel_install(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
) -> Result<Response, Problem> {
    told(api.installs(&caller).cancel(caller.shop(), &id).await?)
}
