//! As whom the shop writes documents: what the law of its country wants to stand there, and its bank.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Requisites, Shop, ShopConfig, ShopId, account::Ability};
use rulewright_engine::{Engine, Named, Refusal};

use super::{
    Pairs, Part, danger,
    field::{Field, pair},
    framed, rows,
    thing::{Thing, add, new, page, remove, save},
    uses::used,
    wrong,
};
use crate::{
    Console,
    door::{Look, See, Visitor},
    forms::Posted,
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/requisites", get(list))
        .route("/settings/requisites/new", get(new::<Requisites>).post(add::<Requisites>))
        .route("/settings/requisites/{name}", get(page::<Requisites>).post(save::<Requisites>))
        .route("/settings/requisites/{name}/remove", post(remove::<Requisites>))
}

const LIST: &str = "/settings/requisites";
/// What each row sends.
const FIELDS: [&str; 2] = ["field", "field-value"];
const BANK: [&str; 2] = ["bank", "bank-value"];
/// What most countries want.
const USUAL: ([&str; 5], [&str; 3]) =
    (["name", "address", "vat-number", "phone", "email"], ["name", "iban", "bic"]);

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let (add, new) = (look.text("requisites-add"), format!("{LIST}/new"));
    let body = html! {
        p.muted { (look.text("requisites-what")) }
        @if config.shop.requisites.is_empty() {
            (show::empty(&look.text("requisites-none"), may.then_some((add.as_str(), new.as_str()))))
        } @else {
            @if may { p { a.button href=(new) { (add) } } }
            (table(look, &config))
        }
    };
    Ok(framed(&visitor, Some(Part::Requisites), &look.text("settings-requisites"), body))
}

fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["settings-id", "requisites-fields", "requisites-bank"];
    let rows = html! {
        @for (place, (name, one)) in config.shop.requisites.iter().enumerate() { tr data-row="" {
            td {
                a href=(format!("{LIST}/{name}")) { (name) }
                @if place == 0 { " " span.pill { (look.text("requisites-first")) } }
            }
            td { (short(&one.fields)) }
            td { (short(&one.bank)) }
        } }
    };
    show::table(look, "settings-requisites", &heads, &rows)
}

fn short(fields: &BTreeMap<String, String>) -> Markup {
    html! { @for (key, value) in fields { code { (key) } " " (value) br; } }
}

impl Thing for Requisites {
    const LIST: &'static str = LIST;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c Requisites> {
        config.shop.requisites.get(name)
    }

    fn pairs(&self) -> Pairs {
        let all = [(FIELDS, &self.fields), (BANK, &self.bank)];
        let rows = all.into_iter().flat_map(|(columns, fields)| {
            fields.iter().flat_map(move |(key, value)| [pair(columns[0], key), pair(columns[1], value)])
        });
        rows.collect()
    }

    fn beginning(_: &ShopConfig) -> Pairs {
        let row = |columns: [&str; 2], key: &str| [pair(columns[0], key), pair(columns[1], "")];
        let fields = USUAL.0.into_iter().flat_map(|key| row(FIELDS, key));
        fields.chain(USUAL.1.into_iter().flat_map(|key| row(BANK, key))).collect()
    }

    fn read(look: &Look, _: &str, posted: &Posted<'_>) -> Result<Requisites, Refusal> {
        let of = |columns: [&str; 2]| {
            let mut fields = BTreeMap::new();
            for [key, value] in rows::rows(posted, columns) {
                // Browsers send line breaks as two signs.
                let (key, value) = (key.trim().to_owned(), value.trim().replace("\r\n", "\n"));
                // What is not filled in is not there.
                if value.is_empty() {
                    continue;
                }
                if fields.insert(key.clone(), value).is_some() {
                    let message = look.with("requisites-twice", &[("key", key.as_str().into())]);
                    return Err(wrong(&format!("/{}/{key}", columns[0]), message));
                }
            }
            Ok(fields)
        };
        Ok(Requisites { fields: of(FIELDS)?, bank: of(BANK)? })
    }

    fn act(posted: &Posted<'_>) -> Option<Pairs> {
        rows::acted(posted, &["name"], &[(&FIELDS, &["", ""]), (&BANK, &["", ""])])
    }

    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &Requisites)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup {
        let (look, may) = (&visitor.look, visitor.may(Ability::Own));
        let name = one.map(|(name, _)| name);
        let title = name.map_or_else(|| look.text("requisites-add"), ToOwned::to_owned);
        let body = html! {
            @if let Some(note) = note { (note) }
            (form(look, name, &Posted::of(sent), may))
            @if let Some(name) = name {
                (used(look, config, Named::Requisites, name))
                @if may {
                    (danger(look, &format!("{LIST}/{name}/remove"), &look.text("requisites-remove"), &look.with("requisites-remove-confirm", &[("name", name.into())])))
                }
            }
        };
        framed(visitor, Some(Part::Requisites), &title, body)
    }

    async fn put(self, engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        let patch = move |shop: &mut Shop| drop(shop.requisites.insert(name.clone(), self.clone()));
        engine.change_shop(shop, patch).await.map(drop)
    }

    async fn remove(engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        let patch = move |shop: &mut Shop| drop(shop.requisites.remove(&name));
        engine.change_shop(shop, patch).await.map(drop)
    }
}

fn form(look: &Look, name: Option<&str>, posted: &Posted<'_>, may: bool) -> Markup {
    html! {
        form.card method="post" action=(format!("{LIST}/{}", name.unwrap_or("new"))) {
            fieldset.plain disabled[!may] {
                (rows::saves_first())
                @if name.is_none() { (Field::new(posted, "name", look.text("settings-id")).required().hint("main").help(look.text("settings-id-help"))) }
                h2 { (look.text("requisites-fields")) }
                p.help { (look.text("requisites-fields-help")) }
                (group(look, posted, FIELDS, may))
                h2 { (look.text("requisites-bank")) }
                p.help { (look.text("requisites-bank-help")) }
                (group(look, posted, BANK, may))
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LIST) { (look.text("cancel")) } } }
            }
        }
    }
}

fn group(look: &Look, posted: &Posted<'_>, columns: [&str; 2], may: bool) -> Markup {
    html! {
        ul.list { @for (place, [key, value]) in rows::rows(posted, columns).into_iter().enumerate() {
            @let called = if key.is_empty() { (place + 1).to_string() } else { key.to_owned() };
            li.row {
                input name=(columns[0]) value=(key) autocomplete="off" aria-label=(look.with("requisites-key", &[("number", (place + 1).into())]));
                textarea name=(columns[1]) rows="1" aria-label=(look.with("requisites-value", &[("name", called.as_str().into())])) { "\n" (value) }
                @if may { (rows::take_out(look, columns[0], place, &called)) }
            }
        } }
        @if may { div.row { (rows::add(columns[0], &look.text("requisites-field-add"))) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn tea() -> Requisites {
        let of = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        Requisites {
            fields: of(&[("name", "Tea & Co"), ("address", "1 High Street\nLeeds")]),
            bank: of(&[("iban", "GB29NWBK60161331926819")]),
        }
    }

    fn sent(pairs: &Pairs) -> Pairs {
        submitted(&form(&look("en"), Some("main"), &Posted::of(pairs), true).into_string())
    }

    fn reread(sent: &Pairs) -> Result<Requisites, Refusal> {
        Requisites::read(&look("en"), "main", &Posted::of(sent))
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        assert_eq!(reread(&sent(&tea().pairs())).unwrap(), tea());
    }

    #[test]
    fn what_is_left_empty_is_not_there_and_a_field_stands_once() {
        let nothing = sent(&Requisites::beginning(&config()));
        assert_eq!(reread(&nothing).unwrap(), Requisites::default());
        let mut twice = tea().pairs();
        twice.extend([pair("field", "name"), pair("field-value", "Coffee")]);
        let refused = reread(&twice).unwrap_err().to_string();
        assert!(refused.contains("/field/name"), "{refused}");
    }

    #[test]
    fn rows_of_the_bank_and_of_the_company_come_and_go_by_themselves() {
        let after = |what: &str| {
            let mut pairs = tea().pairs();
            pairs.push(pair("do", what));
            reread(&Requisites::act(&Posted::of(&pairs)).unwrap()).unwrap()
        };
        assert_eq!(after("remove:bank:0"), Requisites { bank: BTreeMap::new(), ..tea() });
        // The address is the first by name.
        assert_eq!(after("remove:field:0").fields.into_keys().collect::<Vec<_>>(), ["name"]);
        assert_eq!(after("add:field"), tea());
    }
}
