//! How values look: money, moments, states. Pure; one way for every page.

use jiff::Zoned;
use maud::{Markup, html};
use rulewright_domain::{Money, RunState, Timestamp};

use crate::door::Look;

impl Look {
    /// An amount with its currency, digits grouped as the language has it.
    pub fn money(&self, money: Money) -> String {
        format!("{}\u{a0}{}", self.decimal(&money.decimal()), money.currency.as_str())
    }

    /// A number such as `-1234.50`, as the language writes it.
    pub fn decimal(&self, number: &str) -> String {
        let (group, point) = match self.words.language().code {
            "de" => ('.', ','),
            _ => (',', '.'),
        };
        match number.split_once('.') {
            Some((whole, rest)) => format!("{}{point}{rest}", grouped(whole, group)),
            None => grouped(number, group),
        }
    }

    /// A whole number, grouped.
    pub fn number(&self, number: u64) -> String {
        self.decimal(&number.to_string())
    }

    /// On the clock of whoever looks. None outside the years that a calendar can show.
    fn there(&self, moment: Timestamp) -> Option<Zoned> {
        Some(moment.civil()?.to_zoned(self.zone.clone()))
    }

    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Some words for a moment, and all of it in their title.
    fn moment(&self, moment: Timestamp, words: impl FnOnce(&Zoned) -> String) -> Markup {
        let Some(there) = self.there(moment) else { return html! { (moment) } };
        let whole = format!("{} {}", there.strftime("%Y-%m-%d %H:%M:%S"), self.zone_name());
        html! { time datetime=(moment) title=(whole) { (words(&there)) } }
    }

    /// `14:02:33` today, else with its date.
    pub fn at(&self, moment: Timestamp) -> Markup {
        self.moment(moment, |there| {
            let today = self.there(self.now).is_some_and(|now| now.date() == there.date());
            there.strftime(if today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
        })
    }

    /// How long ago, or in how long.
    pub fn ago(&self, moment: Timestamp) -> Markup {
        let away = self.span(self.now.0.saturating_sub(moment.0).saturating_abs());
        let key = if moment <= self.now { "time-ago" } else { "time-in" };
        self.moment(moment, |_| self.with(key, &[("span", away.into())]))
    }

    /// For how long something has been so. A board has hundreds of them, so it is as short as can be.
    pub fn since(&self, moment: Timestamp) -> Markup {
        let Some(there) = self.there(moment) else { return html! { (moment) } };
        let whole = format!("{} {}", there.strftime("%Y-%m-%d %H:%M"), self.zone_name());
        html! { span title=(whole) { (self.span(self.now.0.saturating_sub(moment.0))) } }
    }

    /// A span of milliseconds by its largest unit: `3 h`, `812 ms`.
    pub fn span(&self, milliseconds: i64) -> String {
        const SECOND: i64 = 1_000;
        const MINUTE: i64 = 60 * SECOND;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        match milliseconds.max(0) {
            below if below < SECOND => format!("{below}\u{a0}ms"),
            below if below < MINUTE => format!("{}\u{a0}s", below / SECOND),
            below if below < HOUR => format!("{}\u{a0}min", below / MINUTE),
            below if below < DAY => format!("{}\u{a0}h", below / HOUR),
            days => format!("{}\u{a0}{}", days / DAY, self.text("time-days-short")),
        }
    }

    /// Time that was computed, in microseconds.
    pub fn micros(&self, microseconds: u64) -> String {
        match microseconds {
            below if below < 1_000 => format!("{below}\u{a0}µs"),
            below if below < 10_000 => {
                format!("{}\u{a0}ms", self.decimal(&format!("{}.{}", below / 1_000, below % 1_000 / 100)))
            }
            more => self.span(i64::try_from(more / 1_000).unwrap_or(i64::MAX)),
        }
    }

    /// Bytes by their largest unit.
    pub fn bytes(&self, bytes: u64) -> String {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        match bytes {
            below if below < KIB => format!("{below}\u{a0}B"),
            below if below < MIB => format!("{}\u{a0}KiB", below / KIB),
            more => {
                format!("{}\u{a0}MiB", self.decimal(&format!("{}.{}", more / MIB, more % MIB * 10 / MIB)))
            }
        }
    }

    /// A share from 0 to 1: `1.8 %`.
    pub fn percent(&self, share: f64) -> String {
        format!("{}\u{a0}%", self.few(share * 100.0))
    }

    /// A number without digits that mean nothing: one after the point, below ten.
    pub fn few(&self, number: f64) -> String {
        self.decimal(&match number {
            0.0..10.0 => format!("{}", (number * 10.0).round() / 10.0),
            _ => format!("{number:.0}"),
        })
    }

    /// How a run stands: a sign, a word and a colour, never one alone.
    pub fn run_state(&self, state: &RunState, did_something: bool) -> Markup {
        let (tone, key) = match state {
            RunState::Blocked { .. } => (Tone::Wait, "run-blocked"),
            RunState::Scheduled { .. } => (Tone::Wait, "run-scheduled"),
            RunState::Waiting { .. } => (Tone::Wait, "run-waiting"),
            RunState::Parked { .. } => (Tone::Warn, "run-parked"),
            RunState::Ready => (Tone::Busy, "run-ready"),
            RunState::Done if did_something => (Tone::Good, "run-done"),
            RunState::Done => (Tone::Nothing, "run-done-nothing"),
            RunState::Skipped { .. } => (Tone::Skip, "run-skipped"),
            RunState::Failed { .. } => (Tone::Bad, "run-failed"),
            RunState::Cancelled { .. } => (Tone::Stop, "run-cancelled"),
        };
        tone.pill(&self.text(key))
    }
}

/// What a state means for somebody who glances at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Nothing,
    Wait,
    Busy,
    Warn,
    Bad,
    Skip,
    Stop,
}

impl Tone {
    fn sign(self) -> (&'static str, &'static str) {
        match self {
            Tone::Good => ("ok", "✓"),
            Tone::Nothing => ("plain", "–"),
            Tone::Wait => ("wait", "◷"),
            Tone::Busy => ("info", "●"),
            Tone::Warn => ("warn", "▲"),
            Tone::Bad => ("bad", "!"),
            Tone::Skip => ("plain", "→"),
            Tone::Stop => ("plain", "■"),
        }
    }

    /// A sign, a word and a colour.
    pub fn pill(self, word: &str) -> Markup {
        let (class, sign) = self.sign();
        html! { span class={ "pill " (class) } { span.sign aria-hidden="true" { (sign) } " " (word) } }
    }
}

fn grouped(digits: &str, group: char) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let count = digits.chars().count();
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (count - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

/// A list without anything in it: what this is, and the one thing to do.
pub fn empty(what: &str, next: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            p { (what) }
            @if let Some((label, address)) = next { a.button href=(address) { (label) } }
        }
    }
}

/// A table that scrolls by itself where it has no room. Its name and its heads are keys of the words.
pub fn table(look: &Look, name: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(look.text(name)) {
            table {
                thead { tr { @for head in heads { th scope="col" { (look.text(head)) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A name, which leads somewhere if there is something to see.
pub fn link(name: &str, address: Option<&str>) -> Markup {
    html! { @match address { Some(address) => { a href=(address) { (name) } } None => { (name) } } }
}

/// What the next page of a list is reached by.
pub fn more(look: &Look, address: Option<String>) -> Markup {
    html! {
        @if let Some(address) = address { p.more { a.button.quiet href=(address) rel="next" { (look.text("list-more")) } } }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Currency;

    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn amounts_are_grouped_as_the_language_has_it() {
        let money = Money::parse("-1234567.50", Currency::parse("EUR").unwrap()).unwrap();
        assert_eq!(look("en").money(money), "-1,234,567.50\u{a0}EUR");
        assert_eq!(look("de").money(money), "-1.234.567,50\u{a0}EUR");
    }

    #[test]
    fn the_hour_is_the_one_on_the_wall_on_both_sides_of_a_clock_change() {
        let look = look("en");
        let shown = |text: &str| look.at(Timestamp::parse(text).unwrap()).into_string();
        assert!(shown("2026-03-29T00:59:00Z").contains(">01:59:00<"));
        assert!(shown("2026-03-29T01:01:00Z").contains(">03:01:00<"));
        assert!(shown("2026-03-28T09:00:00Z").contains("10:00:00 Europe/Berlin"));
    }

    #[test]
    fn a_state_is_told_by_sign_and_word_beside_its_colour() {
        let html = look("en").run_state(&RunState::Done, false).into_string();
        assert!(
            html.contains("class=\"pill plain\"") && html.contains('–') && html.contains("nothing to do")
        );
    }
}
