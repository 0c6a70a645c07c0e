//! Lists: the newest first, the next page by the last id of this one, filters in the address.

use std::str::FromStr;

use maud::{Markup, html};
use rulewright_domain::{OrderId, ShopId, Timestamp};
use rulewright_ports::{
    Reads, StorageError,
    storage::{OrderQuery, Page},
};

use crate::{door::Look, trouble::Trouble};

/// Rows of one page.
pub const ROWS: u32 = 50;

/// One more than is shown, which tells whether there are more.
pub fn window(before: Option<i64>) -> Page {
    Page { after: before, limit: ROWS + 1, newest_first: true }
}

/// Keeps what is shown. The id that the next page goes on after, where there is one.
pub fn cut<T>(rows: &mut Vec<T>, id: impl Fn(&T) -> i64) -> Option<i64> {
    let more = rows.len() > ROWS as usize;
    rows.truncate(ROWS as usize);
    rows.last().filter(|_| more).map(id)
}

/// The part of an address that names a thing. What is no id of its kind names nothing.
pub fn named<T: FromStr>(text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|_| Trouble::NotFound)
}

/// What a form has sent of one field; none where it was left empty.
pub fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// An address with those parts of a query that are not empty.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut asked = form_urlencoded::Serializer::new(String::new());
    asked.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
    let asked = asked.finish();
    if asked.is_empty() { path.to_owned() } else { format!("{path}?{asked}") }
}

/// When a day begins, or the one `after` it, in the zone that times are shown in.
pub fn day(look: &Look, text: &str, after: bool) -> Option<Timestamp> {
    let day: jiff::civil::Date = text.trim().parse().ok()?;
    let day = if after { day.tomorrow().ok()? } else { day };
    let begins = day.to_zoned(look.zone.clone()).ok()?;
    Some(Timestamp(begins.timestamp().as_millisecond()))
}

/// An order by its id or its number, as people write it.
pub fn order_named(reads: &mut dyn Reads, shop: ShopId, text: &str) -> Result<Option<OrderId>, StorageError> {
    let text = text.trim().trim_start_matches('#');
    if let Ok(id) = text.parse::<OrderId>() {
        return Ok(Some(id));
    }
    let query = OrderQuery { number: Some(text.to_owned()), ..OrderQuery::default() };
    let page = Page { after: None, limit: 1, newest_first: true };
    Ok(reads.orders(shop, &query, page)?.first().map(|order| order.id))
}

/// A choice in a filter; the first choice is none. Options are value and name.
pub fn choice(name: &str, label: &str, any: &str, chosen: &str, options: &[(String, String)]) -> Markup {
    let known = chosen.is_empty() || options.iter().any(|(value, _)| value == chosen);
    html! {
        label { (label)
            select name=(name) {
                option value="" selected[chosen.is_empty()] { (any) }
                @if !known { option value=(chosen) selected { (chosen) } }
                @for (value, title) in options { option value=(value) selected[value == chosen] { (title) } }
            }
        }
    }
}

/// What ends a row of filters.
pub fn filter_buttons(look: &Look, path: &str, filtered: bool) -> Markup {
    html! {
        button.quiet type="submit" { (look.text("list-filter")) }
        @if filtered { a href=(path) { (look.text("list-clear")) } }
    }
}

/// An id that is copied by a button.
pub fn copied(look: &Look, id: &str) -> Markup {
    html! {
        code { (id) } " "
        button.link type="button" data-copy=(id) aria-label=(look.with("list-copy-what", &[("what", id.into())])) {
            (look.text("list-copy"))
        }
    }
}

#[cfg(test)]
pub mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::words::Words;

    pub fn look(language: &str) -> Look {
        Look {
            words: Words::of(language).unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            now: Timestamp::parse("2026-03-29T12:00:00Z").unwrap(),
            theme: None,
            request: None,
        }
    }

    #[test]
    fn a_page_goes_on_after_the_last_row_that_was_shown() {
        let mut rows: Vec<i64> = (0..i64::from(ROWS) + 1).rev().collect();
        assert_eq!(cut(&mut rows, |row| *row), Some(1));
        assert_eq!(rows.len(), ROWS as usize);
        let mut few = vec![3, 2];
        assert_eq!(cut(&mut few, |row| *row), None);
    }

    #[test]
    fn an_address_says_only_what_is_asked() {
        assert_eq!(address("/runs", &[("state", ""), ("rule", "")]), "/runs");
        assert_eq!(
            address("/runs", &[("state", "failed"), ("order", "#1 & 2")]),
            "/runs?state=failed&order=%231+%26+2"
        );
    }

    #[test]
    fn a_day_begins_where_its_times_are_told_also_when_the_clock_changes() {
        let begins = |text, after| day(&look("en"), text, after).map(|at| at.to_string());
        assert_eq!(begins("2026-03-29", false).as_deref(), Some("2026-03-28T23:00:00.000Z"));
        assert_eq!(begins("2026-03-29", true).as_deref(), Some("2026-03-29T22:00:00.000Z"));
        assert_eq!(begins("yesterday", false), None);
    }
}
