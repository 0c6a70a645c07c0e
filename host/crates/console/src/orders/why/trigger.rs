//! Why a trigger did not move the order on.

use maud::{Markup, html};
use rulewright_domain::{
    PipelineId, Verdict,
    why::{Unmoved, WhyTrigger},
};

use super::{Answer, compared::compared};
use crate::{door::Look, names, orders::one::Seen, reasons, show::Tone};

pub fn answer(look: &Look, seen: &Seen, pipeline: &PipelineId, why: &WhyTrigger) -> Answer {
    let name = format!("{} → {}", why.name, names::stage(&seen.config, pipeline, &why.stage));
    let at = why.asked.map(|question| question.at);
    let told = |tone: Tone, word: &str, sentence: Markup| Answer {
        at,
        ..Answer::new(&name, tone, look.text(word), sentence)
    };
    let said = |tone: Tone, word: &str, sentence: String| told(tone, word, html! { (sentence) });
    let unmoved = |sentence: String| said(Tone::Nothing, "why-not-moved", sentence);
    match &why.because {
        Unmoved::Judged(verdict) => match verdict {
            Verdict::Moved { reason } => told(Tone::Good, "why-moved", reasons::foreign(reason)),
            Verdict::ConditionFalse { condition } => Answer {
                compared: compared(look, condition),
                ..said(Tone::Skip, "why-not-moved", look.text("why-condition-false"))
            },
            Verdict::Failed { code, message } => {
                let sentence = html! { (reasons::failure(look, code, message)) " (" code { (code) } ")" };
                told(Tone::Bad, "run-failed", sentence)
            }
            Verdict::Ignored { reason } => told(Tone::Nothing, "why-not-moved", reasons::foreign(reason)),
            Verdict::Backward => unmoved(look.text("why-backward")),
            Verdict::AlreadyThere => unmoved(look.text("why-already-there")),
            Verdict::Closed => unmoved(look.text("why-closed")),
            Verdict::LostTo { name, .. } => {
                unmoved(look.with("why-lost-to", &[("name", name.as_str().into())]))
            }
            Verdict::RuleOrigin => unmoved(look.text("why-rule-origin")),
        },
        Unmoved::Pending => said(Tone::Busy, "run-ready", look.text("why-pending")),
        Unmoved::SwitchedOff => unmoved(look.text("why-switched-off")),
        Unmoved::NotInPlan => unmoved(look.text("why-not-in-plan")),
        Unmoved::NotInstalled => unmoved(look.text("why-not-installed")),
        Unmoved::NoEvent { kinds } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| names::event(look, kind)).collect();
            unmoved(look.with("why-no-event", &[("kinds", kinds.join(", ").into())]))
        }
    }
}
