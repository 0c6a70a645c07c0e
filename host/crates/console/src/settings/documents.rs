//! What documents are made of, and how they are numbered.

use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{Numerator, Reset, ShopConfig, Source, Template, account::Ability};
use rulewright_engine::Refusal;

use super::{
    Pairs, Part, again,
    field::{Field, choice, pair, said},
    framed, leads, wrong,
};
use crate::{
    Console,
    door::{Look, Own, See, Visitor},
    forms::Posted,
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents", get(list))
        .route("/settings/documents/templates/new", get(new_template).post(add_template))
        .route("/settings/documents/templates/{name}", get(template).post(save_template))
        .route("/settings/documents/numerators/new", get(new_numerator).post(add_numerator))
        .route("/settings/documents/numerators/{name}", get(numerator).post(save_numerator))
}

const TEMPLATES: &str = "/settings/documents/templates";
const NUMERATORS: &str = "/settings/documents/numerators";
const RESETS: [(Reset, &str); 4] =
    [(Reset::Never, "never"), (Reset::Year, "year"), (Reset::Month, "month"), (Reset::Day, "day")];

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let body = html! {
        h2 { (look.text("documents-templates")) }
        @if config.templates.is_empty() { (show::empty(&look.text("templates-none"), None)) } @else { (templates(look, &config)) }
        @if may { p { a.button href=(format!("{TEMPLATES}/new")) { (look.text("template-add")) } } p.help { (look.text("template-files")) } }
        h2 { (look.text("documents-numerators")) }
        @if config.numerators.is_empty() { (show::empty(&look.text("numerators-none"), None)) } @else { (numerators(look, &config)) }
        @if may { p { a.button href=(format!("{NUMERATORS}/new")) { (look.text("numerator-add")) } } }
    };
    Ok(framed(&visitor, Some(Part::Documents), &look.text("settings-documents"), body))
}

fn templates(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "template-title", "template-kind", "template-numerator"];
    let rows = html! {
        @for one in config.templates.values() { tr data-row="" {
            td { a href=(format!("{TEMPLATES}/{}", one.name)) { (one.name) } }
            td { (one.title) }
            td { (one.kind()) " → " (one.media_type) }
            td { a href=(format!("{NUMERATORS}/{}", one.numerator)) { (one.numerator) } }
        } }
    };
    show::table(look, "documents-templates", &heads, &rows)
}

fn numerators(look: &Look, config: &ShopConfig) -> Markup {
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

fn of_template(one: &Template) -> Pairs {
    let text = match &one.source {
        Source::Text(text) => text.as_str(),
        Source::File(_) => "",
    };
    vec![
        pair("name", &one.name),
        pair("title", &one.title),
        pair("media-type", &one.media_type),
        pair("numerator", &one.numerator),
        pair("text", text),
    ]
}

fn read_template(name: &str, posted: &Posted<'_>) -> Template {
    Template {
        name: name.to_owned(),
        title: said(posted, "title").to_owned(),
        media_type: said(posted, "media-type").to_owned(),
        // Browsers send line breaks as two signs.
        source: Source::Text(posted.last("text").unwrap_or_default().replace("\r\n", "\n")),
        numerator: said(posted, "numerator").to_owned(),
    }
}

async fn new_template(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(template_page(&visitor, &config, None, &vec![pair("media-type", "text/html")], None))
}

async fn template(
    State(console): State<Console>,
    See(visitor): See,
    Path(name): Path<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    Ok(template_page(&visitor, &config, Some(one), &of_template(one), None))
}

/// Saving replaces what is there by this name: whoever adds one does not mean that.
fn free(visitor: &Visitor, taken: bool, name: &str) -> Result<(), Refusal> {
    match taken {
        true => Err(wrong("/name", visitor.with("settings-taken", &[("id", name.into())]))),
        false => Ok(()),
    }
}

async fn add_template(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = said(&Posted::of(&sent), "name").to_owned();
    // What names a part of an address.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let put = match !name.is_empty() && name != "new" && name.chars().all(plain) {
        false => Err(wrong("/name", visitor.text("settings-id-help"))),
        true => free(&visitor, config.templates.contains_key(&name), &name),
    };
    let put = match put {
        Ok(()) => {
            let wanted = read_template(&name, &Posted::of(&sent));
            visitor.engine(&console).put_template(visitor.shop, wanted).await
        }
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(()) => Ok(leads("/settings/documents", "saved")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| template_page(&visitor, &config, None, &sent, Some(note))))
        }
    }
}

async fn save_template(
    State(console): State<Console>,
    Own(visitor): Own,
    Path(name): Path<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    if let Source::File(_) = one.source {
        return Err(Trouble::Own(visitor.text("template-is-file")));
    }
    let wanted = read_template(&name, &Posted::of(&sent));
    match visitor.engine(&console).put_template(visitor.shop, wanted).await {
        Ok(()) => Ok(leads("/settings/documents", "saved")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| {
            template_page(&visitor, &config, Some(one), &sent, Some(note))
        })),
    }
}

fn template_page(
    visitor: &Visitor,
    config: &ShopConfig,
    one: Option<&Template>,
    sent: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let look = &visitor.look;
    let title = one.map_or_else(|| look.text("template-add"), |one| one.name.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        @match one.map(|one| &one.source) {
            Some(Source::File(file)) => {
                dl.facts {
                    dt { (look.text("template-kind")) } dd { (file.kind) }
                    dt { (look.text("template-size")) } dd { (look.bytes(file.size)) }
                    dt { (look.text("template-placeholders")) } dd { @for one in &file.placeholders { code { (one) } " " } }
                }
                p.muted { (look.text("template-is-file")) }
            }
            _ => (template_form(look, config, one.map(|one| one.name.as_str()), &Posted::of(sent), visitor.may(Ability::Own))),
        }
    };
    framed(visitor, Some(Part::Documents), &title, body)
}

fn template_form(
    look: &Look,
    config: &ShopConfig,
    name: Option<&str>,
    posted: &Posted<'_>,
    may: bool,
) -> Markup {
    let numerators: Vec<_> = config.numerators.keys().map(|name| (name.clone(), name.clone())).collect();
    html! {
        form.card method="post" action=(format!("{TEMPLATES}/{}", name.unwrap_or("new"))) {
            fieldset.plain disabled[!may] {
                @if name.is_none() { (Field::new(posted, "name", look.text("account-name")).required().hint("invoice").help(look.text("settings-id-help"))) }
                (Field::new(posted, "title", look.text("template-title")).required().help(look.text("template-title-help")))
                (choice(posted, "numerator", &look.text("template-numerator"), &numerators))
                (Field::new(posted, "media-type", look.text("template-media-type")).required().hint("text/html"))
                (Field::new(posted, "text", look.text("template-text")).kind("area").required().help(look.text("template-text-help")))
                @if may { div.row { button type="submit" { (look.text("save")) } a href="/settings/documents" { (look.text("cancel")) } } }
            }
        }
    }
}

fn of_numerator(one: &Numerator) -> Pairs {
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

fn read_numerator(look: &Look, name: &str, posted: &Posted<'_>) -> Result<Numerator, Refusal> {
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

async fn new_numerator(Own(visitor): Own) -> Markup {
    let mut pairs = of_numerator(&Numerator::new("", "INV-{year}-{number}"));
    pairs.retain(|(name, _)| name != "name");
    numerator_page(&visitor, None, &pairs, None)
}

async fn numerator(
    State(console): State<Console>,
    See(visitor): See,
    Path(name): Path<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.numerators.get(&name).ok_or(Trouble::NotFound)?;
    Ok(numerator_page(&visitor, Some(&one.name), &of_numerator(one), None))
}

async fn add_numerator(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = said(&Posted::of(&sent), "name").to_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let put = match !name.is_empty() && name != "new" && name.chars().all(plain) {
        false => Err(wrong("/name", visitor.text("settings-id-help"))),
        true => free(&visitor, config.numerators.contains_key(&name), &name),
    };
    put_numerator(&console, &visitor, None, &name, put, &sent).await
}

async fn save_numerator(
    State(console): State<Console>,
    Own(visitor): Own,
    Path(name): Path<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.numerators.get(&name).ok_or(Trouble::NotFound)?;
    put_numerator(&console, &visitor, Some(&one.name), &name, Ok(()), &sent).await
}

async fn put_numerator(
    console: &Console,
    visitor: &Visitor,
    known: Option<&str>,
    name: &str,
    may: Result<(), Refusal>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let wanted = may.and_then(|()| read_numerator(&visitor.look, name, &Posted::of(sent)));
    let put = match wanted {
        Ok(wanted) => visitor.engine(console).put_numerator(visitor.shop, wanted).await,
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(()) => Ok(leads("/settings/documents", "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| numerator_page(visitor, known, sent, Some(note)))),
    }
}

fn numerator_page(visitor: &Visitor, name: Option<&str>, sent: &Pairs, note: Option<Markup>) -> Markup {
    let look = &visitor.look;
    let title = name.map_or_else(|| look.text("numerator-add"), ToOwned::to_owned);
    let body = html! {
        @if let Some(note) = note { (note) }
        (numerator_form(look, name, &Posted::of(sent), visitor.may(Ability::Own)))
    };
    framed(visitor, Some(Part::Documents), &title, body)
}

fn numerator_form(look: &Look, name: Option<&str>, posted: &Posted<'_>, may: bool) -> Markup {
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
                @if may { div.row { button type="submit" { (look.text("save")) } a href="/settings/documents" { (look.text("cancel")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    #[test]
    fn a_template_that_is_sent_as_it_was_stays_the_same() {
        let template = Template {
            name: "invoice".into(),
            title: "Invoice".into(),
            media_type: "text/html".into(),
            source: Source::Text("\n<h1>{{ order.number }}</h1>\n".into()),
            numerator: "invoices".into(),
        };
        let mut config = config();
        config.numerators = [("invoices".to_owned(), Numerator::new("invoices", "{number}"))].into();
        let shown =
            template_form(&look("en"), &config, Some("invoice"), &Posted::of(&of_template(&template)), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(read_template("invoice", &Posted::of(&sent)), template);
    }

    #[test]
    fn a_numerator_that_is_sent_as_it_was_stays_the_same() {
        let one = Numerator { pad: 4, step: 5, reset: Reset::Year, ..Numerator::new("n", "{year}-{number}") };
        let shown = numerator_form(&look("en"), Some("n"), &Posted::of(&of_numerator(&one)), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(read_numerator(&look("en"), "n", &Posted::of(&sent)).unwrap(), one);
    }
}
