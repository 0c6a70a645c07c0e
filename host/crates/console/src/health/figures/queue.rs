//! What waits: runs by their state, messages by channel and state.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{
    Figures,
    bars::{Row, lying, table},
};
use crate::{door::Look, effect, health::chart::Fill, listing::address, show};

/// States of runs that have not ended, with their words.
const OPEN: [(&str, &str); 5] = [
    ("ready", "run-ready"),
    ("waiting", "run-waiting"),
    ("scheduled", "run-scheduled"),
    ("blocked", "run-blocked"),
    ("parked", "run-parked"),
];

/// States of messages, with their words.
const MESSAGES: [(&str, &str); 5] = [
    ("pending", "delivery-pending"),
    ("sending", "delivery-sending"),
    ("sent", "delivery-sent"),
    ("dead", "delivery-dead"),
    ("cancelled", "delivery-cancelled"),
];

impl Figures {
    /// Messages that are on their way.
    pub(super) fn unsent(&self) -> u64 {
        let unsent =
            self.queue.messages.iter().filter(|(_, state, _)| state == "pending" || state == "sending");
        unsent.map(|(.., count)| count).sum()
    }

    /// Words, number, and where they are listed.
    fn queued(&self, look: &Look) -> Vec<(String, u64, String)> {
        let count = |wanted: &str| {
            let found = self.queue.runs.iter().find(|(state, _)| state == wanted);
            found.map_or(0, |(_, count)| *count)
        };
        let mut all: Vec<_> = OPEN
            .iter()
            .map(|(state, key)| (look.text(key), count(state), address("/runs", &[("state", *state)])))
            .collect();
        let unsent = address("/deliveries", &[("state", "pending")]);
        all.push((look.text("health-unsent"), self.unsent(), unsent));
        all
    }

    pub(super) fn queue_chart(&self, look: &Look) -> Markup {
        let rows: Vec<Row> = self
            .queued(look)
            .into_iter()
            .map(|(name, value, to)| Row {
                name,
                to: Some(to),
                value,
                shown: look.number(value),
                fill: Fill::Plain,
            })
            .collect();
        html! {
            (lying(&rows))
            dl.facts {
                @if let Some(at) = self.queue.oldest_ready { dt { (look.text("health-oldest-ready")) } dd { (look.ago(at)) } }
                @if let Some(at) = self.queue.oldest_unsent { dt { (look.text("health-oldest-unsent")) } dd { (look.ago(at)) } }
            }
        }
    }

    pub(super) fn queue_table(&self, look: &Look) -> Markup {
        let rows = self.queued(look).into_iter().map(|(name, count, _)| vec![name, look.number(count)]);
        table(look, &["health-what", "health-count"], &rows.collect::<Vec<_>>())
    }

    /// By channel, then by state.
    fn channels(&self) -> BTreeMap<&str, BTreeMap<&str, u64>> {
        let mut all: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for (channel, state, count) in &self.queue.messages {
            *all.entry(channel).or_default().entry(state).or_default() += count;
        }
        all
    }

    pub(super) fn channels_chart(&self, look: &Look) -> Markup {
        let rows: Vec<Row> = self
            .channels()
            .into_iter()
            .map(|(channel, states)| {
                let value: u64 = states.values().sum();
                let (name, shown) = (effect::channel(look, channel), look.number(value));
                Row {
                    name,
                    to: Some(address("/deliveries", &[("channel", channel)])),
                    value,
                    shown,
                    fill: Fill::Plain,
                }
            })
            .collect();
        html! {
            @if rows.is_empty() { (show::empty(&look.text("deliveries-none"), None)) } @else { (lying(&rows)) }
        }
    }

    pub(super) fn channels_table(&self, look: &Look) -> Markup {
        let heads: Vec<&str> =
            ["deliveries-channel"].into_iter().chain(MESSAGES.map(|(_, key)| key)).collect();
        let rows = self.channels().into_iter().map(|(channel, states)| {
            let mut row = vec![effect::channel(look, channel)];
            row.extend(
                MESSAGES.iter().map(|(state, _)| look.number(states.get(state).copied().unwrap_or_default())),
            );
            row
        });
        table(look, &heads, &rows.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use crate::{health::figures::tests::figures, listing::tests::look};

    #[test]
    fn what_waits_is_counted_by_state_with_the_outbox() {
        let html = figures(Vec::new()).queue_table(&look("en")).into_string();
        assert!(html.contains(">35<") && html.contains(">2<") && html.contains(">4<"), "{html}");
        let chart = figures(Vec::new()).queue_chart(&look("en")).into_string();
        assert!(chart.contains("/runs?state=scheduled") && chart.contains("1\u{a0}min ago"), "{chart}");
    }
}
