use axum::{Json, extract::State, http::StatusCode, response::Response};
use rulewright_domain::{ClientId, Command};
use rulewright_engine::clients_at;
use rulewright_ports::storage::{self, OrderQuery};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{created, done};
use crate::{
    auth::{OrdersRead, OrdersWrite},
    extract::{Ask, At, Sent},
    page::{Page, PageQuery, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Client, ClientInput, Order, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, create_client))
        .routes(routes!(get_client, replace_client))
        .routes(routes!(list_client_orders))
}

list_query! {
    ClientsQuery {
        /// A phone number in any way it is written, or a mail address: lists whoever has it.
        address: String,
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
    let found = api
        .read(move |reads| {
            let Some(address) = query.address else { return reads.clients(shop, page) };
            // Few share an address, so the page is cut out of all of them.
            let ids = clients_at(reads, shop, &address)?;
            let mut found = Vec::new();
            for id in cut(ids, page) {
                found.extend(reads.client(shop, id)?);
            }
            Ok(found)
        })
        .await?;
    Ok(Json(window.page(found, |client| client.id.0, Client::from)))
}

fn cut(mut ids: Vec<ClientId>, page: storage::Page) -> Vec<ClientId> {
    ids.sort();
    if page.newest_first {
        ids.reverse();
    }
    let beyond = |id: &ClientId| match page.after {
        None => true,
        Some(after) if page.newest_first => id.0 < after,
        Some(after) => id.0 > after,
    };
    ids.into_iter().filter(beyond).take(page.limit as usize).collect()
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
    let command = Command::UpdateClient(sent.body.into_domain(id)?);
    let receipt = api.execute(&caller, sent.key, command, &[&id.to_string()]).await?;
    Ok(done(StatusCode::OK, receipt))
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
        let cut = |after, limit, newest_first| {
            let ids = vec![ClientId(3), ClientId(1), ClientId(2)];
            let page = storage::Page { after, limit, newest_first };
            cut(ids, page).into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(cut(None, 2, true), [3, 2]);
        assert_eq!(cut(Some(2), 2, true), [1]);
        assert_eq!(cut(None, 9, false), [1, 2, 3]);
        assert_eq!(cut(Some(1), 1, false), [2]);
    }
}
