//! What the shop's people read and are asked to do, of all orders: feed, tasks, activities, notifications.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{Command, EntryId, EntryKind, OrderId};
use rulewright_ports::storage::EntryQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::done;
use crate::{
    auth::{OrdersRead, OrdersWrite},
    extract::{Ask, At, MaybeSent},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Entry, Nothing, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_entries)).routes(routes!(complete_entry))
}

list_query! {
    EntriesQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
        /// `feed`, `task`, `activity`, `notification`, `comment`, `history`, ...
        #[param(example = "feed")]
        kind: String,
    }
}

/// List entries of one kind, or all
///
/// The company feed, the tasks, the activities, the notifications.
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
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = EntryQuery { order: query.order, kinds: kinds.into_iter().collect() };
    let found = api.read(move |reads| reads.entries(shop, &wanted, page)).await?;
    Ok(Json(window.page(found, |entry| entry.id.0, Entry::from)))
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
