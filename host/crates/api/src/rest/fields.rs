//! The shop's own fields, and the files that stand in them.

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{Actor, FieldDefinition, FieldId};
use rulewright_engine::MAX_FILE;
use rulewright_ports::storage::Records;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use crate::{
    auth::{AutomationRead, AutomationWrite, Caller, OrdersRead, OrdersWrite},
    extract::{Ask, At, Raw, Sent},
    key::asked,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Field, FieldOf, FieldPatch, KeptFile, NewField},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_fields, add_field))
        .routes(routes!(get_field, change_field, delete_field))
        .routes(routes!(keep_file).layer(DefaultBodyLimit::max(MAX_FILE)))
        .routes(routes!(get_file))
}

list_query! {
    /// Which fields.
    FieldQuery {
        /// Only those of one thing.
        #[param(inline)]
        of: FieldOf,
    }
}

pub(super) fn actor(caller: &Caller) -> Actor {
    Actor::Token { name: caller.name().to_owned() }
}

async fn field(api: &Api, caller: &Caller, id: FieldId) -> Result<FieldDefinition, Problem> {
    let shop = caller.shop();
    let field = api.read(move |reads| reads.record::<FieldDefinition>(shop, id.0)).await?;
    field.ok_or_else(|| Problem::not_found("field", id))
}

/// List the shop's own fields
#[utoipa::path(
    get, path = "/v1/fields", tag = "shop", params(FieldQuery),
    responses((status = 200, body = Page<Field>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_fields(
    State(api): State<Api>,
    caller: AutomationRead,
    Ask(query): Ask<FieldQuery>,
) -> Result<Json<Page<Field>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let of = query.of.map(|of| rulewright_domain::FieldOf::from(of).name());
    let page = window.page;
    let found = api.read(move |reads| reads.records::<FieldDefinition>(shop, of, page)).await?;
    Ok(Json(window.page(found, |field| field.id.0, Field::from)))
}

/// Make a field
///
/// From then on its values are checked and brought into one form, whoever writes them. One that is to be seen by clients of
/// Bitrix24 has a name that begins with `UF_CRM_`.
#[utoipa::path(
    post, path = "/v1/fields", tag = "shop", request_body = NewField,
    responses((status = 201, body = Field), Problems), security(("bearer" = ["automation-write"]))
)]
async fn add_field(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<NewField>,
) -> Result<Response, Problem> {
    let new = sent.body.into_domain();
    let id = api.engine.add_field(asked(&caller, sent.key), actor(&caller), new).await?;
    let made = Field::from(field(&api, &caller, id).await?);
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/v1/fields/{id}"))], Json(made)).into_response())
}

/// Read a field
#[utoipa::path(
    get, path = "/v1/fields/{id}", tag = "shop", params(("id" = String, Path, example = "fld_7")),
    responses((status = 200, body = Field), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_field(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<FieldId>,
) -> Result<Json<Field>, Problem> {
    Ok(Json(field(&api, &caller, id).await?.into()))
}

/// Change a field
///
/// Whose it is, its name and its kind stay. Values that are there stay as they are until they are written again.
#[utoipa::path(
    patch, path = "/v1/fields/{id}", tag = "shop", request_body = FieldPatch,
    params(("id" = String, Path, example = "fld_7")),
    responses((status = 200, body = Field), Problems), security(("bearer" = ["automation-write"]))
)]
async fn change_field(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<FieldId>,
    sent: Sent<FieldPatch>,
) -> Result<Json<Field>, Problem> {
    let patch = move |field: &mut FieldDefinition| {
        sent.body.apply(field);
        Ok(())
    };
    let changed = api.engine.change_field(asked(&caller, sent.key), actor(&caller), id, patch).await;
    changed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(Json(field(&api, &caller, id).await?.into()))
}

/// Delete a field
///
/// Its values stay where they are, and are no longer checked.
#[utoipa::path(
    delete, path = "/v1/fields/{id}", tag = "shop", params(("id" = String, Path, example = "fld_7")),
    responses((status = 204, description = "Deleted"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn delete_field(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<FieldId>,
) -> Result<StatusCode, Problem> {
    let removed = api.engine.remove_field(caller.shop(), actor(&caller), id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keep a file for a field or a comment
///
/// The body is the file, of 1 byte to 8 MiB. What stands in the field or among the comment's `files` is `{"digest": .., "name": .., "size": ..}`.
#[utoipa::path(
    post, path = "/v1/files", tag = "shop",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = KeptFile), Problems), security(("bearer" = ["orders-write"]))
)]
async fn keep_file(State(api): State<Api>, caller: OrdersWrite, raw: Raw) -> Result<Response, Problem> {
    let size = raw.body.len() as u64;
    let digest = api.engine.keep_file(caller.shop(), raw.body.into()).await?;
    let place = format!("/v1/files/{digest}");
    let kept = KeptFile::new(digest, size);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(kept)).into_response())
}

/// Read a file
#[utoipa::path(
    get, path = "/v1/files/{digest}", tag = "shop",
    params(("digest" = String, Path, example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")),
    responses((status = 200, description = "As it was sent", body = Vec<u8>, content_type = "application/octet-stream"), Problems),
    security(("bearer" = ["orders-read"]))
)]
async fn get_file(
    State(api): State<Api>,
    caller: OrdersRead,
    At(digest): At<String>,
) -> Result<Response, Problem> {
    let (shop, wanted) = (caller.shop(), digest.clone());
    let bytes = api.read(move |reads| reads.template_file(shop, &wanted)).await?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("file", digest))?;
    // Whatever it is, no browser runs it.
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")];
    Ok((headers, bytes).into_response())
}
