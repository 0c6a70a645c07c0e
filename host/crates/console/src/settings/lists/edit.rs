//! A list itself: what it is called, and which fields its items have.

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{List, ListField, ShopConfig, ShopId};
use rulewright_engine::{Engine, Named, Refusal};

use super::LISTS;
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, danger,
        field::{Field, pair, said},
        framed, rows,
        thing::{self, Thing, add, new, remove, save},
        uses::used,
    },
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/lists/new", get(new::<List>).post(add::<List>))
        .route("/settings/lists/{name}/edit", get(page).post(save::<List>))
        .route("/settings/lists/{name}/remove", post(remove::<List>))
}

/// What each row sends.
const COLUMNS: [&str; 3] = ["field", "field-title", "field-required"];
const REQUIRED: &str = "required";

fn row(field: &str, title: &str, required: &str) -> [(String, String); 3] {
    [pair(COLUMNS[0], field), pair(COLUMNS[1], title), pair(COLUMNS[2], required)]
}

impl Thing for List {
    const LIST: &'static str = LISTS;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c List> {
        config.lists.get(name)
    }

    fn pairs(&self) -> Pairs {
        let mut pairs = vec![pair("title", &self.title)];
        let required = |field: &ListField| if field.required { REQUIRED } else { "" };
        pairs.extend(self.fields.iter().flat_map(|field| row(&field.name, &field.title, required(field))));
        pairs
    }

    fn beginning(_: &ShopConfig) -> Pairs {
        row("", "", "").into()
    }

    fn read(_: &Look, name: &str, posted: &Posted<'_>) -> Result<List, Refusal> {
        let fields = rows::rows(posted, COLUMNS).into_iter().map(|[name, title, required]| ListField {
            name: name.trim().to_owned(),
            title: title.trim().to_owned(),
            required: required == REQUIRED,
        });
        let (fields, title) = (fields.collect(), said(posted, "title").to_owned());
        Ok(List { name: name.to_owned(), title, fields })
    }

    fn act(posted: &Posted<'_>) -> Option<Pairs> {
        rows::acted(posted, &["name", "title"], &[(&COLUMNS, &["", "", ""])])
    }

    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &List)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup {
        let look = &visitor.look;
        let title = one.map_or_else(|| look.text("list-add"), |(_, list)| list.title.clone());
        let body = html! {
            @if let Some(note) = note { (note) }
            p {
                a href=(LISTS) { (look.text("settings-lists")) }
                @if let Some((name, _)) = one { " / " a href=(format!("{LISTS}/{name}")) { (name) } }
            }
            (form(look, one.map(|(_, list)| list), &Posted::of(sent)))
            @if let Some((name, list)) = one {
                (used(look, config, Named::List, name))
                (danger(look, &format!("{LISTS}/{name}/remove"), &look.text("list-remove"), &look.with("list-remove-confirm", &[("name", list.title.as_str().into())])))
            }
        };
        framed(visitor, Some(Part::Lists), &title, body)
    }

    async fn put(self, engine: Engine, shop: ShopId, _: String) -> Result<(), Refusal> {
        engine.put_list(shop, self).await
    }

    async fn remove(engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        engine.remove_list(shop, &name).await
    }

    fn saved(name: &str) -> String {
        format!("{LISTS}/{name}")
    }
}

/// What stands in a list is for everybody to see, on another page; this one is for whoever changes it.
async fn page(console: State<Console>, Own(visitor): Own, name: At<String>) -> Result<Markup, Trouble> {
    thing::page::<List>(console, See(visitor), name).await
}

fn form(look: &Look, list: Option<&List>, posted: &Posted<'_>) -> Markup {
    let address = list.map_or_else(|| format!("{LISTS}/new"), |list| format!("{LISTS}/{}/edit", list.name));
    let rows = rows::rows(posted, COLUMNS);
    html! {
        form.card method="post" action=(address) {
            fieldset.plain {
                (rows::saves_first())
                @if list.is_none() { (Field::new(posted, "name", look.text("settings-id")).required().hint("prices").help(look.text("settings-id-help"))) }
                (Field::new(posted, "title", look.text("list-title")).required())
                h2 { (look.text("list-fields")) }
                p.help { (look.text("list-fields-help")) }
                ol.list #fields { @for (place, row) in rows.iter().enumerate() { (field(look, list, row, place, rows.len())) } }
                div.row {
                    (rows::add(COLUMNS[0], &look.text("list-field-add")))
                    button type="submit" { (look.text("save")) }
                }
            }
        }
    }
}

fn field(look: &Look, list: Option<&List>, row: &[&str; 3], place: usize, of: usize) -> Markup {
    let [name, title, required] = *row;
    // Items have what they have under this name.
    let known = list.is_some_and(|list| list.fields.iter().any(|field| field.name == name));
    let label = |key: &str| look.words.with(key, &[("number", (place + 1).into())]);
    let called = if name.is_empty() { (place + 1).to_string() } else { name.to_owned() };
    html! {
        li.row {
            input name=(COLUMNS[0]) value=(name) required readonly[known] autocomplete="off" aria-label=(label("list-field-name"));
            input name=(COLUMNS[1]) value=(title) autocomplete="off" placeholder=(look.text("list-field-title-hint")) aria-label=(label("list-field-title"));
            select name=(COLUMNS[2]) aria-label=(label("list-field-required")) {
                option value="" selected[required != REQUIRED] { (look.text("list-optional")) }
                option value=(REQUIRED) selected[required == REQUIRED] { (look.text("list-required")) }
            }
            (rows::buttons(look, COLUMNS[0], place, of, &called))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    #[test]
    fn a_list_that_is_sent_as_it_was_stays_the_same_and_its_fields_keep_their_names() {
        let field = |name: &str, required| ListField { name: name.into(), title: "T".into(), required };
        let fields = vec![field("sku", true), field("price", false)];
        let list = List { name: "prices".into(), title: "Prices".into(), fields };
        let html = form(&look("en"), Some(&list), &Posted::of(&list.pairs())).into_string();
        assert_eq!(html.matches("readonly").count(), 2, "{html}");
        let sent = submitted(&html);
        assert_eq!(List::read(&look("en"), "prices", &Posted::of(&sent)).unwrap(), list);
        let mut more = list.pairs();
        more.push(pair("do", "add:field"));
        let more = List::act(&Posted::of(&more)).unwrap();
        let html = form(&look("en"), Some(&list), &Posted::of(&more)).into_string();
        assert_eq!((html.matches("readonly").count(), html.matches("<select").count()), (2, 3), "{html}");
    }
}
