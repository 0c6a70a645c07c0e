//! Publishers whose keys the shop trusts.

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, PluginsWrite},
    extract::At,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::PinnedKey,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_publishers)).routes(routes!(remove_publisher))
}

/// List publishers whose keys are pinned
///
/// Packages of these publishers are taken only when they are signed with these keys. On one page.
#[utoipa::path(
    get, path = "/v1/publishers", tag = "plugins",
    responses((status = 200, body = Page<PinnedKey>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_publishers(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<PinnedKey>>, Problem> {
    let shop = caller.shop();
    let (keys, installed) =
        api.read(move |reads| Ok((reads.pinned_keys(shop)?, reads.installations(shop)?))).await?;
    let items = keys.into_iter().map(|pinned| PinnedKey::of(pinned, &installed)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Forget a publisher's key
///
/// What is installed of it stays. The next package of this publisher is taken as the first one: whoever agrees to it
/// pins its key.
#[utoipa::path(
    delete, path = "/v1/publishers/{id}", tag = "plugins",
    params(("id" = String, Path, example = "acme")),
    responses((status = 204, description = "Forgotten"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn remove_publisher(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.unpin_key(caller.shop(), &id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}
