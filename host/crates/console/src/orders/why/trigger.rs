//! Why a trigger did not move the order on.

use rulewright_domain::{
    PipelineId, Verdict,
    why::{Unmoved, WhyTrigger},
};

use super::{Answer, compared::compared};
use crate::{door::Look, names, orders::one::Seen, show::Tone};

pub fn answer(look: &Look, seen: &Seen, pipeline: &PipelineId, why: &WhyTrigger) -> Answer {
    let name = format!("{} → {}", why.name, names::stage(&seen.config, pipeline, &why.stage));
    let at = why.asked.map(|question| question.at);
    let said = |tone: Tone, word: &str, sentence: String| Answer {
        at,
        ..Answer::new(&name, tone, look.text(word), sentence)
    };
    let unmoved = |sentence: String| said(Tone::Nothing, "why-not-moved", sentence);
    match &why.because {
        Unmoved::Judged(verdict) => match verdict {
            Verdict::Moved { reason } => said(Tone::Good, "why-moved", reason.clone()),
            Verdict::ConditionFalse { condition } => Answer {
                compared: compared(look, condition),
                ..said(Tone::Skip, "why-not-moved", look.text("why-condition-false"))
            },
            Verdict::Failed { code, message } => said(Tone::Bad, "run-failed", format!("{message} ({code})")),
            Verdict::Ignored { reason } => unmoved(reason.clone()),
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
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            unmoved(look.with("why-no-event", &[("kinds", kinds.join(", ").into())]))
        }
    }
}
