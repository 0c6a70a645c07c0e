//! What can be had. Looking installs nothing, and nothing here is what a shop agrees to: that is asked for the component
//! itself, when it is installed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::ShopId;
use rulewright_registry::search::search;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, PluginsWrite},
    extract::{Ask, At, MaybeSent},
    market::{BUNDLED, Listed, Marketplace, Page, Trouble},
    page,
    problem::{Problem, Problems},
    state::Api,
    view::{
        Has, Looker, MarketDetail, MarketFrom, MarketItem, MarketPage, MarketQuery, MarketRegistries, Nothing,
    },
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_marketplace))
        .routes(routes!(refresh_marketplace))
        .routes(routes!(get_marketplace_plugin))
        .routes(routes!(get_marketplace_icon))
}

/// A registry that takes longer is read on while the answer leaves.
const REFRESH: Duration = Duration::from_secs(20);

/// Search what can be had
///
/// What comes with the program, and what is in the indexes of the registries that the operator named. An index is verified
/// before anything of it is shown; where a registry cannot be reached, its last good one is, and `registries` says so.
#[utoipa::path(
    get, path = "/v1/marketplace", tag = "plugins", params(MarketQuery),
    responses((status = 200, body = MarketPage), Problems), security(("bearer" = ["automation-read"]))
)]
async fn search_marketplace(
    State(api): State<Api>,
    caller: AutomationRead,
    Ask(query): Ask<MarketQuery>,
) -> Result<Json<MarketPage>, Problem> {
    let limit = page::size(query.limit)? as usize;
    let words = query.q.as_deref().unwrap_or_default();
    let all: Vec<Arc<Listed>> = api.market.listed().await;
    let looker = looker(&api, caller.shop()).await?;
    let wanted = |plugin: &&Arc<Listed>| {
        query.kind.is_none_or(|kind| kind == plugin.kind.into())
            && query.source.as_ref().is_none_or(|source| *source == plugin.source)
    };
    let some: Vec<&Arc<Listed>> = all.iter().filter(wanted).collect();
    let searched: Vec<_> = some.iter().map(|plugin| plugin.searched()).collect();
    let found: Vec<&Arc<Listed>> =
        search(&searched, words).into_iter().filter_map(|place| some.get(place).copied()).collect();
    let begin = match query.after.as_deref() {
        None => 0,
        Some(after) => {
            let place = found.iter().position(|plugin| cursor(plugin) == after);
            1 + place.ok_or_else(page::no_cursor)?
        }
    };
    let rest = found.get(begin..).unwrap_or_default();
    let items: Vec<MarketItem> =
        rest.iter().take(limit).map(|plugin| MarketItem::of(plugin, &looker)).collect();
    let last = limit.checked_sub(1).and_then(|last| rest.get(last)).filter(|_| rest.len() > limit);
    Ok(Json(MarketPage {
        hint: hint(&api.market, &items, words, query.source.as_deref()),
        items,
        next: last.map(|plugin| cursor(plugin)),
        registries: api.market.states().into_iter().map(Into::into).collect(),
    }))
}

/// Opaque; a plugin stands in one place of one source.
fn cursor(plugin: &Listed) -> String {
    let digest = rulewright_registry::digest(format!("{}\n{}", plugin.source, plugin.id).as_bytes());
    format!("k{}", digest.get(..24).unwrap_or_default())
}

/// What somebody could do who misses something.
fn hint(market: &Marketplace, items: &[MarketItem], words: &str, source: Option<&str>) -> Option<String> {
    let hosts: Vec<String> = market.states().into_iter().map(|state| state.host).collect();
    match source {
        Some(source) if source != BUNDLED && !hosts.iter().any(|host| host == source) => Some(format!(
            "no registry `{source}` is in the settings of this server; there are: {}",
            [&[BUNDLED.to_owned()], hosts.as_slice()].concat().join(", ")
        )),
        _ if items.is_empty() && !words.trim().is_empty() => Some(
            "nothing has all these words: try fewer of them, or install from a file, an address or a registry's \
             reference"
                .to_owned(),
        ),
        _ if hosts.is_empty() => Some(
            "these come with the program; for more, the operator names a registry and its key in the settings: \
             docs/marketplace.md"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Read indexes and revocations again
///
/// They are also read by themselves: indexes when somebody looks, revocations every hour. What a list revokes stops
/// running with this request.
#[utoipa::path(
    post, path = "/v1/marketplace/refresh", tag = "plugins", request_body = Option<Nothing>,
    responses((status = 200, body = MarketRegistries), Problems), security(("bearer" = ["plugins-write"]))
)]
async fn refresh_marketplace(
    State(api): State<Api>,
    _caller: PluginsWrite,
    _sent: MaybeSent<Nothing>,
) -> Result<Json<MarketRegistries>, Problem> {
    let (market, engine) = (api.market.clone(), api.engine.clone());
    let looking = tokio::spawn(async move { market.refresh(&engine).await });
    let states = match tokio::time::timeout(REFRESH, looking).await {
        Ok(Ok(states)) => states,
        Ok(Err(_)) | Err(_) => api.market.states(),
    };
    Ok(Json(MarketRegistries { registries: states.into_iter().map(Into::into).collect() }))
}

/// Read about a plugin that can be had
///
/// With its readme, its versions, and what each may do. Where several sources have one of this name, `source` chooses.
#[utoipa::path(
    get, path = "/v1/marketplace/{id}", tag = "plugins",
    params(("id" = String, Path, example = "rulewright.send-sms"), MarketFrom),
    responses((status = 200, body = MarketDetail), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_marketplace_plugin(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    Ask(from): Ask<MarketFrom>,
) -> Result<Json<MarketDetail>, Problem> {
    let all = api.market.listed().await;
    let plugin = find(&all, &id, &from)?;
    let looker = looker(&api, caller.shop()).await?;
    let page = page_of(&api, plugin, &looker).await;
    let others = all.iter().filter(|one| one.id == id && one.source != plugin.source);
    let others = others.map(|one| one.source.clone()).collect();
    Ok(Json(MarketDetail::of(plugin, &looker, page.as_deref().map_err(Clone::clone), others)))
}

/// Fetch the picture of a plugin that can be had
///
/// PNG, as its publisher made it.
#[utoipa::path(
    get, path = "/v1/marketplace/{id}/icon", tag = "plugins",
    params(("id" = String, Path, example = "acme.greet"), MarketFrom),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn get_marketplace_icon(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    Ask(from): Ask<MarketFrom>,
) -> Result<Response, Problem> {
    let all = api.market.listed().await;
    let plugin = find(&all, &id, &from)?;
    let looker = looker(&api, caller.shop()).await?;
    let page = page_of(&api, plugin, &looker).await.map_err(|trouble| {
        Problem::new(axum::http::StatusCode::BAD_GATEWAY, trouble.code, trouble.message)
            .hint("show the plugin without a picture, and ask again later")
    })?;
    let Some(icon) = page.icon.clone() else {
        return Err(Problem::not_found("icon of", &id).hint("show the plugin without a picture"));
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    Ok((headers, icon).into_response())
}

fn find<'a>(all: &'a [Arc<Listed>], id: &str, from: &MarketFrom) -> Result<&'a Arc<Listed>, Problem> {
    let found = all
        .iter()
        .find(|one| one.id == id && from.source.as_ref().is_none_or(|source| *source == one.source));
    found.ok_or_else(|| {
        let problem = Problem::not_found("plugin in the marketplace:", id);
        match from.source.as_deref() {
            Some(source) => problem.hint(format!("leave `source` out: `{source}` does not have it")),
            None => problem.hint("look for it by words: GET /v1/marketplace?q="),
        }
    })
}

/// Of the version that one would install, else of the newest.
async fn page_of(api: &Api, plugin: &Listed, looker: &Looker) -> Result<Arc<Page>, Trouble> {
    match plugin.offered(&looker.revoked).or(plugin.releases.first()) {
        Some(release) => api.market.page(release).await,
        None => Ok(Arc::default()),
    }
}

async fn looker(api: &Api, shop: ShopId) -> Result<Looker, Problem> {
    let found = api.read(move |reads| {
        let mut installed = BTreeMap::new();
        for one in reads.installations(shop)? {
            if let Some(package) = reads.package(&one.digest)? {
                let has = Has { version: package.manifest.version, digest: one.digest };
                installed.insert(one.plugin, has);
            }
        }
        let revoked = reads.revocations()?.into_iter().map(|(_, one)| one);
        Ok((reads.shop(shop)?, installed, revoked.collect::<Vec<_>>()))
    });
    let (found, installed, mut revoked) = found.await?;
    // What a list has said since, and nobody has followed yet.
    revoked.extend(api.market.revoked());
    let locale = found.ok_or_else(|| Problem::not_found("shop", shop))?.locale;
    Ok(Looker { locale, installed, revoked })
}
