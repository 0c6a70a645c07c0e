//! Values to choose from: where orders come from, what kinds of clients there are, how people pay.

use axum::{Json, extract::State, http::StatusCode};
use rulewright_engine::{dictionaries, dictionary};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Dictionary, DictionaryInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_dictionaries)).routes(routes!(
        get_dictionary,
        put_dictionary,
        delete_dictionary
    ))
}

/// List dictionaries
///
/// Those that every shop has, and the shop's own; on one page.
#[utoipa::path(
    get, path = "/v1/dictionaries", tag = "shop",
    responses((status = 200, body = Page<Dictionary>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_dictionaries(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Dictionary>>, Problem> {
    let shop = caller.shop();
    let all = api.read(move |reads| dictionaries(reads, shop)).await?;
    Ok(Json(Page { items: all.into_iter().map(Dictionary::from).collect(), next: None }))
}

/// Read a dictionary
#[utoipa::path(
    get, path = "/v1/dictionaries/{name}", tag = "shop", params(("name" = String, Path, example = "sources")),
    responses((status = 200, body = Dictionary), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_dictionary(
    State(api): State<Api>,
    caller: AutomationRead,
    At(name): At<String>,
) -> Result<Json<Dictionary>, Problem> {
    let (shop, asked) = (caller.shop(), name.clone());
    let found = api.read(move |reads| dictionary(reads, shop, &asked)).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("dictionary", name))?.into()))
}

/// Create or replace a dictionary
///
/// Entries that stay keep their numbers. What was chosen before an entry was taken away stays as it is.
#[utoipa::path(
    put, path = "/v1/dictionaries/{name}", tag = "shop", request_body = DictionaryInput,
    params(("name" = String, Path, example = "sources")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_dictionary(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<DictionaryInput>,
) -> Result<StatusCode, Problem> {
    let (asked, new) = (asked(&caller, sent.key), sent.body);
    let engine = api.by(&caller).engine;
    let put = engine.change_dictionary(asked, name, move |dictionary| {
        new.put(dictionary);
        Ok(())
    });
    put.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a dictionary
///
/// One that every shop has is again as it was in the beginning.
#[utoipa::path(
    delete, path = "/v1/dictionaries/{name}", tag = "shop", params(("name" = String, Path, example = "colours")),
    responses((status = 204, description = "Deleted, or as in the beginning"), Problems),
    security(("bearer" = ["automation-write"]))
)]
async fn delete_dictionary(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_dictionary(caller.shop(), name.clone()).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok(StatusCode::NO_CONTENT)
}
