//! One run: how it stands, why it began, and what happened in its steps.

use axum::extract::State;
use maud::{Markup, html};
use rulewright_domain::{Actor, Run, RunId, RunState, StepTrace, account::Ability};
use rulewright_ports::StorageExt;

use super::{
    again,
    list::stage_name,
    step::{self, End},
    timeline,
    trace::Trace,
};
use crate::{
    Console,
    door::{At, Look, See},
    effect, help, listing, names, reasons,
    shell::{self, Place},
    show::Tone,
    trouble::Trouble,
};

/// Effects that are named one by one before somebody goes on; more are counted.
const NAMED: usize = 5;

/// A step that has not ended by then: its program may have been stopped.
const OVERDUE: i64 = 60_000;

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<RunId>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let trace = console.engine().storage().read(move |reads| Trace::read(reads, config, id)).await?;
    let title = trace.run.rule_name.clone();
    let body = shown(&visitor.look, &trace, visitor.may(Ability::Work));
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Runs), body }))
}

fn shown(look: &Look, trace: &Trace, may_work: bool) -> Markup {
    let run = &trace.run;
    let tone = |step: &StepTrace| End::of(trace, step).class();
    let did = run.trace.iter().any(|step| !step.effects.is_empty());
    html! {
        div id=(format!("run-{}", run.id)) data-live="run message" data-live-order=(run.order) {
            div.head {
                h1 { (run.rule_name) }
                (look.run_state(&run.state, did))
                @if run.shadow { (Tone::Nothing.pill(&look.text("runs-shadow"))) }
                div.end {
                    a.button.quiet href=(format!("/runs/{}/recording", run.id)) download { (look.text("trace-recording")) }
                }
            }
            @if run.shadow { div.note.info { p { (look.text("trace-shadow")) } } }
            (standing(look, trace))
            (facts(look, trace))
            (going_on(look, trace, may_work))
            h2 { (look.text("trace-steps")) }
            @if run.trace.is_empty() {
                p.muted { (look.text(if run.state.is_terminal() { "trace-steps-none" } else { "trace-steps-none-yet" })) }
            } @else {
                (timeline::drawn(look, run, tone))
                @if run.trace.first().is_some_and(|first| first.step > 0) { p.muted { (look.text("trace-steps-forgotten")) } }
                @for (index, step) in run.trace.iter().enumerate() {
                    (step::shown(look, trace, step, index + 1 == run.trace.len()))
                }
            }
            (output(look, run))
        }
    }
}

/// Why it stands as it does.
fn standing(look: &Look, trace: &Trace) -> Markup {
    let run = &trace.run;
    let reason = |reason: &str| reasons::kept(look, &trace.config, reason);
    let note = |class: &str, text: Markup| html! { div class={ "note " (class) } { p { (text) } } };
    match &run.state {
        RunState::Failed { code, message } => html! {
            div.note.bad {
                p { strong { (look.text("trace-failed")) } " " (reasons::failure(look, code, message)) }
                p.muted { (look.text("trace-failed-kept")) " " (help::code(look, code)) " " (help::copy(look, code, Some(&run.id.to_string()))) }
            }
        },
        RunState::Parked { reason: why } => {
            note("warn", html! { (look.text("trace-parked")) " " (reason(why)) })
        }
        RunState::Skipped { reason: why } => {
            note("info", html! { (look.text("trace-skipped")) " " (reason(why)) })
        }
        RunState::Cancelled { reason: why } => {
            note("info", html! { (look.text("trace-cancelled")) " " (reason(why)) })
        }
        RunState::Blocked { on } => {
            note("info", html! { (look.text("trace-blocked")) " " a href=(format!("/runs/{on}")) { (on) } })
        }
        RunState::Scheduled { until } => note(
            "info",
            html! { (look.text("trace-scheduled")) " " (look.at(*until)) " (" (look.ago(*until)) ")" },
        ),
        RunState::Waiting { until, filter } => note(
            "info",
            html! {
                (look.text("trace-waiting"))
                @if let Some(filter) = filter { " " (look.text("trace-waiting-for")) @for kind in &filter.kinds { " " (names::event(look, kind)) } }
                @if let Some(until) = until { " " (look.text("trace-waiting-until")) " " (look.at(*until)) }
            },
        ),
        RunState::Ready if run.ready_at.plus(OVERDUE) < look.now => note(
            "warn",
            html! { (look.with("trace-overdue", &[("step", (run.step + 1).into())])) " " (look.ago(run.ready_at)) },
        ),
        RunState::Ready | RunState::Done => html! {},
    }
}

fn facts(look: &Look, trace: &Trace) -> Markup {
    let run = &trace.run;
    // Workflows are not drawn in the console.
    let automation = run.workflow.is_none().then(|| format!("/automation/{}", run.pipeline));
    let newer = trace.current.filter(|current| *current != run.revision);
    let number = names::order(run.order, trace.order.as_deref());
    html! {
        dl.facts {
            dt { (look.text("trace-id")) } dd { (listing::copied(look, &run.id.to_string())) }
            dt { (look.text("order")) } dd { a href=(format!("/orders/{}", run.order)) { (number) } }
            dt { (look.text("runs-stage")) } dd { (stage_name(look, &trace.config, run)) }
            dt { (look.text("runs-rule")) }
            dd {
                @match &automation {
                    Some(at) => { a href=(format!("{at}/parts/{}#side", run.rule)) { (run.rule_name) } }
                    None => { (run.rule_name) }
                }
                " · "
                (look.with("trace-revision", &[("revision", run.revision.into())]))
                @if let Some(current) = newer {
                    " · " (look.with("trace-revision-current", &[("revision", current.into())])) " "
                    @if let Some(at) = &automation {
                        a href=(format!("{at}/history/{}", run.revision)) { (look.text("trace-revision-changes")) }
                    }
                }
            }
            dt { (look.text("runs-plugin")) }
            dd {
                @match &trace.manifest {
                    Some(manifest) => { a href=(format!("/plugins/{}", manifest.id)) { (names::plugin(look, manifest)) } " " (manifest.version) }
                    None => { (look.text("trace-plugin-gone")) }
                }
                @if !run.digest.is_empty() { " · " (listing::copied(look, &run.digest)) }
            }
            dt { (look.text("trace-began")) } dd { (look.at(run.created)) " · " (look.ago(run.created)) }
            @if let Some(ended) = run.ended {
                dt { (look.text("trace-ended")) } dd { (look.at(ended)) " · " (look.span(ended.0 - run.created.0)) }
            }
            dt { (look.text("trace-cause")) } dd { (cause(look, trace)) }
            @if run.attempt > 0 {
                dt { (look.text("trace-attempts")) }
                dd { (look.with("trace-attempts-of", &[("number", (run.attempt + 1).into()), ("most", Run::MAX_ATTEMPTS.into())])) }
            }
            @if let Some(after) = run.after { dt { (look.text("trace-after")) } dd { a href=(format!("/runs/{after}")) { (after) } } }
            @if let Some(next) = run.next { dt { (look.text("trace-next")) } dd { a href=(format!("/runs/{next}")) { (next) } } }
            @if !trace.children.is_empty() {
                dt { (look.text("trace-children")) }
                dd { @for (id, name) in &trace.children { a href=(format!("/runs/{id}")) { (name) } " " } }
            }
            (again::related(look, trace))
        }
        @for migration in &run.migrations {
            p.muted {
                @match &migration.refused {
                    Some(why) => { (look.at(migration.at)) " " (look.text("trace-migration-refused")) " " (reasons::error(look, why)) }
                    None => { (look.at(migration.at)) " " (look.with("trace-migrated", &[("digest", short(&migration.to).into())])) }
                }
            }
        }
    }
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// What happened, who did it, and what they did it because of.
fn cause(look: &Look, trace: &Trace) -> Markup {
    let Some(event) = &trace.event else { return html! { (trace.run.event) } };
    html! {
        (names::event(look, &event.what.kind)) " " span.muted { (event.id) } " · "
        @match &event.cause.by {
            Actor::Rule { run, name, .. } => { (look.text("trace-by-rule")) " " a href=(format!("/runs/{run}")) { (name) } }
            Actor::Trigger { name, .. } => { (look.text("trace-by-trigger")) " " (name) }
            other => { (other.name()) }
        }
        @if !event.cause.chain.is_empty() { " · " span.muted { (event.cause.chain.join(" → ")) } }
    }
}

/// Once more, or no further; each says first what it does not undo and does not repeat.
fn going_on(look: &Look, trace: &Trace, may_work: bool) -> Markup {
    let run = &trace.run;
    let retried = matches!(run.state, RunState::Failed { .. } | RunState::Parked { .. });
    let done = trace.done(look);
    let denied = (!may_work).then_some("trace-no-work");
    html! {
        section.card aria-label=(look.text("trace-going-on")) {
            @if !done.is_empty() && (retried || !run.state.is_terminal()) {
                p { (look.with("trace-not-repeated", &[("count", done.len().into())])) }
                ul { @for sentence in done.iter().take(NAMED) { li { (sentence) } } }
            }
            div.row {
                (button(look, Asked {
                    path: format!("/runs/{}/retry", run.id),
                    id: "retry",
                    label: "trace-retry",
                    class: None,
                    confirm: retry_question(look, run, &done),
                    kept_from: denied.or_else(|| trace.kept_from_retry()),
                }))
                @if run.state.is_terminal() {
                    (button(look, Asked {
                        path: format!("/runs/{}/again", run.id),
                        id: "again",
                        label: "trace-again",
                        class: Some("danger"),
                        confirm: again::question(look, trace),
                        kept_from: denied.or_else(|| again::kept_from(trace)),
                    }))
                } @else {
                    (button(look, Asked {
                        path: format!("/runs/{}/cancel", run.id),
                        id: "cancel-run",
                        label: "trace-cancel",
                        class: Some("danger"),
                        confirm: look.with("trace-cancel-question", &[("rule", run.rule_name.as_str().into()), ("count", done.len().into())]),
                        kept_from: denied,
                    }))
                }
            }
        }
    }
}

fn retry_question(look: &Look, run: &Run, done: &[String]) -> String {
    let step = look.with(
        "trace-retry-question",
        &[("step", (run.step + 1).into()), ("rule", run.rule_name.as_str().into())],
    );
    if done.is_empty() {
        return format!("{step} {}", look.text("trace-retry-nothing-done"));
    }
    let kept = look.with("trace-not-repeated", &[("count", done.len().into())]);
    let mut named: Vec<&str> = done.iter().take(NAMED).map(String::as_str).collect();
    if done.len() > NAMED {
        named.push("…");
    }
    format!("{step} {kept} {}", named.join(" "))
}

struct Asked {
    path: String,
    id: &'static str,
    label: &'static str,
    class: Option<&'static str>,
    confirm: String,
    /// Why it cannot be done now.
    kept_from: Option<&'static str>,
}

fn button(look: &Look, asked: Asked) -> Markup {
    let label = look.text(asked.label);
    let reason = format!("{}-why", asked.id);
    html! {
        @match asked.kept_from {
            Some(why) => {
                button class=[asked.class] type="button" disabled aria-describedby=(reason) { (label) }
                span.muted id=(reason) { (look.text(why)) }
            }
            None => {
                form method="post" action=(asked.path) data-confirm=(asked.confirm)
                    data-confirm-yes=(label) data-confirm-no=(look.text("cancel")) {
                    button class=[asked.class] type="submit" { (label) }
                }
            }
        }
    }
}

/// What the rules after this one can insert.
fn output(look: &Look, run: &Run) -> Markup {
    html! {
        @if !run.output.is_empty() {
            h2 { (look.text("trace-output")) }
            dl.facts { @for (name, value) in &run.output { dt { code { (name) } } dd.value { (effect::plain(value)) } } }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    pub fn trace(run: Run) -> Trace {
        Trace {
            config: sample::config().into(),
            order: None,
            rule: None,
            manifest: None,
            current: Some(9),
            event: None,
            messages: Default::default(),
            children: Vec::new(),
            repeated_by: Vec::new(),
            not_again: None,
            run,
        }
    }

    fn failed() -> RunState {
        RunState::Failed { code: "trap".into(), message: "unreachable".into() }
    }

    fn wrote(number: u32) -> StepTrace {
        let effect = json!({ "command": { "command": {
            "type": "change-order", "id": "ord_1", "change": { "change": "move-stage", "stage": "paid" },
        } } });
        StepTrace { effects: vec![effect], ..sample::step(number, "waits for payment.received") }
    }

    #[test]
    fn a_run_of_before_says_which_revision_it_was_and_what_has_changed_since() {
        let html = shown(&look("en"), &trace(sample::run(RunState::Done)), true).into_string();
        assert!(html.contains("/automation/sales/history/7"), "{html}");
        assert!(html.contains("current is 9"), "{html}");
    }

    #[test]
    fn whoever_tries_a_run_again_is_told_what_is_not_repeated() {
        let mut run = Run { step: 1, ..sample::run(failed()) };
        run.trace = vec![wrote(0), sample::step(1, "trap: unreachable")];
        let mut trace = trace(run);
        assert_eq!(trace.kept_from_retry(), Some("trace-no-retry-order-gone"));
        trace.run.state = failed();
        let question = retry_question(&look("en"), &trace.run, &trace.done(&look("en")));
        assert!(question.contains("Step 2") && question.contains("Paid"), "{question}");
        let html = shown(&look("en"), &trace, true).into_string();
        assert!(html.contains("disabled") && html.contains("retry-why"), "{html}");
    }

    #[test]
    fn a_run_that_has_ended_is_started_again_or_says_why_not() {
        let mut trace = trace(sample::run(RunState::Done));
        let html = shown(&look("en"), &trace, true).into_string();
        assert!(html.contains("action=\"/runs/run_5/again\" data-confirm"), "{html}");
        trace.not_again = Some(rulewright_engine::NotAgain::StageLeft);
        let html = shown(&look("en"), &trace, true).into_string();
        assert!(html.contains("id=\"again-why\"") && !html.contains("/again\""), "{html}");
        let open = shown(&look("en"), &self::trace(sample::run(RunState::Ready)), true).into_string();
        assert!(!open.contains("again\""), "{open}");
    }

    #[test]
    fn a_failed_step_is_open_and_says_that_nothing_of_it_was_done() {
        let mut run = Run { step: 1, ..sample::run(failed()) };
        run.trace = vec![wrote(0), sample::step(1, "trap: unreachable")];
        let html = shown(&look("en"), &trace(run), true).into_string();
        let failed = html.split("id=\"step-1-0\"").nth(1).unwrap();
        assert!(failed.starts_with(" open data-in-view"), "{failed}");
        assert!(failed.contains("None of its effects was done"), "{failed}");
    }

    #[test]
    fn viewers_are_told_why_they_cannot_go_on_with_it() {
        let html = shown(&look("en"), &trace(sample::run(RunState::Ready)), false).into_string();
        assert!(!html.contains("method=\"post\""), "{html}");
        assert!(html.contains("Your role"), "{html}");
    }
}
