//! How documents are numbered.

use axum::{
    Router,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Numerator, Reset, ShopConfig, ShopId, account::Ability};
use rulewright_engine::{Engine, Named, Refusal};

use super::LIST;
use crate::{
    Console,
    door::{Look, Visitor},
    forms::Posted,
    settings::{
        Pairs, Part, danger,
        field::{Field, choice, pair, said},
        framed,
        thing::{Thing, add, new, page, remove, save},
        uses::used,
        wrong,
    },
    show,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents/numerators/new", get(new::<Numerator>).post(add::<Numerator>))
        .route("/settings/documents/numerators/{name}", get(page::<Numerator>).post(save::<Numerator>))
        .route("/settings/documents/numerators/{name}/remove", post(remove::<Numerator>))
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

impl Thing for Numerator {
    const LIST: &'static str = LIST;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c Numerator> {
        config.numerators.get(name)
    }

    fn pairs(&self) -> Pairs {
        let reset = RESETS.iter().find(|(reset, _)| *reset == self.reset).map_or("never", |(_, name)| name);
        vec![
            pair("pattern", &self.pattern),
            pair("start", self.start),
            pair("step", self.step),
            pair("pad", self.pad),
            pair("pad-with", self.pad_with),
            pair("reset", reset),
        ]
    }

    fn beginning(_: &ShopConfig) -> Pairs {
        Numerator::new("", "INV-{year}-{number}").pairs()
    }

    fn read(look: &Look, name: &str, posted: &Posted<'_>) -> Result<Numerator, Refusal> {
        let number = |field: &str| {
            let read = said(posted, field).parse::<u64>();
            read.map_err(|_| wrong(&format!("/{field}"), look.text("numerator-no-number")))
        };
        let reset = RESETS
            .iter()
            .find(|(_, name)| *name == said(posted, "reset"))
            .map_or(Reset::Never, |(one, _)| *one);
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

    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &Numerator)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup {
        let (look, may) = (&visitor.look, visitor.may(Ability::Own));
        let name = one.map(|(name, _)| name);
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

    async fn put(self, engine: Engine, shop: ShopId, _: String) -> Result<(), Refusal> {
        engine.put_numerator(shop, self).await
    }

    async fn remove(engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        engine.remove_numerator(shop, &name).await
    }
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
        let shown = form(&look("en"), Some("n"), &Posted::of(&one.pairs()), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(Numerator::read(&look("en"), "n", &Posted::of(&sent)).unwrap(), one);
    }
}
