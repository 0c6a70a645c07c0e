//! What documents are made of: texts are written on the page, files are uploaded.

use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{ShopConfig, ShopId, Source, Template, account::Ability};
use rulewright_engine::{Engine, Named, Refusal};

use super::{LIST, TEMPLATES, files, numerators::NUMERATORS};
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, danger,
        field::{Field, choice, pair, said},
        framed,
        thing::{self, Thing, add, new, page, remove},
        uses::used,
    },
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents/templates/new", get(new::<Template>).post(add::<Template>))
        .route("/settings/documents/templates/{name}", get(page::<Template>).post(save))
        .route("/settings/documents/templates/{name}/remove", post(remove::<Template>))
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

impl Thing for Template {
    const LIST: &'static str = LIST;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c Template> {
        config.templates.get(name)
    }

    fn pairs(&self) -> Pairs {
        let text = match &self.source {
            Source::Text(text) => text.as_str(),
            Source::File(_) => "",
        };
        vec![
            pair("name", &self.name),
            pair("title", &self.title),
            pair("media-type", &self.media_type),
            pair("numerator", &self.numerator),
            pair("text", text),
        ]
    }

    fn beginning(_: &ShopConfig) -> Pairs {
        vec![pair("media-type", "text/html")]
    }

    fn read(_: &Look, name: &str, posted: &Posted<'_>) -> Result<Template, Refusal> {
        Ok(Template {
            name: name.to_owned(),
            title: said(posted, "title").to_owned(),
            media_type: said(posted, "media-type").to_owned(),
            // Browsers send line breaks as two signs.
            source: Source::Text(posted.last("text").unwrap_or_default().replace("\r\n", "\n")),
            numerator: said(posted, "numerator").to_owned(),
        })
    }

    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &Template)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup {
        let (look, may) = (&visitor.look, visitor.may(Ability::Own));
        let title = one.map_or_else(|| look.text("template-add"), |(name, _)| name.to_owned());
        let posted = Posted::of(sent);
        let body = html! {
            @if let Some(note) = note { (note) }
            @match one.map(|(_, one)| &one.source) {
                Some(Source::File(file)) => (files::facts(look, file)),
                _ => (form(look, config, one.map(|(name, _)| name), &posted, may)),
            }
            @if let Some((name, one)) = one {
                p { a.button.quiet href=(format!("{TEMPLATES}/{name}/file")) download { (look.text("template-download")) } }
                @if may { (files::replace_form(look, config, one, &posted)) }
                (used(look, config, Named::Template, name))
                @if may {
                    (danger(look, &format!("{TEMPLATES}/{name}/remove"), &look.text("template-remove"), &look.with("template-remove-confirm", &[("name", name.into())])))
                }
            }
        };
        framed(visitor, Some(Part::Documents), &title, body)
    }

    async fn put(self, engine: Engine, shop: ShopId, _: String) -> Result<(), Refusal> {
        engine.put_template(shop, self).await
    }

    async fn remove(engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        engine.remove_template(shop, &name).await
    }
}

/// Where it is a text.
async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    sent: Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    // Its bytes come in by the other form.
    if let Some(Template { source: Source::File(_), .. }) = config.templates.get(&name) {
        return Err(Trouble::Own(visitor.text("template-is-file")));
    }
    thing::save::<Template>(State(console), Own(visitor), At(name), sent).await
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
        let shown = form(&look("en"), &config, Some("invoice"), &Posted::of(&template.pairs()), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(Template::read(&look("en"), "invoice", &Posted::of(&sent)).unwrap(), template);
    }
}
