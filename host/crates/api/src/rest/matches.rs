use axum::{Json, extract::State};
use rulewright_domain::{MatchId, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::RunsRead,
    extract::{Ask, At},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::Match,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_matches)).routes(routes!(get_match))
}

list_query! {
    MatchesQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
    }
}

/// List why triggers moved orders, or did not
#[utoipa::path(
    get, path = "/v1/matches", tag = "runs", params(MatchesQuery),
    responses((status = 200, body = Page<Match>), Problems), security(("bearer" = ["runs-read"]))
)]
async fn list_matches(
    State(api): State<Api>,
    caller: RunsRead,
    Ask(query): Ask<MatchesQuery>,
) -> Result<Json<Page<Match>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = api.read(move |reads| reads.matches(shop, query.order, page)).await?;
    Ok(Json(window.page(found, |matching| matching.id.0, Match::from)))
}

/// Read why triggers moved an order, or did not
#[utoipa::path(
    get, path = "/v1/matches/{id}", tag = "runs", params(("id" = String, Path, example = "mat_3")),
    responses((status = 200, body = Match), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_match(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<MatchId>,
) -> Result<Json<Match>, Problem> {
    let shop = caller.shop();
    let matching = api.read(move |reads| reads.matching(shop, id)).await?;
    Ok(Json(matching.ok_or_else(|| Problem::not_found("match", id))?.into()))
}
