//! What the shop's people read and are asked to do, of all orders: feed, tasks, activities, notifications.

use axum::{Json, extract::State};
use rulewright_domain::{EntryKind, OrderId};
use rulewright_ports::storage::EntryQuery;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::OrdersRead,
    extract::Ask,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::Entry,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_entries))
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
