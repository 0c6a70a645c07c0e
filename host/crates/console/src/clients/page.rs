//! One client.

use axum::extract::State;
use maud::{Markup, html};
use rulewright_domain::{
    Client, ClientId, ClientKind, Entry, EntryKind, Order, PointList, ShopConfig, ShopId, Subject,
    account::Ability,
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EntryQuery, Page},
};

use super::{kind, point_kind};
use crate::{
    Console,
    door::{At, Look, See},
    effect, listing, names, reasons,
    shell::{self, Place},
    show,
    trouble::Trouble,
};

pub struct Card {
    pub client: Client,
    /// Of a contact, the primary one first.
    pub companies: Vec<Client>,
    /// Of a company.
    pub contacts: Vec<Client>,
    /// The latest first.
    pub orders: Vec<Order>,
    pub entries: Vec<Entry>,
}

/// Orders, contacts and entries that a card shows.
const SHOWN: u32 = 50;
const LATEST: Page = Page { after: None, limit: SHOWN, newest_first: true };

fn read(reads: &mut dyn Reads, shop: ShopId, id: ClientId) -> Result<Card, Trouble> {
    let client = reads.client(shop, id)?.ok_or(Trouble::NotFound)?;
    let mut companies = Vec::new();
    for affiliation in &client.companies {
        companies.extend(reads.client(shop, affiliation.company)?);
    }
    let mut contacts = Vec::new();
    if client.kind == ClientKind::Company {
        for contact in reads.contacts_of_company(shop, id, LATEST)? {
            contacts.extend(reads.client(shop, contact)?);
        }
    }
    let query = EntryQuery { at: Some(Subject::Client(id)), kinds: EntryKind::TIMELINE.to_vec() };
    Ok(Card {
        companies,
        contacts,
        orders: reads.orders_of_client(shop, id, SHOWN)?,
        entries: reads.entries(shop, &query, LATEST)?,
        client,
    })
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<ClientId>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let config = console.config(shop).await?;
    let card = console.engine().storage().read(move |reads| read(reads, shop, id)).await?;
    let body = shown(&visitor.look, &config, &card, visitor.may(Ability::Work));
    let title = card.client.name.as_str();
    Ok(shell::page(&visitor, shell::Page { title, place: Some(Place::Clients), body }))
}

fn shown(look: &Look, config: &ShopConfig, card: &Card, may_work: bool) -> Markup {
    let client = &card.client;
    html! {
        div.head {
            h1 { (client.name) }
            span.muted { (kind(look, client)) }
            @if may_work { div.end { a.button.quiet href=(format!("/clients/{}/edit", client.id)) { (look.text("clients-edit")) } } }
        }
        div.split {
            div {
                section.card aria-label=(look.text("clients-reach")) {
                    h2 { (look.text("clients-reach")) }
                    (reach(look, client))
                }
                div #client-orders data-live="order payment" {
                    h2 { (look.text("nav-orders")) }
                    (orders(look, config, &card.orders))
                }
                @if !card.contacts.is_empty() {
                    section aria-label=(look.text("clients-contacts")) {
                        h2 { (look.text("clients-contacts")) }
                        ul { @for contact in &card.contacts { li { a href=(format!("/clients/{}", contact.id)) { (contact.name) } } } }
                    }
                }
            }
            section.card #client-timeline aria-label=(look.text("clients-timeline")) data-live="comment activity task message" {
                h2 { (look.text("clients-timeline")) }
                (timeline(look, &card.entries))
            }
        }
        (facts(look, config, card))
    }
}

fn reach(look: &Look, client: &Client) -> Markup {
    let points = PointList::ALL.iter().map(|list| (*list, client.points(*list)));
    let points: Vec<_> = points.filter(|(_, points)| !points.is_empty()).collect();
    html! {
        @if points.is_empty() { p.muted { (look.text("clients-no-address")) } }
        dl.facts {
            @for (list, points) in points {
                dt { (look.text(&format!("clients-{}", list.name()))) }
                dd { @for point in points { div { (point.value) " " span.muted { (point_kind(look, &point.kind)) } } } }
            }
            @if !client.unsubscribed.is_empty() {
                dt { (look.text("clients-unsubscribed")) }
                dd { @for channel in &client.unsubscribed { (effect::channel(look, channel)) " " } }
            }
        }
    }
}

fn orders(look: &Look, config: &ShopConfig, orders: &[Order]) -> Markup {
    html! {
        @if orders.is_empty() {
            p.muted { (look.text("clients-no-orders")) }
        } @else {
            @let heads = ["order", "runs-stage", "clients-order-total", "clients-order-created"];
            (show::table(look, "nav-orders", &heads, &html! {
                @for order in orders { tr data-row="" {
                    td { a href=(format!("/orders/{}", order.id)) { "#" (order.number) } " " (order.title) }
                    td { (names::stage(config, &order.pipeline, &order.stage)) }
                    td.num { (look.money(order.total)) }
                    td { (look.at(order.created)) }
                } }
            }))
        }
    }
}

fn timeline(look: &Look, entries: &[Entry]) -> Markup {
    html! {
        @if entries.is_empty() {
            p.muted { (look.text("clients-no-entries")) }
        } @else {
            ul.list { @for entry in entries { li id=(format!("entry-{}", entry.id)) {
                p.muted { (look.text(&format!("entry-kind-{}", entry.kind.name()))) " · " (entry.by.name()) " · " (look.at(entry.at)) }
                p { (reasons::noted(look, entry)) }
            } } }
        }
    }
}

fn facts(look: &Look, config: &ShopConfig, card: &Card) -> Markup {
    let client = &card.client;
    html! {
        dl.facts {
            dt { (look.text("clients-id")) } dd { (listing::copied(look, &client.id.to_string())) }
            @if !card.companies.is_empty() {
                dt { (look.text("clients-companies")) }
                dd { @for company in &card.companies { a href=(format!("/clients/{}", company.id)) { (company.name) } " " } }
            }
            @if let Some(responsible) = client.responsible {
                dt { (look.text("clients-responsible")) } dd { (names::employee(config, responsible)) }
            }
            @if let Some(locale) = &client.locale { dt { (look.text("clients-locale")) } dd { (locale) } }
            @if let Some(zone) = &client.time_zone { dt { (look.text("clients-zone")) } dd { (zone) } }
            @if let Some(created) = client.created { dt { (look.text("clients-since")) } dd { (look.at(created)) } }
            @if let Some(updated) = client.updated { dt { (look.text("clients-updated")) } dd { (look.at(updated)) } }
            @for (name, value) in &client.fields { dt { code { (name) } } dd.value { (effect::plain(value)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::ContactPoint;

    use super::*;
    use crate::{listing::tests::look, runs::sample::config};

    fn card() -> Card {
        let mut client = Client::new(ClientId(7), ClientKind::Contact, "Mira Holm");
        client.emails = vec![ContactPoint::new("work", "mira@example.com")];
        Card { client, companies: Vec::new(), contacts: Vec::new(), orders: Vec::new(), entries: Vec::new() }
    }

    #[test]
    fn a_card_says_how_somebody_is_reached_and_what_is_not_there_yet() {
        let html = shown(&look("en"), &config(), &card(), true).into_string();
        for part in ["Mira Holm", "mira@example.com", "Work", "No orders yet", "/clients/cli_7/edit"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn viewers_have_nothing_to_edit() {
        assert!(!shown(&look("en"), &config(), &card(), false).into_string().contains("/edit"));
    }
}
