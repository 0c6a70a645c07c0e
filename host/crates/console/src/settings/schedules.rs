//! Schedules: times at which triggers are asked about every open order.

use axum::{
    Router,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Schedule, ShopConfig, ShopId, account::Ability};
use rulewright_engine::{Engine, Named, Refusal};

use super::{
    Pairs, Part, danger,
    field::{Field, pair, said, tick},
    framed,
    thing::{Thing, add, new, page, remove, save},
    uses::used,
};
use crate::{
    Console,
    door::{Look, Visitor},
    forms::Posted,
    show::{self, Tone},
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/schedules/new", get(new::<Schedule>).post(add::<Schedule>))
        .route("/settings/schedules/{name}", get(page::<Schedule>).post(save::<Schedule>))
        .route("/settings/schedules/{name}/remove", post(remove::<Schedule>))
}

const LISTS: &str = "/settings/lists";
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

impl Thing for Schedule {
    const LIST: &'static str = LISTS;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c Schedule> {
        config.schedules.get(name)
    }

    fn pairs(&self) -> Pairs {
        vec![
            pair("title", &self.title),
            pair("cron", &self.cron),
            pair("zone", &self.zone),
            pair("active", self.active),
        ]
    }

    fn beginning(config: &ShopConfig) -> Pairs {
        vec![pair("cron", "0 9 * * 1-5"), pair("zone", &config.shop.time_zone), pair("active", true)]
    }

    fn read(_: &Look, name: &str, posted: &Posted<'_>) -> Result<Schedule, Refusal> {
        let [title, cron, zone] = ["title", "cron", "zone"].map(|name| said(posted, name).to_owned());
        Ok(Schedule { name: name.to_owned(), title, cron, zone, active: posted.ticked("active") })
    }

    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &Schedule)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup {
        let (look, may) = (&visitor.look, visitor.may(Ability::Own));
        let title = one.map_or_else(|| look.text("schedule-add"), |(_, one)| one.title.clone());
        let body = html! {
            @if let Some(note) = note { (note) }
            p { a href=(LISTS) { (look.text("settings-lists")) } @if let Some((name, _)) = one { " / " code { (name) } } }
            @if let Some((_, one)) = one { (next(look, one)) }
            (form(look, one.map(|(name, _)| name), &Posted::of(sent), may))
            @if let Some((name, one)) = one {
                (used(look, config, Named::Schedule, name))
                @if may {
                    (danger(look, &format!("{SCHEDULES}/{name}/remove"), &look.text("schedule-remove"), &look.with("schedule-remove-confirm", &[("name", one.title.as_str().into())])))
                }
            }
        };
        framed(visitor, Some(Part::Lists), &title, body)
    }

    async fn put(self, engine: Engine, shop: ShopId, _: String) -> Result<(), Refusal> {
        engine.put_schedule(shop, self).await
    }

    async fn remove(engine: Engine, shop: ShopId, name: String) -> Result<(), Refusal> {
        engine.remove_schedule(shop, &name).await
    }

    fn saved(name: &str) -> String {
        format!("{SCHEDULES}/{name}")
    }
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
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LISTS) { (look.text("cancel")) } } }
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
            let html = form(&look("en"), Some("morning"), &Posted::of(&before.pairs()), true).into_string();
            let sent = submitted(&html);
            assert_eq!(Schedule::read(&look("en"), "morning", &Posted::of(&sent)).unwrap(), before);
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
