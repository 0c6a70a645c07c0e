//! Versions of a plugin: those before the one in use, the way back, and the runs that go along.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use rulewright_domain::Package;
use rulewright_market::Versions;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::plugins::{installed, told};
use crate::{
    auth::{AutomationRead, PluginsWrite},
    extract::{At, MaybeSent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Install, Migration, PluginDetail, PluginVersion},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_plugin_versions))
        .routes(routes!(roll_back_plugin))
        .routes(routes!(migrate_runs))
        .routes(routes!(resume_plugin))
        .routes(routes!(list_offers))
}

/// List the versions of a plugin
///
/// The one in use, and those that were in use before, newest first: what each was granted, where it came from, and how
/// many runs that have not ended began with it. On one page.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions", tag = "plugins",
    params(("id" = String, Path, example = "acme.greet")),
    responses((status = 200, body = Page<PluginVersion>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_plugin_versions(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Page<PluginVersion>>, Problem> {
    let shop = caller.shop();
    let versions = api.installs.versions(shop, &id).await?;
    let Versions { in_use, before, runs } = versions.ok_or_else(|| Problem::not_found("plugin", &id))?;
    let (installation, package) = in_use;
    let mut items = vec![PluginVersion::in_use(&package, installation, &runs)];
    let before = before.into_iter();
    items.extend(before.map(|(replaced, package)| PluginVersion::replaced(&package, replaced, &runs)));
    Ok(Json(Page { items, next: None }))
}

/// Go back to the version before
///
/// With what it was granted then. Runs stay with the version that they began with.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/rollback", tag = "plugins",
    params(("id" = String, Path, example = "acme.greet")),
    responses((status = 200, body = PluginDetail), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn roll_back_plugin(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    sent: MaybeSent<crate::view::Nothing>,
) -> Result<Json<PluginDetail>, Problem> {
    let shop = caller.shop();
    let rolled = api.installs(&caller).roll_back(asked(&caller, sent.key), &id).await;
    let installation = rolled.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    let digest = installation.digest.clone();
    let package = api.read(move |reads| reads.package(&digest)).await?;
    let package = package.ok_or_else(|| Problem::not_found("package", &installation.digest))?;
    Ok(Json(told(&api, shop, installation, package).await?))
}

/// Whether only to look.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct MigrationInput {
    /// Only count what would be moved.
    dry_run: bool,
}

/// Move waiting runs to the version in use
///
/// Each run that waits and began with another version asks the version in use whether it can go on from there (its
/// `upgrade`). Those that cannot stay with the version that they began with, and say why. With `dry_run` they are only
/// counted.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/migrate", tag = "plugins", request_body = Option<MigrationInput>,
    params(("id" = String, Path, example = "acme.greet")),
    responses((status = 200, body = Migration), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn migrate_runs(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    sent: MaybeSent<MigrationInput>,
) -> Result<Json<Migration>, Problem> {
    let shop = caller.shop();
    let (installation, package) =
        installed(&api, shop, &id).await?.ok_or_else(|| Problem::not_found("plugin", &id))?;
    let mut waiting = api.engine.waiting_runs(shop, &id).await?;
    waiting.remove(&installation.digest);
    let versions = versions(&api, &waiting).await?;
    let migrated = match sent.body.dry_run {
        true => None,
        false => {
            let migrated = api.by(&caller).engine.migrate_runs(shop, &id).await;
            Some(migrated.map_err(|refusal| Problem::refused(refusal, &[&id]))?)
        }
    };
    Ok(Json(Migration::of(&package, waiting, &versions, migrated)))
}

/// Let a paused plugin go on
///
/// A plugin that broke at twenty runs in a row is paused: a health note says so, and runs that would begin wait. Here
/// they go on, with the version in use; another version that is installed does the same. Nothing happens where it is
/// not paused.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/resume", tag = "plugins",
    params(("id" = String, Path, example = "acme.greet")),
    responses((status = 204, description = "It goes on"), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn resume_plugin(
    State(api): State<Api>,
    caller: PluginsWrite,
    At(id): At<String>,
    sent: MaybeSent<crate::view::Nothing>,
) -> Result<StatusCode, Problem> {
    let resumed = api.by(&caller).engine.resume_plugin(asked(&caller, sent.key), &id).await;
    resumed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn versions(api: &Api, waiting: &BTreeMap<String, u64>) -> Result<BTreeMap<String, Package>, Problem> {
    let digests: Vec<String> = waiting.keys().cloned().collect();
    api.read(move |reads| {
        let mut found = BTreeMap::new();
        for digest in digests {
            if let Some(package) = reads.package(&digest)? {
                found.insert(digest, package);
            }
        }
        Ok(found)
    })
    .await
}

/// List what waits for consent
///
/// Installations whose packages are stored and run nowhere until somebody agrees. Their `id` is where to agree or
/// decline. On one page.
#[utoipa::path(
    get, path = "/v1/offers", tag = "plugins",
    responses((status = 200, body = Page<Install>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_offers(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Page<Install>>, Problem> {
    let jobs = api.installs.waiting(caller.shop()).await?;
    Ok(Json(Page { items: jobs.into_iter().map(Install::from).collect(), next: None }))
}
