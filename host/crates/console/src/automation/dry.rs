//! What the rules of a stage would do with an order: shown, and not done.

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{Comparison, OrderId, RuleId, ShopConfig, StageId, Timestamp};
use rulewright_engine::{DryEffect, DryRequest, DryRule, DryRun, DryRunReport, DryStep, DryVerdict};
use serde::Deserialize;

use super::Desk;
use crate::{
    Console,
    door::{At, Edit, Visitor},
    effect, help, listing, names, reasons, refusals,
    shell::{self, Page, Place},
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}/dry-run", get(show))
}

#[derive(Deserialize)]
struct Asked {
    stage: Option<StageId>,
    rule: Option<RuleId>,
    /// An id, or a number as staff know it.
    order: Option<String>,
    /// A moment such as `2026-12-24T18:00`, on the clock of whoever asks.
    now: Option<String>,
    /// What runs now, in place of the draft.
    published: Option<String>,
}

async fn show(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let order = match asked.order.as_deref().and_then(listing::filled).map(str::to_owned) {
        Some(text) => Some(console.read(move |reads| listing::order_named(reads, shop, &text)).await?),
        None => None,
    };
    // An order that nobody knows is said beside the form; the page stays.
    let unknown = matches!(order, Some(None));
    let desk = Desk::open(&console, &visitor, &pipeline, order.flatten()).await?;
    let report = match (&asked.stage, &desk.sample) {
        (Some(stage), Some(sample)) if !unknown => {
            let wish = DryRun {
                pipeline: desk.pipeline.id.clone(),
                stage: stage.clone(),
                stages: asked.published.is_none().then(|| desk.stages.clone()),
                rule: asked.rule.clone().filter(|rule| !rule.0.is_empty()),
                order: sample.order.id,
                now: asked.now.as_deref().and_then(|text| moment(&visitor, text)),
                event: None,
                answer: None,
            };
            Some(console.engine().dry_run(visitor.shop, wish).await)
        }
        _ => None,
    };
    let result = match report {
        Some(Ok(report)) => report_view(&visitor, &desk.config, &report),
        Some(Err(refusal)) => Trouble::from(refusal).note(&visitor.look),
        None => html! {},
    };
    let title = visitor.with("dry-run-title", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let body = html! {
        div.head { h1 { (title) } div.end { a.button.quiet href=(desk.at()) { (visitor.text("nav-automation")) } } }
        (form(&visitor, &desk, &asked, unknown))
        @if desk.sample.is_none() { (show::empty(&visitor.text("dry-run-no-order"), Some((&visitor.text("nav-orders"), "/orders")))) }
        section #report aria-live="polite" { (result) }
    };
    Ok(shell::page(&visitor, Page { title: &title, place: Some(Place::Automation), body }))
}

fn moment(visitor: &Visitor, text: &str) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let there = civil.to_zoned(visitor.look.zone.clone()).ok()?;
    Some(Timestamp(there.timestamp().as_millisecond()))
}

fn form(visitor: &Visitor, desk: &Desk, asked: &Asked, unknown: bool) -> Markup {
    let number = desk.sample.as_ref().map(|sample| sample.order.number.clone()).unwrap_or_default();
    let typed = asked.order.clone().filter(|_| unknown).unwrap_or(number);
    let rules = asked.stage.as_ref().and_then(|stage| desk.stages.get(stage)).map_or(&[][..], |on| &on.rules);
    html! {
        form.filters method="get" {
            label { (visitor.text("dry-run-stage"))
                select name="stage" {
                    @for stage in &desk.pipeline.stages { option value=(stage.id) selected[asked.stage.as_ref() == Some(&stage.id)] { (stage.name) } }
                }
            }
            label { (visitor.text("dry-run-rule"))
                select name="rule" {
                    option value="" { (visitor.text("dry-run-all-rules")) }
                    @for rule in rules { option value=(rule.id) selected[asked.rule.as_ref() == Some(&rule.id)] { (rule.name) } }
                }
            }
            label { (visitor.text("dry-run-order"))
                input name="order" value=(typed) aria-invalid=[unknown.then_some("true")] aria-describedby="dry-order-error";
            }
            label { (visitor.text("dry-run-now")) input type="datetime-local" name="now" value=(asked.now.as_deref().unwrap_or_default()); }
            label.inline { input type="checkbox" name="published" value="on" checked[asked.published.is_some()]; " " (visitor.text("dry-run-published")) }
            button type="submit" { (visitor.text("dry-run-go")) }
        }
        p.error #dry-order-error { @if unknown { (visitor.with("dry-run-no-such-order", &[("order", asked.order.clone().unwrap_or_default().into())])) } }
    }
}

/// What a report is told with.
struct Scene<'a> {
    visitor: &'a Visitor,
    config: &'a ShopConfig,
    order: OrderId,
}

fn report_view(visitor: &Visitor, config: &ShopConfig, report: &DryRunReport) -> Markup {
    let scene = Scene { visitor, config, order: report.order };
    html! {
        div.note.ok { p { strong { (visitor.text("dry-run-nothing-sent")) } " " (visitor.text("dry-run-explained")) } }
        @if !report.stands_there { p.muted { (visitor.text("dry-run-elsewhere")) } }
        @if report.rules.is_empty() { (show::empty(&visitor.text("dry-run-no-rules"), None)) }
        ol.list { @for rule in &report.rules { li.card { (rule_view(&scene, rule)) } } }
        @if !report.changes.is_empty() {
            h2 { (visitor.text("dry-run-order-after")) }
            (changes(&report.changes))
        }
    }
}

fn rule_view(scene: &Scene<'_>, rule: &DryRule) -> Markup {
    let visitor = scene.visitor;
    html! {
        h2 { (rule.name) " " (verdict(visitor, &rule.verdict)) }
        (reason(scene, &rule.verdict))
        @if let Some(then) = &rule.then { p { (visitor.text("dry-run-then")) " " (verdict(visitor, then)) } (reason(scene, then)) }
        @for step in &rule.steps { (step_view(scene, rule, step)) }
    }
}

fn verdict(visitor: &Visitor, verdict: &DryVerdict) -> Markup {
    let (tone, key) = match verdict {
        DryVerdict::Runs { .. } => (Tone::Good, "dry-runs"),
        DryVerdict::ConditionFalse => (Tone::Nothing, "dry-condition-false"),
        DryVerdict::Skipped { .. } => (Tone::Skip, "dry-skipped"),
        DryVerdict::Waits { .. } => (Tone::Wait, "dry-waits"),
        DryVerdict::Off => (Tone::Stop, "rule-off"),
        DryVerdict::OutOfPlan { .. } => (Tone::Warn, "rule-not-in-plan"),
        DryVerdict::Unusable { .. } => (Tone::Bad, "dry-unusable"),
        DryVerdict::Failed { .. } => (Tone::Bad, "dry-failed"),
        DryVerdict::Stopped { .. } => (Tone::Bad, "dry-stopped"),
        DryVerdict::AsksServer => (Tone::Warn, "dry-asks-server"),
        DryVerdict::Cancelled { .. } => (Tone::Stop, "dry-cancelled"),
    };
    tone.pill(&visitor.text(key))
}

/// What else is known of a verdict.
fn reason(scene: &Scene<'_>, verdict: &DryVerdict) -> Markup {
    let (visitor, look) = (scene.visitor, &scene.visitor.look);
    let kept = |reason: &str| reasons::kept(look, scene.config, reason);
    html! {
        @match verdict {
            DryVerdict::Runs { summary: Some(summary), .. } => p { (reasons::foreign(summary)) },
            DryVerdict::Skipped { reason } | DryVerdict::OutOfPlan { reason } | DryVerdict::Cancelled { reason } => p { (kept(reason)) },
            DryVerdict::Waits { until, reason, .. } => {
                @if let Some(until) = until { p { (visitor.text("dry-until")) " " (look.at(*until)) } }
                @if let Some(reason) = reason { p { (kept(reason)) } }
            },
            DryVerdict::Unusable { code, message, issues } => {
                p { (reasons::failure(look, code, message)) " " (help::code(look, code)) }
                ul { @for issue in issues { li { code { (issue.path) } " " (refusals::issue(look, issue)) } } }
            },
            DryVerdict::Failed { code, message, .. } | DryVerdict::Stopped { code, message } => p { (reasons::failure(look, code, message)) " " (help::code(look, code)) },
            DryVerdict::AsksServer => p { (visitor.text("dry-asks-server-what")) },
            DryVerdict::Runs { .. } | DryVerdict::ConditionFalse | DryVerdict::Off => {},
        }
    }
}

fn step_view(scene: &Scene<'_>, rule: &DryRule, step: &DryStep) -> Markup {
    let (visitor, numbered) = (scene.visitor, rule.steps.len() > 1);
    let usage = &step.usage;
    html! {
        @if numbered { h3 { (visitor.with("dry-step", &[("step", step.step.into())])) " · " (visitor.look.at(step.at)) } }
        @if let Some(condition) = &step.condition { ul.compared { @for one in &condition.compared { li { (compared(visitor, one)) } } } }
        @for effect in &step.effects { (effect_view(scene, effect)) }
        @for request in &step.requests { (request_view(visitor, request)) }
        @for line in &step.logs { p.log { code { (line.level) } " " (reasons::foreign(&line.message)) } }
        @if usage.fuel > 0 {
            p.muted { (visitor.with("dry-usage", &[
                ("fuel", visitor.look.number(usage.fuel).into()),
                ("limit", visitor.look.number(usage.fuel_limit).into()),
                ("memory", visitor.look.bytes(usage.memory).into()),
                ("time", visitor.look.micros(usage.microseconds).into()),
            ])) }
        }
        @if let Some(settings) = &step.settings {
            @let settings = super::shown_settings(scene.config, &rule.plugin, settings);
            details { summary { (visitor.text("dry-settings")) } pre tabindex="0" { (serde_json::to_string_pretty(&settings).unwrap_or_default()) } }
        }
    }
}

/// A comparison with both its sides.
pub fn compared(visitor: &Visitor, one: &Comparison) -> Markup {
    let tone = if one.met { Tone::Good } else { Tone::Nothing };
    let word = if one.met { "condition-true" } else { "condition-false" };
    html! {
        (tone.pill(&visitor.text(word))) " "
        code { (one.field) } " = " code { (one.actual) } " · " (names::operator(&visitor.look, &one.operator)) " " code { (one.expected) }
    }
}

fn effect_view(scene: &Scene<'_>, effect: &DryEffect) -> Markup {
    let look = &scene.visitor.look;
    let told = effect::told(look, scene.config, scene.order, &effect.effect);
    html! {
        div.effect {
            p { strong { (told.sentence) } }
            @if let Some(text) = &told.text { blockquote { (text) } }
            @if let Some(document) = &effect.document {
                p { (document.title) @if let Some(number) = &document.number { " · " (number) } " · " (document.media_type) " · " (look.bytes(document.size as u64)) }
                @if let Some(text) = &document.text { pre tabindex="0" { (text) } }
            }
            (changes(&effect.changes))
            details { summary { "JSON" } pre tabindex="0" { (serde_json::to_string_pretty(&effect.effect).unwrap_or_default()) } }
        }
    }
}

fn request_view(visitor: &Visitor, request: &DryRequest) -> Markup {
    html! {
        div.effect {
            p { strong { (request.method) " " (request.url) } " " (Tone::Skip.pill(&visitor.text("dry-not-sent"))) }
            @if let Some(body) = &request.body { pre tabindex="0" { (body) } }
        }
    }
}

/// Old to new, part by part.
fn changes(changes: &serde_json::Map<String, serde_json::Value>) -> Markup {
    html! {
        @if !changes.is_empty() {
            dl.facts {
                @for (part, change) in changes {
                    dt { (part) }
                    dd { del { (change["before"]) } " → " ins { (change["after"]) } }
                }
            }
        }
    }
}
