//! Lists of the shop with their items, segments of clients, and schedules: what rules work with.

mod edit;
mod items;

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use rulewright_domain::{ShopConfig, account::Ability};

use super::{Part, framed, schedules, segments};
use crate::{
    Console,
    door::{Look, See},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/settings/lists", get(page)).merge(edit::routes()).merge(items::routes())
}

const LISTS: &str = "/settings/lists";

async fn page(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let (shop, names) = (visitor.shop, config.lists.keys().cloned().collect::<Vec<_>>());
    let counts = console.read(move |reads| {
        let mut counts = Vec::new();
        for name in names {
            counts.push(reads.count_items(shop, &name)?);
        }
        Ok(counts)
    });
    let counts = counts.await?;
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let add = |address: &str, label: String| {
        html! { @if may { p { a.button href=(address) { (label) } } } }
    };
    let body = html! {
        h2 { (look.text("lists-lists")) }
        @if config.lists.is_empty() { (show::empty(&look.text("lists-none"), None)) } @else { (table(look, &config, &counts)) }
        (add("/settings/lists/new", look.text("list-add")))
        h2 { (look.text("lists-segments")) }
        @if config.segments.is_empty() { (show::empty(&look.text("segments-none"), None)) } @else { (segments::table(look, &config)) }
        (add("/settings/segments/new", look.text("segment-add")))
        h2 { (look.text("lists-schedules")) }
        @if config.schedules.is_empty() { (show::empty(&look.text("schedules-none"), None)) } @else { (schedules::table(look, &config)) }
        (add("/settings/schedules/new", look.text("schedule-add")))
    };
    Ok(framed(&visitor, Some(Part::Lists), &look.text("settings-lists"), body))
}

fn table(look: &Look, config: &ShopConfig, counts: &[u64]) -> Markup {
    let heads = ["account-name", "list-fields", "list-items"];
    let rows = html! {
        @for (list, count) in config.lists.values().zip(counts) { tr data-row="" {
            td { a href=(format!("{LISTS}/{}", list.name)) { (list.title) } " " code { (list.name) } }
            td { @for field in &list.fields { code { (field.name) } " " } }
            td.num { (look.number(*count)) }
        } }
    };
    show::table(look, "lists-lists", &heads, &rows)
}
