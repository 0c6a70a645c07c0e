//! Schedules: times at which triggers are asked about every open order.

use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Schedule, ShopConfig, account::Ability};
use rulewright_engine::{Named, Refusal};

use super::{
    Pairs, Part, again, danger,
    field::{Field, pair, said, tick},
    framed, leads, new_name,
    uses::used,
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/schedules/new", get(new).post(add))
        .route("/settings/schedules/{name}", get(page).post(save))
        .route("/settings/schedules/{name}/remove", post(remove))
}

const LIST: &str = "/settings/lists";
const SCHEDULES: &str = "/settings/schedules";
/// Times that are shown.
const NEXT: usize = 3;

pub fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "schedule-cron", "account-zone", "schedule-next", "settings-state"];
    let rows = html! {
        @for schedule in config.schedules.values() { tr data-row="" {
            td { a href=(format!("{SCHEDULES}/{}", schedule.name)) { (schedule.title) } " " code { (schedule.name) } }
            td { code { (schedule.cron) } }
            td { (schedule.zone) }
            td { @if let Some(next) = schedule.next(look.now).filter(|_| schedule.active) { (look.at(next)) } }
            td { @if schedule.active { (Tone::Good.pill(&look.text("schedule-on"))) } @else { (Tone::Stop.pill(&look.text("schedule-off"))) } }
        } }
    };
    show::table(look, "lists-schedules", &heads, &rows)
}

fn pairs(one: &Schedule) -> Pairs {
    vec![
        pair("title", &one.title),
        pair("cron", &one.cron),
        pair("zone", &one.zone),
        pair("active", one.active),
    ]
}

fn read(name: String, posted: &Posted<'_>) -> Schedule {
    let [title, cron, zone] = ["title", "cron", "zone"].map(|name| said(posted, name).to_owned());
    Schedule { name, title, cron, zone, active: posted.ticked("active") }
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let beginning =
        vec![pair("cron", "0 9 * * 1-5"), pair("zone", &config.shop.time_zone), pair("active", true)];
    Ok(shown(&visitor, &config, None, &beginning, None))
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.schedules.get(&name).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, &config, Some(one), &pairs(one), None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = new_name(&visitor, &Posted::of(&sent), |name| config.schedules.contains_key(name));
    put(&console, &visitor, &config, None, name, &sent).await
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.schedules.get(&name).ok_or(Trouble::NotFound)?;
    put(&console, &visitor, &config, Some(one), Ok(name), &sent).await
}

async fn put(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    known: Option<&Schedule>,
    name: Result<String, Refusal>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let put = match name {
        Ok(name) => {
            let address = format!("{SCHEDULES}/{name}");
            let wanted = read(name, &Posted::of(sent));
            visitor.engine(console).put_schedule(visitor.shop, wanted).await.map(|()| address)
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
    let one = config.schedules.get(&name).ok_or(Trouble::NotFound)?;
    match visitor.engine(&console).remove_schedule(visitor.shop, &name).await {
        Ok(()) => Ok(leads(LIST, "removed")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config, Some(one), &pairs(one), Some(note))))
        }
    }
}

fn shown(
    visitor: &Visitor,
    config: &ShopConfig,
    one: Option<&Schedule>,
    sent: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let title = one.map_or_else(|| look.text("schedule-add"), |one| one.title.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        p { a href=(LIST) { (look.text("settings-lists")) } @if let Some(one) = one { " / " code { (one.name) } } }
        @if let Some(one) = one { (next(look, one)) }
        (form(look, one.map(|one| one.name.as_str()), &Posted::of(sent), may))
        @if let Some(one) = one {
            (used(look, config, Named::Schedule, &one.name))
            @if may {
                (danger(look, &format!("{SCHEDULES}/{}/remove", one.name), &look.text("schedule-remove"), &look.with("schedule-remove-confirm", &[("name", one.title.as_str().into())])))
            }
        }
    };
    framed(visitor, Some(Part::Lists), &title, body)
}

/// When it comes due, as it is saved.
fn next(look: &Look, one: &Schedule) -> Markup {
    let mut times = Vec::new();
    let mut after = Some(look.now).filter(|_| one.active);
    while let Some(at) = after.and_then(|after| one.next(after)).filter(|_| times.len() < NEXT) {
        times.push(at);
        after = Some(at);
    }
    html! {
        @if times.is_empty() {
            p { (Tone::Stop.pill(&look.text("schedule-off"))) }
        } @else {
            p { (look.text("schedule-next")) ": " @for (place, at) in times.iter().enumerate() { @if place > 0 { " · " } (look.at(*at)) } }
        }
    }
}

fn form(look: &Look, name: Option<&str>, posted: &Posted<'_>, may: bool) -> Markup {
    html! {
        form.card method="post" action=(format!("{SCHEDULES}/{}", name.unwrap_or("new"))) {
            fieldset.plain disabled[!may] {
                @if name.is_none() { (Field::new(posted, "name", look.text("settings-id")).required().hint("morning").help(look.text("settings-id-help"))) }
                (Field::new(posted, "title", look.text("list-title")).required())
                (Field::new(posted, "cron", look.text("schedule-cron")).required().hint("0 9 * * 1-5").help(look.text("schedule-cron-help")))
                (Field::new(posted, "zone", look.text("account-zone")).required().hint("Europe/Berlin"))
                (tick(posted, "active", &look.text("schedule-active"), None))
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LIST) { (look.text("cancel")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    fn morning() -> Schedule {
        Schedule {
            name: "morning".into(),
            title: "Every morning".into(),
            cron: "0 9 * * 1-5".into(),
            zone: "Europe/Berlin".into(),
            active: true,
        }
    }

    #[test]
    fn a_schedule_that_is_sent_as_it_was_stays_the_same() {
        for active in [true, false] {
            let before = Schedule { active, ..morning() };
            let html = form(&look("en"), Some("morning"), &Posted::of(&pairs(&before)), true).into_string();
            assert_eq!(read("morning".into(), &Posted::of(&submitted(&html))), before);
        }
    }

    #[test]
    fn the_next_times_are_told_of_one_that_is_on() {
        let on = next(&look("en"), &morning()).into_string();
        assert_eq!(on.matches("<time").count(), NEXT, "{on}");
        let off = next(&look("en"), &Schedule { active: false, ..morning() }).into_string();
        assert!(!off.contains("<time") && off.contains(&look("en").text("schedule-off")), "{off}");
    }
}
