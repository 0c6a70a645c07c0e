//! The board: a column for each stage, a card for each order. Pure.

use maud::{Markup, html};
use rulewright_domain::{OrderId, Pipeline, ShopConfig, Stage, StageKind, account::Ability};

use super::{
    ask::{Ask, NOBODY},
    load::{Card, Column, Mark, pipelines},
};
use crate::{
    door::{Look, Visitor},
    listing,
    show::{self, Tone},
};

/// What stands around the orders of a pipeline.
pub struct Frame<'a> {
    pub visitor: &'a Visitor,
    pub config: &'a ShopConfig,
    pub pipeline: &'a Pipeline,
    pub ask: &'a Ask,
}

impl Frame<'_> {
    pub fn may_work(&self) -> bool {
        self.visitor.may(Ability::Work)
    }
}

/// The columns, and what makes their cards move.
pub fn board(frame: &Frame<'_>, columns: &[Column]) -> Markup {
    let (look, may_work) = (&frame.visitor.look, frame.may_work());
    let name = |key: &str| look.with(key, &[("card", "{card}".into()), ("stage", "{stage}".into())]);
    html! {
        rw-board data-picked=(name("board-picked")) data-over=(name("board-over")) data-dropped=(name("board-dropped"))
            data-back=(name("board-back")) data-lost=(look.text("board-lost")) {
            @if may_work { p.sr #board-how { (look.text("board-how")) } }
            p.sr role="status" aria-live="assertive" data-say="" {}
            div.board #board data-live="order payment run message" tabindex="0" role="region" aria-label=(look.text("board-label")) {
                @for (index, column) in columns.iter().enumerate() { (column_of(frame, index, column)) }
            }
            @if may_work { (move_dialog(frame)) }
        }
    }
}

fn column_of(frame: &Frame<'_>, index: usize, column: &Column) -> Markup {
    let Frame { visitor, ask, .. } = frame;
    let (look, may_work) = (&visitor.look, frame.may_work());
    let Column { stage, count, sums, cards, more } = column;
    let title = format!("column-{index}");
    html! {
        section class={ "column hue-" (hue(index, stage)) } id={ (title) "-part" } data-stage=(stage.id) aria-labelledby=(title) {
            h2 id=(title) { (stage.name) }
            p.muted {
                (look.with("board-count", &[("count", (*count).into())]))
                @for sum in sums { " · " (look.money(*sum)) }
            }
            ul.tiles { @for one in cards { (card(look, one, may_work)) } }
            @if cards.is_empty() { p.muted { (look.text(if ask.is_narrowed() { "board-none-found" } else { "board-none" })) } }
            @if *more {
                @let before = cards.last().map(|card| card.id.to_string()).unwrap_or_default();
                @let rest = Ask { stage: stage.id.0.clone(), before, ..(*ask).clone() };
                p.more { a.button.quiet href=(rest.address()) { (look.text("list-more")) } }
            }
        }
    }
}

/// Won and lost are told apart by more than a hue: by their names. The open ones take turns.
fn hue(index: usize, stage: &Stage) -> String {
    match stage.kind {
        StageKind::Open => (index % 6).to_string(),
        StageKind::Won => "won".to_owned(),
        StageKind::Lost => "lost".to_owned(),
    }
}

/// There are hundreds on a page: every byte counts.
fn card(look: &Look, card: &Card, may_work: bool) -> Markup {
    let address = format!("/orders/{}", card.id);
    html! {
        li.tile id={ "order-" (card.id) } data-row="" data-at=(card.revision) draggable=[may_work.then_some("true")] {
            a href=(address) aria-describedby=[may_work.then_some("board-how")] { (short(&card.number)) } b { (look.money(card.total)) }
            @if card.title != card.number && !card.title.is_empty() { p { (short(&card.title)) } }
            p.muted { (people(card)) }
            p {
                (look.since(card.since)) " " (flags(look, card)) (mark(look, card.mark))
                @if may_work {
                    // Without scripts it leads to the form that does the same.
                    a.button.quiet href={ (address) "#move" } data-move="" { (look.text("board-move")) }
                }
            }
        }
    }
}

pub fn people(card: &Card) -> String {
    let names: Vec<String> =
        [&card.client, &card.responsible].into_iter().flatten().map(|name| short(name)).collect();
    names.join(" · ")
}

pub fn flags(look: &Look, card: &Card) -> Markup {
    html! {
        @if card.late { i.late { (look.text("order-late")) } " " }
        @if card.canceled { i { (look.text("order-canceled")) } " " }
        @else if card.unpaid { i { (look.text("order-unpaid")) } " " }
    }
}

/// Sign, word and colour of how the automation stands; nothing where there is none.
pub fn mark(look: &Look, mark: Option<Mark>) -> Markup {
    match mark {
        None => html! {},
        Some(Mark::Failed) => Tone::Bad.pill(&look.text("run-failed")),
        Some(Mark::Parked) => Tone::Warn.pill(&look.text("run-parked")),
        Some(Mark::Running) => Tone::Busy.pill(&look.text("run-ready")),
        Some(Mark::Done) => Tone::Good.pill(&look.text("run-done")),
        Some(Mark::Waits(None)) => Tone::Wait.pill(&look.text("run-waiting")),
        Some(Mark::Waits(Some(until))) => {
            let span = look.span(until.0.saturating_sub(look.now.0));
            Tone::Wait.pill(&look.with("board-waits", &[("span", span.into())]))
        }
    }
}

/// The whole is on the order's page.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// One for all cards: scripts fill in which it is about. What a move sets in motion is told before it.
fn move_dialog(frame: &Frame<'_>) -> Markup {
    let look = &frame.visitor.look;
    html! {
        dialog #move aria-labelledby="move-title" {
            form.stack method="post" action="/orders" {
                h2 #move-title { (look.text("move-title")) " " span data-card="" {} }
                input type="hidden" name="revision" value="";
                fieldset {
                    legend { (look.text("order-stage")) }
                    @for (index, stage) in frame.pipeline.stages.iter().enumerate() {
                        @let id = format!("move-{index}");
                        div.choice {
                            input type="radio" name="stage" value=(stage.id) id=(id) required aria-describedby={ (id) "-runs" };
                            " " label for=(id) { (stage.name) }
                            p.help id={ (id) "-runs" } { (sets_in_motion(frame.visitor, frame.config, frame.pipeline, stage, None)) }
                        }
                    }
                }
                div.row {
                    button type="submit" { (look.text("board-move")) }
                    button.quiet type="button" data-close-dialog="" { (look.text("cancel")) }
                }
            }
        }
    }
}

/// "Runs 3 rules: .., .. and ..", and the way to try them with the order. None: scripts say which one it is.
pub fn sets_in_motion(
    visitor: &Visitor,
    config: &ShopConfig,
    pipeline: &Pipeline,
    stage: &Stage,
    order: Option<OrderId>,
) -> Markup {
    let look = &visitor.look;
    if !config.automates(pipeline.kind) {
        return html! { (look.text("move-runs-nothing")) };
    }
    let rules = config.rules(&pipeline.id, &stage.id).iter().filter(|rule| rule.active);
    let names: Vec<&str> = rules.map(|rule| rule.name.as_str()).collect();
    html! {
        @if names.is_empty() { (look.text("move-runs-nothing")) }
        @else {
            (look.with("move-runs", &[("count", names.len().into()), ("rules", names.join(", ").into())]))
            @if visitor.may(Ability::Edit) { " " a href=(dry_run(pipeline, stage, order)) data-dry-run="" { (look.text("move-dry-run")) } }
        }
    }
}

/// Where the rules of a stage are tried without sending anything.
fn dry_run(pipeline: &Pipeline, stage: &Stage, order: Option<OrderId>) -> String {
    let segment: String = form_urlencoded::byte_serialize(pipeline.id.0.as_bytes()).collect();
    // In a path a space is no plus.
    let path = format!("/automation/{}/dry-run", segment.replace('+', "%20"));
    let order = order.map(|id| id.to_string()).unwrap_or_default();
    listing::address(&path, &[("stage", stage.id.0.as_str()), ("published", "1"), ("order", &order)])
}

/// Which pipeline, which orders of it, and how.
pub fn filters(frame: &Frame<'_>) -> Markup {
    let Frame { visitor, config, pipeline, ask } = frame;
    let look = &visitor.look;
    html! {
        form.filters method="get" action="/orders" role="search" {
            label { (look.text("order-pipeline"))
                select name="pipeline" {
                    @for one in pipelines(config) { option value=(one.id) selected[one.id == pipeline.id] { (one.name) } }
                }
            }
            label { (look.text("orders-search"))
                input type="search" name="q" value=(ask.q) placeholder=(look.text("orders-search-help"));
            }
            label { (look.text("order-responsible"))
                select name="responsible" {
                    option value="" { (look.text("orders-anybody")) }
                    option value=(NOBODY) selected[ask.responsible == NOBODY] { (look.text("order-nobody")) }
                    @for employee in config.employees.values() {
                        @let id = employee.id.to_string();
                        option value=(id) selected[ask.responsible == id] { (employee.name) }
                    }
                }
            }
            label.check { input type="checkbox" name="late" value="1" checked[!ask.late.is_empty()]; " " (look.text("order-late")) }
            label.check { input type="checkbox" name="failed" value="1" checked[!ask.failed.is_empty()]; " " (look.text("orders-failed")) }
            @if ask.is_list() {
                input type="hidden" name="view" value="list";
                label { (look.text("order-stage"))
                    select name="stage" {
                        option value="" { (look.text("orders-any-stage")) }
                        @for stage in &pipeline.stages { option value=(stage.id) selected[stage.id.0 == ask.stage] { (stage.name) } }
                    }
                }
            }
            button.quiet type="submit" { (look.text("orders-apply")) }
            @if ask.is_narrowed() {
                @let bare = Ask { view: ask.view.clone(), pipeline: ask.pipeline.clone(), ..Ask::default() };
                a href=(bare.address()) { (look.text("list-clear")) }
            }
        }
    }
}

/// Nothing to show at all: what this is, and the one thing to do.
pub fn no_pipelines(look: &Look) -> Markup {
    show::empty(
        &look.text("orders-no-pipeline"),
        Some((&look.text("orders-no-pipeline-next"), "/automation")),
    )
}

#[cfg(test)]
mod tests {
    use rulewright_domain::account::Role;

    use super::*;
    use crate::orders::sample;

    #[test]
    fn a_card_is_small_and_says_what_matters() {
        let look = sample::look("en");
        let card_of = Card { number: "536365".into(), ..sample::card(1042) };
        let html = card(&look, &card_of, true).into_string();
        assert!(html.len() < 600, "{} bytes: {html}", html.len());
        for part in
            ["536365", "84.00", "Mira Holm · Dana", ">3\u{a0}d<", "Late", "Failed", "/orders/ord_1042", "Tea"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_viewer_has_nothing_to_move_a_card_by() {
        let html = card(&sample::look("en"), &sample::card(1), false).into_string();
        assert!(!html.contains("data-move") && !html.contains("draggable"), "{html}");
    }

    #[test]
    fn a_move_tells_before_it_which_rules_it_starts() {
        let (config, pipeline) = (sample::config(), sample::pipeline());
        let told = |at: usize, order: Option<OrderId>| {
            let visitor = sample::visitor(Role::Editor);
            sets_in_motion(&visitor, &config, &pipeline, &pipeline.stages[at], order).into_string()
        };
        assert!(
            told(0, None).contains("Runs 2 rules: Thank, Call")
                && told(0, None).contains("/automation/orders/dry-run?stage=new&amp;published=1\"")
        );
        let one = told(0, Some(OrderId(1042)));
        assert!(one.contains("?stage=new&amp;published=1&amp;order=ord_1042\""), "{one}");
        assert!(told(1, None).contains("no rules"), "{}", told(1, None));
    }

    #[test]
    fn names_are_cut_between_letters() {
        assert_eq!(short(&"ä".repeat(60)), "ä".repeat(60));
        assert_eq!(short(&"ä".repeat(61)), format!("{}…", "ä".repeat(60)));
    }
}
