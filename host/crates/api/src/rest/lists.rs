//! Tables of the shop's own, for rules to look things up in and to write down.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{Command, ItemId, ShopId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{created, done, shop::config};
use crate::{
    auth::{AutomationRead, AutomationWrite, OrdersRead, OrdersWrite},
    extract::{Ask, At, Sent},
    page::{Page, PageQuery},
    problem::{Problem, Problems},
    state::Api,
    view::{Item, ItemInput, List, ListInput, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_lists))
        .routes(routes!(put_list, delete_list))
        .routes(routes!(list_items, add_item))
        .routes(routes!(get_item, change_item, delete_item))
}

/// List the shop's lists
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/lists", tag = "lists",
    responses((status = 200, body = Page<List>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_lists(State(api): State<Api>, caller: AutomationRead) -> Result<Json<Page<List>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(Page { items: config.lists.into_values().map(List::from).collect(), next: None }))
}

/// Create or change a list
///
/// Fields that items have already may be taken away: they stay in the items, and are no longer checked.
#[utoipa::path(
    put, path = "/v1/lists/{name}", tag = "lists", request_body = ListInput,
    params(("name" = String, Path, example = "courier-prices")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_list(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<ListInput>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.put_list(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a list with its items
///
/// Refused while a rule names it.
#[utoipa::path(
    delete, path = "/v1/lists/{name}", tag = "lists", params(("name" = String, Path, example = "courier-prices")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_list(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_list(caller.shop(), &name).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the items of a list
#[utoipa::path(
    get, path = "/v1/lists/{name}/items", tag = "lists",
    params(("name" = String, Path, example = "courier-prices"), PageQuery),
    responses((status = 200, body = Page<Item>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_items(
    State(api): State<Api>,
    caller: OrdersRead,
    At(name): At<String>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Item>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    must_be_there(&api, shop, &name).await?;
    let page = window.page;
    let found = api.read(move |reads| reads.items(shop, &name, page)).await?;
    Ok(Json(window.page(found, |item| item.id.0, Item::from)))
}

/// Add an item
#[utoipa::path(
    post, path = "/v1/lists/{name}/items", tag = "lists", request_body = ItemInput,
    params(("name" = String, Path, example = "courier-prices")),
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_item(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(name): At<String>,
    sent: Sent<ItemInput>,
) -> Result<Response, Problem> {
    must_be_there(&api, caller.shop(), &name).await?;
    let command = Command::AddItem { list: name.clone(), fields: sent.body.fields };
    let receipt = api.execute(&caller, sent.key, command, &[&name]).await?;
    let path = receipt.item.map(|id| format!("/v1/lists/{name}/items/{id}")).unwrap_or_default();
    Ok(created(path, receipt))
}

/// Read an item
#[utoipa::path(
    get, path = "/v1/lists/{name}/items/{id}", tag = "lists",
    params(("name" = String, Path, example = "courier-prices"), ("id" = String, Path, example = "item_5")),
    responses((status = 200, body = Item), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_item(
    State(api): State<Api>,
    caller: OrdersRead,
    At((name, id)): At<(String, ItemId)>,
) -> Result<Json<Item>, Problem> {
    let shop = caller.shop();
    let item = api.read(move |reads| reads.item(shop, &name, id)).await?;
    Ok(Json(item.ok_or_else(|| Problem::not_found("item", id))?.into()))
}

/// Change fields of an item
#[utoipa::path(
    patch, path = "/v1/lists/{name}/items/{id}", tag = "lists", request_body = ItemInput,
    params(("name" = String, Path, example = "courier-prices"), ("id" = String, Path, example = "item_5")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn change_item(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((name, id)): At<(String, ItemId)>,
    sent: Sent<ItemInput>,
) -> Result<Response, Problem> {
    must_be_there(&api, caller.shop(), &name).await?;
    let subject = id.to_string();
    let command = Command::ChangeItem { list: name, id, fields: sent.body.fields };
    let receipt = api.execute(&caller, sent.key, command, &[&subject]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Delete an item
#[utoipa::path(
    delete, path = "/v1/lists/{name}/items/{id}", tag = "lists",
    params(("name" = String, Path, example = "courier-prices"), ("id" = String, Path, example = "item_5")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_item(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((name, id)): At<(String, ItemId)>,
) -> Result<StatusCode, Problem> {
    let removed = api.engine.remove_item(caller.shop(), &name, id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// To the engine the name of a list is one setting among others; here it is what was asked for.
async fn must_be_there(api: &Api, shop: ShopId, name: &str) -> Result<(), Problem> {
    match config(api, shop).await?.lists.contains_key(name) {
        true => Ok(()),
        false => Err(Problem::not_found("list", name)),
    }
}
