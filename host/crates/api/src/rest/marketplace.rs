//! What can be had. Looking installs nothing, and nothing here is what a shop agrees to: that is asked for the component
//! itself, when it is installed.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::ShopId;
use rulewright_market::{Listed, Looker, Wanted};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, PluginsWrite},
    extract::{Ask, At, MaybeSent},
    page,
    problem::{Problem, Problems},
    state::Api,
    view::{MarketDetail, MarketFrom, MarketItem, MarketPage, MarketQuery, MarketRegistries, Nothing},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_marketplace))
        .routes(routes!(refresh_marketplace))
        .routes(routes!(get_marketplace_plugin))
        .routes(routes!(get_marketplace_icon))
}

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
    let source = query.source.as_deref();
    let wanted = Wanted { words, kind: query.kind.map(Into::into), source };
    let found = api.market.search(&wanted).await;
    let looker = looker(&api, caller.shop()).await?;
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
        hint: api.market.hint(items.is_empty(), words, source),
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
    let states = api.market.refresh_soon(&api.engine).await;
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
    let looker = looker(&api, caller.shop()).await?;
    let detail = api.market.detail(&id, from.source.as_deref(), &looker).await;
    Ok(Json(MarketDetail::of(detail.ok_or_else(|| absent(&id, &from))?, &looker)))
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
    let plugin = api.market.find(&id, from.source.as_deref()).await.ok_or_else(|| absent(&id, &from))?;
    let looker = looker(&api, caller.shop()).await?;
    let page = api.market.page_for(&plugin, &looker).await.map_err(|trouble| {
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

fn absent(id: &str, from: &MarketFrom) -> Problem {
    let problem = Problem::not_found("plugin in the marketplace:", id);
    match from.source.as_deref() {
        Some(source) => problem.hint(format!("leave `source` out: `{source}` does not have it")),
        None => problem.hint("look for it by words: GET /v1/marketplace?q="),
    }
}

async fn looker(api: &Api, shop: ShopId) -> Result<Looker, Problem> {
    let looker = api.market.looker(&api.engine, shop).await?;
    looker.ok_or_else(|| Problem::not_found("shop", shop))
}
