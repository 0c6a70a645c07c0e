//! How a shop's automation is doing: what somebody should look at, and the numbers.

pub mod chart;
mod figures;
mod notes;
mod range;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Extension, Form, Router,
    extract::{Query, State},
    response::Redirect,
    routing::{get, post},
};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use rulewright_domain::{ShopId, Timestamp, account::Ability};
use rulewright_engine::Noted;
use serde::Deserialize;

use self::{figures::Figures, range::Range};
use crate::{
    Console,
    door::{See, Visitor, Work},
    jobs::locked,
    listing,
    shell::{self, Place},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/health", get(page))
        .route("/health/mute", post(mute))
        .layer(Extension(Arc::new(Recent::default())))
}

/// Notes of each shop. They are read off four weeks of runs, and a page that is open asks again at every change.
#[derive(Default)]
struct Recent(Mutex<HashMap<ShopId, Made>>);

/// When they were made.
type Made = (Timestamp, Arc<Vec<Noted>>);

impl Recent {
    /// Milliseconds.
    const FRESH: i64 = 5_000;

    fn of(&self, shop: ShopId, now: Timestamp) -> Option<Arc<Vec<Noted>>> {
        let kept = locked(&self.0);
        let (made, notes) = kept.get(&shop)?;
        (0..Self::FRESH).contains(&now.0.saturating_sub(made.0)).then(|| notes.clone())
    }

    fn keep(&self, shop: ShopId, now: Timestamp, notes: Arc<Vec<Noted>>) {
        locked(&self.0).insert(shop, (now, notes));
    }

    fn forget(&self, shop: ShopId) {
        locked(&self.0).remove(&shop);
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    range: String,
}

async fn page(
    State(console): State<Console>,
    Extension(recent): Extension<Arc<Recent>>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let (shop, now, range) = (visitor.shop, visitor.look.now, Range::named(&asked.range));
    let noted = match recent.of(shop, now) {
        Some(noted) => noted,
        None => {
            let noted = Arc::new(console.engine().health_notes(shop).await?);
            recent.keep(shop, now, noted.clone());
            noted
        }
    };
    let config = console.config(shop).await?;
    let (from, to) = range.until(now);
    let figures = Figures {
        range,
        from,
        to,
        zone: TimeZone::get(&config.shop.time_zone).unwrap_or(TimeZone::UTC),
        runs: console.engine().run_statistics(shop, from, to, range.bucket()).await?,
        queue: console.engine().queue_statistics(shop).await?,
    };
    let look = &visitor.look;
    let title = visitor.text("nav-health");
    let mutes = visitor.may(Ability::Work);
    let body = html! {
        h1 { (title) }
        section aria-labelledby="notes-title" {
            h2 #notes-title { (visitor.text("note-title")) }
            div #notes data-live="run message" { (notes::notes(look, &config, &noted, mutes, range.name())) }
        }
        (ranges(&visitor, range))
        (chart::patterns())
        (figures.shown(look))
        p.help {
            (visitor.with("list-zone", &[("zone", config.shop.time_zone.as_str().into())]))
            @if range.live().is_none() { " " (visitor.text("health-not-live")) " " (look.at(now)) }
        }
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Health), body }))
}

fn ranges(visitor: &Visitor, chosen: Range) -> Markup {
    html! {
        nav.tabs aria-label=(visitor.text("health-ranges")) {
            @for range in Range::ALL {
                a href={ "/health?range=" (range.name()) } aria-current=[(range == chosen).then_some("page")] {
                    (visitor.look.text(range.word()))
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Sent {
    note: String,
    /// From now on; none: it is shown again.
    days: u16,
    #[serde(default)]
    range: String,
}

async fn mute(
    State(console): State<Console>,
    Extension(recent): Extension<Arc<Recent>>,
    Work(visitor): Work,
    Form(sent): Form<Sent>,
) -> Result<Redirect, Trouble> {
    const DAY: i64 = 24 * 3_600_000;
    let until = visitor.look.now.plus(i64::from(sent.days) * DAY);
    let by = visitor.account.name.clone();
    visitor.engine(&console).mute_health_note(visitor.shop, sent.note, until, by).await?;
    recent.forget(visitor.shop);
    Ok(Redirect::to(&listing::address("/health", &[("range", &sent.range)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_remembered_for_a_moment_and_not_after_somebody_has_muted_one() {
        let (recent, shop, now) = (Recent::default(), ShopId(1), Timestamp(1_000_000));
        assert!(recent.of(shop, now).is_none());
        recent.keep(shop, now, Arc::default());
        assert!(recent.of(shop, now.plus(Recent::FRESH - 1)).is_some());
        assert!(recent.of(ShopId(2), now).is_none(), "every shop has its own");
        assert!(recent.of(shop, now.plus(Recent::FRESH)).is_none());
        assert!(recent.of(shop, now.plus(-1)).is_none(), "a clock that was put back");
        recent.forget(shop);
        assert!(recent.of(shop, now).is_none());
    }
}
