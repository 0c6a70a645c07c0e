//! Values that people and rules choose from, each by an id that stays and with a name that people read: what a shipment
//! can be, how people pay, where orders come from.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Dictionary, DictionaryEntry, ShipmentStatus, account::Ability};
use rulewright_engine::{dictionaries, dictionary};

use super::{
    Pairs, Part, again, danger,
    field::{Field, pair, said},
    framed, leads, overtaken, rows, taken, why,
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/statuses", get(statuses).post(save_statuses))
        .route("/settings/dictionaries", get(list).post(add))
        .route("/settings/dictionaries/{name}", get(page).post(save))
        .route("/settings/dictionaries/{name}/remove", post(remove))
}

const LIST: &str = "/settings/dictionaries";
const STATUSES: &str = "/settings/statuses";
/// What each row sends.
const COLUMNS: [&str; 2] = ["entry", "entry-name"];

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    listed(&console, &visitor, &Pairs::new(), None).await
}

async fn listed(
    console: &Console,
    visitor: &Visitor,
    sent: &Pairs,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let (shop, look) = (visitor.shop, &visitor.look);
    let config = console.config(shop).await?;
    let all = console.read(move |reads| dictionaries(reads, shop)).await?;
    let posted = Posted::of(sent);
    let heads = ["account-name", "settings-id", "dictionary-entries"];
    let rows = html! {
        tr data-row="" {
            td { a href=(STATUSES) { (look.text("dictionary-statuses")) } }
            td {}
            td.num { (look.number(config.shop.shipment_statuses.len() as u64)) }
        }
        @for one in &all { tr data-row="" {
            td { a href=(format!("{LIST}/{}", one.name)) { (title(look, one)) } }
            td { code { (one.name) } }
            td.num { (look.number(one.entries.len() as u64)) }
        } }
    };
    let body = html! {
        @if let Some(note) = note { (note) }
        (show::table(look, "settings-dictionaries", &heads, &rows))
        @if visitor.may(Ability::Own) {
            form.card method="post" action=(LIST) {
                h2 { (look.text("dictionary-add")) }
                p.help { (look.text("dictionary-add-help")) }
                fieldset.plain {
                    (Field::new(&posted, "title", look.text("dictionary-title")).required())
                    (Field::new(&posted, "name", look.text("settings-id")).required().hint("colours").help(look.text("settings-id-help")))
                    div.row { button type="submit" { (look.text("dictionary-add")) } }
                }
            }
        }
    };
    Ok(framed(visitor, Some(Part::Dictionaries), &look.text("settings-dictionaries"), body))
}

/// As the shop calls it; what it has never called otherwise has its name in every language.
fn title(look: &Look, one: &Dictionary) -> String {
    let key = format!("dictionary-{}", one.name);
    let usual = Dictionary::usual(&one.name).is_some_and(|usual| usual.title == one.title);
    if usual && look.words.has(&key) { look.text(&key) } else { one.title.clone() }
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let (name, title) = (said(&posted, "name").to_owned(), said(&posted, "title").to_owned());
    let known = found(&console, &visitor, &name).await?.is_some();
    let made = match known {
        true => Err(taken(&visitor, &name)),
        false => {
            let patch = move |new: &mut Dictionary| {
                new.title.clone_from(&title);
                Ok(())
            };
            visitor.engine(&console).change_dictionary(visitor.shop, name.clone(), patch).await
        }
    };
    match made {
        Ok(()) => Ok(leads(&format!("{LIST}/{name}"), "saved")),
        Err(refusal) => {
            let (status, note) = why(&visitor, refusal);
            Ok((status, listed(&console, &visitor, &sent, Some(note)).await?).into_response())
        }
    }
}

async fn found(console: &Console, visitor: &Visitor, name: &str) -> Result<Option<Dictionary>, Trouble> {
    let (shop, name) = (visitor.shop, name.to_owned());
    console.read(move |reads| dictionary(reads, shop, &name)).await
}

async fn known(console: &Console, visitor: &Visitor, name: &str) -> Result<Dictionary, Trouble> {
    found(console, visitor, name).await?.ok_or(Trouble::NotFound)
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let one = known(&console, &visitor, &name).await?;
    Ok(shown(&visitor, &one, &of_dictionary(&one), None))
}

/// What a form began with: somebody else may have changed it since.
fn mark<'e>(title: &str, entries: impl Iterator<Item = (&'e str, &'e str)>) -> String {
    let entries = entries.map(|(id, name)| format!("{id}={name}"));
    std::iter::once(title.to_owned()).chain(entries).collect::<Vec<_>>().join(" | ")
}

fn pairs<'e>(title: &str, entries: impl Iterator<Item = (&'e str, &'e str)> + Clone) -> Pairs {
    let mut pairs = vec![pair("title", title), pair("before", mark(title, entries.clone()))];
    pairs.extend(entries.flat_map(|(id, name)| row(id, name)));
    pairs
}

fn row(id: &str, name: &str) -> [(String, String); 2] {
    [pair(COLUMNS[0], id), pair(COLUMNS[1], name)]
}

fn of_dictionary(one: &Dictionary) -> Pairs {
    pairs(&one.title, one.entries.iter().map(|entry| (entry.id.as_str(), entry.name.as_str())))
}

fn of_statuses(all: &[ShipmentStatus]) -> Pairs {
    pairs("", all.iter().map(|status| (status.id.as_str(), status.name.as_str())))
}

/// What a button of the form does to its rows. None: it saves them.
fn act(posted: &Posted<'_>) -> Option<Pairs> {
    rows::acted(posted, &["title", "before"], &[(&COLUMNS, &["", ""])])
}

/// Ids and names of the rows. A new one gets an id that none of those `before` has, nor another new one.
fn entries(posted: &Posted<'_>, before: &[String], or: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for [id, name] in rows::rows(posted, COLUMNS) {
        let name = name.trim();
        let id = match id {
            "" => rows::free_id(name, or, |id| {
                before.iter().any(|other| other == id) || all.iter().any(|(other, _)| other == id)
            }),
            known => known.to_owned(),
        };
        all.push((id, name.to_owned()));
    }
    all
}

/// What else is known of an entry stays.
fn put(dictionary: &mut Dictionary, posted: &Posted<'_>) {
    said(posted, "title").clone_into(&mut dictionary.title);
    let before: Vec<String> = dictionary.entries.iter().map(|entry| entry.id.clone()).collect();
    let entries = entries(posted, &before, "entry").into_iter().map(|(id, name)| {
        let known = dictionary.entry(&id).cloned();
        DictionaryEntry { name, ..known.unwrap_or_else(|| DictionaryEntry::new(id, "")) }
    });
    dictionary.entries = entries.collect();
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let one = known(&console, &visitor, &name).await?;
    if let Some(pairs) = act(&Posted::of(&sent)) {
        return Ok(shown(&visitor, &one, &pairs, None).into_response());
    }
    let (meant, other) = (sent.clone(), overtaken(visitor.text("dictionary-other")));
    let patch = move |dictionary: &mut Dictionary| {
        let (posted, stored) = (Posted::of(&meant), of_dictionary(dictionary));
        if posted.last("before") != Posted::of(&stored).last("before") {
            return Err(other.clone());
        }
        put(dictionary, &posted);
        Ok(())
    };
    match visitor.engine(&console).change_dictionary(visitor.shop, name.clone(), patch).await {
        Ok(()) => Ok(leads(&format!("{LIST}/{name}"), "saved")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| shown(&visitor, &one, &sent, Some(note)))),
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let one = known(&console, &visitor, &name).await?;
    match visitor.engine(&console).remove_dictionary(visitor.shop, name.clone()).await {
        Ok(()) if Dictionary::usual(&name).is_some() => Ok(leads(&format!("{LIST}/{name}"), "saved")),
        Ok(()) => Ok(leads(LIST, "removed")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &one, &of_dictionary(&one), Some(note))))
        }
    }
}

fn shown(visitor: &Visitor, one: &Dictionary, pairs: &Pairs, note: Option<Markup>) -> Markup {
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let (address, called) = (format!("{LIST}/{}", one.name), title(look, one));
    let confirm = |key: &str| look.words.with(key, &[("name", called.as_str().into())]);
    let body = html! {
        @if let Some(note) = note { (note) }
        p.muted { code { (one.name) } }
        (form(look, &address, true, &Posted::of(pairs), may))
        @if may && Dictionary::usual(&one.name).is_none() {
            (danger(look, &format!("{address}/remove"), &look.text("dictionary-remove"), &confirm("dictionary-remove-confirm")))
        } @else if may && one.id != 0 {
            (danger(look, &format!("{address}/remove"), &look.text("dictionary-restore"), &confirm("dictionary-restore-confirm")))
        }
    };
    framed(visitor, Some(Part::Dictionaries), &called, body)
}

fn form(look: &Look, address: &str, titled: bool, posted: &Posted<'_>, may: bool) -> Markup {
    let rows = rows::rows(posted, COLUMNS);
    html! {
        form.card method="post" action=(address) {
            fieldset.plain disabled[!may] {
                (rows::saves_first())
                input type="hidden" name="before" value=(posted.last("before").unwrap_or_default());
                @if titled { (Field::new(posted, "title", look.text("dictionary-title")).required()) }
                h2 { (look.text("dictionary-entries")) }
                p.help { (look.text("dictionary-entries-help")) }
                ol.list #entries { @for (place, [id, name]) in rows.iter().enumerate() {
                    (entry(look, id, name, place, rows.len(), may))
                } }
                @if may {
                    div.row {
                        (rows::add(COLUMNS[0], &look.text("dictionary-entry-add")))
                        button type="submit" { (look.text("save")) }
                    }
                }
            }
        }
    }
}

fn entry(look: &Look, id: &str, name: &str, place: usize, of: usize, may: bool) -> Markup {
    let number = place + 1;
    let label = look.with("dictionary-entry-name", &[("number", number.into())]);
    let called = if name.is_empty() { number.to_string() } else { name.to_owned() };
    html! {
        li.row {
            input type="hidden" name=(COLUMNS[0]) value=(id);
            input name=(COLUMNS[1]) value=(name) required aria-label=(label);
            @if !id.is_empty() { code { (id) } }
            @if may { (rows::buttons(look, COLUMNS[0], place, of, &called)) }
        }
    }
}

async fn statuses(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(statuses_shown(&visitor, &of_statuses(&config.shop.shipment_statuses), None))
}

async fn save_statuses(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    if let Some(pairs) = act(&posted) {
        return Ok(statuses_shown(&visitor, &pairs, None).into_response());
    }
    let config = console.config(visitor.shop).await?;
    let stored = of_statuses(&config.shop.shipment_statuses);
    let saved = match posted.last("before") == Posted::of(&stored).last("before") {
        false => Err(overtaken(visitor.text("dictionary-other"))),
        true => {
            let before: Vec<String> =
                config.shop.shipment_statuses.iter().map(|status| status.id.clone()).collect();
            let meant = entries(&posted, &before, "status").into_iter();
            let meant: Vec<_> = meant.map(|(id, name)| ShipmentStatus { id, name }).collect();
            let patch = move |shop: &mut rulewright_domain::Shop| shop.shipment_statuses.clone_from(&meant);
            visitor.engine(&console).change_shop(visitor.shop, patch).await.map(drop)
        }
    };
    match saved {
        Ok(()) => Ok(leads(STATUSES, "saved")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| statuses_shown(&visitor, &sent, Some(note)))),
    }
}

fn statuses_shown(visitor: &Visitor, pairs: &Pairs, note: Option<Markup>) -> Markup {
    let body = html! {
        @if let Some(note) = note { (note) }
        p.muted { (visitor.text("dictionary-statuses-what")) }
        (form(&visitor.look, STATUSES, false, &Posted::of(pairs), visitor.may(Ability::Own)))
    };
    framed(visitor, Some(Part::Dictionaries), &visitor.text("dictionary-statuses"), body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    fn sent(one: &Dictionary) -> Pairs {
        submitted(&form(&look("en"), "/x", true, &Posted::of(&of_dictionary(one)), true).into_string())
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        let mut before = Dictionary::usual(Dictionary::PAYMENT_SYSTEMS).unwrap();
        before.entries[1].color = Some("#39a8ef".into());
        let sent = sent(&before);
        let mut after = before.clone();
        put(&mut after, &Posted::of(&sent));
        assert_eq!(after, before);
        assert_eq!(Posted::of(&sent).last("before"), Posted::of(&of_dictionary(&before)).last("before"));
    }

    #[test]
    fn a_new_entry_gets_an_id_that_no_other_has_or_had_in_the_form() {
        let mut one = Dictionary::usual(Dictionary::PAYMENT_SYSTEMS).unwrap();
        let mut sent = sent(&one);
        // Cash is taken out, and another of that name comes.
        let cash = sent.iter().position(|(name, value)| name == "entry" && value == "cash").unwrap();
        sent.drain(cash..cash + 2);
        sent.extend(row("", "Cash").into_iter().chain(row("", "Cash")));
        put(&mut one, &Posted::of(&sent));
        let ids: Vec<&str> = one.entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["card", "bank-transfer", "cash-2", "cash-3"]);
    }

    #[test]
    fn every_usual_dictionary_is_called_something_in_each_language_until_the_shop_calls_it_otherwise() {
        for name in Dictionary::usual_names() {
            let mut one = Dictionary::usual(name).unwrap();
            for language in ["en", "de"] {
                assert!(look(language).words.has(&format!("dictionary-{name}")), "{language} {name}");
            }
            one.title = "Ours".into();
            assert_eq!(title(&look("de"), &one), "Ours");
        }
        assert_eq!(title(&look("de"), &Dictionary::usual("sources").unwrap()), "Quellen");
    }
}
