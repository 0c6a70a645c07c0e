//! Search and commands in one place: an id goes straight to what it names, words find orders, clients, rules, plugins and
//! pages.

use axum::{
    Router,
    extract::{Query, State},
    http::HeaderMap,
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{
    Client, Order,
    find::{Direction, Field, Filter, Test},
};
use rulewright_ports::storage::Find;
use serde::Deserialize;

use crate::{
    Console,
    door::{See, Visitor},
    shell::{self, Page, Place},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/palette", get(palette))
}

#[derive(Deserialize)]
struct Asked {
    q: Option<String>,
}

/// One thing to go to.
struct Hit {
    address: String,
    label: String,
    /// What kind of thing it is.
    note: String,
}

async fn palette(
    State(console): State<Console>,
    See(visitor): See,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let wanted: String = asked.q.as_deref().unwrap_or_default().trim().chars().take(LONGEST).collect();
    let hits = find(&console, &visitor, &wanted).await?;
    let results = results(&visitor, &wanted, &hits);
    let title = visitor.text("palette-label");
    if headers.contains_key("hx-request") {
        return Ok(if asked.q.is_some() { results } else { panel(&visitor, &wanted, &results) });
    }
    let body = html! { h1 { (title) } (panel(&visitor, &wanted, &results)) };
    Ok(shell::page(&visitor, Page { title: &title, place: None, body }))
}

fn panel(visitor: &Visitor, wanted: &str, results: &Markup) -> Markup {
    html! {
        form.palette method="get" action="/palette" role="search" {
            label.sr for="palette-q" { (visitor.text("palette-label")) }
            input #palette-q type="search" name="q" value=(wanted) autocomplete="off" placeholder=(visitor.text("palette-hint"))
                hx-get="/palette" hx-trigger="input delay:150ms" hx-target="#palette-results" hx-swap="innerHTML" hx-sync="this:replace";
        }
        div #palette-results aria-live="polite" { (results) }
    }
}

fn results(visitor: &Visitor, wanted: &str, hits: &[Hit]) -> Markup {
    html! {
        @if hits.is_empty() { (show::empty(&visitor.with("palette-none", &[("q", wanted.into())]), None)) }
        ul.hits { @for hit in hits { li { a href=(hit.address) data-row="" { span { (hit.label) } " " span.muted { (hit.note) } } } } }
    }
}

/// Characters that are looked for: no name has more, and every order is held against them.
const LONGEST: usize = 100;

/// Matches of each kind at most: who sees too many types on.
const EACH: u32 = 6;

async fn find(console: &Console, visitor: &Visitor, wanted: &str) -> Result<Vec<Hit>, Trouble> {
    let mut hits: Vec<Hit> = by_id(visitor, wanted).into_iter().collect();
    let small = wanted.to_lowercase();
    let fits = |label: &str| small.is_empty() || label.to_lowercase().contains(&small);
    hits.extend(pages(visitor).into_iter().filter(|page| fits(&page.label)));
    if wanted.is_empty() {
        return Ok(hits);
    }
    let (shop, text) = (visitor.shop, wanted.trim_start_matches('#').to_owned());
    let read = move |reads: &mut dyn rulewright_ports::Reads| {
        let any = |paths: &[&[&str]]| {
            let holds = |path: &&[&str]| Field::text(path.iter().copied()).is(Test::Contains(text.clone()));
            let order = vec![(Field::number(["id"]), Direction::Down)];
            Find { limit: EACH, order, ..Find::first(Filter::Any(paths.iter().map(holds).collect())) }
        };
        let orders = reads.find_orders(shop, None, &any(&[&["number"], &["title"]]))?;
        let clients =
            reads.find_clients(shop, None, &any(&[&["name"], &["emails", "value"], &["phones", "value"]]))?;
        Ok((orders.rows, clients.rows))
    };
    let (orders, clients): (Vec<Order>, Vec<Client>) = console.read(read).await?;
    hits.extend(orders.into_iter().map(|order| Hit {
        address: format!("/orders/{}", order.id),
        label: format!("{} {}", order.number, order.title),
        note: visitor.text("order"),
    }));
    hits.extend(clients.into_iter().map(|client| Hit {
        address: format!("/clients/{}", client.id),
        label: client.name.clone(),
        note: visitor.text("palette-client"),
    }));
    let config = console.config(visitor.shop).await?;
    for automation in config.automations.values() {
        for rule in automation.stages.values().flat_map(|stage| &stage.rules).filter(|rule| fits(&rule.name))
        {
            hits.push(Hit {
                address: format!("/automation/{}/parts/{}#side", automation.pipeline, rule.id),
                label: rule.name.clone(),
                note: visitor.text("palette-rule"),
            });
        }
    }
    for plugin in config.plugins.values().filter(|plugin| fits(&plugin.manifest.title)).take(EACH as usize) {
        hits.push(Hit {
            address: format!("/plugins/{}", plugin.manifest.id),
            label: plugin.manifest.title.clone(),
            note: visitor.text("palette-plugin"),
        });
    }
    Ok(hits)
}

/// An id that was pasted.
fn by_id(visitor: &Visitor, wanted: &str) -> Option<Hit> {
    const PLACES: [(&str, &str); 4] =
        [("ord_", "/orders"), ("run_", "/runs"), ("msg_", "/deliveries"), ("cli_", "/clients")];
    let (_, place) = PLACES.iter().find(|(prefix, _)| {
        let digits = wanted.strip_prefix(prefix);
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    })?;
    Some(Hit {
        address: format!("{place}/{wanted}"),
        label: wanted.to_owned(),
        note: visitor.text("palette-id"),
    })
}

fn pages(visitor: &Visitor) -> Vec<Hit> {
    let page = |label: String, address: &str| Hit {
        address: address.to_owned(),
        label,
        note: visitor.text("palette-page"),
    };
    let places = Place::open_to(visitor).map(|(key, address)| page(visitor.look.words.text(key), address));
    let help = [("help-title", "/help"), ("help-codes", "/help#codes")];
    places.chain(help.map(|(key, address)| page(visitor.look.words.text(key), address))).collect()
}
