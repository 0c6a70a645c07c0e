//! How documents are numbered.

use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Numerator, Reset, ShopConfig, account::Ability};
use rulewright_engine::{Named, Refusal};

use super::LIST;
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, again, danger,
        field::{Field, choice, pair, said},
        framed, leads, new_name,
        uses::used,
        wrong,
    },
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents/numerators/new", get(new).post(add))
        .route("/settings/documents/numerators/{name}", get(page).post(save))
        .route("/settings/documents/numerators/{name}/remove", post(remove))
}

pub const NUMERATORS: &str = "/settings/documents/numerators";
const RESETS: [(Reset, &str); 4] =
    [(Reset::Never, "never"), (Reset::Year, "year"), (Reset::Month, "month"), (Reset::Day, "day")];

pub fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "numerator-pattern", "numerator-example", "numerator-reset"];
    let rows = html! {
        @for one in config.numerators.values() { tr data-row="" {
            td { a href=(format!("{NUMERATORS}/{}", one.name)) { (one.name) } }
            td { code { (one.pattern) } }
            td { (one.format(one.start, look.now, &config.shop.time_zone)) }
            td { (reset(look, one.reset)) }
        } }
    };
    show::table(look, "documents-numerators", &heads, &rows)
}

fn reset(look: &Look, wanted: Reset) -> String {
    let name = RESETS.iter().find(|(one, _)| *one == wanted).map_or("never", |(_, name)| name);
    look.text(&format!("numerator-reset-{name}"))
}

fn pairs(one: &Numerator) -> Pairs {
    let reset = RESETS.iter().find(|(reset, _)| *reset == one.reset).map_or("never", |(_, name)| name);
    vec![
        pair("name", &one.name),
        pair("pattern", &one.pattern),
        pair("start", one.start),
        pair("step", one.step),
        pair("pad", one.pad),
        pair("pad-with", one.pad_with),
        pair("reset", reset),
    ]
}

fn read(look: &Look, name: &str, posted: &Posted<'_>) -> Result<Numerator, Refusal> {
    let number = |field: &str| {
        let read = said(posted, field).parse::<u64>();
        read.map_err(|_| wrong(&format!("/{field}"), look.text("numerator-no-number")))
    };
    let reset =
        RESETS.iter().find(|(_, name)| *name == said(posted, "reset")).map_or(Reset::Never, |(one, _)| *one);
    Ok(Numerator {
        name: name.to_owned(),
        pattern: said(posted, "pattern").to_owned(),
        start: number("start")?,
        step: number("step")?,
        // More than fits is more than it may be, which the engine says.
        pad: u8::try_from(number("pad")?).unwrap_or(u8::MAX),
        // A blank may be meant.
        pad_with: posted.last("pad-with").and_then(|text| text.chars().next()).unwrap_or('0'),
        reset,
    })
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let mut pairs = pairs(&Numerator::new("", "INV-{year}-{number}"));
    pairs.retain(|(name, _)| name != "name");
    Ok(shown(&visitor, &config, None, &pairs, None))
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.numerators.get(&name).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, &config, Some(&one.name), &pairs(one), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = new_name(&visitor, &Posted::of(&sent), |name| config.numerators.contains_key(name));
    put(&console, &visitor, &config, None, name, &sent).await
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.numerators.get(&name).ok_or(Trouble::NotFound)?;
    put(&console, &visitor, &config, Some(&one.name), Ok(name), &sent).await
}

async fn put(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    known: Option<&str>,
    name: Result<String, Refusal>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let wanted = name.and_then(|name| read(&visitor.look, &name, &Posted::of(sent)));
    let put = match wanted {
        Ok(wanted) => visitor.engine(console).put_numerator(visitor.shop, wanted).await,
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(()) => Ok(leads(LIST, "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| shown(visitor, config, known, sent, Some(note)))),
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.numerators.get(&name).ok_or(Trouble::NotFound)?;
    match visitor.engine(&console).remove_numerator(visitor.shop, &name).await {
        Ok(()) => Ok(leads(LIST, "removed")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| {
            shown(&visitor, &config, Some(&name), &pairs(one), Some(note))
        })),
    }
}

fn shown(
    visitor: &Visitor,
    config: &ShopConfig,
    name: Option<&str>,
    sent: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let title = name.map_or_else(|| look.text("numerator-add"), ToOwned::to_owned);
    let body = html! {
        @if let Some(note) = note { (note) }
        (form(look, name, &Posted::of(sent), may))
        @if let Some(name) = name {
            (used(look, config, Named::Numerator, name))
            @if may {
                (danger(look, &format!("{NUMERATORS}/{name}/remove"), &look.text("numerator-remove"), &look.with("numerator-remove-confirm", &[("name", name.into())])))
            }
        }
    };
    framed(visitor, Some(Part::Documents), &title, body)
}

fn form(look: &Look, name: Option<&str>, posted: &Posted<'_>, may: bool) -> Markup {
    let resets = RESETS.map(|(_, name)| (name.to_owned(), look.text(&format!("numerator-reset-{name}"))));
    html! {
        form.card method="post" action=(format!("{NUMERATORS}/{}", name.unwrap_or("new"))) {
            fieldset.plain disabled[!may] {
                @if name.is_none() { (Field::new(posted, "name", look.text("account-name")).required().hint("invoices").help(look.text("settings-id-help"))) }
                (Field::new(posted, "pattern", look.text("numerator-pattern")).required().help(look.text("numerator-pattern-help")))
                (Field::new(posted, "start", look.text("numerator-start")).kind("number").required())
                (Field::new(posted, "step", look.text("numerator-step")).kind("number").required())
                (Field::new(posted, "pad", look.text("numerator-pad")).kind("number").required())
                (Field::new(posted, "pad-with", look.text("numerator-pad-with")))
                (choice(posted, "reset", &look.text("numerator-reset"), &resets))
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LIST) { (look.text("cancel")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    #[test]
    fn a_numerator_that_is_sent_as_it_was_stays_the_same() {
        let one = Numerator { pad: 4, step: 5, reset: Reset::Year, ..Numerator::new("n", "{year}-{number}") };
        let shown = form(&look("en"), Some("n"), &Posted::of(&pairs(&one)), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(read(&look("en"), "n", &Posted::of(&sent)).unwrap(), one);
    }
}
