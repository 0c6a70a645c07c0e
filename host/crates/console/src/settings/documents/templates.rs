//! What documents are made of: texts are written on the page, files are uploaded.

use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{ShopConfig, Source, Template, account::Ability};
use rulewright_engine::Named;

use super::{LIST, TEMPLATES, files, numerators::NUMERATORS};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, again, danger,
        field::{Field, choice, pair, said},
        framed, leads, new_name,
        uses::used,
    },
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents/templates/new", get(new).post(add))
        .route("/settings/documents/templates/{name}", get(page).post(save))
        .route("/settings/documents/templates/{name}/remove", post(remove))
}

pub fn table(look: &Look, config: &ShopConfig) -> Markup {
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

pub fn pairs(one: &Template) -> Pairs {
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

fn read(name: &str, posted: &Posted<'_>) -> Template {
    Template {
        name: name.to_owned(),
        title: said(posted, "title").to_owned(),
        media_type: said(posted, "media-type").to_owned(),
        // Browsers send line breaks as two signs.
        source: Source::Text(posted.last("text").unwrap_or_default().replace("\r\n", "\n")),
        numerator: said(posted, "numerator").to_owned(),
    }
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(shown(&visitor, &config, None, &vec![pair("media-type", "text/html")], None))
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, &config, Some(one), &pairs(one), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let posted = Posted::of(&sent);
    let put = match new_name(&visitor, &posted, |name| config.templates.contains_key(name)) {
        Ok(name) => visitor.engine(&console).put_template(visitor.shop, read(&name, &posted)).await,
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(()) => Ok(leads(LIST, "saved")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config, None, &sent, Some(note))))
        }
    }
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    // Its bytes come in by the other form.
    if let Source::File(_) = one.source {
        return Err(Trouble::Own(visitor.text("template-is-file")));
    }
    let wanted = read(&name, &Posted::of(&sent));
    match visitor.engine(&console).put_template(visitor.shop, wanted).await {
        Ok(()) => Ok(leads(LIST, "saved")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config, Some(one), &sent, Some(note))))
        }
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.templates.get(&name).ok_or(Trouble::NotFound)?;
    match visitor.engine(&console).remove_template(visitor.shop, &name).await {
        Ok(()) => Ok(leads(LIST, "removed")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config, Some(one), &pairs(one), Some(note))))
        }
    }
}

pub fn shown(
    visitor: &Visitor,
    config: &ShopConfig,
    one: Option<&Template>,
    sent: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let title = one.map_or_else(|| look.text("template-add"), |one| one.name.clone());
    let posted = Posted::of(sent);
    let body = html! {
        @if let Some(note) = note { (note) }
        @match one.map(|one| &one.source) {
            Some(Source::File(file)) => (files::facts(look, file)),
            _ => (form(look, config, one.map(|one| one.name.as_str()), &posted, may)),
        }
        @if let Some(one) = one {
            p { a.button.quiet href=(format!("{TEMPLATES}/{}/file", one.name)) download { (look.text("template-download")) } }
            @if may { (files::replace_form(look, config, one, &posted)) }
            (used(look, config, Named::Template, &one.name))
            @if may {
                (danger(look, &format!("{TEMPLATES}/{}/remove", one.name), &look.text("template-remove"), &look.with("template-remove-confirm", &[("name", one.name.as_str().into())])))
            }
        }
    };
    framed(visitor, Some(Part::Documents), &title, body)
}

/// To choose from.
pub fn numerators(config: &ShopConfig) -> Vec<(String, String)> {
    config.numerators.keys().map(|name| (name.clone(), name.clone())).collect()
}

fn form(look: &Look, config: &ShopConfig, name: Option<&str>, posted: &Posted<'_>, may: bool) -> Markup {
    html! {
        form.card method="post" action=(format!("{TEMPLATES}/{}", name.unwrap_or("new"))) {
            fieldset.plain disabled[!may] {
                @if name.is_none() { (Field::new(posted, "name", look.text("account-name")).required().hint("invoice").help(look.text("settings-id-help"))) }
                (Field::new(posted, "title", look.text("template-title")).required().help(look.text("template-title-help")))
                (choice(posted, "numerator", &look.text("template-numerator"), &numerators(config)))
                (Field::new(posted, "media-type", look.text("template-media-type")).required().hint("text/html"))
                (Field::new(posted, "text", look.text("template-text")).kind("area").required().help(look.text("template-text-help")))
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LIST) { (look.text("cancel")) } } }
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
        config.numerators =
            [("invoices".to_owned(), rulewright_domain::Numerator::new("invoices", "{number}"))].into();
        let shown = form(&look("en"), &config, Some("invoice"), &Posted::of(&pairs(&template)), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(read("invoice", &Posted::of(&sent)), template);
    }
}
