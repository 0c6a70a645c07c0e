//! What became of a rule.

use rulewright_domain::{
    Timestamp,
    why::{Because, Why},
};

use super::{Answer, compared::compared};
use crate::{door::Look, names, orders::one::Seen, show::Tone, words::Value};

pub fn answer(look: &Look, seen: &Seen, why: &Why) -> Answer {
    let answer = Answer { run: why.run, ..of(look, seen, &why.name, &why.because) };
    match why.removed {
        true => Answer { sentence: format!("{} {}", answer.sentence, look.text("why-removed")), ..answer },
        false => answer,
    }
}

fn of(look: &Look, seen: &Seen, name: &str, because: &Because) -> Answer {
    let said = |tone: Tone, word: &str, sentence: String| Answer::new(name, tone, look.text(word), sentence);
    let not_run = |sentence: String| said(Tone::Nothing, "why-not-run", sentence);
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
        Because::NothingToDo { at, reason } => {
            Answer { at: Some(*at), ..said(Tone::Nothing, "run-done-nothing", reason.clone()) }
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
            let kinds = filter.kinds.join(", ");
            let sentence = look.with("why-waits-for", &[("kinds", kinds.into())]);
            Answer { at: *until, ..said(Tone::Wait, "run-waiting", sentence) }
        }
        Because::WaitsForRule { name: rule, .. } => {
            let sentence = look.with("why-waits-rule", &[("rule", rule.as_str().into())]);
            said(Tone::Wait, "run-blocked", sentence)
        }
        Because::TriesAgain { at, tries, error } => {
            let all: [(&str, Value<'_>); 3] =
                [("tries", (*tries).into()), ("span", span(*at).into()), ("error", error.as_str().into())];
            Answer { at: Some(*at), ..said(Tone::Warn, "run-scheduled", look.with("why-tries-again", &all)) }
        }
        Because::Parked { reason } => said(Tone::Warn, "run-parked", reason.clone()),
        Because::Failed { at, code, message } => {
            Answer { at: Some(*at), ..said(Tone::Bad, "run-failed", format!("{message} ({code})")) }
        }
        Because::StageLeft { at, to, by } => {
            let by: (&str, Value<'_>) = ("by", by.as_str().into());
            let sentence = match to {
                Some((pipeline, stage)) => look.with(
                    "why-left-to",
                    &[by, ("stage", names::stage(&seen.config, pipeline, stage).into())],
                ),
                None => look.with("why-left", &[by]),
            };
            Answer { at: Some(*at), ..said(Tone::Stop, "run-cancelled", sentence) }
        }
        Because::PreviousFailed { at, name: rule, .. } => {
            let sentence = look.with("why-previous-failed", &[("rule", rule.as_str().into())]);
            Answer { at: Some(*at), ..not_run(sentence) }
        }
        Because::ByHand { at } => {
            Answer { at: Some(*at), ..said(Tone::Stop, "run-cancelled", look.text("why-by-hand")) }
        }
        Because::Stopped { at, reason } => {
            Answer { at: Some(*at), ..said(Tone::Stop, "run-cancelled", reason.clone()) }
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
