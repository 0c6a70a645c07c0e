use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::AccountId;
use rulewright_engine::Refusal;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Admin,
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Account, AccountPatch, NewAccount, PasswordInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(get_account, change_account, delete_account))
        .routes(routes!(set_password))
}

fn at(id: AccountId) -> impl FnOnce(Refusal) -> Problem {
    move |refusal| Problem::refused(refusal, &[&id.to_string()])
}

/// List accounts
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "shop",
    responses((status = 200, body = Page<Account>), Problems), security(("bearer" = ["admin"]))
)]
async fn list_accounts(State(api): State<Api>, caller: Admin) -> Result<Json<Page<Account>>, Problem> {
    let all = api.engine.accounts(caller.shop()).await?;
    Ok(Json(Page { items: all.into_iter().map(Account::from).collect(), next: None }))
}

/// Make an account
///
/// It cannot sign in before it has a password.
#[utoipa::path(
    post, path = "/v1/accounts", tag = "shop", request_body = NewAccount,
    responses((status = 201, body = Account), Problems), security(("bearer" = ["admin"]))
)]
async fn create_account(
    State(api): State<Api>,
    caller: Admin,
    sent: Sent<NewAccount>,
) -> Result<Response, Problem> {
    let new = sent.body.into_domain(api.engine.clock().now());
    let id = api.by(&caller).engine.put_account(asked(&caller, sent.key), new).await?;
    let account = Account::from(api.engine.account(caller.shop(), id).await?);
    let path = format!("/v1/accounts/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, path)], Json(account)).into_response())
}

/// Read an account
#[utoipa::path(
    get, path = "/v1/accounts/{id}", tag = "shop", params(("id" = String, Path, example = "acc_1")),
    responses((status = 200, body = Account), Problems), security(("bearer" = ["admin"]))
)]
async fn get_account(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<AccountId>,
) -> Result<Json<Account>, Problem> {
    Ok(Json(api.engine.account(caller.shop(), id).await.map_err(at(id))?.into()))
}

/// Change an account
///
/// The shop's last owner stays one.
#[utoipa::path(
    patch, path = "/v1/accounts/{id}", tag = "shop", request_body = AccountPatch,
    params(("id" = String, Path, example = "acc_1")),
    responses((status = 200, body = Account), Problems), security(("bearer" = ["admin"]))
)]
async fn change_account(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<AccountId>,
    sent: Sent<AccountPatch>,
) -> Result<Json<Account>, Problem> {
    let changed = api.by(&caller).engine.change_account(caller.shop(), id, sent.body.into_patch()).await;
    Ok(Json(changed.map_err(at(id))?.into()))
}

/// Delete an account
///
/// Where it is signed in, it is no more.
#[utoipa::path(
    delete, path = "/v1/accounts/{id}", tag = "shop", params(("id" = String, Path, example = "acc_1")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["admin"]))
)]
async fn delete_account(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<AccountId>,
) -> Result<StatusCode, Problem> {
    api.by(&caller).engine.remove_account(caller.shop(), id).await.map_err(at(id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an account another password
///
/// Where it is signed in, it has to sign in again.
#[utoipa::path(
    put, path = "/v1/accounts/{id}/password", tag = "shop", request_body = PasswordInput,
    params(("id" = String, Path, example = "acc_1")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["admin"]))
)]
async fn set_password(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<AccountId>,
    sent: Sent<PasswordInput>,
) -> Result<StatusCode, Problem> {
    let set = api.by(&caller).engine.set_password(caller.shop(), id, &sent.body.password, None).await;
    set.map_err(at(id))?;
    Ok(StatusCode::NO_CONTENT)
}
