//! Lists, segments and schedules of the shop, to look at: rules, recipes and programs fill them.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{Item, List, ShopConfig};
use serde::Deserialize;

use super::{Part, framed};
use crate::{
    Console,
    door::{Look, See},
    effect, listing,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/settings/lists", get(page)).route("/settings/lists/{name}", get(items))
}

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
    let look = &visitor.look;
    let body = html! {
        h2 { (look.text("lists-lists")) }
        @if config.lists.is_empty() { (show::empty(&look.text("lists-none"), None)) } @else { (lists(look, &config, &counts)) }
        h2 { (look.text("lists-segments")) }
        @if config.segments.is_empty() { (show::empty(&look.text("segments-none"), None)) } @else { (segments(look, &config)) }
        h2 { (look.text("lists-schedules")) }
        @if config.schedules.is_empty() { (show::empty(&look.text("schedules-none"), None)) } @else { (schedules(look, &config)) }
    };
    Ok(framed(&visitor, Some(Part::Lists), &look.text("settings-lists"), body))
}

fn lists(look: &Look, config: &ShopConfig, counts: &[u64]) -> Markup {
    let heads = ["account-name", "list-fields", "list-items"];
    let rows = html! {
        @for (list, count) in config.lists.values().zip(counts) { tr data-row="" {
            td { a href=(format!("/settings/lists/{}", list.name)) { (list.title) } " " code { (list.name) } }
            td { @for field in &list.fields { code { (field.name) } " " } }
            td.num { (look.number(*count)) }
        } }
    };
    show::table(look, "lists-lists", &heads, &rows)
}

fn segments(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "segment-condition"];
    let rows = html! {
        @for segment in config.segments.values() { tr {
            td { (segment.title) " " code { (segment.name) } }
            td { @match segment.condition.as_ref().and_then(|condition| serde_json::to_string(condition).ok()) {
                Some(condition) => { code { (condition) } }
                None => (look.text("segment-everybody")),
            } }
        } }
    };
    show::table(look, "lists-segments", &heads, &rows)
}

fn schedules(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "schedule-cron", "account-zone", "schedule-next", "settings-state"];
    let rows = html! {
        @for schedule in config.schedules.values() { tr {
            td { (schedule.title) " " code { (schedule.name) } }
            td { code { (schedule.cron) } }
            td { (schedule.zone) }
            td { @if let Some(next) = schedule.next(look.now).filter(|_| schedule.active) { (look.at(next)) } }
            td { @if schedule.active { (Tone::Good.pill(&look.text("schedule-on"))) } @else { (Tone::Stop.pill(&look.text("schedule-off"))) } }
        } }
    };
    show::table(look, "lists-schedules", &heads, &rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: String,
}

async fn items(
    State(console): State<Console>,
    See(visitor): See,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    let before = asked.before.parse::<rulewright_domain::ItemId>().ok().map(|id| id.0);
    let (shop, wanted) = (visitor.shop, name.clone());
    let mut items = console.read(move |reads| reads.items(shop, &wanted, listing::window(before))).await?;
    let next = listing::cut(&mut items, |item| item.id.0).map(rulewright_domain::ItemId);
    let look = &visitor.look;
    let address = format!("/settings/lists/{name}");
    let next = next.map(|id| listing::address(&address, &[("before", &id.to_string())]));
    let body = html! {
        p { a href="/settings/lists" { (look.text("settings-lists")) } " / " code { (list.name) } }
        @if items.is_empty() { (show::empty(&look.text("list-no-items"), None)) } @else { (rows(look, list, &items)) }
        (show::more(look, next))
    };
    Ok(framed(&visitor, Some(Part::Lists), &list.title, body))
}

fn rows(look: &Look, list: &List, items: &[Item]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(list.title) {
            table {
                thead { tr {
                    th scope="col" { (look.text("clients-id")) }
                    @for field in &list.fields { th scope="col" { (if field.title.is_empty() { &field.name } else { &field.title }) } }
                } }
                tbody { @for item in items { tr id=(format!("row-{}", item.id)) {
                    td { code { (item.id) } }
                    @for field in &list.fields { td { @if let Some(value) = item.fields.get(&field.name) { (effect::plain(value)) } } }
                } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ItemId, ListField, ShopId};
    use serde_json::json;

    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn an_item_stands_under_the_titles_of_its_fields_also_where_it_has_none_of_one() {
        let field =
            |name: &str, title: &str| ListField { name: name.into(), title: title.into(), required: false };
        let list = List {
            name: "branches".into(),
            title: "Branches".into(),
            fields: vec![field("city", "City"), field("phone", "")],
        };
        let fields = [("city".to_owned(), json!("Leeds & York"))].into_iter().collect();
        let item = Item { id: ItemId(4), shop: ShopId(1), list: "branches".into(), fields };
        let html = rows(&look("en"), &list, &[item]).into_string();
        for part in ["City", "phone", "Leeds &amp; York", "<td></td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
