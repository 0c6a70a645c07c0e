use axum::{Json, extract::State};
use rulewright_domain::{ShopConfig, ShopId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::Sent,
    problem::{Problem, Problems},
    state::Api,
    view::{Shop, ShopPatch},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_shop, change_shop))
}

/// Read the shop that the token belongs to
#[utoipa::path(
    get, path = "/v1/shop", tag = "shop",
    responses((status = 200, body = Shop), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_shop(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Shop>, Problem> {
    Ok(Json(shop(&api, caller.shop()).await?.into()))
}

/// Change the shop
#[utoipa::path(
    patch, path = "/v1/shop", tag = "shop", request_body = ShopPatch,
    responses((status = 200, body = Shop), Problems), security(("bearer" = ["automation-write"]))
)]
async fn change_shop(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<ShopPatch>,
) -> Result<Json<Shop>, Problem> {
    let patch = sent.body.into_patch()?;
    Ok(Json(api.by(&caller).engine.change_shop(caller.shop(), patch).await?.into()))
}

async fn shop(api: &Api, id: ShopId) -> Result<rulewright_domain::Shop, Problem> {
    let shop = api.read(move |reads| reads.shop(id)).await?;
    shop.ok_or_else(|| Problem::not_found("shop", id))
}

pub async fn config(api: &Api, id: ShopId) -> Result<ShopConfig, Problem> {
    let config = api.read(move |reads| reads.config(id)).await?;
    config.ok_or_else(|| Problem::not_found("shop", id))
}
