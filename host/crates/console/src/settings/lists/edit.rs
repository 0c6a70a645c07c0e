//! A list itself: what it is called, and which fields its items have.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{List, ListField, ShopConfig};
use rulewright_engine::{Named, Refusal};

use super::LISTS;
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, again, danger,
        field::{Field, pair, said},
        framed, leads, new_name, rows,
        uses::used,
    },
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/lists/new", get(new).post(add))
        .route("/settings/lists/{name}/edit", get(page).post(save))
        .route("/settings/lists/{name}/remove", post(remove))
}

/// What each row sends.
const COLUMNS: [&str; 3] = ["field", "field-title", "field-required"];
const REQUIRED: &str = "required";

fn row(field: &str, title: &str, required: &str) -> [(String, String); 3] {
    [pair(COLUMNS[0], field), pair(COLUMNS[1], title), pair(COLUMNS[2], required)]
}

fn pairs(list: &List) -> Pairs {
    let mut pairs = vec![pair("title", &list.title)];
    let required = |field: &ListField| if field.required { REQUIRED } else { "" };
    pairs.extend(list.fields.iter().flat_map(|field| row(&field.name, &field.title, required(field))));
    pairs
}

fn read(name: String, posted: &Posted<'_>) -> List {
    let fields = rows::rows(posted, COLUMNS).into_iter().map(|[name, title, required]| ListField {
        name: name.trim().to_owned(),
        title: title.trim().to_owned(),
        required: required == REQUIRED,
    });
    List { name, title: said(posted, "title").to_owned(), fields: fields.collect() }
}

/// What a button of the form does to its rows. None: it saves them.
fn act(posted: &Posted<'_>) -> Option<Pairs> {
    rows::acted(posted, &["name", "title"], &[(&COLUMNS, &["", "", ""])])
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(shown(&visitor, &config, None, &row("", "", "").into(), None))
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, &config, Some(list), &pairs(list), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = new_name(&visitor, &Posted::of(&sent), |name| config.lists.contains_key(name));
    put(&console, &visitor, &config, None, name, &sent).await
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    put(&console, &visitor, &config, Some(list), Ok(name), &sent).await
}

async fn put(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    known: Option<&List>,
    name: Result<String, Refusal>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let posted = Posted::of(sent);
    if let Some(pairs) = act(&posted) {
        return Ok(shown(visitor, config, known, &pairs, None).into_response());
    }
    let put = match name {
        Ok(name) => {
            let address = format!("{LISTS}/{name}");
            let wanted = read(name, &posted);
            visitor.engine(console).put_list(visitor.shop, wanted).await.map(|()| address)
        }
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(address) => Ok(leads(&address, "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| shown(visitor, config, known, sent, Some(note)))),
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let list = config.lists.get(&name).ok_or(Trouble::NotFound)?;
    match visitor.engine(&console).remove_list(visitor.shop, &name).await {
        Ok(()) => Ok(leads(LISTS, "removed")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| {
            shown(&visitor, &config, Some(list), &pairs(list), Some(note))
        })),
    }
}

fn shown(
    visitor: &Visitor,
    config: &ShopConfig,
    list: Option<&List>,
    sent: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let look = &visitor.look;
    let title = list.map_or_else(|| look.text("list-add"), |list| list.title.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        p {
            a href=(LISTS) { (look.text("settings-lists")) }
            @if let Some(list) = list { " / " a href=(format!("{LISTS}/{}", list.name)) { (list.name) } }
        }
        (form(look, list, &Posted::of(sent)))
        @if let Some(list) = list {
            (used(look, config, Named::List, &list.name))
            (danger(look, &format!("{LISTS}/{}/remove", list.name), &look.text("list-remove"), &look.with("list-remove-confirm", &[("name", list.title.as_str().into())])))
        }
    };
    framed(visitor, Some(Part::Lists), &title, body)
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
        let html = form(&look("en"), Some(&list), &Posted::of(&pairs(&list))).into_string();
        assert_eq!(html.matches("readonly").count(), 2, "{html}");
        assert_eq!(read("prices".into(), &Posted::of(&submitted(&html))), list);
        let mut more = pairs(&list);
        more.push(pair("do", "add:field"));
        let more = act(&Posted::of(&more)).unwrap();
        let html = form(&look("en"), Some(&list), &Posted::of(&more)).into_string();
        assert_eq!((html.matches("readonly").count(), html.matches("<select").count()), (2, 3), "{html}");
    }
}
