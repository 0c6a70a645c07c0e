//! One step of a run: what it was given, what it found, what it asked for and what it used. Pure.

use maud::{Markup, html};
use rulewright_domain::{ConditionTrace, LogLine, Read, StepTrace, Usage, Woken, secret::without_secrets};
use serde_json::{Value, json};

use super::{request, trace::Trace};
use crate::{
    backtrace, deliveries,
    door::Look,
    effect, names, reasons,
    show::{self, Tone},
};

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    Skipped,
    Waits,
    /// It failed in a way that may pass.
    Again,
    Failed,
}

impl End {
    pub fn of(trace: &Trace, step: &StepTrace) -> End {
        if trace.failed_step().is_some_and(|failed| std::ptr::eq(failed, step)) {
            return End::Failed;
        }
        match step.result.split([':', ' ']).next().unwrap_or_default() {
            "done" => End::Done,
            "skipped" => End::Skipped,
            "waits" => End::Waits,
            _ => End::Again,
        }
    }

    /// As the drawing of the steps has it.
    pub fn class(self) -> &'static str {
        match self {
            End::Done => "ok",
            End::Skipped => "plain",
            End::Waits => "info",
            End::Again => "warn",
            End::Failed => "bad",
        }
    }

    fn pill(self, look: &Look) -> Markup {
        let (tone, key) = match self {
            End::Done => (Tone::Good, "trace-step-done"),
            End::Skipped => (Tone::Skip, "trace-step-skipped"),
            End::Waits => (Tone::Wait, "trace-step-waits"),
            End::Again => (Tone::Warn, "trace-step-again"),
            End::Failed => (Tone::Bad, "trace-step-failed"),
        };
        tone.pill(&look.text(key))
    }
}

/// Where it stands on the page.
pub fn anchor(step: &StepTrace) -> String {
    format!("step-{}-{}", step.step, step.attempt)
}

pub fn shown(look: &Look, trace: &Trace, step: &StepTrace, open: bool) -> Markup {
    let end = End::of(trace, step);
    html! {
        details.card.step id=(anchor(step)) open[open] data-in-view[end == End::Failed] {
            summary {
                h3 { (look.with("trace-step", &[("number", (step.step + 1).into())])) }
                " " (end.pill(look)) " "
                @if step.attempt > 0 { span.muted { (look.with("trace-attempt", &[("number", (step.attempt + 1).into())])) } " " }
                span { (reasons::result(look, &trace.config, &step.result)) } " "
                span.muted { (look.at(step.at)) " · " (look.micros(step.usage.microseconds)) }
            }
            p { (look.text("trace-woken")) " " (woken(look, &step.wake)) " "
                span.muted { (look.with("trace-order-revision", &[("revision", step.order_revision.into())])) } }
            (backtrace::shown(look, &step.backtrace))
            (inputs(look, trace, step))
            @if let Some(condition) = &step.condition { (compared(look, condition)) }
            @if !step.reads.is_empty() {
                h4 { (look.text("trace-reads")) }
                ul { @for read in &step.reads { li { (read_what(look, read)) } } }
            }
            @if !step.unsent.is_empty() {
                h4 { (look.text("trace-unsent")) }
                ul { @for request in &step.unsent { li {
                    code { (request.method) " " (request.url) }
                    @if let Some(body) = &request.body { pre.text { (body) } }
                } } }
            }
            (request::shown(look, trace, step))
            h4 { (look.text(if trace.run.shadow { "trace-effects-shadow" } else { "trace-effects" })) }
            @if step.effects.is_empty() {
                p.muted { (look.text(if end == End::Failed || end == End::Again { "trace-effects-dropped" } else { "trace-effects-none" })) }
            } @else {
                ol.effects { @for (place, what) in step.effects.iter().enumerate() { li { (one_effect(look, trace, step, place, what)) } } }
            }
            (logs(look, &step.logs))
            (used(look, trace, &step.usage))
            details { summary { (look.text("trace-raw")) } pre { (raw(trace, step)) } }
        }
    }
}

fn woken(look: &Look, wake: &Woken) -> Markup {
    match wake {
        Woken::Started => html! { (look.text("trace-woken-started")) },
        Woken::Timer => html! { (look.text("trace-woken-timer")) },
        Woken::TimedOut => html! { (look.text("trace-woken-timed-out")) },
        Woken::Event { id, kind } => html! { (names::event(look, kind)) " " span.muted { (id) } },
    }
}

/// What the plugin was told as its settings, with everything inserted.
fn settings(trace: &Trace, step: &StepTrace) -> Option<Value> {
    let told = step.settings.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let settings = told.or_else(|| trace.rule.as_ref().map(|rule| rule.settings.clone()))?;
    let schema = trace.manifest.as_ref().map(|manifest| &manifest.settings);
    // Without its schema nobody knows which of them are secret.
    schema.map(|schema| without_secrets(&settings, schema))
}

fn inputs(look: &Look, trace: &Trace, step: &StepTrace) -> Markup {
    let settings = settings(trace, step);
    let title = |name: &str| {
        let schema =
            trace.manifest.as_ref().and_then(|manifest| manifest.settings.get("properties")?.get(name));
        schema.and_then(|schema| schema.get("title")?.as_str()).unwrap_or(name).to_owned()
    };
    html! {
        h4 { (look.text("trace-inputs")) }
        @match settings.as_ref().and_then(Value::as_object) {
            Some(settings) if !settings.is_empty() => {
                dl.facts { @for (name, value) in settings { dt { (title(name)) } dd.value { (effect::plain(value)) } } }
            }
            Some(_) => { p.muted { (look.text("trace-inputs-none")) } }
            None => { p.muted { (look.text("trace-inputs-gone")) } }
        }
        @if step.step == 0 && !trace.run.inputs.is_empty() {
            details { summary { (look.text("trace-inputs-before")) } pre { (pretty(&json!(trace.run.inputs))) } }
        }
    }
}

fn compared(look: &Look, condition: &ConditionTrace) -> Markup {
    html! {
        h4 { (look.text("trace-condition")) " " (verdict(look, condition.met)) }
        @let heads = ["trace-condition-field", "trace-condition-was", "trace-condition-operator", "trace-condition-wanted", "trace-condition-met"];
        (show::table(look, "trace-condition", &heads, &html! {
            @for one in &condition.compared { tr {
                td { code { (one.field) } }
                td { (effect::plain(&one.actual)) }
                td { (names::operator(look, &one.operator)) }
                td { (effect::plain(&one.expected)) }
                td { (verdict(look, one.met)) }
            } }
        }))
    }
}

fn verdict(look: &Look, met: bool) -> Markup {
    match met {
        true => Tone::Good.pill(&look.text("condition-true")),
        false => Tone::Nothing.pill(&look.text("condition-false")),
    }
}

/// What it looked up, and not what it found: that can be large, and the plugin's own storage may hold keys.
fn read_what(look: &Look, read: &Read) -> String {
    match read {
        Read::Order { id, .. } => look.with("trace-read-order", &[("what", id.to_string().into())]),
        Read::OrdersOfClient { id, found } => {
            look.with("trace-read-orders", &[("what", id.to_string().into()), ("count", found.len().into())])
        }
        Read::Client { id, .. } => look.with("trace-read-client", &[("what", id.to_string().into())]),
        Read::Employees { .. } => look.text("trace-read-employees"),
        Read::Stored { key, .. } => look.with("trace-read-stored", &[("what", key.clone().into())]),
        Read::HasSecret { name, .. } => look.with("trace-read-secret", &[("what", name.clone().into())]),
        Read::Item { list, id, .. } => {
            look.with("trace-read-item", &[("what", format!("{list} {id}").into())])
        }
        Read::Items { list, .. } => look.with("trace-read-item", &[("what", list.clone().into())]),
        Read::Template { from, .. } => {
            look.with("trace-read-template", &[("what", from.template.clone().into())])
        }
    }
}

fn one_effect(look: &Look, trace: &Trace, step: &StepTrace, place: usize, what: &Value) -> Markup {
    let told = trace.told(look, what);
    let message = trace.message(step, place).filter(|_| told.is_message);
    html! {
        p { (told.sentence) @if let Some(order) = told.order { " " a href=(format!("/orders/{order}")) { (order) } } }
        @if let Some(text) = &told.text { pre.text { (text) } }
        @if let Some(message) = message {
            p.row { (deliveries::state(look, message)) (deliveries::next_try(look, message))
                a href=(format!("/deliveries/{}", message.id)) { (look.text("trace-effect-message")) } }
        }
    }
}

fn logs(look: &Look, lines: &[LogLine]) -> Markup {
    html! {
        @if !lines.is_empty() {
            h4 { (look.with("trace-logs", &[("count", lines.len().into())])) }
            ul.logs { @for line in lines { li { (log_line(line)) } } }
        }
    }
}

/// What a plugin has logged.
pub fn log_line(line: &LogLine) -> Markup {
    html! {
        span class={ "level " (line.level) } { (line.level) } " " (reasons::foreign(&line.message))
        @for (name, value) in &line.fields { " " span.muted { (name) "=" (effect::plain(value)) } }
    }
}

fn used(look: &Look, trace: &Trace, usage: &Usage) -> Markup {
    // Only what the plugin has wished for is known here: the operator's own limits may be others.
    let wall = trace.manifest.as_ref().and_then(|manifest| manifest.limits.get("wall")).copied();
    html! {
        h4 { (look.text("trace-usage")) }
        dl.facts {
            dt { (look.text("trace-usage-fuel")) }
            dd { (meter(look.text("trace-usage-fuel"), usage.fuel, usage.fuel_limit)) " "
                (look.number(usage.fuel)) " / " (look.number(usage.fuel_limit)) }
            dt { (look.text("trace-usage-memory")) }
            dd { (meter(look.text("trace-usage-memory"), usage.memory, usage.memory_limit)) " "
                (look.bytes(usage.memory)) " / " (look.bytes(usage.memory_limit)) }
            dt { (look.text("trace-usage-time")) }
            dd {
                @if let Some(wall) = wall { (meter(look.text("trace-usage-time"), usage.microseconds / 1_000, wall)) " " }
                (look.micros(usage.microseconds))
                @if let Some(wall) = wall { " / " (look.span(i64::try_from(wall).unwrap_or(i64::MAX))) }
            }
            dt { (look.text("trace-usage-calls")) }
            dd { (usage.host_calls) }
            @if !usage.denied.is_empty() {
                dt { (look.text("trace-usage-denied")) }
                dd { @for function in &usage.denied { code { (function) } " " } }
            }
        }
    }
}

fn meter(label: String, value: u64, limit: u64) -> Markup {
    html! {
        @if limit > 0 {
            meter aria-label=(label) min="0" max=(limit) high=(limit / 10 * 8) value=(value.min(limit)) {}
        }
    }
}

/// The step as it is kept, but for what may be secret and what its reads have found.
fn raw(trace: &Trace, step: &StepTrace) -> String {
    let mut step_json = json!(step);
    if let Some(fields) = step_json.as_object_mut() {
        fields.remove("reads");
        if fields.contains_key("settings") {
            fields.insert("settings".to_owned(), settings(trace, step).unwrap_or_default());
        }
        for stored in fields.get_mut("effects").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(value) = stored.pointer_mut("/storage/value").filter(|value| value.is_string()) {
                *value = json!("•••");
            }
        }
    }
    pretty(&step_json)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
