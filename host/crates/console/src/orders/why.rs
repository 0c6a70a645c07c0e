//! Why each rule of a stage ran for the order, or did not, and why each trigger did not move it on: one sentence for each.

use maud::{Markup, html};
use rulewright_domain::{RunId, Timestamp};
use rulewright_engine::OrderWhy;

use super::one::Seen;
use crate::{door::Look, names, show::Tone};

mod compared;
mod rule;
mod trigger;

/// What became of one rule or trigger, in words.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of the rule or trigger.
    pub name: String,
    pub tone: Tone,
    /// Of the tone.
    pub word: String,
    pub sentence: Markup,
    /// When that was.
    pub at: Option<Timestamp>,
    /// Comparisons of a condition that was not met.
    pub compared: Vec<String>,
    pub run: Option<RunId>,
}

impl Answer {
    fn new(name: &str, tone: Tone, word: String, sentence: Markup) -> Answer {
        let (name, at, compared, run) = (name.to_owned(), None, Vec::new(), None);
        Answer { name, tone, word, sentence, at, compared, run }
    }
}

pub fn panel(look: &Look, seen: &Seen, why: &OrderWhy) -> Markup {
    let visit = &why.visit;
    let rules: Vec<Answer> = why.rules.iter().map(|one| rule::answer(look, seen, one)).collect();
    let triggers: Vec<Answer> =
        why.triggers.iter().map(|one| trigger::answer(look, seen, &visit.pipeline, one)).collect();
    let stage = names::stage(&seen.config, &visit.pipeline, &visit.stage);
    html! {
        section.card #why aria-labelledby="why-title" data-live="any" data-live-order=(seen.order.id) {
            h2 #why-title { (look.with("why-title", &[("stage", stage.into())])) }
            (visits(look, seen, why))
            @if rules.is_empty() { p.muted { (look.text("why-no-rules")) } }
            @else { (list(look, &rules)) }
            @if !triggers.is_empty() {
                h3 { (look.text("why-triggers")) }
                (list(look, &triggers))
            }
        }
    }
}

/// The order's way, where it has one.
fn visits(look: &Look, seen: &Seen, why: &OrderWhy) -> Markup {
    html! {
        @if why.visits.len() > 1 {
            nav.row aria-label=(look.text("why-visits")) {
                @for one in &why.visits {
                    @let here = one.visit == why.visit.visit;
                    a href={ "/orders/" (seen.order.id) "?visit=" (one.visit) "#why" } aria-current=[here.then_some("true")] {
                        (names::stage(&seen.config, &one.pipeline, &one.stage))
                    }
                    " " span.muted { (look.at(one.entered)) }
                }
            }
        }
    }
}

fn list(look: &Look, answers: &[Answer]) -> Markup {
    html! {
        ul.list {
            @for answer in answers {
                li {
                    p {
                        strong { (answer.name) } " " (answer.tone.pill(&answer.word)) " " (answer.sentence)
                        @if let Some(at) = answer.at { " " (look.at(at)) }
                        @if let Some(run) = answer.run { " " a href={ "/runs/" (run) } { (look.text("why-trace")) } }
                    }
                    @if !answer.compared.is_empty() { ul { @for one in &answer.compared { li { code { (one) } } } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
