//! The stages of a pipeline as columns: triggers above, rules below, in the order in which they run.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{
    Edit, OrderId, RuleSpec, StageId, TriggerSpec, When, account::Ability, plugin::PluginId,
};
use serde::Deserialize;

use super::Desk;
use crate::{
    Console,
    door::{See, Visitor},
    names,
    shell::{self, Page, Place},
    show::Tone,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}", get(show))
}

#[derive(Deserialize)]
pub struct Asked {
    /// The order that things are tried with.
    pub order: Option<OrderId>,
}

async fn show(
    State(console): State<Console>,
    See(visitor): See,
    Path(pipeline): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, asked.order).await?;
    Ok(page(&visitor, &desk, None, None))
}

/// The whole page. `open` is the part whose form stands beside it.
pub fn page(visitor: &Visitor, desk: &Desk, open: Option<&str>, side: Option<Markup>) -> Markup {
    let title = visitor.with("automation-of", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let body = html! {
        (head(visitor, desk))
        div.desk.with-side[side.is_some()] {
            div #columns .columns.scroll tabindex="0" role="region" aria-label=(visitor.text("automation-stages"))
                data-parts-at=[visitor.may(Ability::Edit).then(|| format!("{}/parts", desk.at()))] data-version=(desk.version) {
                @for stage in &desk.pipeline.stages { (column(visitor, desk, &stage.id, &stage.name, open)) }
            }
            @if let Some(side) = side { aside #side .side.card aria-label=(visitor.text("automation-settings")) { (side) } }
        }
    };
    shell::page(visitor, Page { title: &title, place: Some(Place::Automation), body })
}

fn head(visitor: &Visitor, desk: &Desk) -> Markup {
    let changes = desk.published().map_or_else(
        || Edit::between(&super::Stages::new(), &desk.stages).len(),
        |published| Edit::between(published, &desk.stages).len(),
    );
    let at = desk.at();
    html! {
        div.head {
            h1 { (visitor.text("nav-automation")) }
            details.menu {
                summary { (desk.pipeline.name) }
                div.menu-body.start {
                    @for pipeline in desk.config.pipelines.values() {
                        a href=(super::at(&pipeline.id)) aria-current=[(pipeline.id == desk.pipeline.id).then_some("page")] { (pipeline.name) }
                    }
                }
            }
            @if changes == 0 {
                span.muted { (visitor.with("automation-published", &[("revision", desk.revision().into())])) }
            } @else {
                (Tone::Warn.pill(&visitor.with("automation-changes", &[("count", changes.into())])))
            }
            div.end {
                @if visitor.may(Ability::Edit) {
                    a.button.quiet href={ (at) "/dry-run" } { (visitor.text("dry-run")) }
                    a.button.quiet href={ (at) "/simulate" } { (visitor.text("simulate")) }
                }
                a.button.quiet href={ (at) "/history" } { (visitor.text("history")) }
                @if visitor.may(Ability::Edit) && changes > 0 {
                    a.button href={ (at) "/publish" } { (visitor.with("publish-changes", &[("count", changes.into())])) }
                }
            }
        }
    }
}

fn column(visitor: &Visitor, desk: &Desk, id: &StageId, name: &str, open: Option<&str>) -> Markup {
    let on = desk.stages.get(id);
    let triggers = on.map_or(&[][..], |on| &on.triggers);
    let rules = on.map_or(&[][..], |on| &on.rules);
    let edits = visitor.may(Ability::Edit);
    let add = |kind: &str| format!("{}/add?stage={id}&kind={kind}", desk.at());
    html! {
        section.column aria-labelledby={ "stage-" (id) } {
            h2 id={ "stage-" (id) } { (name) }
            h3 { (visitor.text("automation-triggers")) }
            ul.parts data-stage=(id) data-kind="trigger" {
                @for trigger in triggers { (trigger_tile(visitor, desk, trigger, open)) }
            }
            @if triggers.is_empty() { p.help { (visitor.text("automation-no-triggers")) } }
            @if edits { p { a.add href=(add("trigger")) { "+ " (visitor.text("automation-add-trigger")) span.sr { " · " (name) } } } }
            h3 { (visitor.text("automation-rules")) }
            ol.parts.rail data-stage=(id) data-kind="rule" {
                @for rule in rules { (rule_tile(visitor, desk, rule, open)) }
            }
            @if rules.is_empty() { p.help { (visitor.text("automation-no-rules")) } }
            @if edits { p { a.add href=(add("rule")) { "+ " (visitor.text("automation-add-rule")) span.sr { " · " (name) } } } }
        }
    }
}

fn rule_tile(visitor: &Visitor, desk: &Desk, rule: &RuleSpec, open: Option<&str>) -> Markup {
    let way = if rule.after_previous { "rule-after" } else { "rule-parallel" };
    html! {
        li.part.after[rule.after_previous].off[!rule.active] data-part=(rule.id) {
            a href={ (desk.at()) "/parts/" (rule.id) "#side" } aria-current=[(open == Some(&rule.id.0)).then_some("true")] data-row="" { (rule.name) }
            p.help { (visitor.text(way)) " · " (when(visitor, &rule.when)) }
            (marks(visitor, desk, &rule.plugin, rule.active, rule.condition.is_some()))
            @if rule.shadow { (Tone::Skip.pill(&visitor.text("rule-shadow"))) }
        }
    }
}

fn trigger_tile(visitor: &Visitor, desk: &Desk, trigger: &TriggerSpec, open: Option<&str>) -> Markup {
    html! {
        li.part.off[!trigger.active] data-part=(trigger.id) {
            a href={ (desk.at()) "/parts/" (trigger.id) "#side" } aria-current=[(open == Some(&trigger.id.0)).then_some("true")] data-row="" { (trigger.name) }
            (marks(visitor, desk, &trigger.plugin, trigger.active, trigger.condition.is_some()))
        }
    }
}

/// What somebody has to know of a part at a glance.
fn marks(visitor: &Visitor, desk: &Desk, plugin: &PluginId, active: bool, condition: bool) -> Markup {
    let known = desk.config.plugins.get(plugin);
    html! {
        p.help {
            @match known {
                Some(known) => (names::plugin(&visitor.look, &known.manifest)),
                None => (Tone::Bad.pill(&visitor.with("rule-no-plugin", &[("plugin", plugin.to_string().into())]))),
            }
            @if condition { " · " (visitor.text("rule-has-condition")) }
        }
        @if !active { (Tone::Stop.pill(&visitor.text("rule-off"))) }
        @if known.is_some() && !desk.config.in_plan(plugin) { (Tone::Warn.pill(&visitor.text("rule-not-in-plan"))) }
    }
}

/// When a rule runs, in words.
pub fn when(visitor: &Visitor, when: &When) -> String {
    let span =
        |seconds: u64| visitor.look.span(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000));
    match when {
        When::Immediately { .. } => visitor.text("when-now"),
        When::After { seconds, .. } => visitor.with("when-after", &[("span", span(*seconds).into())]),
        When::AtField { field, offset_seconds, .. } => {
            let key = match offset_seconds {
                0 => return visitor.with("when-on", &[("field", field.as_str().into())]),
                before if *before < 0 => "when-before",
                _ => "when-past",
            };
            let span = span(offset_seconds.unsigned_abs());
            visitor.with(key, &[("field", field.as_str().into()), ("span", span.into())])
        }
        When::At { time } => visitor.with("when-at", &[("time", time.to_string().into())]),
        When::AtTimeOfDay { time, .. } => {
            visitor.with("when-time-of-day", &[("time", time.strftime("%H:%M").to_string().into())])
        }
    }
}
