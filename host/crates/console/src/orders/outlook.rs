//! Before a rule is started for many orders: how many of them it would run for, and why not for the others. Pure.

use maud::{Markup, html};
use rulewright_domain::{OrderId, Pipeline, ShopConfig, account::Ability};
use rulewright_engine::RunNowOutlook;

use super::{ask::Ask, bulk::called, job::What};
use crate::{
    door::Visitor,
    listing,
    shell::{self, Place},
};

/// What somebody wants to start, and the list that they came from.
pub struct Asked<'a> {
    pub config: &'a ShopConfig,
    pub pipeline: &'a Pipeline,
    pub ask: &'a Ask,
    pub orders: &'a [OrderId],
    pub what: &'a What,
}

pub fn page(visitor: &Visitor, asked: &Asked<'_>, found: &RunNowOutlook) -> Markup {
    let title = called(visitor, asked.what, asked.orders.len());
    let body = html! {
        p { a href=(asked.ask.address()) { "‹ " (visitor.text("nav-orders")) } }
        h1 { (title) }
        (shown(visitor, asked, found))
    };
    shell::page(visitor, shell::Page { title: &title, place: Some(Place::Orders), body })
}

fn shown(visitor: &Visitor, asked: &Asked<'_>, found: &RunNowOutlook) -> Markup {
    let What::Run { stage, rule, .. } = asked.what else { return html! {} };
    let spec = asked.config.rules(&asked.pipeline.id, stage).iter().find(|known| known.id == *rule);
    let name = asked.pipeline.stage(stage).map_or(stage.0.as_str(), |stage| stage.name.as_str());
    let revision = asked.config.automations.get(&asked.pipeline.id).map(|automation| automation.revision);
    let started = found.would_run + found.condition_false;
    let try_it = listing::address(
        &format!("/automation/{}/dry-run", asked.pipeline.id),
        &[("published", "on"), ("stage", &stage.0), ("rule", &rule.0)],
    );
    html! {
        div.card {
            p role="status" { (visitor.text("outlook-nothing-yet")) }
            @if spec.is_some_and(|rule| rule.shadow) { div.note.info { p { (visitor.text("outlook-shadow")) } } }
            dl.facts {
                dt { (visitor.text("outlook-would-run")) } dd data-count="would-run" { (found.would_run) }
                dt { (visitor.text("outlook-condition")) } dd data-count="condition-false" { (found.condition_false) }
                dt { (visitor.text("outlook-had-run")) } dd data-count="had-run" { (found.had_run) }
                dt { (visitor.with("outlook-elsewhere", &[("stage", name.into())])) }
                dd data-count="elsewhere" { (found.elsewhere) }
            }
            p.muted { (visitor.text("outlook-later")) }
            div.row {
                a href=(asked.ask.address()) { (visitor.text("cancel")) }
                @if visitor.may(Ability::Edit) { a.button.quiet href=(try_it) { (visitor.text("dry-run-first")) } }
                form method="post" action="/orders/bulk" {
                    // These and no others: who matches the filters may be somebody else by now.
                    @for (name, value) in asked.ask.parts() { input type="hidden" name=(name) value=(value); }
                    @for order in asked.orders { input type="hidden" name="order" value=(order); }
                    input type="hidden" name="which" value="chosen";
                    input type="hidden" name="to-rule" value=(rule);
                    input type="hidden" name="agreed" value=[revision];
                    button.danger type="submit" disabled[started == 0] {
                        (visitor.with("outlook-start", &[("count", started.into())]))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::account::Role;

    use super::*;
    use crate::orders::sample;

    fn html(found: RunNowOutlook, shadow: bool) -> String {
        let (mut config, pipeline) = (sample::config(), sample::pipeline());
        let stages = config.automations.values_mut().flat_map(|automation| automation.stages.values_mut());
        stages.flat_map(|stage| &mut stage.rules).for_each(|rule| rule.shadow = shadow);
        let ask = Ask { pipeline: "orders".into(), q: "tea".into(), ..Ask::default() };
        let what = What::Run {
            pipeline: "orders".into(),
            stage: "new".into(),
            rule: "r1".into(),
            name: "Thank".into(),
        };
        let orders = [OrderId(4), OrderId(9)];
        let asked = Asked { config: &config, pipeline: &pipeline, ask: &ask, orders: &orders, what: &what };
        shown(&sample::visitor(Role::Operator), &asked, &found).into_string()
    }

    #[test]
    fn who_starts_a_rule_for_many_orders_sees_first_for_how_many_it_runs() {
        let found = RunNowOutlook { would_run: 1, condition_false: 1, ..RunNowOutlook::default() };
        let seen = html(found, false);
        for part in [
            "data-count=\"would-run\">1<",
            "data-count=\"condition-false\">1<",
            "Not in New",
            "name=\"order\" value=\"ord_4\"",
            "name=\"order\" value=\"ord_9\"",
            "name=\"q\" value=\"tea\"",
            "name=\"agreed\" value=\"7\"",
            "Start for 2 orders",
        ] {
            assert!(seen.contains(part), "{part}: {seen}");
        }
        assert!(!seen.contains("disabled") && !seen.contains("shadow mode"), "{seen}");
        assert!(html(found, true).contains("shadow mode"));
    }

    #[test]
    fn what_would_start_nothing_cannot_be_started() {
        let seen = html(RunNowOutlook { had_run: 2, ..RunNowOutlook::default() }, false);
        assert!(seen.contains("disabled"), "{seen}");
    }
}
