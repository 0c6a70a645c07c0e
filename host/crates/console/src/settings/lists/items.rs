//! What stands in a list.

use axum::{
    Form, Router,
    extract::{Query, State},
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Command, Fields, Item, ItemId, List, account::Ability};
use rulewright_engine::Request;
use serde::Deserialize;
use serde_json::Value;

use super::LISTS;
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    effect,
    forms::Posted,
    listing,
    settings::{
        Pairs, Part, again, danger,
        field::{Field, pair},
        framed, leads,
    },
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/lists/{name}", get(list))
        .route("/settings/lists/{name}/items", get(new).post(add))
        .route("/settings/lists/{name}/items/{id}", get(page).post(save))
        .route("/settings/lists/{name}/items/{id}/remove", post(remove))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: String,
}

async fn list(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    let before = asked.before.parse::<ItemId>().ok().map(|id| id.0);
    let (shop, wanted) = (visitor.shop, name.clone());
    let mut items = console.read(move |reads| reads.items(shop, &wanted, listing::window(before))).await?;
    let next = listing::cut(&mut items, |item| item.id.0).map(ItemId);
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let address = format!("{LISTS}/{name}");
    let next = next.map(|id| listing::address(&address, &[("before", &id.to_string())]));
    let body = html! {
        p {
            a href=(LISTS) { (look.text("settings-lists")) } " / " code { (list.name) }
            @if may { " · " a href=(format!("{address}/edit")) { (look.text("list-edit")) } }
        }
        @if may { p { a.button href=(format!("{address}/items")) { (look.text("item-add")) } } }
        @if items.is_empty() { (show::empty(&look.text("list-no-items"), None)) } @else { (rows(look, list, &items, may)) }
        (show::more(look, next))
    };
    Ok(framed(&visitor, Some(Part::Lists), &list.title, body))
}

fn rows(look: &Look, list: &List, items: &[Item], may: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(list.title) {
            table {
                thead { tr {
                    th scope="col" { (look.text("clients-id")) }
                    @for field in &list.fields { th scope="col" { (title(field)) } }
                } }
                tbody { @for item in items { tr id=(format!("row-{}", item.id)) data-row="" {
                    td { @if may { a href=(format!("{LISTS}/{}/items/{}", list.name, item.id)) { code { (item.id) } } } @else { code { (item.id) } } }
                    @for field in &list.fields { td { @if let Some(value) = item.fields.get(&field.name) { (effect::plain(value)) } } }
                } } }
            }
        }
    }
}

fn title(field: &rulewright_domain::ListField) -> &str {
    if field.title.is_empty() { &field.name } else { &field.title }
}

fn pairs(item: &Item) -> Pairs {
    item.fields.iter().map(|(name, value)| pair(name, effect::plain(value))).collect()
}

/// What is other than before. A number that nobody touched stays a number; what was typed is text, and what was emptied
/// is nothing.
fn given(list: &List, before: &Fields, posted: &Posted<'_>) -> Fields {
    let mut given = Fields::new();
    for field in &list.fields {
        // Browsers send line breaks as two signs.
        let Some(text) = posted.last(&field.name).map(|text| text.replace("\r\n", "\n")) else { continue };
        match before.get(&field.name) {
            Some(value) if effect::plain(value) == text => {}
            None if text.is_empty() => {}
            Some(_) if text.is_empty() => drop(given.insert(field.name.clone(), Value::Null)),
            _ => drop(given.insert(field.name.clone(), Value::String(text))),
        }
    }
    given
}

async fn new(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, list, None, &Pairs::new(), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    let fields = given(list, &Fields::new(), &Posted::of(&sent));
    let command = Command::AddItem { list: name, fields };
    execute(&console, &visitor, list, None, command, &sent).await
}

async fn known(console: &Console, visitor: &Visitor, list: &str, id: ItemId) -> Result<Item, Trouble> {
    let (shop, list) = (visitor.shop, list.to_owned());
    console.read(move |reads| reads.item(shop, &list, id)).await?.ok_or(Trouble::NotFound)
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    At((name, id)): At<(String, ItemId)>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    let item = known(&console, &visitor, &name, id).await?;
    Ok(shown(&visitor, list, Some(&item), &pairs(&item), None))
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At((name, id)): At<(String, ItemId)>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    let item = known(&console, &visitor, &name, id).await?;
    let fields = given(list, &item.fields, &Posted::of(&sent));
    let command = Command::ChangeItem { list: name, id: item.id, fields };
    execute(&console, &visitor, list, Some(&item), command, &sent).await
}

/// Rules are told of it as of every change of an item.
async fn execute(
    console: &Console,
    visitor: &Visitor,
    list: &List,
    item: Option<&Item>,
    command: Command,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let request = Request { shop: visitor.shop, command, by: visitor.actor(), key: None };
    match visitor.engine(console).execute(request).await {
        Ok(_) => Ok(leads(&format!("{LISTS}/{}", list.name), "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| shown(visitor, list, item, sent, Some(note)))),
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At((name, id)): At<(String, ItemId)>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).remove_item(visitor.shop, &name, id).await?;
    Ok(leads(&format!("{LISTS}/{name}"), "removed"))
}

fn shown(visitor: &Visitor, list: &List, item: Option<&Item>, sent: &Pairs, note: Option<Markup>) -> Markup {
    let (look, address) = (&visitor.look, format!("{LISTS}/{}", list.name));
    let title = item.map_or_else(|| look.text("item-add"), |item| item.id.to_string());
    let body = html! {
        @if let Some(note) = note { (note) }
        p { a href=(LISTS) { (look.text("settings-lists")) } " / " a href=(address) { (list.title) } }
        (form(look, list, item, &Posted::of(sent)))
        @if let Some(item) = item {
            (danger(look, &format!("{address}/items/{}/remove", item.id), &look.text("item-remove"), &look.with("item-remove-confirm", &[("id", item.id.to_string().into())])))
        }
    };
    framed(visitor, Some(Part::Lists), &title, body)
}

fn form(look: &Look, list: &List, item: Option<&Item>, posted: &Posted<'_>) -> Markup {
    let address = match item {
        Some(item) => format!("{LISTS}/{}/items/{}", list.name, item.id),
        None => format!("{LISTS}/{}/items", list.name),
    };
    html! {
        form.card method="post" action=(address) {
            fieldset.plain {
                @for field in &list.fields {
                    // What has several lines would lose them in a field of one.
                    @let lines = posted.last(&field.name).is_some_and(|text| text.contains('\n'));
                    @let input = Field::new(posted, &field.name, title(field).to_owned()).kind(if lines { "area" } else { "text" });
                    @if field.required { (input.required()) } @else { (input) }
                }
                div.row { button type="submit" { (look.text("save")) } a href=(format!("{LISTS}/{}", list.name)) { (look.text("cancel")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ListField, ShopId};
    use serde_json::json;

    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    fn branches() -> List {
        let field =
            |name: &str, title: &str| ListField { name: name.into(), title: title.into(), required: false };
        List {
            name: "branches".into(),
            title: "Branches".into(),
            fields: vec![field("city", "City"), field("phone", "")],
        }
    }

    fn item(fields: Value) -> Item {
        let fields = serde_json::from_value(fields).unwrap();
        Item { id: ItemId(4), shop: ShopId(1), list: "branches".into(), fields }
    }

    #[test]
    fn an_item_stands_under_the_titles_of_its_fields_also_where_it_has_none_of_one() {
        let items = [item(json!({"city": "Leeds & York"}))];
        let html = rows(&look("en"), &branches(), &items, false).into_string();
        for part in ["City", "phone", "Leeds &amp; York", "<td></td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("/items/"), "who may only look has nothing to open: {html}");
    }

    #[test]
    fn only_what_was_typed_is_changed_and_a_number_stays_one() {
        let (list, before) = (branches(), item(json!({"city": "Leeds\nYork", "phone": 4420})));
        let drawn = form(&look("en"), &list, Some(&before), &Posted::of(&pairs(&before)));
        let mut sent = submitted(&drawn.into_string());
        assert_eq!(given(&list, &before.fields, &Posted::of(&sent)), Fields::new());
        sent.retain(|(name, _)| name != "city");
        sent.extend([pair("city", ""), pair("phone", "4421"), pair("other", "x")]);
        let given = given(&list, &before.fields, &Posted::of(&sent));
        assert_eq!(json!(given), json!({"city": null, "phone": "4421"}));
    }
}
