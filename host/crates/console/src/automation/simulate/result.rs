//! What a simulation has come to: for each rule how often it would do what, and what is different from now. Pure.

use std::collections::BTreeSet;

use maud::{Markup, html};
use rulewright_engine::{Simulated, SimulatedRule, Tally};

use super::job::Job;
use crate::{
    door::Look,
    names,
    show::{self, Tone},
};

/// Every verdict with its words, in the order of the columns.
const VERDICTS: [(&str, &str); 11] = [
    ("runs", "dry-runs"),
    ("condition-false", "dry-condition-false"),
    ("skipped", "dry-skipped"),
    ("waits", "dry-waits"),
    ("asks-server", "dry-asks-server"),
    ("off", "rule-off"),
    ("out-of-plan", "rule-not-in-plan"),
    ("unusable", "dry-unusable"),
    ("failed", "dry-failed"),
    ("stopped", "dry-stopped"),
    ("cancelled", "dry-cancelled"),
];

/// Orders that are listed of those for which something is different.
const LISTED: usize = 50;

pub fn shown(look: &Look, job: &Job, simulated: &Simulated) -> Markup {
    if simulated.orders == 0 {
        return show::empty(&look.text("simulate-no-orders"), None);
    }
    let different = simulated.different.len();
    let kinds: BTreeSet<&str> =
        tallies(simulated).flat_map(|tally| tally.effects.keys()).map(String::as_str).collect();
    let verdicts: Vec<(&str, String)> = VERDICTS
        .iter()
        .filter(|(name, _)| tallies(simulated).any(|tally| tally.verdicts.contains_key(name)))
        .map(|(name, key)| (*name, look.text(key)))
        .collect();
    let effects: Vec<(&str, String)> =
        kinds.into_iter().map(|kind| (kind, names::effect(look, kind))).collect();
    html! {
        p { strong { (look.with("simulate-orders", &[("count", simulated.orders.into())])) } " "
            (look.with("simulate-different", &[("count", different.into())])) }
        h2 { (look.text("simulate-verdicts")) }
        (table(look, &look.text("simulate-verdicts"), simulated, &verdicts, |tally, name| tally.verdicts.get(name).copied()))
        h2 { (look.text("simulate-effects")) }
        @if effects.is_empty() { p.muted { (look.text("simulate-no-effects")) } } @else {
            (table(look, &look.text("simulate-effects"), simulated, &effects, |tally, name| tally.effects.get(name).copied()))
        }
        @if different > 0 {
            h2 { (look.text("simulate-differences")) }
            p.help { (look.text("simulate-differences-help")) }
            ul.row {
                @for order in simulated.different.iter().take(LISTED) {
                    li { a href={ (super::super::at(&job.pipeline)) "/dry-run?stage=" (job.stage) "&order=" (order) } { (order) } }
                }
            }
            @if different > LISTED { p.muted { (look.with("simulate-more", &[("count", (different - LISTED).into())])) } }
        }
    }
}

fn tallies(simulated: &Simulated) -> impl Iterator<Item = &Tally> {
    simulated.rules.iter().flat_map(|rule| std::iter::once(&rule.tally).chain(&rule.published))
}

/// A row for each rule, a column for each name; what is published stands beside where it is another number.
fn table(
    look: &Look,
    title: &str,
    simulated: &Simulated,
    columns: &[(&str, String)],
    count: impl Fn(&Tally, &str) -> Option<u64>,
) -> Markup {
    let cell = |rule: &SimulatedRule, name: &str| {
        let wanted = count(&rule.tally, name).unwrap_or_default();
        let before =
            rule.published.as_ref().map_or(0, |published| count(published, name).unwrap_or_default());
        html! {
            td.num.end-text {
                (look.number(wanted))
                @if before != wanted && rule.published.is_some() {
                    " " span.muted { (look.with("simulate-published", &[("count", look.number(before).into())])) }
                }
            }
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title) {
            table {
                thead { tr {
                    th scope="col" { (look.text("runs-rule")) }
                    th scope="col" { (look.text("simulate-compared")) }
                    @for (_, label) in columns { th.end-text scope="col" { (label) } }
                } }
                tbody {
                    @for rule in &simulated.rules {
                        tr data-rule=(rule.rule) {
                            th scope="row" { (rule.name) }
                            td { (compared(look, rule)) }
                            @for (name, _) in columns { (cell(rule, name)) }
                        }
                    }
                }
            }
        }
    }
}

/// How a rule stands to the one that is published.
fn compared(look: &Look, rule: &SimulatedRule) -> Markup {
    let gone = rule.tally == Tally::default();
    match &rule.published {
        None => Tone::Warn.pill(&look.text("simulate-new")),
        Some(_) if gone => Tone::Stop.pill(&look.text("simulate-gone")),
        Some(published) if *published != rule.tally => Tone::Warn.pill(&look.text("simulate-other")),
        Some(_) => Tone::Nothing.pill(&look.text("simulate-same")),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::OrderId;

    use super::*;
    use crate::{automation::simulate::job::tests::job, listing::tests::look};

    fn tally(verdicts: &[(&'static str, u64)], messages: u64) -> Tally {
        let effects = (messages > 0).then(|| ("message".to_owned(), messages));
        Tally { verdicts: verdicts.iter().copied().collect(), effects: effects.into_iter().collect() }
    }

    fn rule(id: &str, wanted: Tally, published: Option<Tally>) -> SimulatedRule {
        SimulatedRule { rule: id.into(), name: format!("Rule {id}"), tally: wanted, published }
    }

    fn shown_of(rules: Vec<SimulatedRule>, different: Vec<OrderId>) -> String {
        let simulated = Simulated { orders: 8, cancelled: false, rules, different };
        shown(&look("en"), &job(), &simulated).into_string()
    }

    #[test]
    fn each_rule_has_its_counts_and_those_of_the_published_one_where_they_differ() {
        let (wanted, before) = (tally(&[("runs", 6), ("condition-false", 2)], 6), tally(&[("runs", 8)], 8));
        let html = shown_of(vec![rule("r", wanted, Some(before))], vec![OrderId(4), OrderId(9)]);
        for part in [
            "Would run",
            "Condition not met",
            "6 <span class=\"muted\">(now 8)</span>",
            "Different",
            "8 orders",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("Would fail"), "a column for what never came");
        assert!(html.contains("/automation/orders/dry-run?stage=paid&amp;order=ord_9"), "{html}");
    }

    #[test]
    fn a_new_rule_one_that_is_gone_and_one_that_is_the_same_are_told_apart() {
        let same = tally(&[("skipped", 8)], 0);
        let html = shown_of(
            vec![
                rule("new", same.clone(), None),
                rule("gone", Tally::default(), Some(same.clone())),
                rule("same", same.clone(), Some(same)),
            ],
            Vec::new(),
        );
        for part in ["New in the draft", "Only published", "The same", "No effects"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("/dry-run?"), "nothing is different");
    }

    #[test]
    fn without_orders_there_is_no_table() {
        let simulated = Simulated { orders: 0, cancelled: false, rules: Vec::new(), different: Vec::new() };
        let html = shown(&look("de"), &job(), &simulated).into_string();
        assert!(html.contains("class=\"empty\"") && !html.contains("<table"), "{html}");
    }
}
