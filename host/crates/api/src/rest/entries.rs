//! What the shop's people read and are asked to do, of all orders and clients: comments, tasks, activities, the feed.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{ClientId, Command, EntryChange, EntryId, EntryKind, OrderId, Subject};
use rulewright_ports::storage::EntryQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{created, done};
use crate::{
    auth::{Caller, OrdersRead, OrdersWrite},
    extract::{Ask, At, MaybeSent, Sent},
    key::RequestKey,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Entry, EntryMove, EntryPatch, EntryPlace, NewEntry, NoteInput, Nothing, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_entries, add_entry))
        .routes(routes!(get_entry, change_entry, delete_entry))
        .routes(routes!(complete_entry))
        .routes(routes!(bind_entry))
        .routes(routes!(unbind_entry))
        .routes(routes!(rebind_entry))
        .routes(routes!(pin_entry))
        .routes(routes!(unpin_entry))
        .routes(routes!(put_note, delete_note))
}

list_query! {
    EntriesQuery {
        /// Shown at this order.
        #[param(value_type = Option<String>)]
        order: OrderId,
        /// Shown at this client; an order or a client, not both.
        #[param(value_type = Option<String>)]
        client: ClientId,
        /// `feed`, `task`, `activity`, `notification`, `comment`, `history`, ...
        #[param(example = "feed")]
        kind: String,
    }
}

/// List entries of one kind, or all
///
/// The company feed, the tasks, the activities, the notifications, comments and what programs report.
#[utoipa::path(
    get, path = "/v1/entries", tag = "orders", params(EntriesQuery),
    responses((status = 200, body = Page<Entry>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_entries(
    State(api): State<Api>,
    caller: OrdersRead,
    Ask(query): Ask<EntriesQuery>,
) -> Result<Json<Page<Entry>>, Problem> {
    let kind = |name: &str| {
        EntryKind::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<&str> = EntryKind::ALL.iter().map(|kind| kind.name()).collect();
            Problem::bad_request("query", format!("`{name}` is no kind of entry: {}", known.join(", ")))
        })
    };
    let kinds = query.kind.as_deref().map(kind).transpose()?;
    let at = match (query.order, query.client) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request(
                "query",
                "`order` and `client` do not go together: ask for one",
            ));
        }
        (order, client) => order.map(Subject::Order).or(client.map(Subject::Client)),
    };
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = EntryQuery { at, kinds: kinds.into_iter().collect() };
    let found = api.read(move |reads| reads.entries(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |entry| entry.id.0, Entry::from)))
}

/// Add a comment, an activity, a task or a log
#[utoipa::path(
    post, path = "/v1/entries", tag = "orders", request_body = NewEntry,
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn add_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    sent: Sent<NewEntry>,
) -> Result<Response, Problem> {
    let receipt = api.execute(&caller, sent.key, sent.body.into_command()?, &[]).await?;
    let path = receipt.entry.map(|id| format!("/v1/entries/{id}")).unwrap_or_default();
    Ok(created(path, receipt))
}

/// Read an entry
#[utoipa::path(
    get, path = "/v1/entries/{id}", tag = "orders", params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Entry), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_entry(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<EntryId>,
) -> Result<Json<Entry>, Problem> {
    let shop = caller.shop();
    let entry = api.read(move |reads| reads.entry(shop, id)).await?;
    Ok(Json(entry.ok_or_else(|| Problem::not_found("entry", id))?.into()))
}

/// Change a comment, an activity, a task or a log
///
/// What tells of something that happened, such as a stage change, is changed by nobody.
#[utoipa::path(
    patch, path = "/v1/entries/{id}", tag = "orders", request_body = EntryPatch,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn change_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryPatch>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, sent.body.into_change()?).await
}

/// Delete a comment, an activity, a task or a log
///
/// Wherever it is shown.
#[utoipa::path(
    delete, path = "/v1/entries/{id}", tag = "orders",
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Delete).await
}

/// Complete a task or an activity
///
/// What is completed already stays as it is.
#[utoipa::path(
    post, path = "/v1/entries/{id}/complete", tag = "orders", request_body = Nothing,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn complete_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(entry): At<EntryId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let receipt = api.execute(&caller, sent.key, Command::Complete { entry }, &[&entry.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Show an entry at another order or client
#[utoipa::path(
    post, path = "/v1/entries/{id}/bind", tag = "orders", request_body = EntryPlace,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn bind_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryPlace>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Bind { to: sent.body.at }).await
}

/// Show an entry at an order or a client no more
///
/// Its last place stays: delete it instead.
#[utoipa::path(
    post, path = "/v1/entries/{id}/unbind", tag = "orders", request_body = EntryPlace,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn unbind_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryPlace>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Unbind { from: sent.body.at }).await
}

/// Show an entry at one order in place of another, or at one client in place of another
#[utoipa::path(
    post, path = "/v1/entries/{id}/rebind", tag = "orders", request_body = EntryMove,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn rebind_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryMove>,
) -> Result<Response, Problem> {
    let EntryMove { from, to } = sent.body;
    change(&api, &caller, sent.key, id, EntryChange::Rebind { from, to }).await
}

/// Keep an entry above the others
///
/// At most three at each order or client.
#[utoipa::path(
    post, path = "/v1/entries/{id}/pin", tag = "orders", request_body = EntryPlace,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn pin_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryPlace>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Pin { at: sent.body.at }).await
}

/// Keep an entry above the others no more
#[utoipa::path(
    post, path = "/v1/entries/{id}/unpin", tag = "orders", request_body = EntryPlace,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn unpin_entry(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<EntryPlace>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Unpin { at: sent.body.at }).await
}

/// Write the note under an entry
#[utoipa::path(
    put, path = "/v1/entries/{id}/note", tag = "orders", request_body = NoteInput,
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn put_note(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: Sent<NoteInput>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Note { text: Some(sent.body.text) }).await
}

/// Take the note under an entry away
#[utoipa::path(
    delete, path = "/v1/entries/{id}/note", tag = "orders",
    params(("id" = String, Path, example = "ent_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_note(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<EntryId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    change(&api, &caller, sent.key, id, EntryChange::Note { text: None }).await
}

async fn change(
    api: &Api,
    caller: &Caller,
    key: Option<RequestKey>,
    entry: EntryId,
    change: EntryChange,
) -> Result<Response, Problem> {
    let command = Command::ChangeEntry { entry, change };
    let receipt = api.execute(caller, key, command, &[&entry.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}
