//! What happened to an order, newest first, day by day: what people wrote, and what rules did.

use jiff::civil::Date;
use maud::{Markup, html};
use rulewright_domain::{
    Actor, Entry, EntryId, EntryKind, OrderId, Run, ShopId, Subject, Timestamp, account::Ability,
};
use rulewright_ports::{
    Reads, StorageError,
    storage::{EntryQuery, Page},
};
use serde::Deserialize;
use serde_json::Value;

use super::one::Seen;
use crate::{
    door::{Look, Visitor},
    names, reasons, show,
};

/// Entries of one page.
const OF_PAGE: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// One of [`TABS`]; anything else is all.
    show: String,
    before: String,
    /// Of the panel beside it: an earlier stay in a stage.
    visit: String,
}

const TABS: [(&str, &str); 4] = [
    ("", "timeline-all"),
    ("messages", "timeline-messages"),
    ("runs", "timeline-runs"),
    ("stage", "timeline-stage"),
];

impl Wanted {
    pub fn visit(&self) -> Option<u64> {
        self.visit.parse().ok()
    }

    fn tab(&self) -> &'static str {
        TABS.iter().map(|(name, _)| *name).find(|name| *name == self.show).unwrap_or_default()
    }

    fn kinds(&self) -> &'static [EntryKind] {
        match self.tab() {
            "messages" => &[EntryKind::Message],
            "stage" => &[EntryKind::StageChange],
            _ => EntryKind::TIMELINE,
        }
    }
}

/// A page of it.
#[derive(Debug, Default)]
pub struct Past {
    pub entries: Vec<Entry>,
    /// Indices of those of the order's runs that belong to the same stretch of time.
    pub runs: Vec<usize>,
    pub more: Option<EntryId>,
}

pub fn read(
    reads: &mut dyn Reads,
    shop: ShopId,
    order: OrderId,
    wanted: &Wanted,
    runs: &[Run],
) -> Result<Past, StorageError> {
    if wanted.tab() == "runs" {
        return Ok(Past { runs: (0..runs.len()).collect(), ..Past::default() });
    }
    let before: Option<EntryId> = wanted.before.parse().ok();
    let query = EntryQuery { at: Some(Subject::Order(order)), kinds: wanted.kinds().to_vec() };
    let page = Page { after: before.map(|id| id.0), limit: OF_PAGE as u32 + 1, newest_first: true };
    let mut entries = reads.entries(shop, &query, page)?;
    let more = entries.len() > OF_PAGE;
    entries.truncate(OF_PAGE);
    let more = entries.last().filter(|_| more).map(|entry| entry.id);
    let until = match before {
        Some(id) => reads.entry(shop, id)?.map(|entry| entry.at),
        None => None,
    };
    let from = more.and_then(|_| entries.last()).map(|entry| entry.at);
    let runs = match wanted.tab() {
        "" => during(runs, from, until),
        _ => Vec::new(),
    };
    Ok(Past { entries, runs, more })
}

/// From the moment, and before the other.
fn during(runs: &[Run], from: Option<Timestamp>, until: Option<Timestamp>) -> Vec<usize> {
    let inside =
        |run: &Run| from.is_none_or(|from| at(run) >= from) && until.is_none_or(|until| at(run) < until);
    runs.iter().enumerate().filter(|(_, run)| inside(run)).map(|(index, _)| index).collect()
}

/// Where a run stands among what happened.
fn at(run: &Run) -> Timestamp {
    run.ended.unwrap_or(run.ready_at.max(run.created))
}

enum Line<'a> {
    Entry(&'a Entry),
    Run(&'a Run),
}

impl Line<'_> {
    fn at(&self) -> Timestamp {
        match self {
            Line::Entry(entry) => entry.at,
            Line::Run(run) => at(run),
        }
    }
}

pub fn timeline(visitor: &Visitor, seen: &Seen, wanted: &Wanted) -> Markup {
    let look = &visitor.look;
    let here = format!("/orders/{}", seen.order.id);
    let mut lines: Vec<Line<'_>> = seen.past.entries.iter().map(Line::Entry).collect();
    lines.extend(seen.past.runs.iter().filter_map(|index| seen.runs.get(*index)).map(Line::Run));
    lines.sort_by_key(|line| std::cmp::Reverse(line.at()));
    let more = seen.past.more.map(|id| format!("{here}?show={}&before={id}#timeline-title", wanted.tab()));
    html! {
        section.card aria-labelledby="timeline-title" {
            h2 #timeline-title { (look.text("timeline-title")) }
            @if visitor.may(Ability::Work) {
                form.stack method="post" action={ (here) "/comments" } {
                    label for="comment" { (look.text("comment-label")) }
                    textarea #comment name="text" required maxlength="10000" rows="3" {}
                    button type="submit" { (look.text("comment-add")) }
                }
            }
            nav.tabs aria-label=(look.text("timeline-title")) {
                @for (name, key) in TABS {
                    @let address = if name.is_empty() { here.clone() } else { format!("{here}?show={name}") };
                    a href=(address) aria-current=[(wanted.tab() == name).then_some("true")] { (look.text(key)) }
                }
            }
            div #timeline data-live="any" data-live-order=(seen.order.id) {
                @if lines.is_empty() { p.muted { (look.text("timeline-empty")) } }
                @for (day, lines) in by_day(look, lines) {
                    @if let Some(day) = day { h3 { (day.to_string()) } }
                    ul.list.story { @for line in lines { (shown(look, seen, &line)) } }
                }
                (show::more(look, more))
            }
        }
    }
}

fn by_day<'a>(look: &Look, lines: Vec<Line<'a>>) -> Vec<(Option<Date>, Vec<Line<'a>>)> {
    let mut days: Vec<(Option<Date>, Vec<Line<'a>>)> = Vec::new();
    for line in lines {
        let day = line.at().civil().map(|at| at.to_zoned(look.zone.clone()).date());
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, lines)) => lines.push(line),
            None => days.push((day, vec![line])),
        }
    }
    days
}

fn shown(look: &Look, seen: &Seen, line: &Line<'_>) -> Markup {
    match line {
        Line::Run(run) => html! {
            li id=(run.id) data-kind="run" {
                p { (look.at(at(run))) " " a href={ "/runs/" (run.id) } { (run.rule_name) } " " (look.run_state(&run.state, did_something(run))) }
                @if let Some(reason) = reasons::of_state(look, &seen.config, &run.state) { p.muted { (reason) } }
            }
        },
        Line::Entry(entry) => html! {
            li id=(entry.id) data-kind=(entry.kind.name()) {
                p { (look.at(entry.at)) " " strong { (look.text(kind_key(entry.kind))) } " " span.muted { (by(look, &entry.by)) } }
                p.written { (told(look, seen, entry)) }
            }
        },
    }
}

fn kind_key(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Comment => "entry-comment",
        EntryKind::Payment => "entry-payment",
        EntryKind::StageChange => "entry-stage-change",
        EntryKind::Document => "entry-document",
        EntryKind::Message => "entry-message",
        EntryKind::Activity => "entry-activity",
        EntryKind::Task => "entry-task",
        _ => "entry-other",
    }
}

fn by(look: &Look, actor: &Actor) -> Markup {
    html! {
        (look.text("timeline-by")) " "
        @match actor {
            Actor::Rule { run, name, .. } => a href={ "/runs/" (run) } { (name) },
            other => (other.name()),
        }
    }
}

/// Stages by their names, and in the language of whoever looks what the host itself says.
fn told(look: &Look, seen: &Seen, entry: &Entry) -> Markup {
    let named = |id: &str| names::stage(&seen.config, &seen.order.pipeline, &id.into());
    let detail = |name: &str| entry.details.get(name).and_then(Value::as_str).unwrap_or_default();
    if entry.kind == EntryKind::StageChange {
        let key = match detail("not-moved") {
            "past" => Some("timeline-not-moved-past"),
            "closed" => Some("timeline-not-moved-closed"),
            _ => None,
        };
        if let Some(key) = key {
            let said = look.with(key, &[("stage", named(detail("to")).into())]);
            return html! { (said) };
        }
    }
    match (entry.kind, entry.text.split_once(" -> ")) {
        (EntryKind::StageChange, Some((from, to))) => html! { (named(from)) " → " (named(to)) },
        _ => reasons::noted(look, entry),
    }
}

fn did_something(run: &Run) -> bool {
    run.trace.iter().any(|step| !step.effects.is_empty())
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{RunState, account::Role};
    use serde_json::json;

    use super::*;
    use crate::orders::sample;

    fn entry(id: i64, kind: &str, hours: i64, text: &str) -> Entry {
        serde_json::from_value(json!({
            "id": format!("ent_{id}"), "shop": "shop_1", "order": "ord_1", "kind": kind,
            "at": sample::NOW.plus(-hours * 3_600_000), "by": {"type": "host"}, "text": text,
        }))
        .unwrap()
    }

    fn seen(entries: Vec<Entry>, runs: Vec<Run>) -> Seen {
        let past = Past { entries, runs: (0..runs.len()).collect(), more: None };
        let order = sample::order(1).into();
        Seen { config: sample::config().into(), order, clients: Vec::new(), runs, past }
    }

    #[test]
    fn entries_and_runs_stand_in_one_order_day_by_day() {
        let run = Run { ended: Some(sample::NOW.plus(-2 * 3_600_000)), ..sample::run(7, RunState::Done) };
        let entries = vec![entry(2, "comment", 1, "Call <her>"), entry(1, "stage-change", 30, "new -> paid")];
        let html = timeline(&sample::visitor(Role::Viewer), &seen(entries, vec![run]), &Wanted::default())
            .into_string();
        let at = |part: &str| html.find(part).unwrap_or_else(|| panic!("{part}: {html}"));
        assert!(at("Call &lt;her&gt;") < at("/runs/run_7") && at("/runs/run_7") < at("New → Paid"), "{html}");
        assert_eq!(html.matches("<h3>").count(), 2);
        assert!(
            html.contains("<time datetime=") && !html.contains("<textarea"),
            "a viewer writes nothing: {html}"
        );
    }

    #[test]
    fn a_trigger_that_moved_nothing_back_is_told_in_the_language_of_whoever_looks() {
        let stays = Entry {
            details: json!({ "not-moved": "past", "to": "new", "trigger": "t" }),
            ..entry(1, "stage-change", 1, "Not moved: order is already past this stage (New)")
        };
        let seen = seen(vec![stays.clone()], Vec::new());
        let said = |language: &str| told(&sample::look(language), &seen, &stays).into_string();
        assert_eq!(said("en"), "Not moved: order is already past this stage (New)");
        assert_eq!(said("de"), "Nicht verschoben: Der Auftrag ist schon über diese Phase hinaus (New)");
    }

    #[test]
    fn runs_come_with_the_page_of_entries_of_their_time() {
        let at = |hours: i64| sample::NOW.plus(-hours * 3_600_000);
        let runs: Vec<Run> = [1, 5, 9]
            .map(|hours| Run { ended: Some(at(hours)), ..sample::run(hours, RunState::Done) })
            .into();
        assert_eq!(during(&runs, Some(at(5)), None), [0, 1]);
        assert_eq!(during(&runs, None, Some(at(5))), [2]);
        assert_eq!(during(&runs, None, None), [0, 1, 2]);
    }

    #[test]
    fn what_the_engine_has_noted_is_told_in_the_language_of_the_page() {
        let told = |kind: &str, text: &str| {
            let told = told(&sample::look("de"), &seen(Vec::new(), Vec::new()), &entry(1, kind, 1, text));
            told.into_string()
        };
        assert_eq!(told("payment", "12.50 GBP received"), "12.50 GBP eingegangen");
        assert_eq!(told("message", "sms sent"), "SMS gesendet");
        assert_eq!(told("message", "sms delivered"), "SMS angekommen");
        assert!(told("message", "sms not sent: no such number").contains("<span lang=\"en\">no such"));
        assert_eq!(told("comment", "12.50 GBP received"), "12.50 GBP received", "somebody wrote it");
    }

    #[test]
    fn a_tab_that_is_not_there_is_all_of_it() {
        let tab = |show: &str| Wanted { show: show.into(), ..Wanted::default() }.tab();
        assert_eq!((tab("runs"), tab("x"), tab("")), ("runs", "", ""));
    }
}
