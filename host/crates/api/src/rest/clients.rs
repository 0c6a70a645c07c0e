use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{
    self as domain, ClientChange, ClientId, Command,
    find::{Direction, Field, Filter, Scalar, Test},
};
use rulewright_engine::clients_at;
use rulewright_ports::storage::{self, Find, OrderQuery};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{created, done};
use crate::{
    auth::{OrdersRead, OrdersWrite},
    extract::{Ask, At, MaybeSent, Sent},
    page::{Page, PageQuery, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Binding, Client, ClientInput, ClientKind, ClientPatch, Nothing, Order, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, create_client))
        .routes(routes!(get_client, replace_client, change_client, delete_client))
        .routes(routes!(list_client_orders))
        .routes(routes!(list_company_contacts))
        .routes(routes!(bind_company, unbind_company))
}

list_query! {
    ClientsQuery {
        /// A phone number in any way it is written, or a mail address: lists whoever has it.
        address: String,
        /// Only contacts, or only companies.
        #[param(inline)]
        kind: ClientKind,
    }
}

/// List clients
#[utoipa::path(
    get, path = "/v1/clients", tag = "clients", params(ClientsQuery),
    responses((status = 200, body = Page<Client>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_clients(
    State(api): State<Api>,
    caller: OrdersRead,
    Ask(query): Ask<ClientsQuery>,
) -> Result<Json<Page<Client>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let kind = query.kind.map(domain::ClientKind::from);
    let found = api
        .read(move |reads| {
            let Some(address) = query.address else {
                return match kind {
                    None => reads.clients(shop, page),
                    some => Ok(reads.find_clients(shop, some, &find(page))?.rows),
                };
            };
            // Few share an address, so the page is cut out of all of them.
            let ids = clients_at(reads, shop, &address)?;
            let mut found = Vec::new();
            for id in sorted(ids, page) {
                let client = reads.client(shop, id)?;
                found.extend(client.filter(|client| kind.is_none_or(|kind| client.kind == kind)));
                if found.len() >= page.limit as usize {
                    break;
                }
            }
            Ok(found)
        })
        .await?;
    Ok(Json(window.page(found, |client| client.id.0, Client::from)))
}

/// A page of all, by id.
fn find(page: storage::Page) -> Find {
    let id = || Field::number(["id"]);
    let (beyond, direction): (fn(Scalar) -> Test, _) =
        if page.newest_first { (Test::Below, Direction::Down) } else { (Test::Above, Direction::Up) };
    let conditions =
        page.after.map(|after| id().is(beyond(Scalar::Number(after as f64)))).into_iter().collect();
    Find { order: vec![(id(), direction)], limit: page.limit, ..Find::first(Filter::All(conditions)) }
}

/// Those beyond the page before, in the order of the list.
fn sorted(mut ids: Vec<ClientId>, page: storage::Page) -> Vec<ClientId> {
    ids.sort();
    if page.newest_first {
        ids.reverse();
    }
    let beyond = |id: &ClientId| match page.after {
        None => true,
        Some(after) if page.newest_first => id.0 < after,
        Some(after) => id.0 > after,
    };
    ids.into_iter().filter(beyond).collect()
}

/// Create a client
#[utoipa::path(
    post, path = "/v1/clients", tag = "clients", request_body = ClientInput,
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn create_client(
    State(api): State<Api>,
    caller: OrdersWrite,
    sent: Sent<ClientInput>,
) -> Result<Response, Problem> {
    let command = Command::CreateClient(sent.body.into_domain(ClientId(0))?);
    let receipt = api.execute(&caller, sent.key, command, &[]).await?;
    let path = receipt.client.map(|id| format!("/v1/clients/{id}")).unwrap_or_default();
    Ok(created(path, receipt))
}

/// Read a client
#[utoipa::path(
    get, path = "/v1/clients/{id}", tag = "clients", params(("id" = String, Path, example = "cli_7")),
    responses((status = 200, body = Client), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_client(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<ClientId>,
) -> Result<Json<Client>, Problem> {
    let shop = caller.shop();
    let client = api.read(move |reads| reads.client(shop, id)).await?;
    Ok(Json(client.ok_or_else(|| Problem::not_found("client", id))?.into()))
}

/// Replace everything about a client
#[utoipa::path(
    put, path = "/v1/clients/{id}", tag = "clients", request_body = ClientInput,
    params(("id" = String, Path, example = "cli_7")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn replace_client(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<ClientId>,
    sent: Sent<ClientInput>,
) -> Result<Response, Problem> {
    let command = Command::UpdateClient(sent.body.replacing(id)?);
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Change a client
///
/// All that the body names, or nothing.
#[utoipa::path(
    patch, path = "/v1/clients/{id}", tag = "clients", request_body = ClientPatch,
    params(("id" = String, Path, example = "cli_7")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn change_client(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<ClientId>,
    sent: Sent<ClientPatch>,
) -> Result<Response, Problem> {
    let command = Command::EditClient { id, changes: sent.body.into_changes()? };
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Delete a client
///
/// With everything that is known of it. Its orders stay and name it no more; so do the contacts of a company. What has
/// happened stays in the log, which knows only the id.
#[utoipa::path(
    delete, path = "/v1/clients/{id}", tag = "clients", params(("id" = String, Path, example = "cli_7")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn delete_client(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(id): At<ClientId>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let receipt = api.execute(&caller, sent.key, Command::DeleteClient { id }, &[&id.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Bind a contact to a company
///
/// Nothing happens where it is bound already: `events` of the receipt is empty.
#[utoipa::path(
    put, path = "/v1/clients/{id}/companies/{company}", tag = "clients", request_body = Binding,
    params(("id" = String, Path, example = "cli_7"), ("company" = String, Path, example = "cli_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn bind_company(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, company)): At<(ClientId, ClientId)>,
    sent: MaybeSent<Binding>,
) -> Result<Response, Problem> {
    let changes = vec![sent.body.of(company)];
    let paths = [id.to_string(), company.to_string()];
    let command = Command::EditClient { id, changes };
    let receipt = api.execute(&caller, sent.key, command, &paths.each_ref().map(String::as_str)).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// Take a contact off a company
///
/// If it was the primary one, the next takes its place.
#[utoipa::path(
    delete, path = "/v1/clients/{id}/companies/{company}", tag = "clients",
    params(("id" = String, Path, example = "cli_7"), ("company" = String, Path, example = "cli_9")),
    responses((status = 200, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn unbind_company(
    State(api): State<Api>,
    caller: OrdersWrite,
    At((id, company)): At<(ClientId, ClientId)>,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let command = Command::EditClient { id, changes: vec![ClientChange::UnbindCompany { company }] };
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
}

/// List the contacts of a company
#[utoipa::path(
    get, path = "/v1/clients/{id}/contacts", tag = "clients",
    params(("id" = String, Path, example = "cli_9"), PageQuery),
    responses((status = 200, body = Page<Client>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_company_contacts(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<ClientId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Client>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = api
        .read(move |reads| {
            if reads.client(shop, id)?.is_none() {
                return Ok(None);
            }
            let mut found = Vec::new();
            for id in reads.contacts_of_company(shop, id, page)? {
                found.extend(reads.client(shop, id)?);
            }
            Ok(Some(found))
        })
        .await?;
    let found = found.ok_or_else(|| Problem::not_found("client", id))?;
    Ok(Json(window.page(found, |client| client.id.0, Client::from)))
}

/// List the orders of a client
#[utoipa::path(
    get, path = "/v1/clients/{id}/orders", tag = "clients",
    params(("id" = String, Path, example = "cli_7"), PageQuery),
    responses((status = 200, body = Page<Order>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_client_orders(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<ClientId>,
    Ask(query): Ask<PageQuery>,
) -> Result<Json<Page<Order>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let wanted = OrderQuery { client: Some(id), ..OrderQuery::default() };
    let found = api
        .read(move |reads| {
            let found = reads.orders(shop, &wanted, page)?;
            if found.is_empty() && reads.client(shop, id)?.is_none() {
                return Ok(None);
            }
            Ok(Some(found))
        })
        .await?;
    let found = found.ok_or_else(|| Problem::not_found("client", id))?;
    Ok(Json(window.page(found, |order| order.id.0, Order::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_one_address_come_in_pages_too() {
        let beyond = |after, newest_first| {
            let ids = vec![ClientId(3), ClientId(1), ClientId(2)];
            let page = storage::Page { after, limit: 9, newest_first };
            sorted(ids, page).into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(beyond(None, true), [3, 2, 1]);
        assert_eq!(beyond(Some(2), true), [1]);
        assert_eq!(beyond(None, false), [1, 2, 3]);
        assert_eq!(beyond(Some(1), false), [2, 3]);
    }
}
