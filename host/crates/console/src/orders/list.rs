//! The orders of a pipeline as a table, with what is done to many of them at once. Pure.

use maud::{Markup, html};

use super::{
    ask::{Ask, NOBODY},
    board::{Frame, flags, mark},
    bulk,
    job::MOST,
    load::Card,
};
use crate::show;

pub fn list(frame: &Frame<'_>, cards: &[Card], more: bool) -> Markup {
    let Frame { visitor, ask, .. } = frame;
    let look = &visitor.look;
    if cards.is_empty() {
        let (text, next) = match ask.is_narrowed() || !ask.before.is_empty() {
            true => ("orders-none-found", "list-clear"),
            false => ("orders-none", "order-new"),
        };
        let bare = Ask { view: "list".into(), pipeline: ask.pipeline.clone(), ..Ask::default() };
        let to = if next == "order-new" { "/orders/new".to_owned() } else { bare.address() };
        return show::empty(&look.text(text), Some((&look.text(next), &to)));
    }
    let before = cards.last().map(|card| card.id.to_string()).unwrap_or_default();
    let next = more.then(|| Ask { before, ..(*ask).clone() }.address());
    html! {
        @if frame.may_work() {
            form method="post" action="/orders/bulk" {
                @for (name, value) in ask.parts() { input type="hidden" name=(name) value=(value); }
                (actions(frame))
                (table(frame, cards))
            }
        } @else { (table(frame, cards)) }
        (show::more(look, next))
    }
}

fn actions(frame: &Frame<'_>) -> Markup {
    let look = &frame.visitor.look;
    html! {
        fieldset.row {
            legend { (look.text("bulk-title")) }
            label { input type="radio" name="which" value="chosen" checked; " " (look.text("bulk-chosen")) }
            label { input type="radio" name="which" value="all"; " " (look.with("bulk-all", &[("most", MOST.into())])) }
            label { (look.text("bulk-move-to")) " "
                select name="to-stage" {
                    option value="" { "–" }
                    @for stage in &frame.pipeline.stages { option value=(stage.id) { (stage.name) } }
                }
            }
            label { (look.text("bulk-assign-to")) " "
                select name="to-employee" {
                    option value="" { "–" }
                    option value=(NOBODY) { (look.text("order-nobody")) }
                    @for employee in frame.config.employees.values() { option value=(employee.id) { (employee.name) } }
                }
            }
            @let rules = bulk::rules(frame.config, frame.pipeline);
            @if !rules.is_empty() {
                label { (look.text("bulk-run")) " "
                    select name="to-rule" {
                        option value="" { "–" }
                        @for (stage, rule) in rules { option value=(rule.id) { (stage.name) ": " (rule.name) } }
                    }
                }
            }
            button type="submit" { (look.text("bulk-start")) }
        }
    }
}

fn table(frame: &Frame<'_>, cards: &[Card]) -> Markup {
    let look = &frame.visitor.look;
    let stage = |card: &Card| {
        frame.pipeline.stage(&card.stage).map_or_else(|| card.stage.to_string(), |stage| stage.name.clone())
    };
    // Not under the hand of somebody who chooses rows: a look anew would take their choice away.
    let live = (!frame.may_work()).then_some("order payment run message");
    html! {
        div.scroll #orders tabindex="0" role="region" aria-label=(look.text("orders-table")) data-live=[live] {
            table {
                thead {
                    tr {
                        @if frame.may_work() { th scope="col" { span.sr { (look.text("bulk-choose")) } } }
                        th scope="col" { (look.text("order-number")) }
                        th scope="col" { (look.text("order-title")) }
                        th scope="col" { (look.text("order-client")) }
                        th scope="col" { (look.text("order-stage")) }
                        th scope="col" { (look.text("order-age")) }
                        th scope="col" { (look.text("order-responsible")) }
                        th.end-text scope="col" { (look.text("order-total")) }
                        th scope="col" { (look.text("order-automation")) }
                    }
                }
                tbody {
                    @for card in cards {
                        tr id={ "row-" (card.id) } data-row="" {
                            @if frame.may_work() {
                                td { input type="checkbox" name="order" value=(card.id) aria-label=(look.with("bulk-choose-one", &[("number", card.number.as_str().into())])); }
                            }
                            td { a href={ "/orders/" (card.id) } { (card.number) } }
                            td { (card.title) }
                            td { @if let Some(client) = &card.client { (client) } }
                            td { (stage(card)) }
                            td { (look.since(card.since)) " " (flags(look, card)) }
                            td { @if let Some(name) = &card.responsible { (name) } }
                            td.end-text.nowrap { (look.money(card.total)) }
                            td { (mark(look, card.mark)) }
                        }
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

    fn shown(role: Role, ask: &Ask, cards: &[Card], more: bool) -> String {
        let (visitor, config, pipeline) = (sample::visitor(role), sample::config(), sample::pipeline());
        let frame = Frame { visitor: &visitor, config: &config, pipeline: &pipeline, ask };
        list(&frame, cards, more).into_string()
    }

    #[test]
    fn nothing_there_and_nothing_found_are_two_things() {
        let none = shown(Role::Operator, &Ask::default(), &[], false);
        let found = shown(Role::Operator, &Ask { q: "x".into(), ..Ask::default() }, &[], false);
        assert!(none.contains("/orders/new") && !found.contains("/orders/new"), "{none}\n{found}");
        assert!(found.contains("Clear filters"), "{found}");
    }

    #[test]
    fn the_next_page_comes_after_the_last_row_with_the_same_filters() {
        let ask = Ask { pipeline: "orders".into(), stage: "new".into(), ..Ask::default() };
        let html = shown(Role::Viewer, &ask, &[sample::card(9), sample::card(4)], true);
        assert!(html.contains("/orders?pipeline=orders&amp;stage=new&amp;before=ord_4"), "{html}");
        assert!(!html.contains("checkbox") && !html.contains("/orders/bulk"), "a viewer changes nothing");
    }

    #[test]
    fn whoever_may_work_chooses_rows_and_what_is_done_to_them() {
        let html = shown(Role::Operator, &Ask::default(), &[sample::card(9)], false);
        for part in [
            "value=\"ord_9\" aria-label=\"Choose 1009\"",
            "name=\"to-stage\"",
            "name=\"to-employee\"",
            "value=\"emp_1\"",
            "name=\"to-rule\"",
            "value=\"r1\">New: Thank<",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
