//! What became of a rule.

use maud::{Markup, html};
use rulewright_domain::{
    Reason, Timestamp,
    why::{Because, Why},
};

use super::{Answer, compared::compared};
use crate::{door::Look, names, orders::one::Seen, reasons, show::Tone, words::Value};

pub fn answer(look: &Look, seen: &Seen, why: &Why) -> Answer {
    let answer = Answer { run: why.run, ..of(look, seen, &why.name, &why.because) };
    match why.removed {
        true => {
            let sentence = html! { (answer.sentence) " " (look.text("why-removed")) };
            Answer { sentence, ..answer }
        }
        false => answer,
    }
}

fn of(look: &Look, seen: &Seen, name: &str, because: &Because) -> Answer {
    let told = |tone: Tone, word: &str, sentence: Markup| Answer::new(name, tone, look.text(word), sentence);
    let said = |tone: Tone, word: &str, sentence: String| told(tone, word, html! { (sentence) });
    let not_run = |sentence: String| said(Tone::Nothing, "why-not-run", sentence);
    let reason = |reason: &Reason| reasons::told(look, &seen.config, reason);
    let span = |until: Timestamp| look.span(until.0.saturating_sub(look.now.0));
    match because {
        Because::Ran { at, effects } => {
            let (tone, word) = match effects {
                0 => (Tone::Nothing, "run-done-nothing"),
                _ => (Tone::Good, "run-done"),
            };
            let sentence = look.with("why-ran", &[("effects", (*effects).into())]);
            Answer { at: Some(*at), ..said(tone, word, sentence) }
        }
        Because::Shadow { at, effects } => {
            let sentence = look.with("why-shadow", &[("effects", (*effects).into())]);
            Answer { at: Some(*at), ..said(Tone::Good, "why-shadow-word", sentence) }
        }
        Because::NothingToDo { at, reason: why } => {
            Answer { at: Some(*at), ..told(Tone::Nothing, "run-done-nothing", reason(why)) }
        }
        Because::ConditionFalse { at, condition } => Answer {
            at: Some(*at),
            compared: compared(look, condition),
            ..said(Tone::Skip, "why-not-run", look.text("why-condition-false"))
        },
        Because::Running { since } => {
            Answer { at: Some(*since), ..said(Tone::Busy, "run-ready", look.text("why-running")) }
        }
        Because::WaitsUntil { until } => Answer {
            at: Some(*until),
            ..said(Tone::Wait, "run-waiting", look.with("why-waits-until", &[("span", span(*until).into())]))
        },
        Because::WaitsForEvent { filter, until } => {
            let kinds: Vec<String> = filter.kinds.iter().map(|kind| names::event(look, kind)).collect();
            let kinds = kinds.join(", ");
            let sentence = look.with("why-waits-for", &[("kinds", kinds.into())]);
            Answer { at: *until, ..said(Tone::Wait, "run-waiting", sentence) }
        }
        Because::WaitsForRule { name: rule, .. } => {
            let sentence = look.with("why-waits-rule", &[("rule", rule.as_str().into())]);
            said(Tone::Wait, "run-blocked", sentence)
        }
        Because::TriesAgain { at, tries, error } => {
            let failed =
                look.with("why-tries-again", &[("tries", (*tries).into()), ("span", span(*at).into())]);
            let sentence = html! { (failed) " " (reasons::error(look, error)) };
            Answer { at: Some(*at), ..told(Tone::Warn, "run-scheduled", sentence) }
        }
        Because::Parked { reason: why } => told(Tone::Warn, "run-parked", reason(why)),
        Because::Failed { at, code, message } => {
            let sentence = html! { (reasons::failure(look, code, message)) " (" code { (code) } ")" };
            Answer { at: Some(*at), ..told(Tone::Bad, "run-failed", sentence) }
        }
        Because::StageLeft { at, to, by } => {
            let by: (&str, Value<'_>) = ("by", by.as_str().into());
            let sentence = match to {
                Some((pipeline, stage)) => look.with(
                    "why-left-to",
                    &[by, ("stage", names::stage(&seen.config, pipeline, stage).into())],
                ),
                None => look.text("why-left-by-itself"),
            };
            Answer { at: Some(*at), ..said(Tone::Stop, "run-cancelled", sentence) }
        }
        Because::PreviousFailed { at, rule, name } => {
            let sentence = match rule.0.is_empty() {
                true => look.text("why-previous-failed-unknown"),
                false => look.with("why-previous-failed", &[("rule", name.as_str().into())]),
            };
            Answer { at: Some(*at), ..not_run(sentence) }
        }
        Because::ByHand { at } => {
            Answer { at: Some(*at), ..said(Tone::Stop, "run-cancelled", look.text("why-by-hand")) }
        }
        Because::Stopped { at, reason: why } => {
            Answer { at: Some(*at), ..told(Tone::Stop, "run-cancelled", reason(why)) }
        }
        Because::SwitchedOff => not_run(look.text("why-switched-off")),
        Because::NotInPlan => not_run(look.text("why-not-in-plan")),
        Because::NotAutomated => not_run(look.text("why-not-automated")),
        Because::BroughtIn => not_run(look.text("why-brought-in")),
        Because::AddedAfter { revision, published, .. } => {
            let sentence = look.with("why-added-after", &[("revision", (*revision).into())]);
            Answer { at: Some(*published), ..not_run(sentence) }
        }
        Because::SwitchedOnAfter { revision, published, .. } => {
            let sentence = look.with("why-switched-on-after", &[("revision", (*revision).into())]);
            Answer { at: Some(*published), ..not_run(sentence) }
        }
        Because::NotStarted => not_run(look.text("why-not-started")),
    }
}
