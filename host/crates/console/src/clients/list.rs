use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::{
    Client, ClientId, ClientKind, ShopId,
    find::{Direction, Field, Filter, Scalar, Test},
};
use rulewright_engine::clients_at;
use rulewright_ports::{Reads, StorageExt, storage::Find};
use serde::Deserialize;

use super::kind;
use crate::{
    Console,
    door::{Look, See},
    listing::{self, filled},
    shell::{self, Place},
    show,
    trouble::Trouble,
};

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A name, a mail address or a phone number, or a part of one.
    q: String,
    kind: String,
    before: String,
}

impl Asked {
    fn is_filtered(&self) -> bool {
        filled(&self.q).is_some() || filled(&self.kind).is_some()
    }

    fn kind(&self) -> Option<ClientKind> {
        [ClientKind::Contact, ClientKind::Company].into_iter().find(|kind| kind.name() == self.kind)
    }

    fn find(&self) -> Find {
        let mut conditions = Vec::new();
        if let Some(words) = filled(&self.q) {
            let contains =
                |path: &[&str]| Field::text(path.iter().copied()).is(Test::Contains(words.to_owned()));
            let anywhere =
                vec![contains(&["name"]), contains(&["emails", "value"]), contains(&["phones", "value"])];
            conditions.push(Filter::Any(anywhere));
        }
        let id = || Field::number(["id"]);
        if let Ok(before) = self.before.parse::<ClientId>() {
            conditions.push(id().is(Test::Below(Scalar::Number(before.0 as f64))));
        }
        Find {
            order: vec![(id(), Direction::Down)],
            limit: listing::ROWS + 1,
            ..Find::first(Filter::All(conditions))
        }
    }
}

pub struct Listing {
    pub rows: Vec<Client>,
    pub next: Option<ClientId>,
}

/// Digits from which on it can be a phone number that is written in another way than it is stored.
const DIGITS: usize = 6;

fn found(reads: &mut dyn Reads, shop: ShopId, asked: &Asked) -> Result<Listing, Trouble> {
    if let Some(words) = filled(&asked.q)
        && words.chars().filter(char::is_ascii_digit).count() >= DIGITS
    {
        let mut rows = Vec::new();
        for id in clients_at(reads, shop, words)? {
            let client = reads.client(shop, id)?;
            rows.extend(client.filter(|client| asked.kind().is_none_or(|kind| client.kind == kind)));
        }
        // Few share a number, so they are one page.
        if !rows.is_empty() {
            return Ok(Listing { rows, next: None });
        }
    }
    let mut rows = reads.find_clients(shop, asked.kind(), &asked.find())?.rows;
    let next = listing::cut(&mut rows, |client| client.id.0).map(ClientId);
    Ok(Listing { rows, next })
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let wanted = asked.clone();
    let listing = console.engine().storage().read(move |reads| found(reads, shop, &wanted)).await?;
    let title = visitor.text("nav-clients");
    let look = &visitor.look;
    let kinds = [ClientKind::Contact, ClientKind::Company]
        .map(|kind| (kind.name().to_owned(), look.text(&format!("clients-{}", kind.name()))));
    let body = html! {
        div.head { h1 { (title) } }
        form.filters method="get" action="/clients" role="search" aria-label=(look.text("list-filters")) {
            label { (look.text("clients-search")) input type="search" name="q" value=(asked.q) size="28"; }
            (listing::choice("kind", &look.text("clients-kind"), &look.text("list-any"), &asked.kind, &kinds))
            (listing::filter_buttons(look, "/clients", asked.is_filtered()))
        }
        (table(look, &asked, &listing))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Clients), body }))
}

fn table(look: &Look, asked: &Asked, listing: &Listing) -> Markup {
    let next = listing.next.map(|client| {
        listing::address(
            "/clients",
            &[("q", &asked.q), ("kind", &asked.kind), ("before", &client.to_string())],
        )
    });
    html! {
        div #clients-list data-live="client" {
            @if listing.rows.is_empty() {
                @if asked.is_filtered() || !asked.before.is_empty() {
                    (show::empty(&look.text("clients-none-match"), Some((&look.text("list-clear"), "/clients"))))
                } @else {
                    (show::empty(&look.text("clients-none"), None))
                }
            } @else {
                @let heads = ["clients-name", "clients-kind", "clients-phone", "clients-email", "clients-since"];
                (show::table(look, "nav-clients", &heads, &html! { @for client in &listing.rows { (row(look, client)) } }))
                (show::more(look, next))
            }
        }
    }
}

fn row(look: &Look, client: &Client) -> Markup {
    html! {
        tr id=(format!("row-{}", client.id)) data-row="" {
            td { a href=(format!("/clients/{}", client.id)) { (client.name) } }
            td { (kind(look, client)) }
            td { @if let Some(phone) = client.phones.first() { (phone.value) } }
            td { @if let Some(email) = client.emails.first() { (email.value) } }
            td { @if let Some(created) = client.created { (look.at(created)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn the_next_page_searches_for_the_same() {
        let asked = Asked { q: "holm & co".into(), ..Asked::default() };
        let rows = vec![Client::new(ClientId(9), ClientKind::Company, "Holm & Co")];
        let html = table(&look("en"), &asked, &Listing { rows, next: Some(ClientId(9)) }).into_string();
        assert!(html.contains("/clients?q=holm+%26+co&amp;before=cli_9"), "{html}");
        assert!(html.contains("Holm &amp; Co") && html.contains("/clients/cli_9"), "{html}");
    }

    #[test]
    fn nobody_yet_and_nobody_that_matches_are_two_things() {
        let shown = |q: &str| {
            let asked = Asked { q: q.into(), ..Asked::default() };
            table(&look("en"), &asked, &Listing { rows: Vec::new(), next: None }).into_string()
        };
        assert!(shown("x").contains("No clients match"));
        assert!(!shown("").contains("No clients match"));
    }

    #[test]
    fn a_search_is_a_filter_that_the_storage_takes() {
        let asked = Asked { q: "mira".into(), kind: "contact".into(), before: "cli_7".into() };
        assert!(asked.find().check().is_ok());
        assert_eq!(asked.kind(), Some(ClientKind::Contact));
    }
}
