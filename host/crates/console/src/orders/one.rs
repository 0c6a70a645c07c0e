//! The page of one order.

use std::sync::Arc;

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::{Client, Order, OrderId, Run, ShopConfig, account::Ability};
use rulewright_ports::storage::{Page, RunQuery};

use super::{
    facts,
    timeline::{self, Past, Wanted},
    why,
};
use crate::{
    Console,
    door::{At, See, Visitor},
    shell::{self, Place},
    trouble::Trouble,
};

/// Runs of one order that its page looks at: more than any order has had.
const RUNS: u32 = 200;

/// Everything about an order, as it was at one moment.
pub struct Seen {
    pub config: Arc<ShopConfig>,
    pub order: Arc<Order>,
    pub clients: Vec<Client>,
    /// Newest first.
    pub runs: Vec<Run>,
    pub past: Past,
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<OrderId>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Trouble> {
    shown(&console, &visitor, id, wanted, None).await
}

/// With what went wrong, where something was tried.
pub async fn shown(
    console: &Console,
    visitor: &Visitor,
    id: OrderId,
    wanted: Wanted,
    trouble: Option<Trouble>,
) -> Result<Markup, Trouble> {
    let (shop, visit, asked) = (visitor.shop, wanted.visit(), wanted.clone());
    let config = console.config(shop).await?;
    let seen = console
        .read(move |reads| {
            let Some(order) = reads.order(shop, id)? else { return Ok(None) };
            let mut clients = Vec::new();
            for client in order.clients() {
                clients.extend(reads.client(shop, client)?);
            }
            let of_order = RunQuery { order: Some(id), ..RunQuery::default() };
            let runs = reads.runs(shop, &of_order, Page { after: None, limit: RUNS, newest_first: true })?;
            let past = timeline::read(reads, shop, id, &asked, &runs)?;
            Ok(Some(Seen { config, order, clients, runs, past }))
        })
        .await?;
    let seen = seen.ok_or(Trouble::NotFound)?;
    let why = console.engine().why(shop, id, visit).await?;
    let title = format!("{} {}", visitor.text("order"), seen.order.number);
    let body = html! {
        p { a href="/orders" { "‹ " (visitor.text("nav-orders")) } }
        (facts::head(visitor, &seen))
        @if let Some(trouble) = &trouble { (trouble.note(&visitor.look)) }
        div.split {
            div {
                @if visitor.may(Ability::Work) { (facts::actions(visitor, &seen)) }
                (facts::facts(visitor, &seen))
            }
            div {
                (why::panel(&visitor.look, &seen, &why))
                (timeline::timeline(visitor, &seen, &wanted))
            }
        }
    };
    Ok(shell::page(visitor, shell::Page { title: &title, place: Some(Place::Orders), body }))
}
