//! Webhooks outward: who is told of events as they happen.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{Subscription, SubscriptionId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, MaybeSent, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{
        NewWebhook, Nothing, Webhook, WebhookMade, WebhookPatch, WebhookReplay, WebhookReplaying,
        WebhookRotation, WebhookTried,
    },
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, patch_webhook, remove_webhook))
        .routes(routes!(rotate_webhook))
        .routes(routes!(test_webhook))
        .routes(routes!(replay_webhook))
}

/// No cache keeps an answer that has a key in it.
const NOT_KEPT: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// List webhooks
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = Page<Webhook>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_webhooks(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Webhook>>, Problem> {
    let found = api.engine.webhooks(caller.shop()).await?;
    let now = api.engine.clock().now();
    let items = found.into_iter().map(|one| Webhook::of(one, now)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Create a webhook
///
/// From now on the address is posted every event of the kinds that it names, as it is committed. The key that the requests
/// are signed with is in this answer and never shown again.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = WebhookMade), Problems), security(("bearer" = ["automation-write"]))
)]
async fn create_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<NewWebhook>,
) -> Result<Response, Problem> {
    let made = api.by(&caller).engine.create_webhook(asked(&caller, sent.key), sent.body.into()).await?;
    let place = format!("/v1/webhooks/{}", made.id);
    let body = shown(&api, made);
    Ok((StatusCode::CREATED, [NOT_KEPT], [(header::LOCATION, place)], Json(body)).into_response())
}

/// Read a webhook
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, example = "whk_3")),
    responses((status = 200, body = Webhook), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_webhook(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<SubscriptionId>,
) -> Result<Json<Webhook>, Problem> {
    let found = api.engine.webhook(caller.shop(), id).await.map_err(at(id))?;
    Ok(Json(Webhook::of(found, api.engine.clock().now())))
}

/// Change a webhook
///
/// Also turns it off and on again.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookPatch,
    params(("id" = String, Path, example = "whk_3")),
    responses((status = 200, body = Webhook), Problems), security(("bearer" = ["automation-write"]))
)]
async fn patch_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<SubscriptionId>,
    sent: Sent<WebhookPatch>,
) -> Result<Json<Webhook>, Problem> {
    let shop = caller.shop();
    api.by(&caller).engine.change_webhook(shop, id, sent.body.into()).await.map_err(at(id))?;
    let found = api.engine.webhook(shop, id).await.map_err(at(id))?;
    Ok(Json(Webhook::of(found, api.engine.clock().now())))
}

/// Remove a webhook
///
/// What is on its way to it is not sent any more.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, example = "whk_3")),
    responses((status = 204, description = "Removed"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<SubscriptionId>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.remove_webhook(caller.shop(), id).await.map_err(at(id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the key of a webhook
///
/// The new key is in this answer and never shown again. For some hours requests are signed with both, so that the receiver
/// can change over without missing any.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks",
    request_body = Option<WebhookRotation>, params(("id" = String, Path, example = "whk_3")),
    responses((status = 200, body = WebhookMade), Problems), security(("bearer" = ["automation-write"]))
)]
async fn rotate_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<SubscriptionId>,
    sent: MaybeSent<WebhookRotation>,
) -> Result<Response, Problem> {
    let rotated =
        api.by(&caller).engine.rotate_webhook(asked(&caller, sent.key), id, sent.body.keep_hours).await;
    let rotated = rotated.map_err(at(id))?;
    Ok(([NOT_KEPT], Json(shown(&api, rotated))).into_response())
}

/// Try a webhook
///
/// Posts a signed event of kind `webhook.test`, which never happened, and says what came of it. Nothing is tried again.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "webhooks",
    request_body = Option<Nothing>, params(("id" = String, Path, example = "whk_3")),
    responses((status = 200, body = WebhookTried), Problems), security(("bearer" = ["automation-write"]))
)]
async fn test_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<SubscriptionId>,
    _: MaybeSent<Nothing>,
) -> Result<Json<WebhookTried>, Problem> {
    let tried = api.engine.try_webhook(caller.shop(), id).await.map_err(at(id))?;
    Ok(Json(tried.into()))
}

/// Send a webhook what has happened already
///
/// Each event has the `webhook-id` that it had the first time, so that a receiver knows what it has. At most 20,000 events
/// are looked at: `more` says that there are others behind them.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/replay", tag = "webhooks", request_body = WebhookReplay,
    params(("id" = String, Path, example = "whk_3")),
    responses((status = 202, body = WebhookReplaying), Problems), security(("bearer" = ["automation-write"]))
)]
async fn replay_webhook(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<SubscriptionId>,
    sent: Sent<WebhookReplay>,
) -> Result<(StatusCode, Json<WebhookReplaying>), Problem> {
    let replay = sent.body.into_engine()?;
    let done = api.engine.replay_webhook(asked(&caller, sent.key), id, replay).await.map_err(at(id))?;
    Ok((StatusCode::ACCEPTED, Json(done.into())))
}

fn shown(api: &Api, subscription: Subscription) -> WebhookMade {
    let secret = subscription.keys.first().map(|key| key.secret().to_owned()).unwrap_or_default();
    let found = rulewright_engine::Webhook { subscription, trouble: None };
    WebhookMade { webhook: Webhook::of(found, api.engine.clock().now()), secret }
}

fn at(id: SubscriptionId) -> impl Fn(rulewright_engine::Refusal) -> Problem {
    move |refusal| Problem::refused(refusal, &[&id.to_string()])
}
