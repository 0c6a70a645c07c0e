use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rulewright_domain::{Token, TokenId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Admin,
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    token::{bearer, mint},
    view::{self, NewToken, TokenMade},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_tokens, create_token)).routes(routes!(delete_token))
}

/// List tokens
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "shop",
    responses((status = 200, body = Page<view::Token>), Problems), security(("bearer" = ["admin"]))
)]
async fn list_tokens(State(api): State<Api>, caller: Admin) -> Result<Json<Page<view::Token>>, Problem> {
    let shop = caller.shop();
    let found = api.read(move |reads| reads.tokens(shop)).await?;
    Ok(Json(Page { items: found.into_iter().map(view::Token::from).collect(), next: None }))
}

/// Create a token
///
/// Its secret is in this answer and never shown again.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "shop", request_body = NewToken,
    responses((status = 201, body = TokenMade), Problems), security(("bearer" = ["admin"]))
)]
async fn create_token(
    State(api): State<Api>,
    caller: Admin,
    sent: Sent<NewToken>,
) -> Result<Response, Problem> {
    let now = api.engine.clock().now();
    let NewToken { name, scopes, expires, employee, areas } = sent.body;
    let (secret, hash) = mint().map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "the server has no random numbers")
    })?;
    let scopes = scopes.into_iter().map(Into::into).collect();
    let token = Token {
        id: TokenId(0),
        shop: caller.shop(),
        name,
        hash,
        scopes,
        created: now,
        expires,
        employee,
        areas,
    };
    if let Some((path, message)) = token.problem(now) {
        return Err(Problem::mistake(path, "invalid", message));
    }
    let (id, again) = api.by(&caller).engine.create_token(asked(&caller, sent.key), token.clone()).await?;
    if again {
        return Err(made_before(id));
    }
    let token = Token { id, ..token };
    let secret = bearer(token.id, &secret);
    Ok((StatusCode::CREATED, Json(TokenMade { token: token.into(), secret })).into_response())
}

/// The secret is known to nobody any more, so the first answer cannot be given again.
fn made_before(id: TokenId) -> Problem {
    let detail = format!("this request made the token `{id}` before, and its secret is shown only once");
    Problem::new(StatusCode::CONFLICT, "made-before", detail)
        .hint("delete that token and make another one with a new Idempotency-Key")
}

/// Revoke a token
///
/// It works no more from this moment.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", tag = "shop", params(("id" = String, Path, example = "tok_2")),
    responses((status = 204, description = "Revoked"), Problems), security(("bearer" = ["admin"]))
)]
async fn delete_token(
    State(api): State<Api>,
    caller: Admin,
    At(id): At<TokenId>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_token(caller.shop(), id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}
