//! Why each rule of the order's stage ran, or did not: one sentence for each, with both sides of conditions.

use maud::{Markup, html};
use rulewright_domain::{ConditionTrace, RuleSpec, Run, RunId, RunState};
use serde_json::Value;

use super::{ask::since, one::Seen};
use crate::{door::Look, show::Tone};

/// What became of one rule, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub rule: String,
    pub tone: Tone,
    /// Of the tone.
    pub word: String,
    pub sentence: String,
    /// Comparisons of a condition that was not met.
    pub compared: Vec<String>,
    pub run: Option<RunId>,
}

/// The only place that decides. In the order of the stage's list.
pub fn answers(look: &Look, seen: &Seen) -> Vec<Answer> {
    let order = &seen.order;
    let rules = seen.config.rules(&order.pipeline, &order.stage).iter();
    rules
        .map(|rule| {
            let of_rule =
                |run: &&Run| run.rule == rule.id && run.visit == order.visit && run.workflow.is_none();
            match seen.runs.iter().filter(of_rule).max_by_key(|run| run.id) {
                Some(run) => of_run(look, rule, run, seen),
                None => without_run(look, rule, seen),
            }
        })
        .collect()
}

fn of_run(look: &Look, rule: &RuleSpec, run: &Run, seen: &Seen) -> Answer {
    let said = |tone, word: String, sentence: String| Answer {
        rule: rule.name.clone(),
        tone,
        word,
        sentence,
        compared: Vec::new(),
        run: Some(run.id),
    };
    match &run.state {
        RunState::Done => {
            let effects: usize = run.trace.iter().map(|step| step.effects.len()).sum();
            let (tone, word) = match effects {
                0 => (Tone::Nothing, look.text("run-done-nothing")),
                _ => (Tone::Good, look.text("run-done")),
            };
            said(tone, word, look.with("why-ran", &[("effects", effects.into())]))
        }
        RunState::Skipped { reason } => {
            let unmet = run.trace.last().and_then(|step| step.condition.as_ref()).filter(|one| !one.met);
            match unmet {
                Some(condition) => Answer {
                    compared: compared(look, condition),
                    ..said(Tone::Skip, look.text("why-not-run"), look.text("why-condition-false"))
                },
                None => said(Tone::Skip, look.text("run-skipped"), reason.clone()),
            }
        }
        RunState::Ready => said(Tone::Busy, look.text("run-ready"), look.text("why-running")),
        RunState::Scheduled { until } | RunState::Waiting { until: Some(until), .. } => {
            let span = look.span(until.0.saturating_sub(look.now.0));
            said(Tone::Wait, look.text("run-waiting"), look.with("why-waits-until", &[("span", span.into())]))
        }
        RunState::Waiting { until: None, filter } => {
            let kinds = filter.as_ref().map(|filter| filter.kinds.join(", ")).unwrap_or_default();
            said(Tone::Wait, look.text("run-waiting"), look.with("why-waits-for", &[("kinds", kinds.into())]))
        }
        RunState::Blocked { on } => {
            let before = seen.runs.iter().find(|run| run.id == *on);
            let name = before.map_or_else(|| on.to_string(), |run| run.rule_name.clone());
            said(Tone::Wait, look.text("run-blocked"), look.with("why-waits-rule", &[("rule", name.into())]))
        }
        RunState::Parked { reason } => said(Tone::Warn, look.text("run-parked"), reason.clone()),
        RunState::Failed { code, message } => {
            said(Tone::Bad, look.text("run-failed"), format!("{message} ({code})"))
        }
        RunState::Cancelled { reason } => said(Tone::Stop, look.text("run-cancelled"), reason.clone()),
    }
}

fn without_run(look: &Look, rule: &RuleSpec, seen: &Seen) -> Answer {
    let order = &seen.order;
    let later = seen.config.automations.get(&order.pipeline).filter(|one| one.published > since(order));
    let sentence = if !rule.active {
        look.text("why-switched-off")
    } else if !seen.config.automates(order.kind) {
        look.text("why-not-automated")
    } else if let Some(automation) = later {
        look.with("why-added-after", &[("revision", automation.revision.into())])
    } else {
        look.text("why-not-started")
    };
    Answer {
        rule: rule.name.clone(),
        tone: Tone::Nothing,
        word: look.text("why-not-run"),
        sentence,
        compared: Vec::new(),
        run: None,
    }
}

/// Only those that were not met: the others are no reason.
fn compared(look: &Look, condition: &ConditionTrace) -> Vec<String> {
    let unmet = condition.compared.iter().filter(|one| !one.met);
    unmet
        .map(|one| {
            let (actual, expected) = (plain(look, &one.actual), plain(look, &one.expected));
            let all: [(&str, crate::words::Value<'_>); 4] = [
                ("field", one.field.as_str().into()),
                ("actual", actual.into()),
                ("expected", expected.into()),
                ("sign", sign(&one.operator).into()),
            ];
            match one.operator.as_str() {
                "filled" => look.with("why-empty", &all),
                "empty" => look.with("why-filled", &all),
                "equals" => look.with("why-differs", &all),
                "not-equals" => look.with("why-same", &all),
                "contains" => look.with("why-contains-not", &all),
                "not-contains" => look.with("why-contains", &all),
                "in" => look.with("why-not-in", &all),
                "between" => look.with("why-not-between", &all),
                _ => look.with("why-is-not", &all),
            }
        })
        .collect()
}

fn sign(operator: &str) -> &str {
    match operator {
        "greater-than" => ">",
        "at-least" => ">=",
        "less-than" => "<",
        "at-most" => "<=",
        other => other,
    }
}

fn plain(look: &Look, value: &Value) -> String {
    match value {
        Value::Null => look.text("why-nothing"),
        Value::String(text) if text.is_empty() => look.text("why-nothing"),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(|one| plain(look, one)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

pub fn panel(look: &Look, seen: &Seen, answers: &[Answer]) -> Markup {
    let pipeline = seen.config.pipelines.get(&seen.order.pipeline);
    let stage = pipeline.and_then(|pipeline| pipeline.stage(&seen.order.stage));
    let stage = stage.map_or_else(|| seen.order.stage.to_string(), |stage| stage.name.clone());
    html! {
        section.card #why aria-labelledby="why-title" data-live="any" data-live-order=(seen.order.id) {
            h2 #why-title { (look.with("why-title", &[("stage", stage.into())])) }
            @if answers.is_empty() { p.muted { (look.text("why-no-rules")) } }
            ul.list {
                @for answer in answers {
                    li {
                        p {
                            strong { (answer.rule) } " " (answer.tone.pill(&answer.word)) " " (answer.sentence)
                            @if let Some(run) = answer.run { " " a href={ "/runs/" (run) } { (look.text("why-trace")) } }
                        }
                        @if !answer.compared.is_empty() { ul { @for one in &answer.compared { li { code { (one) } } } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Order, StepTrace};
    use serde_json::json;

    use super::*;
    use crate::orders::{sample, timeline::Past};

    fn seen(order: Order, runs: Vec<Run>) -> Seen {
        let (config, past) = (sample::config().into(), Past::default());
        Seen { config, order: order.into(), clients: Vec::new(), runs, past }
    }

    fn told(seen: &Seen) -> String {
        let look = sample::look("en");
        panel(&look, seen, &answers(&look, seen)).into_string()
    }

    fn with_condition(compared: Value) -> Run {
        let step: StepTrace = serde_json::from_value(json!({
            "step": 0, "attempt": 0, "at": sample::NOW, "now": sample::NOW, "wake": {"type": "started"},
            "order_revision": 1, "condition": {"met": false, "compared": compared}, "result": "skipped",
        }))
        .unwrap();
        Run { trace: vec![step], ..sample::run(7, RunState::Skipped { reason: "condition-false".into() }) }
    }

    #[test]
    fn a_condition_that_was_not_met_is_told_with_both_sides() {
        let run = with_condition(json!([
            {"field": "order.total", "operator": "at-least", "expected": "100.00", "actual": "84.00", "met": false},
            {"field": "client.phone", "operator": "filled", "expected": null, "actual": null, "met": false},
            {"field": "order.source", "operator": "equals", "expected": "web", "actual": "web", "met": true},
        ]));
        let html = told(&seen(sample::order(1), vec![run]));
        assert!(html.contains("order.total 84.00 is not &gt;= 100.00"), "{html}");
        assert!(html.contains("client.phone is empty") && !html.contains("order.source"), "{html}");
        assert!(html.contains("/runs/run_7"), "{html}");
    }

    #[test]
    fn every_rule_of_the_stage_has_an_answer() {
        let failed = RunState::Failed { code: "trap".into(), message: "Unreachable".into() };
        let html = told(&seen(sample::order(1), vec![sample::run(7, failed)]));
        assert!(html.contains("Unreachable (trap)"), "{html}");
        assert!(html.contains("Revision 7") && html.contains("switched off"), "{html}");
        let elsewhere = Order { stage: "done".into(), ..sample::order(1) };
        assert!(told(&seen(elsewhere, Vec::new())).contains("no rules"));
    }

    #[test]
    fn a_run_of_an_earlier_visit_is_no_answer() {
        let order = Order { visit: 2, ..sample::order(1) };
        assert!(!told(&seen(order, vec![sample::run(7, RunState::Done)])).contains("/runs/run_7"));
    }
}
