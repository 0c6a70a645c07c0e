//! A part as a form: drawn, and read back.

use maud::{Markup, html};
use rulewright_domain::{DraftSave, StageId, account::Ability, automation::Which};
use serde_json::Value;

use super::{Desk, change::Part, offer::Offer, publish::edit_line};
use crate::{
    door::Visitor,
    forms::{
        self, Choices, Posted, Problem,
        condition::{Conditions, read_condition},
        when::{Sample, Times, Timing, read_timing},
    },
    trouble::Trouble,
};

/// A form with what stands in it, and what is wrong with that.
pub struct Filled {
    pub part: Part,
    /// What its time sends: as somebody wrote it, where it cannot be read.
    timing: Vec<(String, String)>,
    /// A condition that is written down as text.
    text: Option<String>,
    pub problems: Vec<Problem>,
    /// Why it could not be saved.
    pub noted: Option<Trouble>,
    /// What others have saved since it was opened.
    pub meanwhile: Vec<DraftSave>,
}

impl Filled {
    /// As it is saved.
    pub fn saved(desk: &Desk, part: Part) -> Filled {
        let timing = match &part {
            Part::Rule(rule) => Timing::of(rule).pairs("", &desk.config.shop.time_zone),
            Part::Trigger(_) => Vec::new(),
        };
        Filled { part, timing, text: None, problems: Vec::new(), noted: None, meanwhile: Vec::new() }
    }

    /// As somebody has sent it. What is not in the form stays what it was.
    pub fn read(visitor: &Visitor, desk: &Desk, before: Part, pairs: Vec<(String, String)>) -> Filled {
        let offer = Offer::of(visitor, desk);
        let posted = Posted::of(&pairs);
        let mut problems = Vec::new();
        let condition = read_condition(&pairs, "/condition", offer.fields());
        let text = condition.text;
        let condition = condition.condition.unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let name = posted.last("name").unwrap_or_default().trim().to_owned();
        if name.is_empty() {
            problems.push(Problem::new("/name", visitor.text("part-needs-name")));
        }
        let mut part = before;
        match &mut part {
            Part::Rule(rule) => {
                rule.name = name;
                rule.condition = condition;
                rule.active = posted.ticked("active");
                rule.shadow = posted.ticked("shadow");
                match read_timing(&pairs, "") {
                    Ok(timing) => timing.put(rule),
                    Err(wrong) => problems.extend(wrong.into_iter().map(|problem| Problem {
                        message: visitor.look.words.text(&problem.message),
                        ..problem
                    })),
                }
            }
            Part::Trigger(trigger) => {
                trigger.name = name;
                trigger.condition = condition;
                trigger.active = posted.ticked("active");
                trigger.allow_previous = posted.ticked("allow-previous");
                trigger.include_changes_by_rules = posted.ticked("include-changes-by-rules");
                trigger.which =
                    if posted.last("which") == Some("newest") { Which::Newest } else { Which::All };
            }
        }
        if let Some(plugin) = desk.config.plugins.get(part.plugin()) {
            let schema = &plugin.manifest.settings;
            let mut settings = forms::read_at(schema, &pairs, "/settings");
            forms::keep_secrets(schema, part.settings(), &mut settings);
            part.set_settings(settings);
        }
        Filled { part, timing: pairs, text, problems, noted: None, meanwhile: Vec::new() }
    }

    /// Those at a pointer and below it, as that part of the form knows them.
    fn at(&self, pointer: &str) -> Vec<Problem> {
        let below = |problem: &Problem| {
            let rest = problem.pointer.strip_prefix(pointer)?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| Problem { pointer: rest.to_owned(), ..problem.clone() })
        };
        self.problems.iter().filter_map(below).collect()
    }

    /// Those of the form as a whole, such as a plugin that is not there.
    fn elsewhere(&self) -> Vec<&Problem> {
        const PLACES: [&str; 5] = ["/settings", "/condition", "/when", "/name", "/after-previous"];
        self.problems
            .iter()
            .filter(|problem| !PLACES.iter().any(|place| problem.pointer.starts_with(place)))
            .collect()
    }
}

/// What somebody who comes second did not see.
fn meanwhile(visitor: &Visitor, desk: &Desk, saves: &[DraftSave]) -> Markup {
    html! {
        @if !saves.is_empty() {
            p { strong { (visitor.text("part-meanwhile")) } }
            ul #meanwhile {
                @for save in saves {
                    @for edit in &save.edits {
                        li {
                            (edit_line(visitor, desk, edit))
                            span.muted { @if let Some(by) = &save.by { " · " (by.name()) } " · " (visitor.look.at(save.at)) }
                        }
                    }
                }
            }
        }
    }
}

/// What stands beside the stages: the form, and what else can be done with the part.
pub fn side(visitor: &Visitor, desk: &Desk, stage: &StageId, filled: &Filled) -> Markup {
    let part = &filled.part;
    let edits = visitor.may(Ability::Edit);
    let at = format!("{}/parts/{}", desk.at(), part.id());
    let known = desk.config.plugins.get(part.plugin());
    html! {
        div.head {
            h2 { (part.name()) }
            a.end href=(desk.at()) aria-label=(visitor.text("close")) { "✕" }
        }
        p.help lang="en" { @if let Some(known) = known { (known.manifest.description) } }
        @if let Some(trouble) = &filled.noted {
            (trouble.note(&visitor.look))
            (meanwhile(visitor, desk, &filled.meanwhile))
            p { a href=(at) { (visitor.text("part-reload")) } }
        }
        @for problem in filled.elsewhere() { div.note.bad role="alert" { p { (problem.shown()) } } }
        form #part-form method="post" action=(at)
            hx-post={ (at) "/check" } hx-trigger="input delay:300ms, change" hx-target="#side" hx-swap="innerMorph" hx-sync="this:replace" {
            fieldset.plain disabled[!edits] {
                input type="hidden" name="version" value=(desk.version);
                @if let Some(sample) = &desk.sample { input type="hidden" name="order" value=(sample.order.id); }
                (fields(visitor, desk, stage, filled))
            }
            @if edits {
                div.bar {
                    button type="submit" { (visitor.text("part-save")) }
                    " " span.error role="status" data-unchecked="" hidden { (visitor.text("part-unchecked")) }
                }
            }
        }
        (sample(visitor, desk, stage, part))
        @if edits { (places(visitor, desk, stage, part, &at)) }
    }
}

fn fields(visitor: &Visitor, desk: &Desk, stage: &StageId, filled: &Filled) -> Markup {
    let offer = Offer::of(visitor, desk);
    let words = &visitor.look.words;
    let part = &filled.part;
    let unnamed = filled.at("/name");
    // Whoever may only look gets nothing that some field might show.
    let shown = super::shown_settings(&desk.config, part.plugin(), part.settings());
    let value = if visitor.may(Ability::Edit) { part.settings() } else { &shown };
    html! {
        div.field {
            label for="part-name" { (visitor.text("part-name")) }
            input #part-name name="name" value=(part.name()) required aria-invalid=[(!unnamed.is_empty()).then_some("true")] aria-describedby="part-name-error";
            p.error #part-name-error { @for problem in &unnamed { (problem.shown()) } }
        }
        (tick("active", part.is_active(), &visitor.text("part-active"), None))
        @if let Some(known) = desk.config.plugins.get(part.plugin()) {
            @let problems = filled.at("/settings");
            (forms::Form { schema: &known.manifest.settings, value, problems: &problems, choices: &offer, names: "/settings" }.draw(words))
        }
        @if let Part::Rule(rule) = part {
            @let problems: Vec<Problem> = filled.problems.iter().filter(|one| one.pointer.starts_with("/when") || one.pointer.starts_with("/after")).cloned().collect();
            @let first = desk.stages.get(stage).and_then(|on| on.rules.first()).is_none_or(|first| first.id == rule.id);
            fieldset {
                legend { (visitor.text("part-when")) }
                (Times {
                    pairs: &filled.timing,
                    problems: &problems,
                    choices: &offer,
                    names: "",
                    has_previous: !first,
                    sample: desk.sample.as_ref().map(|sample| Sample { order: &sample.order, shop: &desk.config.shop }),
                }.draw(words))
            }
        }
        @let problems = filled.at("/condition");
        (Conditions { condition: part.condition(), text: filled.text.as_deref(), problems: &problems, choices: &offer, names: "/condition" }.draw(words))
        @match part {
            Part::Rule(rule) => (tick("shadow", rule.shadow, &visitor.text("part-shadow"), Some(&visitor.text("part-shadow-help")))),
            Part::Trigger(trigger) => {
                (tick("allow-previous", trigger.allow_previous, &visitor.text("part-allow-previous"), None))
                (tick("include-changes-by-rules", trigger.include_changes_by_rules, &visitor.text("part-by-rules"), None))
                fieldset.row {
                    legend { (visitor.text("part-which")) }
                    label { input type="radio" name="which" value="all" checked[trigger.which == Which::All]; " " (visitor.text("part-which-all")) }
                    label { input type="radio" name="which" value="newest" checked[trigger.which == Which::Newest]; " " (visitor.text("part-which-newest")) }
                }
            },
        }
    }
}

fn tick(name: &str, on: bool, label: &str, help: Option<&str>) -> Markup {
    let described = help.map(|_| format!("{name}-help"));
    html! {
        div.field {
            // A box that is not ticked sends nothing: this says that it was there.
            input type="hidden" name=(name) value="false";
            label { input type="checkbox" name=(name) value="true" checked[on] aria-describedby=[described.as_deref()]; " " (label) }
            @if let Some(help) = help { p.help id=[described.as_deref()] { (help) } }
        }
    }
}

/// The order that conditions and inserted values are tried with.
fn sample(visitor: &Visitor, desk: &Desk, stage: &StageId, part: &Part) -> Markup {
    html! {
        @if let Some(sample) = &desk.sample {
            p.muted {
                (visitor.text("part-sample")) " "
                a href={ "/orders/" (sample.order.id) } { (sample.order.number) " " (sample.order.title) }
            }
        }
        @if part.is_rule() {
            p.row {
                @if visitor.may(Ability::Edit) {
                    a.button.quiet href={ (desk.at()) "/dry-run?stage=" (stage) "&rule=" (part.id()) } { (visitor.text("dry-run")) }
                }
                @if desk.published().and_then(|stages| super::change::find(stages, part.id())).is_some() && visitor.may(Ability::Work) {
                    a.button.quiet href={ (desk.at()) "/rules/" (part.id()) "/run-now" } { (visitor.text("run-now-open")) }
                }
                a.button.quiet href={ "/runs?rule=" (part.id()) } { (visitor.text("nav-runs")) }
            }
        }
    }
}

/// Moving, copying and removing: each a button of a form of its own.
fn places(visitor: &Visitor, desk: &Desk, stage: &StageId, part: &Part, at: &str) -> Markup {
    let button =
        |what: &str, label: &str| html! { button.quiet type="submit" name="do" value=(what) { (label) } };
    html! {
        form.row.places method="post" action={ (at) "/place" } {
            input type="hidden" name="version" value=(desk.version);
            (button("up", &visitor.text("part-up")))
            (button("down", &visitor.text("part-down")))
            (button("copy", &visitor.text("part-copy")))
        }
        form.row.places method="post" action={ (at) "/place" } {
            input type="hidden" name="version" value=(desk.version);
            label.sr for="part-to" { (visitor.text("part-to-stage")) }
            select #part-to name="do" {
                @for other in desk.pipeline.stages.iter().filter(|other| other.id != *stage) {
                    option value={ "to:" (other.id) } { (visitor.with("part-to", &[("stage", other.name.as_str().into())])) }
                }
            }
            button.quiet type="submit" { (visitor.text("part-move")) }
        }
        form method="post" action={ (at) "/place" }
            data-confirm=(visitor.with("part-remove-confirm", &[("name", part.name().into())])) data-confirm-yes=(visitor.text("part-remove")) data-confirm-no=(visitor.text("cancel")) {
            input type="hidden" name="version" value=(desk.version);
            input type="hidden" name="do" value="remove";
            button.danger type="submit" { (visitor.text("part-remove")) }
        }
    }
}

impl Part {
    pub fn plugin(&self) -> &rulewright_domain::plugin::PluginId {
        match self {
            Part::Rule(rule) => &rule.plugin,
            Part::Trigger(trigger) => &trigger.plugin,
        }
    }

    fn settings(&self) -> &Value {
        match self {
            Part::Rule(rule) => &rule.settings,
            Part::Trigger(trigger) => &trigger.settings,
        }
    }

    fn set_settings(&mut self, settings: Value) {
        match self {
            Part::Rule(rule) => rule.settings = settings,
            Part::Trigger(trigger) => trigger.settings = settings,
        }
    }

    fn condition(&self) -> Option<&rulewright_domain::Condition> {
        match self {
            Part::Rule(rule) => rule.condition.as_ref(),
            Part::Trigger(trigger) => trigger.condition.as_ref(),
        }
    }

    fn is_active(&self) -> bool {
        match self {
            Part::Rule(rule) => rule.active,
            Part::Trigger(trigger) => trigger.active,
        }
    }
}
