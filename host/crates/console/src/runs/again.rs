//! An ended run from its start once more: whether it can be, and what that does a second time. Pure.

use maud::{Markup, html};
use rulewright_engine::NotAgain;

use super::trace::Trace;
use crate::door::Look;

/// Different effects that are named; more are counted.
const NAMED: usize = 8;

/// Why it cannot be: the key of the sentence.
pub fn kept_from(trace: &Trace) -> Option<&'static str> {
    trace.not_again.as_ref().map(|why| match why {
        NotAgain::Open => "trace-no-again-open",
        NotAgain::OrderGone => "trace-no-retry-order-gone",
        NotAgain::RuleGone => "trace-no-again-rule-gone",
        NotAgain::StageLeft => "trace-no-retry-stage-left",
        NotAgain::RuleOff => "trace-no-again-rule-off",
        NotAgain::NotAutomated => "trace-no-again-not-automated",
        NotAgain::PluginGone => "trace-no-again-plugin-gone",
        NotAgain::Running(_) => "trace-no-again-running",
    })
}

/// What the run has done, each sentence once and with how often, and the requests that it has made.
fn repeated(look: &Look, trace: &Trace) -> (usize, Vec<String>) {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for effect in trace.run.trace.iter().flat_map(|step| &step.effects) {
        let sentence = trace.told(look, effect).sentence;
        match counted.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, times)) => *times += 1,
            None => counted.push((sentence, 1)),
        }
    }
    let effects = counted.iter().map(|(_, times)| times).sum();
    let times = |(sentence, times): (String, usize)| match times {
        1 => sentence,
        _ => look.with("trace-again-times", &[("what", sentence.into()), ("count", times.into())]),
    };
    let mut sentences: Vec<String> = counted.into_iter().map(times).collect();
    let more = sentences.len().saturating_sub(NAMED);
    if more > 0 {
        sentences.truncate(NAMED);
        sentences.push(look.with("trace-again-more", &[("count", more.into())]));
    }
    let requests: usize =
        trace.run.trace.iter().filter_map(|step| step.requests.as_ref()).map(Vec::len).sum();
    if requests > 0 {
        sentences.push(look.with("trace-again-requests", &[("count", requests.into())]));
    }
    (effects, sentences)
}

/// Before the second time: what is done again, and what is not.
pub fn question(look: &Look, trace: &Trace) -> String {
    let revision = trace.current.unwrap_or(trace.run.revision);
    let mut all = vec![look.with(
        "trace-again-question",
        &[("rule", trace.run.rule_name.as_str().into()), ("revision", revision.into())],
    )];
    let (effects, sentences) = repeated(look, trace);
    all.push(verdict(look, trace, effects));
    // Sentences end as their kinds do, so each stands for itself.
    all.extend(sentences.into_iter().map(|sentence| format!("• {sentence}")));
    all.push(look.text("trace-again-chain"));
    all.join("\n")
}

fn verdict(look: &Look, trace: &Trace, effects: usize) -> String {
    match (trace.is_in_shadow_now(), effects) {
        (true, _) => look.text("trace-again-shadow"),
        (false, 0) => look.text("trace-again-nothing"),
        (false, count) if trace.run.shadow => look.with("trace-again-recorded", &[("count", count.into())]),
        (false, count) => look.with("trace-again-repeats", &[("count", count.into())]),
    }
}

/// The runs that this one repeats, and those that repeat it.
pub fn related(look: &Look, trace: &Trace) -> Markup {
    html! {
        @if let Some(old) = trace.run.again {
            dt { (look.text("trace-again-of")) } dd { a href=(format!("/runs/{old}")) { (old) } }
        }
        @if !trace.repeated_by.is_empty() {
            dt { (look.text("trace-again-by")) }
            dd { @for id in &trace.repeated_by { a href=(format!("/runs/{id}")) { (id) } " " } }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Reply, Request, RunId, RunState, StepTrace};
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        listing::tests::look,
        runs::{page::tests::trace, sample},
    };

    fn sms(to: &str) -> Value {
        json!({ "message": {
            "channel": "sms", "to": { "address": to }, "address": to, "about": "ord_1", "sender": null, "subject": null,
            "text": "Hi", "correlation": null, "params": {},
        } })
    }

    fn done() -> Trace {
        let mut run = sample::run(RunState::Done);
        let asked = Request {
            method: "POST".to_owned(),
            url: "https://api.example/x".to_owned(),
            sent: 3,
            milliseconds: Some(5),
            reply: Reply::Answer { status: 200, size: 2, cut: false },
        };
        let effects = vec![sms("+441632960000"), sms("+441632960000"), sms("+441632960001")];
        run.trace = vec![StepTrace { effects, requests: Some(vec![asked]), ..sample::step(0, "done") }];
        trace(run)
    }

    #[test]
    fn who_starts_a_run_again_is_told_what_is_done_twice_and_to_whom() {
        let question = question(&look("en"), &done());
        for part in
            ["3 effects", "SMS to +441632960000 (2 times)", "SMS to +441632960001", "1 request", "revision 9"]
        {
            assert!(question.contains(part), "{part}: {question}");
        }
    }

    #[test]
    fn what_was_only_recorded_is_not_called_a_repetition() {
        let mut trace = done();
        trace.run.shadow = true;
        let question = question(&look("en"), &trace);
        assert!(question.contains("only recorded") && !question.contains("done once more"), "{question}");
    }

    #[test]
    fn effects_without_end_are_counted() {
        let mut trace = done();
        let numbers = 0..NAMED + 3;
        trace.run.trace[0].effects = numbers.map(|number| sms(&format!("+44163296{number:04}"))).collect();
        let question = question(&look("en"), &trace);
        assert!(question.contains("and 3 more"), "{question}");
        assert!(!question.contains("+441632960008"), "{question}");
    }

    #[test]
    fn every_reason_is_a_sentence() {
        for why in [
            NotAgain::Open,
            NotAgain::OrderGone,
            NotAgain::RuleGone,
            NotAgain::StageLeft,
            NotAgain::RuleOff,
            NotAgain::NotAutomated,
            NotAgain::PluginGone,
            NotAgain::Running(RunId(9)),
        ] {
            let trace = Trace { not_again: Some(why.clone()), ..done() };
            let key = kept_from(&trace).unwrap();
            for language in ["en", "de"] {
                assert_ne!(look(language).text(key), key, "{why:?}");
            }
        }
        assert_eq!(kept_from(&done()), None);
    }
}
