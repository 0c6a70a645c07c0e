//! What the tiles of the designer say beside the draft: how the rules have fared, and which plugins have an icon.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use maud::{Markup, html};
use rulewright_domain::{
    PipelineId, Timestamp,
    plugin::PluginId,
    statistics::{Chain, Counts},
};

use super::Desk;
use crate::{
    Console,
    door::{Look, Visitor},
    listing,
    show::Tone,
    trouble::Trouble,
};

/// Days that are looked back on, today among them.
const DAYS: i64 = 7;

#[derive(Default)]
pub struct Observed {
    /// By rule: what ended in these days.
    rules: BTreeMap<String, Counts>,
    icons: BTreeSet<PluginId>,
    /// The first of the days, as the list of runs has it.
    from: String,
}

impl Observed {
    pub fn has_icon(&self, plugin: &PluginId) -> bool {
        self.icons.contains(plugin)
    }

    /// Only where something is wrong: how much of it, and the way to just these runs.
    pub fn health(&self, look: &Look, pipeline: &PipelineId, rule: &str) -> Markup {
        let failing = self.rules.get(rule).filter(|counts| counts.failed > 0);
        let Some((counts, rate)) = failing.and_then(|counts| Some((counts, counts.failure_rate()?))) else {
            return html! {};
        };
        let tried = counts.tried();
        let said = look.with(
            "rule-fails",
            &[
                ("rate", look.percent(rate).into()),
                ("runs", look.number(tried).into()),
                ("count", tried.into()),
            ],
        );
        let runs = listing::address(
            "/runs",
            &[("state", "failed"), ("rule", rule), ("stage", &pipeline.0), ("from", &self.from)],
        );
        html! { p.over { a href=(runs) { (Tone::Bad.pill(&said)) } } }
    }
}

/// The first of the days on the calendar of whoever looks, and when it begins.
fn first_day(look: &Look) -> (String, Timestamp) {
    let today = look.now.civil().map(|now| now.to_zoned(look.zone.clone()).date());
    let first = today.and_then(|today| today.checked_sub((DAYS - 1).days()).ok());
    let first = first.map(|day| day.to_string()).unwrap_or_default();
    let begins = listing::day(look, &first, false).unwrap_or(look.now);
    (first, begins)
}

impl Desk {
    /// The same with what its tiles say: whoever shows no tiles does not have it read.
    pub async fn observed(mut self, console: &Console, visitor: &Visitor) -> Result<Desk, Trouble> {
        let (shop, now) = (visitor.shop, visitor.look.now);
        let (from, begins) = first_day(&visitor.look);
        let chain = Chain::Pipeline(self.pipeline.id.clone());
        let parts = self.stages.values().flat_map(|on| {
            let triggers = on.triggers.iter().map(|trigger| &trigger.plugin);
            on.rules.iter().map(|rule| &rule.plugin).chain(triggers)
        });
        let used: BTreeSet<PluginId> = parts.cloned().collect();
        let config = self.config.clone();
        let read = move |reads: &mut dyn rulewright_ports::Reads| {
            let rules = reads.ended_counts(shop, &chain, begins, now.plus(1))?;
            let mut observed = Observed { rules, icons: BTreeSet::new(), from };
            for plugin in used {
                let Some(known) = config.plugins.get(&plugin) else { continue };
                if reads.icon(shop, &known.digest)?.is_some() {
                    observed.icons.insert(plugin);
                }
            }
            Ok(observed)
        };
        self.observed = console.read(read).await?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    fn observed(done: u64, failed: u64) -> Observed {
        let counts = Counts { done, failed, skipped: 9, cancelled: 9 };
        Observed {
            rules: [("r1".to_owned(), counts)].into(),
            from: first_day(&look("en")).0,
            ..Observed::default()
        }
    }

    #[test]
    fn a_rule_that_fails_says_how_often_and_leads_to_those_runs() {
        let sales = PipelineId::from("sales");
        let html = observed(34, 6).health(&look("en"), &sales, "r1").into_string();
        assert!(html.contains("15\u{a0}% of 40 runs failed in 7 days"), "{html}");
        assert!(
            html.contains("/runs?state=failed&amp;rule=r1&amp;stage=sales&amp;from=2026-03-23"),
            "{html}"
        );
        let german = observed(0, 1).health(&look("de"), &sales, "r1").into_string();
        assert!(german.contains("100\u{a0}% von 1 Lauf in 7 Tagen fehlgeschlagen"), "{german}");
    }

    #[test]
    fn a_rule_that_is_well_says_nothing() {
        let sales = PipelineId::from("sales");
        assert_eq!(observed(40, 0).health(&look("en"), &sales, "r1").into_string(), "");
        assert_eq!(observed(40, 5).health(&look("en"), &sales, "r2").into_string(), "");
    }
}
